package typecheck

import (
	"fmt"
	"maps"
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/op"
)

// fn infers how a function moves with each parameter, once for all uses: the
// parameters stand as leaves of their own while the body is judged.
func (j *judge) fn(f *Fn) {
	if f.Recursive {
		j.guarded(f)
	}
	cells := make([]*Cell, len(f.Params))
	for i, p := range f.Params {
		cells[i] = &Cell{Name: p.Name, Stable: true, Ident: f.Decl.Params[i].Name}
		p.Flow = leaf(cells[i], op.Hom, &Cause{Span: p.At, Name: p.Name, Text: "a parameter"})
	}
	f.Quals = make([]op.Qual, len(f.Params))
	j.lambdas++
	defer func() { j.lambdas-- }()
	for range 8 {
		body := j.flow(f.Decl.Body)
		quals := make([]op.Qual, len(f.Params))
		for i, c := range cells {
			quals[i] = body.leafOf(c).Qual
		}
		done := slices.Equal(quals, f.Quals)
		f.Quals = quals
		f.Reads = without(body, cells)
		if done || !f.Recursive {
			break
		}
	}
	if f.Assumed != nil {
		for i, p := range f.Params {
			if q := f.Quals[i]; p.Type.IsLattice() && (q == op.Anti || q == op.Any) {
				f.Quals[i] = op.Mono
			}
		}
	}
	j.asserted(f)
}

// without drops leaves.
func without(f *Flow, cells []*Cell) *Flow {
	if f == nil {
		return nil
	}
	out := &Flow{Leaves: map[*Cell]Leaf{}, Nondet: f.Nondet, Direct: maps.Clone(f.Direct)}
	for _, c := range cells {
		delete(out.Direct, c)
	}
	for c, l := range f.Leaves {
		if !slices.Contains(cells, c) {
			out.Leaves[c] = l
		}
	}
	if out.IsFixed() {
		return nil
	}
	return out
}

// asserted holds inferred qualifiers against those that are written.
func (j *judge) asserted(f *Fn) {
	for i, p := range f.Decl.Params {
		for q := op.Const; q <= op.Any; q++ {
			if p.Qual == q.String() && op.Lub(q, f.Quals[i]) != q {
				j.errorAt(diag.QualifierAsserted, p.Span(), fmt.Sprintf("`%s` is `%s` in `%s`, not `%s`", f.Name, f.Quals[i], p.Name.Name, q), "",
					"The body does not move with this parameter as its declaration says.", "Change the body or the qualifier.")
			}
		}
	}
}

// guarded checks that a recursive function makes a stream and comes back to
// itself only behind `::`.
func (j *judge) guarded(f *Fn) {
	if !f.Result.Is("Stream") {
		freeNames(f.Decl.Body, nil, func(name string, at ast.Node) {
			switch {
			case name == f.Name:
				j.callsItself(f, at, "")
			case slices.ContainsFunc(f.peers, func(g *Fn) bool { return g.Name == name }):
				j.callsItself(f, at, name)
			}
		})
		return
	}
	call := j.unguardedCall(f.Decl.Body, func(g *Fn) bool { return !g.Result.Is("Stream") || j.comesBack(g, f, nil) })
	if call != nil {
		j.errorAt(diag.Unguarded, call.Span(), fmt.Sprintf("`%s` calls itself before it yields", f.Name), "this call is made at once",
			"A stream is computed as far as somebody asks; a call in front of any element never gives one.", "Put an element before it: `x :: "+textOf(call.Span())+"`.")
	}
}

// comesBack reports whether a call of g comes to one of f without an element in
// between; seen are those on the way.
func (j *judge) comesBack(g, f *Fn, seen []*Fn) bool {
	if g == f || slices.Contains(seen, g) {
		return g == f
	}
	seen = append(seen, g)
	return j.unguardedCall(g.Decl.Body, func(h *Fn) bool { return slices.Contains(f.peers, h) && j.comesBack(h, f, seen) }) != nil
}

// unguardedCall finds a call of such a recursive function that no `::` delays.
func (j *judge) unguardedCall(e ast.Expr, such func(*Fn) bool) ast.Expr {
	if b, ok := e.(*ast.Binary); ok && b.Op == "::" {
		return j.unguardedCall(b.L, such)
	}
	if call := j.info.Calls[e]; call != nil && call.Fn != nil && call.Fn.Recursive && such(call.Fn) {
		return e
	}
	for _, x := range inside(e) {
		if call := j.unguardedCall(x, such); call != nil {
			return call
		}
	}
	return nil
}
