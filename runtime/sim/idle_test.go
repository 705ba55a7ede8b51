package sim_test

import (
	"testing"
	"time"

	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// An order with nothing to decide is silent, also where a voter has no link to the
// node that leads any more, but to others that have.
func TestIdleOrderIsSilentWithoutLinkToTheLeader(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	w := agreeing(t, sim.Options{}, len(names), names...)
	if _, err := replyTo(t, w, w.Node("d"), replica.Deploy{Program: version(t, 0, oneSet)}); err != nil {
		t.Fatal(err)
	}
	w.Run(5 * time.Second)
	leader := w.Node("d").Core.Order().Leader
	other := map[bool]string{true: "e", false: "a"}[leader != "e"]
	w.Cut(leader, other, true)
	w.Cut(other, leader, true)
	w.Run(30 * time.Second)
	const idle = 60
	before, term := w.Bytes, w.Node("d").Core.Order().Term
	w.Run(idle * time.Second)
	if perNode := (w.Bytes - before) / idle / int64(len(names)); perNode > 100 {
		t.Errorf("an idle node sends %d bytes a second", perNode)
	}
	if now := w.Node("d").Core.Order().Term; now != term {
		t.Errorf("while nothing was to be decided the term went from %d to %d", term, now)
	}
	// It still finds out that the leader is gone when something is to be decided.
	w.Node(w.Node("d").Core.Order().Leader).Stop()
	for _, name := range names {
		if n := w.Node(name); n.Alive() {
			if _, err := replyTo(t, w, n, replica.Deploy{Program: version(t, 0, v1)}); err != nil {
				t.Errorf("at %s: %v", name, err)
			}
			break
		}
	}
}
