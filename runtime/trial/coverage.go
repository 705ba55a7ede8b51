package trial

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/sim"
)

// Item is a declaration, or a case of a match, that a test may exercise: an
// input that is sent, a handler that runs, a definition whose value changes or
// that an expectation reads, an output that holds something, a case that is
// taken.
type Item struct {
	Kind    string `json:"kind"` // input, handler, let, output or case
	Name    string `json:"name"` // of a case its number, from 1
	At      string `json:"at"`   // file:line:column
	Covered bool   `json:"covered"`

	pos source.Position
}

// coverSeeds are the schedules under which coverage is looked at, the
// undisturbed one first.
const coverSeeds = 4

// probeID is the row that notes that the code around it ran.
const probeID = "trial.probe"

// Cover runs the tests on a copy of the program that notes what runs, and lists
// what they exercise and what not, in the order of the source. Code that the
// compiler left out because nothing uses it is not listed.
func Cover(p *ir.Program, tests []*ir.Test, ops *op.Table, o Options) ([]Item, error) {
	c := &coverage{ran: map[int]bool{}, cases: map[caseOf]int{}, seen: map[string]bool{}, first: map[string]string{}}
	data, err := ir.Encode(p)
	if err != nil {
		return nil, err
	}
	if c.prog, err = ir.Decode(data); err != nil {
		return nil, err
	}
	c.instrument()
	if ops, err = op.NewTable(append(slices.Clone(ops.Rows()), c.probe())...); err != nil {
		return nil, err
	}
	if err := ir.Finish(c.prog, ops, false); err != nil { // other code has other hashes
		return nil, err
	}
	if data, err = ir.Encode(c.prog); err != nil {
		return nil, err
	}
	for _, t := range pick(tests, o) {
		s := &subject{ops: ops, test: t, first: &version{prog: c.prog, test: t, artifact: data}, look: c.look}
		if err := s.findDeployed(o); err != nil {
			return nil, err
		}
		c.called(t)
		for seed := range uint64(coverSeeds) {
			s.run(chooser(seed), false)
			if singleReplica(t) {
				break
			}
		}
	}
	return c.items(), nil
}

// coverage is what runs of instrumented code showed.
type coverage struct {
	prog  *ir.Program
	next  int // probe
	ran   map[int]bool
	cases map[caseOf]int    // the probe of a case of a match
	body  []int             // the probe of each handler
	seen  map[string]bool   // definitions, inputs and outputs, by kind and name
	first map[string]string // what definitions looked like at first
}

// caseOf is a case of a match: copies of one match are one.
type caseOf struct {
	match source.Position
	n     int // from 1
}

// probe is the row that notes its first argument and returns its second.
func (c *coverage) probe() *op.Row {
	return &op.Row{
		ID: probeID, Name: probeID, Sig: "[T](n: Int, x: T) -> T", Quals: []op.Qual{op.Const, op.Hom}, Lambda: -1,
		Eval: func(call op.Call) (value.Value, error) {
			c.ran[int(call.Args[0].Int())] = true
			return call.Args[1], nil
		},
	}
}

// probing wraps x by a new probe.
func (c *coverage) probing(x *ir.Expr) (*ir.Expr, int) {
	n := &ir.Expr{Op: ir.EConst, Type: types.Int, Value: value.MakeInt(int64(c.next)), Pos: x.Pos}
	c.next++
	return &ir.Expr{Op: ir.ECall, Name: probeID, Type: x.Type, Args: []*ir.Expr{n, x}, Pos: x.Pos}, c.next - 1
}

// noting is a statement that notes that it is come to.
func (c *coverage) noting(pos source.Position) (*ir.Stmt, int) {
	x, n := c.probing(&ir.Expr{Op: ir.EConst, Type: types.Unit, Value: value.MakeTuple(), Pos: pos})
	return &ir.Stmt{Op: ir.SLet, Pat: &ir.Pattern{Op: ir.PWild}, Args: []*ir.Expr{x}, Pos: pos}, n
}

func (c *coverage) instrument() {
	in := func(at **ir.Expr) { *at = ir.MapExpr(*at, c.arms) }
	for _, n := range c.prog.Nodes {
		n.Exprs(in)
	}
	for _, f := range c.prog.Funcs {
		in(&f.Body)
	}
	for _, h := range c.prog.Handlers {
		for _, s := range h.Body {
			s.Exprs(in)
		}
		c.branches(h.Body)
		st, n := c.noting(h.Pos)
		h.Body = append([]*ir.Stmt{st}, h.Body...)
		c.body = append(c.body, n)
	}
}

