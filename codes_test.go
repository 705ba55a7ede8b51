package lasp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/trial"
)

// outside are codes that only data, peers and later versions give.
var outside = map[diag.Code]string{
	"L0508": "the check finds it first, as L0305",
	"L0510": "the check finds it first, as L0213",
	"L0511": "counters with a bound are not run yet",
	"L0515": "data files are read by the command, whose tests show it",
	"L0516": "it takes a node that lost its disk",
}

// TestRuntimeCodesAreExplained runs the programs of `laspc explain` for the codes
// of the run time: the wrong one gives its code, the right one none.
func TestRuntimeCodesAreExplained(t *testing.T) {
	for _, e := range diag.Codes() {
		if !strings.HasPrefix(string(e.Code), "L05") || outside[e.Code] != "" {
			continue
		}
		t.Run(string(e.Code), func(t *testing.T) {
			if said := runSaying(t, e.Wrong); !strings.Contains(said, string(e.Code)) {
				t.Errorf("the wrong program says\n%s", said)
			}
			if said := runSaying(t, e.Right); said != "" {
				t.Errorf("the right program says\n%s", said)
			}
		})
	}
}

// runSaying runs a program and its tests and returns all that went wrong.
func runSaying(t *testing.T, program string) string {
	t.Helper()
	checked, ds := lasp.Check(source.NewFile("program.lasp", []byte(program)))
	if diag.HasErrors(ds) {
		return rendered(ds)
	}
	p, err := lasp.Compile(checked)
	if err != nil {
		t.Fatal(err)
	}
	const fuel = 2_000_000
	core, err := replica.New(replica.Config{
		Actor: lattice.Actor{Node: "a", Inc: 1}, Ops: lasp.Ops(), Embedded: true,
		Program: replica.Program{IR: p, Version: 1}, Options: replica.Options{Fuel: fuel},
	}, 1)
	if err != nil {
		return err.Error()
	}
	var said []string
	for _, s := range p.Shows {
		if v, err := core.View(s.Name); err != nil {
			said = append(said, err.Error())
		} else if text := v.String(); strings.Contains(text, "error(") {
			said = append(said, text)
		}
	}
	for _, dropped := range core.Errors() {
		said = append(said, fmt.Sprintf("%s: %s", dropped.Code, dropped.Message))
	}
	tests, err := lasp.Tests(p, checked)
	if err != nil {
		t.Fatal(err)
	}
	results, err := trial.Run(p, tests, lasp.Ops(), trial.Options{Schedules: 3})
	if err != nil && !errors.Is(err, trial.ErrNoTests) {
		said = append(said, err.Error())
	}
	for _, r := range results {
		if !r.OK {
			said = append(said, r.Failure.Message)
		}
	}
	return strings.Join(said, "\n")
}
