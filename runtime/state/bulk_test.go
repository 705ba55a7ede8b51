package state

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// net is changes row by row, in order, with what cancels left out.
func net(t *testing.T, r *replica, width int, changes []Change) []string {
	t.Helper()
	sums := map[string]int64{}
	for _, c := range changes {
		if len(c.Row)%width != 0 {
			t.Fatalf("a change of %d words, where a row has %d", len(c.Row), width)
		}
		for row := c.Row; len(row) > 0; row = row[width:] {
			v, _ := valueOf(r.in, r.Shape("c").Relations[0].Cols[1], row[1:])
			sums[fmt.Sprint(int64(row[0]), v)] += c.Mult
		}
	}
	var list []string
	for row, n := range sums {
		if n != 0 {
			list = append(list, fmt.Sprint(n, " ", row))
		}
	}
	slices.Sort(list)
	return list
}

// TestLoadIsManyAdditions holds Load against as many additions in one turn:
// the same deltas byte by byte, the same changes, sum and view, with removals,
// duplicates and roll-backs around it; and a store that is alone shows the same.
func TestLoadIsManyAdditions(t *testing.T) {
	for seed := range uint64(40) {
		for _, kind := range []string{"GSet[(Int, String)]", "AWSet[(Int, String)]"} {
			rnd := rand.New(rand.NewPCG(seed, 7))
			one, bulk, alone := newReplica(t, "a", kind), newReplica(t, "a", kind), newReplica(t, "a", kind)
			alone.Alone()
			for turn := range 12 {
				play(t, rnd, turn, kind[0] == 'A', one, bulk, alone)
			}
		}
	}
}

// play carries out one turn on three stores: element by element, by Load, and
// by Load on a store that is alone.
func play(t *testing.T, rnd *rand.Rand, turn int, removable bool, one, bulk, alone *replica) {
	t.Helper()
	all := []*replica{one, bulk, alone}
	turns := make([]*Turn, len(all))
	for i, r := range all {
		turns[i] = r.Begin(int64(turn+1), lattice.Firing{})
	}
	for range 1 + rnd.IntN(4) {
		elems, span := make([]value.Value, rnd.IntN(30)), 60
		if rnd.IntN(90) == 0 { // more than is put in at once, mostly or all of it new
			elems, span = make([]value.Value, 2000+rnd.IntN(300)), 6000*(1+rnd.IntN(40))
		}
		for i := range elems {
			n := rnd.IntN(span)
			elems[i] = value.MakeTuple(value.MakeInt(int64(n)), value.MakeString(fmt.Sprint("w", n%7)))
		}
		back, name := rnd.IntN(4) == 0, "add"
		if removable && rnd.IntN(3) == 0 {
			name = "remove"
		}
		for i, r := range all {
			sp := turns[i].Savepoint()
			apply(t, r, turns[i], name, elems, i > 0)
			if back {
				turns[i].Rollback(sp)
			}
		}
	}
	var deltas [3]*lattice.Delta
	var changes [3][]string
	for i, r := range all {
		var cs []Change
		deltas[i], cs = turns[i].Commit()
		changes[i] = net(t, r, 2, cs)
	}
	if a, b := encoded(t, deltas[0]), encoded(t, deltas[1]); !bytes.Equal(a, b) || one.Sum() != bulk.Sum() {
		t.Fatalf("turn %d: a load and its additions give different deltas: %d and %d bytes", turn, len(a), len(b))
	}
	if (deltas[2] == nil) != (deltas[0] == nil) {
		t.Fatalf("turn %d: alone something was written: %v, together: %v", turn, deltas[2] != nil, deltas[0] != nil)
	}
	views := [3]string{}
	for i, r := range all {
		v, err := r.Read("c")
		if err != nil {
			t.Fatal(err)
		}
		views[i] = v.String()
	}
	for i := 1; i < 3; i++ {
		if !slices.Equal(changes[0], changes[i]) || views[0] != views[i] {
			t.Fatalf("turn %d, store %d: changes %v, view %s; want %v, %s", turn, i, changes[i], views[i], changes[0], views[0])
		}
	}
}

