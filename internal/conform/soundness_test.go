package conform

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
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

// Two schedules are the opposite of each other, and most programs that depend on
// timing differ between them.
const (
	eagerly = iota
	lazily
)

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
	eager := seed == eagerly                             // everything arrives at once
	lazy := seed == lazily || seed > 1 && r.IntN(4) == 0 // nothing arrives before the end
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
			if _, err := n.Do(replica.Body{Action: a, Seed: replica.Seed{A: binary.BigEndian.Uint64(sum[:])}}); err != nil {
				return nil, err
			}
			switch {
			case eager:
				if err := w.Settle(); err != nil {
					return nil, err
				}
			case !lazy:
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
// or stable or was emitted. Of the declarations that it refused one of each
// program is run without the check, and two schedules whose outcomes differ are
// looked for: the part for which they are found says how precise the check is.
// LASP_PROGRAMS sets how many; LASP_SEED the first.
func TestGeneratedPrograms(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // programs are short-lived
	count, first := 300, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("LASP_PROGRAMS")); err == nil {
		count = n
	}
	if n, err := strconv.ParseUint(os.Getenv("LASP_SEED"), 10, 64); err == nil {
		first = n
	}
	tally := &tally{cov: SourceCoverage{}, missed: map[string]int{}}
	var wg sync.WaitGroup
	seeds := make(chan uint64)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for seed := range seeds {
				tally.program(t, seed)
			}
		})
	}
	for i := range uint64(count) {
		seeds <- first + i
	}
	close(seeds)
	wg.Wait()
	t.Logf("%d programs, %d schedules each; %d declarations refused; of %d that were run without the check, two schedules differ in %d, %d%% (for %d there are none, %d could not be built)",
		count, schedules, tally.rejected, tally.tried, tally.found, 100*tally.found/max(tally.tried, 1), tally.alike, tally.uncompiled)
	if testing.Verbose() {
		for _, m := range slices.Sorted(maps.Keys(tally.missed)) {
			t.Logf("no two schedules found: %s", m)
		}
	}
	if tally.broken > count {
		t.Errorf("%d declarations of %d programs were wrong in another way than meant", tally.broken, count)
	}
	if tally.tried >= 50 && 3*tally.found < tally.tried {
		t.Errorf("two schedules that differ were found for %d of %d refusals: the check refuses needlessly, or the search is weak", tally.found, tally.tried)
	}
	if count >= 100 {
		coverRest(t, tally.cov, first+uint64(count))
	}
}

// tally sums up what became of generated programs.
type tally struct {
	sync.Mutex
	cov                                               SourceCoverage
	tried, found, alike, broken, rejected, uncompiled int
	missed                                            map[string]int
}

// program makes and judges the program of one seed.
func (y *tally) program(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 21))
	cov := SourceCoverage{}
	p := GenerateSource(r, cov)
	if err := sound(p); err != nil {
		t.Errorf("seed %d: %v\n%s", seed, err, p.Text())
		return
	}
	found, err := false, error(nil)
	var re Rejection
	if len(p.Rejected) > 0 && seed%refutedOf == 0 {
		re = p.Rejected[r.IntN(len(p.Rejected))]
		found, err = refute(p, re)
	}
	y.Lock()
	defer y.Unlock()
	for c, n := range cov {
		y.cov[c] += n
	}
	y.broken += len(p.Broken)
	y.rejected += len(p.Rejected)
	switch {
	case len(p.Rejected) == 0 || seed%refutedOf > 0:
	case err != nil:
		y.uncompiled++
	case !found && isAlike(re.Decl):
		y.alike++
	case found:
		y.tried, y.found = y.tried+1, y.found+1
	default:
		y.tried++
		y.missed[strings.SplitN(re.Decl, "\n", 2)[0]]++
	}
}

// alike are refusals of which no two schedules differ, with the reason: what is
// written to one cell is there at its origin at once, and the handler fires there,
// whatever else arrives. The check does not tell them from the same questions
// about two cells, of which it is not so.
var alike = map[string]string{
	"for x in w {":      "an added element is in the set at its origin at once",
	"when reg == Some":  "a value that was set is there at its origin at once",
	"when (ew or dw) {": "a flag that was enabled is up at its origin at once",
	"when om[":          "an increment of an entry that was at 0 is there at its origin at once",
}

func isAlike(decl string) bool {
	for start := range alike {
		if rest, ok := strings.CutPrefix(decl, start); ok && !strings.Contains(rest, " and ") {
			return true
		}
	}
	return false
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
	s, err := compileScript(p.Slim())
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

// refute looks for two schedules of a program that was refused whose outcomes
// differ: of what was emitted, or of what was written for good. Scripts write the
// cells that the declaration reads, first few times, and the opposite schedules
// come first.
func refute(p *SourceProgram, re Rejection) (bool, error) {
	alone := p.Around(re.Decl)
	about := strings.Join(alone.Decls[len(alone.Decls)-alone.own:], "\n")
	for n := range uint64(refutingScripts) {
		alone.Actions = Focused(rand.New(rand.NewPCG(n, 5)), about, 2+int(n)/4)
		s, err := compileScript(alone.Slim())
		if err != nil {
			return false, err
		}
		var plain *outcome
		for k := range uint64(3) {
			if k == 2 {
				k += n // a random one
			}
			out, err := s.play(k, false)
			if err != nil {
				return false, err
			}
			if plain == nil {
				plain = out
			}
			if plain.differ(out) != "" {
				return true, nil
			}
		}
	}
	return false, nil
}

const (
	refutingScripts = 24 // of one refusal
	refutedOf       = 4  // one program in so many has a refusal refuted
)
