package sim_test

import (
	"errors"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// Going back keeps what was written meanwhile, and handlers do not fire again.
func TestRollback(t *testing.T) {
	w := emptyWorld(t, "a", "b", "c")
	wantCode(t, do(t, w.Node("a"), replica.Rollback{}), "L0602")
	do(t, w.Node("a"), replica.Deploy{Program: version(t, 1, v1)})
	write(t, w.Node("a"), "s", "add", value.MakeInt(1))
	settle(t, w)
	wantCode(t, do(t, w.Node("a"), replica.Rollback{}), "L0602") // there is one version only
	do(t, w.Node("b"), replica.Deploy{Program: version(t, 2, v2)})
	write(t, w.Node("c"), "s", "add", value.MakeInt(2))
	settle(t, w)
	shows(t, w, "d", "{3, 6}")
	for _, r := range do(t, w.Node("c"), replica.Rollback{}) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	settle(t, w)
	deployed(t, w, 3)
	shows(t, w, "d", "{2, 4}")
	shows(t, w, "n", "2")

	// And once more: the program before that one is the second.
	do(t, w.Node("a"), replica.Rollback{})
	settle(t, w)
	deployed(t, w, 4)
	shows(t, w, "d", "{3, 6}")
	if got := w.Node("b").Core.Deployments(); len(got) != 4 || got[0].Hash != got[2].Hash || got[1].Hash != got[3].Hash {
		t.Errorf("the versions are %v", got)
	}
}

// oldNode is a node whose laspc does not know an operator of v2.
func oldNode(name string) func(string) replica.Config {
	return func(node string) replica.Config {
		cfg := replica.Config{Ops: lasp.Ops()}
		if node == name {
			cfg.Decode = func(artifact []byte) (*ir.Program, error) {
				p, err := ir.Decode(artifact)
				if err == nil && len(p.Cells) == 3 && p.Cells[2].Name == "more" {
					err = errors.New("this laspc is too old for it")
				}
				return p, err
			}
		}
		return cfg
	}
}

// A version that one node cannot start is given up by all, without being asked,
// and only once.
func TestVersionThatFailsIsGivenUp(t *testing.T) {
	w := sim.NewWorld(sim.Options{Config: oldNode("c")})
	for _, name := range []string{"a", "b", "c"} {
		if _, err := w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	do(t, w.Node("a"), replica.Deploy{Program: version(t, 1, v1)})
	settle(t, w)
	write(t, w.Node("a"), "s", "add", value.MakeInt(1))
	do(t, w.Node("a"), replica.Deploy{Program: version(t, 2, v2)})
	settle(t, w)
	deployed(t, w, 3)
	shows(t, w, "d", "{2}")
	shows(t, w, "n", "1")
	all := w.Node("b").Core.Deployments()
	if len(all) != 3 || all[1].Failed["c"] == "" || len(all[2].Failed) != 0 {
		t.Errorf("the versions are %v", all)
	}
}

// A node that was away when a version proved itself cannot make all give it up.
func TestVersionThatRunsIsKept(t *testing.T) {
	w := sim.NewWorld(sim.Options{Config: oldNode("c")})
	for _, name := range []string{"a", "b", "c"} {
		if _, err := w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	do(t, w.Node("a"), replica.Deploy{Program: version(t, 1, v1)})
	settle(t, w)
	w.Node("c").Stop()
	do(t, w.Node("a"), replica.Deploy{Program: version(t, 2, v2)})
	settle(t, w)
	w.Run(2 * time.Minute)
	if err := w.Node("c").Restart(false); err != nil {
		t.Fatal(err)
	}
	w.Run(5 * time.Second)
	for name, want := range map[string]uint64{"a": 2, "b": 2, "c": 1} {
		if got := w.Node(name).Core.Program().Version; got != want {
			t.Errorf("%s runs version %d, want %d", name, got, want)
		}
	}
}
