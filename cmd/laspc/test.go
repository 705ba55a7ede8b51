package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/ir/lower"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/runtime/trial"
	"github.com/spf13/pflag"
)

func testVerb() verb {
	return verb{
		name:  "test",
		args:  "FILE...",
		short: "run the tests in programs under many delivery schedules",
		long: `Each test runs on simulated replicas: messages are reordered, duplicated,
delayed and lost, nodes crash and come back, in virtual time. Of a test of up to
3 replicas, with about 6 messages between two syncs, every order in which they
can arrive is run as well, and "exhaustive" is printed. A failure prints its
seed, its schedule and the smallest schedule that fails as well; a schedule that
was saved to a file is run again with --replay.`,
		setup: func(fs *pflag.FlagSet) action {
			t := &tester{}
			fs.IntVar(&t.o.Schedules, "schedules", 50, "delivery schedules per test")
			fs.Uint64Var(&t.o.Seed, "seed", 0, "first seed; 0 is the undisturbed schedule")
			fs.IntVar(&t.o.Explore, "explore", 2000, "runs spent on every order of messages, in small scopes; 0 for none")
			fs.StringVar(&t.o.Name, "run", "", "only tests whose name contains `NAME`")
			fs.StringVar(&t.replay, "replay", "", "run the one schedule in `FILE`")
			fs.BoolVar(&t.coverage, "coverage", false, "say which declarations and cases the tests exercise")
			fs.BoolVar(&t.json, "json", false, "print a JSON line per test")
			return func(c *call) int { t.call = c; return t.run() }
		},
	}
}

// tester is one `laspc test`.
type tester struct {
	*call
	o        trial.Options
	replay   string
	coverage bool
	json     bool
}

// testJSON is the line of one test.
type testJSON struct {
	File       string       `json:"file"`
	Test       string       `json:"test"`
	OK         bool         `json:"ok"`
	Schedules  int          `json:"schedules"`
	Distinct   int          `json:"distinct"`
	Exhaustive bool         `json:"exhaustive"`
	Orders     int          `json:"orders"`
	Seed       uint64       `json:"seed"`
	Failure    *failureJSON `json:"failure,omitempty"`
}

type failureJSON struct {
	Message  string         `json:"message"`
	At       string         `json:"at"`
	Schedule trial.Schedule `json:"schedule"`
	Smallest trial.Schedule `json:"smallest"`
	Log      []string       `json:"log"`
}

func (t *tester) run() int {
	switch {
	case len(t.args) == 0:
		return t.usage("name the programs to test")
	case t.o.Schedules < 1:
		return t.usage("--schedules %d shows nothing; run at least one", t.o.Schedules)
	}
	if t.o.Explore == 0 {
		t.o.Explore = -1
	}
	if t.replay != "" {
		if err := t.readReplay(); err != nil {
			return t.usage("%v", err)
		}
	}
	code := exitDone
	for _, name := range t.args {
		if got := t.file(name); got != exitDone {
			code = got
		}
	}
	return code
}

func (t *tester) readReplay() error {
	text, err := os.ReadFile(t.replay)
	if err != nil {
		return fileError(t.replay, err)
	}
	t.o.Replay = &trial.Schedule{}
	if err := json.Unmarshal(text, t.o.Replay); err != nil {
		return fmt.Errorf("%s does not hold a schedule as `laspc test` prints it", t.replay)
	}
	return nil
}

// file runs the tests of one program.
func (t *tester) file(name string) int {
	p, code := t.compile(name, lower.Options{})
	if p == nil {
		return code
	}
	tests, err := lasp.Tests(p.Program, p.checked)
	if err != nil {
		return t.fail(exitProgram, "%v", err)
	}
	o := t.o
	o.Deploy = func(path string) (*ir.Program, error) { return deployed(name, path) }
	o.Tests = func(q *ir.Program) ([]*ir.Test, error) { return lasp.Tests(q, p.checked) }
	results, err := trial.Run(p.Program, tests, lasp.Ops(), o)
	var later *ir.NotRunnable
	switch {
	case errors.As(err, &later):
		return t.fail(exitProgram, "%s: %s: %s", later.Pos, later.Code(), later)
	case errors.Is(err, trial.ErrNoTests) && len(tests) > 0:
		return t.fail(exitProgram, "%s has %s, none of which was asked for", name, plural(len(tests), "test"))
	case errors.Is(err, trial.ErrNoTests):
		return t.fail(exitProgram, "%s has no test; write one: test \"name\" { replicas a, b  at a { .. }  sync  expect .. }", name)
	case err != nil:
		return t.fail(exitProgram, "%s: %v", name, err)
	}
	for _, r := range results {
		if !r.OK {
			code = exitProgram
		}
		t.print(name, r)
	}
	if t.coverage {
		items, err := trial.Cover(p.Program, tests, lasp.Ops(), o)
		if err != nil {
			return t.fail(exitProgram, "%s: %v", name, err)
		}
		t.printCoverage(name, items)
	}
	return code
}

