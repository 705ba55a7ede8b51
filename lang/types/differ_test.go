package types

import (
	"strings"
	"testing"
)

// typed gives a type whose only constructor has these fields.
func typed(name string, fields ...Field) *Type {
	return &Type{Con: name, Def: &Def{Name: name, Record: true, Ctors: []*Ctor{{Name: name, Fields: fields}}}}
}

func list(name string, elem *Type) *Type {
	t := &Type{Con: name, Def: &Def{Name: name}}
	t.Def.Ctors = []*Ctor{{Name: "End"}, {Name: "Cons", Fields: []Field{{"head", elem}, {"tail", t}}}}
	return t
}

// TestDifferenceOfDeclaredTypes: the name alone makes no type the same.
func TestDifferenceOfDeclaredTypes(t *testing.T) {
	point := typed("P", Field{"x", Int}, Field{"y", Int})
	for _, c := range []struct {
		a, b *Type
		says string // empty: no difference
	}{
		{Int, Nat, "Int is not Nat"},
		{SetOf(point), SetOf(typed("P", Field{"x", Int}, Field{"y", Int})), ""},
		{SetOf(point), SetOf(typed("P", Field{"x", Int})), "`P` was {x: Int, y: Int} and is now {x: Int}"},
		{point, typed("P", Field{"y", Int}, Field{"x", Int}), "is now {y: Int, x: Int}"},
		{point, typed("P", Field{"x", Int}, Field{"y", String}), "is now {x: Int, y: String}"},
		{typed("Q", Field{"at", point}), typed("Q", Field{"at", typed("P")}), "`P` was"},
		{list("L", Int), list("L", Int), ""},
		{list("L", point), list("L", point), ""},
		{list("L", Int), list("L", String), "`L` was End | Cons(head: Int, tail: L) and is now"},
		{list("L", point), list("L", typed("P")), "`P` was"},
	} {
		if d := Difference(c.a, c.b); !strings.Contains(d, c.says) || (d == "") != (c.says == "") {
			t.Errorf("%s and %s: %q, want %q", c.a, c.b, d, c.says)
		}
	}
}
