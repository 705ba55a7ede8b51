package typecheck

import (
	"slices"
	"strconv"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/types"
)

// declareAll gives the declarations their types, from what is written at them.
func (c *checker) declareAll() {
	for _, d := range c.decls.types {
		c.enter(d.Span())
		c.defineType(d)
	}
	for _, d := range c.decls.lattices {
		c.enter(d.Span())
		c.typeLattice(d)
	}
	c.refuseEndless()
	for _, p := range c.decls.params {
		c.enter(p.Decl.Span())
		p.Type = c.dataType(p.Decl.Type)
	}
	for _, cell := range c.decls.cells {
		c.enter(cell.Decl.Span())
		c.defineCell(cell)
	}
	for _, in := range c.decls.inputs {
		c.enter(in.Decl.Span())
		c.defineInput(in)
	}
	for _, out := range c.decls.outputs {
		c.enter(out.Decl.Span())
		out.Type = c.dataType(out.Decl.Type)
	}
	for _, f := range c.decls.fns {
		c.enter(f.Decl.Span())
		c.defineFn(f)
	}
	for _, l := range c.decls.lets {
		c.enter(l.Decl.Span())
		if l.Decl.Type != nil {
			l.Type = c.typeOf(l.Decl.Type)
		}
	}
	c.boundCells()
	c.findAssumed()
	c.info.Cells = plainCells(c.decls.cells)
	c.info.Params, c.info.Inputs, c.info.Outputs = c.decls.params, c.decls.inputs, c.decls.outputs
	c.info.Tests = c.decls.tests
}

func (c *checker) defineType(d *ast.TypeDecl) {
	def := c.defs[d.Name.Name]
	for i, cd := range d.Ctors {
		for _, f := range cd.Fields {
			def.Ctors[i].Fields = append(def.Ctors[i].Fields, types.Field{Name: f.Name.Name, Type: c.dataType(f.Type)})
		}
	}
	c.info.Defs = append(c.info.Defs, def)
}

func (c *checker) defineCell(cell *Cell) {
	d := cell.Decl
	if len(d.Names) > 1 && d.Names[0] != cell.Ident {
		c.sameDeclaration(cell)
		c.composeCell(cell)
		return
	}
	if cell.Kind = c.kindOf(d.Kind); c.isBroken(cell.Kind) {
		cell.Kind = badType()
	}
	cell.View = viewOf(cell.Kind)
	cell.Stable = !isBad(cell.Kind) && isStable(cell.Kind)
	if w := d.Writer; w != nil {
		cell.ByKey = w.ByKey
		if !w.ByKey {
			cell.Writer = c.writerName(w.Node)
		} else if k := kindNamed(cell.Kind.Con); k != nil && !k.Map {
			c.byKeyWithoutKeys(w, cell)
		}
	}
	c.placeCell(cell)
	c.composeCell(cell)
}

// composeCell makes the parts of a cell that has such.
func (c *checker) composeCell(cell *Cell) {
	if isComposite(cell.Kind) {
		c.compose(cell)
		c.info.Composites = append(c.info.Composites, cell)
	}
}

// sameDeclaration copies what `shared a, b: K` says once to the later names.
func (c *checker) sameDeclaration(cell *Cell) {
	for _, first := range c.decls.cells {
		if first.Decl == cell.Decl {
			name, ident := cell.Name, cell.Ident
			*cell = *first
			cell.Name, cell.Ident = name, ident
			return
		}
	}
}

// writerName reads the node of `written by "n"` or the tag of `at "t"`.
func (c *checker) writerName(e ast.Expr) string {
	if l, ok := ast.Unparen(e).(*ast.Lit); ok && l.Kind == ast.StringLit {
		c.note(e, types.String)
		return l.Str
	}
	c.wantsLiteral(e, "a node or tag is named by a string here")
	return ""
}

func natLit(e ast.Expr) (int, bool) {
	l, ok := ast.Unparen(e).(*ast.Lit)
	if !ok || l.Kind != ast.IntLit || l.Int < 0 || l.Int > 1<<31 {
		return 0, false
	}
	return int(l.Int), true
}

