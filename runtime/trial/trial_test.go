package trial_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/runtime/trial"
)

// What goes wrong on some schedules only is found, told with its seed, made
// smaller, and fails again when it is replayed.
func TestFindsWhatDependsOnTiming(t *testing.T) {
	const text = `
shared s: GSet[Int]
shared late: GSet[Int]
input look()
on look() { if size(peek(s, "timing is what we test")) == 0 { late.add(1) } }
show late
test "nobody is late" {
  replicas a, b
  at a { s.add(1) }
  at b { look() }
  expect s == {1}
}
test "at the end" {
  replicas a, b
  at a { s.add(1) }
  at b { look() }
}
`
	p, tests := load(t, "test.lasp", text)
	results, err := trial.Run(p, tests, lasp.Ops(), trial.Options{Schedules: 40})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"at b, `s == {1}` does not hold: the left side is {}, the right side {1}", "`late` is the same on every schedule"} {
		r := results[i]
		if r.OK || !strings.Contains(r.Failure.Message, want) || !strings.HasPrefix(r.Failure.At, "test.lasp:") {
			t.Fatalf("%s: %+v, want %q", r.Test, r.Failure, want)
		}
		if len(r.Failure.Smallest.Decisions) > 6 || len(r.Failure.Log) == 0 {
			t.Errorf("%s: the smallest schedule is %s", r.Test, r.Failure.Smallest)
		}
		for name, o := range map[string]trial.Options{
			"schedule": {Replay: &r.Failure.Schedule},
			"smallest": {Replay: &r.Failure.Smallest},
			"seed":     {Seed: r.Seed, Schedules: 1, Name: r.Test},
		} {
			again, err := trial.Run(p, tests, lasp.Ops(), o)
			if err != nil || len(again) != 1 || again[0].OK || again[0].Failure.Message != r.Failure.Message {
				t.Errorf("%s, replayed by its %s: %+v, %v", r.Test, name, again, err)
			}
		}
	}
}

func TestSameSeedsSameRuns(t *testing.T) {
	p, tests := load(t, "test.lasp", `
shared s: AWSet[String]
input add()
on add() { s.add(fresh()) }
test "facts depend on replica and step" {
  replicas a, b, c
  at a { add() add() }
  at b { add() }
  sync
  expect size(s) == 3
}
`)
	var seen string
	for range 2 {
		results, err := trial.Run(p, tests, lasp.Ops(), trial.Options{Schedules: 30})
		if err != nil || !results[0].OK {
			t.Fatalf("%v %+v", err, results)
		}
		r := results[0]
		if r.Distinct < 20 {
			t.Errorf("only %d of 30 schedules differ", r.Distinct)
		}
		got := strings.Join([]string{r.Test, string(rune(r.Distinct))}, " ")
		if seen != "" && got != seen {
			t.Errorf("%q, then %q", seen, got)
		}
		seen = got
	}
}

func TestSteps(t *testing.T) {
	f := run(t, `
param limit: Nat = 10
shared hits: GCounter
shared q: Stream[Int] written by "a"
shared late: Flag
local mine: GSet[Int]
output out: Int
input hit(n: Nat) -> Nat
on hit(n) { hits.increment(n)  mine.add(1)  emit n to out  reply n }
when hits >= limit { late.enable() }
on every 2s { hits.increment(100) }
test "all steps" {
  param limit = 3
  replicas a, b
  expect at a hit(2) == 2
  expect at b hits == 0
  partition a | b
  at a { hit(1) }
  expect at a late
  sync
  expect at b not late
  heal
  sync
  expect late
  expect out == [1, 2]
  expect at a mine == {1}
  expect at b mine == {}
  crash a
  restart a
  expect at a hits == 3
  wait 5s
  sync
  expect hits == 403
  at a { q.append(1) }
  sync
  crash a
  restart a blank
  expect fails L0516 at a { q.append(2) }
  sync
  at a { q.append(2) }
  sync
  expect q == [1, 2, ...]
  expect fails L05 at b { q.append(3) }
  expect fails L0514 at b { fail("no") }
}
`, trial.Options{Schedules: 30})
	if f != nil {
		t.Errorf("%s: %s\n%s", f.At, f.Message, strings.Join(f.Log, "\n"))
	}
}

func TestDeploySteps(t *testing.T) {
	checked := check(t, "v1.lasp", `
shared s: GSet[Int]
let d = s.map(x => x * 2)
output out: Int
for x in s { emit x to out }
show d
test "a changed definition" {
  replicas a, b
  at a { s.add(1) }
  sync
  deploy "v2.lasp"
  expect at a d == {3}
  at b { s.add(2) }
  sync
  expect d == {3, 6}
  expect out == [1, 2]
}
`)
	p, tests := compile(t, checked)
	v2, _ := load(t, "v2.lasp", "shared z, s: GSet[Int]\nlet d = s.map(x => x * 3)\noutput out: Int\nfor y in s { emit y to out }\nshow d\nshow z\n")
	o := trial.Options{Schedules: 20, Deploy: func(string) (*ir.Program, error) { return v2, nil }}
	o.Tests = func(q *ir.Program) ([]*ir.Test, error) { return lasp.Tests(q, checked) }
	results, err := trial.Run(p, tests, lasp.Ops(), o)
	if err != nil {
		t.Fatal(err)
	}
	if f := results[0].Failure; f != nil {
		t.Errorf("%s: %s\n%s", f.At, f.Message, strings.Join(f.Log, "\n"))
	}
}

func TestNothingToRunIsAnError(t *testing.T) {
	p, tests := load(t, "test.lasp", "shared s: GSet[Int]\nshow s\n")
	if _, err := trial.Run(p, tests, lasp.Ops(), trial.Options{}); !errors.Is(err, trial.ErrNoTests) {
		t.Errorf("%v", err)
	}
	p, tests = load(t, "test.lasp", "shared s: GSet[Int]\nshow s\ntest \"x\" { replicas a expect s == {} }\n")
	if _, err := trial.Run(p, tests, lasp.Ops(), trial.Options{Name: "y"}); !errors.Is(err, trial.ErrNoTests) {
		t.Errorf("%v", err)
	}
	if _, err := trial.Run(p, tests, lasp.Ops(), trial.Options{Schedules: -1}); err == nil {
		t.Error("no schedules at all are accepted")
	}
	results, err := trial.Run(p, tests, lasp.Ops(), trial.Options{})
	if err != nil || results[0].Schedules != 1 || results[0].Distinct != 1 {
		t.Errorf("one replica: %+v, %v", results, err)
	}
}

// The programs that explain a code of the run time do what the code says.
func TestProgramsOfCodes(t *testing.T) {
	e, ok := diag.Lookup("L0516")
	if !ok {
		t.Fatal("no entry")
	}
	if f := run(t, e.Wrong, trial.Options{Schedules: 10}); f == nil || !strings.Contains(f.Message, string(e.Code)) {
		t.Errorf("the wrong program: %+v", f)
	}
	if f := run(t, e.Right, trial.Options{Schedules: 10}); f != nil {
		t.Errorf("the right program: %s", f.Message)
	}
}
