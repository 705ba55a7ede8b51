package typecheck_test

import (
	"testing"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/parser"
	"github.com/laspc/lasp/stdlib"
	"github.com/laspc/lasp/typecheck"
)

const queried = `
type Ad { id: String, views: Nat }
shared ads: AWSet[Ad]
shared views: GMap[String, GCounter]
shared x: IVar[Int]
local mine: Max[Nat]
param limit: Nat = 3
input hit(ad: String)
on hit(ad) { views[ad].increment() }
output seen: String
let big = { id for (id, n) in views if n >= limit }
fn twice(n: Int) -> Int = n * 2
show big
`

// names is the environment that an artifact of the program would give.
func names(p *typecheck.Program) *typecheck.Env {
	full := p.Env()
	env := &typecheck.Env{Defs: full.Defs, Params: full.Params, Inputs: full.Inputs, Outputs: full.Outputs, Fns: full.Fns}
	for _, c := range full.Cells {
		env.Cells = append(env.Cells, typecheck.NewCell(c.Name, c.Kind, c.Scope))
	}
	for _, l := range full.Lets {
		env.Lets = append(env.Lets, typecheck.NewLet(l.Name, l.Type, l.Class))
	}
	return env
}

func TestQueries(t *testing.T) {
	p, ds := check(t, "queried.lasp", queried)
	if diag.HasErrors(ds) {
		t.Fatal(ds)
	}
	for _, test := range []struct{ text, want string }{
		{"1 + 2", "Nat, fixed"},
		{"limit", "Nat, fixed"},
		{"big", "Set[String], stable"},
		{"ads", "Set[Ad], eventual"},
		{"ads.map(ad => ad.views)", "Set[Nat], eventual"},
		{"views[\"r1\"]", "Max[Nat], stable"},
		{"views[\"r1\"] >= 3", "Bool, stable"},
		{"views[\"r1\"] < 3", "Bool, eventual"},
		{"x + 1", "IVar[Int], stable"},
		{"twice(x)", "IVar[Int], stable"},
		{"mine", "Max[Nat], nondet"},
		{"[1, 2].map(twice)", "List[Int], fixed"},
		{"{}", "Set[()], fixed"},
		{"size(big) == 0", "Bool, eventual"},
	} {
		for what, env := range map[string]*typecheck.Env{"program": p.Env(), "names": names(p)} {
			q, ds := query(t, env, test.text)
			if len(ds) > 0 {
				t.Errorf("%s by %s: %s", test.text, what, ds[0].Title)
			} else if q.String() != test.want {
				t.Errorf("%s by %s: %s, want %s", test.text, what, q, test.want)
			}
		}
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	p, _ := check(t, "queried.lasp", queried)
	for text, code := range map[string]diag.Code{
		"bigg":            diag.UnknownName,
		"now()":           diag.ShownNondet,
		"seen":            diag.WrongPlace,
		"hit(\"a\")":      diag.WrongPlace,
		"x == unbound":    diag.OnlyInTests,
		"twice":           diag.WrongType,
		"ads.map(a => b)": diag.UnknownName,
	} {
		for _, env := range []*typecheck.Env{p.Env(), names(p)} {
			if _, ds := query(t, env, text); len(ds) != 1 || ds[0].Code != code {
				t.Errorf("%s: want one %s, got %v", text, code, ds)
			}
		}
	}
}

func query(t *testing.T, env *typecheck.Env, text string) (*typecheck.Query, []diag.Diagnostic) {
	t.Helper()
	e, ds := parser.ParseExpr(source.NewFile("query", []byte(text)))
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	return typecheck.CheckExpr(env, e, stdlib.Table())
}

func TestStatementsAgainstNames(t *testing.T) {
	p, _ := check(t, "queried.lasp", queried)
	file, ds := parser.Parse(source.NewFile("stmts", []byte(`on start { ads.add(Ad(id: "a", views: 1)) for id in big { views[id].increment(2) } emit "a" to seen hit("a") views["a"].decrement() }`)))
	if diag.HasErrors(ds) {
		t.Fatal(ds)
	}
	info, ds := typecheck.CheckStmts(names(p), file.Decls[0].(*ast.OnDecl).Body.Stmts, stdlib.Table())
	if len(ds) != 1 || ds[0].Code != diag.NoSuchMutator {
		t.Errorf("want one missing mutator, got %v", ds)
	}
	if len(info.Cells) != 4 || info.Cells[1].View.String() != types.MapOf(types.String, types.MaxOf(types.Nat)).String() {
		t.Errorf("cells: %v", info.Cells)
	}
}
