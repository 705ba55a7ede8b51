package conform

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// script is a compiled program with the steps that change its cells.
type script struct {
	prog   *ir.Program
	steps  []*ir.Step
	checks map[string][]string // of SourceProgram
}

// compileScript compiles a program whether or not the checker accepts it: what
// would happen without the check is to be seen.
func compileScript(text string) (s *script, err error) {
	defer func() {
		if r := recover(); r != nil { // lowering relies on the check
			err = fmt.Errorf("%v", r)
		}
	}()
	checked, _ := lasp.Check(source.NewFile("generated", []byte(text)))
	p, err := lasp.Compile(checked)
	if err != nil {
		return nil, err
	}
	tests, err := lasp.Tests(p, checked)
	if err != nil {
		return nil, err
	}
	return &script{prog: p, steps: tests[0].Steps}, ir.Runnable(p)
}

// outcome is what a run ended with.
type outcome struct {
	steady map[string]string   // fixed and stable cells, definitions and shows
	values map[string][]string // of outputs, sorted
}

// play runs a script under one schedule on three replicas. It fails where an
// output that was there is gone, a stable truth turns back, replicas disagree at
// the end, or one of them disagrees with the oracle.
func (s *script) play(seed uint64, judge bool) (*outcome, error) {
	r := rand.New(rand.NewPCG(seed, 77))
	w := sim.NewWorld(sim.Options{Chooser: sim.Seeded(seed), Config: func(string) replica.Config {
		return replica.Config{Ops: lasp.Ops(), Program: replica.Program{IR: s.prog, Version: 1, Hash: [32]byte{1}}, Options: replica.Options{AntiEntropy: 1000 * time.Hour}}
	}})
	for _, name := range []string{"a", "b", "c"} {
		if _, err := w.Add(name); err != nil {
			return nil, err
		}
	}
	seen := newWatch(s.prog)
	lazy := r.IntN(3) == 0 // nothing arrives before the end
	for i, st := range s.steps {
		if st.Op != ir.TAt {
			continue
		}
		n := w.Node(st.Replica)
		if err := n.Restart(false); err != nil {
			return nil, err
		}
		for j, a := range st.Actions {
			w.Wait(time.Millisecond)
			sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", st.Replica, i, j))
			if _, err := n.Do(replica.Body{Action: a, Seed: binary.BigEndian.Uint64(sum[:])}); err != nil {
				return nil, err
			}
			if !lazy {
				trouble(r, w)
			}
			if judge {
				if err := seen.look(w); err != nil {
					return nil, err
				}
			}
			if !n.Alive() {
				if err := n.Restart(false); err != nil {
					return nil, err
				}
			}
		}
	}
	return s.finish(w, seen, judge)
}

// trouble lets some messages arrive, in any order, once or twice, cuts links and
// crashes nodes, which come back with their disks.
func trouble(r *rand.Rand, w *sim.World) {
	disturb(r, w)
	if r.IntN(12) == 0 {
		n := w.Nodes()[r.IntN(3)]
		n.Stop()
		if r.IntN(2) == 0 {
			_ = n.Restart(false)
		}
	}
	if r.IntN(5) == 0 {
		for w.Flights() > 0 && r.IntN(20) > 0 {
			w.Deliver(r.IntN(w.Flights()))
		}
	}
}

func (s *script) finish(w *sim.World, seen *watch, judge bool) (*outcome, error) {
	w.Heal()
	for _, n := range w.Nodes() {
		if err := n.Restart(false); err != nil {
			return nil, err
		}
	}
	w.Wait(time.Millisecond)
	if err := w.Settle(); err != nil {
		return nil, err
	}
	if !judge {
		return s.outcomeAt(w.Nodes()[0])
	}
	if err := seen.look(w); err != nil {
		return nil, err
	}
	if err := derived(w.Nodes()[0], s.prog); err != nil {
		return nil, fmt.Errorf("against the oracle: %w", err)
	}
	var first *outcome
	for _, n := range w.Nodes() {
		out, err := s.outcomeAt(n)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = out
			if err := s.emitted(out, n); err != nil {
				return nil, err
			}
		} else if d := first.differ(out); d != "" {
			return nil, fmt.Errorf("a and %s differ at the end: %s", n.Name, d)
		}
	}
	return first, s.agree(w)
}

