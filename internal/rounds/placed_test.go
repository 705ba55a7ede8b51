package rounds

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// placed counts in shards, and in another cell what was counted; and has a cell
// that is on two nodes only.
const placed = `
shared hits: GMap[String, GCounter]    sharded replicas 2
shared marks: GMap[String, GSet[Int]]  sharded replicas 2
shared guests: GSet[Int] at "eu"
input hit(k: String, id: Int)
input greet(id: Int)
on hit(k, id) { hits[k].increment() marks[k].add(id) }
on greet(id) { guests.add(id) }
let total = sum(hits)
let greeted = size(guests)
show total
show greeted
`

// movers is clients that count at all nodes while shards move.
type movers struct {
	*nodes
	rng    *rand.Rand
	mu     sync.Mutex // of what follows
	next   int64
	hits   map[string]map[int64]bool // acknowledged, by key
	guests map[int64]bool
	again  int
	failed error
}

// TestPlacedRounds: each round lets a node join, leave, or come back after a kill,
// so that shards move, and kills an owner in the middle of it.
func TestPlacedRounds(t *testing.T) {
	first, n := rounds(1)
	counted, again, did := 0, 0, map[string]int{}
	for i := range n {
		t.Run(fmt.Sprintf("round %d", first+i), func(t *testing.T) {
			m, what := move(t, uint64(first+i))
			k := len(m.guests)
			for _, ids := range m.hits {
				k += len(ids)
			}
			counted, again = counted+k, again+m.again
			did[strings.Fields(what)[0]]++
			t.Logf("%s; %d updates acknowledged, %d sent again", what, k, m.again)
		})
	}
	t.Logf("%d rounds, %d updates acknowledged, %d of them sent again, moves: %v", n, counted, again, did)
	if counted == 0 {
		t.Error("nothing happened")
	}
}

// moves is the table of what makes shards move. Each returns the node that is
// then on its way in or out.
var moves = []struct {
	name string
	do   func(m *movers) *proc
}{
	{"joins", func(m *movers) *proc { m.start(m.all[4]); return m.all[4] }},
	{"leaves", func(m *movers) *proc {
		p := m.all[2+m.rng.IntN(2)]
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		p.client.Leave(ctx) // whether it is heard is of no matter: the node is killed, or gone
		return p
	}},
	{"comes-back", func(m *movers) *proc {
		p := m.all[1+m.rng.IntN(3)]
		m.kill(p)
		m.pause(500, 2000)
		m.start(p)
		return p
	}},
}

func move(t *testing.T, number uint64) (m *movers, what string) {
	m = &movers{rng: rand.New(rand.NewPCG(number, 5)), hits: map[string]map[int64]bool{}, guests: map[int64]bool{}}
	eu := []string{"eu"}
	m.nodes = newNodes(t, []string{"n1", "n2", "n3", "n4", "n5"}, map[string][]string{"n1": eu, "n3": eu})
	m.startAll(4)
	m.deploy(placed)
	var all sync.WaitGroup
	ended := make(chan struct{})
	for w := range workers {
		rng := rand.New(rand.NewPCG(number, uint64(200+w)))
		all.Go(func() { m.work(rng, ended) })
	}
	m.pause(1000, 2000)
	it := moves[m.rng.IntN(len(moves))]
	mover := it.do(m)
	m.pause(1, 400)
	victim := mover
	if m.rng.IntN(3) > 0 {
		victim = m.all[m.rng.IntN(4)]
	}
	m.kill(victim)
	what = fmt.Sprintf("%s %s, killed %s", it.name, mover.name, victim.name)
	m.pause(500, 4000)
	for _, p := range []*proc{victim, mover} {
		if p == mover && it.name == "leaves" {
			m.kill(p) // if it has not ended yet
		}
		if p.cmd == nil {
			m.start(p)
		}
	}
	m.pause(500, 1500)
	close(ended)
	all.Wait()
	if m.failed != nil {
		t.Fatalf("%s: %v", what, m.failed)
	}
	for _, p := range m.all {
		if p.cmd != nil {
			eventually(t, what+"; what is seen from "+p.name, func() error { return m.check(p) })
		}
	}
	return m, what
}

func (m *movers) pause(least, most int) {
	time.Sleep(time.Duration(least+m.rng.IntN(most-least)) * time.Millisecond)
}

// work is one client. Each request is sent through any node, under one id, until
// it is answered.
func (m *movers) work(rng *rand.Rand, ended chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case <-time.After(time.Duration(rng.IntN(20)) * time.Millisecond):
		}
		m.mu.Lock()
		m.next++
		id := m.next
		m.mu.Unlock()
		key, input, args := fmt.Sprint("k", rng.IntN(40)), "hit", []any{nil, id}
		if args[0] = key; rng.IntN(5) == 0 {
			input, args = "greet", args[1:]
		}
		sent := 1
		for until := time.Now().Add(answerTime); ; sent++ {
			err := m.ask(m.all[rng.IntN(4)], fmt.Sprint("r", id), input, args)
			if err == nil {
				break
			}
			if time.Now().After(until) {
				m.mu.Lock()
				m.failed = errors.Join(m.failed, fmt.Errorf("%s %v was not answered: %w", input, args, err))
				m.mu.Unlock()
				return
			}
			time.Sleep(time.Duration(20+rng.IntN(200)) * time.Millisecond)
		}
		m.mu.Lock()
		if sent > 1 {
			m.again++
		}
		if input == "greet" {
			m.guests[id] = true
		} else {
			if m.hits[key] == nil {
				m.hits[key] = map[int64]bool{}
			}
			m.hits[key][id] = true
		}
		m.mu.Unlock()
	}
}

func (m *movers) ask(p *proc, id, input string, args []any) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_, err := p.client.Input(ctx, id, input, args)
	return err
}

// check says what is wrong as seen from a node: every update that was
// acknowledged is there, and counts once.
func (m *movers) check(p *proc) error {
	hits, err := read[map[string]int](p.client.Cell, "hits")
	if err != nil {
		return err
	}
	marks, err := read[map[string][]int64](p.client.Cell, "marks")
	if err != nil {
		return err
	}
	sum := 0
	for key, ids := range m.hits {
		if sum += len(ids); hits[key] != len(ids) || len(marks[key]) != len(ids) {
			return fmt.Errorf("%d updates of %s were acknowledged, %d are counted, and %d are there", len(ids), key, hits[key], len(marks[key]))
		}
		for _, id := range marks[key] {
			if !ids[id] {
				return fmt.Errorf("update %d of %s was not asked for", id, key)
			}
		}
	}
	if len(hits) != len(m.hits) {
		return fmt.Errorf("%d keys are there, %d were counted", len(hits), len(m.hits))
	}
	total, err := read[int](p.client.Show, "total")
	if err == nil && total != sum {
		err = fmt.Errorf("the total is %d, not %d", total, sum)
	}
	if err != nil {
		return err
	}
	return m.checkTag(p)
}

// checkTag does the same for the cell at a tag. Who does not have the tag may ask
// for what is computed of the cell.
func (m *movers) checkTag(p *proc) error {
	greeted, err := read[int](p.client.Show, "greeted")
	if err == nil && greeted != len(m.guests) {
		err = fmt.Errorf("%d guests are there, %d were greeted", greeted, len(m.guests))
	}
	if err != nil || len(p.tags) == 0 {
		return err
	}
	guests, err := p.set(p.client.Cell, "guests")
	if err == nil && !maps.Equal(guests, m.guests) {
		err = errors.New("other guests are there than were greeted")
	}
	return err
}
