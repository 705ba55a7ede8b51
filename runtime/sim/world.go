// Package sim drives replica cores in one process on virtual time over a
// simulated network and simulated disks. Everything that happens is decided by
// the caller or by a Chooser, so one seed gives the same run byte for byte.
//
// A World can be driven in two ways. Timed (Run): messages arrive after a
// chosen delay and clocks move, as in a cluster. Untimed (Deliver, Drop, ..):
// the caller picks the next message, and time moves only when told; that is how
// the tests of programs look for bad schedules.
package sim

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/wire"
)

// Options make a World.
type Options struct {
	// Config makes the configuration of a node; Actor and Blank are filled in.
	Config func(name string) replica.Config
	// Chooser decides what is left to chance.
	Chooser *Chooser
	// Start is the first time, ns since the epoch; 0 is a fixed day.
	Start int64
	// Net is how the network treats messages in timed runs.
	Net Net
	// Disk is how disks treat what is written in timed runs.
	Disk Disk
	// Prompt lets messages about the agreed order arrive at once and in order,
	// where a link stands: the schedules of a program's tests are about what it
	// says itself.
	Prompt bool
	// Tap sees every message that is put on the network.
	Tap func(from, to string, data []byte)
	// Verbose keeps a readable log of what happened.
	Verbose bool
	// Saw is called, in verbose worlds, after something happened at a node; what
	// it returns is put in the log below it. May be nil.
	Saw func(n *Node) []string
}

// Net is a network by chance. Its chances are its own, so that the decisions of
// a Chooser stay those about faults.
type Net struct {
	Seed  uint64
	Delay time.Duration // messages travel up to this long, and overtake each other; 0 is 20 ms
	Loss  float64       // part of the messages that is lost
	Twice float64       // part of the messages that arrives twice
}

// Disk is a disk by chance.
type Disk struct {
	Seed uint64
	// Sync is up to how long it takes until what was written is durable; the node
	// goes on meanwhile. 0 is no time at all.
	Sync time.Duration
}

// World is a set of simulated nodes and the network between them.
type World struct {
	o       Options
	now     int64
	nodes   []*Node
	cut     map[link]bool
	flights []*Flight
	prompt  []*Flight
	rushing bool
	net     *rand.Rand
	disk    *rand.Rand
	trace   hash.Hash
	log     []string
	// Bytes counts what was put on the network.
	Bytes int64
}

type link struct{ from, to string }

// Flight is a message on its way.
type Flight struct {
	From, To string
	Data     []byte
	At       int64  // when it arrives in timed runs
	Delta    bool   // it carries state; all others are how replicas find out who lacks what
	what     string // is in it, for the log
}

// firstDay is 2020-01-01, an arbitrary fixed start of virtual time.
const firstDay = int64(1577836800) * int64(time.Second)

// NewWorld makes an empty world.
func NewWorld(o Options) *World {
	if o.Start == 0 {
		o.Start = firstDay
	}
	if o.Net.Delay == 0 {
		o.Net.Delay = 20 * time.Millisecond
	}
	if o.Chooser == nil {
		o.Chooser = Plain()
	}
	return &World{o: o, now: o.Start, cut: map[link]bool{}, trace: sha256.New(), net: rand.New(rand.NewPCG(o.Net.Seed, 1)), disk: rand.New(rand.NewPCG(o.Disk.Seed, 2))}
}

// Now is the virtual time in ns since the epoch.
func (w *World) Now() int64 { return w.now }

// Nodes lists all nodes in the order in which they were added.
func (w *World) Nodes() []*Node { return w.nodes }