// arms wraps the cases of a match that stands in the source. Those that lowering
// makes, to ask whether a pattern matches, answer true and false at the place of
// the subject. Streams are left alone: a probe would not be by need.
func (c *coverage) arms(e *ir.Expr) *ir.Expr {
	if e.Op != ir.EMatch || e.Type.Is("Stream") {
		return e
	}
	for i, a := range e.Arms {
		if a.Body.Op == ir.EConst && a.Body.Pos == e.Args[0].Pos && e.Type.Is("Bool") {
			continue
		}
		x, n := c.probing(a.Body)
		x.Args[0].Value = value.MakeInt(int64(c.once(caseOf{e.Pos, i + 1}, n)))
		e.Arms[i].Body = x
	}
	return e
}

// once is the probe of a case: n for the first copy, and for others that of the
// first.
func (c *coverage) once(k caseOf, n int) int {
	if have, ok := c.cases[k]; ok {
		return have
	}
	c.cases[k] = n
	return n
}

// branches puts probes into the cases of match statements.
func (c *coverage) branches(body []*ir.Stmt) {
	for _, s := range body {
		c.branches(s.Then)
		c.branches(s.Else)
		for i := range s.Cases {
			k := &s.Cases[i]
			c.branches(k.Body)
			st, n := c.noting(s.Pos)
			st.Args[0].Args[0].Value = value.MakeInt(int64(c.once(caseOf{s.Pos, i + 1}, n)))
			k.Body = append([]*ir.Stmt{st}, k.Body...)
		}
	}
}

// called notes the inputs that a test sends and the definitions that its
// expectations read.
func (c *coverage) called(t *ir.Test) {
	send := func(n int) { c.seen["input "+c.prog.Inputs[n].Name] = true }
	for _, st := range t.Steps {
		for _, call := range st.Calls {
			send(call.Input)
		}
		for _, a := range st.Actions {
			if a.Call != nil {
				send(a.Call.Input)
			}
			for _, s := range a.Body {
				if s.Op == ir.SInput {
					send(s.N)
				}
			}
		}
		ir.WalkExpr(st.Value, func(e *ir.Expr) bool {
			for _, l := range c.prog.Lets {
				if (e.Op == ir.EView || e.Op == ir.ELookup) && e.View.Node == l.View.Node {
					c.seen["let "+l.Name] = true
				}
			}
			return true
		})
	}
}

// look notes what changed at any replica.
func (c *coverage) look(r *run) {
	for _, n := range r.w.Nodes() {
		if !n.Alive() || r.version.prog != c.prog {
			continue
		}
		for _, o := range c.prog.Outputs {
			c.seen["output "+o.Name] = c.seen["output "+o.Name] || len(n.Core.Outputs(o.Name)) > 0
		}
		c.lets(n)
	}
}

// lets compares definitions with what they looked like at first. Streams are
// left to expectations: they may have no end.
func (c *coverage) lets(n *sim.Node) {
	for _, l := range c.prog.Lets {
		if c.seen["let "+l.Name] || l.Lazy || l.View.Type != nil && l.View.Type.Is("Stream") {
			continue
		}
		v, err := n.Core.View(l.Name)
		if err != nil {
			continue
		}
		text := v.String()
		if first, known := c.first[l.Name]; !known {
			c.first[l.Name] = text
		} else if first != text {
			c.seen["let "+l.Name] = true
		}
	}
}

func (c *coverage) items() []Item {
	var out []Item
	add := func(kind, name string, pos source.Position, covered bool) {
		out = append(out, Item{kind, name, place(pos), covered, pos})
	}
	for i, h := range c.prog.Handlers {
		add("handler", h.Name, h.Pos, c.ran[c.body[i]])
	}
	for _, l := range c.prog.Lets {
		if l.Class != "fixed" {
			add("let", l.Name, l.Pos, c.seen["let "+l.Name])
		}
	}
	for k, n := range c.cases {
		add("case", fmt.Sprintf("%d", k.n), k.match, c.ran[n])
	}
	slices.SortFunc(out, func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.pos.File, b.pos.File), a.pos.Line-b.pos.Line, a.pos.Column-b.pos.Column, cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	var first []Item
	for _, in := range c.prog.Inputs {
		first = append(first, Item{Kind: "input", Name: in.Name, Covered: c.seen["input "+in.Name]})
	}
	for _, o := range c.prog.Outputs {
		first = append(first, Item{Kind: "output", Name: o.Name, Covered: c.seen["output "+o.Name]})
	}
	return append(first, out...)
}
