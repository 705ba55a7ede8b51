package flowchart

import (
	"fmt"
	"strings"

	"github.com/laspc/lasp/typecheck"
)

// dotShapes are the shapes of Graphviz by group.
var dotShapes = map[string]string{
	"cell": "cylinder", "input": "cds", "output": "house", "let": "box", "handler": "hexagon", "show": "note",
}

// The colours, for those who see them; the marks are in the text as well.
const (
	revisedColour = "#c0392b"
	agreedColour  = "#2456a6"
)

// dot is the graph in the language of Graphviz.
func dot(name string, g *typecheck.Dataflow) string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n", dotText(name))
	b.WriteString("  rankdir=LR\n  node [fontname=\"sans-serif\", fontsize=11]\n  edge [fontname=\"sans-serif\", fontsize=10]\n")
	for _, n := range g.Nodes {
		attrs := []string{"shape=" + dotShapes[group(n.Kind)], "label=" + dotText(strings.Join(lines(n), "\n"))}
		if coordinates(n) {
			attrs = append(attrs, "peripheries=2", "color="+dotText(agreedColour))
		}
		fmt.Fprintf(&b, "  %s [%s]\n", dotText(n.ID), strings.Join(attrs, ", "))
	}
	for _, e := range g.Edges {
		attrs := []string{"label=" + dotText(marked(e))}
		switch {
		case e.Coordinated:
			attrs = append(attrs, "penwidth=2", "color="+dotText(agreedColour), "fontcolor="+dotText(agreedColour))
		case e.Revised:
			attrs = append(attrs, "style=dashed", "color="+dotText(revisedColour), "fontcolor="+dotText(revisedColour))
		}
		fmt.Fprintf(&b, "  %s -> %s [%s]\n", dotText(e.From), dotText(e.To), strings.Join(attrs, ", "))
	}
	b.WriteString("}\n")
	return b.String()
}

// dotText quotes text; a line end is written \n.
func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// lines are what stands in the box of a node.
func lines(n typecheck.FlowNode) []string {
	out := []string{title(n)}
	if n.Type != "" {
		out = append(out, n.Type)
	}
	switch group(n.Kind) {
	case "cell", "let", "show":
		out = append(out, n.Class.String())
	}
	if what := agreement(n); what != "" {
		out = append(out, strings.Split(what, "; ")...)
	}
	return out
}

// marked is the label of an edge with the mark of what is not monotone.
func marked(e typecheck.FlowEdge) string {
	if e.Revised {
		return label(e) + " !"
	}
	return label(e)
}
