package sim_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// sharded counts what it is told twice: in shards, and, as a twin that is not
// placed, everywhere.
const sharded = `
shared kv:   GMap[String, LWW[String]]   sharded replicas 2
shared hits: GMap[String, GCounter]      sharded replicas 2
shared tags: ORMap[String, AWSet[String]] sharded replicas 2
shared twin: GMap[String, GCounter]
input put(k: String, v: String)
input get(k: String) -> Option[String]
input tag(k: String, t: String)
input untag(k: String)
on put(k, v) { kv[k].set(v) }
on put(k, v) { hits[k].increment()  twin[k].increment() }
input hit(k: String)
on hit(k)    { hits[k].increment()  twin[k].increment() }
on get(k)    { reply peek(kv[k], "a stale read is fine") }
on tag(k, t) { tags[k].add(t) }
on untag(k)  { tags.remove(k) }
let total = sum(hits)
let often = { k for (k, n) in hits if n >= 2 }
show often
`

// placedWorld starts nodes; a name is followed by the node's tags: "a eu fast".
func placedWorld(t testing.TB, o sim.Options, text string, nodes ...string) (*sim.World, *ir.Program) {
	t.Helper()
	p := compile(t, text)
	tags := map[string][]string{}
	base, own := config(p), o.Config
	o.Config = func(name string) replica.Config {
		c := base(name)
		if own != nil {
			c.Options = own(name).Options
		}
		c.Tags = tags[name]
		return c
	}
	w := sim.NewWorld(o)
	for _, n := range nodes {
		words := strings.Fields(n)
		tags[words[0]] = words[1:]
		if _, err := w.Add(words[0]); err != nil {
			t.Fatal(err)
		}
	}
	return w, p
}

// asking is a request on its way.
type asking struct {
	id    string
	event func(id string, ref any) replica.Event
	done  bool
	v     value.Value
	err   error
}

// await gives a node an event and lets time pass until it is answered.
func await(t testing.TB, w *sim.World, n *sim.Node, event func(ref any) replica.Event) (value.Value, error) {
	t.Helper()
	a := &asking{}
	replies := do(t, n, event(a))
	for range 200 {
		for _, r := range replies {
			if r.Ref == a {
				return r.Value, r.Err
			}
		}
		w.Run(50 * time.Millisecond)
		replies = n.Replies()
	}
	t.Fatalf("%s gives no answer", n.Name)
	return value.Value{}, nil
}

func str(s string) value.Value { return value.MakeString(s) }

func send(t testing.TB, w *sim.World, n *sim.Node, name string, args ...string) (value.Value, error) {
	t.Helper()
	vs := make([]value.Value, len(args))
	for i, a := range args {
		vs[i] = str(a)
	}
	return await(t, w, n, func(ref any) replica.Event { return replica.Input{Name: name, Args: vs, Ref: ref} })
}

// sees fails the test unless a view, asked for at every live node, reads as want.
func sees(t testing.TB, w *sim.World, name, want string) {
	t.Helper()
	for _, n := range w.Nodes() {
		if !n.Alive() {
			continue
		}
		v, err := await(t, w, n, func(ref any) replica.Event { return replica.Look{Name: name, Ref: ref} })
		if err != nil || v.String() != want {
			t.Errorf("at %s, %s is %v, %v, want %s", n.Name, name, v, err, want)
		}
	}
}

// ownedTwice fails the test unless every shard is owned, and held, by two nodes.
func ownedTwice(t testing.TB, w *sim.World) {
	t.Helper()
	held := map[string][]string{}
	for _, n := range w.Nodes() {
		if !n.Alive() {
			continue
		}
		if m := n.Core.Moving(); len(m) > 0 {
			t.Errorf("%s still moves %v", n.Name, m)
		}
		for _, g := range n.Core.Owned() {
			held[g] = append(held[g], n.Name)
		}
	}
	for s := range replica.Shards {
		if g := fmt.Sprintf("2/%d", s); len(held[g]) != 2 {
			t.Errorf("shard %s is held by %v", g, held[g])
		}
	}
}

