package ir

import (
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/stdlib"
)

const sample = `program "main" file "x.lasp"
type P record P(a: Int, b: String)
cell s: GSet[(Int, Int)] shared group "" = n0 as Set[(Int, Int)] ; x.lasp:1:8
cell c: GCounter shared group "" = n1 as Max[Nat] ; x.lasp:2:8
param limit: Nat = 3
input add(n: Int)
output out: Int
n0 = source s.0 : Set[(Int, Int)] (Int, Int) ; H in s, stable, lattice, linear, x.lasp:1:8
n1 = source c.0 : Max[Nat] (Max[Nat]) ; H in c, stable, zset, linear, x.lasp:2:8
n2 = rec : Set[(Int, Int)] (Int, Int) ; + in s, stable, lattice, linear, x.lasp:3:1
n3 = join n2 n0 on [1] = [0] {$0, $3} (Int, Int) ; + in s, stable, lattice, bilinear, x.lasp:3:5
n4 = union n0 n3 (Int, Int) ; + in s, stable, lattice, linear, x.lasp:3:5
n5 = distinct n4 : Set[(Int, Int)] (Int, Int) ; + in s, stable, lattice, aggregate, x.lasp:3:5
n6 = fix n5 rec n2 : Set[(Int, Int)] (Int, Int) ; + in s, stable, lattice, recompute, x.lasp:3:1
n7 = map n6 if {gt($0, param limit:Nat):Bool@4:7} {$1} (Int) ; + in s, stable, lattice, linear, x.lasp:4:1
n8 = distinct n7 : Set[Int] (Int) ; + in s, stable, lattice, aggregate, x.lasp:4:1
n9 = group n6 keys 1 [set.count_by]:Max[Nat] : Map[Int, Max[Nat]] (Int, Max[Nat]) ; + in s, stable, zset, aggregate, x.lasp:5:1
n10 = compute {int.add(view(n1 as Max[Nat]), 1):Int@6:1} : Int (Int) ; ? in c, eventual, zset, recompute, x.lasp:6:1
n11 = sink n8 (Int) ; + in s, stable, lattice, linear, x.lasp:7:1
let big = n8 as Set[Int] class stable ; x.lasp:4:1
let counts = n9 as Map[Int, Max[Nat]] class stable ; x.lasp:5:1
let next = n10 as Int class eventual ; x.lasp:6:1
show "big" = n8 as Set[Int] class stable ; x.lasp:4:1
on "on add" input add slots 1 ; x.lasp:8:1
  mutate s.add {($0:Int, 2)} ; x.lasp:8:10
end
when "for x in big" head n11 (Int) ($0) id 00 slots 1 ; x.lasp:7:1
  emit out {$0:Int} ; x.lasp:7:5
end
`

