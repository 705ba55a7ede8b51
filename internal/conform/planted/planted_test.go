package planted

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// defect is one mistake and the test that has to notice it.
type defect struct {
	name     string
	file     string // below the root of the module
	old, new string // a text that occurs once, and what stands there instead
	pkg, run string // what catches it
	quick    bool   // run without LASP_PLANTED as well
}

var defects = []defect{
	{"a wrong qualifier: difference is said to grow with what it takes away", "stdlib/sets.go",
		`Quals: quals("H-"), Lambda: op.NoLambda`, `Quals: quals("HH"), Lambda: op.NoLambda`, "stdlib", "TestQualifiersHoldAndAreTight", true},
	{"a joint bit flipped: intersection is said to be joint", "stdlib/sets.go",
		`{ID: "set.intersection", Name: "&", Sig: "[T](s: Set[T], t: Set[T]) -> Set[T]", Quals: quals("HH"), Lambda`,
		`{ID: "set.intersection", Name: "&", Sig: "[T](s: Set[T], t: Set[T]) -> Set[T]", Quals: quals("HH"), Joint: true, Lambda`, "stdlib", "TestJointBitsHoldAndAreTight", true},
	{"directions of comparisons swapped: a growing Max is said to lower >=", "stdlib/compare.go",
		"if greater == (i == 1) {", "if greater == (i == 0) {", "stdlib", "TestQualifiersHoldAndAreTight", false},
	{"a needlessly weak row: union is said to be monotone only", "stdlib/sets.go",
		`{ID: "set.union", Name: "|", Sig: "[T](s: Set[T], t: Set[T]) -> Set[T]", Quals: quals("HH"), Joint: true`,
		`{ID: "set.union", Name: "|", Sig: "[T](s: Set[T], t: Set[T]) -> Set[T]", Quals: quals("++"), Joint: true`, "stdlib", "TestQualifiersHoldAndAreTight", false},
	{"composition wrong: antitone after antitone is antitone", "lang/op/op.go",
		"Anti:  {Const, Anti, Anti, Mono, Any},", "Anti:  {Const, Anti, Anti, Anti, Any},", "typecheck", "TestQualifiersAreSound", false},
	{"a cell used twice through a product stays a homomorphism", "lang/op/op.go",
		"\t\treturn Mono\n", "\t\treturn Hom\n", "typecheck", "TestQualifiersAreSound", false},
	{"a growing value let through as data: truths in the entries of a map", "typecheck/flow_gen.go",
		`t.IsLattice() || t.Con == "Bool" ||`, `t.IsLattice() ||`, "typecheck", "TestQualifiersAreSound", false},
	{"a growing value let through as data: elements of sets", "typecheck/flow.go",
		"if f.IsFixed() || outer == op.Const {", "if f.IsFixed() || outer == op.Const || outer == op.Any && step != nil {", "internal/conform", "TestRejectedPrograms", false},
	{"a sink that takes what still grows", "typecheck/sink.go",
		"if b.frozen || f.Class() <= want {", "if b.frozen || f.Class() <= max(want, Stable) {", "internal/conform", "TestRejectedPrograms", false},
	{"a swapped Min and Max", "lang/lattice/extremum.go",
		"if value.Compare(a, b) <= 0 {", "if value.Compare(a, b) >= 0 {", "internal/conform", "TestLanguagePrograms", false},
	{"a handler without its identity: every replica fires on its own", "runtime/replica/fire.go",
		"Key: keyHash(head.Row)}", "Key: keyHash(value.MakeTuple(head.Row, value.MakeNode(c.actor.Node)))}", "internal/conform", "TestGeneratedPrograms", false},
	{"firings of one handler share their identity", "runtime/replica/fire.go",
		"Key: keyHash(head.Row)}", "Key: keyHash(value.MakeTuple())}", "internal/conform", "TestGeneratedPrograms", false},
	{"a lost delta: what a batch brings is stored and not derived from", "runtime/replica/receive.go",
		"c.feed(changes)", "c.feed(changes[:len(changes)/2])", "internal/conform", "TestGeneratedPrograms", false},
	{"a dropped support count: a row is gone with the first of its derivations", "vm/atonce.go",
		"\tnow = old + n\n", "\tif n < 0 {\n\t\tn = -old\n\t}\n\tnow = old + n\n", "vm", "TestNonInjectiveMapKeepsItsImage", false},
	{"a dropped support count in a change of many rows", "vm/table.go",
		"func (t *table) change(r uint32, n int64) {", "func (t *table) change(r uint32, n int64) {\n\tif n < 0 {\n\t\tn = -t.counts()[r]\n\t}", "vm", "TestNonInjectiveMapKeepsItsImage", false},
	{"fusion melts the input of a product into the map above it", "ir/passes.go",
		"for n.Kind == Map && g.fuseInto(n) {", "for g.fuseInto(n) {", "internal/conform", "TestLanguagePrograms", false},
	{"a captured expression loses the names that it binds", "ir/lower/frame.go",
		"if mine, ok := own[s]; ok {", "if mine, ok := own[s]; ok && mine < 0 {", "internal/conform", "TestLanguagePrograms", false},
	{"a transfer of rights counts twice where it arrives", "lang/lattice/ledger.go",
		"if m.way == way && m.to == who {\n\t\t\tsum.Add(n)", "if m.way == way && m.to == who {\n\t\t\tsum.Add(n)\n\t\t\tsum.Add(n)", "runtime/sim", "TestEscrow", false},
	{"a bounded counter uses rights of lives that may have used them", "lang/lattice/ledger.go",
		"\tif heir {\n", "\tif heir || true {\n", "runtime/sim", "TestLostDiskDoesNotDoubleRights", false},
	{"a life inherits before the members were heard", "runtime/replica/heir.go",
		"if c.cfg.First || c.cfg.Embedded {", "if c.cfg.First || c.cfg.Embedded || len(c.roster) > 0 {", "runtime/sim", "TestLostDiskDoesNotDoubleRights", false},
	{"a bounded counter takes one more than it has rights for", "lang/lattice/bcounter.go",
		"have < n {", "have < n-1 {", "runtime/sim", "TestEscrow", false},
	{"a leader answers a read from what it knows, without asking a majority", "runtime/replica/batch.go",
		"\t\terr = c.tryIn(b.t, q, a)\n", "\t\tif err = c.tryIn(b.t, q, a); err == nil && q.req.Name == \"get\" {\n\t\t\tc.tell(q.req.Origin, a)\n\t\t\treturn true\n\t\t}\n",
		"runtime/sim", "TestLeaderThatSleptDoesNotAnswerAlone", false},
	{"a request that was decided is decided again", "runtime/replica/decide.go",
		"done && q.firing.IsZero() && !q.internal {", "done && q.firing.IsZero() && !q.internal && q.req.Barrier {", "runtime/sim", "TestOrder", false},
	{"a member reports before it has frozen", "runtime/replica/barrier.go",
		"\tc.freeze(want.ID, want.Freeze)\n", "", "runtime/sim", "TestMemberFreezesBeforeItReports", false},
	{"an entry counts in another term than that of its evaluation", "runtime/replica/entry.go",
		"if en.Term != e.Term {", "if en.Term > e.Term {", "runtime/replica", "TestEntryOfAnotherTermIsVoid", false},
	{"what a failed request did stays for those that share its entry", "runtime/replica/batch.go",
		"\t\tundo()\n", "\t\t_ = undo\n", "runtime/sim", "TestSharedEntriesAreLikeSingleOnes", false},
	{"a request sees nothing of those before it in its entry", "runtime/replica/body.go",
		"case b.t.wrote || b.t.before:", "case b.t.wrote:", "runtime/sim", "TestSharedEntriesAreLikeSingleOnes", false},
	{"of a void entry one request is decided again", "runtime/replica/entry.go",
		"\t\to.queue = slices.Insert(o.queue, 0, taken...)\n", "\t\to.queue = slices.Insert(o.queue, 0, taken[:min(1, len(taken))]...)\n", "runtime/replica", "TestSharedEntryIsVoidAsAWhole", false},
	{"an entry that many requests share counts in any term", "runtime/replica/entry.go",
		"\tif en.Term != e.Term {\n", "\tif en.Term != e.Term && len(en.Answers) < 2 {\n", "runtime/replica", "TestSharedEntryIsVoidAsAWhole", false},
	{"a turn is answered before it is durable", "runtime/replica/core.go",
		"\tc.firm = true\n\tc.logAgain(group, d)\n", "\tc.logAgain(group, d)\n", "runtime/sim", "TestTurnWaitsForTheDisk", false},
	{"a voter promises before it has written", "runtime/replica/ordering.go",
		"c.firm, c.hurry = c.firm || r.Sync, c.hurry || r.Sync", "c.hurry = c.hurry || r.Sync", "runtime/sim", "TestOrder", false},
	{"a barrier does not wait until what was reported has arrived", "runtime/replica/barrier.go",
		"if !c.vector().CoversAll(union) {", "if len(b.reports) > 99 {", "runtime/sim", "TestBarrierWaitsForWhatWasReported", false},
	{"a deployment takes the place of whatever is active", "runtime/replica/activate.go",
		"if version != r.Over || ", "if version > r.Version && ", "runtime/sim", "TestContestedDeployments", false},
	{"later turns of a retired node are accepted", "runtime/replica/retire.go",
		"if c.isRetired(r.Actor.Node, r.Actor.Inc) && !", "if r.Lo == 0 && !", "runtime/sim", "TestRetiredTurnsAreNotSmuggled", false},
	{"a member goes on taking turns of a node that is being retired", "runtime/replica/receive.go",
		"feeds && c.isFrozenNode(from) {", "feeds && c.isFrozenNode(from) && c.now < 0 {", "runtime/sim", "TestMemberStopsBeforeItSaysWhatItHolds", false},
	{"everybody uses the rights that a retired node left", "lang/lattice/ledger.go",
		"return l.node(a) != me.Node || a.Node", "return l.node(a) != me.Node && l.node(a) == a.Node || a.Node", "runtime/sim", "TestEstateOfARetiredNode", false},
	{"a want that is not met keeps rights back for ever", "lang/lattice/escrow.go",
		"giver: was.giver, time: was.time + 1}", "giver: was.giver, time: max(w.Clock(), was.time+1)}", "runtime/sim", "TestUnmetWantDoesNotKeepRights", false},
	{"nodes of two clusters exchange what they hold", "runtime/replica/foreign.go",
		"m.Order == 0 || g.Genesis() == m.Order {", "m.Order != 1 {", "runtime/sim", "TestTwoClustersAreKeptApart", false},
	{"a node that comes back without its disk goes on under its old identity", "runtime/disk/identity.go",
		"return max(inc, last+1)", "return max(inc-inc, last, 1)", "runtime/api", "TestRestartWithAndWithoutItsDirectory", false},
	{"an acknowledged request is not in the log", "runtime/replica/core.go",
		"\tc.firm = true\n\tc.logAgain(group, d)", "\tif c.firm = len(d.Fired)+len(d.Runs) == 0; c.firm {\n\t\tc.logAgain(group, d)\n\t}", "runtime/sim", "TestCrashAroundTheLog", false},
	{"a request that is repeated at another node counts again", "runtime/replica/repeat.go",
		"\treturn requestFiring(r.req, r.print)\n", "\treturn lattice.Firing{}\n", "runtime/sim", "TestRetryElsewhereWhileTheFirstOneHasIt", false},
	{"two nodes pay for one request, and both count", "runtime/state/run.go",
		"r.seq > 0 && r.void != (at != counts) {", "r.seq > 0 && r.void != (at != counts) && r.seq == 0 {", "runtime/sim", "TestRetryElsewhereOfWhatDependsOnTheNode", false},
	{"a run that comes after its fold counts once more", "runtime/state/applyfiring.go",
		"a.s.folded.Covers(a.s.actors[at.actor], at.seq) {", "a.s.folded.Covers(a.s.actors[at.actor], at.seq) && at.seq == 0 {", "runtime/state", "TestFoldsAreNotSeen", false},
	{"what is run again after a fold does not wait for the fold", "runtime/state/fold.go",
		"if len(d.Runs)+len(d.Folds) == 0 {", "if len(d.Folds) == 0 {", "runtime/state", "TestFoldsAreNotSeen", false},
	{"a fold takes one run of a request and leaves another", "runtime/state/folding.go",
		"if !within(&f.runs[at-1]) {", "if !within(&f.runs[at-1]) && again {", "runtime/state", "TestFoldsAreNotSeen", false},
	{"runs are folded while a member is away that may have others", "runtime/replica/fold.go",
		"if m == nil || m.Inc", "if m == nil {\n\t\t\tcontinue\n\t\t}\n\t\tif m.Inc", "runtime/sim", "TestFoldWaitsForWhoIsAway", false},
	{"a node that knows nothing counts what others have done", "runtime/replica/fold.go",
		"|| !c.unsynced() {", "|| c.unsynced() {", "runtime/sim", "TestBlankNodeDoesNotCount", false},
	{"rights that a void run made are undone though they were used", "lang/lattice/tally.go",
		"e = min(e, down.Clamp(math.MinInt64))", "_ = down", "runtime/state", "TestRequestsThatAreRunTwice", false},
	{"what is sealed can be written", "runtime/replica/seal.go",
		"if depth, done := c.sealed(n, keys); done {", "if depth, done := c.sealed(n, keys); done && depth > 99 {", "runtime/sim", "TestOrder", false},
}

