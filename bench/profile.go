package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"
)

// A line that falls short of its goal is run again under a profile of processor
// time, for profileTime, and the page says where the time went: by the package
// of the project that is innermost on the stack, and by function.
const (
	profileTime  = 3 * time.Second
	profileParts = 5 // packages, and functions, that are named
)

// where is where the processor time of a line went.
type where struct {
	samples   int64
	packages  []share
	functions []share
}

// share is the percentage of samples that belong to a name.
type share struct {
	name    string
	percent float64
}

// short reports whether a figure of the line falls short of its goal.
func (r *result) short() bool {
	return slices.ContainsFunc(r.line.figures, func(f figure) bool {
		m := r.by[f.name].median
		return f.goal > 0 && m > 0 && (f.more && m < f.goal || !f.more && m > f.goal)
	})
}

// profiled runs a line under a profile. What laspc does is profiled in its own
// process, what this process does here.
func (o *outside) profiled(l *line) (*where, error) {
	dir, err := os.MkdirTemp("", "lasp-profile")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	o.profile = filepath.Join(dir, "cpu")
	defer func() { o.profile = "" }()
	var all []*profile.Profile
	for began := time.Now(); len(all) == 0 || time.Since(began) < profileTime; {
		p, err := o.profileOnce(l)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	merged, err := profile.Merge(all)
	if err != nil {
		return nil, err
	}
	return whereOf(merged), nil
}

func (o *outside) profileOnce(l *line) (*profile.Profile, error) {
	var here bytes.Buffer
	if err := pprof.StartCPUProfile(&here); err != nil {
		return nil, err
	}
	_, err := l.measure()
	pprof.StopCPUProfile()
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(o.profile)
	switch {
	case errors.Is(err, fs.ErrNotExist): // no process was run
		data = here.Bytes()
	case err != nil:
		return nil, err
	}
	return profile.ParseData(data)
}

// whereOf sums the samples of a profile.
func whereOf(p *profile.Profile) *where {
	packages, functions := map[string]int64{}, map[string]int64{}
	w := &where{}
	for _, s := range p.Sample {
		n := s.Value[0]
		w.samples += n
		stack := namesOf(s)
		if len(stack) == 0 {
			continue
		}
		functions[strings.TrimPrefix(stack[0], ours)] += n
		packages[packageOf(stack)] += n
	}
	w.packages, w.functions = shares(packages, w.samples), shares(functions, w.samples)
	return w
}

// namesOf are the functions of a sample, the innermost first.
func namesOf(s *profile.Sample) (names []string) {
	for _, l := range s.Location {
		for _, line := range l.Line {
			if line.Function != nil {
				names = append(names, line.Function.Name)
			}
		}
	}
	return names
}

// ours is what the names of all functions of the project begin with.
const ours = "github.com/laspc/lasp/"

// packageOf is the innermost package of the project on a stack, as a path in it.
func packageOf(stack []string) string {
	for _, name := range stack {
		if path, is := strings.CutPrefix(name, ours); is {
			slash := strings.LastIndexByte(path, '/') + 1
			dot := strings.IndexByte(path[slash:], '.')
			return path[:slash+dot]
		}
	}
	return "Go's collector, scheduler and start"
}

// shares are the largest, in a steady order.
func shares(counts map[string]int64, of int64) []share {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	var list []share
	for _, name := range names[:min(len(names), profileParts)] {
		if percent := 100 * float64(counts[name]) / float64(of); percent >= 2 {
			list = append(list, share{name, percent})
		}
	}
	return list
}

// text is the shares in a row.
func (w *where) text() string {
	row := func(list []share) string {
		var texts []string
		for _, s := range list {
			texts = append(texts, fmt.Sprintf("%s %.0f %%", s.name, s.percent))
		}
		return strings.Join(texts, ", ")
	}
	return fmt.Sprintf("Of %d samples: %s. By function: %s", w.samples, row(w.packages), row(w.functions))
}
