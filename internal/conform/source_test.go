package conform

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
	"github.com/laspc/lasp/vm"
)

// sources compiles the programs of testdata and of the examples.
func sources(t *testing.T) map[string]*ir.Program {
	t.Helper()
	out := map[string]*ir.Program{}
	for _, pattern := range []string{"testdata/*.lasp", "../../examples/*/*.lasp"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no programs match %s", pattern)
		}
		for _, name := range files {
			if filepath.Base(filepath.Dir(name)) == "rejected" {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			p, ds := lasp.Check(source.NewFile(name, text))
			if diag.HasErrors(ds) {
				t.Errorf("%s: %s %s: %s", name, ds[0].Code, ds[0].Span.Position(), ds[0].Message)
				continue
			}
			compiled, err := lasp.Compile(p)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if len(compiled.Cells) > 0 { // without cells nothing ever changes
				out[filepath.Base(name)] = compiled
			}
		}
	}
	return out
}

// Every program gives the same on the engine and on the oracle, under random
// changes of its cells.
func TestSourcesOnEngine(t *testing.T) {
	for name, p := range sources(t) {
		t.Run(name, func(t *testing.T) {
			for s := range uint64(max(3, *programs/20)) {
				r := rand.New(rand.NewPCG(s+1, 11))
				in := value.NewInterner()
				m, err := vm.New(p, lasp.Ops(), vm.Options{Interner: in})
				if err != nil {
					t.Fatal(err)
				}
				if d := newFeeder(r, p, in, lasp.Ops()).compare(m, 12, NewCoverage()); d != "" {
					t.Fatalf("seed %d: %s", s, d)
				}
			}
		})
	}
}

// Every program that runs gives the same on three replicas, whatever order
// messages took, and that is what the oracle makes of the cells.
func TestSourcesOnReplicas(t *testing.T) {
	for name, p := range sources(t) {
		if ir.Runnable(p) != nil || placed(p) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			for s := range uint64(max(2, *programs/100)) {
				if err := replicas(p, s); err != nil {
					t.Fatalf("seed %d: %v", s, err)
				}
			}
		})
	}
}

// placed reports whether a program has cells that some replicas do not hold. No
// replica has all that the oracle needs then; the simulator's tests hold such
// programs against the same ones with everything everywhere.
func placed(p *ir.Program) bool {
	return slices.ContainsFunc(p.Cells, func(c *ir.Cell) bool { return c.Shards > 0 || c.Tag != "" })
}

func replicas(p *ir.Program, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 5))
	w := sim.NewWorld(sim.Options{Chooser: sim.Seeded(seed), Config: func(string) replica.Config {
		return replica.Config{Ops: lasp.Ops(), Program: replica.Program{IR: p, Version: 1, Hash: [32]byte{1}}}
	}})
	var nodes []*sim.Node
	for _, name := range []string{"a", "b", "c"} {
		n, err := w.Add(name)
		if err != nil {
			return err
		}
		nodes = append(nodes, n)
	}
	for range 25 {
		if _, err := nodes[r.IntN(3)].Do(replica.Mutate{Writes: []replica.Mutation{mutation(r, p)}}); err != nil {
			return err
		}
		disturb(r, w)
	}
	w.Heal()
	w.Run(time.Second)
	if err := w.Settle(); err != nil {
		return err
	}
	for _, n := range nodes {
		if err := derived(n, p); err != nil {
			return fmt.Errorf("at %s: %w", n.Name, err)
		}
	}
	return nil
}

// disturb lets some messages arrive, in any order, once or twice.
func disturb(r *rand.Rand, w *sim.World) {
	switch r.IntN(6) {
	case 0:
		w.Partition([][]string{{"a"}, {"b", "c"}})
	case 1:
		w.Heal()
	}
	for range r.IntN(4) {
		if k := w.Flights(); k > 0 {
			i := r.IntN(k)
			if r.IntN(4) == 0 {
				w.Duplicate(i)
			}
			w.Deliver(i)
		}
	}
}

// mutation is a random write to a random cell; it may well be refused.
func mutation(r *rand.Rand, p *ir.Program) replica.Mutation {
	g := &generator{Rand: r}
	c := p.Cells[r.IntN(len(p.Cells))]
	k := c.Kind.Resolve()
	out := replica.Mutation{Cell: c.Name}
	for kind := lattice.Lookup(k.Con); kind.Map && (kind.Stable || r.IntN(5) > 0); kind = lattice.Lookup(k.Con) {
		out.Keys = append(out.Keys, g.value(k.Args[0]))
		k = k.Args[1].Resolve()
	}
	kind := lattice.Lookup(k.Con)
	m := kind.Mutators[r.IntN(len(kind.Mutators))]
	out.Op = m.Name
	vars := map[string]*types.Type{}
	for i, name := range kind.Params {
		vars[name] = k.Args[i]
	}
	for _, q := range m.Params {
		t, err := types.ParseType(q.Type, vars)
		if err != nil {
			panic(err)
		}
		out.Args = append(out.Args, g.value(t))
	}
	return out
}

// derived compares every definition and show of a replica with what the oracle
// makes of its cells.
func derived(n *sim.Node, p *ir.Program) error {
	o := NewOracle(p, lasp.Ops(), nil)
	query := func(v ir.View) (value.Value, error) {
		return n.Core.Query(&ir.Expr{Op: ir.EView, Type: v.Type, View: v})
	}
	for i, c := range p.Cells {
		v, err := query(c.View)
		if err != nil {
			return err
		}
		spread(o, i, lattice.Relations(c.Kind, c.View.Type), c.View.Type, v, nil, 1)
	}
	o.Turn()
	var named []ir.View
	for _, l := range p.Lets {
		named = append(named, l.View)
	}
	for _, s := range p.Shows {
		named = append(named, s.View)
	}
	for _, v := range named {
		got, err := query(v)
		want, errO := o.viewOf(v)
		if err != nil && errO != nil {
			continue
		}
		if err != nil || errO != nil || !value.Equal(got, want) {
			return fmt.Errorf("node %d of type %s:\n got %s, %v\nwant %s, %v", v.Node, v.Type, got, err, want, errO)
		}
	}
	return nil
}

// spread makes the relations of a cell from its assembled view.
func spread(o *Oracle, cell int, rels []lattice.Relation, t *types.Type, v value.Value, key []value.Value, level int) {
	t = t.Resolve()
	part := func(p lattice.Part) int {
		for i, r := range rels {
			if r.Part == p && (p != lattice.KeysOf || len(r.Path) == level) {
				return i
			}
		}
		return -1
	}
	if keys := part(lattice.KeysOf); t.Con == "Map" && keys >= 0 {
		for i := 0; i < len(v.Elems()); i += 2 {
			below := append(key[:len(key):len(key)], flatten(v.Elems()[i:i+1], t.Args[:1])...)
			o.Change(cell, keys, below, 1)
			spread(o, cell, rels, t.Args[1], v.Elems()[i+1], below, level+1)
		}
		return
	}
	rows := bag{}
	if t.Con == "Stream" {
		for i, x := range v.Elems() {
			for _, one := range boundOf(x) {
				rows.add(append(append(key[:len(key):len(key)], value.MakeInt(int64(i))), flatten([]value.Value{one}, t.Args)...), 1)
			}
		}
		if v.Kind() == value.List {
			o.Change(cell, part(lattice.Closed), append(key[:len(key):len(key)], value.MakeInt(int64(v.Len()))), 1)
		}
	} else {
		explode(t, v, key, rows)
	}
	for _, e := range rows.rows() {
		o.Change(cell, part(lattice.Values), e.row, 1)
	}
}
