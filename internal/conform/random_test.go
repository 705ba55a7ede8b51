package conform

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/stdlib"
	"github.com/laspc/lasp/vm"
)

var (
	programs = flag.Int("conform.programs", 300, "random programs to run")
	seed     = flag.Uint64("conform.seed", 1, "first seed")
)

// run compares the engine with the oracle on one random program after every
// turn; it returns a description of the first difference.
func run(seed uint64, rows []*op.Row, cov *Coverage) string {
	r := rand.New(rand.NewPCG(seed, 7))
	p := Generate(r, stdlib.Table(), cov, 4+r.IntN(12), rows)
	in := value.NewInterner()
	m, err := vm.New(p, stdlib.Table(), vm.Options{Interner: in})
	if err != nil {
		return "vm.New: " + err.Error()
	}
	f := newFeeder(r, p, in, stdlib.Table())
	return f.compare(m, 10, cov)
}

// compare changes the cells at random for some turns and describes the first
// difference between engine and oracle.
func (f *feeder) compare(m *vm.Machine, turns int, cov *Coverage) string {
	heads := make([]bag, len(f.p.Handlers))
	for turn := range turns {
		f.changes = f.changes[:0]
		for range f.IntN(5) {
			f.mutate()
		}
		t, err := m.Step(f.changes)
		if err != nil {
			return fmt.Sprintf("turn %d: %v", turn, err)
		}
		f.oracle.Turn()
		if d := differ(m, f.oracle, f.p, t, heads, cov); d != "" {
			return fmt.Sprintf("turn %d: %s", turn, d)
		}
	}
	return ""
}

func differ(m *vm.Machine, o *Oracle, p *ir.Program, t vm.Turn, heads []bag, cov *Coverage) string {
	for _, v := range viewsOf(p) {
		got, err := m.View(v)
		want, errO := o.View(v)
		n := p.Nodes[v.Node]
		if got.Kind() == value.Error && errO != nil {
			continue
		}
		if err != nil || errO != nil {
			return fmt.Sprintf("node %d: %v, %v", v.Node, err, errO)
		}
		if got.Kind() == value.Error && len(o.errs[n.ID]) > 0 {
			continue
		}
		if !value.Equal(got, want) || got.String() != want.String() {
			return fmt.Sprintf("node %d (kind %d) of type %s:\n got %s\nwant %s", n.ID, n.Kind, v.Type, got, want) + "\n" + describe(p, n)
		}
		if got.Len() > 0 {
			cov.Results[n.Kind]++
		}
	}
	var errs []string
	for _, e := range m.Errors() {
		if p.Nodes[e.Node].Kind == ir.Stream {
			continue // which are known depends on how far somebody looked
		}
		errs = append(errs, e.Code+" "+e.Element.String())
	}
	slices.Sort(errs)
	if want := o.Errors(); !slices.Equal(slices.Compact(errs), want) {
		text := fmt.Sprintf("errors:\n got %v\nwant %q", m.Errors(), want)
		for id, errs := range o.errs {
			if len(errs) > 0 {
				text += fmt.Sprintf("\nnode %d %q %s", id, errs, describe(p, p.Nodes[id]))
			}
		}
		return text
	}
	return differHeads(o, p, t, heads)
}

// viewsOf lists the views that a program names.
func viewsOf(p *ir.Program) []ir.View {
	var vs []ir.View
	for _, c := range p.Cells {
		vs = append(vs, c.View)
	}
	for _, l := range p.Lets {
		vs = append(vs, l.View)
	}
	for _, s := range p.Shows {
		vs = append(vs, s.View)
	}
	return vs
}

// describe prints the code of a node.
func describe(p *ir.Program, n *ir.Node) string {
	text := fmt.Sprintf("in %v, keys %v %v %d, body %v", n.In, n.LKey, n.RKey, n.Keys, n.Body)
	n.Exprs(func(e **ir.Expr) { text += "\n" + ir.PrintExpr(p, *e, nil) })
	return text
}

// differHeads compares the rows that newly appeared at heads.
func differHeads(o *Oracle, p *ir.Program, t vm.Turn, heads []bag) string {
	var got, want []string
	for _, h := range t.Heads {
		got = append(got, fmt.Sprint(h.Handler, " ", h.Row))
	}
	for i, h := range p.Handlers {
		if h.Kind != ir.When {
			continue
		}
		now := o.relation(h.Head)
		for k, e := range now {
			if heads[i][k] == nil {
				want = append(want, fmt.Sprint(i, " ", assembled(h.HeadTypes, e.row)))
			}
		}
		heads[i] = now
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Sprintf("heads:\n got %q\nwant %q", got, want)
	}
	return ""
}

// assembled puts the columns of a head's row together to values of its types.
func assembled(ts []*types.Type, row []value.Value) value.Value {
	var take func(t *types.Type) value.Value
	take = func(t *types.Type) value.Value {
		if t = t.Resolve(); t.Con != types.Tuple {
			v := row[0]
			row = row[1:]
			return v
		}
		xs := make([]value.Value, len(t.Args))
		for i, a := range t.Args {
			xs[i] = take(a)
		}
		return value.MakeTuple(xs...)
	}
	return take(types.TupleOf(ts...))
}

func TestRandomPrograms(t *testing.T) {
	cov := NewCoverage()
	var rows []*op.Row
	for _, r := range stdlib.Table().Rows() {
		if !unusable(r) {
			rows = append(rows, r)
		}
	}
	failures := 0
	for i := range *programs {
		var forced []*op.Row
		for k := range 4 {
			forced = append(forced, rows[(i*4+k)%len(rows)])
		}
		s := *seed + uint64(i)
		if d := run(s, forced, cov); d != "" {
			t.Errorf("seed %d: %s", s, d)
			if failures++; failures == 3 {
				t.FailNow()
			}
		}
	}
	if *programs >= 100 {
		covered(t, cov, rows)
	}
}

// covered fails for every node kind, form of code and library row that no random
// program used.
func covered(t *testing.T, cov *Coverage, rows []*op.Row) {
	for _, r := range rows {
		if cov.Rows[r.ID] == 0 {
			t.Errorf("no program used the operation %s", r.ID)
		}
	}
	for k := ir.Source; k <= ir.Sink; k++ {
		if k == ir.Decide { // only consensus makes one
			continue
		}
		if cov.Nodes[k] == 0 {
			t.Errorf("no program had a node of kind %d", k)
		}
		if k != ir.Rec && cov.Results[k] == 0 {
			t.Errorf("no node of kind %d ever had a row", k)
		}
	}
	for e := ir.EConst; e <= ir.EConvert; e++ {
		if e == ir.EField { // an item of a record: the random types have none
			continue
		}
		if cov.Exprs[e] == 0 {
			t.Errorf("no program had an expression of form %d", e)
		}
	}
}
