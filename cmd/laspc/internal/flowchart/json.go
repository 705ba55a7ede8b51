package flowchart

import (
	"encoding/json"
	"io"

	"github.com/laspc/lasp/typecheck"
)

type graphJSON struct {
	Nodes []nodeJSON `json:"nodes"`
	Edges []edgeJSON `json:"edges"`
}

type nodeJSON struct {
	ID           string `json:"id"`
	Kind         string `json:"kind"`
	Name         string `json:"name"`
	Type         string `json:"type,omitempty"`
	Class        string `json:"class"`
	Coordination string `json:"coordination"`
	Coordinates  bool   `json:"coordinates"`
	Writer       string `json:"writer,omitempty"`
	File         string `json:"file"`
	Line         int    `json:"line"`
}

type edgeJSON struct {
	From        string `json:"from"`
	To          string `json:"to"`
	Does        string `json:"does"`
	Qualifier   string `json:"qualifier,omitempty"`
	Monotone    bool   `json:"monotone"`
	Coordinated bool   `json:"coordinated"`
	Admitted    bool   `json:"admitted,omitempty"`
	Text        string `json:"text,omitempty"`
}

func writeJSON(w io.Writer, g *typecheck.Dataflow) error {
	out := graphJSON{Nodes: []nodeJSON{}, Edges: []edgeJSON{}}
	for _, n := range g.Nodes {
		pos := n.At.Position()
		out.Nodes = append(out.Nodes, nodeJSON{
			ID: n.ID, Kind: n.Kind, Name: n.Name, Type: n.Type, Class: n.Class.String(),
			Coordination: n.Coordination, Coordinates: coordinates(n), Writer: n.Writer, File: pos.File, Line: pos.Line,
		})
	}
	for _, e := range g.Edges {
		j := edgeJSON{From: e.From, To: e.To, Does: e.Does, Monotone: !e.Revised, Coordinated: e.Coordinated, Admitted: e.Admitted, Text: e.Text}
		if e.Does == "reads" || e.Does == "waits" {
			j.Qualifier = e.Qual.String()
		}
		out.Edges = append(out.Edges, j)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
