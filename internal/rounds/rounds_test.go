package rounds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/laspc/lasp/client"
	"github.com/laspc/lasp/internal/history"
)

// rounds is how many rounds a test makes: LASP_ROUNDS, or a few; the first has
// the number LASP_FIRST.
func rounds(few int) (first, n int) {
	first, _ = strconv.Atoi(os.Getenv("LASP_FIRST"))
	if n, err := strconv.Atoi(os.Getenv("LASP_ROUNDS")); err == nil {
		return first, n
	}
	return first, few
}

// round is clients at work on a cluster to which things happen.
type round struct {
	*nodes
	rng     *rand.Rand
	began   time.Time
	mu      sync.Mutex // of what follows
	history *history.History
	failed  error
	again   int // requests that were answered and sent more than once
	refused int // requests that needed somebody who was not there
}

const (
	workers    = 5               // clients
	callTime   = 6 * time.Second // that a client waits for one node, at most
	workTime   = 8 * time.Second // that new requests are made
	answerTime = time.Minute     // within which all are answered after the last fault
)

// TestRounds: each round starts 3 to 5 nodes, lets clients work, and strikes
// once or twice meanwhile.
func TestRounds(t *testing.T) {
	first, n := rounds(2)
	asked, again, refused, struck := 0, 0, 0, map[string]int{}
	for i := range n {
		t.Run(fmt.Sprintf("round %d", first+i), func(t *testing.T) {
			r, what := play(t, uint64(first+i))
			asked, again, refused = asked+len(r.history.Answered), again+r.again, refused+r.refused
			for _, w := range what {
				struck[strings.Fields(w)[0]]++
			}
			t.Logf("%d nodes; %s; %d requests answered, %d sent again, %d refused", len(r.all), strings.Join(what, "; "), len(r.history.Answered), r.again, r.refused)
		})
	}
	t.Logf("%d rounds, %d requests answered, %d of them sent again, %d refused, faults: %v", n, asked, again, refused, struck)
	if asked == 0 {
		t.Error("nothing happened")
	}
}

func play(t *testing.T, number uint64) (r *round, struck []string) {
	r = &round{rng: rand.New(rand.NewPCG(number, 4)), history: history.New(number)}
	var names []string
	for i := range 3 + r.rng.IntN(3) {
		names = append(names, fmt.Sprintf("n%d", i+1))
	}
	r.nodes = newNodes(t, names, nil)
	r.startAll(len(names))
	r.deploy(history.Program)
	r.began = time.Now()
	var all sync.WaitGroup
	ended := make(chan struct{})
	for w := range workers {
		rng := rand.New(rand.NewPCG(number, uint64(100+w)))
		all.Go(func() { r.work(w, rng, ended) })
	}
	for range 1 + r.rng.IntN(2) {
		struck = append(struck, r.strike())
		r.pass(300, 5000)
	}
	r.calm()
	healed := time.Now()
	r.pass(200, 1000)
	if left := workTime - time.Since(r.began); left > 0 {
		time.Sleep(left)
	}
	close(ended)
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(answerTime):
		t.Fatalf("%v: not everything is answered %s after the last fault", struck, time.Since(healed).Round(time.Second))
	}
	if r.failed != nil {
		t.Fatalf("%v: %v", struck, r.failed)
	}
	r.verify(struck)
	return r, struck
}

// pass lets between so many milliseconds pass.
func (r *round) pass(least, most int) {
	time.Sleep(time.Duration(least+r.rng.IntN(most-least)) * time.Millisecond)
}

func (r *round) now() int64 { return int64(time.Since(r.began)) }

// work is one client: it makes requests until the end, each until it is answered
// or refused for good.
func (r *round) work(w int, rng *rand.Rand, ended chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case <-time.After(time.Duration(rng.IntN(30)) * time.Millisecond):
		}
		r.mu.Lock()
		q := r.history.Draw(w, r.now())
		stop := r.failed != nil
		r.mu.Unlock()
		if stop {
			return
		}
		to := r.all[rng.IntN(len(r.all))]
		for until := time.Now().Add(workTime + answerTime); !r.send(q, to, patience(rng)); {
			if time.Now().After(until) {
				r.fail(fmt.Errorf("%s %s was not answered", q.ID, q.Input))
				return
			}
			time.Sleep(time.Duration(20+rng.IntN(200)) * time.Millisecond)
			to = r.all[rng.IntN(len(r.all))]
		}
	}
}

