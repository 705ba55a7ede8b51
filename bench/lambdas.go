package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/google/cel-go/cel"
	"github.com/laspc/lasp"
	"github.com/laspc/lasp/internal/workload"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/vm"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// The lambdas of W4: what others call an expression, evaluated for each element.
// Each measurement counts the elements that pass and fails where the count is
// wrong; it returns ns per element.

const passNumbers = 348_316

// passRecords is how many records pass, by a plain loop.
func passRecords(rs []workload.Record) (n int) {
	for i := range rs {
		if rs[i].Score > 500 && strings.HasPrefix(rs[i].Name, "r") {
			n++
		}
	}
	return n
}

func perElement(began time.Time, n int) float64 { return float64(time.Since(began)) / float64(n) }

func wrongCount(who string, got, want int) error {
	return fmt.Errorf("%s counts %d elements, want %d", who, got, want)
}

// compile makes the IR of a program text.
func compile(name, text string) (*ir.Program, error) {
	p, ds := lasp.Load(source.NewFile(name, []byte(text)), nil)
	if p == nil || len(ds) > 0 {
		return nil, fmt.Errorf("%s: %v", name, ds)
	}
	return lasp.Compile(p)
}

// engine is a machine for a program of one cell of rows.
type engine struct {
	m     *vm.Machine
	width int
}

func newEngine(name, text string, width int) (*engine, error) {
	p, err := compile(name, text)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	m, err := vm.New(p, lasp.Ops(), vm.Options{Stats: true, Clock: func() int64 { return int64(time.Since(began)) }})
	if err != nil {
		return nil, err
	}
	return &engine{m, width}, nil
}

// batch feeds all rows as one turn and returns ns per element of the step that
// evaluates the lambda, and how many elements passed.
func (e *engine) batch(rows []value.Word) (float64, int, error) {
	if _, err := e.m.Step([]vm.Change{{Row: rows, Mult: 1}}); err != nil {
		return 0, 0, err
	}
	for _, n := range e.m.Stats().Nodes {
		if n.Kind == ir.Map {
			return float64(n.Nanos) / float64(n.In), int(n.Out), nil
		}
	}
	return 0, 0, fmt.Errorf("the plan has no step that maps")
}

// single feeds rows one turn each and returns ns per element of the same step.
func (e *engine) single(rows []value.Word) (float64, error) {
	if err := e.turns(rows); err != nil {
		return 0, err
	}
	for _, n := range e.m.Stats().Nodes {
		if n.Kind == ir.Map {
			return float64(n.Nanos) / float64(n.In), nil
		}
	}
	return 0, fmt.Errorf("the plan has no step that maps")
}

const (
	numbersText = "shared xs: GSet[(Int, Int)]\nshow size({ i for (i, x) in xs if x * 2 + 1 > 10 and x % 3 == 0 })\n"
	recordsText = "shared rs: GSet[(Int, String, Int)]\nshow size({ i for (i, name, score) in rs if score > 500 and name.starts_with(\"r\") })\n"
)

func numberWords(xs []int64) []value.Word {
	words := make([]value.Word, 0, 2*len(xs))
	for i, x := range xs {
		words = append(words, value.Word(i), value.Word(x))
	}
	return words
}

// laspNumbers is W4a in batches.
func laspNumbers() (float64, error) {
	e, err := newEngine("w4a", numbersText, 2)
	if err != nil {
		return 0, err
	}
	ns, passed, err := e.batch(numberWords(workload.Numbers()))
	if err == nil && passed != passNumbers {
		err = wrongCount("lasp", passed, passNumbers)
	}
	return ns, err
}

// The figures of W4a one by one, in ns: the step that evaluates the lambda, as the
// engine's clock tells it, without the looks at that clock; and the whole turn,
// without a clock, from the change of the cell to the new count.
const (
	single     = "one by one"
	singleTurn = "whole turn"
)

// laspSingles is W4a one by one.
func laspSingles() (sample, error) {
	e, err := newEngine("w4a", numbersText, 2)
	if err != nil {
		return nil, err
	}
	rows := numberWords(workload.Numbers()[:1<<17])
	step, err := e.single(rows)
	if err != nil {
		return nil, err
	}
	p, err := compile("w4a", numbersText)
	if err != nil {
		return nil, err
	}
	if e.m, err = vm.New(p, lasp.Ops(), vm.Options{}); err != nil {
		return nil, err
	}
	began := time.Now()
	err = e.turns(rows)
	return sample{single: step, singleTurn: perElement(began, len(rows)/2)}, err
}

// turns feeds rows one turn each.
func (e *engine) turns(rows []value.Word) error {
	for ; len(rows) > 0; rows = rows[e.width:] {
		if _, err := e.m.Step([]vm.Change{{Row: rows[:e.width], Mult: 1}}); err != nil {
			return err
		}
	}
	return nil
}

