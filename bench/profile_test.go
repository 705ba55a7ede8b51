package main

import (
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

// TestWhereTimeGoes counts samples by the innermost package of the project, and
// by the innermost function, inlined ones included.
func TestWhereTimeGoes(t *testing.T) {
	fn := func(name string) *profile.Location {
		return &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: name}}}}
	}
	inlined := &profile.Location{Line: []profile.Line{
		{Function: &profile.Function{Name: "runtime.memmove"}}, {Function: &profile.Function{Name: ours + "vm.(*table).grow"}}}}
	run := fn(ours + "cmd/laspc/internal/feed.read")
	w := whereOf(&profile.Profile{Sample: []*profile.Sample{
		{Value: []int64{6, 60}, Location: []*profile.Location{inlined, run}},
		{Value: []int64{3, 30}, Location: []*profile.Location{run, fn("main.main")}},
		{Value: []int64{1, 10}, Location: []*profile.Location{fn("runtime.gcBgMarkWorker")}},
	}})
	want := "Of 10 samples: vm 60 %, cmd/laspc/internal/feed 30 %, Go's collector, scheduler and start 10 %. " +
		"By function: runtime.memmove 60 %, cmd/laspc/internal/feed.read 30 %, runtime.gcBgMarkWorker 10 %"
	if w.text() != want {
		t.Errorf("%s\nwant\n%s", w.text(), want)
	}
}

// TestShortLinesAreProfiled has a line that misses its goal, and one that does
// better than its goal in a figure where more is better.
func TestShortLinesAreProfiled(t *testing.T) {
	l := line{id: "X", title: "something", limit: "a limit", figures: []figure{{name: "rate", unit: "M/s", goal: 2, more: true}}}
	short := result{line: &l, by: map[string]spread{"rate": {1, 1, 1}}, where: &where{samples: 1, functions: []share{{"f", 100}}}}
	good := result{line: &l, by: map[string]spread{"rate": {3, 3, 3}}}
	if !short.short() || good.short() {
		t.Errorf("short: %v, good: %v", short.short(), good.short())
	}
	if text := string(page([]result{short, good}, 1)); strings.Count(text, "a limit") != 1 || strings.Count(text, "Of 1 samples") != 1 {
		t.Errorf("the page says each once:\n%s", text)
	}
}
