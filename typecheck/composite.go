package typecheck

import (
	"slices"
	"strconv"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

// A cell whose kind is a record, a tuple or a Lex of kinds, or a map of such, is
// kept as several cells: one for each leaf of its kind, with all the maps that
// are around it. `m: GMap[String, Reading]` is `m.at: GMap[String, Max[Nat]]`,
// `m.temp: GMap[String, Max[Int]]` and so on. A join of records is the join of
// their fields, and a map of records is a record of maps, so nothing is lost;
// stores, messages and disks know plain kinds only. What expressions see of the
// whole is a definition, derived from its parts (compositeView).

// Composite is a cell that is made of others.
type Composite struct {
	root *part
	View *Let // what expressions see
}

// part is a node of the kind of a composite cell.
type part struct {
	kind  *types.Type
	names []string // of its parts: the fields of a record, the numbers of others
	parts []*part  // of a record, tuple or Lex; the one of a map
	leaf  *Cell    // of a kind with cells of its own, nil otherwise
	join  *Fn      // of a hand-written lattice, whose leaf keeps what is to be joined
}

// joinedKind is the kind in which cells of hand-written lattices are kept.
const joinedKind = "joined"

// joinOf is the join of a hand-written lattice.
func (c *checker) joinOf(def *types.Def) *Fn {
	for _, j := range c.joins {
		if j.def == def {
			return j.fn
		}
	}
	return nil
}

// isMap reports whether the parts of p are those of an entry.
func (p *part) isMap() bool { return p.leaf == nil && p.names == nil }

// find is the part with a name, nil if there is none.
func (p *part) find(name string) *part {
	for i, n := range p.names {
		if n == name {
			return p.parts[i]
		}
	}
	return nil
}

// leaves calls f with every cell of p, in order.
func (p *part) leaves(f func(*Cell)) {
	if p.leaf != nil {
		f(p.leaf)
	}
	for _, q := range p.parts {
		q.leaves(f)
	}
}

// entries calls f with the cells that have an entry of the map p for each key
// that was written: all its leaves.
func (p *part) entries(f func(*Cell)) { p.leaves(f) }

// partKinds are the kinds that a kind is made of, with their names; nil where
// it has cells of its own.
func (c *checker) partKinds(kind *types.Type) (names []string, kinds []*types.Type) {
	switch {
	case kind.Con == types.Tuple || kind.Con == types.Lex:
		for i := range kind.Args {
			names = append(names, strconv.Itoa(i))
		}
		return names, kind.Args
	case isStructural(kind):
		for _, f := range kind.Def.Ctors[0].Fields {
			names = append(names, f.Name)
		}
		return names, c.fieldKinds[kind.Def]
	}
	return nil, nil
}

// isStructural reports whether t is a `lattice` with fields.
func isStructural(t *types.Type) bool { return t.Def != nil && t.Def.Lattice && t.Def.Record }

// isComposite reports whether cells of a kind are made of others.
func isComposite(kind *types.Type) bool {
	if k := kindNamed(kind.Con); k != nil && k.Map && len(kind.Args) == 2 {
		return isComposite(kind.Args[1])
	}
	return kind.Con == types.Tuple || kind.Con == types.Lex || isStructural(kind) || kind.Joined() != nil
}

// compose makes the parts of a composite cell and the definition of its view.
func (c *checker) compose(cell *Cell) {
	root := c.partOf(cell, cell.Name, cell.Kind, nil)
	cell.Parts = &Composite{root: root}
	b := &viewBuilder{c: c, at: ast.At{Sp: cell.Ident.Span()}}
	decl := &ast.LetDecl{At: b.at, Pub: true, Name: cell.Ident, Value: b.expr(root, nil)}
	cell.Parts.View = &Let{Decl: decl, Name: cell.Name, Type: cell.View, Of: cell}
}

// partOf makes the node for a kind below the given maps, outermost first.
func (c *checker) partOf(of *Cell, name string, kind *types.Type, maps []*types.Type) *part {
	p := &part{kind: kind}
	if kind.Joined() != nil {
		p.leaf = c.leafCell(of, name, types.Of(joinedKind, kind), maps)
		p.join = c.joinOf(kind.Def)
		p.leaf.Stable = !slices.ContainsFunc(maps, func(m *types.Type) bool { return !kindNamed(m.Con).Stable })
		return p
	}
	if !isComposite(kind) {
		p.leaf = c.leafCell(of, name, kind, maps)
		return p
	}
	if k := kindNamed(kind.Con); k != nil && k.Map {
		p.parts = []*part{c.partOf(of, name, kind.Args[1], append(maps[:len(maps):len(maps)], kind))}
		return p
	}
	names, kinds := c.partKinds(kind)
	p.names = names
	for i, k := range kinds {
		below := maps
		if kind.Con == types.Lex && i == 1 {
			below = append(maps[:len(maps):len(maps)], lexMap(kind))
		}
		p.parts = append(p.parts, c.partOf(of, name+"."+names[i], k, below))
	}
	return p
}

// leafCell is the cell of one leaf: the kind, in the maps around it.
func (c *checker) leafCell(of *Cell, name string, kind *types.Type, maps []*types.Type) *Cell {
	leaf := *of
	leaf.Name, leaf.Of, leaf.Parts = name, of, nil
	for i := len(maps) - 1; i >= 0; i-- {
		kind = types.Of(maps[i].Con, maps[i].Args[0], kind)
	}
	leaf.Kind, leaf.View, leaf.Stable = kind, viewOf(kind), isStable(kind)
	return &leaf
}

// cells are those that the run time keeps: leaves stand for composite cells.
func plainCells(cells []*Cell) []*Cell {
	var out []*Cell
	for _, cell := range cells {
		if cell.Parts == nil {
			out = append(out, cell)
			continue
		}
		cell.Parts.root.leaves(func(leaf *Cell) { out = append(out, leaf) })
	}
	return out
}

// typeStructural gives the fields of a `lattice` their kinds, and the record
// that expressions see their views.
func (c *checker) typeStructural(d *ast.LatticeDecl, def *types.Def) {
	for _, f := range d.Fields {
		kind := c.kindOf(f.Type)
		c.fieldKinds[def] = append(c.fieldKinds[def], kind)
		def.Ctors[0].Fields = append(def.Ctors[0].Fields, types.Field{Name: f.Name.Name, Type: viewOf(kind)})
	}
	c.info.Defs = append(c.info.Defs, def)
}

// refuseEndless reports lattices that contain themselves.
func (c *checker) refuseEndless() {
	for _, d := range c.decls.lattices {
		c.enter(d.Span())
		if def := c.defs[d.Name.Name]; def != nil && d.Join == nil && c.contains(def, def, map[*types.Def]bool{}) {
			c.endlessLattice(d)
			c.endless[def] = true
		}
	}
}

// contains reports whether target is somewhere in the fields of a lattice.
func (c *checker) contains(in, target *types.Def, seen map[*types.Def]bool) bool {
	if seen[in] {
		return false
	}
	seen[in] = true
	var inKind func(kind *types.Type) bool
	inKind = func(kind *types.Type) bool {
		if isStructural(kind) {
			return kind.Def == target || c.contains(kind.Def, target, seen)
		}
		return slices.ContainsFunc(kind.Args, inKind)
	}
	return slices.ContainsFunc(c.fieldKinds[in], inKind)
}

// isBroken reports whether a kind has no end because of a lattice in it, or a
// part that was reported.
func (c *checker) isBroken(kind *types.Type) bool {
	if isStructural(kind) {
		for def := range c.endless {
			if kind.Def == def || c.contains(kind.Def, def, map[*types.Def]bool{}) {
				return true
			}
		}
		return slices.ContainsFunc(c.fieldKinds[kind.Def], func(k *types.Type) bool { return isBad(k) || c.isBroken(k) })
	}
	return slices.ContainsFunc(kind.Args, c.isBroken)
}
