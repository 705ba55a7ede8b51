package sim_test

import (
	"testing"

	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

const superseded = `
shared best: Max[Int]
shared set:  AWSet[Int]
shared more: GSet[Int]
show b = best
`

// c holds what took the place of b's writes, and is lost for good after any
// number of messages of a transfer to a, which are lost themselves here and
// there or come in another order. a and b, who are left, come to agree.
func TestSenderIsLostWithinATransfer(t *testing.T) {
	p := compile(t, superseded)
	for seed := range 40 {
		ch := sim.Seeded(uint64(seed))
		w := sim.NewWorld(sim.Options{Chooser: ch, Config: func(name string) replica.Config {
			c := config(p)(name)
			c.Options = replica.Options{BatchAtoms: 1}
			return c
		}})
		for _, name := range []string{"a", "b", "c"} {
			if _, err := w.Add(name); err != nil {
				t.Fatal(err)
			}
		}
		settle(t, w)
		w.Partition([][]string{{"a"}, {"b", "c"}})
		for i, name := range []string{"b", "c"} {
			n := w.Node(name)
			write(t, n, "best", "join", value.MakeInt(5+2*int64(i)))
			write(t, n, "set", "add", value.MakeInt(1))
			write(t, n, "set", "add", value.MakeInt(2+int64(i)))
			write(t, n, "more", "add", value.MakeInt(int64(i)))
			settle(t, w)
			w.Partition(nil)
		}
		write(t, w.Node("c"), "set", "remove", value.MakeInt(2))
		w.Partition([][]string{{"a", "c"}, {"b"}})
		for n := seed / 2; n > 0 && w.Flights() > 0; n-- {
			if ch.Choose(6) == 0 {
				w.Drop(ch.Choose(w.Flights()))
			} else {
				w.Deliver(ch.Choose(w.Flights()))
			}
		}
		w.Node("c").Stop()
		w.Heal()
		if err := w.Settle(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}
