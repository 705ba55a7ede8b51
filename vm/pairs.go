package vm

import "slices"

// pairs are two columns of a feed as they came in one large turn: for each id of
// the first column the ids of the second, one array in the order of the first.
// They take a third of the memory of a grid and are read without a detour. What
// comes later goes into a grid beside them.
type pairs struct {
	start []uint32 // by id of the first column
	ids   []uint32
}

// fewPairs is up to how many rows a grid is as good.
const fewPairs = 64

// of is the ids that stand with x.
func (p *pairs) of(x uint32) []uint32 {
	if p == nil || int(x)+1 >= len(p.start) {
		return nil
	}
	return p.ids[p.start[x]:p.start[x+1]]
}

// each calls f with all pairs.
func (p *pairs) each(f func(x, v uint32)) {
	if p == nil {
		return
	}
	for x := range p.start {
		for _, v := range p.of(uint32(x)) {
			f(uint32(x), v)
		}
	}
}

// newPairs sorts pairs (x, v), one behind the other, by x, counting first.
func newPairs(xv []uint32) *pairs {
	most := uint32(0)
	for i := 0; i < len(xv); i += 2 {
		most = max(most, xv[i])
	}
	p := &pairs{start: make([]uint32, most+3), ids: make([]uint32, len(xv)/2)}
	for i := 0; i < len(xv); i += 2 {
		p.start[xv[i]+2]++
	}
	for x := 3; x < len(p.start); x++ {
		p.start[x] += p.start[x-1]
	}
	for i := 0; i < len(xv); i += 2 { // start[x+1] goes from where x begins to where it ends
		at := &p.start[xv[i]+1]
		p.ids[*at] = xv[i+1]
		*at++
	}
	return p
}

// bulk takes a large feed whose rows are distinct into a relation that is empty and
// that rules only look up, because what they join it with is empty, too. It
// reports false where that is not so.
func (k *compose) bulk(f *feedRules, rule *feedRule) bool {
	r, out := rule.h, &f.n.out
	if !r.read || !r.bag || r.unary || r.n > 0 || len(rule.chain) > 0 || out.len() < fewPairs || int64(out.len()) > int64(k.c.lead.most) {
		return false
	}
	for _, u := range r.uses {
		if !u.idle() {
			return false
		}
	}
	for _, cols := range [2][]int{rule.left, rule.right} {
		if len(cols) == 1 {
			k.space(1).one.expect(out.words, out.width, cols[0])
		}
	}
	xv := make([]uint32, 0, 2*out.len())
	for i := range out.len() {
		row := out.row(i)
		xv = append(xv, r.lids.id(k.pick(row, rule.left)), r.rids.id(k.pick(row, rule.right)))
	}
	r.base, r.n = newPairs(xv), out.len()
	f.bulked = rule
	return true
}

// same takes a feed into a relation of the same columns as one that has taken it in
// bulk. It reports false where there is none.
func (k *compose) same(f *feedRules, rule *feedRule) bool {
	was := f.bulked
	if was == nil || len(rule.chain) > 0 || !slices.Equal(rule.left, was.left) || !slices.Equal(rule.right, was.right) {
		return false
	}
	h, base := rule.h, was.h.base
	h.expect(h.lids.len())
	for x := range h.lids.len() {
		if ids := base.of(uint32(x)); len(ids) > 0 {
			k.extend(h, uint32(x), h.addAll(uint32(x), ids))
		}
	}
	return true
}

// idle reports whether a use of a feed finds nothing to join with before rules
// derive something.
func (u *use) idle() bool {
	a, b := (*relation)(nil), (*relation)(nil)
	switch {
	case u.rule != nil:
		a, b = u.rule.a, u.rule.b
	case u.row != nil && len(u.row.sides) == 2:
		a, b = u.row.sides[0].r, u.row.sides[1].r
	default:
		return false
	}
	return (a.read != b.read) && (a.read || a.n == 0) && (b.read || b.n == 0)
}
