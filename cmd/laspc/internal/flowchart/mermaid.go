package flowchart

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/laspc/lasp/typecheck"
)

// mermaidShapes open and close the boxes of Mermaid by group.
var mermaidShapes = map[string][2]string{
	"cell": {"[(", ")]"}, "input": {">", "]"}, "output": {"[/", "/]"}, "let": {"[", "]"}, "handler": {"{{", "}}"}, "show": {"([", "])"},
}

// mermaid is the graph as pages of GitHub and others draw it.
func mermaid(g *typecheck.Dataflow) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for _, n := range g.Nodes {
		shape := mermaidShapes[group(n.Kind)]
		fmt.Fprintf(&b, "  n_%s%s%s%s\n", n.ID, shape[0], mermaidText(strings.Join(lines(n), "\n")), shape[1])
	}
	var revised, agreed []string
	for i, e := range g.Edges {
		line := "-->"
		switch {
		case e.Coordinated:
			line = "==>"
			agreed = append(agreed, strconv.Itoa(i))
		case e.Revised:
			line = "-.->"
			revised = append(revised, strconv.Itoa(i))
		}
		if text := marked(e); text != "" {
			line += "|" + mermaidText(text) + "|"
		}
		fmt.Fprintf(&b, "  n_%s %s n_%s\n", e.From, line, e.To)
	}
	if len(revised) > 0 {
		fmt.Fprintf(&b, "  linkStyle %s stroke:%s\n", strings.Join(revised, ","), revisedColour)
	}
	if len(agreed) > 0 {
		fmt.Fprintf(&b, "  linkStyle %s stroke:%s\n", strings.Join(agreed, ","), agreedColour)
	}
	for _, n := range g.Nodes {
		if coordinates(n) {
			fmt.Fprintf(&b, "  style n_%s stroke:%s,stroke-width:3px\n", n.ID, agreedColour)
		}
	}
	return b.String()
}

// mermaidText quotes text. Mermaid reads HTML and its own signs in labels, so
// that all of them are written as entities.
func mermaidText(s string) string {
	r := strings.NewReplacer("&", "#amp;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "#", "#35;", "`", "#96;", "\n", "<br>")
	return `"` + r.Replace(s) + `"`
}
