package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
)

// brokenParts are the objects whose types are not whole because of a mistake in
// them or in what they use. They are not judged: that would only repeat the
// mistake in other words.
type brokenParts struct {
	info    *Info
	spans   []source.Span // of the errors
	objects map[Object]bool
	none    bool // there is no mistake at all
}

func (c *checker) findBroken() *brokenParts {
	b := &brokenParts{info: c.info, objects: map[Object]bool{}}
	for _, d := range c.diags {
		if d.Severity == diag.Error {
			b.spans = append(b.spans, d.Span)
		}
	}
	for _, cell := range c.info.Cells {
		b.objects[cell] = isBad(cell.Kind) || b.within(cell.Decl)
	}
	for _, in := range c.info.Inputs {
		b.objects[in] = b.within(in.Decl)
	}
	for _, out := range c.info.Outputs {
		b.objects[out] = b.within(out.Decl)
	}
	for _, p := range c.info.Params {
		b.objects[p] = b.within(p.Decl)
	}
	b.none = len(b.spans) == 0
	for _, broken := range b.objects {
		b.none = b.none && !broken
	}
	return b
}

// within reports whether an error lies in a declaration.
func (b *brokenParts) within(d ast.Decl) bool {
	at := d.Span()
	for _, s := range b.spans {
		if s.File == at.File && s.Start >= at.Start && s.Start < at.End {
			return true
		}
	}
	return false
}

// uses reports whether a definition is broken, and remembers it of o.
func (b *brokenParts) uses(o Object, d ast.Decl, body ast.Expr) bool {
	if b.none {
		return false
	}
	broken := b.within(d)
	walk(body, func(e ast.Expr) { broken = broken || b.names(e) })
	if o != nil {
		b.objects[o] = broken
	}
	return broken
}

func (b *brokenParts) names(e ast.Expr) bool {
	if o := b.info.Uses[e]; o != nil && b.objects[o] {
		return true
	}
	call := b.info.Calls[e]
	return call != nil && (call.Fn != nil && b.objects[call.Fn] || call.Mutator != nil && b.objects[call.Mutator.Cell])
}

func (b *brokenParts) handler(d ast.Decl) bool {
	if b.none {
		return false
	}
	broken := b.within(d)
	visitor{expr: func(e ast.Expr) { broken = broken || b.names(e) }}.handler(d)
	return broken
}
