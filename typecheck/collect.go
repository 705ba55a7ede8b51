package typecheck

import (
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// declarations are those of all files, by kind, in source order.
type declarations struct {
	types      []*ast.TypeDecl
	lattices   []*ast.LatticeDecl
	cells      []*Cell
	params     []*Param
	inputs     []*Input
	outputs    []*Output
	lets       []*Let
	fns        []*Fn
	handlers   []ast.Decl // *ast.OnDecl, *ast.WhenDecl, *ast.ForDecl
	shows      []*ast.ShowDecl
	invariants []*ast.InvariantDecl
	assumed    []*ast.AssumeDecl
	tests      []*ast.TestDecl
	order      []ast.Decl // all, in source order
}

// collect makes an object for every declared name of a module; types come later,
// so that the order of declarations does not matter. Tests are those of the main
// module.
func (c *checker) collect(m *Module, main bool) {
	c.names = newNames(m)
	c.namesOf[m] = c.names
	c.allNames = append(c.allNames, c.names)
	for _, f := range m.Files {
		c.seenIn[f.Src] = c.names
		for _, d := range f.Decls {
			if _, test := d.(*ast.TestDecl); test && !main {
				continue
			}
			c.decls.order = append(c.decls.order, d)
			c.collectDecl(d)
		}
	}
}

func (c *checker) collectDecl(d ast.Decl) {
	ds := &c.decls
	switch d := d.(type) {
	case *ast.TypeDecl:
		c.collectType(d)
	case *ast.LatticeDecl:
		c.collectLattice(d)
	case *ast.CellDecl:
		for _, name := range d.Names {
			cell := &Cell{Decl: d, Ident: name, Name: name.Name, Scope: d.Scope}
			ds.cells = append(ds.cells, cell)
			c.declare(name, cell, d.Pub)
		}
	case *ast.ParamDecl:
		p := &Param{Decl: d, Name: d.Name.Name}
		ds.params = append(ds.params, p)
		c.declare(d.Name, p, false)
	case *ast.InputDecl:
		in := &Input{Decl: d, Name: d.Name.Name}
		ds.inputs = append(ds.inputs, in)
		c.declare(d.Name, in, false)
	case *ast.OutputDecl:
		out := &Output{Decl: d, Name: d.Name.Name}
		ds.outputs = append(ds.outputs, out)
		c.declare(d.Name, out, false)
	case *ast.LetDecl:
		l := &Let{Decl: d, Name: d.Name.Name}
		ds.lets = append(ds.lets, l)
		c.declare(d.Name, l, d.Pub)
	case *ast.FnDecl:
		f := &Fn{Decl: d, Name: d.Name.Name, Module: c.names.module.Name}
		ds.fns = append(ds.fns, f)
		c.declare(d.Name, f, d.Pub)
	case *ast.OnDecl, *ast.WhenDecl, *ast.ForDecl:
		ds.handlers = append(ds.handlers, d)
	case *ast.ShowDecl:
		ds.shows = append(ds.shows, d)
	case *ast.InvariantDecl:
		ds.invariants = append(ds.invariants, d)
	case *ast.AssumeDecl:
		ds.assumed = append(ds.assumed, d)
	case *ast.TestDecl:
		ds.tests = append(ds.tests, d)
	}
}

// declare gives a name to an object of the program.
func (c *checker) declare(name *ast.Ident, o Object, pub bool) {
	if c.takes(name.Name, name.Name, name.Span(), pub, !isFn(o)) {
		c.globals[name.Name] = o
	}
}

func (c *checker) collectType(d *ast.TypeDecl) {
	if !c.declareType(d.Name, d.Pub) {
		return
	}
	def := &types.Def{Name: d.Name.Name, Record: d.Record}
	c.defs[def.Name] = def
	c.decls.types = append(c.decls.types, d)
	for _, cd := range d.Ctors {
		ctor := &types.Ctor{Name: cd.Name.Name, Value: &value.Ctor{Name: cd.Name.Name, Type: def.Name}}
		for _, f := range cd.Fields {
			if slices.Contains(ctor.Value.Fields, f.Name.Name) {
				c.declaredTwice(f.Name.Name, f.Name.Span(), fieldNamed(cd.Fields, f.Name.Name).Span())
			}
			ctor.Value.Fields = append(ctor.Value.Fields, f.Name.Name)
		}
		def.Ctors = append(def.Ctors, ctor)
		if c.takes(ctorKey(ctor.Name), ctor.Name, cd.Name.Span(), d.Pub, true) {
			c.ctors[ctor.Name] = &CtorObj{Def: def, Ctor: ctor}
		}
	}
}

func fieldNamed(fs []*ast.Field, name string) *ast.Ident {
	for _, f := range fs {
		if f.Name.Name == name {
			return f.Name
		}
	}
	return nil
}

// declareType claims a capitalised name for a type.
func (c *checker) declareType(name *ast.Ident, pub bool) bool {
	if builtinTypes[name.Name] != nil || kindNamed(name.Name) != nil {
		c.builtinName(name)
		return false
	}
	return c.takes(typeKey(name.Name), name.Name, name.Span(), pub, true)
}

func (c *checker) collectLattice(d *ast.LatticeDecl) {
	if !c.declareType(d.Name, d.Pub) {
		return
	}
	c.decls.lattices = append(c.decls.lattices, d)
	name := d.Name.Name
	if d.Join != nil {
		c.defs[name] = &types.Def{Name: name, Lattice: true, Join: &types.Join{}}
		return
	}
	ctor := &types.Ctor{Name: name, Value: &value.Ctor{Name: name, Type: name}}
	for _, f := range d.Fields {
		if slices.Contains(ctor.Value.Fields, f.Name.Name) {
			c.declaredTwice(f.Name.Name, f.Name.Span(), fieldNamed(d.Fields, f.Name.Name).Span())
		}
		ctor.Value.Fields = append(ctor.Value.Fields, f.Name.Name)
	}
	def := &types.Def{Name: name, Record: true, Lattice: true, Ctors: []*types.Ctor{ctor}}
	c.defs[name] = def
	if c.takes(ctorKey(name), name, d.Name.Span(), d.Pub, true) {
		c.ctors[name] = &CtorObj{Def: def, Ctor: ctor}
	}
}

// optionCtors are the constructors that need no declaration.
func optionCtor(name string) *CtorObj {
	t := &types.Type{Con: types.Var, Var: &types.TypeVar{Name: "T"}}
	switch name {
	case "None":
		return &CtorObj{Ctor: &types.Ctor{Name: name, Value: value.NoneCtor}}
	case "Some":
		return &CtorObj{Ctor: &types.Ctor{Name: name, Fields: []types.Field{{Name: "value", Type: t}}, Value: value.SomeCtor}}
	}
	return nil
}

func (c *checker) ctor(name string) *CtorObj {
	if o := c.ctors[name]; o != nil {
		return o
	}
	if c.systemDef(name) != nil {
		return c.ctors[name]
	}
	return optionCtor(name)
}

// kindNamed finds a CRDT kind, or nil.
func kindNamed(name string) *lattice.Kind { return lattice.Lookup(name) }

// ctorType is the type that a constructor makes, and those of its fields, with
// fresh variables for Option.
func (c *checker) ctorType(o *CtorObj) (result *types.Type, fields []*types.Type) {
	if o.Def == nil {
		t := c.fresh()
		for range o.Ctor.Fields {
			fields = append(fields, t)
		}
		return types.OptionOf(t), fields
	}
	for _, f := range o.Ctor.Fields {
		fields = append(fields, f.Type)
	}
	return defType(o.Def), fields
}

func defType(d *types.Def) *types.Type { return &types.Type{Con: d.Name, Def: d} }