// agree holds the eventual definitions of all replicas against each other.
func (s *script) agree(w *sim.World) error {
	for _, l := range s.prog.Lets {
		if l.Class == "nondet" {
			continue
		}
		want, errA := w.Nodes()[0].Core.View(l.Name)
		for _, n := range w.Nodes()[1:] {
			got, err := n.Core.View(l.Name)
			if (err == nil) != (errA == nil) || err == nil && !value.Equal(got, want) {
				return fmt.Errorf("`%s` is %s at a and %s at %s when all has arrived", l.Name, want, got, n.Name)
			}
		}
	}
	return nil
}

func isSteady(class string) bool { return class == "fixed" || class == "stable" }

// removable are the cells of generated programs whose views are not stable.
var removable = map[string]bool{"w": true, "pn": true, "reg": true, "om": true, "oa": true, "mine": true, "rw": true, "tp": true, "mv": true, "ew": true, "dw": true}

func (s *script) outcomeAt(n *sim.Node) (*outcome, error) {
	out := &outcome{steady: map[string]string{}, values: map[string][]string{}}
	var names []string
	for _, c := range s.prog.Cells {
		if !removable[c.Name] {
			names = append(names, c.Name)
		}
	}
	for _, l := range s.prog.Lets {
		if isSteady(l.Class) {
			names = append(names, l.Name)
		}
	}
	for _, sh := range s.prog.Shows {
		if isSteady(sh.Class) {
			names = append(names, sh.Name)
		}
	}
	for _, name := range names {
		v, err := n.Core.View(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out.steady[name] = v.String()
	}
	for _, o := range s.prog.Outputs {
		for _, e := range n.Core.Outputs(o.Name) {
			out.values[o.Name] = append(out.values[o.Name], e.Value.String())
		}
		slices.Sort(out.values[o.Name])
	}
	return out, nil
}

// differ describes the first difference in what must not differ; outputs compare
// by value.
func (o *outcome) differ(other *outcome) string {
	for _, name := range slices.Sorted(maps.Keys(o.steady)) {
		if o.steady[name] != other.steady[name] {
			return fmt.Sprintf("`%s` is %s and %s", name, o.steady[name], other.steady[name])
		}
	}
	return o.differOutputs(other)
}

func (o *outcome) differOutputs(other *outcome) string {
	for _, name := range []string{"o", "p", "q"} {
		if !slices.Equal(o.values[name], other.values[name]) {
			return fmt.Sprintf("output %s holds %v and %v", name, o.values[name], other.values[name])
		}
	}
	return ""
}

// watch remembers what was seen at each node and must stay.
type watch struct {
	prog    *ir.Program
	outputs map[string]bool
	truths  map[string]bool
}

func newWatch(p *ir.Program) *watch {
	return &watch{prog: p, outputs: map[string]bool{}, truths: map[string]bool{}}
}

// look fails where something stable that was seen is gone.
func (s *watch) look(w *sim.World) error {
	for _, n := range w.Nodes() {
		if !n.Alive() {
			continue
		}
		here := map[string]bool{}
		for _, o := range s.prog.Outputs {
			for _, e := range n.Core.Outputs(o.Name) {
				here[n.Name+" "+o.Name+" "+e.ID] = true
			}
		}
		for k := range s.outputs {
			if strings.HasPrefix(k, n.Name+" ") && !here[k] {
				return fmt.Errorf("the output %s is gone", k)
			}
		}
		maps.Copy(s.outputs, here)
		for _, l := range s.prog.Lets {
			if !isSteady(l.Class) || l.View.Type == nil || !l.View.Type.Is("Bool") && !l.View.Type.Is("Flag") {
				continue
			}
			v, err := n.Core.View(l.Name)
			if err != nil {
				return err
			}
			k := n.Name + " " + l.Name
			if s.truths[k] && !v.Bool() {
				return fmt.Errorf("the stable truth `%s` was taken back at %s", l.Name, n.Name)
			}
			s.truths[k] = v.Bool()
		}
	}
	return nil
}

// emitted holds outputs against the definitions that say what is in them.
func (s *script) emitted(out *outcome, n *sim.Node) error {
	for _, output := range []string{"o", "p"} {
		var want []string
		for _, name := range s.checks[output] {
			v, err := n.Core.View(name)
			if err != nil {
				return err
			}
			for i := 1; i < len(v.Elems()); i += 2 {
				want = append(want, v.Elems()[i].String())
			}
		}
		slices.Sort(want)
		if !slices.Equal(want, out.values[output]) {
			return fmt.Errorf("output %s holds %v, its handlers say %v", output, out.values[output], want)
		}
	}
	return nil
}

const schedules = 20

// TestGeneratedPrograms makes programs over all kinds and constructs and runs
// those that the checker accepts: no delivery schedule may change what is fixed
// or stable or was emitted. LASP_PROGRAMS sets how many; LASP_SEED the first.
func TestGeneratedPrograms(t *testing.T) {
	count, first := 100, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("LASP_PROGRAMS")); err == nil {
		count = n
	}
	if n, err := strconv.ParseUint(os.Getenv("LASP_SEED"), 10, 64); err == nil {
		first = n
	}
	cov := SourceCoverage{}
	var tried, found, broken, rejected, uncompiled int
	missed := map[string]int{}
	for i := range uint64(count) {
		r := rand.New(rand.NewPCG(first+i, 21))
		p := GenerateSource(r, cov)
		broken += len(p.Broken)
		if len(p.Broken) > 0 && testing.Verbose() {
			t.Log(p.Broken[0])
		}
		if err := sound(p); err != nil {
			t.Errorf("seed %d: %v\n%s", first+i, err, p.Text())
			continue
		}
		rejected += len(p.Rejected)
		if len(p.Rejected) > 0 {
			re := p.Rejected[r.IntN(len(p.Rejected))]
			switch d, err := refute(p, re); {
			case err != nil:
				uncompiled++
			case d:
				tried, found = tried+1, found+1
			default:
				tried++
				missed[strings.SplitN(re.Decl, "\n", 2)[0]]++
			}
		}
	}
	t.Logf("%d programs, %d schedules each; %d declarations refused; of %d that were run without the check, two schedules differ in %d (%d could not be built)",
		count, schedules, rejected, tried, found, uncompiled)
	if testing.Verbose() {
		for _, m := range slices.Sorted(maps.Keys(missed)) {
			t.Logf("no two schedules found: %s", m)
		}
	}
	if broken > count {
		t.Errorf("%d declarations of %d programs were wrong in another way than meant", broken, count)
	}
	if count >= 100 {
		coverRest(t, cov, first+uint64(count))
	}
}