// TestPlantedDefects plants a few defects, and with LASP_PLANTED=1 all.
func TestPlantedDefects(t *testing.T) {
	all := os.Getenv("LASP_PLANTED") != ""
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range defects {
		text := source(t, root, d) // that it still applies is always looked at
		if !all && !d.quick {
			continue
		}
		t.Run(d.name, func(t *testing.T) {
			out, failed := build(t, root, d, strings.Replace(text, d.old, d.new, 1))
			switch {
			case !failed:
				t.Errorf("%s in %s does not notice it", d.run, d.pkg)
			case !strings.Contains(out, "--- FAIL: "+strings.TrimSuffix(d.run, "$")):
				t.Errorf("%s did not fail, something else did:\n%s", d.run, tail(out))
			}
		})
	}
}

func source(t *testing.T, root string, d defect) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, d.file))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), d.old); n != 1 {
		t.Fatalf("%s: the text to replace occurs %d times in %s: %q", d.name, n, d.file, d.old)
	}
	return string(data)
}

// build runs the test of a defect with the changed file laid over the real one.
func build(t *testing.T, root string, d defect, text string) (out string, failed bool) {
	t.Helper()
	dir := t.TempDir()
	changed, overlay := filepath.Join(dir, filepath.Base(d.file)), filepath.Join(dir, "overlay.json")
	list, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, d.file): changed}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{changed: []byte(text), overlay: list} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-overlay="+overlay, "-vet=off", "-count=1", "-run", "^"+d.run+"$", "./"+d.pkg)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "LASP_PLANTED=", "LASP_PROGRAMS=30")
	printed, err := cmd.CombinedOutput()
	return string(printed), err != nil
}

func tail(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

// TestReadmeListsTheDefects keeps README.md in step.
func TestReadmeListsTheDefects(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range defects {
		if line := fmt.Sprintf("| %s | `%s` | `%s` in `%s` |", d.name, d.file, d.run, d.pkg); !strings.Contains(string(data), line) {
			t.Errorf("README.md lacks the line\n%s", line)
		}
	}
}