func TestShardsAreReadAndWrittenFromAnywhere(t *testing.T) {
	w, _ := placedWorld(t, sim.Options{}, sharded, "a", "b", "c", "d", "e")
	w.Run(5 * time.Second)
	for i := range 40 {
		n := w.Nodes()[i%5]
		if _, err := send(t, w, n, "put", fmt.Sprint("k", i%20), fmt.Sprint("v", i)); err != nil {
			t.Fatal(err)
		}
	}
	w.Run(5 * time.Second)
	ownedTwice(t, w)
	for _, n := range w.Nodes() {
		if v, err := send(t, w, n, "get", "k7"); err != nil || v.String() != `Some("v27")` {
			t.Errorf("at %s, k7 is %v, %v", n.Name, v, err)
		}
		if v, err := send(t, w, n, "get", "none"); err != nil || v.String() != "None" {
			t.Errorf("at %s, none is %v, %v", n.Name, v, err)
		}
	}
	sees(t, w, "total", "40")
	v, err := w.Node("a").Core.View("twin")
	if err != nil {
		t.Fatal(err)
	}
	sees(t, w, "hits", v.String())
}

// A removal of a key goes to the key's shard, and what it did not see stays.
func TestShardedKeysAreRemoved(t *testing.T) {
	w, _ := placedWorld(t, sim.Options{}, sharded, "a", "b", "c")
	w.Run(3 * time.Second)
	for i, n := range w.Nodes() {
		if _, err := send(t, w, n, "tag", "x", fmt.Sprint("t", i)); err != nil {
			t.Fatal(err)
		}
	}
	w.Run(time.Second)
	if _, err := send(t, w, w.Node("a"), "untag", "x"); err != nil {
		t.Fatal(err)
	}
	w.Run(3 * time.Second)
	sees(t, w, "tags", "{}")
	if _, err := send(t, w, w.Node("b"), "tag", "x", "again"); err != nil {
		t.Fatal(err)
	}
	w.Run(3 * time.Second)
	sees(t, w, "tags", `{"x": {"again"}}`)
}

// While all who hold a key are down, the error names them; with one of them back
// the same request is done.
func TestWhoIsMissingIsNamed(t *testing.T) {
	w, _ := placedWorld(t, sim.Options{}, sharded, "a", "b", "c", "d")
	w.Run(3 * time.Second)
	if _, err := send(t, w, w.Node("a"), "put", "k", "v"); err != nil {
		t.Fatal(err)
	}
	w.Run(3 * time.Second)
	var owners []*sim.Node
	var other *sim.Node
	for _, n := range w.Nodes() {
		if v, err := n.Core.View("kv"); err == nil || !replica.Elsewhere(err) {
			t.Fatalf("%s has all shards: %v", n.Name, v)
		}
		if slices.Contains(n.Core.Owned(), fmt.Sprintf("2/%d", replica.ShardOf(str("k")))) {
			owners = append(owners, n)
		} else {
			other = n
		}
	}
	for _, n := range owners {
		n.Stop()
	}
	_, err := send(t, w, other, "get", "k")
	if err == nil || !strings.Contains(err.Error(), "L0625") || !strings.Contains(err.Error(), owners[0].Name+", which does not answer") || !strings.Contains(err.Error(), owners[1].Name+", which does not answer") {
		t.Errorf("the error is %v", err)
	}
	if err := owners[0].Restart(false); err != nil {
		t.Fatal(err)
	}
	w.Run(time.Second)
	if v, err := send(t, w, other, "get", "k"); err != nil || v.String() != `Some("v")` {
		t.Errorf("with an owner back: %v, %v", v, err)
	}
}

// placedSeeds is how many seeds the chaos runs; LASP_SEEDS sets another number.
func placedSeeds() int {
	if n, err := strconv.Atoi(os.Getenv("LASP_SEEDS")); err == nil {
		return n
	}
	return 12
}

// TestShardsUnderFaults writes through whoever is up while nodes crash, are cut
// off, join, leave and are retired, and messages are lost, doubled and overtaken.
// Every request is sent, under one id and through any node, until it is answered.
// In the end every request counts once, in the shards as in their twin that is
// everywhere, and every shard is with its owners and nobody else.
func TestShardsUnderFaults(t *testing.T) {
	for seed := range placedSeeds() {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { shardsUnderFaults(t, uint64(seed)) })
	}
}

