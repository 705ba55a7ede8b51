package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/typecheck"
)

// pattern lowers a pattern; its names get fresh slots of f.
func (f *frame) pattern(p ast.Pattern) *ir.Pattern {
	switch p := p.(type) {
	case *ast.BindPat:
		v := f.l.info.Binds[p]
		if v == nil {
			return f.nullary(p)
		}
		return &ir.Pattern{Op: ir.PBind, Slot: f.bind(v)}
	case *ast.LitPat:
		return &ir.Pattern{Op: ir.PConst, Value: f.litPat(p)}
	case *ast.CtorPat:
		c := f.l.ctorOf(p)
		if c == nil {
			break
		}
		return &ir.Pattern{Op: ir.PCtor, Ctor: c.Value, Args: f.ctorArgs(p, c)}
	case *ast.TuplePat:
		return &ir.Pattern{Op: ir.PTuple, Args: f.patterns(p.Elems)}
	case *ast.ListPat:
		if len(p.Elems) == 0 {
			return &ir.Pattern{Op: ir.PNil}
		}
		return &ir.Pattern{Op: ir.PList, Args: f.patterns(p.Elems)}
	case *ast.ConsPat:
		return &ir.Pattern{Op: ir.PCons, Args: []*ir.Pattern{f.pattern(p.Head), f.pattern(p.Tail)}}
	}
	return &ir.Pattern{Op: ir.PWild}
}

func (f *frame) patterns(ps []ast.Pattern) []*ir.Pattern {
	out := make([]*ir.Pattern, len(ps))
	for i, p := range ps {
		out[i] = f.pattern(p)
	}
	return out
}

// nullary lowers a name in a pattern that is a constructor without fields.
func (f *frame) nullary(p *ast.BindPat) *ir.Pattern {
	if c, ok := f.l.info.Uses[p].(*typecheck.CtorObj); ok {
		return &ir.Pattern{Op: ir.PCtor, Ctor: c.Ctor.Value}
	}
	return &ir.Pattern{Op: ir.PWild}
}

// litPat is the value of a literal pattern, of the type that it is matched with.
func (f *frame) litPat(p *ast.LitPat) value.Value {
	v := litValue(p.Lit)
	if t := f.l.info.Patterns[p]; t != nil {
		v, _ = convertValue(v, f.clean(t))
	}
	return v
}

// ctorArgs brings the arguments of a constructor pattern into declared order.
func (f *frame) ctorArgs(p *ast.CtorPat, c *types.Ctor) []*ir.Pattern {
	out := make([]*ir.Pattern, len(c.Fields))
	for i := range out {
		out[i] = &ir.Pattern{Op: ir.PWild}
	}
	for i, a := range p.Args {
		if n := fieldOfArg(c, a.Label, i); n >= 0 {
			out[n] = f.pattern(a.Pat)
		}
	}
	return out
}

// fieldOfArg is the field that the i-th argument, perhaps labelled, is for.
func fieldOfArg(c *types.Ctor, label *ast.Ident, i int) int {
	if label == nil {
		if i < len(c.Fields) {
			return i
		}
		return -1
	}
	return fieldIndex(c, label.Name)
}

func fieldIndex(c *types.Ctor, name string) int {
	for i, fd := range c.Fields {
		if fd.Name == name {
			return i
		}
	}
	return -1
}

// ctorOf finds the constructor that a pattern names.
func (l *lowerer) ctorOf(p *ast.CtorPat) *types.Ctor {
	for _, n := range []ast.Node{p.Name, p} {
		if c, ok := l.info.Uses[n].(*typecheck.CtorObj); ok {
			return c.Ctor
		}
	}
	l.fail(p, "the constructor `%s` is not known", p.Name.Name)
	return nil
}

// isRefutable reports whether a value of the pattern's type may fail to match.
func (l *lowerer) isRefutable(p ast.Pattern) bool {
	switch p := p.(type) {
	case *ast.WildPat:
		return false
	case *ast.BindPat:
		return l.info.Binds[p] == nil
	case *ast.TuplePat:
		for _, q := range p.Elems {
			if l.isRefutable(q) {
				return true
			}
		}
		return false
	case *ast.CtorPat:
		if !l.isOnlyCtor(p) {
			return true
		}
		for _, a := range p.Args {
			if l.isRefutable(a.Pat) {
				return true
			}
		}
		return false
	}
	return true
}

// isOnlyCtor reports whether the type of the constructor has no other.
func (l *lowerer) isOnlyCtor(p *ast.CtorPat) bool {
	for _, n := range []ast.Node{p.Name, p} {
		if c, ok := l.info.Uses[n].(*typecheck.CtorObj); ok {
			return c.Def != nil && len(c.Def.Ctors) == 1
		}
	}
	return false
}
