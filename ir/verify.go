package ir

import (
	"bytes"
	"fmt"
	"maps"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
)

// InvalidError says what is wrong with a program that does not hold together.
// After a pass it is a mistake of the compiler; in an artifact the artifact is
// damaged or was made by something else.
type InvalidError struct {
	Where  string // "node n3 (join)", "handler on impression"
	Reason string
	Pos    source.Position
}

// Error renders place and reason.
func (e *InvalidError) Error() string {
	if e.Pos.Line == 0 {
		return e.Where + ": " + e.Reason
	}
	return e.Pos.String() + ": " + e.Where + ": " + e.Reason
}

// Verify checks everything that those who run a program rely on: order of nodes,
// columns and types, slots of code, library rows, and that labels and hashes
// follow from the structure. It is run when a program was made and when an
// artifact is loaded.
func Verify(p *Program, ops *op.Table) error {
	if err := verifyGraph(p, ops); err != nil {
		return err
	}
	return verifyDerived(p, ops)
}

// verifyGraph checks what must hold between passes too. Without a table library
// rows are not looked at.
func verifyGraph(p *Program, ops *op.Table) error {
	v := &verifier{p: p, ops: ops}
	v.declarations()
	if v.err != nil {
		return v.err
	}
	for i, n := range p.Nodes {
		v.where, v.pos = fmt.Sprintf("node n%d (%s)", n.ID, n.Kind), n.Pos
		v.check(n.ID == i, "is at place %d", i)
		v.node(n)
		if v.err != nil {
			return v.err
		}
	}
	for i, fn := range p.Funcs {
		v.where, v.pos = fmt.Sprintf("function %d (%s)", i, fn.Name), fn.Pos
		v.code(fn.Body, make([]*types.Type, fn.Params))
	}
	v.uses()
	return v.err
}

// verifyDerived checks that labels, views and hashes are those that follow from
// the structure.
func verifyDerived(p *Program, ops *op.Table) error {
	again := &Program{
		Name: p.Name, Defs: p.Defs, Cells: p.Cells, Params: p.Params, Inputs: p.Inputs, Outputs: p.Outputs,
		Funcs: p.Funcs, Lets: p.Lets, Shows: p.Shows,
	}
	for _, n := range p.Nodes {
		c := *n
		again.Nodes = append(again.Nodes, &c)
	}
	for _, h := range p.Handlers {
		c := *h
		again.Handlers = append(again.Handlers, &c)
	}
	bodies(again)
	label(again, ops)
	rehash(again)
	for i, n := range p.Nodes {
		a, where := again.Nodes[i], fmt.Sprintf("node n%d (%s)", n.ID, n.Kind)
		switch {
		case !maps.Equal(n.Quals, a.Quals):
			return &InvalidError{where, fmt.Sprintf("its qualifiers %v do not follow from its inputs, which give %v", n.Quals, a.Quals), n.Pos}
		case n.Class != a.Class || n.Algebra != a.Algebra || n.Rule != a.Rule:
			return &InvalidError{where, "its class or algebra does not follow from its inputs", n.Pos}
		case n.Hash != a.Hash:
			return &InvalidError{where, "its hash is not that of its contents", n.Pos}
		}
	}
	for i, h := range p.Handlers {
		if !bytes.Equal(h.ID[:], again.Handlers[i].ID[:]) {
			return &InvalidError{"handler " + h.Name, "its identity is not that of its contents", h.Pos}
		}
	}
	return nil
}

// verifier keeps the first mistake.
type verifier struct {
	p     *Program
	ops   *op.Table
	where string
	pos   source.Position
	err   error
}

func (v *verifier) check(ok bool, format string, args ...any) bool {
	if !ok && v.err == nil {
		v.err = &InvalidError{v.where, fmt.Sprintf(format, args...), v.pos}
	}
	return ok && v.err == nil
}

func (v *verifier) declarations() {
	for _, c := range v.p.Cells {
		v.where, v.pos = "cell "+c.Name, c.Pos
		if v.check(c.Kind != nil && c.View.Type != nil && isKind(c.Kind), "its kind is not known") {
			v.check(types.Equal(c.View.Type, lattice.ViewOf(c.Kind)), "its view is not that of its kind")
			v.check(len(c.Lower)+len(c.Upper) == 0 || leafIs(c.Kind, "BCounter"), "it has bounds and no bounded counters")
			v.bounds(append(c.Lower[:len(c.Lower):len(c.Lower)], c.Upper...))
		}
	}
	if v.err != nil {
		return
	}
	for i, n := range v.p.Nodes {
		v.where, v.pos = fmt.Sprintf("node %d", i), n.Pos
		v.check(int(n.Kind) < len(nodeNames), "its kind %d is not known", n.Kind)
		v.check(int(n.Algebra) < len(algebraNames) && int(n.Rule) < len(ruleNames), "its labels are not known")
		for _, c := range n.Cols {
			v.check(c != nil, "a column has no type")
		}
	}
}

// isKind reports whether t is a kind of cell with all its arguments.
func isKind(t *types.Type) bool {
	for {
		t = t.Resolve()
		k := lattice.Lookup(t.Con)
		if k == nil || len(t.Args) != len(k.Params) {
			return false
		}
		if !k.Map {
			return true
		}
		t = t.Args[1]
	}
}

// uses checks what names nodes from outside the graph.
func (v *verifier) uses() {
	all := len(v.p.Nodes)
	for _, c := range v.p.Cells {
		v.where, v.pos = "cell "+c.Name, c.Pos
		v.view(&c.View, all)
	}
	for _, l := range v.p.Lets {
		v.where, v.pos = "let "+l.Name, l.Pos
		v.view(&l.View, all)
	}
	for _, s := range v.p.Shows {
		v.where, v.pos = "show "+s.Name, s.Pos
		v.view(&s.View, all)
	}
	for _, h := range v.p.Handlers {
		v.where, v.pos = "handler "+h.Name, h.Pos
		v.handler(h)
	}
}
