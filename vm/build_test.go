package vm

import (
	"os"
	"strconv"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/stdlib"
)

// builder makes small programs.
type builder struct{ p *ir.Program }

func newBuilder() *builder { return &builder{&ir.Program{Name: "test"}} }

func (b *builder) add(n *ir.Node) int {
	n.ID = len(b.p.Nodes)
	b.p.Nodes = append(b.p.Nodes, n)
	return n.ID
}

// cell declares a set cell and returns its source node.
func (b *builder) cell(name, kind string, elem *types.Type) int {
	view := types.SetOf(elem)
	id := b.add(&ir.Node{Kind: ir.Source, Cell: len(b.p.Cells), Cols: elem.Columns(nil), Type: view})
	b.p.Cells = append(b.p.Cells, &ir.Cell{Name: name, Kind: types.Of(kind, elem), View: ir.View{Type: view, Node: id, Closed: -1}})
	return id
}

func (b *builder) show(name string, t *types.Type, node int) ir.View {
	v := ir.View{Type: t, Node: node, Closed: -1}
	b.p.Shows = append(b.p.Shows, &ir.Show{Name: name, View: v})
	return v
}

func local(i int, t *types.Type) *ir.Expr { return &ir.Expr{Op: ir.ELocal, Slot: i, Type: t} }

func intConst(n int64) *ir.Expr {
	return &ir.Expr{Op: ir.EConst, Type: types.Int, Value: value.MakeInt(n)}
}

func apply(id string, t *types.Type, args ...*ir.Expr) *ir.Expr {
	return &ir.Expr{Op: ir.ECall, Name: id, Type: t, Args: args}
}

func ints(n int) []*types.Type {
	cols := make([]*types.Type, n)
	for i := range cols {
		cols[i] = types.Int
	}
	return cols
}

// project lists columns as outputs.
func project(cols ...int) []*ir.Expr {
	var es []*ir.Expr
	for _, c := range cols {
		es = append(es, local(c, types.Int))
	}
	return es
}

// closure builds tc over edges and returns its view.
func (b *builder) closure(edges int) ir.View {
	pair := types.TupleOf(types.Int, types.Int)
	rec := b.add(&ir.Node{Kind: ir.Rec, Cols: ints(2)})
	join := b.add(&ir.Node{Kind: ir.Join, In: []int{rec, edges}, LKey: []int{1}, RKey: []int{0}, Out: project(0, 3), Cols: ints(2)})
	union := b.add(&ir.Node{Kind: ir.Union, In: []int{edges, join}, Cols: ints(2)})
	fix := b.add(&ir.Node{Kind: ir.Fix, In: []int{union}, Rec: rec, Body: []int{join, union}, Cols: ints(2)})
	b.p.Nodes[rec].Rec = fix
	return b.show("tc", types.SetOf(pair), fix)
}

func mustNew(t testing.TB, p *ir.Program) *Machine {
	t.Helper()
	m, err := New(p, stdlib.Table(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	m.agenda.ahead.least, m.agenda.ahead.fewer = 0, 0 // small tables and few are read ahead, too
	return m
}

func change(cell int, mult int64, row ...int64) Change {
	c := Change{Cell: cell, Mult: mult}
	for _, x := range row {
		c.Row = append(c.Row, value.Word(x))
	}
	return c
}

func step(t testing.TB, m *Machine, changes ...Change) Turn {
	t.Helper()
	turn, err := m.Step(changes)
	if err != nil {
		t.Fatal(err)
	}
	return turn
}

func see(t testing.TB, m *Machine, v ir.View, want string) {
	t.Helper()
	got, err := m.View(v)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// seeds is how many seeds a random test takes: LASP_SEEDS, or as many as given.
func seeds(t testing.TB, n int) int {
	if text := os.Getenv("LASP_SEEDS"); text != "" {
		more, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return more
	}
	return n
}
