package state

import (
	"encoding/hex"
	"testing"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// plainSum adds up what the store holds, from nothing.
func plainSum(s *Store) (all sum) {
	for _, t := range s.tables {
		for atom := range t.list.n {
			if t.isLive(atom) && (t.dead == nil || !t.isForgettable(int(t.list.get(atom).slot))) {
				all.add(t.atomSum(atom))
			}
		}
	}
	for n := range uint32(s.firings.list.n) {
		if s.firings.at(n).seq > 0 {
			all.add(s.firedSum(n))
		}
	}
	for n := range s.firings.runs {
		if s.firings.runs[n].seq > 0 {
			all.add(s.runSum(uint32(n)))
		}
	}
	for f, writes := range s.firings.dead {
		for _, w := range writes {
			all.add(s.deadSum(firingDot{f, w.index}))
		}
	}
	for n := range s.outputs.list {
		all.add(s.outputSum(uint32(n)))
	}
	return all
}

// checkSum compares the sum that is kept with one that is computed.
func (w *world) checkSum(i int) {
	w.t.Helper()
	if s := w.reps[i].Store; s.sum != plainSum(s) {
		w.t.Fatalf("replica %d keeps the sum %x, what it holds adds up to %x", i, s.sum, plainSum(s))
	}
}

func TestSipHash(t *testing.T) {
	// The reference vector of the empty message under the key 00 01 .. 0f.
	var s Store
	s.sum = sipHash(0x0706050403020100, 0x0f0e0d0c0b0a0908, nil)
	b := s.Sum()
	for i := range 4 { // the reference writes both halves little-endian, the low one first
		b[i], b[7-i], b[8+i], b[15-i] = b[7-i], b[i], b[15-i], b[8+i]
	}
	if got := hex.EncodeToString(b[8:]) + hex.EncodeToString(b[:8]); got != "a3817f04ba25a8e66df67214c7550293" {
		t.Error(got)
	}
}

// Sums do not depend on order, on the words by which a replica knows values, or
// on what was undone; they tell apart what differs.
func TestSum(t *testing.T) {
	kind := "ORMap[(String, Int), AWSet[List[String]]]"
	a, b := newReplica(t, "a", kind), newReplica(t, "b", kind)
	key := func(s string, n int) []any { return []any{value.MakeTuple(vals([]any{s, n})...)} }
	list := func(s ...any) value.Value { return value.MakeList(vals(s)) }
	empty := a.Sum()
	ds := []*lattice.Delta{
		a.do(key("a longer text than a word", 1), "add", list("x", "y")),
		a.do(key("k", -1), "add", list()),
		a.do(key("k", 2), "add", list("x")),
		a.fire(firingOf("f"), key("k", 2), "add", list("x")),
	}
	turn := b.Begin(1, lattice.Firing{})
	for range 2 {
		sp := turn.Savepoint()
		if err := turn.Mutate("c", vals(key("other", 1)), "add", []value.Value{list("z")}); err != nil {
			t.Fatal(err)
		}
		if err := turn.Emit("out", [32]byte{1}, value.MakeString("v")); err != nil {
			t.Fatal(err)
		}
		if b.Sum() == empty {
			t.Error("what a turn wrote is not in the sum")
		}
		turn.Rollback(sp)
		if b.Sum() != empty {
			t.Error("what was rolled back is in the sum")
		}
	}
	turn.Abort()
	for i := range ds {
		b.take(ds[len(ds)-1-i])
		if (b.Sum() == a.Sum()) != (i == len(ds)-1) {
			t.Errorf("after %d of %d deltas: %x and %x", i+1, len(ds), b.Sum(), a.Sum())
		}
	}
	a.take(b.do(nil, "remove", value.MakeTuple(vals([]any{"k", 2})...)))
	if a.Sum() != b.Sum() {
		t.Error("the sums differ after a removal")
	}
	if got := rawColumns([]*types.Type{types.Int, types.String}); !got[0] || got[1] {
		t.Error(got)
	}
}

// TestSumsAreTheSameForGood holds sums that another version computed: replicas of two
// versions compare theirs.
func TestSumsAreTheSameForGood(t *testing.T) {
	key := value.MakeTuple(vals([]any{"a longer text than a word", -1})...)
	for kind, want := range map[string]string{
		"AWSet[String]":        "1c6b45837c1782bfa0c54e811b21a75f",
		"AWSet[(Int, String)]": "7081623487e3b87943b3d344358aaaa0",
		"GCounter":             "3be73cf4806b19d6b9920e36e7d28d03",
		"ORMap[(String, Int), AWSet[List[String]]]": "c848af54218bace4292a9e6aeaef4bb1",
		"ORMap[(String, Int), PNCounter]":           "cf4c241ddffb4519011207d3bed905e6",
	} {
		r := newReplica(t, "a", kind)
		switch kind {
		case "AWSet[String]":
			r.do(nil, "add", value.MakeString(""))
			r.do(nil, "add", value.MakeString("eight by"))
			r.do(nil, "add", value.MakeString("nine byte"))
			r.do(nil, "remove", value.MakeString("eight by"))
		case "AWSet[(Int, String)]":
			r.do(nil, "add", value.MakeTuple(value.MakeInt(-5), value.MakeString("x")))
			r.fire(firingOf("f"), nil, "add", value.MakeTuple(value.MakeInt(7), value.MakeString("y")))
		case "GCounter":
			r.do(nil, "increment", value.MakeInt(3))
			r.fire(firingOf("f"), nil, "increment", value.MakeInt(4))
		case "ORMap[(String, Int), PNCounter]":
			r.do([]any{key}, "increment", value.MakeInt(3))
			r.do([]any{key}, "decrement", value.MakeInt(5))
			r.do(nil, "remove", key)
			r.do([]any{key}, "increment", value.MakeInt(1))
		default:
			r.do([]any{key}, "add", value.MakeList(vals([]any{"x", "y"})))
			r.do([]any{key}, "add", value.MakeList(nil))
		}
		if got := r.Sum(); hex.EncodeToString(got[:]) != want {
			t.Errorf("%s: the sum is %x, it was %s", kind, got, want)
		}
	}
}