func shardsUnderFaults(t *testing.T, seed uint64) {
	ch := sim.Seeded(seed)
	net := sim.Net{Seed: seed, Loss: 0.02, Twice: 0.02}
	w, _ := placedWorld(t, sim.Options{Chooser: ch, Net: net}, sharded, "a", "b", "c", "d")
	w.Run(2 * time.Second)
	var open []*asking
	want := map[string]int{}
	for i := range 60 {
		key := fmt.Sprint("k", ch.Choose(12))
		want[key]++
		a := &asking{id: fmt.Sprint("r", i)}
		a.event = func(id string, ref any) replica.Event {
			return replica.Input{Req: id, Name: "hit", Args: []value.Value{str(key)}, Ref: ref}
		}
		open = append(open, a)
		tryAll(t, w, ch, open)
		upset(t, w, ch, i)
		w.Run(time.Duration(ch.Choose(300)) * time.Millisecond)
		open = answered(w, open)
	}
	w.Heal()
	for _, n := range w.Nodes() {
		if !n.Alive() && n.Name != gone {
			if err := n.Restart(false); err != nil {
				t.Fatal(err)
			}
		}
	}
	for round := 0; len(open) > 0; round++ {
		if round > 60 {
			t.Fatalf("%d requests have no answer: %v", len(open), open[0].err)
		}
		tryAll(t, w, ch, open)
		w.Run(time.Second)
		open = answered(w, open)
	}
	w.Run(30 * time.Second)
	for range 5 {
		if w.Converged() == nil {
			break
		}
		w.Run(20 * time.Second)
	}
	if err := w.Converged(); err != nil {
		t.Fatal(err)
	}
	ownedTwice(t, w)
	var entries []value.Value
	for k, n := range want {
		entries = append(entries, str(k), value.MakeInt(int64(n)))
	}
	expected := value.MakeMap(entries).String()
	sees(t, w, "twin", expected)
	sees(t, w, "hits", expected)
	sees(t, w, "total", "60")
}

// gone is the node that is killed for good and retired.
const gone = "d"

