package stdlib

import (
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
)

func TestRowsAreComplete(t *testing.T) {
	for _, r := range Table().Rows() {
		s, err := types.ParseScheme(r.Sig)
		if err != nil {
			t.Errorf("%s: %v", r.ID, err)
			continue
		}
		if r.Name == "" || r.Family == "" || r.Doc == "" || !strings.HasSuffix(r.Doc, ".") {
			t.Errorf("%s lacks a name, a family or a sentence of documentation", r.ID)
		}
		if len(r.Examples) == 0 {
			t.Errorf("%s has no example", r.ID)
		}
		for _, e := range r.Examples {
			if _, _, ok := strings.Cut(e, " // "); !ok {
				t.Errorf("%s: the example %q has no result", r.ID, e)
			}
		}
		if len(r.Quals) != len(s.Params) {
			t.Errorf("%s: %d qualifiers for %d arguments", r.ID, len(r.Quals), len(s.Params))
		}
		if r.Eval == nil {
			t.Errorf("%s cannot be evaluated", r.ID)
		}
		checkLambda(t, r, s)
		checkAlias(t, r)
	}
}

func checkLambda(t *testing.T, r *op.Row, s *types.Scheme) {
	first := op.NoLambda
	for i, p := range s.Params {
		if p.Type.Is(types.Func) {
			first = i
			break
		}
	}
	if r.Lambda != first {
		t.Errorf("%s: Lambda is %d, the first function argument is %d", r.ID, r.Lambda, first)
	}
}

func checkAlias(t *testing.T, r *op.Row) {
	if r.Alias == "" {
		return
	}
	to := Table().ByID(r.Alias)
	if to == nil || to.Alias != "" {
		t.Errorf("%s is another spelling of %q, which is not a row of its own", r.ID, r.Alias)
		return
	}
	q := append([]op.Qual(nil), r.Quals...)
	if r.Swap {
		q[0], q[1] = q[1], q[0]
	}
	for i := range q {
		if q[i] != to.Quals[i] || r.Joint != to.Joint {
			t.Errorf("%s and %s are one operator with different qualifiers", r.ID, to.ID)
		}
	}
}

func TestEveryOperatorHasARow(t *testing.T) {
	for _, o := range ast.Infix {
		if o.Symbol != "|>" && len(Table().ByName(o.Symbol)) == 0 {
			t.Errorf("the operator %s has no row", o.Symbol)
		}
	}
	names := `not [] map filter flat_map fold union intersection product group_by join_by contains semi_join enumerate keys values zip
		split trim upper lower starts_with join length size sum min max any all avg count_by sum_by max_by min_by top sort sort_by
		ever sealed prefix take drop scan peek now random me fresh`
	for _, name := range strings.Fields(names) {
		if len(Table().ByName(name)) == 0 {
			t.Errorf("%s has no row", name)
		}
	}
}
