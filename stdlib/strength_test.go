package stdlib

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// A qualifier is a claim about all inputs. Here every claim of every row is held
// against all small inputs x <= y, and so is the next stronger claim, which has
// to break somewhere: a row that says less than is true costs programs that
// would be right. Where it says less on purpose, the reason stands in modest. A row that is joint says f(x|y, x'|y') = f(x, x')|f(y, y')
// (what one cell makes of its two arguments are x and x'); one that is not has to
// break that.

const (
	onChain = "On a chain every monotone function of one argument is a homomorphism, so H holds in each side; the language says + (section 6), since " +
		"a cell that is read by both sides is + anyway and a threshold over a number asks for no more."
	ofTest = "Of the test alone H holds; the language says + (section 6), since each element asks the captured value anew " +
		"and no construct asks more of a captured value than to be monotone."
	byName  = "The checker judges this row by its name, and what it reads is data by decree."
	bySelf  = "For the steps tried here H holds; one that joins two elements of what it is given, as for paths in a graph, is only monotone."
	byWhole = "The engine alone knows whether a cell is sealed; as a function of values it is never bound."
	ofError = "Two different data values of one key are an error, which drops the key; the enumeration holds results against each other, and an error is none."
	ofCost  = "How far a stream is computed ahead never shows in it; the number is a setting, and one that moves would begin the buffer anew."
	factor  = "For each factor H holds, but a factor that moves is replaced by another one, and the language asks for a fixed one (section 6)."
)

// modest gives the reason for a claim that is weaker than what holds, by the row
// and the number of the argument.
func modest() map[string]string {
	m := map[string]string{
		"set.filter 1": ofTest, "map.filter 1": ofTest, "set.any 1": ofTest, "map.any 1": ofTest, "list.any 1": ofTest,
		"set.sealed 0": byWhole, "map.sealed 0": byWhole, "max.sealed 0": byWhole,
		"set.fixpoint 0": bySelf, "set.fixpoint 1": bySelf, "map.fixpoint 0": bySelf, "map.fixpoint 1": bySelf,
		"stream.buffer 1": ofCost,
		"peek 0":          byName, "ever 0": byName,
		"map.union 0": ofError, "map.union 1": ofError, "map.union_of 0": ofError, "map.union_of 1": ofError,
	}
	for _, r := range Table().Rows() {
		box, name, _ := strings.Cut(r.ID, ".")
		switch {
		case r.Family == "growing" && (name == "add" || name == "mul"), box == "max_of" || box == "min_of":
			m[r.ID+" 0"], m[r.ID+" 1"] = onChain, onChain
		case r.Family == "growing" && name == "sub":
			m[r.ID+" 0"] = onChain
		case r.Family == "growing" && name == "scale":
			m[r.ID+" 0"] = factor
		case r.Family == "growing" && name == "scaled":
			m[r.ID+" 1"] = factor
		case r.Family == "compare" && box != "set" && r.Cmp != nil && r.QualsOf != nil:
			for _, i := range risers(r) {
				m[fmt.Sprint(r.ID, " ", i)] = onChain
			}
		}
	}
	return m
}

// risers are the arguments of a comparison that can raise it.
func risers(r *op.Row) []int {
	left, right, _ := strings.Cut(r.Sig, ", ")
	greater := strings.HasPrefix(r.Name, ">")
	var out []int
	for i, side := range []string{left, right} {
		up := greater == (i == 0)
		moving := strings.Contains(side, map[bool]string{true: "Max[", false: "Min["}[up])
		if moving || !strings.Contains(r.Sig, "Max[") && !strings.Contains(r.Sig, "Min[") {
			out = append(out, i)
		}
	}
	return out
}

