package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/typecheck"
)

// rowEver is the library row of `ever(s)`.
const rowEver = "ever"

// histories declares a hidden grow-only cell for each removable cell that some
// `ever(s)` of the program, its tests included, asks about.
func (l *lowerer) histories() {
	asked := map[*typecheck.Cell]bool{}
	for _, c := range l.info.Calls {
		if cell := l.historyOf(c); cell != nil && !cell.Stable {
			asked[cell] = true
		}
	}
	for _, c := range l.info.Cells {
		if !asked[c] {
			continue
		}
		hidden := *c
		hidden.Name = ir.HistoryName(c.Name)
		hidden.Kind = types.Of("GSet", c.View.Resolve().Args[0])
		hidden.Stable = true
		l.cell(&hidden)
	}
}

// historyOf is the cell whose history an application asks for, or nil.
func (l *lowerer) historyOf(c *typecheck.Call) *typecheck.Cell {
	if c == nil || c.Row == nil || c.Row.ID != rowEver || len(c.Args) != 1 {
		return nil
	}
	name, ok := ast.Unparen(l.unwrap(c.Args[0])).(*ast.Name)
	if !ok {
		return nil
	}
	cell, _ := l.info.Uses[name].(*typecheck.Cell)
	return cell
}

// history is the view of everything that was ever in a cell. A grow-only cell is
// its own history.
func (l *lowerer) history(e ast.Expr, cell *typecheck.Cell) (ir.View, bool) {
	i := l.cells[cell]
	if cell.Stable {
		return l.prog.Cells[i].View, true
	}
	h, ok := l.prog.Histories()[i]
	if !ok {
		l.fail(e, "the history of `%s` is not kept, because no definition of the program asks for `ever(%s)`", cell.Name, cell.Name)
		return ir.View{}, false
	}
	return l.prog.Cells[h].View, true
}

// system declares the hidden cells behind `errors` and `conflicts` where the
// program, its tests included, names them.
func (l *lowerer) system() {
	for _, c := range l.info.System {
		hidden := *c
		hidden.Name, hidden.Scope = ir.SystemCell(c.Name), ast.Local
		l.cell(&hidden)
		l.cells[c] = len(l.prog.Cells) - 1
	}
}
