package typecheck

import "github.com/laspc/lasp/lang/op"

// standIns give the values that generators draw leaves of their own, so that
// their part in a flow can be told from what is captured: an entry's value moves
// with the entry, a captured one meets every entry.
type standIns struct {
	cells  []*Cell
	values []*Flow
}

// add makes a leaf that stands for values.
func (s *standIns) add(values *Flow) *Flow {
	c := &Cell{Stable: true}
	s.cells, s.values = append(s.cells, c), append(s.values, values)
	return leaf(c, op.Hom, &Cause{})
}

// expand replaces the leaves in f that stand in by the flows behind them; the
// rest of f is kept or left out.
func (s *standIns) expand(j *judge, f *Flow, rest bool) *Flow {
	var out *Flow
	if rest {
		out = without(f, s.cells)
	}
	if f == nil {
		return out
	}
	for i, c := range s.cells {
		if l, ok := f.Leaves[c]; ok {
			out = combine(out, j.through(l, s.values[i]), true)
		}
	}
	return out
}

// through composes what an expression does to a stand-in with what stands
// behind it, causes included.
func (j *judge) through(l Leaf, values *Flow) *Flow {
	out := &Flow{Leaves: make(map[*Cell]Leaf, len(values.Leaves)), Nondet: values.Nondet, Direct: composeDirect(l.Qual, values.Direct)}
	for c, v := range values.Leaves {
		out.Leaves[c] = Leaf{Qual: op.Compose(l.Qual, v.Qual), Cause: j.spliced(l.Cause, v.Cause)}
	}
	return out
}

// spliced puts a chain of causes in the place of the stand-in at the end of
// another.
func (j *judge) spliced(chain, end *Cause) *Cause {
	if chain.Below == nil {
		return end
	}
	top := *chain
	top.Below = j.spliced(chain.Below, end)
	if e := j.exprAt[chain]; e != nil {
		j.exprAt[&top] = e
	}
	return &top
}
