package node_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/node"
	"github.com/laspc/lasp/runtime/replica"
)

const placedProgram = `
shared kv:   GMap[String, LWW[String]] sharded replicas 2
shared hits: GMap[String, GCounter]    sharded replicas 2
shared eu:   GSet[String] at "eu"
input put(k: String, v: String)
input get(k: String) -> Option[String]
input join(x: String)
on put(k, v) { kv[k].set(v)  hits[k].increment() }
on get(k)    { reply peek(kv[k], "a stale read is fine") }
on join(x)   { eu.add(x) }
let total = sum(hits)
let many = size(eu)
show total
show many
`

// placement is what a node holds, and what moves.
func placement(n *node.Node) (holds, moving []string) {
	st, err := n.Status(context.Background())
	if err != nil {
		return nil, []string{err.Error()}
	}
	return st.Replica.Holds, st.Replica.Moving
}

func input(t *testing.T, n *node.Node, req, name string, args ...string) (value.Value, error) {
	t.Helper()
	vs := make([]value.Value, len(args))
	for i, a := range args {
		vs[i] = value.MakeString(a)
	}
	return n.Input(t.Context(), nil, req, name, vs)
}

// reads fails the test unless a view comes to read as want at all nodes.
func reads(t *testing.T, name, want string, nodes ...*node.Node) {
	t.Helper()
	for _, n := range nodes {
		eventually(t, name+" is "+want, func() bool {
			v, _, err := n.View(t.Context(), name)
			return err == nil && v.String() == want
		})
	}
}

// settled waits until every shard is held twice by the nodes and nothing moves.
func settled(t *testing.T, nodes ...*node.Node) {
	t.Helper()
	eventually(t, "every shard is with its two owners", func() bool {
		held := map[string]int{}
		for _, n := range nodes {
			holds, moving := placement(n)
			if len(moving) > 0 {
				return false
			}
			for _, g := range holds {
				held[g]++
			}
		}
		for s := range replica.Shards {
			if held[fmt.Sprintf("2/%d", s)] != 2 {
				return false
			}
		}
		return true
	})
}

// Keys spread over four nodes and are read and written through any of them; with
// one killed nothing is lost; one that joins gets its part, one that leaves hands
// its part over.
func TestShardsSpreadAndMove(t *testing.T) {
	w := newWorld(t)
	tag := func(o *node.Options) { o.Tags = []string{"eu"} }
	nodes := []*node.Node{w.start("a"), w.start("b", tag), w.start("c"), w.start("d")}
	deploy(t, nodes[0], placedProgram)
	for _, n := range nodes {
		eventually(t, "the program runs", func() bool { return view(n, "total") != "?" && !strings.Contains(view(n, "total"), "L0603") })
	}
	settled(t, nodes...)
	for i := range 40 {
		if _, err := input(t, nodes[i%4], fmt.Sprint("r", i), "put", fmt.Sprint("k", i), "v"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := input(t, nodes[3], "", "join", "somebody"); err != nil {
		t.Fatal(err)
	}
	reads(t, "total", "40", nodes...)
	reads(t, "many", "1", nodes...)
	if holds, _ := placement(nodes[0]); slices.Contains(holds, "@eu") {
		t.Error("a node without the tag holds what is at it")
	}
	// What is acknowledged by one owner is soon with both.
	time.Sleep(500 * time.Millisecond)
	if err := nodes[3].Close(); err != nil {
		t.Fatal(err)
	}
	reads(t, "total", "40", nodes[:3]...)
	for i := range 40 {
		eventually(t, "every key is there", func() bool {
			v, err := input(t, nodes[i%3], "", "get", fmt.Sprint("k", i))
			return err == nil && v.String() == `Some("v")`
		})
	}
	nodes[3] = w.start("d")
	e := w.start("e")
	all := append(nodes, e)
	eventually(t, "the node that joined holds its part", func() bool { holds, _ := placement(e); return len(holds) > 0 })
	settled(t, all...)
	if err := nodes[0].Leave(20 * time.Second); err != nil {
		t.Fatal(err)
	}
	settled(t, all[1:]...)
	reads(t, "total", "40", all[1:]...)
}