// Node finds a node, nil if there is none of that name.
func (w *World) Node(name string) *Node {
	for _, n := range w.nodes {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// Trace is the hash of everything that happened so far.
func (w *World) Trace() [32]byte { return [32]byte(w.trace.Sum(nil)) }

// Log is the readable record of a Verbose world.
func (w *World) Log() []string { return w.log }

// Say notes something in trace and log.
func (w *World) Say(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	w.note(line)
	if w.o.Verbose {
		w.log = append(w.log, line)
	}
}

// note puts a line in the trace alone.
func (w *World) note(line string) {
	w.trace.Write([]byte(line))
	w.trace.Write([]byte{'\n'})
}

// saw asks what an event changed for whoever looks at a node.
func (w *World) saw(n *Node) {
	if w.o.Verbose && w.o.Saw != nil && n.Alive() {
		w.log = append(w.log, w.o.Saw(n)...)
	}
}

// Add starts a new node, connected to all others that are up.
func (w *World) Add(name string) (*Node, error) {
	n := &Node{Name: name, w: w, up: map[string]bool{}}
	w.nodes = append(w.nodes, n)
	if err := n.start(false); err != nil {
		return nil, err
	}
	w.relink()
	return n, nil
}

// Cut cuts or mends the way from one node to another; links stand only where
// both ways are open. What was on its way over a broken link is lost.
func (w *World) Cut(from, to string, cut bool) {
	if cut {
		w.cut[link{from, to}] = true
	} else {
		delete(w.cut, link{from, to})
	}
	w.relink()
}

// Mute drops everything from one node to another while the link seems to stand.
func (w *World) Mute(from, to string, mute bool) {
	if n := w.Node(from); n != nil {
		if n.muted == nil {
			n.muted = map[string]bool{}
		}
		n.muted[to] = mute
	}
}

// Partition lets nodes talk within their group only; nodes in no group talk to
// nobody. Heal ends it.
func (w *World) Partition(groups [][]string) {
	of := map[string]int{}
	for i, g := range groups {
		for _, name := range g {
			of[name] = i + 1
		}
	}
	clear(w.cut)
	for _, a := range w.nodes {
		for _, b := range w.nodes {
			if a != b && (of[a.Name] == 0 || of[a.Name] != of[b.Name]) {
				w.cut[link{a.Name, b.Name}] = true
			}
		}
	}
	w.relink()
}

// Heal mends all cuts.
func (w *World) Heal() {
	clear(w.cut)
	for _, n := range w.nodes {
		clear(n.muted)
	}
	w.relink()
}

// Connected reports whether a link between two nodes stands.
func (w *World) Connected(a, b string) bool {
	x, y := w.Node(a), w.Node(b)
	return x != nil && y != nil && x.Alive() && y.Alive() && !w.cut[link{a, b}] && !w.cut[link{b, a}]
}

// Reconnect breaks all standing links and makes them anew, so that vectors are
// exchanged.
func (w *World) Reconnect() {
	for _, a := range w.nodes {
		for _, b := range w.nodes {
			a.setLink(b.Name, false)
		}
	}
	w.relink()
}

// relink tells nodes about links that came or went.
func (w *World) relink() {
	for i, a := range w.nodes {
		for _, b := range w.nodes[i+1:] {
			up := w.Connected(a.Name, b.Name)
			if !up {
				w.lose(a.Name, b.Name)
			}
			a.setLink(b.Name, up)
			b.setLink(a.Name, up)
		}
	}
	w.rush()
}

// lose drops what is on its way between two nodes.
func (w *World) lose(a, b string) {
	w.flights = slices.DeleteFunc(w.flights, func(f *Flight) bool {
		return f.From == a && f.To == b || f.From == b && f.To == a
	})
}

// send puts a message on the network.
func (w *World) send(from *Node, e replica.Envelope) {
	data := wire.Encode(e.Msg)
	w.Bytes += int64(len(data))
	if w.o.Tap != nil {
		w.o.Tap(from.Name, e.To, data)
	}
	w.trace.Write(data)
	if !from.up[e.To] || from.muted[e.To] {
		return
	}
	if w.net.Float64() < w.o.Net.Loss {
		return
	}
	if _, order := e.Msg.(*wire.Order); order && w.o.Prompt {
		w.prompt = append(w.prompt, &Flight{From: from.Name, To: e.To, Data: data, At: w.now, what: w.describe(e.Msg)})
		return
	}
	_, isDelta := e.Msg.(*wire.Batch)
	copies := 1
	if w.net.Float64() < w.o.Net.Twice {
		copies = 2
	}
	for range copies {
		at := w.now + w.net.Int64N(int64(w.o.Net.Delay))
		w.flights = append(w.flights, &Flight{From: from.Name, To: e.To, Data: data, At: at, Delta: isDelta, what: w.describe(e.Msg)})
	}
}
