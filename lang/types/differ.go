package types

import (
	"fmt"
	"strings"

	"github.com/laspc/lasp/lang/value"
)

// Difference says how two types that come from different programs differ, in
// words for people; it is empty when values of one are values of the other.
// Within one program Equal does; between programs a declared type may have kept
// its name and changed what it is made of, and then what is stored under the one
// cannot be read under the other.
func Difference(a, b *Type) string { return difference(a, b, map[[2]*Def]bool{}) }

// difference takes the pairs in seen to be alike, since types may be recursive.
func difference(a, b *Type, seen map[[2]*Def]bool) string {
	a, b = a.Resolve(), b.Resolve()
	if a == b {
		return ""
	}
	if a == nil || b == nil || a.Con != b.Con || len(a.Args) != len(b.Args) || a.Con == Var || (a.Def == nil) != (b.Def == nil) {
		return fmt.Sprintf("%s is not %s", a, b)
	}
	for i := range a.Args {
		if d := difference(a.Args[i], b.Args[i], seen); d != "" {
			return d
		}
	}
	if pair := [2]*Def{a.Def, b.Def}; a.Def != b.Def && !seen[pair] {
		seen[pair] = true
		return a.Def.difference(b.Def, seen)
	}
	return ""
}

// difference counts the order of constructors and fields too: values are
// compared and stored by it.
func (d *Def) difference(o *Def, seen map[[2]*Def]bool) string {
	changed := fmt.Sprintf("`%s` was %s and is now %s", d.Name, d, o)
	if d.Join != nil && o.Join != nil {
		if inner := difference(d.Join.Of, o.Join.Of, seen); inner != "" {
			return inner
		}
		if d.Join.Code != o.Join.Code || !value.Equal(d.Join.Bottom, o.Join.Bottom) {
			return fmt.Sprintf("`%s` has another join, under which what is stored would be read otherwise", d.Name)
		}
		return ""
	}
	if d.Record != o.Record || (d.Join == nil) != (o.Join == nil) || d.Lattice != o.Lattice || len(d.Ctors) != len(o.Ctors) {
		return changed
	}
	for i, c := range d.Ctors {
		p := o.Ctors[i]
		if c.Name != p.Name || len(c.Fields) != len(p.Fields) {
			return changed
		}
		for j, f := range c.Fields {
			g := p.Fields[j]
			inner := difference(f.Type, g.Type, seen)
			switch {
			case f.Name != g.Name || inner != "" && f.Type.String() != g.Type.String():
				return changed
			case inner != "":
				return inner
			}
		}
	}
	return ""
}

// String renders what the type is made of.
func (d *Def) String() string {
	if d.Join != nil {
		return d.Join.Of.String() + " with a join"
	}
	ctors := make([]string, len(d.Ctors))
	for i, c := range d.Ctors {
		fields := make([]string, len(c.Fields))
		for j, f := range c.Fields {
			fields[j] = f.Name + ": " + f.Type.String()
		}
		if ctors[i] = c.Name; d.Record {
			ctors[i] = "{" + strings.Join(fields, ", ") + "}"
		} else if len(fields) > 0 {
			ctors[i] += "(" + strings.Join(fields, ", ") + ")"
		}
	}
	return strings.Join(ctors, " | ")
}
