package ir

import (
	"fmt"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
)

// NotRunnable says which construct of a program is checked but not run by this
// version.
type NotRunnable struct {
	What string
	Pos  source.Position
}

// Code is the diagnostic code of the refusal.
func (e *NotRunnable) Code() string { return op.NotRun }

// Error is one sentence.
func (e *NotRunnable) Error() string {
	return fmt.Sprintf("%s is checked but not run by this version: run it with a later one, or write the program without it", e.What)
}

// Runnable reports, as a *NotRunnable, the first construct of p that needs
// agreement or placement, which this version does not run. Running it anyway
// would give it a weaker meaning.
func Runnable(p *Program) error {
	for _, c := range p.Cells {
		if what := laterCell(c); what != "" {
			return &NotRunnable{What: what, Pos: c.Pos}
		}
	}
	for _, h := range p.Handlers {
		if err := placedInOrder(p, h.Body, false); err != nil {
			return err
		}
	}
	return nil
}

// placedInOrder finds what cannot be decided in the agreed order, which is one
// for all nodes: writes to cells that some nodes hold, and seals of them.
func placedInOrder(p *Program, body []*Stmt, inside bool) error {
	for _, s := range body {
		inner := inside || s.Op == SCoordinate
		if s.Op == SMutate || s.Op == SSeal {
			c := p.Cells[s.Cell]
			placed := c.Shards > 0 || c.Tag != ""
			if placed && (inside || s.Op == SSeal && (s.Barrier || !leafIs(c.Kind, "Stream"))) {
				return &NotRunnable{What: "agreement about `" + c.Name + "`, which not every node holds,", Pos: s.Pos}
			}
		}
		for _, b := range append([][]*Stmt{s.Then, s.Else}, caseBodies(s.Cases)...) {
			if err := placedInOrder(p, b, inner); err != nil {
				return err
			}
		}
	}
	return nil
}

func caseBodies(cases []Case) [][]*Stmt {
	var all [][]*Stmt
	for _, c := range cases {
		all = append(all, c.Body)
	}
	return all
}

func laterCell(c *Cell) string {
	switch {
	case (c.Shards > 0 || c.Tag != "") && (c.Scope == Coordinated || leafIs(c.Kind, "BCounter")):
		// Its rights would be left behind when it moves; an agreed order is one for all nodes.
		return "a `coordinated` or bounded cell that not every node holds"
	}
	if k := laterKind(c.Kind); k != "" {
		return "the kind `" + k + "`"
	}
	return ""
}

// laterKind finds a kind inside t that cells cannot have yet.
func laterKind(t *types.Type) string {
	t = t.Resolve()
	k := lattice.Lookup(t.Con)
	if k == nil {
		return t.Con
	}
	if k.Map {
		return laterKind(t.Args[len(t.Args)-1])
	}
	return ""
}

// leafIs reports whether the kind below all maps is that of a name.
func leafIs(t *types.Type, con string) bool {
	t = t.Resolve()
	if k := lattice.Lookup(t.Con); k != nil && k.Map {
		return leafIs(t.Args[len(t.Args)-1], con)
	}
	return t.Con == con
}
