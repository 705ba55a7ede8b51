// Package embed runs a program inside this process: no set-up, no disk, no
// network, and time that moves only when told. `laspc run` and the REPL drive it.
//
// One embedded replica stands for all nodes of the deployment at once: it runs
// the handlers of every node, and an event may act as any of them.
package embed

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/workers"
	"github.com/laspc/lasp/stdlib"
	"github.com/laspc/lasp/vm"
)

// Own is the name of the embedded node.
const Own = "local"

// epoch is the time at which an engine starts unless told otherwise: a fixed day,
// so that two runs of one program give the same.
const epoch = 1_767_225_600 * int64(time.Second)

// Sink receives what happens, in order. Nil functions are not called.
type Sink struct {
	Emit    func(e replica.Emit)  // each effect once
	Reply   func(r replica.Reply) // with the Ref of its event
	Changed func(shows []string)
	Note    func(n replica.Note) // for people
}

// Options make an Engine.
type Options struct {
	Program *ir.Program
	Params  map[string]value.Value
	Start   int64 // ns since the epoch; 0 is a fixed day
	Fuel    int64 // work per turn, 0 for the default
	Stats   bool  // count the work
	// Interrupt ends evaluations while it is set.
	Interrupt *atomic.Bool
	Sink      Sink
}

// Engine is a program that runs. It is not safe for concurrent use.
type Engine struct {
	sink    Sink
	core    *replica.Core
	start   int64
	now     int64
	version uint64
	steps   int
}

// New makes an engine for a program. The error says why it cannot run.
func New(o Options) (*Engine, error) {
	e := &Engine{sink: o.Sink, start: o.Start, version: 1}
	if e.start == 0 {
		e.start = epoch
	}
	e.now = e.start
	core, err := replica.New(replica.Config{
		Actor: lattice.Actor{Node: Own, Inc: 1}, Ops: stdlib.Table(), Embedded: true,
		Program: replica.Program{IR: o.Program, Version: e.version, Params: o.Params},
		Options: replica.Options{Fuel: o.Fuel, Stats: o.Stats, StatsClock: sinceStart(), Interrupt: o.Interrupt, Pieces: workers.New(), AntiEntropy: -1, Volatile: true},
	}, e.now)
	if err != nil {
		return nil, err
	}
	e.core = core
	return e, nil
}

// sinceStart is a clock in ns.
func sinceStart() func() int64 {
	began := time.Now()
	return func() int64 { return int64(time.Since(began)) }
}

// Start hands what the program did when it started to the sink. It comes after
// New, because a sink may want to look at the engine.
func (e *Engine) Start() { e.pump() }

// pump hands on what the replica has to say until it says nothing. Nothing is
// made durable: the run is the life of the node.
func (e *Engine) pump() {
	for {
		r := e.core.Ready()
		if r.Empty() {
			return
		}
		e.hand(r)
		e.core.Advance()
	}
}

// hand gives the sink what a Ready holds, effects and replies in the order in which
// they came about.
func (e *Engine) hand(r *replica.Ready) {
	emits, replies := r.Emits, r.Replies
	for len(emits)+len(replies) > 0 {
		if len(replies) == 0 || len(emits) > 0 && emits[0].N < replies[0].N {
			call(e.sink.Emit, &emits[0])
			emits = emits[1:]
			continue
		}
		call(e.sink.Reply, &replies[0])
		replies = replies[1:]
	}
	for i := range r.Notes {
		call(e.sink.Note, &r.Notes[i])
	}
	if len(r.Changed) > 0 {
		call(e.sink.Changed, &r.Changed)
	}
}

func call[T any](f func(T), v *T) {
	if f != nil {
		f(*v)
	}
}

// Step takes one event; what it causes has reached the sink when it returns.
func (e *Engine) Step(ev replica.Event) error {
	if err := e.core.Step(ev); err != nil {
		return err
	}
	e.pump()
	if e.steps++; e.steps%reclaimEvery == 0 {
		e.core.Reclaim()
	}
	return nil
}

// reclaimEvery is after how many events the memory of values that are gone is
// looked at.
const reclaimEvery = 1 << 14

// Deploy makes p the program that runs; cells of the same kind keep what they
// hold. On an error nothing has changed.
func (e *Engine) Deploy(p *ir.Program, params map[string]value.Value) error {
	var refused error
	keep := e.sink.Reply
	e.sink.Reply = func(r replica.Reply) { refused = r.Err }
	err := e.Step(replica.Deploy{Program: replica.Program{IR: p, Version: e.version + 1, Params: params}})
	e.sink.Reply = keep
	if err == nil {
		err = refused
	}
	if err == nil {
		e.version++
	}
	return err
}

// AdvanceTo moves time to so long after the start, running what falls due on the
// way. Time does not run backwards.
func (e *Engine) AdvanceTo(since time.Duration) {
	for end := e.start + int64(since); e.now < end; {
		e.now = min(end, max(e.core.Wake(), e.now+1))
		e.core.Tick(e.now)
		e.pump()
	}
}

// Loads reports whether a cell takes the rows of replica.Load, which are words
// of Interner.
func (e *Engine) Loads(cell string) bool { return e.core.Loads(cell) }

// Prepare makes ready for changes what was loaded: the first one would wait for it.
func (e *Engine) Prepare() { e.core.Prepare() }

// Interner gives values the words that replica.Load takes.
func (e *Engine) Interner() *value.Interner { return e.core.Interner() }

// View is the present view of a cell, definition or show.
func (e *Engine) View(name string) (value.Value, error) { return e.core.View(name) }

// Query evaluates an expression that was compiled against the running program.
func (e *Engine) Query(code *ir.Expr) (value.Value, error) { return e.core.Query(code) }

// Coordinations counts what was decided, by the place of the source that asked
// for it. On one node a decision waits for nobody.
func (e *Engine) Coordinations() []replica.Coordination { return e.core.Order().Points }

// Dropped lists the elements that are left out at present because their
// evaluation failed, a line for each.
func (e *Engine) Dropped() []string {
	var lines []string
	for _, d := range e.core.Errors() {
		lines = append(lines, fmt.Sprintf("%s: %s: %s", d.Pos, d.Code, d.Message))
	}
	return lines
}

// Stats is the work done so far, where Options.Stats asked for it.
func (e *Engine) Stats() vm.Stats { return e.core.Stats() }