func (c *checker) defineInput(in *Input) {
	for i, f := range in.Decl.Params {
		for _, g := range in.Decl.Params[:i] {
			if g.Name.Name == f.Name.Name {
				c.declaredTwice(f.Name.Name, f.Name.Span(), g.Name.Span())
			}
		}
		in.Params = append(in.Params, types.Field{Name: f.Name.Name, Type: c.dataType(f.Type)})
	}
	if in.Decl.Reply != nil {
		in.Reply = c.dataType(in.Decl.Reply)
	}
}

func (c *checker) defineFn(f *Fn) {
	c.rigid = map[string]*types.Type{}
	defer func() { c.rigid = nil }()
	for _, v := range f.Decl.TypeParams {
		tv := &types.TypeVar{Name: v.Name}
		f.Vars = append(f.Vars, tv)
		c.rigid[v.Name] = &types.Type{Con: types.Var, Var: tv}
	}
	for _, p := range f.Decl.Params {
		l := &Local{Name: p.Name.Name, Type: c.typeOf(p.Type), At: p.Name.Span()}
		c.locals = append(c.locals, l)
		f.Params = append(f.Params, l)
	}
	if f.Decl.Result != nil {
		f.Result = c.typeOf(f.Decl.Result)
	}
}

// instance is the type of one use of a function.
func (c *checker) instance(f *Fn) (params []*types.Type, result *types.Type, args map[*types.TypeVar]*types.Type) {
	if len(f.Vars) > 0 {
		args = make(map[*types.TypeVar]*types.Type, len(f.Vars))
		for _, v := range f.Vars {
			args[v] = c.fresh()
		}
	}
	for _, p := range f.Params {
		params = append(params, p.Type.Subst(args))
	}
	if f.Result == nil {
		return params, badType(), args // in a cycle that was reported
	}
	return params, f.Result.Subst(args), args
}

// typeAll checks every body and value, definitions before their uses.
func (c *checker) typeAll() {
	c.defined = c.definitionOrder()
	for _, o := range c.defined {
		c.enter(declOf(o).Span())
		switch o := o.(type) {
		case *Let:
			c.typeLet(o)
		case *Fn:
			c.typeFn(o)
		}
	}
	for _, p := range c.decls.params {
		c.enter(p.Decl.Span())
		if p.Decl.Default != nil {
			c.check(p.Decl.Default, p.Type)
		}
	}
	c.typeJoins()
	for _, cell := range c.info.Composites {
		c.enter(cell.Decl.Span())
		c.typeLet(cell.Parts.View)
	}
	for _, d := range c.decls.handlers {
		c.enter(d.Span())
		c.typeHandler(d)
	}
	for _, d := range c.decls.shows {
		c.enter(d.Span())
		c.typeShow(d)
	}
	for _, d := range c.decls.invariants {
		c.enter(d.Span())
		c.typeInvariant(d)
	}
	for _, d := range c.decls.tests {
		c.enter(d.Span())
		c.typeTest(d)
	}
}

func (c *checker) typeLet(l *Let) {
	c.info.Lets = append(c.info.Lets, l)
	d := l.Decl
	if d.Limit != nil {
		if n, ok := natLit(d.Limit); ok && n > 0 {
			l.Limit = n
			c.note(d.Limit, types.Nat)
		} else {
			c.wantsLiteral(d.Limit, "`limit` takes a number of at least 1")
		}
	}
	switch {
	case l.Type != nil:
		c.check(d.Value, l.Type)
	case d.Rec:
		c.recTypes(l.together())
		c.checkRec(l)
	default:
		l.Type = c.infer(d.Value)
	}
	if l.Type.Is(types.Func) {
		c.letOfFunction(d)
	}
}

// checkRec checks the value of a `let rec` against the type of its seed. A number
// in the seed is a Nat, and what the steps add may be below zero: where the seed's
// type does not do, the same with Int in place of Nat may.
func (c *checker) checkRec(l *Let) {
	narrow, before := l.Type.Resolve(), len(c.diags)
	c.check(l.Decl.Value, narrow)
	wide := withInts(narrow)
	if len(c.diags) == before || wide == narrow {
		return
	}
	found := slices.Clone(c.diags[before:])
	c.diags, l.Type = c.diags[:before], wide
	if c.check(l.Decl.Value, wide); len(c.diags) > before {
		c.diags, l.Type = append(c.diags[:before], found...), narrow
	}
}

