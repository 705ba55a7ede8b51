package typecheck

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
)

// maxShardReplicas bounds `sharded replicas n`; runtime/replica has the same bound.
const maxShardReplicas = 64

// placeCell checks where a cell is declared to live.
func (c *checker) placeCell(cell *Cell) {
	d := cell.Decl
	if d.Sharded != nil {
		if n, ok := natLit(d.Sharded); ok && n > 0 && n <= maxShardReplicas {
			cell.Shards = n
			c.note(d.Sharded, types.Nat)
		} else {
			c.wantsLiteral(d.Sharded, fmt.Sprintf("`sharded replicas` takes a number from 1 to %d", maxShardReplicas))
		}
		if k := kindNamed(cell.Kind.Con); !isBad(cell.Kind) && !isComposite(cell.Kind) && (k == nil || !k.Map) {
			c.errorAt(diag.WrongPlace, d.Sharded.Span(), fmt.Sprintf("`%s` has no keys", cell.Kind), "", "`sharded` cuts a map by its keys: each key lives on some nodes.",
				"Make it a map, or place it as a whole: `at \"tag\"`.")
		}
	}
	if d.Tag != nil {
		cell.Tag = c.writerName(d.Tag)
	}
	switch {
	case d.Sharded != nil && d.Tag != nil:
		c.errorAt(diag.WrongPlace, d.Tag.Span(), "a cell is sharded or at a tag", "", "A sharded cell is spread over all members, whatever tags they carry.", "Take one of the two away.")
	case (d.Sharded != nil || d.Tag != nil) && cell.Scope == ast.Local:
		c.errorAt(diag.WrongPlace, cell.Ident.Span(), "a local cell is where it is", "", "A `local` cell lives on each node by itself.", "Declare it `shared`.")
	}
}

// home says where a cell lives, "" for everywhere.
func home(cell *Cell) string {
	switch {
	case cell.Shards > 0:
		return fmt.Sprintf("`%s` (sharded)", cell.Name)
	case cell.Tag != "":
		return fmt.Sprintf("%q", cell.Tag)
	}
	return ""
}

// placement finds cells that are not run where they are placed, handlers that no
// node can run, and bodies that are not atomic.
func (j *judge) placement() {
	for _, cell := range j.info.Cells {
		j.warnNotRun(cell)
	}
	for _, h := range j.info.Handlers {
		j.needsOnePlace(h)
		j.warnApart(h)
	}
}

// warnNotRun warns of a cell that ir.Runnable refuses: who checks a program is to
// hear that before who runs it.
func (j *judge) warnNotRun(cell *Cell) {
	leaf := cell.Kind
	for k := kindNamed(leaf.Con); k != nil && k.Map; k = kindNamed(leaf.Con) {
		leaf = leaf.Args[1]
	}
	var what, why string
	switch {
	case home(cell) == "":
		return
	case cell.Scope == ast.Coordinated:
		what, why = "a `coordinated` cell", "There is one agreed order for all nodes, and only some hold this cell."
	case leaf.Con == "BCounter":
		what, why = "a bounded counter", "Its rights would stay behind when it moves to other nodes."
	default:
		return
	}
	j.add(diag.Diagnostic{Code: op.NotRun, Severity: diag.Warning, Span: cell.Ident.Span(), Title: what + " that not every node holds is not run by this version",
		Message: why, Help: "Let every node hold it: leave out `sharded` or `at`."})
}

// needsOnePlace reports a handler for which no node holds all that it reads: what
// is at a tag does not leave the nodes that carry it, and a condition over a
// sharded cell is seen by each owner on its own part.
func (j *judge) needsOnePlace(h *Handler) {
	var first *Cell
	for _, cell := range h.Reads {
		if cell.Tag == "" {
			continue
		}
		if first == nil {
			first = cell
		}
		if cell.Tag != first.Tag {
			j.add(diag.Diagnostic{Code: diag.NoPlace, Severity: diag.Error, Span: headSpan(h.Decl), Title: "no node holds all that this reads",
				Message: fmt.Sprintf("`%s` is at %q, `%s` at %q, and neither leaves its nodes.", first.Name, first.Tag, cell.Name, cell.Tag),
				Help:    "Write a handler for each, which puts what both need into a cell that is everywhere."})
			return
		}
	}
	over := 0 // how many generators range over sharded cells
	visitHead(h.Decl, func(e ast.Expr) {
		f := j.info.Flows[e]
		if f == nil {
			return
		}
		for _, cell := range slices.SortedFunc(maps.Keys(f.Leaves), byPlace) {
			qual := f.Leaves[cell].Qual
			if cell.Shards == 0 || qual == op.Const {
				continue
			}
			if isGenerator(h.Decl, e) {
				over++
			}
			if qual != op.Hom || over > 1 {
				j.add(diag.Diagnostic{Code: diag.NoPlace, Severity: diag.Error, Span: e.Span(), Title: fmt.Sprintf("no node holds all of `%s`", cell.Name),
					Message: "Each owner of a shard looks at its own part, and what is asked here needs the whole.",
					Help:    "Ask for each key, `when c for (k, v) in " + cell.Name + "`, and gather what results in a cell that is everywhere."})
				return
			}
		}
	})
}

// isGenerator reports whether an expression of a head is what it ranges over.
func isGenerator(d ast.Decl, e ast.Expr) bool {
	var gens []*ast.Gen
	switch d := d.(type) {
	case *ast.WhenDecl:
		gens = d.Gens
	case *ast.ForDecl:
		gens = d.Gens
	}
	return slices.ContainsFunc(gens, func(g *ast.Gen) bool { return g.In == e })
}

// warnApart warns of a body whose writes go to several places: it is atomic in
// each, and not over all of them.
func (j *judge) warnApart(h *Handler) {
	var homes []string
	placed := false
	for _, cell := range h.Writes {
		if cell.Scope == ast.Local {
			continue
		}
		homes = appendNew(homes, home(cell))
		placed = placed || home(cell) != ""
	}
	if !placed || len(homes) < 2 || allSharded(h.Writes) {
		return
	}
	for i, s := range homes {
		if s == "" {
			homes[i] = "everywhere"
		}
	}
	j.add(diag.Diagnostic{Code: diag.WrittenApart, Severity: diag.Warning, Span: headSpan(h.Decl), Title: "this is done place by place",
		Message: fmt.Sprintf("A body is atomic in each place that it writes, and this one writes %s: others may see one part before the other.", strings.Join(homes, ", ")),
		Help:    "Where that matters, keep what belongs together in one place."})
}

// allSharded reports whether cells are cut alike: then what is under one key of
// all of them is in one place.
func allSharded(cells []*Cell) bool {
	for _, c := range cells {
		if c.Shards == 0 || c.Shards != cells[0].Shards {
			return false
		}
	}
	return true
}