func apply(t *testing.T, r *replica, turn *Turn, name string, elems []value.Value, load bool) {
	t.Helper()
	if load && name == "add" {
		var words []value.Word
		for _, e := range elems {
			words = r.in.AppendWords(words, e)
		}
		if err := turn.Load("c", nil, words, 0); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, e := range elems {
		if err := turn.Mutate("c", nil, name, []value.Value{e}); err != nil {
			t.Fatal(err)
		}
	}
}

func encoded(t *testing.T, d *lattice.Delta) []byte {
	t.Helper()
	if d == nil {
		return nil
	}
	b, err := lattice.EncodeDelta(d)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLoadsOnlyPlainSets: rows are taken where an element is an atom, and below maps,
// and nowhere else.
func TestLoadsOnlyPlainSets(t *testing.T) {
	for kind, want := range map[string]bool{
		"GSet[Int]": true, "AWSet[(Int, String)]": true, "RWSet[Int]": false, "TwoPSet[Int]": false, "Bag[Int]": false,
		"GCounter": false, "GMap[Int, GSet[Int]]": true, "GMap[Int, GCounter]": true, "Stream[Int]": false, "LWW[Int]": false,
	} {
		r := newReplica(t, "a", kind)
		if got := r.Loads("c"); got != want {
			t.Errorf("%s loads: %v, want %v", kind, got, want)
		}
		turn := r.Begin(1, lattice.Firing{})
		if err := turn.Load("c", nil, []value.Word{1, 2, 3}, 0); err == nil && kind != "GSet[Int]" {
			t.Errorf("%s takes three words", kind)
		}
		turn.Abort()
	}
}

// TestGatheredIsTheSumOfTurns: what turns kept to themselves is in the end what
// they would have told one after the other, with loads, removals and turns that
// are taken back between them.
func TestGatheredIsTheSumOfTurns(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		told, kept := newReplica(t, "a", "AWSet[(Int, String)]"), newReplica(t, "a", "AWSet[(Int, String)]")
		var one []Change
		if kept.Gathered() != nil {
			t.Fatal("a store that does not gather has gathered something")
		}
		for round := range 3 {
			kept.Gather()
			for turn := range 4 {
				elems := make([]value.Value, rnd.IntN(40))
				for i := range elems {
					n := rnd.IntN(100)
					elems[i] = value.MakeTuple(value.MakeInt(int64(n)), value.MakeString(fmt.Sprint("w", n%7)))
				}
				name, back := [2]string{"add", "remove"}[rnd.IntN(3)/2], rnd.IntN(4) == 0
				for _, r := range []*replica{told, kept} {
					tn := r.Begin(int64(10*round+turn+1), lattice.Firing{})
					apply(t, r, tn, name, elems, true)
					if back {
						tn.Abort()
						continue
					}
					_, cs := tn.Commit()
					for _, c := range cs {
						c.Row = slices.Clone(c.Row)
						one = append(one, c)
					}
					if r == kept && len(cs) > 0 {
						t.Fatalf("seed %d: a turn told %d changes although they are gathered", seed, len(cs))
					}
				}
			}
			if a, b := net(t, told, 2, one), net(t, kept, 2, kept.Gathered()); !slices.Equal(a, b) {
				t.Fatalf("seed %d: gathered %v, one by one %v", seed, b, a)
			}
			one = nil
		}
	}
}

// TestLoadBelowMapsIsManyOperations holds Load of rows of keys and arguments against
// one operation a row: the same deltas byte by byte, changes, sums and views, with
// keys that come again, removals between, and turns that are gathered.
func TestLoadBelowMapsIsManyOperations(t *testing.T) {
	pair := types.TupleOf(types.Int, types.Int)
	for kind, of := range map[string]struct {
		op   string
		keys int
		arg  *types.Type
	}{
		"GMap[Int, GCounter]": {"increment", 1, types.Nat}, "ORMap[Int, PNCounter]": {"increment", 1, types.Nat},
		"GMap[Int, GMap[Int, GSet[(Int, Int)]]]": {"add", 2, pair}, "ORMap[Int, AWSet[Int]]": {"add", 1, types.Int},
		"GMap[Int, LWW[Int]]": {"set", 1, types.Int}, "ORMap[Int, MVReg[Int]]": {"set", 1, types.Int}, "GMap[Int, Max[Int]]": {"join", 1, types.Int},
	} {
		for seed := range uint64(12) {
			rnd := rand.New(rand.NewPCG(seed, 21))
			one, bulk := newReplica(t, "a", kind), newReplica(t, "a", kind)
			for turn := range 8 {
				x, y := one.Begin(int64(turn+1), lattice.Firing{}), bulk.Begin(int64(turn+1), lattice.Firing{})
				var words []value.Word
				for range rnd.IntN(60) {
					var keys []value.Value
					for range of.keys {
						keys = append(keys, value.MakeInt(rnd.Int64N(9)))
					}
					arg := value.MakeInt(rnd.Int64N(20))
					if of.arg == pair {
						arg = value.MakeTuple(arg, value.MakeInt(rnd.Int64N(3)))
					}
					args := []value.Value{arg}
					for _, p := range one.Shape("c").Declared.Mutator(of.op).Params[1:] {
						args = append(args, p.Default)
					}
					if err := x.Mutate("c", keys, of.op, args); err != nil {
						t.Fatal(kind, err)
					}
					for _, v := range append(keys, arg) {
						words = bulk.in.AppendWords(words, v)
					}
				}
				gather := rnd.IntN(2) == 0
				if gather {
					bulk.Gather()
				}
				if err := y.Load("c", of.arg, words, 0); err != nil {
					t.Fatal(kind, err)
				}
				if kind[0] == 'O' && rnd.IntN(2) == 0 {
					gone := []value.Value{value.MakeInt(rnd.Int64N(9))}
					for _, tn := range []*Turn{x, y} {
						if err := tn.Mutate("c", nil, "remove", gone); err != nil {
							t.Fatal(kind, err)
						}
					}
				}
				d, cs := x.Commit()
				e, es := y.Commit()
				if gather {
					es = bulk.Gathered()
				}
				if !bytes.Equal(encoded(t, d), encoded(t, e)) || one.Sum() != bulk.Sum() {
					t.Fatalf("%s, seed %d, turn %d: rows and operations give different deltas", kind, seed, turn)
				}
				v, _ := one.Read("c")
				if w, err := bulk.Read("c"); err != nil || v.String() != w.String() {
					t.Fatalf("%s, seed %d, turn %d: the view is %s (%v), want %s", kind, seed, turn, w, err, v)
				}
				if a, b := nets(one, cs), nets(bulk, es); !slices.Equal(a, b) {
					t.Fatalf("%s, seed %d, turn %d: changes %v, want %v", kind, seed, turn, b, a)
				}
			}
		}
	}
}

// nets is changes of all relations row by row, in order, with what cancels left out.
func nets(r *replica, changes []Change) (list []string) {
	sums := map[string]int64{}
	for _, c := range changes {
		w := len(r.Shape("c").Relations[c.Leaf].Cols)
		for row := c.Row; len(row) > 0; row = row[w:] {
			sums[fmt.Sprint(c.Leaf, row[:w])] += c.Mult
		}
	}
	for row, n := range sums {
		if n != 0 {
			list = append(list, fmt.Sprint(n, " ", row))
		}
	}
	slices.Sort(list)
	return list
}

// TestALoadIsTakenBackToItsSavepoints: what is loaded behind a savepoint is no part of
// the step before it, however often the turn goes back there.
func TestALoadIsTakenBackToItsSavepoints(t *testing.T) {
	r := newReplica(t, "a", "GMap[Int, GCounter]")
	nat, err := types.ParseType("Nat", nil)
	if err != nil {
		t.Fatal(err)
	}
	turn := r.Begin(1, lattice.Firing{})
	load := func(from, to int) {
		var rows []value.Word
		for k := from; k < to; k++ {
			rows = append(rows, value.Word(k), 1)
		}
		if err := turn.Load("c", nat, rows, 0); err != nil {
			t.Fatal(err)
		}
	}
	keys := func() int {
		v, err := r.Read("c")
		if err != nil {
			t.Fatal(err)
		}
		return v.Len()
	}
	var back []Savepoint
	for i := range 5 {
		load(10*i, 10*i+10)
		back = append(back, turn.Savepoint())
	}
	for i := len(back) - 1; i >= 0; i-- {
		for range 2 {
			load(100, 103) // behind the savepoint, next to what lies before it
			if got := keys(); got < 10*i+13 {
				t.Fatalf("%d keys before the turn goes back, want %d at least", got, 10*i+13)
			}
			turn.Rollback(back[i])
			if got := keys(); got != 10*i+10 {
				t.Fatalf("%d keys at savepoint %d, want %d", got, i, 10*i+10)
			}
			if i > 0 {
				load(100, 101) // an earlier savepoint takes this with it
			}
			turn.Rollback(back[i])
		}
	}
	turn.Abort()
	if got := keys(); got != 0 || r.sum != (sum{}) {
		t.Errorf("%d keys and the sum %x are left of a turn that was taken back", got, r.sum)
	}
}
