package conform

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
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

// feeder keeps the contents of the cells and changes them at random, as the
// state of a replica would.
type feeder struct {
	*rand.Rand
	p       *ir.Program
	in      *value.Interner
	has     map[[2]int]map[string][]value.Value
	order   map[[2]int][]string
	changes []vm.Change
	oracle  *Oracle
}

// change adds (n = 1) or removes a row.
func (f *feeder) change(cell, leaf int, n int64, row ...value.Value) {
	at := [2]int{cell, leaf}
	k := value.MakeTuple(row...).String()
	_, is := f.has[at][k]
	if is == (n > 0) {
		return
	}
	if f.has[at] == nil {
		f.has[at] = map[string][]value.Value{}
	}
	if n > 0 {
		f.has[at][k] = slices.Clone(row)
		f.order[at] = append(f.order[at], k)
	} else {
		delete(f.has[at], k)
		f.order[at] = slices.DeleteFunc(f.order[at], func(o string) bool { return o == k })
	}
	c := vm.Change{Cell: cell, Leaf: leaf, Mult: n}
	for _, v := range row {
		c.Row = append(c.Row, f.in.Word(v))
	}
	f.changes = append(f.changes, c)
	f.oracle.Change(cell, leaf, row, n)
}

// some returns a row that a relation holds.
func (f *feeder) some(cell, leaf int) ([]value.Value, bool) {
	at := [2]int{cell, leaf}
	if len(f.order[at]) == 0 {
		return nil, false
	}
	return f.has[at][f.order[at][f.IntN(len(f.order[at]))]], true
}

// replace changes the scalar below key.
func (f *feeder) replace(cell, leaf int, key []value.Value, better func(old value.Value, ok bool) value.Value) {
	at := [2]int{cell, leaf}
	for _, k := range f.order[at] {
		row := f.has[at][k]
		if len(row) == len(key)+1 && value.Equal(value.MakeTuple(row[:len(key)]...), value.MakeTuple(key...)) {
			f.change(cell, leaf, -1, row...)
			f.change(cell, leaf, 1, append(slices.Clone(key), better(row[len(key)], true))...)
			return
		}
	}
	f.change(cell, leaf, 1, append(slices.Clone(key), better(value.Value{}, false))...)
}

// grow mutates a random cell in a way that its kind allows.
func (f *feeder) mutate() {
	cell := f.IntN(len(f.p.Cells))
	k := f.p.Cells[cell].Kind
	n := func(max int) value.Value { return value.MakeInt(int64(f.IntN(max))) }
	plus := func(old value.Value, ok bool) value.Value {
		if !ok {
			return value.MakeInt(1)
		}
		return value.MakeInt(old.Int() + 1 + int64(f.IntN(2)))
	}
	switch k.Con {
	case "GSet", "AWSet":
		if row, ok := f.some(cell, 0); ok && k.Con == "AWSet" && f.IntN(2) == 0 {
			f.change(cell, 0, -1, row...)
			return
		}
		var row []value.Value
		for _, t := range k.Args[0].Columns(nil) {
			if t.Is("String") {
				row = append(row, value.MakeString([]string{"a", "b", "a b", "c"}[f.IntN(4)]))
			} else {
				row = append(row, n(6))
			}
		}
		f.change(cell, 0, 1, row...)
	case "GMap":
		f.growMap(cell, k, n, plus)
	case "ORMap":
		key := value.MakeString([]string{"x", "y"}[f.IntN(2)])
		if row, ok := f.some(cell, 0); ok && f.IntN(2) == 0 {
			f.change(cell, 0, -1, row...)
		} else {
			f.change(cell, 1, 1, key)
			f.change(cell, 0, 1, key, n(4))
		}
		if row, ok := f.some(cell, 1); ok && f.IntN(4) == 0 {
			for _, inner := range slices.Clone(f.order[[2]int{cell, 0}]) {
				if row := f.has[[2]int{cell, 0}][inner]; value.Equal(row[0], row[0]) {
					f.change(cell, 0, -1, row...)
				}
			}
			f.change(cell, 1, -1, row...)
		}
	case "LWW":
		f.replace(cell, 0, nil, func(value.Value, bool) value.Value { return value.Some(n(4)) })
	case "PNCounter":
		f.replace(cell, 0, nil, func(value.Value, bool) value.Value { return value.MakeInt(int64(f.IntN(9) - 4)) })
	case "IVar":
		if f.IntN(3) == 0 {
			f.change(cell, 0, 1, n(3))
		}
	case "Stream":
		f.growStream(cell, nil)
	}
}

