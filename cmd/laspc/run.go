package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/laspc/lasp/cmd/laspc/internal/embed"
	"github.com/laspc/lasp/cmd/laspc/internal/feed"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/ir/lower"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/spf13/pflag"
)

func runVerb() verb {
	return verb{
		name:  "run",
		args:  "FILE",
		short: "run a program on one embedded node, without set-up or network",
		long: `Loads data files into cells, feeds the events in order, and prints what was
emitted and replied as it happens, then the value of each show. Each event is a
turn of its own; time is virtual and ends with the last event. An event acts as
the node that it names with "at", otherwise as the writer of the cell.

An event is a line of JSON, an input with its arguments by name or in order, or
an operation on a cell:

    {"input": "post", "args": {"author": "ann", "text": "hi"}}
    {"input": "post", "args": ["ann", "hi"], "time": "5s"}
    {"cell": "votes", "keys": ["ann"], "op": "increment", "args": [2]}`,
		setup: func(fs *pflag.FlagSet) action {
			r := &runner{}
			fs.StringArrayVar(&r.inputs, "input", nil, "JSON lines of events: `FILE`; - is standard input")
			fs.StringArrayVar(&r.loads, "load", nil, "load a data file into a cell: `CELL=FILE` (.tsv, .csv or .jsonl)")
			fs.StringArrayVar(&r.sets, "set", nil, "set a parameter: `NAME=VALUE`")
			fs.BoolVar(&r.json, "json", false, "print JSON lines")
			fs.BoolVar(&r.watch, "watch", false, "print shows whenever they change, too")
			fs.BoolVar(&r.time, "time", false, "print how long loading, running and single turns took, on standard error")
			fs.BoolVar(&r.stats, "stats", false, "print the work of each part of the dataflow and the cells of streams that were computed, on standard error")
			fs.StringVar(&r.profile, "profile", "", "write a profile of processor time to `FILE`, for go tool pprof")
			return func(c *call) int { r.call = c; return r.profiled() }
		},
	}
}

// runner is one `laspc run`.
type runner struct {
	*call
	inputs, loads, sets []string
	json, watch, time   bool
	stats               bool
	profile             string

	out    *bufio.Writer
	prog   *ir.Program
	schema *feed.Schema
	engine *embed.Engine
	event  *event // that is being carried out
	failed bool   // an event was refused, or a view could not be computed
	began  time.Time

	rows   int // loaded
	turns  []time.Duration
	loaded time.Duration
}

// event is an event that is carried out. Once it was answered its memory is that of
// the next one.
type event struct {
	from     place
	writes   [1]replica.Mutation
	mutate   replica.Mutate
	input    replica.Input
	answered bool
}

// next is memory for an event from a place.
func (r *runner) next(from place) *event {
	if r.event == nil || !r.event.answered {
		r.event = &event{}
	}
	r.event.from, r.event.answered = from, false
	return r.event
}

// place is where an event comes from, for messages.
type place struct {
	file  string
	line  int
	input string
}

// profiled is run under a profile if one is wanted.
func (r *runner) profiled() int {
	if r.profile == "" {
		return r.run()
	}
	stop, err := profile(r.profile)
	if err != nil {
		return r.call.fail(exitProgram, "--profile: %v", err)
	}
	code := r.run()
	if err := stop(); err != nil {
		return r.call.fail(exitProgram, "--profile: %v", err)
	}
	return code
}

func (r *runner) run() int {
	if len(r.args) != 1 {
		return r.usage("name one program")
	}
	if r.stdinTwice() {
		return r.usage("standard input can be read once only")
	}
	p, code := r.compile(r.args[0], lower.Options{})
	if p == nil {
		return code
	}
	r.prog, r.schema = p.Program, feed.NewSchema(p.Program)
	if code := r.runnable(r.prog); code != exitDone {
		return code
	}
	params, err := feed.Params(r.prog, r.sets)
	if err != nil {
		return r.usage("%v", err)
	}
	r.out = bufio.NewWriterSize(r.stdout, 64<<10)
	defer r.out.Flush()
	if r.engine, err = embed.New(embed.Options{Program: r.prog, Params: params, Stats: r.stats, Sink: r.sink()}); err != nil {
		return r.call.fail(exitProgram, "%v", err)
	}
	r.engine.Start()
	if code := r.feed(); code != exitDone {
		return code
	}
	r.finish()
	if r.failed {
		return exitProgram
	}
	return exitDone
}

func (r *runner) stdinTwice() bool {
	n := 0
	for _, name := range append(r.inputs, r.args...) {
		if name == "-" {
			n++
		}
	}
	return n > 1
}

