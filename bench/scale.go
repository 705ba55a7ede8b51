package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// What grows with the size of the state, and what must not.

// writeText writes a file, a part at a time.
func writeText(dir, name string, fill func(w *bufio.Writer)) (string, error) {
	path := filepath.Join(dir, name)
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fill(w)
	if err := w.Flush(); err != nil {
		f.Close()
		return "", err
	}
	return path, f.Close()
}

// turnsOf writes n turns that take elements of a set of size elements out and put
// them back.
func turnsOf(dir string, size, n int) (string, error) {
	return writeText(dir, fmt.Sprintf("scale_%d.jsonl", size), func(w *bufio.Writer) {
		for i := range n {
			op := [2]string{"remove", "add"}[i%2]
			fmt.Fprintf(w, "{\"cell\":\"xs\",\"op\":%q,\"args\":[%d]}\n", op, i/2*7919%size)
		}
	})
}

// elements runs a set of size elements and a few thousand turns.
func (o *outside) elements(size int, limit time.Duration) (sample, error) {
	program, err := writeText(o.data, "elements.lasp", func(w *bufio.Writer) {
		fmt.Fprint(w, "shared xs: AWSet[Int]\nlet odd = { x * 2 for x in xs if x % 2 == 1 }\nshow size(xs)\nshow size(odd)\n")
	})
	if err != nil {
		return nil, err
	}
	data, err := writeText(o.data, fmt.Sprintf("elements_%d.tsv", size), func(w *bufio.Writer) {
		for i := range size {
			fmt.Fprintf(w, "%d\n", i)
		}
	})
	if err != nil {
		return nil, err
	}
	defer os.Remove(data)
	turns, err := turnsOf(o.data, size, 4000)
	if err != nil {
		return nil, err
	}
	return o.sized(limit, fmt.Sprintf("%d %d", size, size/2), size, "run", "--json", "--time", program, "--load", "xs="+data, "--input", turns)
}

// sized runs laspc and adds the bytes per element, beyond those of a process
// that holds nothing.
func (o *outside) sized(limit time.Duration, want string, size int, args ...string) (sample, error) {
	s, out, stderr, err := o.process(limit, args...)
	if err != nil {
		return nil, err
	}
	if got := shown(out); want != "" && got != want {
		return nil, fmt.Errorf("it shows %s, want %s", got, want)
	}
	const empty = 15 // MB
	s["bytes each"] = (s[memory] - empty) * 1e6 / float64(size)
	return s, s.addTurns(stderr)
}

// derived runs n definitions over one cell.
func (o *outside) derived(n int, limit time.Duration) (sample, error) {
	program, err := writeText(o.data, "derived.lasp", func(w *bufio.Writer) {
		fmt.Fprintln(w, "shared xs: AWSet[Int]")
		for i := range n {
			fmt.Fprintf(w, "let d%d = { x + %d for x in xs if x %% %d == %d }\n", i, i, n, i)
		}
		fmt.Fprintf(w, "show size(d0)\nshow size(d%d)\n", n-1)
	})
	if err != nil {
		return nil, err
	}
	turns, err := turnsOf(o.data, 1000, 1000)
	if err != nil {
		return nil, err
	}
	return o.sized(limit, "", n, "run", "--json", "--time", program, "--input", turns)
}

// counters runs a map of n counters and turns that count on.
func (o *outside) counters(n int, limit time.Duration) (sample, error) {
	program, err := writeText(o.data, "counters.lasp", func(w *bufio.Writer) {
		fmt.Fprint(w, "shared views: GMap[Int, GCounter]\nshow size(views)\n")
	})
	if err != nil {
		return nil, err
	}
	data, err := writeText(o.data, "counters.tsv", func(w *bufio.Writer) {
		for i := range n {
			fmt.Fprintf(w, "%d\t1\n", i)
		}
	})
	if err != nil {
		return nil, err
	}
	turns, err := writeText(o.data, "counters.jsonl", func(w *bufio.Writer) {
		for i := range 4000 {
			fmt.Fprintf(w, "{\"cell\":\"views\",\"keys\":[%d],\"op\":\"increment\"}\n", i*7919%n)
		}
	})
	if err != nil {
		return nil, err
	}
	return o.sized(limit, fmt.Sprint(n), n, "run", "--json", "--time", program, "--load", "views="+data, "--input", turns)
}

// check runs the checker on a program of so many lines.
func (o *outside) check(lines int, limit time.Duration) (sample, error) {
	program, err := writeText(o.data, "lines.lasp", func(w *bufio.Writer) {
		fmt.Fprintln(w, "shared xs: GSet[Int]")
		for i := 1; i < lines; i++ {
			if i%4 == 1 {
				fmt.Fprintf(w, "let d%d = { x + %d for x in xs if x %% 7 == %d }\n", i, i, i%7)
				continue
			}
			fmt.Fprintf(w, "let d%d = %d + %d\n", i, i, i%7)
		}
	})
	if err != nil {
		return nil, err
	}
	s, _, _, err := o.process(limit, "check", program)
	return s, err
}

// brackets runs the checker on a megabyte of opening brackets, which it refuses.
func (o *outside) brackets(limit time.Duration) (sample, error) {
	program, err := writeText(o.data, "brackets.lasp", func(w *bufio.Writer) { fmt.Fprint(w, strings.Repeat("(", 1<<20)) })
	if err != nil {
		return nil, err
	}
	return o.refused(limit, "check", program)
}