// coverageJSON is the line of a file for --coverage.
type coverageJSON struct {
	File     string       `json:"file"`
	Covered  int          `json:"covered"`
	Total    int          `json:"total"`
	Coverage []trial.Item `json:"coverage"`
}

// printCoverage says how much of a program its tests exercise, and what not.
func (t *tester) printCoverage(file string, items []trial.Item) {
	out := coverageJSON{File: file, Total: len(items), Coverage: items}
	for _, it := range items {
		if it.Covered {
			out.Covered++
		}
	}
	if t.json {
		t.printJSON(out)
		return
	}
	fmt.Fprintf(t.stdout, "      %s: the tests exercise %d of %d declarations and cases\n", file, out.Covered, out.Total)
	for _, it := range items {
		if !it.Covered {
			fmt.Fprintf(t.stdout, "        not exercised: %s %s", it.Kind, it.Name)
			if it.At != "" {
				fmt.Fprintf(t.stdout, "  %s", it.At)
			}
			fmt.Fprintln(t.stdout)
		}
	}
}

// deployed compiles the program of a `deploy` step, which lies beside the
// program under test or below it.
func deployed(name, path string) (*ir.Program, error) {
	if !filepath.IsLocal(path) {
		return nil, fmt.Errorf("deploy %q: the path leaves the folder of the program", path)
	}
	text, err := imported("")(filepath.Dir(name), path)
	path = filepath.Join(filepath.Dir(name), path)
	switch {
	case errors.Is(err, lasp.ErrLeaves):
		return nil, fmt.Errorf("deploy %q: %w", path, err)
	case err != nil:
		return nil, fileError(path, err)
	}
	checked, ds := lasp.Load(source.NewFile(path, text), imported(""))
	for _, d := range ds {
		if d.Severity == diag.Error {
			return nil, fmt.Errorf("deploy %q: %s: %s: %s", path, d.Span.Position(), d.Code, d.Title)
		}
	}
	return lasp.Compile(checked)
}

func (t *tester) print(file string, r trial.Result) {
	if t.json {
		out := testJSON{File: file, Test: r.Test, OK: r.OK, Schedules: r.Schedules, Distinct: r.Distinct, Exhaustive: r.Exhaustive, Orders: r.Orders, Seed: r.Seed}
		if f := r.Failure; f != nil {
			out.Failure = &failureJSON{f.Message, f.At, f.Schedule, f.Smallest, f.Log}
		}
		t.printJSON(out)
		return
	}
	verdict := "ok  "
	if !r.OK {
		verdict = "FAIL"
	}
	fmt.Fprintf(t.stdout, "%s  %s: %q  %s, %d distinct", verdict, file, r.Test, plural(r.Schedules, "schedule"), r.Distinct)
	if r.Exhaustive {
		fmt.Fprintf(t.stdout, "; exhaustive (%s)", plural(r.Orders, "run"))
	}
	fmt.Fprintln(t.stdout)
	if f := r.Failure; f != nil {
		t.printFailure(r, f)
	}
}

func (t *tester) printFailure(r trial.Result, f *trial.Failure) {
	fmt.Fprintf(t.stdout, "    %s: %s\n", f.At, strings.ReplaceAll(f.Message, "\n", "\n    "))
	fmt.Fprintf(t.stdout, "    seed %d\n    schedule %s\n    smallest %s\n", r.Seed, scheduleText(f.Schedule), scheduleText(f.Smallest))
	for _, line := range f.Log {
		fmt.Fprintf(t.stdout, "      %s\n", line)
	}
	fmt.Fprintf(t.stdout, "    to run it again: --seed %d --schedules 1, or save the smallest schedule to a file and pass it by --replay\n", r.Seed)
}

// scheduleText is the form in which a schedule is saved.
func scheduleText(s trial.Schedule) string {
	text, err := json.Marshal(s)
	if err != nil {
		return s.String()
	}
	return string(text)
}
