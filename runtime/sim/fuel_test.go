package sim_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
)

const loops = `
shared seen: GSet[Int]
output log: Int
input rounds(n: Nat)
input skips(n: Nat)
input writes(n: Nat)
input emits(n: Nat)
input asks(n: Nat)
on rounds(n) { for x in 0 .. n { for y in 0 .. n { for z in 0 .. n { } } } }
on skips(n) { for x in 0 .. n { for y in 0 .. n { for Some(z) in [None] { seen.add(z) } } } }
on writes(n) { for x in 0 .. n { seen.add(x) } }
on emits(n) { for x in 0 .. n { emit x to log } }
on asks(n) { for x in 0 .. n { if x < 0 { seen.add(x) } } }
show seen
`

// Every round of a loop takes fuel, whatever it does, and what stays in memory takes
// more: no body holds a node up for long or fills its memory.
func TestLoopsTakeFuel(t *testing.T) {
	p := compile(t, loops)
	for _, c := range []struct {
		input      string
		ends, over int64 // within the fuel, and not
	}{
		{"rounds", 8, 40},
		{"skips", 8, 100},
		{"writes", 200, 400},
		{"emits", 200, 400},
		{"asks", 1000, 20_000},
	} {
		core, err := replica.New(replica.Config{Ops: lasp.Ops(), Options: replica.Options{Fuel: 10_000}, Embedded: true,
			Actor: lattice.Actor{Node: "alone", Inc: 1}, Program: replica.Program{IR: p, Version: 1, Hash: [32]byte{1}}}, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range []int64{c.ends, c.over, c.ends} {
			if err := core.Step(replica.Input{Name: c.input, Args: []value.Value{value.MakeInt(n)}, Ref: ""}); err != nil {
				t.Fatal(err)
			}
			var got []string
			for r := core.Ready(); !r.Empty(); r = core.Ready() {
				gather(r.Replies, &got)
				core.Advance()
			}
			if len(got) != 1 || (got[0] == op.OutOfFuel) != (i == 1) {
				t.Errorf("%s(%d): answered %q", c.input, n, got)
			}
		}
	}
}

// A body or a query that would take for ever ends when the limiter says so, without
// effect, and what comes after it does not.
func TestLimiterEndsWhatTakesLong(t *testing.T) {
	limiter := &replica.Limiter{Most: 2}
	core, err := replica.New(replica.Config{Ops: lasp.Ops(), Options: replica.Options{Fuel: 1 << 50, Limiter: limiter}, Embedded: true,
		Actor: lattice.Actor{Node: "alone", Inc: 1}, Program: replica.Program{IR: compile(t, loops), Version: 1, Hash: [32]byte{1}}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var ticking sync.WaitGroup
	ticking.Go(func() {
		for tick := time.NewTicker(time.Millisecond); ; {
			select {
			case <-done:
				return
			case <-tick.C:
				limiter.Tick()
			}
		}
	})
	defer ticking.Wait()
	defer close(done)
	send := func(input string, n int64) (got string) {
		if err := core.Step(replica.Input{Name: input, Args: []value.Value{value.MakeInt(n)}, Ref: ""}); err != nil {
			t.Fatal(err)
		}
		var all []string
		for r := core.Ready(); !r.Empty(); r = core.Ready() {
			gather(r.Replies, &all)
			core.Advance()
		}
		limiter.Rest()
		return strings.Join(all, " ")
	}
	const never = 1 << 17
	for _, input := range []string{"rounds", "asks"} {
		if got := send(input, 1<<21); got != op.OutOfFuel {
			t.Errorf("%s: %q", input, got)
		}
		if got := send("writes", 2); got == op.OutOfFuel {
			t.Errorf("after %s: %q", input, got)
		}
	}
	code, ds, err := lasp.CompileQuery(compile(t, loops), fmt.Sprintf("size({ x + y for x in 1..%d, y in 1..%d if x > y })", never, never))
	if err != nil || len(ds) > 0 {
		t.Fatal(err, ds)
	}
	_, err = core.Query(code)
	if e := (*replica.Error)(nil); !errors.As(err, &e) || e.Code != op.OutOfFuel {
		t.Errorf("the query: %v", err)
	}
}