// instances are the ground forms of a row: with Int for every variable, and with
// growing types for the variables that can stand for such.
func instances(t *testing.T, r *op.Row) []subject {
	s, err := types.ParseScheme(r.Sig)
	if err != nil {
		t.Fatal(err)
	}
	grown := map[string][]*types.Type{"V": {types.MaxOf(types.Int), types.SetOf(types.Int)}, "W": {types.SetOf(types.Int)}}
	if slices.Contains([]string{"le", "lt", "ge", "gt", "eq", "ne", "value.min", "value.max"}, r.ID) {
		grown["T"] = []*types.Type{types.MaxOf(types.Int), types.MinOf(types.Int)}
	}
	choices := []map[*types.TypeVar]*types.Type{{}}
	for _, v := range s.Vars {
		var next []map[*types.TypeVar]*types.Type
		for _, to := range append([]*types.Type{types.Int}, grown[v.Name]...) {
			for _, c := range choices {
				with := map[*types.TypeVar]*types.Type{v: to}
				for k, x := range c {
					with[k] = x
				}
				next = append(next, with)
			}
		}
		choices = next
	}
	var out []subject
	for _, c := range choices {
		params, result := s.Subst(c)
		if r.ID == "cell.index" && !moves(result) || r.ID == "map.map" && !moves(result.Args[1]) {
			continue // data that moves is `?` before it comes here
		}
		out = append(out, subject{r, params, result})
	}
	return out
}

// quals are the qualifiers of all arguments; while i is judged alone, fixed says
// whether the others are.
func (s subject) quals(i int, fixed bool) []op.Qual {
	if s.row.QualsOf == nil {
		return s.row.Quals
	}
	c := op.Context{Types: s.params, Fixed: make([]bool, len(s.params)), NonNeg: make([]bool, len(s.params))}
	for j := range c.Fixed {
		c.Fixed[j] = fixed && j != i
	}
	return s.row.QualsOf(c)
}

// moves reports whether values of type t grow; others are replaced.
func moves(t *types.Type) bool { return t.IsLattice() || t.Is("Bool") }

// smallFns are pure functions from data into the small values of t. Growing
// parameters are not looked at: what a function makes of those is judged with
// its body.
func smallFns(fn *types.Type) []op.Fn {
	results := small(fn.Result())
	var fns []op.Fn
	n := 4
	if fn.Result().Is("Bool") {
		n = 6
	}
	for salt := range n {
		fns = append(fns, func(args ...value.Value) (value.Value, error) {
			h := uint64(salt)
			if salt == 0 {
				return results[len(results)-1], nil
			}
			for i, a := range args {
				if !moves(fn.Params()[i]) {
					h = h*31 + digest(a)
				}
			}
			return results[(h*0x9e3779b97f4a7c15>>33)%uint64(len(results))], nil
		})
	}
	return fns
}

// either joins two functions point by point.
func either(result *types.Type, f, g op.Fn) op.Fn {
	return func(args ...value.Value) (value.Value, error) {
		x, err := f(args...)
		if err != nil {
			return x, err
		}
		y, err := g(args...)
		if err != nil {
			return y, err
		}
		return lattice.JoinViews(result, x, y)
	}
}

// input is all that a call is given.
type input struct {
	args []value.Value
	fns  []op.Fn
}

// inputs calls f for all small choices of the arguments other than i, until f
// returns false; it reports whether f never did.
func (s subject) inputs(i int, f func(in input) bool) bool {
	in := input{args: make([]value.Value, len(s.params)), fns: make([]op.Fn, s.fnIndex(len(s.params)))}
	var choose func(j int) bool
	choose = func(j int) bool {
		switch {
		case j == len(s.params):
			return f(in)
		case j == i:
			return choose(j + 1)
		case s.params[j].Is(types.Func):
			for _, fn := range smallFns(s.params[j]) {
				in.fns[s.fnIndex(j)] = fn
				if !choose(j + 1) {
					return false
				}
			}
			return true
		}
		for _, v := range small(s.params[j]) {
			in.args[j] = v
			if !choose(j + 1) {
				return false
			}
		}
		return true
	}
	return choose(0)
}

// fnIndex is the place of argument j among the functions.
func (s subject) fnIndex(j int) int {
	n := 0
	for _, p := range s.params[:j] {
		if p.Is(types.Func) {
			n++
		}
	}
	return n
}

// breaks looks for an input at which the row is not q in argument i.
func (s subject) breaks(q op.Qual, i int) (example string) {
	s.inputs(i, func(in input) bool {
		if s.params[i].Is(types.Func) {
			example = s.breaksInFn(q, i, in)
		} else {
			example = s.breaksIn(q, i, in)
		}
		return example == ""
	})
	return example
}

