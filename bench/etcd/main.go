// Command etcd measures updates on a cluster of three nodes against three etcd
// members on the same machine and disk, in one run, and prints ratios:
//
//	go run ./etcd            # in bench/, with laspc and etcd in PATH
//
// A free update is an increment of a GCounter (no node waits for another), a
// coordinated one a `set` inside `coordinate`. Both sides are asked over TLS-less
// gRPC (etcd) and HTTPS (laspc) on loopback by the same number of callers, each of
// which waits for the answer to its update before it gives the next. On both sides
// the callers of a node share one client, whose library sends what they give at the
// same time over one connection. Every figure names its durability; etcd always
// syncs its log.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/laspc/lasp/client"
)

// program has one free and one coordinated update.
const program = `shared n: GCounter
coordinated c: GMap[String, LWW[Int]]
input inc()
input put(k: String, v: Int)
on inc() { n.increment() }
on put(k, v) { coordinate { c[k].set(v) } }
`

func main() {
	seconds := flag.Duration("time", 3*time.Second, "how long each figure is measured")
	dir := flag.String("dir", "", "folder for data, on the disk to measure; empty is a temporary one")
	flag.Parse()
	if err := measure(*dir, *seconds); err != nil {
		fmt.Fprintln(os.Stderr, "etcd:", err)
		os.Exit(1)
	}
}

func measure(dir string, d time.Duration) error {
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "lasp-etcd-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	peers, err := startEtcd(dir)
	if err != nil {
		return err
	}
	defer peers.stop()
	fmt.Printf("%-52s %12s %10s %10s\n", "", "per second", "p50", "p99")
	serialPut, err := peers.figure("etcd put, 1 client, fsync", 1, d)
	if err != nil {
		return err
	}
	manyPuts, err := peers.figure("etcd put, 256 clients, fsync", 256, d)
	if err != nil {
		return err
	}
	free, err := withCluster(dir, "none", func(c *cluster) (rate, error) {
		if _, err := c.figure("free update, 1 client, none", c.inc, 1, d); err != nil {
			return rate{}, err
		}
		if _, err := c.figure("free update, 256 clients, none", c.inc, 256, d); err != nil {
			return rate{}, err
		}
		return c.figure("free update, batches of 1,000 on 2 streams, none", c.incs, 2, d)
	})
	if err != nil {
		return err
	}
	var coordinated, coordinatedMany rate
	durable, err := withCluster(dir, "fsync", func(c *cluster) (rate, error) {
		if coordinated, err = c.figure("coordinated update, 1 client, fsync", c.put, 1, d); err != nil {
			return rate{}, err
		}
		if coordinatedMany, err = c.figure("coordinated update, 256 clients, fsync", c.put, 256, d); err != nil {
			return rate{}, err
		}
		return c.figure("free update, 256 clients, fsync", c.inc, 256, d)
	})
	if err != nil {
		return err
	}
	fmt.Println()
	for _, r := range []struct {
		what string
		a, b rate
		goal string
	}{
		{"free (none, batches) / etcd serial put", free, serialPut, "100"},
		{"free (fsync, 256 clients) / etcd 256 clients", durable, manyPuts, "5"},
		{"coordinated / etcd, 1 client", coordinated, serialPut, "0.5"},
		{"coordinated / etcd, 256 clients", coordinatedMany, manyPuts, "0.5"},
	} {
		fmt.Printf("%-52s %12.2f   (to reach: %s)\n", r.what, r.a.perSecond/r.b.perSecond, r.goal)
	}
	return nil
}

// rate is one figure.
type rate struct{ perSecond float64 }

// run calls op from clients goroutines for a time and prints the figure. op
// returns how many updates it made.
func run(name string, clients int, d time.Duration, op func(worker, i int) (int, error)) (rate, error) {
	var done, stopped atomic.Int64
	var first atomic.Pointer[error]
	latencies := make([][]time.Duration, clients)
	start := time.Now()
	var all sync.WaitGroup
	for w := range clients {
		all.Go(func() {
			for i := 0; stopped.Load() == 0 && time.Since(start) < d; i++ {
				began := time.Now()
				n, err := op(w, i)
				if err != nil {
					first.CompareAndSwap(nil, &err)
					stopped.Store(1)
					return
				}
				done.Add(int64(n))
				latencies[w] = append(latencies[w], time.Since(began))
			}
		})
	}
	all.Wait()
	took := time.Since(start)
	if err := first.Load(); err != nil {
		return rate{}, fmt.Errorf("%s: %w", name, *err)
	}
	sorted := slices.Concat(latencies...)
	slices.Sort(sorted)
	if len(sorted) == 0 {
		return rate{}, errors.New(name + ": nothing was done")
	}
	r := rate{float64(done.Load()) / took.Seconds()}
	at := func(q float64) time.Duration {
		return sorted[int(q*float64(len(sorted)-1))].Round(10 * time.Microsecond)
	}
	fmt.Printf("%-52s %12.0f %10v %10v\n", name, r.perSecond, at(0.5), at(0.99))
	return r, nil
}

func (p *etcd) figure(name string, clients int, d time.Duration) (rate, error) {
	return run(name, clients, d, func(w, i int) (int, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		_, err := p.clients[w%len(p.clients)].Put(ctx, fmt.Sprintf("k%d", w), fmt.Sprint(i))
		return 1, err
	})
}

func (c *cluster) figure(name string, op func(w, i int) (int, error), clients int, d time.Duration) (rate, error) {
	return run(name, clients, d, op)
}

func (c *cluster) at(w int) *client.Client { return c.clients[w%len(c.clients)] }

// inc is one free update, as one request.
func (c *cluster) inc(w, _ int) (int, error) {
	_, err := c.at(w).Input(context.Background(), "", "inc", map[string]any{})
	return 1, err
}

var thousand = []byte(strings.Repeat(`{"input":"inc","args":{}}`+"\n", 1000))

// incs are a thousand free updates, each an event of its own, as one request.
func (c *cluster) incs(w, _ int) (int, error) {
	answers, err := c.at(w).Lines(context.Background(), "", thousand)
	for _, a := range answers {
		if a.Error != nil {
			return 0, a.Error
		}
	}
	return len(answers), err
}

// put is one coordinated update.
func (c *cluster) put(w, i int) (int, error) {
	_, err := c.at(w).Input(context.Background(), "", "put", map[string]any{"k": fmt.Sprintf("k%d", w), "v": i})
	return 1, err
}
