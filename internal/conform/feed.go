package conform

import (
	"math/rand/v2"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/vm"
)

// feeder keeps the contents of the cells of a program and changes them at
// random, as the state of a replica would: for the engine and for the oracle.
type feeder struct {
	generator
	in      *value.Interner
	oracle  *Oracle
	has     map[[2]int]map[string][]value.Value
	order   map[[2]int][]string // of the keys of has
	changes []vm.Change         // of the present turn
}

func newFeeder(r *rand.Rand, p *ir.Program, in *value.Interner, ops *op.Table) *feeder {
	return &feeder{
		generator: generator{Rand: r, p: p, ops: ops}, in: in, oracle: NewOracle(p, ops, nil),
		has: map[[2]int]map[string][]value.Value{}, order: map[[2]int][]string{},
	}
}

// change adds (n = 1) or removes a row, if that changes anything.
func (f *feeder) change(cell, leaf int, n int64, row ...value.Value) {
	at := [2]int{cell, leaf}
	k := value.MakeTuple(row...).String()
	if _, is := f.has[at][k]; is == (n > 0) {
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

// below lists the rows of a relation that begin with key.
func (f *feeder) below(cell, leaf int, key []value.Value) [][]value.Value {
	var rows [][]value.Value
	at := [2]int{cell, leaf}
	for _, k := range f.order[at] {
		if row := f.has[at][k]; value.Equal(value.MakeTuple(row[:len(key)]...), value.MakeTuple(key...)) {
			rows = append(rows, row)
		}
	}
	return rows
}

// mutate changes a random cell in a way that its kind allows.
func (f *feeder) mutate() {
	cell := f.IntN(len(f.p.Cells))
	c := f.p.Cells[cell]
	rels := lattice.Relations(c.Kind, c.View.Type)
	leaf := slices.IndexFunc(rels, func(r lattice.Relation) bool { return r.Part == lattice.Values })
	removable := false
	var key []value.Value
	k := c.Kind.Resolve()
	for level := 1; lattice.Lookup(k.Con).Map; level++ {
		removable = removable || !lattice.Lookup(k.Con).Stable
		key = append(key, flatten([]value.Value{f.value(k.Args[0])}, k.Args[:1])...)
		keys := slices.IndexFunc(rels, func(r lattice.Relation) bool { return r.Part == lattice.KeysOf && len(r.Path) == level })
		if removable && f.IntN(6) == 0 {
			f.removeKey(cell, rels, key)
			return
		}
		f.change(cell, keys, 1, key...)
		k = k.Args[1].Resolve()
	}
	f.leaf(cell, leaf, k, key, removable, rels)
}

// removeKey takes everything below a key away.
func (f *feeder) removeKey(cell int, rels []lattice.Relation, key []value.Value) {
	for leaf, r := range rels {
		if len(r.Cols) < len(key) {
			continue
		}
		for _, row := range f.below(cell, leaf, key) {
			f.change(cell, leaf, -1, row...)
		}
	}
}

// leaf changes what lies below key.
func (f *feeder) leaf(cell, leaf int, k *types.Type, key []value.Value, removable bool, rels []lattice.Relation) {
	kind := lattice.Lookup(k.Con)
	cols := rels[leaf].Cols
	have := f.below(cell, leaf, key)
	add := func(v ...value.Value) { f.change(cell, leaf, 1, append(slices.Clone(key), v...)...) }
	switch kind.Rows {
	case lattice.RowPerKey:
		if len(have) > 0 && (removable || !kind.Stable) && f.IntN(2) == 0 {
			f.change(cell, leaf, -1, have[f.IntN(len(have))]...)
			return
		}
		add(f.values(len(cols)-len(key), func(i int) *types.Type { return cols[len(key)+i] })...)
	case lattice.RowPerVal:
		if len(have) == 0 || f.IntN(4) == 0 {
			add(f.value(k.Args[0]))
		}
	case lattice.RowOfStream:
		f.growStream(cell, leaf, k, key, int64(len(have)))
	case lattice.RowPerKeyRead:
		n := len(cols) - 1
		key = append(slices.Clone(key), f.values(n-len(key), func(i int) *types.Type { return cols[len(key)+i] })...)
		have = f.below(cell, leaf, key)
		fallthrough
	case lattice.RowOfRead:
		v := f.scalar(kind, cols[len(cols)-1])
		for _, row := range have {
			if old := row[len(key)]; kind.Stable && !removable {
				joined, err := lattice.JoinViews(cols[len(cols)-1], old, v)
				if err != nil {
					return
				}
				v = joined
			}
			f.change(cell, leaf, -1, row...)
		}
		add(v)
	}
}

// scalar is a value that a leaf of one row can read as.
func (f *feeder) scalar(kind *lattice.Kind, view *types.Type) value.Value {
	v := f.value(view)
	switch {
	case view.Is("Flag"):
		return value.MakeBool(true)
	case view.Is("Option"):
		return value.Some(f.value(view.Resolve().Args[0]))
	}
	for v.Kind() == value.Unset {
		v = f.value(view)
	}
	return v
}

// growStream appends, sometimes with a gap or in conflict, and closes.
func (f *feeder) growStream(cell, leaf int, k *types.Type, key []value.Value, length int64) {
	if f.IntN(8) == 0 {
		length = f.Int64N(4)
	}
	item := append(slices.Clone(key), value.MakeInt(length))
	f.change(cell, leaf, 1, append(item, flatten([]value.Value{f.value(k.Args[0])}, k.Args)...)...)
	if f.IntN(12) == 0 {
		f.change(cell, leaf+1, 1, append(slices.Clone(key), value.MakeInt(length+1))...)
	}
}
