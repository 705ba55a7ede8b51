package typecheck

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/parser"
	"github.com/laspc/lasp/stdlib"
)

// Qualifiers are claims about all states. Here random expressions are computed
// plainly over random states of which one is above the other, and every claim
// of the checker is held against what came out.

const soundCells = `
shared s, t: GSet[Int]
shared e: GSet[(Int, Int)]
shared n: GCounter
shared m: GMap[Int, GCounter]
shared g: Max[Int]
shared d: Min[Int]
`

// writer makes the text of random expressions; vars are names of data.
type writer struct {
	r    *rand.Rand
	vars []string
	next int
}

func (w *writer) pick(options ...func() string) string { return options[w.r.IntN(len(options))]() }

func (w *writer) lit() string { return fmt.Sprint(w.r.IntN(4)) }

// over runs body with a new name for what is drawn from in, which was written
// before the name is known.
func (w *writer) over(in string, body func(in, x string) string) string {
	w.next++
	x := fmt.Sprintf("x%d", w.next)
	w.vars = append(w.vars, x)
	text := body(in, x)
	w.vars = w.vars[:len(w.vars)-1]
	return text
}

func (w *writer) data() string {
	if len(w.vars) > 0 && w.r.IntN(3) > 0 {
		return w.vars[w.r.IntN(len(w.vars))]
	}
	return w.lit()
}

func (w *writer) set(depth int) string {
	if depth == 0 {
		return w.pick(func() string { return "s" }, func() string { return "t" }, func() string { return "{" + w.lit() + ", " + w.lit() + "}" })
	}
	sub := func() string { return w.set(depth - 1) }
	infix := func(symbol string) func() string {
		return func() string { return "(" + sub() + " " + symbol + " " + sub() + ")" }
	}
	return w.pick(sub, infix("|"), infix("&"), infix("-"),
		func() string {
			return w.over(sub(), func(in, x string) string {
				return "{ " + x + " for " + x + " in " + in + " if " + w.cond(depth-1) + " }"
			})
		},
		func() string {
			return w.over(sub(), func(in, x string) string { return in + ".filter(" + x + " => " + w.cond(depth-1) + ")" })
		},
		func() string {
			return w.over(sub(), func(in, x string) string { return in + ".map(" + x + " => " + x + " % 2)" })
		},
		func() string {
			return w.over(sub(), func(in, x string) string { return in + ".map(" + x + " => " + w.num(depth-1) + ")" })
		},
		func() string {
			return w.over(sub(), func(in, x string) string { return in + ".flat_map(" + x + " => " + w.set(depth-1) + ")" })
		},
		func() string { return "{ a for (a, b) in e }" },
		func() string {
			return w.over(sub(), func(in, x string) string {
				return w.over(sub(), func(in2, y string) string {
					return "{ " + x + " for " + x + " in " + in + ", " + y + " in " + in2 + " if " + x + " == " + y + " }"
				})
			})
		},
		func() string { return "{ k for (k, v) in " + w.table(depth-1) + " if v >= " + w.lit() + " }" },
		func() string { return "{ k for (k, v) in " + w.table(depth-1) + " if v < " + w.lit() + " }" },
		func() string { return "keys(" + w.table(depth-1) + ")" },
		func() string { return "{ k for (k, b) in " + w.truths(depth-1) + " if b }" },
		func() string { return "{ k for (k, b) in " + w.truths(depth-1) + " if not b }" },
		func() string { return "keys(" + w.truths(depth-1) + ".filter((k, b) => not b))" },
		func() string {
			return "{ k + d for (k, (v, d)) in { k: (v, k) for (k, v) in " + w.table(depth-1) + " } if v < " + w.lit() + " }"
		},
		func() string { return "{" + w.num(depth-1) + "}" },
		func() string { return "(if " + w.cond(depth-1) + " then " + sub() + " else {})" },
		func() string { return "(if " + w.cond(depth-1) + " then {} else " + sub() + ")" },
		func() string { return "(if " + w.cond(depth-1) + " then " + sub() + " else " + sub() + ")" },
		func() string {
			return w.over(sub(), func(in, x string) string { return "fold(" + in + ", {}, (acc, " + x + ") => acc | " + sub() + ")" })
		},
	)
}

