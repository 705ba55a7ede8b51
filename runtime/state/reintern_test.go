package state

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// TestReinternChangesNothing plays the same turns on two stores, one of which
// moves to a new interner every few turns: deltas, sums, views and what a third
// replica makes of them stay the same, and values that are gone do not come along.
func TestReinternChangesNothing(t *testing.T) {
	type op struct {
		path []any
		name string
		args []any
	}
	word := func(r *rand.Rand) string { return fmt.Sprint("w", r.IntN(1000)) }
	kinds := map[string]func(r *rand.Rand) op{
		"AWSet[(Int, String)]": func(r *rand.Rand) op {
			n := r.IntN(20)
			return op{nil, []string{"add", "add", "remove"}[r.IntN(3)], []any{value.MakeTuple(value.MakeInt(int64(n)), value.MakeString(fmt.Sprint("e", n)))}}
		},
		"LWW[String]":             func(r *rand.Rand) op { return op{nil, "set", []any{word(r)}} },
		"Max[List[String]]":       func(r *rand.Rand) op { return op{nil, "join", []any{value.MakeList(vals([]any{word(r)}))}} },
		"GMap[String, PNCounter]": func(r *rand.Rand) op { return op{[]any{word(r)}, "increment", []any{1}} },
		"ORMap[String, ORMap[Node, LWW[String]]]": func(r *rand.Rand) op {
			if r.IntN(3) == 0 {
				return op{nil, "remove", []any{fmt.Sprint("k", r.IntN(5))}}
			}
			return op{[]any{fmt.Sprint("k", r.IntN(5)), value.MakeNode(fmt.Sprint("n", r.IntN(3)))}, "set", []any{word(r)}}
		},
		"RWSet[String]": func(r *rand.Rand) op {
			return op{nil, []string{"add", "remove"}[r.IntN(2)], []any{fmt.Sprint("e", r.IntN(9))}}
		},
		"Bag[String]": func(r *rand.Rand) op { return op{nil, "add", []any{word(r), 2}} },
	}
	for kind, next := range kinds {
		rnd := rand.New(rand.NewPCG(3, 5))
		still, moves, third := newReplica(t, "a", kind), newReplica(t, "a", kind), newReplica(t, "b", kind)
		for turn := range 200 {
			o := next(rnd)
			d := still.do(o.path, o.name, o.args...)
			e := moves.do(o.path, o.name, o.args...)
			if x, y := encoded(t, d), encoded(t, e); string(x) != string(y) {
				t.Fatalf("%s, turn %d: the deltas differ", kind, turn)
			}
			if e != nil {
				third.take(e)
			}
			if turn%7 == 0 {
				back := moves.Begin(1, lattice.Firing{})
				if err := back.Mutate("c", vals(o.path), o.name, vals(o.args)); err != nil {
					t.Fatal(kind, err)
				}
				back.Abort()
				moves.Reintern(value.NewInterner())
			}
			a, _ := still.Read("c")
			b, _ := moves.Read("c")
			c, _ := third.Read("c")
			if !value.Equal(a, b) || !value.Equal(a, c) || still.Sum() != moves.Sum() {
				t.Fatalf("%s, turn %d: one sees %s, the other %s, a third %s", kind, turn, a, b, c)
			}
		}
		moves.Reintern(value.NewInterner())
		held := map[value.Word]bool{}
		moves.Interned(func(id value.Word) { held[id] = true })
		if len(held) != moves.in.Len() {
			t.Errorf("%s: %d values are interned, the contents have %d", kind, moves.in.Len(), len(held))
		}
	}
}

// TestReinternWaitsForTurns: an open turn has words in its hands.
func TestReinternWaitsForTurns(t *testing.T) {
	r := newReplica(t, "a", "GSet[String]")
	turn := r.Begin(1, lattice.Firing{})
	defer func() {
		if recover() == nil {
			t.Error("a store moved while a turn was open")
		}
		turn.Abort()
	}()
	r.Reintern(value.NewInterner())
}
