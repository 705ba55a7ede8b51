package trial

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// stepError is why a test failed, and at which step.
type stepError struct {
	message string
	at      string
	known   bool // the run stopped in a state that is known
}

// run is one test under one schedule.
type run struct {
	s       *subject
	w       *sim.World
	ch      *sim.Chooser
	names   []string
	params  map[string]value.Value
	version *version // that runs
	number  uint64   // of the version
	step    int
	open    []*openAction     // that wait for a decision
	agreed  bool              // the replicas have begun their order
	action  int               // within the step
	acting  bool              // between the actions of a step
	order   *order            // of an explored schedule; nil in sampled ones
	views   map[string]string // what was last told, by replica and name
	blank   map[string]string // what everything looks like at first
}

func pick(tests []*ir.Test, o Options) []*ir.Test {
	var out []*ir.Test
	for _, t := range tests {
		if o.Replay != nil && t.Name != o.Replay.Test || !strings.Contains(t.Name, o.Name) {
			continue
		}
		out = append(out, t)
	}
	return out
}

func singleReplica(t *ir.Test) bool {
	n := 0
	for _, s := range t.Steps {
		n += len(s.Names)
	}
	return n <= 1
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// run runs the test once.
func (s *subject) run(ch *sim.Chooser, verbose bool) outcome { return s.runWith(ch, verbose, nil) }

// runWith runs the test once, under an explored order of messages if there is
// one.
func (s *subject) runWith(ch *sim.Chooser, verbose bool, o *order) (out outcome) {
	r := &run{s: s, ch: ch, version: s.first, number: 1, params: map[string]value.Value{}, order: o}
	r.w = sim.NewWorld(sim.Options{Config: r.config, Chooser: ch, Verbose: verbose, Prompt: true, Saw: r.saw})
	err := r.all()
	out = outcome{where: place(s.test.Pos), decisions: ch.Made(), trace: r.w.Trace(), err: err, log: r.w.Log()}
	if err == nil {
		out.final, out.err = r.finish()
	}
	if out.err != nil && out.err.at == "" {
		out.err.at = out.where // it came up at the end
	}
	if s.look != nil {
		s.look(r)
	}
	return out
}

// never is an anti-entropy period that no test reaches: vectors are exchanged
// when links are made, and the scheduler decides when that is.
const never = 1000 * time.Hour

func (r *run) config(name string) replica.Config {
	o := replica.Options{AntiEntropy: never, OrderWait: orderWait, Mesh: r.order != nil, Ordered: ordered(r.s.test)}
	return replica.Config{Ops: r.s.ops, Program: r.program(), Decode: r.decode, Tags: r.tags(name), Founders: r.founders(), Voters: r.founders(), Options: o}
}

// founders are all replicas of the test.
func (r *run) founders() []string {
	var all []string
	for _, st := range r.s.test.Steps {
		if st.Op == ir.TReplicas {
			all = append(all, st.Names...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// tellRoster tells the replicas who they are.
func (r *run) tellRoster() error {
	for _, n := range r.w.Nodes() {
		if !n.Alive() {
			continue
		}
		if _, err := n.Do(replica.Roster{Nodes: r.names}); err != nil {
			return err
		}
	}
	return nil
}

// tags are those of a replica: the tags of the program that its name begins with,
// and those that no replica is named after.
func (r *run) tags(name string) []string {
	var tags []string
	for _, c := range r.version.prog.Cells {
		named := func(name string) bool { return strings.HasPrefix(name, c.Tag) }
		if c.Tag != "" && !slices.Contains(tags, c.Tag) && (named(name) || !slices.ContainsFunc(r.names, named)) {
			tags = append(tags, c.Tag)
		}
	}
	return tags
}

// program is the version that runs, as replicas take it.
func (r *run) program() replica.Program {
	v := r.version
	return replica.Program{IR: v.prog, Version: r.number, Hash: sha256.Sum256(v.artifact), Artifact: v.artifact, Params: r.params}
}

// decode finds the program of an artifact among those of the test, so that not
// every restart reads it anew.
func (r *run) decode(artifact []byte) (*ir.Program, error) {
	if bytes.Equal(artifact, r.s.first.artifact) {
		return r.s.first.prog, nil
	}
	for _, v := range r.s.later {
		if bytes.Equal(artifact, v.artifact) {
			return v.prog, nil
		}
	}
	return ir.Decode(artifact)
}

func (r *run) all() *stepError {
	for i := range r.s.test.Steps {
		st := r.version.test.Steps[i]
		r.step, r.action = i, 0
		if err := r.perform(st); err != nil {
			return &stepError{message: err.Error(), at: place(st.Pos), known: errors.Is(err, errKnown)}
		}
		if r.s.look != nil {
			r.s.look(r)
		}
	}
	return nil
}

func place(p source.Position) string {
	if p.Line == 0 {
		return ""
	}
	return p.String()
}

// perform does one step. Nodes start when the first step needs them, so that
// parameters can be set before.
func (r *run) perform(st *ir.Step) error {
	switch st.Op {
	case ir.TReplicas:
		r.names = append(r.names, st.Names...)
		return nil
	case ir.TParam:
		return r.param(st)
	}
	if err := r.start(); err != nil {
		return err
	}
	r.w.Wait(time.Millisecond)
	if err := performers[st.Op](r, st); err != nil {
		return err
	}
	if st.Op == ir.TExpect || st.Op == ir.TSync {
		return r.closeOpen()
	}
	if st.Op != ir.TAt && st.Op != ir.TFails || r.timed() {
		r.everywhere("step", r.step)
	}
	if err := r.maybeDeliver(); err != nil {
		return err
	}
	return r.closeOpen()
}

// timed reports whether the program does something by itself as time passes.
func (r *run) timed() bool {
	return slices.ContainsFunc(r.version.prog.Handlers, func(h *ir.Handler) bool { return h.Kind == ir.OnEvery })
}

// performers does the steps that need running replicas.
var performers = map[ir.StepOp]func(*run, *ir.Step) error{
	ir.TAt:   (*run).at,
	ir.TSync: func(r *run, _ *ir.Step) error { return r.sync() },
	ir.TPartition: func(r *run, st *ir.Step) error {
		groups := make([]string, len(st.Groups))
		for i, g := range st.Groups {
			groups[i] = strings.Join(g, ", ")
		}
		r.did("partition", strings.Join(groups, " | "))
		r.w.Partition(st.Groups)
		return nil
	},
	ir.THeal:    func(r *run, _ *ir.Step) error { r.w.Say("heal"); r.w.Heal(); return nil },
	ir.TCrash:   func(r *run, st *ir.Step) error { return r.withNode(st, (*sim.Node).Stop) },
	ir.TRestart: (*run).restart,
	ir.TWait:    (*run).wait,
	ir.TDeploy:  (*run).deployStep,
	ir.TExpect:  (*run).expect,
	ir.TFails:   (*run).expectFails,
}

func (r *run) start() error {
	added := false
	for _, name := range r.names {
		if r.w.Node(name) != nil {
			continue
		}
		added = true
		n, err := r.w.Add(name)
		if err != nil {
			return err
		}
		r.remember(n)
	}
	switch {
	case len(r.w.Nodes()) == 0:
		return errors.New("the test has no replicas: begin it with `replicas a, b`")
	case added:
		if err := r.tellRoster(); err != nil || r.order == nil && !r.places() {
			return err
		}
		return r.w.Settle() // they come to know each other, which is not explored
	}
	if !r.agreed {
		r.agreed = true
		return r.elect()
	}
	return nil
}

// places reports whether the program has cells that only some nodes hold: then all
// must have heard of all before one can tell who does.
func (r *run) places() bool {
	return slices.ContainsFunc(r.version.prog.Cells, func(c *ir.Cell) bool { return c.Shards > 0 || c.Tag != "" })
}

func (r *run) node(name string) (*sim.Node, error) {
	if n := r.w.Node(name); n != nil {
		return n, nil
	}
	return nil, fmt.Errorf("there is no replica %s", name)
}

func (r *run) withNode(st *ir.Step, do func(*sim.Node)) error {
	n, err := r.node(st.Replica)
	if err == nil {
		do(n)
	}
	return err
}

func (r *run) restart(st *ir.Step) error {
	n, err := r.node(st.Replica)
	if err != nil {
		return err
	}
	if n.Alive() { // a restart ends what runs
		n.Stop()
	}
	if r.order != nil && st.Blank {
		r.order.shy[n.Name] = true
	}
	if err := n.Restart(st.Blank); err != nil {
		return err
	}
	return r.tellRoster()
}

func (r *run) wait(st *ir.Step) error {
	v, err := r.anywhere(st.Value)
	if err != nil {
		return err
	}
	r.did("wait", v.Duration().String())
	r.w.Wait(v.Duration())
	return nil
}

// anywhere evaluates a constant expression.
func (r *run) anywhere(e *ir.Expr) (value.Value, error) {
	if e.Op == ir.EConst {
		return e.Value, nil
	}
	for _, n := range r.w.Nodes() {
		if n.Alive() {
			return r.eval(n, e, replica.Facts{Seed: r.seed(n.Name, 0)})
		}
	}
	return value.Value{}, errors.New("no replica is running")
}

// param sets a parameter, for replicas that do not run yet by their start, for
// others by deploying the same program again.
func (r *run) param(st *ir.Step) error {
	if st.Value.Op != ir.EConst {
		if err := r.start(); err != nil {
			return err
		}
	}
	v, err := r.anywhere(st.Value)
	if err != nil {
		return err
	}
	r.params = maps.Clone(r.params)
	r.params[st.Name] = v
	if len(r.w.Nodes()) == 0 {
		return nil
	}
	return r.redeploy(r.version)
}

// deployStep activates another program; the steps after it speak of that one.
func (r *run) deployStep(st *ir.Step) error {
	next := r.s.later[r.step]
	if err := r.redeploy(next); err != nil {
		return fmt.Errorf("%q: %w", st.Name, err)
	}
	return nil
}

// redeploy makes p the next version at every running replica; those that are
// down start with it.
func (r *run) redeploy(v *version) error {
	r.version, r.number = v, r.number+1
	r.did("deploy", fmt.Sprintf("version %d", r.number))
	for _, n := range r.w.Nodes() {
		if !n.Alive() {
			continue
		}
		if err := firstError(n.Do(replica.Deploy{Program: r.program()})); err != nil {
			return err
		}
	}
	return nil
}

func firstError(replies []replica.Reply, err error) error {
	for _, re := range replies {
		if err == nil {
			err = re.Err
		}
	}
	return err
}

// seed makes the facts of an action: they depend on replica and step alone.
func (r *run) seed(name string, action int) replica.Seed {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", name, r.step, action))
	return replica.Seed{A: binary.BigEndian.Uint64(sum[:]), B: binary.BigEndian.Uint64(sum[8:])}
}
