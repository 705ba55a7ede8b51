package vm

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
		if u.rule == nil || u.rule.a.n > 0 && u.rule.a != r || u.rule.b.n > 0 && u.rule.b != r || u.rule.a.read && u.rule.b.read {
			return false
		}
	}
	k.ids.expect(out.words, out.width, rule.cols[0])
	k.ids.expect(out.words, out.width, rule.cols[1])
	xv := make([]uint32, 0, 2*out.len())
	for i := range out.len() {
		row := out.row(i)
		xv = append(xv, k.ids.id(row[rule.cols[0]]), k.ids.id(row[rule.cols[1]]))
	}
	r.base, r.n = newPairs(xv), out.len()
	return true
}
