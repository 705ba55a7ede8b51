package vm

import (
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/slab"
)

// What passes a lambda is not spelled out where nobody needs the rows as such: a
// count of them needs their number alone, and a set of them puts them into its own
// memory. Then a batch leaves behind how many passed, or which ones (Abadi et al.,
// "Materialization Strategies in a Column-Oriented DBMS", 2007).

// handing is how a node hands over what passes a batch.
type handing uint8

const (
	handRows   handing = iota // spelled out
	handNumber                // delta.more
	handPicks                 // delta.picks
)

// picks are rows of another delta that pass, by number: some columns of each.
type picks struct {
	from *delta
	cols []int32
	at   []uint32
}

// findHanding tells nodes how their readers want what passes.
func (m *Machine) findHanding() {
	for _, n := range m.nodes {
		o, ok := n.op.(*mapOp)
		if !ok || n.within != nil || n.table != nil || o.f.batch == nil || len(n.users) == 0 {
			continue
		}
		switch {
		case onlyCounted(n):
			n.hands = handNumber
		case len(n.users) == 1 && n.users[0].takesPicks() && o.f.batch.picks():
			n.hands = handPicks
			n.out.picks.from = &n.in[0].out
			for _, c := range o.f.batch.outs {
				n.out.picks.cols = append(n.out.picks.cols, c.reg)
			}
		}
	}
}

// takesPicks tells nodes that put what they read into their own memory.
func (n *node) takesPicks() bool {
	return n.within == nil && (n.kind() == ir.Distinct || n.kind() == ir.Sink)
}

// picks reports whether all results are columns of the input.
func (b *batch) picks() bool {
	return !slices.ContainsFunc(b.outs, func(o outCol) bool { return o.from != outInput })
}

// size is how many rows a change has, spelled out or not.
func (d *delta) size() int { return len(d.mult) + int(d.more) + len(d.picks.at) }

// pick adds the rows of a batch that are kept, by number.
func (p *picks) pick(kept []byte, lo, all int) {
	before := len(p.at)
	p.at = slab.Extend(p.at, len(kept))
	at := before
	for i, on := range kept {
		p.at[at] = uint32(lo + i)
		at += int(on)
	}
	if p.at = p.at[:at]; lo == 0 {
		p.at = slab.Grow(p.at, (at-before)*(all/len(kept)+1))
	}
}

// number adds how many rows of a batch are kept. It reports false, and adds none,
// where rows leave as well as come.
func (d *delta) number(kept []byte, mult []int64) bool {
	var sum, signs int64
	for i, m := range mult {
		signs |= m
		sum += m & -int64(kept[i])
	}
	if signs >= 0 {
		d.more += sum
	}
	return signs >= 0
}

// addPicks spells out what o picked.
func (d *delta) addPicks(o *delta) {
	p := &o.picks
	if len(p.at) == 0 {
		return
	}
	n, w := len(d.mult), d.width
	d.mult, d.words = slab.Extend(d.mult, len(p.at)), slab.Extend(d.words, len(p.at)*w)
	mult, from := d.mult[n:], p.from
	for i, r := range p.at {
		mult[i] = from.mult[r]
	}
	for k, c := range p.cols {
		to, words := d.words[n*w+k:], from.words[c:]
		for i, r := range p.at {
			to[i*w] = words[int(r)*from.width]
		}
	}
}
