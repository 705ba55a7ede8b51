package api_test

import (
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/laspc/lasp/client"
	"github.com/laspc/lasp/runtime/api"
	"github.com/laspc/lasp/runtime/cluster"
	"github.com/laspc/lasp/runtime/disk"
	"github.com/laspc/lasp/runtime/node"
)

// BenchmarkCallers is the cost of a free update from callers of the client to their
// durable answers: three nodes and all callers in one process, HTTPS between them,
// a fixed number of callers each of which waits for its answer. The figure per
// second is of all together.
func BenchmarkCallers(b *testing.B) {
	for _, callers := range []int{1, 16, 256} {
		for _, d := range []disk.Durability{disk.None, disk.Fsync} {
			b.Run(fmt.Sprintf("callers=%d/%s", callers, d), func(b *testing.B) { benchCallers(b, callers, d) })
		}
	}
}

func benchCallers(b *testing.B, callers int, d disk.Durability) {
	hub := cluster.NewHub()
	tokens, err := api.ReadTokens(strings.NewReader(api.TokenLine(api.Admin, adminToken)))
	if err != nil {
		b.Fatal(err)
	}
	var clients []*client.Client
	var seeds []string
	for i := range 3 {
		name := fmt.Sprintf("n%d", i+1)
		n, err := node.Start(node.Options{Name: name, Data: b.TempDir(), Join: seeds, Network: hub.Network(name), Durability: d})
		if err != nil {
			b.Fatal(err)
		}
		defer n.Close()
		seeds = append(seeds, n.Addr())
		s := httptest.NewTLSServer(api.New(n, api.Options{Tokens: tokens}))
		defer s.Close()
		c, err := client.New(client.Options{Addrs: []string{s.Listener.Addr().String()}, Token: adminToken,
			CA: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})})
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		clients = append(clients, c)
	}
	if _, err := clients[0].Deploy(b.Context(), artifact(b, "shared n: GCounter\ninput inc()\non inc() { n.increment() }"), 0); err != nil {
		b.Fatal(err)
	}
	for _, c := range clients {
		for {
			if ps, err := c.Programs(b.Context()); err == nil && len(ps) > 0 && ps[len(ps)-1].Active {
				break
			}
		}
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	var all sync.WaitGroup
	for w := range callers {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := clients[w%3].Input(b.Context(), "", "inc", map[string]any{}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
}
