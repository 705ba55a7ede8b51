package sim_test

import (
	"testing"
	"time"

	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// A body reads a key of a large cell that it wrote, or an element of a set, at
// the cost of that key; only derived state is made anew.
func TestOwnWritesAreReadFromTheStore(t *testing.T) {
	w := world(t, sim.Options{}, `
shared stock: GMap[Int, PNCounter]
shared sold:  GSet[Int]
shared tags:  ORMap[String, ORMap[String, AWSet[Int]]]
let left = stock.map((k, n) => n * 2)
input take(k: Int) -> Int
on take(k) {
  stock[k].decrement(1)
  sold.add(k)
  let sees = peek((k in sold, -1 in sold), "own")
  if sees != (true, false) { fail("the own write is not seen") }
  reply peek(stock[k], "own")
}
input tag(k: String, n: Int) -> (Bool, Bool, Int)
on tag(k, n) {
  tags[k]["x"].add(n)
  tags.remove("gone")
  reply peek((k in tags, "gone" in tags, size(tags[k]["x"])), "own")
}
input derived(k: Int) -> Int
on derived(k) {
  stock[k].increment(5)
  reply peek(left[k], "own")
}
`, "a")
	a := w.Node("a")
	const keys = 100_000
	var writes []replica.Mutation
	for i := range int64(keys) {
		writes = append(writes, replica.Mutation{Cell: "stock", Keys: []value.Value{value.MakeInt(i)}, Op: "increment", Args: []value.Value{value.MakeInt(10)}})
	}
	do(t, a, replica.Mutate{Writes: writes})
	input := func(name string, args ...value.Value) string {
		t.Helper()
		r := do(t, a, replica.Input{Name: name, Args: args})
		if r[0].Err != nil {
			t.Fatal(r[0].Err)
		}
		return r[0].Value.String()
	}
	began := time.Now()
	for i := range int64(1000) {
		if got := input("take", value.MakeInt(i)); got != "9" {
			t.Fatalf("%s are left", got)
		}
	}
	t.Logf("%v each", time.Since(began)/1000)
	if got := input("take", value.MakeInt(-7)); got != "-1" {
		t.Errorf("of a new key %s are left", got)
	}
	for i, want := range []string{`(true, false, 1)`, `(true, false, 2)`} {
		if got := input("tag", text("k"), value.MakeInt(int64(i))); got != want {
			t.Errorf("tag: %s, want %s", got, want)
		}
	}
	if n := a.Core.Status().Rebuilt; n != 0 {
		t.Errorf("derived state was made anew %d times", n)
	}
	if got := input("derived", value.MakeInt(1)); got != "28" {
		t.Errorf("derived: %s", got)
	}
	if n := a.Core.Status().Rebuilt; n != 1 {
		t.Errorf("derived state was made anew %d times", n)
	}
}
