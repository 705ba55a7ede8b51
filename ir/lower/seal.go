package lower

import (
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/typecheck"
)

// sealedPlace is a cell, or its entries so many maps deep.
type sealedPlace struct {
	cell  *typecheck.Cell
	depth int
}

// seals declares a hidden cell for everything that some statement of the program,
// its tests included, seals or asks the sealed content of. It is bound to the
// content when that can change no more.
func (l *lowerer) seals() {
	places := map[sealedPlace]bool{}
	for _, s := range l.info.Seals {
		places[sealedPlace{s.Cell, s.Depth}] = true
	}
	for _, c := range l.info.Calls {
		if cell, keys := l.sealedOf(c); cell != nil {
			places[sealedPlace{cell, len(keys)}] = true
		}
	}
	for _, c := range l.info.Cells {
		for depth := range ir.MaxSealDepth + 1 {
			if places[sealedPlace{c, depth}] {
				l.seal(c, depth)
			}
		}
	}
}

// seal declares the hidden cell of one place, unless it has no content that could
// be kept: a stream that is sealed is closed.
func (l *lowerer) seal(c *typecheck.Cell, depth int) {
	view := c.View.Resolve()
	var keys []*types.Type
	for range depth {
		if !view.Is("Map") {
			return
		}
		keys, view = append(keys, view.Args[0]), view.Args[1].Resolve()
	}
	if view.Is("Stream") {
		return
	}
	kind := types.IVarOf(types.Content(view))
	shown := kind
	for _, k := range slices.Backward(keys) {
		kind, shown = types.Of("GMap", k, kind), types.MapOf(k, shown)
	}
	hidden := *c
	hidden.Name, hidden.Kind, hidden.View, hidden.Stable = ir.SealName(c.Name, depth), kind, shown, true
	hidden.Scope, hidden.Writer, hidden.ByKey = ast.Shared, "", false
	hidden.Lower, hidden.Upper = nil, nil
	l.cell(&hidden)
}

// sealedOf is the cell, and the keys in it, whose sealed content an application
// asks for; nil for anything else.
func (l *lowerer) sealedOf(c *typecheck.Call) (cell *typecheck.Cell, keys []ast.Expr) {
	if c == nil || c.Row == nil || c.Row.Name != "sealed" || len(c.Args) != 1 || c.Params[0].Is("Stream") {
		return nil, nil
	}
	e := ast.Unparen(c.Args[0])
	for {
		ix, ok := e.(*ast.Index)
		if !ok {
			break
		}
		keys = append([]ast.Expr{ix.K}, keys...)
		e = ast.Unparen(ix.X)
	}
	cell, _ = l.info.Uses[e].(*typecheck.Cell)
	return cell, keys
}

// sealed lowers `sealed(x)`: the view of the hidden cell.
func (f *frame) sealed(e ast.Expr, cell *typecheck.Cell, keys []ast.Expr) *ir.Expr {
	for _, s := range f.l.prog.Seals()[f.l.cells[cell]] {
		if s.Depth != len(keys) {
			continue
		}
		x := f.view(e, f.l.prog.Cells[s.Cell].View)
		for _, k := range keys {
			x = f.row("cell.index", x.Type.Resolve().Args[1], at(e), x, f.expr(k))
		}
		return x
	}
	f.l.fail(e, "the sealed content of `%s` is not kept, because the program does not ask for it", cell.Name)
	return f.dummy(e)
}
