package main

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/term"
)

// progress shows on a terminal how far long work has come.
type progress struct {
	call *call
	what string
	on   bool
	n    int
	next time.Time
	told bool
}

// progress starts to count; it says nothing in the first second, and nothing at
// all where standard error is no terminal.
func (c *call) progress(what string) *progress {
	f, ok := c.stderr.(*os.File)
	return &progress{call: c, what: what, on: ok && term.IsTerminal(int(f.Fd())), next: time.Now().Add(time.Second)}
}

// step counts one more.
func (p *progress) step() {
	p.n++
	if !p.on || p.n%256 != 0 || time.Now().Before(p.next) {
		return
	}
	p.next, p.told = time.Now().Add(200*time.Millisecond), true
	fmt.Fprintf(p.call.stderr, "\r%d %s", p.n, p.what)
}

// done wipes the line.
func (p *progress) done() {
	if p.told {
		fmt.Fprint(p.call.stderr, "\r\x1b[K")
	}
}
