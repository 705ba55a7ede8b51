package typecheck

import (
	"fmt"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
)

// composite judges the view of a composite cell. The derived expression is judged
// like any other, for the graph; what counts is what its parts say of themselves.
func (j *judge) composite(cell *Cell) {
	view := cell.Parts.View
	j.let(view)
	view.Flow = j.partFlow(cell.Parts.root)
	view.Class = view.Flow.Class()
	cell.Stable = view.Class == Stable
}

// partFlow is how a part of a composite cell moves with the cells of its leaves.
// A record grows where a field does, a map of records where an entry does.
func (j *judge) partFlow(p *part) *Flow {
	if p.leaf != nil {
		return j.cellFlow(p.leaf)
	}
	if p.kind.Con == types.Lex {
		return j.lexFlow(p)
	}
	var f *Flow
	for _, q := range p.parts {
		f = combine(f, j.partFlow(q), true)
	}
	return f
}

// lexFlow: the pair grows with either part. What is taken out of the map of the
// second part lies under values that the first has left, so nobody sees it go.
func (j *judge) lexFlow(p *part) *Flow {
	f := compose(op.Mono, j.partFlow(p.parts[0]), nil)
	cellLeaf := leaf
	p.parts[1].leaves(func(leaf *Cell) {
		j.cellCauseOf(leaf).Text = leaf.Scope.Keyword() + ", kept for one value of the first part"
		own := j.cellFlow(leaf)
		if own != nil && j.growsBelow(p.parts[1].kind) && leaf.Scope != ast.Coordinated {
			nondet := own.Nondet
			own = cellLeaf(leaf, op.Mono, j.cellCauseOf(leaf))
			own.Nondet = nondet
		}
		f = combine(f, own, true)
	})
	return f
}

// growsBelow reports whether the view of a kind only grows, parts included.
func (j *judge) growsBelow(kind *types.Type) bool {
	if k := kindNamed(kind.Con); k != nil {
		return k.Stable && (!k.Map || j.growsBelow(kind.Args[1]))
	}
	_, kinds := j.partKinds(kind)
	for _, k := range kinds {
		if !j.growsBelow(k) {
			return false
		}
	}
	return true
}

// keysOf is how the keys of a map move: of a cell, or of a map in a composite
// cell, apart from what is under them.
func (j *judge) keysOf(in ast.Expr) (*Flow, bool) {
	if cell, whole := j.asCell(in); whole {
		return j.keysFlow(cell), true
	}
	p, keys := j.info.partUnder(in)
	if p == nil || !p.isMap() || len(keys) > 0 {
		return nil, false
	}
	var f *Flow
	p.entries(func(leaf *Cell) { f = combine(f, j.keysFlow(leaf), true) })
	return f, true
}

// itemFlow is the flow of a field or item, of flow f as a whole: of a composite
// cell that of the part alone.
func (j *judge) itemFlow(e, x ast.Expr, f *Flow) *Flow {
	if p, keys := j.info.partUnder(e); p != nil {
		if over := j.info.Parts[e]; over != nil {
			j.flow(over) // for the graph
		}
		own := j.partFlow(p)
		for _, k := range keys {
			own = combine(own, j.data(e, k, j.flow(k)), true)
		}
		return own
	}
	if item, ok := e.(*ast.TupleItem); ok && item.N == 1 && j.info.Types[x].Is(types.Lex) {
		return compose(op.Any, f, j.blame(e, func() string {
			return fmt.Sprintf("starts again whenever the first part of `%s` grows", textOf(x.Span()))
		}))
	}
	return f
}

// direct is how a flow moves with something that it names itself, of a composite
// cell with any of its parts.
func (f *Flow) direct(o Object) op.Qual {
	q := f.Direct[o]
	if l, ok := o.(*Let); ok && l.Of != nil {
		l.Of.Parts.root.leaves(func(leaf *Cell) { q = op.Lub(q, f.Direct[leaf]) })
	}
	return q
}
