package repl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/diag"
)

// check prints the coordination report, a line for each declaration.
func (s *Session) check(string) bool {
	info := s.checked.Info
	if len(info.Reports) == 0 {
		fmt.Fprintln(s.o.Out, "nothing is declared yet")
	}
	for _, r := range info.Reports {
		line := r.Kind + " " + r.Name
		if r.Type != "" {
			line += ": " + r.Type
		}
		line += ", " + r.Class.String()
		for _, cell := range slices.Sorted(maps.Keys(r.Qualifiers)) {
			line += fmt.Sprintf(" %s:%s", cell, r.Qualifiers[cell])
		}
		if r.Coordination != "none" {
			line += "    [" + strings.TrimPrefix(r.Coordination, "none; ") + "]"
		}
		fmt.Fprintln(s.o.Out, line)
	}
	if info.Total > 0 {
		fmt.Fprintf(s.o.Out, "%d of %d handlers need no coordination\n", info.Free, info.Total)
	}
	return true
}

// explain prints what a code means, with both programs; without one, that of the
// last diagnostic.
func (s *Session) explain(arg string) bool {
	code := diag.Code(strings.ToUpper(arg))
	if code == "" {
		code = s.lastCode
	}
	if code == "" {
		fmt.Fprintln(s.o.Err, "write a code after :explain, as in :explain L0302")
		return false
	}
	e, ok := diag.Lookup(code)
	if !ok {
		fmt.Fprintf(s.o.Err, "there is no code %s\n", code)
		return false
	}
	fmt.Fprintf(s.o.Out, "%s: %s\n%s\nwrong:\n%s\nright:\n%s\n", e.Code, e.Title, e.When, indented(e.Wrong), indented(e.Right))
	return true
}

func indented(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}

// watch tells a cell or definition after every entry that changes it, as a show
// is told; without a name it lists what is watched, a second time it ends it.
func (s *Session) watch(name string) bool {
	if name == "" {
		for _, n := range slices.Sorted(maps.Keys(s.watched)) {
			fmt.Fprintln(s.o.Out, n)
		}
		return true
	}
	if _, on := s.watched[name]; on {
		delete(s.watched, name)
		fmt.Fprintf(s.o.Out, "%s is not watched any more\n", name)
		return true
	}
	v, err := s.engine.View(name)
	if err != nil {
		return s.refuse(err)
	}
	s.watched[name] = v
	fmt.Fprintf(s.o.Out, "%s = %s\n", name, v)
	return true
}

// tellWatched prints what is watched and is another value than before. What an
// entry has shown already is not said twice; what is gone is forgotten.
func (s *Session) tellWatched() {
	for _, name := range slices.Sorted(maps.Keys(s.watched)) {
		v, err := s.engine.View(name)
		if err != nil {
			continue // suspended for now, or declared no more
		}
		if text := v.String(); text != s.watched[name].String() && !s.shown[name] {
			fmt.Fprintf(s.o.Out, "%s = %s\n", name, text)
		}
		s.watched[name] = v
	}
}
