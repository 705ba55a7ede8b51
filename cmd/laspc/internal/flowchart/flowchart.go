// Package flowchart prints the dataflow of a program: as text for terminals, as
// DOT for Graphviz, as Mermaid for pages, as JSON for tools. All four mark the
// steps that are not monotone and the points where nodes coordinate.
package flowchart

import (
	"fmt"
	"io"
	"strings"

	"github.com/laspc/lasp/typecheck"
)

// Formats lists what Write can print.
func Formats() []string { return []string{"text", "dot", "mermaid", "json"} }

// Write prints a graph in one of Formats. The name is the program's, for a title.
func Write(w io.Writer, format, name string, g *typecheck.Dataflow) error {
	var text string
	switch format {
	case "text":
		text = Text(g)
	case "dot":
		text = dot(name, g)
	case "mermaid":
		text = mermaid(g)
	case "json":
		return writeJSON(w, g)
	default:
		return fmt.Errorf("there is no format %q; there are %s", format, strings.Join(Formats(), ", "))
	}
	_, err := io.WriteString(w, text)
	return err
}

// group sorts nodes into what they look like.
func group(kind string) string {
	switch kind {
	case "on", "when", "for":
		return "handler"
	case "shared", "coordinated", "local":
		return "cell"
	}
	return kind
}

// title names a node: its keyword and its name.
func title(n typecheck.FlowNode) string { return n.Kind + " " + n.Name }

// coordinates reports whether nodes have to agree for what n does.
func coordinates(n typecheck.FlowNode) bool {
	return strings.Contains(n.Coordination, "coordinate") || strings.HasPrefix(n.Coordination, "seal ") || strings.Contains(n.Coordination, "agreed order")
}

// agreement is what the report says of a node besides that it waits for nothing.
func agreement(n typecheck.FlowNode) string {
	if n.Coordination == "none" {
		return ""
	}
	return strings.TrimPrefix(n.Coordination, "none; ")
}

// label is what stands on an edge: the qualifier of what is read, the mutators
// of what is written.
func label(e typecheck.FlowEdge) string {
	switch {
	case e.Does == "writes":
		return e.Text
	case e.Does == "seals":
		return strings.TrimSpace("seal " + e.Text)
	case e.Does == "emits":
		return "emit"
	case e.Does == "replies":
		return "reply"
	case e.Does == "starts":
		return ""
	case e.Coordinated:
		return "agreed"
	case e.Admitted:
		return "peek"
	}
	return e.Qual.String()
}

// byID finds the nodes that edges name.
func byID(g *typecheck.Dataflow) map[string]typecheck.FlowNode {
	nodes := make(map[string]typecheck.FlowNode, len(g.Nodes))
	for _, n := range g.Nodes {
		nodes[n.ID] = n
	}
	return nodes
}
