// Package trial runs the `test` blocks of programs on simulated replicas under
// many delivery schedules. Between syncs anything may or may not arrive; inside
// a sync messages are reordered, duplicated, delayed and lost, and nodes crash
// and come back, before everything settles. A failing schedule is a list of
// decisions that replays it; it is made smaller before it is shown.
package trial

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/runtime/sim"
)

// Options choose what is run. The zero value runs every test under 50
// schedules.
type Options struct {
	Schedules int
	// Seed is that of the first schedule; the next ones count up. Seed 0 is the
	// undisturbed schedule: everything waits for a sync and arrives in order.
	Seed   uint64
	Name   string    // run only the tests whose name contains it
	Replay *Schedule // run only this schedule
	// Deploy finds the program of a `deploy "path"` step; nil refuses them.
	Deploy func(path string) (*ir.Program, error)
	// Tests lowers the same tests against a deployed program: their code speaks
	// of the nodes of one program.
	Tests func(p *ir.Program) ([]*ir.Test, error)
	// Explore bounds the runs that are spent on trying every order in which
	// messages can arrive, where the scope of a test is small; 0 is 2,000,
	// negative is none.
	Explore int
	// Shrink bounds the time that is spent on making a failing schedule
	// smaller; 0 is 5 s.
	Shrink time.Duration
}

// Schedule is one run of one test: every decision that was left to chance.
type Schedule struct {
	Test      string `json:"test"`
	Seed      uint64 `json:"seed"`
	Decisions []int  `json:"decisions"`
	// Orders says that the decisions are those of an explored schedule: when
	// which message arrives, without faults.
	Orders bool `json:"orders,omitempty"`
}

// Result is what became of one test.
type Result struct {
	Test      string
	OK        bool
	Schedules int // run
	Distinct  int // .. that differ in what happened
	// Exhaustive says that every order in which messages can arrive was run;
	// Orders is how many runs that took.
	Exhaustive bool
	Orders     int
	Seed       uint64 // of the failure, else of the first
	Failure    *Failure
}

// Failure tells how a test failed.
type Failure struct {
	Message  string
	At       string   // file:line:column of the step
	Schedule Schedule // as it was found
	Smallest Schedule // a smaller one that fails as well
	Log      []string // what happened in the smallest
}

// ErrNoTests is the error of a program without a test that is asked for.
var ErrNoTests = errors.New("there is no test to run")

// Run runs the tests of a program.
func Run(p *ir.Program, tests []*ir.Test, ops *op.Table, o Options) ([]Result, error) {
	o.Schedules = cmp.Or(o.Schedules, 50)
	o.Explore = cmp.Or(o.Explore, maxExplored)
	o.Shrink = cmp.Or(o.Shrink, 5*time.Second)
	if o.Schedules < 1 {
		return nil, fmt.Errorf("%d schedules show nothing: run at least one", o.Schedules)
	}
	if err := ir.Runnable(p); err != nil {
		return nil, err
	}
	picked := pick(tests, o)
	if len(picked) == 0 {
		return nil, ErrNoTests
	}
	var results []Result
	for _, t := range picked {
		s := &subject{ops: ops, test: t, single: singleReplica(t)}
		var err error
		if s.first, err = newVersion(p, t); err == nil {
			err = s.findDeployed(o)
		}
		if err != nil {
			return nil, err
		}
		results = append(results, s.explore(o))
	}
	return results, nil
}

// subject is one test with what it runs on.
type subject struct {
	test   *ir.Test
	ops    *op.Table
	first  *version
	single bool       // one replica: nothing can differ
	look   func(*run) // is called after every step and at the end of a run; may be nil
	// later are the steps after each `deploy` step, by its number, and the
	// programs that they run on.
	later map[int]*version
}

// version is what is run after a `deploy` step.
type version struct {
	prog     *ir.Program
	test     *ir.Test
	artifact []byte
}

func newVersion(p *ir.Program, t *ir.Test) (*version, error) {
	artifact, err := ir.Encode(p)
	return &version{prog: p, test: t, artifact: artifact}, err
}

// findDeployed compiles what the test deploys.
func (s *subject) findDeployed(o Options) error {
	s.later = map[int]*version{}
	for i, st := range s.test.Steps {
		if st.Op != ir.TDeploy {
			continue
		}
		if o.Deploy == nil || o.Tests == nil {
			return fmt.Errorf("%s: %q cannot be found here", place(st.Pos), st.Name)
		}
		p, err := o.Deploy(st.Name)
		if err == nil {
			err = ir.Runnable(p)
		}
		var tests []*ir.Test
		if err == nil {
			tests, err = o.Tests(p)
		}
		if err != nil {
			return fmt.Errorf("%s: %q: %w", place(st.Pos), st.Name, err)
		}
		for _, t := range tests {
			if t.Name == s.test.Name && len(t.Steps) == len(s.test.Steps) {
				if s.later[i], err = newVersion(p, t); err != nil {
					return err
				}
			}
		}
		if s.later[i] == nil {
			return fmt.Errorf("%s: the test %q was not compiled against %q", place(st.Pos), s.test.Name, st.Name)
		}
	}
	return nil
}

