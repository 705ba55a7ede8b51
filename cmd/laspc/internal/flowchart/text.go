package flowchart

import (
	"fmt"
	"strings"

	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/typecheck"
)

// Text is the graph for a terminal, in characters that every terminal has: each
// declaration with the arrows that leave it, so that data flows down the page
// and to the right.
func Text(g *typecheck.Dataflow) string {
	if len(g.Nodes) == 0 {
		return "nothing is declared yet\n"
	}
	nodes := byID(g)
	width := 0
	for _, e := range g.Edges {
		width = max(width, diag.Columns(label(e)))
	}
	var b strings.Builder
	for _, n := range g.Nodes {
		b.WriteString(heading(n) + "\n")
		for _, e := range g.Edges {
			if e.From == n.ID {
				b.WriteString("    " + arrow(e, width) + " " + title(nodes[e.To]) + remark(e) + "\n")
			}
		}
	}
	b.WriteString("\n" + summary(g))
	return b.String()
}

// heading is the line of a node: what it is, its type and class, and what it
// waits for.
func heading(n typecheck.FlowNode) string {
	line := title(n)
	switch {
	case n.Kind == "input":
		line += n.Type
	case n.Type != "":
		line += ": " + n.Type
	}
	switch group(n.Kind) {
	case "cell", "let", "show":
		line += ", " + n.Class.String()
	}
	if what := agreement(n); what != "" {
		line += "\n    [" + what + "]"
	}
	return line
}

// arrow is a line with the label in it: thin for what is read, thick for what
// takes effect.
func arrow(e typecheck.FlowEdge, width int) string {
	line := "-"
	switch e.Does {
	case "writes", "emits", "seals", "replies":
		line = "="
	}
	text := label(e)
	if text != "" {
		text = " " + text + " "
	}
	return line + line + text + strings.Repeat(line, width+2-diag.Columns(text)+1) + ">"
}

func remark(e typecheck.FlowEdge) string {
	switch {
	case e.Coordinated:
		return "    * nodes agree"
	case e.Revised:
		return "    ! not monotone"
	}
	return ""
}

// summary counts what is marked.
func summary(g *typecheck.Dataflow) string {
	revised, agreed := 0, 0
	for _, e := range g.Edges {
		if e.Revised {
			revised++
		}
	}
	for _, n := range g.Nodes {
		if coordinates(n) {
			agreed++
		}
	}
	return fmt.Sprintf("0 constant, H homomorphism, + monotone, - antitone, ? neither\n%s, %s\n",
		count(revised, "step that is not monotone", "steps that are not monotone"), count(agreed, "point of coordination", "points of coordination"))
}

func count(n int, one, many string) string {
	switch n {
	case 0:
		return "no " + many
	case 1:
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