func parsed(t *testing.T, text string) *Program {
	t.Helper()
	p, err := Parse(text, stdlib.Table())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestVerify: every kind of damage to a program that holds together is noticed,
// with a reason that names it.
func TestVerify(t *testing.T) {
	local := func(slot int) *Expr { return &Expr{Op: ELocal, Slot: slot, Type: types.Int} }
	for _, c := range []struct {
		name   string
		damage func(p *Program)
		want   string
	}{
		{"order", func(p *Program) { p.Nodes[3].In[0] = 8 }, "does not stand before it"},
		{"place", func(p *Program) { p.Nodes[3].ID = 4 }, "is at place 3"},
		{"number of inputs", func(p *Program) { p.Nodes[3].In = p.Nodes[3].In[:1] }, "1 inputs instead of 2"},
		{"columns of a source", func(p *Program) { p.Nodes[0].Cols = p.Nodes[0].Cols[:1] }, "columns are not those of the cell"},
		{"type of a column", func(p *Program) { p.Nodes[7].Cols = []*types.Type{types.String} }, "column 0 is a `String`"},
		{"key outside", func(p *Program) { p.Nodes[3].LKey[0] = 2 }, "a key is outside the columns"},
		{"keys of different lengths", func(p *Program) { p.Nodes[3].RKey = nil }, "keys have different lengths"},
		{"slot outside", func(p *Program) { p.Nodes[7].Out[0] = local(9) }, "slot 9"},
		{"slot that nothing binds", func(p *Program) { p.Nodes[7].Out[0] = local(2); p.Nodes[7].Out[0].Slots = 3 }, "nothing binds"},
		{"condition of another type", func(p *Program) { p.Nodes[7].Cond = local(0) }, "condition is a `Int`"},
		{"unknown row", func(p *Program) { p.Nodes[7].Cond.Name = "no.such" }, "`no.such`, which the library does not have"},
		{"unknown parameter", func(p *Program) { p.Params = nil }, "the parameter `limit`"},
		{"aggregate", func(p *Program) { p.Nodes[9].Aggs[0].Row = "set.map" }, "no aggregate"},
		{"keys of a group", func(p *Program) { p.Nodes[9].Keys = 3 }, "groups by 3 of 2 columns"},
		{"recursion", func(p *Program) { p.Nodes[6].Rec = 4 }, "recursion belongs to another"},
		{"relation of a cell", func(p *Program) { p.Nodes[0].Leaf = 7 }, "relation 7 of `s`"},
		{"view", func(p *Program) { p.Lets[0].View.Node = 3 }, "columns are not those of its type"},
		{"view outside", func(p *Program) { p.Shows[0].View.Node = 70 }, "reads n70"},
		{"cell of a write", func(p *Program) { p.Handlers[0].Body[0].Cell = 5 }, "writes cell 5"},
		{"mutator", func(p *Program) { p.Handlers[0].Body[0].Name = "remove" }, "`s` has no `remove`"},
		{"output", func(p *Program) { p.Handlers[1].Body[0].N = 3 }, "output 3"},
		{"head", func(p *Program) { p.Handlers[1].HeadTypes = nil }, "head has other columns"},
		{"view of a cell", func(p *Program) { p.Cells[1].View.Type = types.Int }, "view is not that of its kind"},
		{"kind of a cell", func(p *Program) { p.Cells[1].Kind = types.Of("Nothing") }, "kind is not known"},
		{"qualifier", func(p *Program) { p.Nodes[7].Quals = map[int]op.Qual{0: op.Hom} }, "do not follow from its inputs"},
		{"class", func(p *Program) { p.Nodes[7].Class = "fixed" }, "class or algebra"},
		{"algebra", func(p *Program) { p.Nodes[7].Algebra = ZSet }, "class or algebra"},
		{"hash", func(p *Program) { p.Nodes[7].Hash[0]++ }, "hash is not that of its contents"},
		{"identity", func(p *Program) { p.Handlers[1].ID[0]++ }, "identity is not that of its contents"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := parsed(t, sample)
			c.damage(p)
			err := Verify(p, stdlib.Table())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want something with %q", err, c.want)
			}
		})
	}
}

// TestParseErrors: what is wrong with a text is said with its line.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ old, to, want string }{
		{"n3 = join", "n4 = join", "line 11: n3 is expected"},
		{"= union", "= onion", `line 12: "onion" is no kind of node`},
		{"source s.0", "source x.0", `line 8: "x.0" is no relation of a cell`},
		{"{$1}", "{$1", "line 15"},
		{"mutate s.add", "mutate t.add", `line 25: "t" is no cell`},
		{"[set.count_by]", "[set.count_by", "line 17"},
		{"param limit: Nat", "param limit: Nat[", "line 5"},
		{"H in s, stable", "H in z, stable", `"z" is no cell`},
		{"  emit out {$0:Int} ; x.lasp:7:5\nend\n", "  emit out {$0:Int} ; x.lasp:7:5\n", "`end` is missing"},
	} {
		_, err := Parse(strings.Replace(sample, c.old, c.to, 1), stdlib.Table())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: got %v, want something with %q", c.to, c.old, err, c.want)
		}
	}
}