func (f *feeder) growMap(cell int, k *types.Type, n func(int) value.Value, plus func(value.Value, bool) value.Value) {
	key := n(3)
	f.change(cell, relation(f.p, cell, lattice.KeysOf, 1), 1, key)
	switch k.Args[1].Con {
	case "GCounter":
		f.replace(cell, 0, []value.Value{key}, plus)
	case "Stream":
		f.growStream(cell, []value.Value{key})
	case "GMap":
		inner := value.MakeString([]string{"p", "q"}[f.IntN(2)])
		f.change(cell, relation(f.p, cell, lattice.KeysOf, 2), 1, key, inner)
		if f.IntN(3) > 0 {
			f.replace(cell, 0, []value.Value{key, inner}, plus)
		}
	}
}

// relation is the leaf of the presence of keys at a level.
func relation(p *ir.Program, cell int, part lattice.Part, level int) int {
	for i, r := range lattice.Relations(p.Cells[cell].Kind, p.Cells[cell].View.Type) {
		if r.Part == part && (part != lattice.KeysOf || len(r.Path) == level) {
			return i
		}
	}
	return -1
}

// growStream appends, sometimes out of order, sometimes in conflict, and closes.
func (f *feeder) growStream(cell int, key []value.Value) {
	at := value.MakeInt(int64(f.IntN(4)))
	if f.IntN(8) > 0 {
		length := 0
		for _, k := range f.order[[2]int{cell, 0}] {
			if row := f.has[[2]int{cell, 0}][k]; value.Equal(value.MakeTuple(row[:len(key)]...), value.MakeTuple(key...)) {
				length++
			}
		}
		at = value.MakeInt(int64(length))
	}
	f.change(cell, 0, 1, append(slices.Clone(key), at, value.MakeInt(int64(f.IntN(5))))...)
	if f.IntN(12) == 0 && at.Int() > 0 {
		f.change(cell, 1, 1, append(slices.Clone(key), at)...)
	}
}

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
	f := &feeder{Rand: r, p: p, in: in, has: map[[2]int]map[string][]value.Value{}, order: map[[2]int][]string{}, oracle: NewOracle(p, stdlib.Table(), nil)}
	heads := make([]bag, len(p.Handlers))
	for turn := range 10 {
		f.changes = f.changes[:0]
		for range f.IntN(5) {
			f.mutate()
		}
		t, err := m.Step(f.changes)
		if err != nil {
			return fmt.Sprintf("turn %d: %v", turn, err)
		}
		f.oracle.Turn()
		if d := differ(m, f.oracle, p, t, heads, cov); d != "" {
			return fmt.Sprintf("turn %d: %s", turn, d)
		}
	}
	return ""
}

func differ(m *vm.Machine, o *Oracle, p *ir.Program, t vm.Turn, heads []bag, cov *Coverage) string {
	for _, s := range p.Shows {
		got, err := m.View(s.View)
		want, errO := o.View(s.View)
		if err != nil || errO != nil {
			return fmt.Sprintf("node %d: %v, %v", s.View.Node, err, errO)
		}
		n := p.Nodes[s.View.Node]
		if got.Kind() == value.Error && len(o.errs[n.ID]) > 0 {
			continue
		}
		if !value.Equal(got, want) || got.String() != want.String() {
			return fmt.Sprintf("node %d (kind %d) of type %s:\n got %s\nwant %s", n.ID, n.Kind, s.View.Type, got, want) + "\n" + describe(p, n)
		}
		if got.Len() > 0 {
			cov.Results[n.Kind]++
		}
	}
	var errs []string
	for _, e := range m.Errors() {
		errs = append(errs, e.Code+" "+e.Element.String())
	}
	slices.Sort(errs)
	if want := o.Errors(); !slices.Equal(slices.Compact(errs), want) {
		text := fmt.Sprintf("errors:\n got %q\nwant %q", m.Errors(), want)
		for id, errs := range o.errs {
			if len(errs) > 0 {
				text += fmt.Sprintf("\nnode %d %q %s", id, errs, describe(p, p.Nodes[id]))
			}
		}
		return text
	}
	return differHeads(o, p, t, heads)
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
		now := o.relation(h.Head)
		for k, e := range now {
			if heads[i][k] == nil {
				want = append(want, fmt.Sprint(i, " ", value.MakeTuple(e.row...)))
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