func (s subject) breaksIn(q op.Qual, i int, in input) string {
	p := s.params[i]
	at := func(v value.Value) (value.Value, bool) {
		in.args[i] = v
		return s.call(in.args, in.fns)
	}
	for _, x := range small(p) {
		for _, y := range small(p) {
			xy, err := y, error(nil)
			if moves(p) {
				xy, err = lattice.JoinViews(p, x, y)
			}
			if err != nil || xy.Kind() == value.Error {
				continue
			}
			fx, ok1 := at(x)
			fy, ok2 := at(y)
			fxy, ok3 := at(xy)
			if ok1 && ok2 && ok3 && !s.obeys(q, fx, fy, fxy) {
				return fmt.Sprintf("f(%v) = %v, f(%v) = %v, f(%v) = %v", x, fx, y, fy, xy, fxy)
			}
		}
	}
	return ""
}

func (s subject) breaksInFn(q op.Qual, i int, in input) string {
	at, r := s.fnIndex(i), s.params[i].Result()
	for k, f := range smallFns(s.params[i]) {
		for l, g := range smallFns(s.params[i]) {
			both := g
			if moves(r) {
				both = either(r, f, g)
			}
			var out [3]value.Value
			fine := true
			for n, h := range []op.Fn{f, g, both} {
				in.fns[at] = h
				v, ok := s.call(in.args, in.fns)
				out[n], fine = v, fine && ok
			}
			if fine && !s.obeys(q, out[0], out[1], out[2]) {
				return fmt.Sprintf("function %d gives %v, %d gives %v, both %v (%v)", k, out[0], l, out[1], out[2], in.args)
			}
		}
	}
	return ""
}

// obeys holds three results, at x, at y and at x | y, against a qualifier.
func (s subject) obeys(q op.Qual, fx, fy, fxy value.Value) bool {
	switch q {
	case op.Const:
		return value.Equal(fx, fxy)
	case op.Hom:
		j, err := lattice.JoinViews(s.result, fx, fy)
		return err == nil && value.Equal(j, fxy)
	case op.Mono:
		return lattice.LeqViews(s.result, fx, fxy)
	case op.Anti:
		return lattice.LeqViews(s.result, fxy, fx)
	}
	return true
}

// stronger are the claims next to q for an argument of type t.
func stronger(q op.Qual, t *types.Type) []op.Qual {
	if t.Is(types.Func) {
		t = t.Result()
	}
	switch {
	case q == op.Any && moves(t):
		return []op.Qual{op.Mono, op.Anti}
	case q == op.Mono:
		return []op.Qual{op.Hom}
	case q == op.Const:
		return nil
	}
	return []op.Qual{op.Const}
}

func TestQualifiersHoldAndAreTight(t *testing.T) {
	excused, checked := modest(), 0
	for _, r := range Table().Rows() {
		forms := instances(t, r)
		for i := range forms[0].params {
			name := fmt.Sprintf("%s %d", r.ID, i)
			if excused[name] == byName {
				continue
			}
			weak := ""
			for _, fixed := range []bool{true, false} {
				slack := map[op.Qual]map[op.Qual]bool{} // claim -> stronger claims that never broke
				for _, s := range forms {
					q := s.quals(i, fixed)[i]
					checked++
					if example := s.breaks(q, i); example != "" {
						t.Errorf("%s is not %s in argument %d (%v): %s", r.ID, q, i, s.params, example)
					}
					if slack[q] == nil {
						slack[q] = map[op.Qual]bool{}
						for _, p := range stronger(q, s.params[i]) {
							slack[q][p] = true
						}
					}
					for p := range slack[q] {
						if s.breaks(p, i) != "" {
							slack[q][p] = false
						}
					}
				}
				for q, more := range slack {
					for p, holds := range more {
						if holds {
							weak += fmt.Sprintf(" %s where %s holds (others fixed: %v);", q, p, fixed)
						}
					}
				}
			}
			switch {
			case weak != "" && excused[name] == "":
				t.Errorf("%s is needlessly weak:%s", name, weak)
			case weak == "" && excused[name] != "":
				t.Errorf("%s is as strong as can be, and excused nevertheless", name)
			}
		}
	}
	if checked < 300 {
		t.Errorf("only %d claims were checked", checked)
	}
}

