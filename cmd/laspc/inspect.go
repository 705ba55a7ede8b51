package main

import (
	"fmt"
	"strings"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/spf13/pflag"
)

func inspectVerb() verb {
	return verb{
		name:  "inspect",
		args:  "ARTIFACT",
		short: "show what is in an artifact",
		long:  "Checks the artifact as a node would before it runs it, and lists its contents.",
		setup: func(fs *pflag.FlagSet) action {
			full := fs.Bool("ir", false, "print the IR, too")
			asJSON := fs.Bool("json", false, "print one JSON value")
			return func(c *call) int { return c.inspect(*full, *asJSON) }
		},
	}
}

// contents is what is told about an artifact.
type contents struct {
	Artifact string    `json:"artifact"`
	Bytes    int       `json:"bytes"`
	Hash     string    `json:"hash"`
	Format   int       `json:"format"`
	Program  string    `json:"program"`
	Items    []content `json:"declarations"`
	Nodes    int       `json:"nodes"`
}

// content is one declaration in an artifact.
type content struct {
	Kind  string `json:"kind"`
	Name  string `json:"name"`
	Type  string `json:"type,omitempty"`
	Note  string `json:"note,omitempty"` // class, writer, default
	Place string `json:"place,omitempty"`
}

func (c *call) inspect(full, asJSON bool) int {
	if len(c.args) != 1 {
		return c.usage("name one artifact")
	}
	name := c.args[0]
	data, err := readFile(name)
	if err != nil {
		return c.usage("%v", err)
	}
	p, err := ir.Decode(data)
	if err == nil {
		err = ir.Verify(p, lasp.Ops())
	}
	if err != nil {
		return c.fail(exitProgram, "%s: %v", name, err)
	}
	hash, _ := ir.ContentHash(data)
	all := contents{
		Artifact: name, Bytes: len(data), Hash: fmt.Sprintf("%x", hash), Format: ir.FormatVersion,
		Program: p.Name, Items: declarations(p), Nodes: len(p.Nodes),
	}
	if asJSON {
		return c.printJSON(all)
	}
	fmt.Fprintf(c.stdout, "%s  %d bytes, format %d\nhash  %s\n", name, all.Bytes, all.Format, all.Hash)
	var rows [][]string
	for _, d := range all.Items {
		rows = append(rows, []string{d.Kind, d.Name, d.Type, d.Note, d.Place})
	}
	printTable(c, rows)
	fmt.Fprintf(c.stdout, "%s\n", plural(all.Nodes, "node"))
	if full {
		fmt.Fprintf(c.stdout, "\n%s", ir.Print(p))
	}
	return exitDone
}

// declarations lists what a program declares.
func declarations(p *ir.Program) []content {
	var all []content
	for _, d := range p.Cells {
		all = append(all, content{Kind: d.Scope, Name: d.Name, Type: lattice.Text(d.Kind), Note: cellNote(d), Place: d.Pos.String()})
	}
	for _, d := range p.Params {
		note := "must be set"
		if d.Default.IsValid() {
			note = "default " + d.Default.String()
		}
		all = append(all, content{Kind: "param", Name: d.Name, Type: d.Type.String(), Note: note})
	}
	for _, d := range p.Inputs {
		all = append(all, content{Kind: "input", Name: d.Name, Type: inputType(d)})
	}
	for _, d := range p.Outputs {
		all = append(all, content{Kind: "output", Name: d.Name, Type: d.Type.String()})
	}
	for _, d := range p.Lets {
		all = append(all, content{Kind: "let", Name: d.Name, Type: d.View.Type.String(), Note: d.Class, Place: d.Pos.String()})
	}
	for _, d := range p.Shows {
		all = append(all, content{Kind: "show", Name: d.Name, Type: d.View.Type.String(), Note: d.Class, Place: d.Pos.String()})
	}
	for _, d := range p.Handlers {
		note := ""
		if d.Writer != "" {
			note = "at " + d.Writer
		}
		all = append(all, content{Kind: "handler", Name: d.Name, Note: note, Place: d.Pos.String()})
	}
	return all
}

func cellNote(d *ir.Cell) string {
	switch {
	case d.ByKey:
		return "written by key"
	case d.Writer != "":
		return "written by " + d.Writer
	}
	return ""
}

func inputType(d *ir.Input) string {
	var params []string
	for _, f := range d.Params {
		params = append(params, f.Name+": "+f.Type.String())
	}
	reply := types.Unit
	if d.Reply != nil {
		reply = d.Reply
	}
	return fmt.Sprintf("(%s) -> %s", strings.Join(params, ", "), reply)
}
