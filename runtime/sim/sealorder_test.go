package sim_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// bidding has a cell that its one writer writes by itself and by the order, and
// seals: nothing may come behind the seal either way.
const bidding = `
shared bids: GSet[Int] written by "b"
input bid(n: Int)
input agree(n: Int)
input close()
on bid(n)   { bids.add(n) }
on agree(n) { coordinate { bids.add(n) } }
on close()  { seal bids }
show s = sealed(bids)
show bids
`

// A seal by the one writer and what a `coordinate` writes to the same cell have one
// order: what was acknowledged is sealed, and nothing else is there.
func TestSealOfWhatIsCoordinated(t *testing.T) {
	p := compile(t, bidding)
	names := []string{"a", "b", "c"}
	sealed, refused := 0, 0
	for seed := range seeds(20) {
		rng := rand.New(rand.NewPCG(uint64(seed), 6))
		w := sim.NewWorld(sim.Options{Net: sim.Net{Seed: uint64(seed), Loss: 0.03, Twice: 0.05}, Config: func(string) replica.Config {
			return replica.Config{Ops: lasp.Ops(), Program: replica.Program{IR: p, Version: 1, Hash: [32]byte{1}}, Voters: names}
		}})
		for _, name := range names {
			if _, err := w.Add(name); err != nil {
				t.Fatal(err)
			}
		}
		w.Run(4 * time.Second)
		b := w.Node("b")
		acked := map[int64]bool{}
		closed := false
		hear := func(replies []replica.Reply) {
			for _, r := range replies {
				var e *replica.Error
				switch n := r.Ref.(int64); {
				case r.Err == nil && n == 0:
					closed = true
				case r.Err == nil:
					acked[n] = true
				case errors.As(r.Err, &e) && (e.Code == "L0503" || e.Code == "L0633"):
					refused++
				default:
					t.Fatalf("seed %d: %d: %v", seed, n, r.Err)
				}
			}
		}
		at := 5 + rng.IntN(10)
		for i := int64(1); i <= 20; i++ {
			input := []string{"bid", "agree"}[rng.IntN(2)]
			hear(do(t, b, replica.Input{Req: fmt.Sprint(i), Name: input, Args: []value.Value{value.MakeInt(i)}, Ref: i}))
			if int(i) == at {
				hear(do(t, b, replica.Input{Req: "close", Name: "close", Ref: int64(0)}))
			}
			w.Run(time.Duration(rng.IntN(40)) * time.Millisecond)
			hear(b.Replies())
		}
		for range 100 {
			w.Run(100 * time.Millisecond)
			hear(b.Replies())
		}
		settle(t, w)
		if !closed {
			t.Errorf("seed %d: it was not sealed", seed)
			continue
		}
		sealed++
		for _, n := range w.Nodes() {
			s, err := n.Core.View("s")
			if err != nil {
				t.Fatal(err)
			}
			bids, _ := n.Core.View("bids")
			if !value.Equal(s, bids) {
				t.Errorf("seed %d: at %s bids is %s and was sealed as %s", seed, n.Name, bids, s)
			}
			for i := range acked {
				if !s.Has(value.MakeInt(i)) {
					t.Errorf("seed %d: at %s the seal %s lacks %d, which was acknowledged", seed, n.Name, s, i)
				}
			}
		}
	}
	t.Logf("%d seals, %d writes refused", sealed, refused)
	if sealed == 0 || refused == 0 {
		t.Error("nothing raced")
	}
}