// table writes maps of counts by Int.
func (w *writer) table(depth int) string {
	if depth == 0 {
		return "m"
	}
	return w.pick(func() string { return "m" },
		func() string { return "{ k: v + " + w.num(depth-1) + " for (k, v) in " + w.table(depth-1) + " }" },
		func() string { return "{ k: v for (k, v) in " + w.table(depth-1) + " if v >= " + w.lit() + " }" },
		func() string {
			return w.over(w.set(depth-1), func(in, x string) string {
				return "{ " + x + ": " + w.count(depth-1) + " for " + x + " in " + in + " }"
			})
		},
		func() string { return "(" + w.table(depth-1) + " | " + w.table(depth-1) + ")" },
		func() string {
			return w.over(w.set(depth-1), func(in, x string) string { return in + ".count_by(" + x + " => " + x + " % 2)" })
		},
	)
}

// truths writes maps of Bools, which may be open.
func (w *writer) truths(depth int) string {
	return w.pick(
		func() string {
			return w.over(w.set(max(depth-1, 0)), func(in, x string) string {
				return "{ " + x + ": " + w.cond(max(depth-1, 0)) + " for " + x + " in " + in + " }"
			})
		},
		func() string { return w.table(max(depth-1, 0)) + ".map((k, v) => v >= " + w.lit() + ")" },
	)
}

// count writes a number that can grow.
func (w *writer) count(depth int) string {
	if depth == 0 {
		return "n"
	}
	return w.pick(func() string { return "n" }, func() string { return "size(" + w.set(depth-1) + ")" }, func() string { return "m[" + w.data() + "]" })
}

func (w *writer) cond(depth int) string {
	if depth == 0 {
		return w.pick(func() string { return w.data() + " > 1" }, func() string { return w.data() + " in s" }, func() string { return "n >= " + w.data() })
	}
	sub := func() string { return w.cond(depth - 1) }
	order := func(side func(int) string) func() string {
		return func() string {
			symbols := []string{"<", "<=", ">", ">="}
			return side(depth-1) + " " + symbols[w.r.IntN(4)] + " " + side(depth-1)
		}
	}
	return w.pick(sub,
		func() string { return w.data() + " in " + w.set(depth-1) },
		func() string { return w.data() + " not in " + w.set(depth-1) },
		order(w.set), order(w.num),
		func() string { return "not (" + sub() + ")" },
		func() string { return "(" + sub() + " and " + sub() + ")" },
		func() string { return "(" + sub() + " or " + sub() + ")" },
		func() string {
			return w.over(w.set(depth-1), func(in, x string) string { return in + ".any(" + x + " => " + sub() + ")" })
		},
		func() string {
			return w.over(w.set(depth-1), func(in, x string) string { return in + ".all(" + x + " => " + sub() + ")" })
		},
		func() string { return w.num(depth-1) + " == " + w.lit() },
		func() string { return "d <= " + w.num(0) },
		func() string { return "g > d" },
	)
}

func (w *writer) num(depth int) string {
	if depth == 0 {
		return w.pick(func() string { return "n" }, w.data, w.lit)
	}
	sub := func() string { return w.num(depth - 1) }
	return w.pick(sub,
		func() string { return "size(" + w.set(depth-1) + ")" },
		func() string { return "(" + sub() + " + " + sub() + ")" },
		func() string { return "(" + sub() + " * " + sub() + ")" },
		func() string { return w.table(depth-1) + "[" + w.data() + "]" },
		func() string { return "max(" + sub() + ", " + sub() + ")" },
	)
}

// soundState is a state of the cells, by name.
type soundState map[string]value.Value