// upset does one of the things that may happen to a cluster.
func upset(t *testing.T, w *sim.World, ch *sim.Chooser, step int) {
	t.Helper()
	n := w.Nodes()[ch.Choose(len(w.Nodes()))]
	switch move := ch.Choose(12); {
	case step == 20:
		if _, err := w.Add("e"); err != nil {
			t.Fatal(err)
		}
	case step == 40:
		// Killed for good: only what it told nobody may be lost, so it tells.
		w.Heal()
		for _, n := range w.Nodes() {
			if !n.Alive() {
				if err := n.Restart(false); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.Run(15 * time.Second)
		w.Node(gone).Stop()
		for _, n := range w.Nodes() {
			if n.Alive() {
				do(t, n, replica.Retire{Nodes: []string{gone}})
				break
			}
		}
	case move == 0 && n.Alive() && w.Node(n.Name) != nil:
		n.Stop()
	case move <= 2 && !n.Alive() && (step < 40 || n.Name != gone):
		if err := n.Restart(false); err != nil {
			t.Fatal(err)
		}
	case move == 3:
		m := w.Nodes()[ch.Choose(len(w.Nodes()))]
		w.Cut(n.Name, m.Name, true)
	case move <= 5:
		w.Heal()
	case move == 6:
		m := w.Nodes()[ch.Choose(len(w.Nodes()))]
		w.Mute(n.Name, m.Name, true)
	case move == 7 && n.Alive():
		n.Checkpoint()
	}
}

// tryAll sends what is open through some node that is up.
func tryAll(t *testing.T, w *sim.World, ch *sim.Chooser, open []*asking) {
	t.Helper()
	for _, a := range open {
		n := w.Nodes()[ch.Choose(len(w.Nodes()))]
		if n.Alive() && !a.done {
			collect(do(t, n, a.event(a.id, a)))
		}
	}
}

func collect(replies []replica.Reply) {
	for _, r := range replies {
		if a, ok := r.Ref.(*asking); ok {
			a.v, a.err = r.Value, r.Err
			a.done = a.done || r.Err == nil
		}
	}
}

func answered(w *sim.World, open []*asking) []*asking {
	for _, n := range w.Nodes() {
		collect(n.Replies())
	}
	return slices.DeleteFunc(open, func(a *asking) bool { return a.done })
}

// A node that lost its disk gets its shards back from the other owners, and
// serves nothing of them before.
func TestShardsComeBackToALostDisk(t *testing.T) {
	w, _ := placedWorld(t, sim.Options{}, sharded, "a", "b", "c")
	w.Run(3 * time.Second)
	for i := range 30 {
		if _, err := send(t, w, w.Nodes()[i%3], "put", fmt.Sprint("k", i), "v"); err != nil {
			t.Fatal(err)
		}
	}
	w.Run(5 * time.Second)
	for _, name := range []string{"a", "b", "c"} {
		n := w.Node(name)
		n.Stop()
		if err := n.Restart(true); err != nil {
			t.Fatal(err)
		}
		for i := range 30 {
			if v, err := send(t, w, n, "get", fmt.Sprint("k", i)); err != nil && !strings.Contains(err.Error(), "L06") || err == nil && v.String() != `Some("v")` {
				t.Fatalf("right after its start %s says that k%d is %v, %v", name, i, v, err)
			}
		}
		w.Run(5 * time.Second)
		ownedTwice(t, w)
		sees(t, w, "total", "30")
	}
}

// A node that leaves hands over what it holds before it goes.
func TestLeavingHandsOver(t *testing.T) {
	w, _ := placedWorld(t, sim.Options{}, sharded, "a", "b", "c", "d")
	w.Run(3 * time.Second)
	for i := range 30 {
		if _, err := send(t, w, w.Nodes()[i%4], "put", fmt.Sprint("k", i), "v"); err != nil {
			t.Fatal(err)
		}
	}
	b := w.Node("b")
	do(t, b, replica.Retire{Nodes: []string{"b"}})
	w.Run(5 * time.Second)
	if len(b.Core.Owned())+len(b.Core.Moving()) > 0 {
		t.Errorf("b still holds %v and %v", b.Core.Owned(), b.Core.Moving())
	}
	b.Stop()
	w.Run(time.Second)
	ownedTwice(t, w)
	sees(t, w, "total", "30")
}

const tagged = `
shared users: AWSet[String] at "eu"
shared pairs: GMap[String, GSet[String]] at "eu"
shared words: GSet[String]
shared notices: GSet[String]
input join(name: String)
input known(name: String) -> Bool
input word(w: String)
on join(name) { users.add(name)  pairs[name].add(name) }
on known(name) { reply peek(name in users, "may be stale") }
on word(w) { words.add(w) }
let many = size(users)
show many
for w in words { pairs[w].add("from a word") }
`

// What is at a tag never leaves the nodes with that tag; the others ask, and get
// results.
func TestTaggedContentStaysWhereItIs(t *testing.T) {
	const secret = "the-name-that-must-not-leave"
	leaked := map[string]bool{}
	tap := func(from, to string, data []byte) {
		if bytes.Contains(data, []byte(secret)) && from[0] == 'e' {
			leaked[to] = true
		}
	}
	w, p := placedWorld(t, sim.Options{Tap: tap, Net: sim.Net{Loss: 0.02, Twice: 0.05}}, tagged, "e1 eu", "e2 eu", "u1", "u2 us")
	w.Run(5 * time.Second)
	for _, n := range w.Nodes() {
		if _, err := send(t, w, n, "join", n.Name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := send(t, w, w.Node("e1"), "join", secret); err != nil {
		t.Fatal(err)
	}
	if _, err := send(t, w, w.Node("u1"), "word", "w"); err != nil {
		t.Fatal(err)
	}
	w.Run(10 * time.Second)
	if err := w.Converged(); err != nil {
		t.Fatal(err)
	}
	sees(t, w, "many", "5")
	for _, n := range w.Nodes() {
		if v, err := send(t, w, n, "known", "u2"); err != nil || v.String() != "true" {
			t.Errorf("at %s, known is %v, %v", n.Name, v, err)
		}
		code := query(t, p, `(size(users), "w" in keys(pairs), size(words))`)
		v, err := await(t, w, n, func(ref any) replica.Event { return replica.Look{Code: code, Ref: ref} })
		if err != nil || v.String() != "(5, true, 1)" {
			t.Errorf("at %s, the query gives %v, %v", n.Name, v, err)
		}
		if held := strings.Join(n.Core.Owned(), " "); held != map[byte]string{'e': "@eu"}[n.Name[0]] {
			t.Errorf("%s holds %q", n.Name, held)
		}
	}
	if leaked["u1"] || leaked["u2"] || !leaked["e2"] {
		t.Errorf("the secret came to %v, want e2 alone", leaked)
	}
	for _, name := range []string{"e1", "e2"} {
		w.Node(name).Stop()
	}
	w.Run(time.Second)
	if _, err := send(t, w, w.Node("u1"), "join", "late"); err == nil || !strings.Contains(err.Error(), "L0625") {
		t.Errorf("with all of eu down, join gives %v", err)
	}
}

// A handler that fires for what is at a tag runs there, once.
func TestFiringsWriteElsewhere(t *testing.T) {
	const text = `
shared seen:  GSet[String] at "eu"
shared count: GMap[String, GCounter] sharded replicas 2
shared total: GCounter
input see(x: String)
on see(x) { seen.add(x) }
for x in seen { count[x].increment()  total.increment() }
let sums = sum(count)
show sums
`
	w, _ := placedWorld(t, sim.Options{Chooser: sim.Seeded(3), Net: sim.Net{Seed: 9, Loss: 0.05, Twice: 0.05}}, text, "e1 eu", "e2 eu", "u1", "u2", "u3")
	w.Run(5 * time.Second)
	for i := range 20 {
		n := w.Nodes()[i%5]
		for range 5 {
			if _, err := send(t, w, n, "see", fmt.Sprint("x", i)); err == nil {
				break
			}
		}
		if i == 10 {
			w.Node("e1").Stop()
			if err := w.Node("e1").Restart(false); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.Run(20 * time.Second)
	if err := w.Converged(); err != nil {
		t.Fatal(err)
	}
	sees(t, w, "total", "20")
	sees(t, w, "sums", "20")
}

// query compiles an expression against a program.
func query(t testing.TB, p *ir.Program, text string) *ir.Expr {
	t.Helper()
	code, ds, err := lasp.CompileQuery(p, text)
	if err != nil || len(ds) > 0 {
		t.Fatalf("%s: %v %v", text, err, ds)
	}
	return code
}

// A shard that no message can carry comes in parts; more than a query may bring is
// refused, single keys are not, and the links stay.
func TestLargeShardComesInParts(t *testing.T) {
	for _, most := range []int{0, 16 << 20} {
		w, _ := placedWorld(t, sim.Options{Config: func(string) replica.Config {
			return replica.Config{Options: replica.Options{GuestBytes: most}}
		}}, sharded, "a", "b", "c", "d")
		w.Run(3 * time.Second)
		keys := keysOf(7, 3)
		for i, k := range keys {
			if _, err := send(t, w, w.Nodes()[i], "put", k, strings.Repeat(string(rune('x'+i)), 6<<20)); err != nil {
				t.Fatal(err)
			}
		}
		w.Run(3 * time.Second)
		asked := 0
		for _, n := range w.Nodes() {
			if slices.Contains(n.Core.Owned(), "2/7") {
				continue
			}
			asked++
			v, err := await(t, w, n, func(ref any) replica.Event { return replica.Look{Name: "kv", Ref: ref} })
			switch {
			case most == 0 && (err != nil || len(v.Elems()) != 6):
				t.Errorf("at %s: %v", n.Name, err)
			case most > 0 && (err == nil || !strings.Contains(err.Error(), "L0627") || !strings.Contains(err.Error(), "16 MB")):
				t.Errorf("at %s the error is %v", n.Name, err)
			}
			if v, err := send(t, w, n, "get", keys[1]); err != nil || len(v.Elems()[0].Str()) != 6<<20 {
				t.Errorf("at %s one key gives %v", n.Name, err)
			}
		}
		if asked != 2 {
			t.Errorf("%d nodes do not hold the shard", asked)
		}
	}
}

// keysOf finds keys of one shard.
func keysOf(shard, n int) (keys []string) {
	for i := 0; len(keys) < n; i++ {
		if k := fmt.Sprint("k", i); replica.ShardOf(str(k)) == shard {
			keys = append(keys, k)
		}
	}
	return keys
}

// While a shard comes in parts, keys are put and removed and a holder dies: the
// answer has everything that was there all the time, once, and nothing else than
// what was put.
func TestShardChangesWhileItComes(t *testing.T) {
	w, _ := placedWorld(t, sim.Options{}, sharded, "a", "b", "c", "d")
	w.Run(3 * time.Second)
	const steady = 12
	keys := keysOf(7, steady+40)
	for i, k := range keys[:steady] {
		if _, err := send(t, w, w.Nodes()[i%4], "tag", k, strings.Repeat("x", 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	w.Run(3 * time.Second)
	var holders, others []*sim.Node
	for _, n := range w.Nodes() {
		if slices.Contains(n.Core.Owned(), "2/7") {
			holders = append(holders, n)
		} else {
			others = append(others, n)
		}
	}
	replies := do(t, others[0], replica.Look{Name: "tags", Ref: ""})
	for i := 0; len(replies) == 0 && i < 2000; i++ {
		if i < 40 {
			k := value.MakeString(keys[steady+i/2])
			in := replica.Input{Name: "tag", Args: []value.Value{k, str("y")}}
			if i%2 == 1 {
				in = replica.Input{Name: "untag", Args: []value.Value{k}}
			}
			do(t, holders[1], in)
		}
		if i == 30 {
			holders[0].Stop()
		}
		w.Run(2 * time.Millisecond)
		replies = others[0].Replies()
	}
	if len(replies) != 1 || replies[0].Err != nil {
		t.Fatalf("the answers are %v", replies)
	}
	got := map[string]bool{}
	for entry := range slices.Chunk(replies[0].Value.Elems(), 2) {
		k := entry[0].Str()
		if got[k] || !slices.Contains(keys, k) {
			t.Errorf("%s is there twice, or was never put", k)
		}
		got[k] = true
	}
	for _, k := range keys[:steady] {
		if !got[k] {
			t.Errorf("%s is not there", k)
		}
	}
}