// coverRest goes on with programs that use what none has used yet.
func coverRest(t *testing.T, cov SourceCoverage, seed uint64) {
	missing := func() (out []string) {
		for _, c := range sourceConstructs() {
			if cov[c] == 0 {
				out = append(out, c)
			}
		}
		return out
	}
	for n := range uint64(300) {
		left := missing()
		if len(left) == 0 {
			return
		}
		also := SourceCoverage{}
		p := GenerateSource(rand.New(rand.NewPCG(seed+n, 21)), also)
		if !slices.ContainsFunc(left, func(c string) bool { return also[c] > 0 }) {
			continue
		}
		if err := sound(p); err != nil {
			t.Errorf("seed %d: %v\n%s", seed+n, err, p.Text())
		}
		for c, k := range also {
			cov[c] += k
		}
	}
	for _, c := range missing() {
		t.Errorf("no accepted program used: %s", c)
	}
}

// sound runs an accepted program under all schedules.
func sound(p *SourceProgram) error {
	s, err := compileScript(p.Text())
	if err != nil {
		return fmt.Errorf("is accepted and not compiled: %w", err)
	}
	s.checks = p.Checks
	var plain *outcome
	for k := range uint64(schedules) {
		out, err := s.play(k, true)
		if err != nil {
			return fmt.Errorf("schedule %d: %w", k, err)
		}
		if plain == nil {
			plain = out
		}
		if d := plain.differ(out); d != "" {
			return fmt.Errorf("schedules 0 and %d: %s", k, d)
		}
	}
	return nil
}

// refute looks for two schedules of a program that was refused whose outputs
// differ.
func refute(p *SourceProgram, re Rejection) (bool, error) {
	for n := range uint64(3) {
		alone := *p
		alone.Actions = Script(rand.New(rand.NewPCG(n, 5)), re.Decl, SourceCoverage{})
		s, err := compileScript(alone.Text(re.Decl))
		if err != nil {
			return false, err
		}
		var plain *outcome
		for k := range uint64(8) {
			out, err := s.play(k, false)
			if err != nil {
				return false, err
			}
			if plain == nil {
				plain = out
			}
			if plain.differOutputs(out) != "" {
				return true, nil
			}
		}
	}
	return false, nil
}