func randomState(r *rand.Rand) soundState {
	set := func(of func() value.Value) value.Value {
		var xs []value.Value
		for range r.IntN(4) {
			xs = append(xs, of())
		}
		return value.MakeSet(xs)
	}
	small := func() value.Value { return value.MakeInt(r.Int64N(4)) }
	var kvs []value.Value
	for range r.IntN(3) {
		kvs = append(kvs, small(), value.MakeInt(1+r.Int64N(3)))
	}
	return soundState{
		"s": set(small), "t": set(small), "n": small(), "g": small(), "d": small(), "m": value.MakeMap(kvs),
		"e": set(func() value.Value { return value.MakeTuple(small(), small()) }),
	}
}

func TestQualifiersAreSound(t *testing.T) {
	const rounds = 800
	r := rand.New(rand.NewPCG(11, 5))
	claims, held := map[op.Qual]int{}, 0
	for range rounds {
		w := &writer{r: r}
		text := w.pick(func() string { return w.set(3) }, func() string { return w.cond(3) }, func() string { return w.num(3) }, func() string { return w.table(3) })
		file, ds := parser.Parse(source.NewFile("sound", []byte(soundCells+"show "+text+"\n")))
		if diag.HasErrors(ds) {
			t.Fatalf("%s: %v", text, ds[0])
		}
		p, ds := Check([]*ast.File{file}, stdlib.Table())
		if diag.HasErrors(ds) {
			if strings.Contains(ds[0].Title, "does not take") || ds[0].Code == diag.WrongType || ds[0].Code == diag.NoSuchFunction {
				continue // numbers of two directions mixed
			}
			t.Fatalf("%s: %s", text, ds[0].Title)
		}
		held++
		for _, cell := range p.Info.Cells {
			for range 12 {
				q := p.Info.Flows[p.Info.Shows[0].Value].leafOf(cell).Qual
				claims[q]++
				holdClaim(t, p.Info, text, cell, q, r)
			}
		}
	}
	if held < rounds/2 {
		t.Errorf("only %d of %d expressions had a type", held, rounds)
	}
	for q := op.Const; q <= op.Any; q++ {
		if claims[q] == 0 {
			t.Errorf("no expression was %s in a cell", q)
		}
	}
}

// holdClaim grows one cell and compares.
func holdClaim(t *testing.T, info *Info, text string, cell *Cell, q op.Qual, r *rand.Rand) {
	t.Helper()
	show := info.Shows[0]
	low, other := randomState(r), randomState(r)
	a, b := low[cell.Name], other[cell.Name]
	ab, err := lattice.JoinViews(cell.View, a, b)
	if err != nil {
		t.Fatal(err)
	}
	at := func(x value.Value) (value.Value, bool) {
		v := eval{info: info, env: map[Object]value.Value{}}
		for _, c := range info.Cells {
			v.env[c] = low[c.Name]
		}
		v.env[cell] = x
		y, err := v.expr(show.Value)
		if err == errNotComputed {
			t.Fatalf("%s is not computed", text)
		}
		return y, err == nil
	}
	fa, ok1 := at(a)
	fb, ok2 := at(b)
	fab, ok3 := at(ab)
	if !ok1 || !ok2 || !ok3 {
		return
	}
	below := func(x, y value.Value) bool { return leqOf(show.Type, x, y) }
	holds := true
	switch q {
	case op.Const:
		holds = value.Equal(fa, fab)
	case op.Mono:
		holds = below(fa, fab)
	case op.Anti:
		holds = below(fab, fa)
	case op.Hom:
		j, err := lattice.JoinViews(viewType(show.Type), fa, fb)
		holds = err == nil && value.Equal(j, fab)
	}
	if !holds {
		t.Errorf("%s is not %s in %s: from %s it is %s, from %s it is %s, from both it is %s (others: %v)", text, q, cell.Name, a, fa, b, fb, fab, low)
	}
}

func leqOf(t *types.Type, x, y value.Value) bool { return lattice.LeqViews(viewType(t), x, y) }

// viewType reads numbers of type Nat, which nothing can grow, as themselves.
func viewType(t *types.Type) *types.Type {
	if t.Is("Int") || t.Is("Nat") {
		return types.MaxOf(t)
	}
	return t
}
