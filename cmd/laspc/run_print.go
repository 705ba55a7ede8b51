package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/laspc/lasp/cmd/laspc/internal/embed"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
)

// sink prints what happens as it happens.
func (r *runner) sink() embed.Sink {
	s := embed.Sink{
		Emit: func(e replica.Emit) {
			if r.json {
				r.line(`{"emit":`, e.Output, `,"id":`+quoteJSON(e.ID)+`,"value":`, e.Value, "}")
			} else {
				fmt.Fprintf(r.out, "%s <- %s\n", e.Output, e.Value)
			}
		},
		Reply: r.reply,
		Note:  func(n replica.Note) { fmt.Fprintf(r.stderr, "%s %s\n", n.Code, n.Message) },
	}
	if r.watch {
		s.Changed = func(names []string) {
			for _, show := range r.prog.Shows {
				if slices.Contains(names, show.Name) {
					r.show(show)
				}
			}
			r.out.Flush()
		}
	}
	return s
}

// line writes a JSON line of two members, the first of which is text.
func (r *runner) line(lead, name, between string, v value.Value, end string) {
	b := append(r.out.AvailableBuffer(), lead...)
	b = append(b, quoteJSON(name)...)
	b = append(b, between...)
	b = v.AppendJSON(b)
	b = append(b, end...)
	_, _ = r.out.Write(append(b, '\n'))
}

func quoteJSON(s string) string { return string(value.MakeString(s).AppendJSON(nil)) }

// reply prints the answer to an event, or why it was refused.
func (r *runner) reply(a replica.Reply) {
	e, ok := a.Ref.(*event)
	if ok {
		e.answered = true
	} else if e = r.event; e == nil {
		e = &event{}
	}
	from := e.from
	switch {
	case a.Err != nil:
		r.refused(from, a.Err)
	case !a.Value.IsValid():
	case r.json:
		r.line(`{"reply":`, from.input, `,"value":`, a.Value, "}")
	default:
		fmt.Fprintf(r.out, "%s -> %s\n", from.input, a.Value)
	}
}

// refused reports an event that had no effect. The run goes on: what others sent
// counts.
func (r *runner) refused(from place, err error) {
	r.failed = true
	r.out.Flush()
	at := from.file
	if from.line > 0 {
		at += ":" + strconv.Itoa(from.line)
	}
	fmt.Fprintf(r.stderr, "%s: %v\n", at, err)
	var e *replica.Error
	if errors.As(err, &e) {
		if e.Hint != "" {
			fmt.Fprintf(r.stderr, "    %s\n", e.Hint)
		}
		if r.json {
			r.line(`{"error":`, e.Code, `,"line":`+strconv.Itoa(from.line)+`,"message":`, value.MakeString(e.Message), "}")
		}
	}
}

func (r *runner) show(s *ir.Show) {
	v := r.view(s.Name)
	if r.json {
		r.line(`{"show":`, s.Name, `,"class":`+quoteJSON(s.Class)+`,"value":`, v, "}")
	} else {
		fmt.Fprintf(r.out, "%s = %s\n", s.Name, v)
	}
}

// maxDropped is how many dropped elements are listed.
const maxDropped = 10

// finish prints the final values, what was dropped, and the times.
func (r *runner) finish() {
	for _, s := range r.prog.Shows {
		r.show(s)
	}
	r.out.Flush()
	if dropped := r.engine.Dropped(); len(dropped) > 0 {
		r.failed = true
		for _, d := range dropped[:min(len(dropped), maxDropped)] {
			fmt.Fprintln(r.stderr, d)
		}
		fmt.Fprintf(r.stderr, "left out: %s whose evaluation failed; the rest stands\n", plural(len(dropped), "element"))
	}
	if r.time {
		r.printTimes()
	}
	if r.stats {
		r.printStats()
	}
}

// printTimes says on standard error how long it took, for people or, with
// --json, as a line of JSON in ns.
func (r *runner) printTimes() {
	t := times{Rows: r.rows, Load: r.loaded, Turns: len(r.turns)}
	for _, d := range r.turns {
		t.Run += d
	}
	if n := len(r.turns); n > 0 {
		slices.Sort(r.turns)
		t.P50, t.P99, t.Max = r.turns[n/2], r.turns[n*99/100], r.turns[n-1]
	}
	if r.json {
		line, _ := json.Marshal(map[string]times{"times": t})
		fmt.Fprintf(r.stderr, "%s\n", line)
		return
	}
	if t.Rows > 0 {
		fmt.Fprintf(r.stderr, "load  %s  %s\n", round(t.Load), plural(t.Rows, "row"))
	}
	fmt.Fprintf(r.stderr, "run   %s  %s\n", round(t.Run), plural(t.Turns, "turn"))
	if t.Turns > 0 {
		fmt.Fprintf(r.stderr, "turn  p50 %s  p99 %s  max %s\n", round(t.P50), round(t.P99), round(t.Max))
	}
}

// round keeps three digits or so.
func round(d time.Duration) time.Duration {
	for unit := time.Second; unit > time.Nanosecond; unit /= 1000 {
		if d > unit {
			return d.Round(unit / 1000)
		}
	}
	return d
}
