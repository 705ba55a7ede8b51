package trial

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/laspc/lasp/runtime/sim"
)

// traceWidth is how wide a line of a trace may be: it is printed indented, in a
// terminal of 80 columns.
const traceWidth = 74

// saw lists what an event changed for whoever looks at a replica: its cells,
// definitions and outputs.
func (r *run) saw(n *sim.Node) []string {
	if r.views == nil {
		r.views = map[string]string{}
	}
	var out []string
	for _, name := range r.watched() {
		text, ok := r.looksLike(n, name)
		key := n.Name + " " + name
		if !ok || r.views[key] == text {
			continue
		}
		if _, known := r.views[key]; known || text != r.blank[name] {
			out = append(out, clipped(fmt.Sprintf("%-9s %s: %s == %s", "", n.Name, name, text)))
		}
		r.views[key] = text
	}
	return out
}

// watched are the names that a trace tells about.
func (r *run) watched() []string {
	p := r.version.prog
	var names []string
	for _, c := range p.Cells {
		names = append(names, c.Name)
	}
	for _, l := range p.Lets {
		if !l.Lazy && (l.View.Type == nil || !l.View.Type.Is("Stream")) {
			names = append(names, l.Name)
		}
	}
	for _, o := range p.Outputs {
		names = append(names, o.Name)
	}
	return names
}

// looksLike is the text of a cell, definition or output at a replica.
func (r *run) looksLike(n *sim.Node, name string) (string, bool) {
	for _, o := range r.version.prog.Outputs {
		if o.Name == name {
			var texts []string
			for _, e := range n.Core.Outputs(name) {
				texts = append(texts, e.Value.String())
			}
			return "[" + strings.Join(texts, ", ") + "]", true
		}
	}
	v, err := n.Core.View(name)
	if err != nil {
		return "", false
	}
	return v.String(), true
}

// remember notes what everything looks like before anything happened.
func (r *run) remember(n *sim.Node) {
	if r.blank != nil {
		return
	}
	r.blank = map[string]string{}
	for _, name := range r.watched() {
		if text, ok := r.looksLike(n, name); ok {
			r.blank[name] = text
		}
	}
}

// did puts what the test does in the trace.
func (r *run) did(what, about string) {
	r.w.Say("%s", clipped(fmt.Sprintf("%-9s %s", what, strings.Join(strings.Fields(about), " "))))
}

func clipped(line string) string {
	if utf8.RuneCountInString(line) <= traceWidth {
		return line
	}
	return string([]rune(line)[:traceWidth-3]) + "..."
}