// laspRecords is W4b in batches.
func laspRecords() (float64, error) {
	e, err := newEngine("w4b", recordsText, 3)
	if err != nil {
		return 0, err
	}
	rs := workload.Records()
	words := make([]value.Word, 0, 3*len(rs))
	for i, r := range rs {
		words = append(words, value.Word(i), e.m.Interner().Word(value.MakeString(r.Name)), value.Word(r.Score))
	}
	ns, passed, err := e.batch(words)
	if want := passRecords(rs); err == nil && passed != want {
		err = wrongCount("lasp", passed, want)
	}
	return ns, err
}

func goNumbers() (float64, error) {
	xs, n := workload.Numbers(), 0
	began := time.Now()
	for _, x := range xs {
		if x*2+1 > 10 && x%3 == 0 {
			n++
		}
	}
	if n != passNumbers {
		return 0, wrongCount("go", n, passNumbers)
	}
	return perElement(began, len(xs)), nil
}

func goRecords() (float64, error) {
	rs := workload.Records()
	began := time.Now()
	if passRecords(rs) == 0 {
		return 0, wrongCount("go", 0, 1)
	}
	return perElement(began, len(rs)), nil
}

// exprEnv is what expr sees; a structure is its fastest environment.
type exprEnv struct {
	X     int
	Name  string
	Score int
}

func exprLoop(text string, n, want int, fill func(i int, env *exprEnv)) (float64, error) {
	program, err := expr.Compile(text, expr.Env(exprEnv{}), expr.AsBool())
	if err != nil {
		return 0, err
	}
	env, passed := exprEnv{}, 0
	began := time.Now()
	for i := range n {
		fill(i, &env)
		out, err := expr.Run(program, env)
		if err != nil {
			return 0, err
		}
		if out.(bool) {
			passed++
		}
	}
	if passed != want {
		return 0, wrongCount("expr", passed, want)
	}
	return perElement(began, n), nil
}

func exprNumbers() (float64, error) {
	xs := workload.Numbers()
	return exprLoop("X * 2 + 1 > 10 and X % 3 == 0", len(xs), passNumbers, func(i int, e *exprEnv) { e.X = int(xs[i]) })
}

func exprRecords() (float64, error) {
	rs := workload.Records()
	return exprLoop(`Score > 500 and Name startsWith "r"`, len(rs), passRecords(rs), func(i int, e *exprEnv) { e.Name, e.Score = rs[i].Name, int(rs[i].Score) })
}

func celLoop(text string, n, want int, fill func(i int, vars map[string]any)) (float64, error) {
	env, err := cel.NewEnv(cel.Variable("x", cel.IntType), cel.Variable("name", cel.StringType), cel.Variable("score", cel.IntType))
	if err != nil {
		return 0, err
	}
	ast, issues := env.Compile(text)
	if issues.Err() != nil {
		return 0, issues.Err()
	}
	program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return 0, err
	}
	vars, passed := map[string]any{}, 0
	began := time.Now()
	for i := range n {
		fill(i, vars)
		out, _, err := program.Eval(vars)
		if err != nil {
			return 0, err
		}
		if out.Value() == true {
			passed++
		}
	}
	if passed != want {
		return 0, wrongCount("cel-go", passed, want)
	}
	return perElement(began, n), nil
}

func celNumbers() (float64, error) {
	xs := workload.Numbers()
	return celLoop("x * 2 + 1 > 10 && x % 3 == 0", len(xs), passNumbers, func(i int, v map[string]any) { v["x"] = xs[i] })
}

func celRecords() (float64, error) {
	rs := workload.Records()
	return celLoop(`score > 500 && name.startsWith("r")`, len(rs), passRecords(rs), func(i int, v map[string]any) { v["name"], v["score"] = rs[i].Name, rs[i].Score })
}

func starlarkLoop(text string, n, want int, args func(i int) starlark.Tuple) (float64, error) {
	thread := &starlark.Thread{Name: "bench"}
	globals, err := starlark.ExecFileOptions(&syntax.FileOptions{}, thread, "bench.star", text, nil)
	if err != nil {
		return 0, err
	}
	passed := 0
	began := time.Now()
	for i := range n {
		out, err := starlark.Call(thread, globals["f"], args(i), nil)
		if err != nil {
			return 0, err
		}
		if out == starlark.True {
			passed++
		}
	}
	if passed != want {
		return 0, wrongCount("starlark", passed, want)
	}
	return perElement(began, n), nil
}

func starlarkNumbers() (float64, error) {
	xs := workload.Numbers()
	return starlarkLoop("def f(x):\n  return x * 2 + 1 > 10 and x % 3 == 0\n", len(xs), passNumbers,
		func(i int) starlark.Tuple { return starlark.Tuple{starlark.MakeInt64(xs[i])} })
}

func starlarkRecords() (float64, error) {
	rs := workload.Records()
	return starlarkLoop("def f(name, score):\n  return score > 500 and name.startswith(\"r\")\n", len(rs), passRecords(rs),
		func(i int) starlark.Tuple {
			return starlark.Tuple{starlark.String(rs[i].Name), starlark.MakeInt64(rs[i].Score)}
		})
}
