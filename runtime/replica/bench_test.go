package replica_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/wire"
)

// BenchmarkRequests is the way of an increment that comes by a request with an id, at
// one of three replicas: its turn, what is sent for it, its record, and what the two
// others do with it, per request and in all. Requests come in hundreds, as they do
// where hundreds of clients wait. Drivers, disks and networks are not in it.
func BenchmarkRequests(b *testing.B) {
	g := newGroup(b, "shared n: GCounter\ninput inc()\non inc() { n.increment() }\nshow n\n", "a", "b", "c")
	g.settle("")
	var turn, ready, record, code, receive time.Duration
	timed := func(to *time.Duration, f func()) {
		began := time.Now()
		f()
		*to += time.Since(began)
	}
	exchange := func() {
		for again := true; again; {
			again = false
			for name := range g.cores {
				var r replica.Ready
				timed(&ready, func() { r = g.ready(name) })
				timed(&record, func() {
					for i := range r.Persist {
						wire.EncodeRecord(&r.Persist[i])
					}
				})
				for _, e := range r.Send {
					again = true
					var m wire.Message
					var err error
					timed(&code, func() { m, err = wire.Decode(wire.Encode(e.Msg)) })
					if err != nil {
						b.Fatal(err)
					}
					timed(&receive, func() { g.step(e.To, replica.Receive{From: name, Msg: m}) })
				}
			}
		}
	}
	const hundred = 100
	n := 0
	for b.Loop() {
		for name := range g.cores {
			timed(&turn, func() {
				for range hundred {
					g.step(name, replica.Input{Req: fmt.Sprintf("some client, request %d", n), Name: "inc", Ref: 1})
					n++
				}
			})
		}
		exchange()
	}
	for name, d := range map[string]time.Duration{"turn": turn, "ready": ready, "record": record, "code": code, "receive": receive} {
		b.ReportMetric(float64(d.Nanoseconds())/float64(n), name+"-ns")
	}
	if v, err := g.cores["a"].View("n"); err != nil || v.String() != fmt.Sprint(n) {
		b.Fatalf("a has %v, %v, want %d", v, err, n)
	}
}
