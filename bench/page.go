package main

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

//go:embed programs/*.lasp
var embedded embed.FS

// programs are the programs of the workloads.
func programs() fs.FS {
	sub, err := fs.Sub(embedded, "programs")
	if err != nil {
		panic(err) // the name is a constant of this file
	}
	return sub
}

// print writes a result as it comes.
func (r *result) print(w io.Writer) {
	fmt.Fprintf(w, "%-9s %s\n", r.line.id, r.line.title)
	if r.err != nil {
		fmt.Fprintf(w, "          %v\n", r.err)
		return
	}
	for _, f := range r.line.figures {
		s := r.by[f.name]
		fmt.Fprintf(w, "          %-22s %s %s (%s to %s), goal %s\n", f.name, number(s.median), f.unit, number(s.least), number(s.most), f.goalText())
	}
	for i, p := range r.line.peers {
		fmt.Fprintf(w, "          %-22s %s\n", p.name, number(r.peers[i]))
	}
}

func (f *figure) goalText() string {
	if f.goal == 0 {
		return "-"
	}
	return number(f.goal) + " " + f.unit
}

// number writes three digits or so.
func number(v float64) string {
	if v >= 100 || v == math.Trunc(v) {
		return thousands(int64(math.Round(v)))
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// times writes a ratio with two digits.
func times(v float64) string {
	if v >= 10 {
		return thousands(int64(math.Round(v))) + " x"
	}
	return strconv.FormatFloat(v, 'g', 2, 64) + " x"
}

func thousands(n int64) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// page is the whole of docs/performance.md.
func page(results []result, runs int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, head, machine(), runs)
	section := ""
	for i := range results {
		r := &results[i]
		if r.line.section != section {
			section = r.line.section
			fmt.Fprintf(&b, "\n## %s\n\n| line | figure | goal | median | least to most | of the goal | beside it, in this run | others, as published |\n|---|---|---|---|---|---|---|---|\n", section)
		}
		r.rows(&b)
	}
	limits(&b, results)
	return b.Bytes()
}

// limits tells what limits each line, those with the same limit together, and
// where the time of those goes that fall short.
func limits(b *bytes.Buffer, results []result) {
	fmt.Fprint(b, limitsHead)
	told := map[string]bool{}
	for i := range results {
		l := results[i].line
		if told[l.section+l.limit] {
			continue
		}
		told[l.section+l.limit] = true
		var names []string
		for _, r := range results {
			if r.line.section == l.section && r.line.limit == l.limit && !slices.Contains(names, r.line.id) {
				names = append(names, r.line.id)
			}
		}
		what := ""
		if len(names) == 1 {
			what = ", " + l.title
		}
		fmt.Fprintf(b, "- **%s**%s: %s.\n", strings.Join(names, ", "), what, l.limit)
	}
	fmt.Fprintf(b, whereHead, profileTime)
	for i := range results {
		if w := results[i].where; w != nil {
			fmt.Fprintf(b, "- **%s**, %s. %s.\n", results[i].line.id, results[i].line.title, w.text())
		}
	}
}

// rows writes the rows of a line in the table of its section.
func (r *result) rows(b *bytes.Buffer) {
	name := fmt.Sprintf("%s: %s", r.line.id, r.line.title)
	if r.err != nil {
		fmt.Fprintf(b, "| %s | | | %s | | | | |\n", name, strings.ReplaceAll(r.err.Error(), "|", "/"))
		return
	}
	for _, f := range append(r.line.figures[:len(r.line.figures):len(r.line.figures)], r.extra()...) {
		s := r.by[f.name]
		of := ""
		if f.goal > 0 && s.median > 0 {
			of = times(s.median / f.goal)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s %s | %s to %s | %s | %s | %s |\n", name, f.name, f.goalText(), number(s.median), f.unit,
			number(s.least), number(s.most), of, r.beside(f.name, s.median), f.cited)
		name = ""
	}
}

// extra is what is told of every process beside its own figures: processor time
// of all threads, which is steadier than the time from start to end, and memory.
func (r *result) extra() (list []figure) {
	for _, f := range []figure{{name: processor, unit: "ms"}, {name: memory, unit: "MB"}} {
		_, has := r.by[f.name]
		if has && !slices.ContainsFunc(r.line.figures, func(own figure) bool { return own.name == f.name }) {
			list = append(list, f)
		}
	}
	return list
}

// beside tells peers that were measured in the same run, and how many times
// their figure ours is.
func (r *result) beside(figure string, ours float64) string {
	var texts []string
	for i, p := range r.line.peers {
		if p.figure == figure && r.peers[i] > 0 {
			texts = append(texts, fmt.Sprintf("%s %s (%s)", p.name, number(r.peers[i]), times(ours/r.peers[i])))
		}
	}
	return strings.Join(texts, ", ")
}

// machine describes where this runs.
func machine() string {
	model := "an unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, is := strings.CutPrefix(line, "model name"); is {
				model = strings.TrimSpace(strings.TrimLeft(name, "\t :"))
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores, %s/%s, %s", model, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

const head = `# Performance

This page is written by a command and is not to be edited:

    cd bench && go run . -page ../docs/performance.md

Machine: %s. Each line is measured %d times, slow ones less often so that all of
it stays below ten minutes; the figures are the median, the least and the most.
Times of whole processes are from start to end, with reading the program and the
data files. Every run checks the result that its workload is known to have. laspc is
built with CGO_ENABLED=0, which spares each process the dynamic linker.

"Of the goal" is the median divided by the goal: for times and memory less is
better, for rates more. "Beside it" was measured in the same run of the command,
with our figure as a multiple of it; "others" are figures of others for the same
work on a machine with two cores, and are comparable only roughly.

To look into a line:

    laspc bench FILE --load CELL=FILE     medians of several runs
    laspc run --stats ...                 rows, time and memory of each step
    laspc run --time ...                  loading and single turns
    laspc run --profile FILE ...          a profile for go tool pprof
    cd bench && go run . -only W3 -dir /tmp/bench    keeps programs and data

A cluster beside other stores, in one run on the same disk, with the ratios (laspc and
the other's server in PATH):

    cd bench && go run ./etcd             free and coordinated updates, 3 members
    cd bench && go run ./redis            increments over one connection

The collector keeps its default setting, but for the heap of a node, which is not
collected below 16 MB. Most memory holds no pointers, so it has
little to do: with it off W6 takes as much processor time, most of what is saved
going into fresh pages, and more than twice the memory.
`

const limitsHead = `
## What limits each line

`

const whereHead = `
## Where the time of lines goes that fall short

Each was run again under a profile for %s; the shares are of processor time, by the
innermost package of the project on the stack and by function.

`
