package main

import (
	"strings"
	"testing"
	"time"
)

// BenchmarkWorkloads runs each workload from outside, a sub-benchmark each:
//
//	go test -bench Workloads/W3
func BenchmarkWorkloads(b *testing.B) {
	o, done, err := prepare("")
	if err != nil {
		b.Fatal(err)
	}
	defer done()
	for i := range jobs {
		w := &jobs[i]
		b.Run(w.id, func(b *testing.B) {
			for b.Loop() {
				s, err := o.run(w, time.Minute)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(s[memory], "peak-MB")
				if s[p50] > 0 {
					b.ReportMetric(s[p50]*1000, "ns/turn-p50")
				}
			}
		})
	}
}

// BenchmarkLambdas runs the lambdas of W4 with their peers.
func BenchmarkLambdas(b *testing.B) {
	for _, l := range lambdaLines() {
		b.Run(l.id+" lasp "+l.figures[0].name, func(b *testing.B) {
			for b.Loop() {
				s, err := l.measure()
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(s[l.figures[0].name], "ns/element")
			}
		})
		for _, p := range l.peers {
			b.Run(l.id+" "+p.name, func(b *testing.B) {
				for b.Loop() {
					ns, err := p.measure()
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(ns, "ns/element")
				}
			})
		}
	}
}

// TestMain lets the test binary be its own helper process.
func TestMain(m *testing.M) { asHelper(); m.Run() }

// TestSmallWorkloads runs what is quick, with its results checked.
func TestSmallWorkloads(t *testing.T) {
	o, done, err := prepare(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	for i := range jobs {
		if w := &jobs[i]; w.id == "W1a" || w.id == "W3" || w.id == "W3-inc" || w.id == "W7b" {
			s, err := o.run(w, 5*time.Minute)
			if err != nil {
				t.Errorf("%s: %v", w.id, err)
			} else if s[whole] <= 0 || s[memory] <= 1 || w.input != "" && s[p50] <= 0 {
				t.Errorf("%s: figures are missing: %v", w.id, s)
			}
		}
	}
	if s, err := o.brackets(5 * time.Minute); err != nil || s[whole] <= 0 {
		t.Errorf("brackets: %v, %v", s, err)
	}
}

// TestPeersAgree: every engine counts the same elements.
func TestPeersAgree(t *testing.T) {
	for _, l := range lambdaLines() {
		for _, p := range l.peers {
			if _, err := p.measure(); err != nil {
				t.Errorf("%s by %s: %v", l.id, p.name, err)
			}
		}
		if _, err := l.measure(); err != nil {
			t.Errorf("%s: %v", l.id, err)
		}
	}
	for name, f := range map[string]func() (float64, error){"sieve": sieveChannels, "sum": sumChannel} {
		if _, err := f(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPage: a table row for every figure, what failed with its reason, and
// numbers as people write them.
func TestPage(t *testing.T) {
	l := line{section: secData, id: "W9", title: "nothing", figures: []figure{{whole, "ms", 17, false, "somebody 3"}}, limit: "the page",
		peers: []peer{{"plain Go", whole, nil}}}
	failed := line{section: secData, id: "W8", title: "fails", limit: "a bug"}
	text := string(page([]result{
		{line: &l, runs: 3, by: map[string]spread{whole: {34, 30, 1234567}, memory: {12, 12, 12}}, peers: []float64{17}},
		{line: &failed, err: errTest},
	}, 3))
	for _, want := range []string{
		"| W9: nothing | whole process | 17 ms | 34 ms | 30 to 1,234,567 | 2 x | plain Go 17 (2 x) | somebody 3 |",
		"|  | peak memory | - | 12 MB |", "| W8: fails | | | it broke / here | | | | |", "- **W9**, nothing: the page.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
}

type brokenError struct{}

func (brokenError) Error() string { return "it broke | here" }

var errTest = brokenError{}
