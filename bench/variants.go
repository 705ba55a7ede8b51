package main

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// The same workload in other words: rows in another order, cells with other names,
// strings in the place of integers. No engine should care much. The figures are
// processor time divided by that of the workload as it is, measured one after the
// other.

// variant is another form of a workload.
type variant struct {
	figure  string
	most    float64 // times as long as the workload
	program func(w *job, text string) string
	cell    func(name string) string
	data    func(lines [][]byte) // changes lines in place
}

func sameText(_ *job, text string) string { return text }
func sameName(name string) string         { return name }
func otherName(name string) string        { return "my_" + name }

var variants = []variant{
	{"rows shuffled", 1.5, sameText, sameName, shuffle},
	{"cells renamed", 1.5, rename, otherName, nil},
	{"strings", 3, withStrings, sameName, toStrings},
}

// spelled are the workloads whose integers are names of things, so that strings
// do as well. The others compute with them, or have strings already.
var spelled = regexp.MustCompile(`^W(1|2|7)`)

func shuffle(lines [][]byte) {
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(lines), func(i, k int) { lines[i], lines[k] = lines[k], lines[i] })
}

func rename(w *job, text string) string {
	for cell := range w.loads {
		text = regexp.MustCompile(`\b`+cell+`\b`).ReplaceAllString(text, otherName(cell))
	}
	return text
}

// withStrings makes all integers of a program strings; weights are natural numbers.
func withStrings(_ *job, text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "Int", "String"), "{ 0:", `{ "n0":`)
}

// toStrings makes the first two columns strings.
func toStrings(lines [][]byte) {
	for i, line := range lines {
		lines[i] = append([]byte("n"), bytes.Replace(line, []byte("\t"), []byte("\tn"), 1)...)
	}
}

// variantLines are the lines of the workloads that are loaded and not changed.
func (o *outside) variantLines(limit time.Duration) []line {
	var list []line
	for i := range jobs {
		w := &jobs[i]
		if w.input != "" || w.loads == nil {
			continue
		}
		l := line{section: secVariants, id: w.id, title: w.title, limit: limitVariants, measure: func() (sample, error) { return o.vary(w, limit) }}
		for _, v := range variants {
			if v.figure != "strings" || spelled.MatchString(w.id) {
				l.figures = append(l.figures, figure{name: v.figure, unit: "x", goal: v.most})
			}
		}
		list = append(list, l)
	}
	return list
}

// vary runs a workload and its variants, and checks that all show the same.
func (o *outside) vary(w *job, limit time.Duration) (sample, error) {
	plain, err := o.run(w, limit)
	if err != nil {
		return nil, err
	}
	s := sample{}
	for i := range variants {
		v := &variants[i]
		if v.figure == "strings" && !spelled.MatchString(w.id) {
			continue
		}
		other, at, err := o.rewrite(w, v)
		if err != nil {
			return nil, err
		}
		got, err := at.run(other, limit)
		os.RemoveAll(at.data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v.figure, err)
		}
		s[v.figure] = got[processor] / plain[processor]
	}
	return s, nil
}

// rewrite writes the program and the data of a variant into a folder of its own.
func (o *outside) rewrite(w *job, v *variant) (*job, *outside, error) {
	dir, err := os.MkdirTemp("", "lasp-variant")
	if err != nil {
		return nil, nil, err
	}
	at := &outside{laspc: o.laspc, programs: dir, data: dir}
	other := &job{id: w.id, program: w.program, want: w.want, loads: map[string]string{}}
	text, err := os.ReadFile(filepath.Join(o.programs, w.program+".lasp"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, w.program+".lasp"), []byte(v.program(w, string(text))), 0o644)
	}
	for cell, file := range w.loads {
		if err == nil {
			other.loads[v.cell(cell)] = file
			err = o.rewriteData(dir, file, v.data)
		}
	}
	return other, at, err
}

func (o *outside) rewriteData(dir, file string, change func([][]byte)) error {
	data, err := os.ReadFile(filepath.Join(o.data, file))
	if err != nil {
		return err
	}
	lines := bytes.Split(bytes.TrimRight(data, "\n"), []byte("\n"))
	if change != nil {
		change(lines)
	}
	_, err = writeText(dir, file, func(w *bufio.Writer) {
		for _, line := range lines {
			w.Write(line)
			w.WriteByte('\n')
		}
	})
	return err
}
