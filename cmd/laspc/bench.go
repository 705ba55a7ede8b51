package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/pflag"
)

func benchVerb() verb {
	return verb{
		name:  "bench",
		args:  "FILE",
		short: "run a program several times and print medians",
		long: `Repeats "laspc run" with the same files, each time in a process of its own, and
prints the median, the least and the most of what each run took: the whole from
start to end, processor time of all threads, peak memory, loading, and single
turns. What the program prints has to be the same every time, and is printed
once.`,
		setup: func(fs *pflag.FlagSet) action {
			b := &benchmark{}
			fs.StringArrayVar(&b.inputs, "input", nil, "JSON lines of events: `FILE`")
			fs.StringArrayVar(&b.loads, "load", nil, "load a data file into a cell: `CELL=FILE` (.tsv, .csv or .jsonl)")
			fs.StringArrayVar(&b.sets, "set", nil, "set a parameter: `NAME=VALUE`")
			fs.IntVarP(&b.runs, "runs", "n", 5, "how many runs are counted; one more comes before them")
			fs.BoolVar(&b.json, "json", false, "print JSON")
			return func(c *call) int { b.call = c; return b.run() }
		},
	}
}

// benchmark is one `laspc bench`.
type benchmark struct {
	*call
	inputs, loads, sets []string
	runs                int
	json                bool
}

// times is what `laspc run --time --json` says at its end, in ns.
type times struct {
	Rows  int           `json:"rows"`
	Load  time.Duration `json:"load"`
	Turns int           `json:"turns"`
	Run   time.Duration `json:"run"` // all turns
	P50   time.Duration `json:"p50"`
	P99   time.Duration `json:"p99"`
	Max   time.Duration `json:"max"`
}

// sample is one run.
type sample struct {
	times
	wall, cpu time.Duration
	peak      int64 // bytes
}

func (b *benchmark) run() int {
	if len(b.args) != 1 {
		return b.usage("name one program")
	}
	if b.runs < 1 {
		return b.usage("--runs takes a number from 1")
	}
	if slices.Contains(append(b.inputs, b.args...), "-") {
		return b.usage("standard input can be read once only; name a file")
	}
	_, shown, code := b.once() // brings the files into memory, too
	if code != exitDone {
		return code
	}
	var first []byte
	var samples []sample
	for i := range b.runs {
		s, out, code := b.once("--time", "--json")
		if code != exitDone {
			return code
		}
		if i == 0 {
			first = out
		} else if !bytes.Equal(out, first) {
			return b.call.fail(exitProgram, "run %d printed something else than the first; run the program twice and compare", i+1)
		}
		samples = append(samples, s)
	}
	if b.json {
		return b.printJSON(b.report(samples))
	}
	_, _ = b.stdout.Write(shown)
	b.print(samples)
	return exitDone
}

// once runs the program in a process of its own.
func (b *benchmark) once(flags ...string) (s sample, out []byte, code int) {
	self, err := ownPath()
	if err != nil {
		return s, nil, b.call.fail(exitProgram, "%v", err)
	}
	args := append([]string{"run", b.args[0]}, flags...)
	for flag, values := range map[string][]string{"--input": b.inputs, "--load": b.loads, "--set": b.sets} {
		for _, v := range values {
			args = append(args, flag, v)
		}
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(self, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	began := time.Now()
	err = cmd.Run()
	s.wall = time.Since(began)
	if err != nil {
		_, _ = b.stderr.Write(stderr.Bytes())
		if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() > 0 {
			return s, nil, cmd.ProcessState.ExitCode()
		}
		return s, nil, b.call.fail(exitProgram, "the run ended early: %v", err)
	}
	s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	s.peak = peakOf(cmd.ProcessState.SysUsage())
	if len(flags) > 0 {
		s.times, err = readTimes(stderr.Bytes())
	}
	if err != nil {
		return s, nil, b.call.fail(exitProgram, "the run told no times: %v", err)
	}
	return s, stdout.Bytes(), exitDone
}

// peakOf is the most memory that a process had, in bytes.
func peakOf(usage any) int64 {
	u, ok := usage.(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(u.Maxrss)
	}
	return int64(u.Maxrss) << 10
}

// readTimes finds the line of times in what a run wrote on standard error.
func readTimes(stderr []byte) (times, error) {
	var line struct {
		Times *times `json:"times"`
	}
	for _, text := range bytes.Split(stderr, []byte("\n")) {
		if bytes.HasPrefix(text, []byte(`{"times"`)) {
			if err := json.Unmarshal(text, &line); err != nil {
				return times{}, err
			}
			return *line.Times, nil
		}
	}
	return times{}, fmt.Errorf("no such line in %q", stderr)
}

// measure is a row of the report.
type measure struct {
	Name   string `json:"name"`
	Unit   string `json:"unit"` // ns or B
	Median int64  `json:"median"`
	Min    int64  `json:"min"`
	Max    int64  `json:"max"`
}

// measures is the table of what is told of the runs; those without a value in
// any run are left out.
var measures = []struct {
	name, unit string
	of         func(s *sample) int64
}{
	{"whole", "ns", func(s *sample) int64 { return int64(s.wall) }},
	{"processor", "ns", func(s *sample) int64 { return int64(s.cpu) }},
	{"peak memory", "B", func(s *sample) int64 { return s.peak }},
	{"load", "ns", func(s *sample) int64 { return int64(s.Load) }},
	{"all turns", "ns", func(s *sample) int64 { return int64(s.Run) }},
	{"turn, p50", "ns", func(s *sample) int64 { return int64(s.P50) }},
	{"turn, p99", "ns", func(s *sample) int64 { return int64(s.P99) }},
	{"turn, max", "ns", func(s *sample) int64 { return int64(s.Max) }},
}

// benchReport is what --json prints.
type benchReport struct {
	Program  string    `json:"program"`
	Runs     int       `json:"runs"`
	Rows     int       `json:"rows"`  // loaded
	Turns    int       `json:"turns"` // of events
	Measures []measure `json:"measures"`
}

func (b *benchmark) report(samples []sample) benchReport {
	r := benchReport{Program: b.args[0], Runs: len(samples), Rows: samples[0].Rows, Turns: samples[0].Turns}
	for _, m := range measures {
		values := make([]int64, len(samples))
		for i := range samples {
			values[i] = m.of(&samples[i])
		}
		slices.Sort(values)
		if n := len(values); values[n-1] > 0 {
			r.Measures = append(r.Measures, measure{m.name, m.unit, (values[(n-1)/2] + values[n/2]) / 2, values[0], values[n-1]})
		}
	}
	return r
}

func (b *benchmark) print(samples []sample) {
	r := b.report(samples)
	fmt.Fprintf(b.stdout, "%s", plural(r.Runs, "run"))
	if r.Rows > 0 {
		fmt.Fprintf(b.stdout, ", %s loaded", plural(r.Rows, "row"))
	}
	if r.Turns > 0 {
		fmt.Fprintf(b.stdout, ", %s", plural(r.Turns, "turn"))
	}
	fmt.Fprintln(b.stdout)
	rows := [][]string{{"", "median", "least", "most"}}
	for _, m := range r.Measures {
		text := func(n int64) string {
			if m.Unit == "B" {
				return sizeOf(n)
			}
			return round(time.Duration(n)).String()
		}
		rows = append(rows, []string{m.Name, text(m.Median), text(m.Min), text(m.Max)})
	}
	printTable(b.call, rows)
}