// withInts is a type with Int wherever it has Nat, or the same type.
func withInts(t *types.Type) *types.Type {
	t = t.Resolve()
	if t.Is("Nat") {
		return types.Int
	}
	args := slices.Clone(t.Args)
	changed := false
	for i, a := range args {
		args[i] = withInts(a)
		changed = changed || args[i] != a.Resolve()
	}
	if !changed {
		return t
	}
	return &types.Type{Con: t.Con, Args: args, Def: t.Def}
}

// recTypes finds the types of unannotated `let rec`s that use each other, each
// from an operand that uses none whose type is not known yet: `links` in
// `links | { .. for .. in path }`.
func (c *checker) recTypes(lets []*Let) {
	unknown := slices.DeleteFunc(slices.Clone(lets), func(l *Let) bool { return l.Type != nil })
	for found := true; found; {
		found = false
		for _, l := range slices.Clone(unknown) {
			seed := recSeed(l.Decl.Value, unknown)
			if seed == nil {
				continue
			}
			before := len(c.diags)
			t := c.infer(seed)
			c.diags = c.diags[:before] // they come again, once, with the whole value
			if isBad(t) && len(lets) > 1 {
				continue // it uses a definition that stands later and has no type yet
			}
			l.Type, found = t, true
			unknown = slices.DeleteFunc(unknown, func(u *Let) bool { return u == l })
		}
	}
	for _, l := range unknown {
		l.Type = c.fresh()
	}
}

func recSeed(e ast.Expr, lets []*Let) ast.Expr {
	e = ast.Unparen(e)
	if !slices.ContainsFunc(lets, func(l *Let) bool { return mentions(e, l.Name) }) {
		return e
	}
	switch e := e.(type) {
	case *ast.Binary:
		if e.Op == "|" || e.Op == "-" || e.Op == "&" {
			if s := recSeed(e.L, lets); s != nil {
				return s
			}
			return recSeed(e.R, lets)
		}
	case *ast.Call:
		if e.Fn.Name == "union" || e.Fn.Name == "intersection" {
			for _, a := range e.Args {
				if s := recSeed(a.Value, lets); s != nil {
					return s
				}
			}
		}
	}
	return nil
}

// letType is the type of a definition at a use.
func (c *checker) letType(e *ast.Name, l *Let) *types.Type {
	if l.Type == nil {
		return badType() // in a cycle that was reported
	}
	return l.Type
}

func (c *checker) typeFn(f *Fn) {
	c.info.Fns = append(c.info.Fns, f)
	c.rigid = map[string]*types.Type{}
	for _, v := range f.Vars {
		c.rigid[v.Name] = &types.Type{Con: types.Var, Var: v}
	}
	defer func() { c.rigid = nil }()
	c.push()
	defer c.pop()
	for i, p := range f.Params {
		if c.scope.locals[p.Name] != nil {
			c.declaredTwice(p.Name, f.Decl.Params[i].Name.Span(), c.scope.locals[p.Name].At)
		}
		c.scope.locals[p.Name] = p
	}
	if f.Result != nil {
		c.check(f.Decl.Body, f.Result)
		return
	}
	f.Result = c.infer(f.Decl.Body)
}

func (c *checker) typeShow(d *ast.ShowDecl) {
	t := c.infer(d.Value)
	if t.Is(types.Func) {
		c.errorAt(diag.WrongType, d.Value.Span(), "this is a function, a value is wanted", "", "A function has no value of its own to show.", "Apply it to something.")
	}
	s := &Show{Decl: d, Value: d.Value, Type: t, Name: d.Value.Span().Text()}
	if d.Name != nil {
		s.Name = d.Name.Name
		c.declare2(d)
	}
	c.info.Shows = append(c.info.Shows, s)
}

// declare2 refuses two shows of one name; a show may be named as a definition.
func (c *checker) declare2(d *ast.ShowDecl) {
	key := "show " + d.Name.Name
	if first, twice := c.at[key]; twice {
		c.declaredTwice(d.Name.Name, d.Name.Span(), first)
	}
	c.at[key] = d.Name.Span()
}

// plural renders a count with its noun.
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}