// TestQualifiersThroughElements has functions look at values of entries that
// grow: the claims of the collection and of the function together bound how the
// result moves.
func TestQualifiersThroughElements(t *testing.T) {
	seen := func(v value.Value) value.Value {
		return value.MakeBool(v.Len() > 0 || v.Kind() == value.Int && v.Int() > 0)
	}
	checked := 0
	for _, r := range Table().Rows() {
		for _, s := range instances(t, r) {
			if r.Lambda != 1 || !s.params[0].Is("Map") || !moves(s.params[0].Resolve().Args[1]) || len(s.params) != 2 || len(s.params[1].Params()) != 2 {
				continue
			}
			q := op.Combine(s.row.Quals[0], op.Compose(s.row.Quals[1], op.Mono), false)
			if q == op.Any {
				continue
			}
			fn := func(args ...value.Value) (value.Value, error) {
				grown := seen(args[1])
				if s.params[1].Result().Is("Bool") {
					return grown, nil
				}
				if !grown.Bool() {
					return value.MakeSet(nil), nil
				}
				return value.MakeSet([]value.Value{args[0]}), nil
			}
			checked++
			in := input{args: make([]value.Value, 2), fns: []op.Fn{fn}}
			if example := s.breaksIn(q, 0, in); example != "" {
				t.Errorf("%s is not %s with a function that grows with %s: %s", r.ID, q, s.params[0], example)
			}
		}
	}
	if checked < 6 {
		t.Errorf("only %d rows were checked", checked)
	}
}

// both makes the call of a row in its arguments i and j, which one cell may
// reach in two ways; ok is false where their types leave no such use.
func (s subject) both(i, j int, in input) (at func(v, w value.Value) (value.Value, bool), second *types.Type) {
	p, q := s.params[i], s.params[j]
	if !p.Is(types.Func) && !q.Is(types.Func) {
		return func(v, w value.Value) (value.Value, bool) {
			in.args[i], in.args[j] = v, w
			return s.call(in.args, in.fns)
		}, q
	}
	if p.Is(types.Func) || !moves(q.Result()) {
		return nil, nil
	}
	return func(v, w value.Value) (value.Value, bool) {
		in.args[i] = v
		in.fns[s.fnIndex(j)] = func(...value.Value) (value.Value, error) { return w, nil }
		return s.call(in.args, in.fns)
	}, q.Result()
}

func TestJointBitsHoldAndAreTight(t *testing.T) {
	for _, r := range Table().Rows() {
		pairs, broken := 0, ""
		for _, s := range instances(t, r) {
			qs := s.quals(0, false)
			for i := range qs {
				for j := i + 1; j < len(qs); j++ {
					if qs[i] != op.Hom || qs[j] != op.Hom {
						continue
					}
					n, example := s.breaksTwice(i, j)
					pairs += n
					if example != "" {
						broken = example
					}
				}
			}
		}
		switch {
		case r.Joint && broken != "":
			t.Errorf("%s is not joint: %s", r.ID, broken)
		case r.Joint && pairs == 0:
			t.Errorf("%s is joint over nothing", r.ID)
		case !r.Joint && pairs > 0 && broken == "":
			t.Errorf("%s could be joint", r.ID)
		}
	}
}

func (s subject) breaksTwice(i, j int) (pairs int, example string) {
	s.inputs(i, func(in input) bool {
		at, second := s.both(i, j, in)
		if at == nil {
			return false
		}
		for _, x := range pairsOf(s.params[i]) {
			for _, y := range pairsOf(second) {
				fx, ok1 := at(x[0], y[0])
				fy, ok2 := at(x[1], y[1])
				fxy, ok3 := at(x[2], y[2])
				if !ok1 || !ok2 || !ok3 {
					continue
				}
				pairs++
				if !s.obeys(op.Hom, fx, fy, fxy) {
					example = fmt.Sprintf("f(%v, %v) = %v, f(%v, %v) = %v, f(%v, %v) = %v", x[0], y[0], fx, x[1], y[1], fy, x[2], y[2], fxy)
					return false
				}
			}
		}
		return pairs < 20_000
	})
	return pairs, example
}

// pairsOf lists small values x, y of type t with their join.
func pairsOf(t *types.Type) (out [][3]value.Value) {
	for _, x := range small(t) {
		for _, y := range small(t) {
			if xy, err := lattice.JoinViews(t, x, y); err == nil && xy.Kind() != value.Error {
				out = append(out, [3]value.Value{x, y, xy})
			}
		}
	}
	return out
}
