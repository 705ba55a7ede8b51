package vm

import (
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/slab"
	"github.com/laspc/lasp/lang/value"
)

// What passes a lambda is not spelled out where nobody needs the rows as such: a
// count of them needs their number alone, and a set of them puts them into its own
// memory. Then a batch leaves behind how many passed, or which ones (Abadi et al.,
// "Materialization Strategies in a Column-Oriented DBMS", 2007). A projection hands
// over all rows that it reads.

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
	all  bool // every row of from passes, and at is empty
}

// len is the number of rows.
func (p *picks) len() int {
	if p.all {
		return p.from.len()
	}
	return len(p.at)
}

// nth is the number in from of a row.
func (p *picks) nth(i int) int {
	if p.all {
		return i
	}
	return int(p.at[i])
}

// findHanding tells nodes how their readers want what passes.
func (m *Machine) findHanding() {
	for _, n := range m.nodes {
		o, ok := n.op.(*mapOp)
		if !ok || n.within != nil || n.table != nil || o.f.batch == nil && o.f.project == nil || len(n.users) == 0 || len(n.heads) > 0 {
			continue
		}
		switch {
		case onlyCounted(n):
			n.hands = handNumber
		case len(n.users) != 1 || !n.users[0].takesPicks():
		case o.f.project != nil:
			n.hand(o.f.project)
		case o.f.batch.picks():
			var cols []int
			for _, c := range o.f.batch.outs {
				cols = append(cols, int(c.reg))
			}
			n.hand(cols)
		}
	}
}

// hand lets a node hand over columns of rows that it reads.
func (n *node) hand(cols []int) {
	n.hands = handPicks
	n.out.picks.from = &n.in[0].out
	for _, c := range cols {
		n.out.picks.cols = append(n.out.picks.cols, int32(c))
	}
}

// takesPicks tells nodes that put what they read into their own memory.
func (n *node) takesPicks() bool {
	return n.within == nil && (n.kind() == ir.Distinct || n.kind() == ir.Sink || n.kind() == ir.Group)
}

// passAll hands over all rows of d, as far as the readers take them that way. It
// reports false where they do not.
func (n *node) passAll(x *exec, d *delta) (ok bool, err error) {
	switch n.hands {
	case handPicks:
		n.out.picks.all = true
	case handNumber:
		sum := int64(0)
		for _, k := range d.mult {
			if k < 0 {
				return false, nil
			}
			sum += k
		}
		n.out.more += sum
	default:
		return false, nil
	}
	return true, x.spend(int64(d.len()))
}

// picks reports whether all results are columns of the input.
func (b *batch) picks() bool {
	return !slices.ContainsFunc(b.outs, func(o outCol) bool { return o.from != outInput })
}

// size is how many rows a change has, spelled out or not.
func (d *delta) size() int { return len(d.mult) + int(d.more) + d.picks.len() }

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
	if p.len() == 0 {
		return
	}
	n, w := len(d.mult), d.width
	d.mult, d.words = slab.Extend(d.mult, p.len()), slab.Extend(d.words, p.len()*w)
	p.mults(d.mult[n:], 0)
	for k := range p.cols {
		p.column(d.words[n*w+k:], w, k, 0, p.len())
	}
}

// mults are the multiplicities of rows from number lo on.
func (p *picks) mults(to []int64, lo int) {
	if p.all {
		copy(to, p.from.mult[lo:])
		return
	}
	for i, r := range p.at[lo : lo+len(to)] {
		to[i] = p.from.mult[r]
	}
}

// column is column k of n rows from number lo on, every step words apart.
func (p *picks) column(to []value.Word, step, k, lo, n int) {
	words, width := p.from.words[p.cols[k]:], p.from.width
	if p.all {
		for i, at := 0, lo*width; i < n; i, at = i+1, at+width {
			to[i*step] = words[at]
		}
		return
	}
	for i, r := range p.at[lo : lo+n] {
		to[i*step] = words[int(r)*width]
	}
}

// nth is row i of a change, spelled out or not, and its multiplicity. Buf is memory
// for it.
func (d *delta) nth(i int, buf []value.Word) (row []value.Word, mult int64) {
	if i < len(d.mult) {
		return d.row(i), d.mult[i]
	}
	p := &d.picks
	r := p.nth(i - len(d.mult))
	from := p.from.row(r)
	for k, c := range p.cols {
		buf[k] = from[c]
	}
	return buf[:len(p.cols)], p.from.mult[r]
}

// spelled is how many rows can be got by nth.
func (d *delta) spelled() int { return len(d.mult) + d.picks.len() }
