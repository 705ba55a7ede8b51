package node_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/laspc/lasp/runtime/cluster"
	"github.com/laspc/lasp/runtime/disk"
	"github.com/laspc/lasp/runtime/node"
)

// BenchmarkInputs is the cost of a free update at a node: an event from the inbox
// to its durable answer, with many on their way, on one node and on one of three.
// Requests have ids, as those that come by HTTP.
func BenchmarkInputs(b *testing.B) {
	for _, nodes := range []int{1, 3} {
		for _, d := range []disk.Durability{disk.None, disk.Fsync} {
			b.Run(fmt.Sprintf("nodes=%d/%s", nodes, d), func(b *testing.B) { benchInputs(b, nodes, d) })
		}
	}
}

func benchInputs(b *testing.B, nodes int, d disk.Durability) {
	hub := cluster.NewHub()
	var all []*node.Node
	var seeds []string
	for i := range nodes {
		name := fmt.Sprintf("n%d", i+1)
		n, err := node.Start(node.Options{Name: name, Data: b.TempDir(), Join: seeds, Network: hub.Network(name), Decode: decode, Durability: d})
		if err != nil {
			b.Fatal(err)
		}
		defer n.Close()
		all, seeds = append(all, n), append(seeds, n.Addr())
	}
	if _, err := all[0].Deploy(b.Context(), "", []byte("shared n: GCounter\ninput inc()\non inc() { n.increment() }"), 0); err != nil {
		b.Fatal(err)
	}
	p := make(chan *node.Pending, 1024)
	failed := make(chan error, 1)
	go func() {
		defer close(failed)
		for pending := range p {
			if _, err := pending.Wait(context.Background()); err != nil {
				failed <- err
				return
			}
		}
	}()
	for i := 0; b.Loop(); i++ {
		pending, err := all[0].SubmitInput(nil, fmt.Sprintf("r%d", i), "inc", nil)
		if err != nil {
			b.Fatal(err)
		}
		p <- pending
	}
	close(p)
	if err := <-failed; err != nil {
		b.Fatal(err)
	}
}