// patience is how long a client waits for a node; now and then so short that the
// answer is lost.
func patience(rng *rand.Rand) time.Duration {
	if rng.IntN(20) == 0 {
		return time.Duration(1+rng.IntN(20)) * time.Millisecond
	}
	return callTime/4 + time.Duration(rng.Int64N(int64(callTime*3/4)))
}

func (r *round) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = errors.Join(r.failed, err)
}

// send sends a request to a node, and reports whether it is over.
func (r *round) send(q *history.Request, to *proc, patience time.Duration) (over bool) {
	q.Sent++
	args := q.Args
	if args == nil {
		args = []any{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	reply, err := to.client.Input(ctx, q.ID, q.Input, args)
	var refused *client.Error
	if errors.As(err, &refused) {
		switch refused.Code {
		case "L0630", "L0632", "L0633": // nothing was done, by this node
			r.mu.Lock()
			defer r.mu.Unlock()
			r.refused++
			return q.Sent == 1
		case "L0503": // sealed
			return true
		case "L0502", "L0607", "L0614":
			r.fail(fmt.Errorf("%s %s %v: %w", q.ID, q.Input, q.Args, err))
			return true
		}
	}
	if err != nil {
		return false // stopped, killed, without the program yet, or not known to be done
	}
	out, err := answer(q.Input, reply)
	if err != nil {
		r.fail(fmt.Errorf("%s %s was answered %s: %w", q.ID, q.Input, reply, err))
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history.Answer(q, to.name, out, r.now())
	if q.Sent > 1 {
		r.again++
	}
	return true
}

// answer reads a reply as the history takes it.
func answer(input string, reply json.RawMessage) (out any, err error) {
	switch input {
	case "put", "get", "total":
		var n int64
		err = json.Unmarshal(reply, &n)
		return n, err
	case "cas", "move", "fill", "take":
		var b bool
		err = json.Unmarshal(reply, &b)
		return b, err
	case "count":
		var set []int64
		err = json.Unmarshal(reply, &set)
		return set, err
	}
	if len(reply) > 0 {
		err = errors.New("a reply was not expected")
	}
	return nil, err
}

// verify waits until every node holds what it must.
func (r *round) verify(struck []string) {
	eventually(r.t, fmt.Sprintf("after %v, what must hold does", struck), func() error {
		var finals []history.Final
		for _, p := range r.all {
			f, err := p.final()
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			finals = append(finals, f)
		}
		return r.history.Check(finals)
	})
}

// final is what a node holds.
func (p *proc) final() (f history.Final, err error) {
	f.Node = p.name
	f.KV, err = read[map[string]int64](p.client.Cell, "kv")
	maps := []struct {
		name string
		to   *map[string]int64
	}{{"bank", &f.Bank}, {"stock", &f.Stock}}
	for _, m := range maps {
		if err == nil {
			*m.to, err = read[map[string]int64](p.client.Cell, m.name)
		}
	}
	sets := []struct {
		name string
		to   *map[int64]bool
	}{{"seen", &f.Seen}, {"words", &f.Words}, {"done", &f.Done}}
	for _, s := range sets {
		if err == nil {
			*s.to, err = p.set(p.client.Cell, s.name)
		}
	}
	if err != nil {
		return f, err
	}
	if f.Seal, err = p.seal(); err != nil {
		return f, err
	}
	if f.Booked, err = p.booked(); err != nil {
		return f, err
	}
	f.Paid, err = p.paid()
	return f, err
}

type asking = func(ctx context.Context, name string, f client.Form) (client.Shown, error)

func (p *proc) set(ask asking, name string) (map[int64]bool, error) {
	list, err := read[[]int64](ask, name)
	set := map[int64]bool{}
	for _, n := range list {
		set[n] = true
	}
	return set, err
}

// seal is what words was sealed as, nil while it is open.
func (p *proc) seal() (map[int64]bool, error) {
	raw, err := read[json.RawMessage](p.client.Show, "s")
	if err != nil || !strings.HasPrefix(string(raw), "[") {
		return nil, err
	}
	return p.set(p.client.Show, "s")
}

func (p *proc) booked() (map[int64]history.Booking, error) {
	rows, err := read[[][]any](p.client.Cell, "booked")
	all := map[int64]history.Booking{}
	for _, row := range rows {
		all[int64(row[0].(float64))] = history.Booking{Key: row[1].(string), N: int64(row[2].(float64))}
	}
	return all, err
}

// paid is everything in the output. It is read as a consumer does, until nothing
// more comes.
func (p *proc) paid() (all []int64, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	quiet := time.AfterFunc(time.Second, cancel)
	defer quiet.Stop()
	err = p.client.Outputs(ctx, "paid", "", func(e client.StreamEvent) error {
		quiet.Reset(200 * time.Millisecond)
		var v struct{ Value int64 }
		err := json.Unmarshal(e.Data, &v)
		all = append(all, v.Value)
		return err
	})
	if ctx.Err() != nil {
		err = nil
	}
	return all, err
}

// strike lets one thing happen, and says what.
func (r *round) strike() string {
	p := r.all[r.rng.IntN(len(r.all))]
	others := slices.DeleteFunc(slices.Clone(r.all), func(o *proc) bool { return o == p })
	o := others[r.rng.IntN(len(others))]
	f := faults[r.rng.IntN(len(faults))]
	if f.lossy && !r.sound() {
		f = faults[0]
	}
	f.strike(r, p, o, others)
	return f.name + " " + p.name
}

// fault is one thing that happens to a node p, to its link with another one, or
// to those with all others. calm ends it, unless it has ended by then.
type fault struct {
	name   string
	lossy  bool // what no other node had is gone; only where nothing else is wrong
	strike func(r *round, p, o *proc, others []*proc)
}

// faults is the table of faults. Their order is part of what the numbers of
// rounds mean: add at the end.
var faults = []fault{
	{"killed", false, func(r *round, p, _ *proc, _ []*proc) { r.kill(p) }},
	{"killed-and-back", false, func(r *round, p, _ *proc, _ []*proc) {
		r.kill(p)
		r.pass(50, 1500)
		r.start(p)
	}},
	{"lost-disk", true, func(r *round, p, _ *proc, _ []*proc) {
		r.mu.Lock()
		r.history.LoseDisk(p.name) // and what it acknowledges until it is gone
		r.mu.Unlock()
		r.kill(p)
		r.mu.Lock()
		r.history.LoseDisk(p.name)
		r.mu.Unlock()
		if err := os.RemoveAll(filepath.Join(p.dir, "data")); err != nil {
			r.t.Error(err)
		}
		r.pass(50, 1500)
		r.start(p)
	}},
	{"stopped", false, func(r *round, p, _ *proc, _ []*proc) { p.pause(true) }},
	{"stopped-a-while", false, func(r *round, p, _ *proc, _ []*proc) {
		p.pause(true)
		r.pass(100, 2500)
		p.pause(false)
	}},
	{"link-cut", false, func(r *round, p, o *proc, _ []*proc) { r.net.sever(p.name, o.name, true) }},
	{"cut-off", false, func(r *round, p, _ *proc, others []*proc) {
		for _, o := range others {
			r.net.sever(p.name, o.name, true)
		}
	}},
	{"one-way", false, func(r *round, p, o *proc, _ []*proc) { r.net.mute(p.name, o.name, true) }},
	{"deaf", false, func(r *round, p, _ *proc, others []*proc) {
		for _, o := range others {
			r.net.mute(o.name, p.name, true)
		}
	}},
	{"dumb", false, func(r *round, p, _ *proc, others []*proc) {
		for _, o := range others {
			r.net.mute(p.name, o.name, true)
		}
	}},
	{"split", false, func(r *round, p, _ *proc, others []*proc) {
		near := append(slices.Clone(others[:r.rng.IntN(len(others))]), p)
		for _, a := range near {
			for _, b := range r.all {
				if !slices.Contains(near, b) {
					r.net.mute(a.name, b.name, true)
					r.net.mute(b.name, a.name, true)
				}
			}
		}
	}},
}

// sound reports whether all nodes run, reach each other and vote, in the life that
// they are in: a majority of voters that loses its disks has lost what it decided.
func (r *round) sound() bool {
	return r.whole() && !slices.ContainsFunc(r.all, func(p *proc) bool {
		ctx, cancel := context.WithTimeout(context.Background(), callTime)
		defer cancel()
		s, err := p.client.Status(ctx, false)
		return err != nil || s.Order == nil || s.Order.Leader == "" || len(s.Order.Voters) < len(r.all) || len(s.Order.Missing) > 0
	})
}

// whole reports whether all nodes run and nothing is cut.
func (r *round) whole() bool {
	r.net.mu.Lock()
	defer r.net.mu.Unlock()
	for _, on := range r.net.muted {
		if on {
			return false
		}
	}
	for _, on := range r.net.cut {
		if on {
			return false
		}
	}
	for _, p := range r.all {
		if p.cmd == nil || p.stopped {
			return false
		}
	}
	return true
}

// calm ends everything.
func (r *round) calm() {
	r.net.heal()
	for _, p := range r.all {
		p.pause(false)
		if p.cmd == nil {
			r.start(p)
		}
	}
	for _, p := range r.all {
		r.await(p)
	}
}
