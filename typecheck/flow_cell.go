package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
)

// cellFlow is what reading a whole cell means.
func (j *judge) cellFlow(c *Cell) *Flow {
	if j.frozen {
		return nil
	}
	q := op.Hom
	if (!c.Stable || c.Scope == ast.Coordinated) && !j.growing {
		q = op.Any
	}
	f := leaf(c, q, j.cellCauseOf(c))
	if c.Scope == ast.Local {
		f.Nondet = j.cellCauseOf(c)
	}
	return f
}

// keysFlow is what reading only the keys of a map cell means: they stay though
// the values may change either way.
func (j *judge) keysFlow(c *Cell) *Flow {
	f := j.cellFlow(c)
	if f == nil || c.Scope == ast.Coordinated || !c.Kind.Is("GMap") {
		return f
	}
	out := leaf(c, op.Hom, j.cellCauseOf(c))
	out.Nondet = f.Nondet
	return out
}

func (j *judge) cellCauseOf(c *Cell) *Cause {
	cause := j.cellCause[c]
	if cause == nil {
		cause = &Cause{Name: c.Name, Text: cellText(c)}
		if c.Ident != nil {
			cause.Span = c.Ident.Span()
		}
		j.cellCause[c] = cause
	}
	return cause
}

// cellText says in a clause why a cell is not data.
func cellText(c *Cell) string {
	scope := c.Scope.Keyword()
	switch {
	case c.System:
		return "kept by the run time: what is in it may be mended"
	case c.Scope == ast.Coordinated:
		return "coordinated: outside `coordinate` its answer may be out of date"
	case c.Scope == ast.Local:
		return "local: every node has its own"
	case c.Stable:
		return scope + ", still open"
	}
	return scope + ", " + removal(leafKind(c.Kind))
}

// leafKind is the first kind, from outside in, whose view can shrink.
func leafKind(kind *types.Type) *types.Type {
	for {
		k := kindNamed(kind.Con)
		if k == nil || !k.Map || !k.Stable {
			return kind
		}
		kind = kind.Args[1]
	}
}

func removal(kind *types.Type) string {
	if k := kindNamed(kind.Con); k != nil && k.Moves != "" {
		return k.Moves
	}
	return "a " + kind.Con + ": its view can change either way"
}

// asCell finds the cell that e names, wholly or by an entry.
func (j *judge) asCell(e ast.Expr) (cell *Cell, whole bool) {
	if over := j.info.Parts[ast.Unparen(e)]; over != nil {
		return j.asCell(over)
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.Name:
		cell, whole = j.info.Uses[e].(*Cell)
		return cell, whole
	case *ast.Index:
		cell, _ = j.asCell(e.X)
	}
	return cell, false
}
