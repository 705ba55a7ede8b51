package typecheck

import (
	"slices"

	"github.com/laspc/lasp/lang/ast"
)

// definitionOrder sorts definitions and functions so that each comes after what
// it uses. A definition may use itself with `let rec`, a function where it
// makes a stream and its result is written; other cycles are refused, once.
func (c *checker) definitionOrder() []Object {
	o := &ordering{c: c, state: map[Object]visit{}, index: map[Object]int{}, low: map[Object]int{}, refused: map[Object]bool{}}
	for _, d := range c.decls.order {
		c.enter(d.Span())
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

	// Definitions that use each other are found as strongly connected parts
	// (Tarjan 1972): index and low by object, and the objects of open parts.
	index, low map[Object]int
	parts      []Object
	refused    map[Object]bool // in a cycle that was reported
}

// visit walks depth first. d is the declaration at hand: of two declarations of
// one name only the first is visited.
func (o *ordering) visit(obj Object, d ast.Decl) {
	if o.state[obj] != unseen || declOf(obj) != d {
		return
	}
	o.state[obj] = open
	o.path = append(o.path, obj)
	o.index[obj] = len(o.index) + 1
	o.low[obj] = o.index[obj]
	o.parts = append(o.parts, obj)
	body, bound := definition(obj)
	freeNames(body, bound, func(name string, at ast.Node) {
		o.c.enter(d.Span())
		next := o.c.globals[name]
		if _, callee := at.(*ast.Ident); declOf(next) == nil || callee && !isFn(next) {
			return // a definition is never called: after a dot it hides no function
		}
		switch o.state[next] {
		case unseen:
			o.visit(next, declOf(next))
			o.low[obj] = min(o.low[obj], o.low[next])
		case open:
			o.cycle(next, obj, at)
			o.low[obj] = min(o.low[obj], o.index[next])
		case closed:
			if slices.Contains(o.parts, next) {
				o.low[obj] = min(o.low[obj], o.index[next])
			}
		}
	})
	o.path = o.path[:len(o.path)-1]
	o.state[obj] = closed
	o.done = append(o.done, obj)
	if o.low[obj] == o.index[obj] {
		first := slices.Index(o.parts, obj)
		o.part(slices.Clone(o.parts[first:]))
		o.parts = o.parts[:first]
	}
}

// part notes recursive definitions that use each other; they are typed and
// judged together.
func (o *ordering) part(objects []Object) {
	var lets []*Let
	for _, obj := range objects {
		if l, ok := obj.(*Let); ok && l.Decl.Rec {
			lets = append(lets, l)
		}
	}
	if len(objects) > 1 && len(lets) == len(objects) {
		for _, l := range lets {
			l.peers = lets
		}
		return
	}
	fns := slices.IndexFunc(objects, func(obj Object) bool { return !isFn(obj) }) < 0
	for _, obj := range objects {
		if f, ok := obj.(*Fn); ok && fns {
			for _, other := range objects {
				f.peers = append(f.peers, other.(*Fn))
			}
		}
	}
	if len(objects) > 1 && !fns && !slices.ContainsFunc(objects, func(obj Object) bool { return o.refused[obj] }) {
		o.c.ring(objects, nameOf(objects[0]))
	}
}

func nameOf(o Object) ast.Node {
	if l, ok := o.(*Let); ok {
		return l.Decl.Name
	}
	return o.(*Fn).Decl.Name
}

// together are the definitions of one recursion: l alone, or with its peers.
func (l *Let) together() []*Let {
	if len(l.peers) > 0 {
		return l.peers
	}
	return []*Let{l}
}

// cycle judges that from uses to, which is being visited.
func (o *ordering) cycle(to, from Object, at ast.Node) {
	start := slices.Index(o.path, to)
	ring := o.path[start:]
	allFns, allRec := true, true
	for _, obj := range ring {
		f, ok := obj.(*Fn)
		allFns = allFns && ok && f.Result != nil
		l, ok := obj.(*Let)
		allRec = allRec && ok && l.Decl.Rec
	}
	switch {
	case allRec:
	case allFns:
		for _, obj := range ring {
			obj.(*Fn).Recursive = true
		}
	case len(ring) == 1:
		o.c.usesItself(to, at)
	default:
		o.c.ring(ring, at)
		for _, obj := range ring {
			o.refused[obj] = true
		}
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
