package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/laspc/lasp/internal/workload"
)

// options are the flags.
type options struct {
	runs    int
	budget  time.Duration
	limit   time.Duration
	only    *regexp.Regexp
	page    string
	keepDir string
}

func main() {
	asHelper()
	var o options
	only := ""
	flag.IntVar(&o.runs, "runs", 5, "how often each line is measured")
	flag.DurationVar(&o.budget, "budget", 9*time.Minute, "how long all of it may take: lines that are slow are measured less often")
	flag.DurationVar(&o.limit, "limit", time.Minute, "how long one process may take")
	flag.StringVar(&only, "only", "", "measure lines whose id or title matches, such as W3")
	flag.StringVar(&o.page, "page", "", "write the page to this file")
	flag.StringVar(&o.keepDir, "dir", "", "keep programs and data in this folder")
	flag.Parse()
	var err error
	if o.only, err = regexp.Compile(only); err == nil {
		err = measureAll(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// asHelper does the work of a helper process and ends it, if this is one.
func asHelper() {
	if len(os.Args) < 3 || os.Args[1] != helperFlag {
		return
	}
	if err := helper(os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func measureAll(o options) error {
	began := time.Now()
	out, done, err := prepare(o.keepDir)
	if err != nil {
		return err
	}
	defer done()
	all := slices.DeleteFunc(lines(out, o.limit), func(l line) bool { return !o.only.MatchString(l.id) && !o.only.MatchString(l.title) })
	var results []result
	for i := range all {
		left := o.budget - time.Since(began)
		r := take(&all[i], o.runs, left/time.Duration(len(all)-i))
		r.print(os.Stdout)
		if o.page != "" && r.short() {
			if r.where, err = out.profiled(r.line); err != nil {
				return fmt.Errorf("%s under a profile: %w", r.line.id, err)
			}
		}
		results = append(results, r)
	}
	if o.page == "" {
		return nil
	}
	return os.WriteFile(o.page, page(results, o.runs), 0o644)
}

// prepare builds laspc and writes programs and data.
func prepare(dir string) (o *outside, done func(), err error) {
	done = func() {}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "lasp-bench"); err != nil {
			return nil, nil, err
		}
		done = func() { os.RemoveAll(dir) }
	}
	o = &outside{programs: filepath.Join(dir, "programs"), data: filepath.Join(dir, "data")}
	if err = os.MkdirAll(o.programs, 0o755); err == nil {
		err = os.CopyFS(o.programs, programs())
	}
	if err == nil || os.IsExist(err) {
		err = workload.WriteFiles(o.data)
	}
	if err == nil {
		o.laspc, err = build(dir)
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	return o, done, nil
}

// result is what the measurements of a line gave.
type result struct {
	line  *line
	runs  int
	by    map[string]spread // by figure
	peers []float64         // medians, in the order of the line; 0 where it failed
	where *where            // for lines that fall short of their goal
	err   error
}

// spread is the values of a figure.
type spread struct{ median, least, most float64 }

func spreadOf(values []float64) spread {
	slices.Sort(values)
	n := len(values)
	return spread{(values[(n-1)/2] + values[n/2]) / 2, values[0], values[n-1]}
}

// take measures a line as often as its share of the time allows, once at least.
func take(l *line, runs int, share time.Duration) result {
	began := time.Now()
	r := result{line: l, by: map[string]spread{}}
	values := map[string][]float64{}
	for r.runs < runs && (r.runs == 0 || time.Since(began) < share) {
		s, err := l.measure()
		if err != nil {
			r.err = err
			return r
		}
		r.runs++
		for name, v := range s {
			values[name] = append(values[name], v)
		}
	}
	for name, vs := range values {
		r.by[name] = spreadOf(vs)
	}
	for _, p := range l.peers {
		r.peers = append(r.peers, p.median(r.runs))
	}
	return r
}

// slowPeer is how long a peer may take in all before it is not measured again.
const slowPeer = 2 * time.Second

// median measures a peer as often, less where it is slow; it is 0 where the peer fails.
func (p *peer) median(runs int) float64 {
	var values []float64
	for began := time.Now(); len(values) < runs && (len(values) == 0 || time.Since(began) < slowPeer); {
		v, err := p.measure()
		if err != nil {
			fmt.Fprintf(os.Stderr, "bench: %s: %v\n", p.name, err)
			return 0
		}
		values = append(values, v)
	}
	return spreadOf(values).median
}