// outcome is the result of one schedule.
type outcome struct {
	where     string // the test
	seed      uint64
	decisions []int
	trace     [32]byte
	err       *stepError
	final     map[string]string // fixed and stable values at the end
	log       []string
}

// explore runs a test under its schedules.
func (s *subject) explore(o Options) Result {
	switch {
	case o.Replay != nil:
		return s.replay(o)
	case o.Seed >= firstOrder:
		return s.replayOrder(o)
	}
	n := o.Schedules
	if s.single {
		n = 1
	}
	outs := s.runAll(n, o.Seed)
	plain := &outs[0]
	if o.Seed != 0 {
		out := s.run(sim.Plain(), false)
		plain = &out
	}
	r := Result{Test: s.test.Name, OK: true, Schedules: n, Seed: o.Seed}
	traces := map[[32]byte]bool{}
	for _, out := range outs {
		traces[out.trace] = true
	}
	r.Distinct = len(traces)
	for i := range outs {
		out := &outs[i]
		if out.err == nil {
			out.err = compareFinal(plain, out)
		}
		if out.err != nil {
			r.OK, r.Seed = false, out.seed
			r.Failure = s.explain(out, plain, o)
			break
		}
	}
	s.exhaust(&r, o)
	return r
}

// exhaust explores a test in a small scope. A failure that it finds is smaller
// than what a sampled schedule can be made to.
func (s *subject) exhaust(r *Result, o Options) {
	switch {
	case s.single:
		r.Exhaustive, r.Orders = r.OK, 1
		return
	case o.Schedules == 1 || !s.small():
		return
	}
	e := s.exploreOrders(o.Explore, newExplorer())
	r.Exhaustive, r.Orders = e.complete && r.OK && e.failed == nil, e.runs
	if e.failed == nil {
		return
	}
	f := s.explainOrder(e.failed, e.plain)
	if r.OK {
		r.OK, r.Seed, r.Failure = false, e.failed.seed, f
	} else if len(f.Smallest.Decisions) <= len(r.Failure.Smallest.Decisions) {
		r.Failure.Smallest, r.Failure.Log, r.Failure.Message, r.Failure.At = f.Smallest, f.Log, f.Message, f.At
	}
}

// explainOrder tells an explored schedule that fails.
func (s *subject) explainOrder(out, plain *outcome) *Failure {
	sch := Schedule{Test: s.test.Name, Seed: out.seed, Decisions: trim(out.decisions), Orders: true}
	again := s.runOrder(branch{script: sch.Decisions}, nil, true)
	if again.err == nil {
		again.err = compareFinal(plain, &again)
	}
	f := &Failure{Message: out.err.message, At: out.err.at, Schedule: sch, Smallest: sch, Log: again.log}
	if again.err != nil {
		f.Message, f.At = again.err.message, again.err.at
	}
	return f
}

// replayOrder runs the explored schedule of a seed again.
func (s *subject) replayOrder(o Options) Result {
	out, ok := s.orderOf(o.Seed)
	if !ok {
		return Result{Test: s.test.Name, OK: true, Seed: o.Seed}
	}
	o.Replay = &Schedule{Test: s.test.Name, Seed: o.Seed, Decisions: out.decisions, Orders: true}
	return s.replay(o)
}

// runAll runs the schedules of n seeds, several at a time.
func (s *subject) runAll(n int, seed uint64) []outcome {
	outs := make([]outcome, n)
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := range next {
				outs[i] = s.run(chooser(seed+uint64(i)), false)
				outs[i].seed = seed + uint64(i)
			}
		})
	}
	for i := range outs {
		next <- i
	}
	close(next)
	wg.Wait()
	return outs
}

func chooser(seed uint64) *sim.Chooser {
	if seed == 0 {
		return sim.Plain()
	}
	return sim.Seeded(seed)
}

// replay runs one given schedule and tells all about it.
func (s *subject) replay(o Options) Result {
	var out, plain outcome
	if o.Replay.Orders {
		out, plain = s.runOrder(branch{script: o.Replay.Decisions}, nil, true), s.runOrder(branch{}, nil, false)
	} else {
		out, plain = s.run(sim.Scripted(o.Replay.Decisions), true), s.run(sim.Plain(), false)
	}
	if out.err == nil {
		out.err = compareFinal(&plain, &out)
	}
	r := Result{Test: s.test.Name, OK: out.err == nil, Schedules: 1, Distinct: 1, Seed: o.Replay.Seed}
	if out.err != nil {
		r.Failure = &Failure{Message: out.err.message, At: out.err.at, Schedule: *o.Replay, Smallest: *o.Replay, Log: out.log}
	}
	return r
}

// compareFinal says that a fixed or stable value differs between two schedules.
func compareFinal(a, b *outcome) *stepError {
	for _, name := range sortedKeys(a.final) {
		if other, both := b.final[name]; both && other != a.final[name] {
			return &stepError{at: b.where, message: fmt.Sprintf("`%s` is the same on every schedule, but at the end it is %s here and %s without disturbance", name, other, a.final[name])}
		}
	}
	return nil
}
