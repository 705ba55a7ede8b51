package typecheck

import (
	"slices"

	"github.com/laspc/lasp/lang/ast"
)

// definitionOrder sorts definitions and functions so that each comes after what
// it uses. A definition may use itself with `let rec`, a function where it
// makes a stream and its result is written; other cycles are refused, once.
func (c *checker) definitionOrder() []Object {
	o := &ordering{c: c, state: map[Object]visit{}}
	for _, d := range c.decls.order {
		switch d := d.(type) {
		case *ast.LetDecl:
			o.visit(c.globals[d.Name.Name], d)
		case *ast.FnDecl:
			o.visit(c.globals[d.Name.Name], d)
		}
	}
	return o.done
}

type visit uint8

const (
	unseen visit = iota
	open
	closed
)

type ordering struct {
	c     *checker
	state map[Object]visit
	path  []Object
	done  []Object
}

// visit walks depth first. d is the declaration at hand: of two declarations of
// one name only the first is visited.
func (o *ordering) visit(obj Object, d ast.Decl) {
	if o.state[obj] != unseen || declOf(obj) != d {
		return
	}
	o.state[obj] = open
	o.path = append(o.path, obj)
	body, bound := definition(obj)
	freeNames(body, bound, func(name string, at ast.Node) {
		next := o.c.globals[name]
		if _, callee := at.(*ast.Ident); declOf(next) == nil || callee && !isFn(next) {
			return // a definition is never called: after a dot it hides no function
		}
		switch o.state[next] {
		case unseen:
			o.visit(next, declOf(next))
		case open:
			o.cycle(next, obj, at)
		}
	})
	o.path = o.path[:len(o.path)-1]
	o.state[obj] = closed
	o.done = append(o.done, obj)
}

// cycle judges that from uses to, which is being visited.
func (o *ordering) cycle(to, from Object, at ast.Node) {
	start := slices.Index(o.path, to)
	ring := o.path[start:]
	allFns := true
	for _, obj := range ring {
		f, ok := obj.(*Fn)
		allFns = allFns && ok && f.Result != nil
	}
	l, isLet := to.(*Let)
	switch {
	case len(ring) == 1 && isLet && l.Decl.Rec:
	case allFns:
		for _, obj := range ring {
			obj.(*Fn).Recursive = true
		}
	case len(ring) == 1:
		o.c.usesItself(to, at)
	default:
		o.c.ring(ring, at)
	}
}

func declOf(o Object) ast.Decl {
	switch o := o.(type) {
	case *Let:
		return o.Decl
	case *Fn:
		return o.Decl
	}
	return nil
}

func isFn(o Object) bool { _, ok := o.(*Fn); return ok }

func definition(o Object) (body ast.Expr, bound []string) {
	switch o := o.(type) {
	case *Let:
		return o.Decl.Value, nil
	case *Fn:
		for _, p := range o.Decl.Params {
			bound = append(bound, p.Name.Name)
		}
		return o.Decl.Body, bound
	}
	return nil, nil
}