// feed loads the data and plays the events. A line that does not fit ends the
// run; an event that is refused does not.
func (r *runner) feed() int {
	r.began = time.Now()
	for _, load := range r.loads {
		cell, file, ok := strings.Cut(load, "=")
		if !ok {
			return r.usage("--load %s: write CELL=FILE", load)
		}
		r.next(place{file: file})
		if err := r.schema.Load(cell, file, r.sinkOf(cell)); err != nil {
			return r.call.fail(exitProgram, "%v", err)
		}
	}
	if err := r.engine.Step(replica.Mutate{}); err != nil { // the load is complete
		return r.call.fail(exitProgram, "%v", err)
	}
	if len(r.inputs) > 0 {
		r.engine.Prepare()
	}
	r.loaded = time.Since(r.began)
	for _, name := range r.inputs {
		if err := r.play(name); err != nil {
			r.out.Flush()
			return r.call.fail(exitProgram, "%v", err)
		}
	}
	return exitDone
}

// sinkOf is where the data of a cell goes.
func (r *runner) sinkOf(cell string) feed.Sink {
	to := feed.Sink{Write: r.write}
	if r.engine.Loads(cell) {
		to.Rows, to.Interner = r.load, r.engine.Interner()
	}
	return to
}

// load puts a chunk of a data file into its cell.
func (r *runner) load(part feed.Rows) error {
	r.rows += part.N
	return r.engine.Step(replica.Load{Cell: part.Cell, Arg: part.Arg, Rows: part.Words, More: true, Left: part.Left, Ref: r.event})
}

// write puts a chunk of a data file into its cell. Derived state follows once all
// files are loaded.
func (r *runner) write(ws []feed.Write) error {
	m := replica.Mutate{More: true}
	for _, w := range ws {
		m.Writes = append(m.Writes, replica.Mutation{Cell: w.Cell, Keys: w.Keys, Op: w.Op, Args: w.Args})
		if w.Op == "add_all" {
			r.rows += w.Args[0].Len() - 1
		}
	}
	r.rows += len(ws)
	return r.engine.Step(m)
}

// play feeds one file of events.
func (r *runner) play(name string) error {
	in := r.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return fileError(name, err)
		}
		defer f.Close()
		in = f
	} else {
		name = "<stdin>"
	}
	progress := r.call.progress("events")
	defer progress.done()
	events, ahead := r.schema.Events(name, in), 1
	if f, ok := in.(*os.File); ok && isRegular(f) {
		ahead = eventsAhead
	}
	batch := make([]feed.Event, 0, ahead)
	for {
		var bad error
		for batch = batch[:0]; len(batch) < ahead && bad == nil; {
			var ev feed.Event
			if ev, bad = events.Next(); bad == nil {
				batch = append(batch, ev)
			}
		}
		for i := range batch {
			if err := r.step(name, &batch[i]); err != nil {
				return err
			}
			progress.step()
		}
		if bad == io.EOF {
			return nil
		}
		if bad != nil {
			return bad
		}
	}
}

// eventsAhead is how many lines of a file are read before the first of them is carried
// out: reading and carrying out are code enough that each would push the other out of
// the processor's cache. Who types or sends lines is answered line by line.
const eventsAhead = 64

func isRegular(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

func (r *runner) step(file string, ev *feed.Event) error {
	r.engine.AdvanceTo(ev.Time)
	e := r.next(place{file: file, line: ev.Line, input: ev.Input})
	began := time.Since(r.began) // which looks at one clock, where time.Now looks at two
	var err error
	if ev.Input != "" {
		e.input = replica.Input{Name: ev.Input, Args: ev.Args, As: ev.At, Ref: e}
		err = r.engine.Step(&e.input)
	} else {
		e.writes[0] = replica.Mutation{Cell: ev.Cell, Keys: ev.Keys, Op: ev.Op, Args: ev.Args}
		e.mutate.Writes, e.mutate.As, e.mutate.Ref = e.writes[:], ev.At, e
		err = r.engine.Step(&e.mutate)
	}
	if r.time {
		r.turns = append(r.turns, time.Since(r.began)-began)
	}
	return err
}

// view is the present value of a show.
func (r *runner) view(name string) value.Value {
	v, err := r.engine.View(name)
	if err != nil {
		r.failed = true
		fmt.Fprintf(r.stderr, "%s: %v\n", name, err)
		var e *replica.Error
		if errors.As(err, &e) {
			return value.MakeError(e.Code, e.Message)
		}
		return value.MakeError("", err.Error())
	}
	return v
}
