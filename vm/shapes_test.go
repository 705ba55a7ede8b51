package vm_test

import (
	"slices"

	"github.com/laspc/lasp/internal/workload"
)

// fact is a row of a recursive relation in the plain twins; what it has fewer
// columns than four is 0.
type fact [4]int32

// shape is a form of recursion as programs have it, of the size of W1b.
type shape struct {
	name  string
	text  string // CELL stands for the kind of the sets; the first show is measured
	data  func(small bool) [][][]int64
	plain func(cells [][][]int64) int // the same in plain Go, semi-naive
}

// fix is semi-naive evaluation as one would write it: a set, and a list of facts
// that have yet to meet the rules.
func fix(start []fact, rules func(f fact, emit func(fact))) int {
	seen := map[fact]struct{}{}
	var todo []fact
	emit := func(f fact) {
		if _, ok := seen[f]; !ok {
			seen[f] = struct{}{}
			todo = append(todo, f)
		}
	}
	for _, f := range start {
		emit(f)
	}
	for len(todo) > 0 {
		f := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		rules(f, emit)
	}
	return len(seen)
}

// facts are rows as facts, each once.
func facts(rows [][]int64) []fact {
	var fs []fact
	seen := map[fact]bool{}
	for _, row := range rows {
		var f fact
		for i, x := range row {
			f[i] = int32(x)
		}
		if !seen[f] {
			seen[f] = true
			fs = append(fs, f)
		}
	}
	return fs
}

// by is an index of facts by some of their columns.
type by struct {
	cols []int
	rows map[fact][]fact
}

func index(rows []fact, cols ...int) *by {
	x := &by{cols, map[fact][]fact{}}
	for _, f := range rows {
		x.put(f)
	}
	return x
}

func (x *by) put(f fact) {
	var key fact
	for i, c := range x.cols {
		key[i] = f[c]
	}
	x.rows[key] = append(x.rows[key], f)
}

func (x *by) of(key ...int32) []fact {
	var k fact
	copy(k[:], key)
	return x.rows[k]
}

// rnd is rows of so many values below the given bounds.
func rnd(seed uint64, rows int, below ...uint64) [][]int64 {
	g := workload.NewGen(seed)
	out := make([][]int64, rows)
	for i := range out {
		for _, n := range below {
			out[i] = append(out[i], g.N(n))
		}
	}
	return out
}

// pick is a, or b where the data is to be small.
func pick[T any](small bool, b, a T) T {
	if small {
		return b
	}
	return a
}

// edges is W1b, or a small graph.
func edges(small bool) [][][]int64 {
	return [][][]int64{workload.Rnd(1, pick[uint64](small, 60, 1000), pick(small, 130, 3000))}
}

// labelled is edges with labels, label first.
func labelled(nodes, labels uint64, rows int) func(small bool) [][][]int64 {
	return func(small bool) [][][]int64 {
		return [][][]int64{rnd(1, pick(small, 150, rows), labels, pick(small, 25, nodes), pick(small, 25, nodes))}
	}
}

const (
	oneE = "shared e: CELL[(Int, Int)]\n"
	oneL = "shared l: CELL[(Int, Int, Int)]\n"
	show = "\nshow n = size(t)"
)

// closureWhere is the closure of the edges, of pairs for which ok holds.
func closureWhere(ok func(x, z int32) bool) func(cells [][][]int64) int {
	return func(cells [][][]int64) int {
		e := facts(cells[0])
		next := index(e, 0)
		return fix(e, func(f fact, emit func(fact)) {
			for _, g := range next.of(f[1]) {
				if ok(f[0], g[1]) {
					emit(fact{f[0], g[1]})
				}
			}
		})
	}
}

var shapes = []shape{
	{"closure", oneE + `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 }` + show,
		edges, closureWhere(func(x, z int32) bool { return true })},
	{"closure of others", oneE + `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 and x != z }` + show,
		edges, closureWhere(func(x, z int32) bool { return x != z })},
	{"closure in order", oneE + `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 and x < z }` + show,
		edges, closureWhere(func(x, z int32) bool { return x < z })},
	{"closure with arithmetic", oneE + `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 and (x + 3 * z) % 7 != 0 }` + show,
		edges, closureWhere(func(x, z int32) bool { return (x+3*z)%7 != 0 })},
	{"closure, both sides, of others", oneE + `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in t if y == y2 and x != z }` + show,
		func(small bool) [][][]int64 {
			return [][][]int64{workload.Rnd(1, pick[uint64](small, 40, 300), pick(small, 80, 700))}
		},
		func(cells [][][]int64) int {
			from, to := index(nil, 0), index(nil, 1)
			return fix(facts(cells[0]), func(f fact, emit func(fact)) {
				from.put(f)
				to.put(f)
				for _, g := range from.of(f[1]) {
					if f[0] != g[1] {
						emit(fact{f[0], g[1]})
					}
				}
				for _, g := range to.of(f[0]) {
					if g[0] != f[1] {
						emit(fact{g[0], f[1]})
					}
				}
			})
		}},
	{"labelled closure", oneL + `let rec t = l | { (a, x, z) for (a, x, y) in t, (b, y2, z) in l if a == b and y == y2 }` + show,
		labelled(500, 4, 6000),
		func(cells [][][]int64) int {
			e := facts(cells[0])
			next := index(e, 0, 1)
			return fix(e, func(f fact, emit func(fact)) {
				for _, g := range next.of(f[0], f[2]) {
					emit(fact{f[0], f[1], g[2]})
				}
			})
		}},
	{"first label kept", oneL + `let rec t = l | { (a, x, z) for (a, x, y) in t, (b, y2, z) in l if y == y2 }` + show,
		labelled(500, 4, 1500),
		func(cells [][][]int64) int {
			e := facts(cells[0])
			next := index(e, 1)
			return fix(e, func(f fact, emit func(fact)) {
				for _, g := range next.of(f[2]) {
					emit(fact{f[0], f[1], g[2]})
				}
			})
		}},
	{"bounded hops", oneE + `let rec t: Set[(Int, Int, Int)] = { (x, y, 1) for (x, y) in e } | { (x, z, k + 1) for (x, y, k) in t, (y2, z) in e if y == y2 and k < 6 }` + show,
		edges,
		func(cells [][][]int64) int {
			e := facts(cells[0])
			next := index(e, 0)
			start := slices.Clone(e)
			for i := range start {
				start[i][2] = 1
			}
			return fix(start, func(f fact, emit func(fact)) {
				for _, g := range next.of(f[1]) {
					if f[2] < 6 {
						emit(fact{f[0], g[1], f[2] + 1})
					}
				}
			})
		}},
	{"hops from sources", oneE + "shared s: CELL[(Int, Int)]\n" + `let rec t: Set[(Int, Int)] = { (x, 0) for (x, y) in s } | { (y, k + 1) for (x, k) in t, (x2, y) in e if x == x2 and k < 40 }` + show,
		func(small bool) [][][]int64 {
			return [][][]int64{workload.Rnd(1, pick[uint64](small, 60, 20000), pick(small, 130, 60000)), workload.Rnd(5, 50, pick(small, 5, 20))}
		},
		func(cells [][][]int64) int {
			next := index(facts(cells[0]), 0)
			var start []fact
			for _, f := range facts(cells[1]) {
				start = append(start, fact{f[0], 0})
			}
			return fix(start, func(f fact, emit func(fact)) {
				for _, g := range next.of(f[0]) {
					if f[1] < 40 {
						emit(fact{g[1], f[1] + 1})
					}
				}
			})
		}},
	{"reach from a set", oneE + "shared s: CELL[Int]\n" + `let rec t: Set[Int] = s | { y for x in t, (x2, y) in e if x == x2 }` + show,
		func(small bool) [][][]int64 {
			return [][][]int64{workload.Rnd(1, pick[uint64](small, 60, 200_000), pick(small, 100, 600_000)), rnd(5, 5, pick[uint64](small, 60, 200_000))}
		},
		func(cells [][][]int64) int {
			next := index(facts(cells[0]), 0)
			return fix(facts(cells[1]), func(f fact, emit func(fact)) {
				for _, g := range next.of(f[0]) {
					emit(fact{g[1]})
				}
			})
		}},
	{"reach around a set", oneE + "shared s: CELL[Int]\n" + `let rec t: Set[(Int, Int)] = { (x, y) for (x, y) in e if y not in s } | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 and z not in s }` + show,
		func(small bool) [][][]int64 {
			return append(edges(small), rnd(5, pick(small, 10, 100), pick[uint64](small, 60, 1000)))
		},
		func(cells [][][]int64) int {
			shut := map[int32]bool{}
			for _, f := range facts(cells[1]) {
				shut[f[0]] = true
			}
			e := slices.DeleteFunc(facts(cells[0]), func(f fact) bool { return shut[f[1]] })
			next := index(e, 0)
			return fix(e, func(f fact, emit func(fact)) {
				for _, g := range next.of(f[1]) {
					emit(fact{f[0], g[1]})
				}
			})
		}},
	{"definitions that reach", oneE + "shared d, kill: CELL[(Int, Int)]\n" + `let rec t = d | { (v, z) for (v, y) in t, (y2, z) in e if y == y2 and (v, y) not in kill }` + show,
		func(small bool) [][][]int64 {
			n := pick[uint64](small, 60, 1000)
			return append(edges(small), workload.Rnd(8, n, pick(small, 60, 2000)), workload.Rnd(9, n, pick(small, 400, 100_000)))
		},
		func(cells [][][]int64) int {
			next, kill := index(facts(cells[0]), 0), map[fact]bool{}
			for _, f := range facts(cells[2]) {
				kill[f] = true
			}
			return fix(facts(cells[1]), func(f fact, emit func(fact)) {
				if kill[f] {
					return
				}
				for _, g := range next.of(f[1]) {
					emit(fact{f[0], g[1]})
				}
			})
		}},
	{"allowed pairs", oneE + "shared ok: CELL[(Int, Int)]\n" + `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 and (x, z) in ok }` + show,
		func(small bool) [][][]int64 {
			n := pick[uint64](small, 60, 1000)
			return append(edges(small), workload.Rnd(9, n, pick(small, 2000, 700_000)))
		},
		func(cells [][][]int64) int {
			e, ok := facts(cells[0]), map[fact]bool{}
			next := index(e, 0)
			for _, f := range facts(cells[1]) {
				ok[f] = true
			}
			return fix(e, func(f fact, emit func(fact)) {
				for _, g := range next.of(f[1]) {
					if to := (fact{f[0], g[1]}); ok[to] {
						emit(to)
					}
				}
			})
		}},
	{"same component", oneE + `let rec t = e | { (y, x) for (x, y) in t } | { (x, z) for (x, y) in t, (y2, z) in t if y == y2 and x != z }` + show,
		func(small bool) [][][]int64 {
			return [][][]int64{workload.Rnd(1, pick[uint64](small, 60, 600), pick(small, 30, 330))}
		},
		func(cells [][][]int64) int {
			from := index(nil, 0)
			return fix(facts(cells[0]), func(f fact, emit func(fact)) {
				emit(fact{f[1], f[0]})
				from.put(f)
				for _, g := range from.of(f[1]) {
					if f[0] != g[1] {
						emit(fact{f[0], g[1]})
						emit(fact{g[1], f[0]})
					}
				}
				for _, g := range from.of(f[0]) { // its reverse is there, too
					if g[1] != f[1] {
						emit(fact{g[1], f[1]})
						emit(fact{f[1], g[1]})
					}
				}
			})
		}},
	{"labelled generation", oneL + `let rec t: Set[(Int, Int, Int)] = { (a, x, y) for (a, x, p) in l, (b, y, q) in l if a == b and p == q and x != y }
  | { (a, x, y) for (a, x, p) in l, (b, p2, q) in t, (c, y, q2) in l if a == b and p == p2 and b == c and q == q2 }` + show,
		func(small bool) [][][]int64 {
			var out [][]int64
			for _, row := range workload.Tree(7, pick[int64](small, 60, 12_000)) {
				out = append(out, []int64{row[0] % 2, row[0], row[1]}, []int64{(row[0] + row[1]) % 3, row[0], row[1]})
			}
			return [][][]int64{out}
		},
		func(cells [][][]int64) int {
			l := facts(cells[0])
			children := index(l, 0, 2)
			var start []fact
			for _, f := range l {
				for _, g := range children.of(f[0], f[2]) {
					if f[1] != g[1] {
						start = append(start, fact{f[0], f[1], g[1]})
					}
				}
			}
			return fix(start, func(f fact, emit func(fact)) {
				for _, g := range children.of(f[0], f[1]) {
					for _, h := range children.of(f[0], f[2]) {
						emit(fact{f[0], g[1], h[1]})
					}
				}
			})
		}},
	{"points-to with fields", `shared new, assign: CELL[(Int, Int)]
shared load, store: CELL[(Int, Int, Int)]
let rec t: Set[(Int, Int)] = new | { (x, o) for (x, y) in assign, (y2, o) in t if y == y2 }
  | { (x, o) for (x, y, f) in load, (y2, p) in t, (p2, f2, o) in heap if y == y2 and p == p2 and f == f2 }
let rec heap: Set[(Int, Int, Int)] = { (o, f, q) for (x, f, y) in store, (x2, o) in t, (y2, q) in t if x == x2 and y == y2 }` + show,
		func(small bool) [][][]int64 {
			n, k := pick[uint64](small, 40, 2000), pick(small, 1, 42)
			return [][][]int64{workload.Rnd(8, n, 16*k), workload.Rnd(9, n, 36*k), rnd(10, 12*k, n, n, 5), rnd(11, 12*k, n, 5, n)}
		},
		func(cells [][][]int64) int {
			assign, loads := index(facts(cells[1]), 1), index(facts(cells[2]), 1)
			storeBase, storeValue := index(facts(cells[3]), 0), index(facts(cells[3]), 2)
			points, pointed := index(nil, 0), index(nil, 1)
			heap := index(nil, 0, 1)
			const isHeap = 1 << 20
			n := 0
			fix(facts(cells[0]), func(f fact, emit func(fact)) {
				if f[3] == isHeap {
					heap.put(f)
					for _, p := range pointed.of(f[0]) {
						for _, l := range loads.of(p[0]) {
							if l[2] == f[1] {
								emit(fact{l[0], f[2]})
							}
						}
					}
					return
				}
				n++
				points.put(f)
				pointed.put(f)
				for _, a := range assign.of(f[0]) {
					emit(fact{a[0], f[1]})
				}
				for _, l := range loads.of(f[0]) {
					for _, h := range heap.of(f[1], l[2]) {
						emit(fact{l[0], h[2]})
					}
				}
				for _, s := range storeBase.of(f[0]) {
					for _, q := range points.of(s[2]) {
						emit(fact{f[1], s[1], q[1], isHeap})
					}
				}
				for _, s := range storeValue.of(f[0]) {
					for _, o := range points.of(s[0]) {
						emit(fact{o[1], s[1], f[1], isHeap})
					}
				}
			})
			return n
		}},
	{"calls in contexts", `shared call: CELL[(Int, Int, Int)]
let rec t: Set[(Int, Int)] = { (0, 0) } | { (m, (c * 3 + s) % 1000) for (c, f) in { (c, f) for (f, c) in t }, (f2, s, m) in call if f == f2 }` + show,
		func(small bool) [][][]int64 {
			n := pick[uint64](small, 30, 1000)
			return [][][]int64{rnd(4, pick(small, 60, 3000), n, 7, n)}
		},
		func(cells [][][]int64) int {
			call := index(facts(cells[0]), 0)
			return fix([]fact{{}}, func(f fact, emit func(fact)) {
				for _, c := range call.of(f[0]) {
					emit(fact{c[2], (f[1]*3 + c[1]) % 1000})
				}
			})
		}},
	{"brackets", `shared up, down: CELL[(Int, Int, Int)]
let rec t: Set[(Int, Int)] = { (a, c) for (a, k, b) in up, (b2, j, c) in down if b == b2 and k == j }
  | { (x, z) for (x, y) in t, (y2, z) in t if y == y2 }
  | { (a, d) for (a, k, b) in up, (b2, c) in t, (c2, j, d) in down if b == b2 and c == c2 and k == j }` + show,
		func(small bool) [][][]int64 {
			n, k := pick[uint64](small, 40, 300), pick(small, 60, 420)
			return [][][]int64{rnd(14, k, n, 3, n), rnd(15, k, n, 3, n)}
		},
		func(cells [][][]int64) int {
			up, down := facts(cells[0]), facts(cells[1])
			into, out := index(up, 2), index(down, 0, 1)
			from, to := index(nil, 0), index(nil, 1)
			var start []fact
			for _, f := range up {
				for _, g := range out.of(f[2], f[1]) {
					start = append(start, fact{f[0], g[2]})
				}
			}
			return fix(start, func(f fact, emit func(fact)) {
				from.put(f)
				to.put(f)
				for _, g := range from.of(f[1]) {
					emit(fact{f[0], g[1]})
				}
				for _, g := range to.of(f[0]) {
					emit(fact{g[0], f[1]})
				}
				for _, u := range into.of(f[0]) {
					for _, d := range out.of(f[1], u[1]) {
						emit(fact{u[0], d[2]})
					}
				}
			})
		}},
	{"loans of regions", `shared sub: CELL[(Int, Int, Int)]
shared flow, live: CELL[(Int, Int)]
let rec t = sub | { (a, c, p) for (a, b, p) in t, (b2, c, q) in t if b == b2 and p == q }
  | { (a, b, q) for (a, b, p) in t, (p2, q) in flow, (a2, q2) in live, (b2, q3) in live if p == p2 and a == a2 and q == q2 and b == b2 and q == q3 }` + show,
		func(small bool) [][][]int64 {
			regions, points := pick[uint64](small, 12, 80), pick[uint64](small, 10, 1000)
			return [][][]int64{rnd(16, pick(small, 40, 6000), regions, regions, points), workload.Rnd(17, points, pick(small, 12, 1500)), rnd(18, pick(small, 80, 50_000), regions, points)}
		},
		func(cells [][][]int64) int {
			flow, live := index(facts(cells[1]), 0), map[fact]bool{}
			for _, f := range facts(cells[2]) {
				live[f] = true
			}
			from, to := index(nil, 0, 2), index(nil, 1, 2)
			return fix(facts(cells[0]), func(f fact, emit func(fact)) {
				from.put(f)
				to.put(f)
				for _, g := range from.of(f[1], f[2]) {
					emit(fact{f[0], g[1], f[2]})
				}
				for _, g := range to.of(f[0], f[2]) {
					emit(fact{g[0], f[1], f[2]})
				}
				for _, g := range flow.of(f[2]) {
					if live[fact{f[0], g[1]}] && live[fact{f[1], g[1]}] {
						emit(fact{f[0], f[1], g[1]})
					}
				}
			})
		}},
	{"colours in turn", oneL + `let rec t: Set[(Int, Int)] = { (x, y) for (c, x, y) in l if c == 0 } | { (x, z) for (x, y) in u, (c, y2, z) in l if y == y2 and c == 0 }
let rec u: Set[(Int, Int)] = { (x, z) for (x, y) in t, (c, y2, z) in l if y == y2 and c == 1 and x != z }` + show,
		labelled(1000, 2, 5000),
		func(cells [][][]int64) int {
			next, n := index(facts(cells[0]), 0, 1), 0
			var start []fact
			for _, f := range facts(cells[0]) {
				if f[0] == 0 {
					start = append(start, fact{f[1], f[2]})
				}
			}
			fix(start, func(f fact, emit func(fact)) {
				if f[2] == 0 {
					n++
				}
				for _, g := range next.of(1-f[2], f[1]) {
					if f[2] == 1 || f[0] != g[2] {
						emit(fact{f[0], g[2], 1 - f[2]})
					}
				}
			})
			return n
		}},
	{"two kinds of edges", oneE + "shared f: CELL[(Int, Int)]\n" + `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 and x != z } | { (x, z) for (x, y) in t, (z, y2) in f if y == y2 and x < z } | { (y, x) for (x, y) in t if x > y }` + show,
		func(small bool) [][][]int64 {
			n := pick[uint64](small, 40, 1000)
			return [][][]int64{workload.Rnd(1, n, pick(small, 50, 1200)), workload.Rnd(2, n, pick(small, 30, 800))}
		},
		func(cells [][][]int64) int {
			next, back := index(facts(cells[0]), 0), index(facts(cells[1]), 1)
			return fix(facts(cells[0]), func(f fact, emit func(fact)) {
				for _, g := range next.of(f[1]) {
					if f[0] != g[1] {
						emit(fact{f[0], g[1]})
					}
				}
				for _, g := range back.of(f[1]) {
					if f[0] < g[0] {
						emit(fact{f[0], g[0]})
					}
				}
				if f[0] > f[1] {
					emit(fact{f[1], f[0]})
				}
			})
		}},
	{"ways between three", oneE + "shared f: CELL[(Int, Int)]\n" + `let rec t = e | { (x, w) for (x, y) in t, (y2, z) in f, (z2, w) in t if y == y2 and z == z2 and x != w }` + show,
		func(small bool) [][][]int64 {
			n := pick[uint64](small, 40, 600)
			return [][][]int64{workload.Rnd(1, n, pick(small, 60, 1200)), workload.Rnd(2, n, pick(small, 50, 700))}
		},
		func(cells [][][]int64) int {
			over, back := index(facts(cells[1]), 0), index(facts(cells[1]), 1)
			from, to := index(nil, 0), index(nil, 1)
			return fix(facts(cells[0]), func(f fact, emit func(fact)) {
				from.put(f)
				to.put(f)
				for _, g := range over.of(f[1]) {
					for _, h := range from.of(g[1]) {
						if f[0] != h[1] {
							emit(fact{f[0], h[1]})
						}
					}
				}
				for _, g := range back.of(f[0]) {
					for _, h := range to.of(g[0]) {
						if h[0] != f[1] {
							emit(fact{h[0], f[1]})
						}
					}
				}
			})
		}},
	{"on a cycle", oneE + "let rec r = e | { (x, z) for (x, y) in r, (y2, z) in e if y == y2 }\nlet t = { x for (x, y) in r if x == y }" + show,
		edges,
		func(cells [][][]int64) int {
			e, n := facts(cells[0]), 0
			next := index(e, 0)
			fix(e, func(f fact, emit func(fact)) {
				if f[0] == f[1] {
					n++
				}
				for _, g := range next.of(f[1]) {
					emit(fact{f[0], g[1]})
				}
			})
			return n
		}},
	{"cheapest with a filter", oneL + `let rec t: Map[(Int, Int), Min[Int]] = { (x, y): 1 for (w, x, y) in l } | { (x, z): d + w + 1 for ((x, y), d) in t, (w, y2, z) in l if y == y2 and x != z }` + show,
		labelled(400, 20, 1000),
		func(cells [][][]int64) int {
			l := facts(cells[0])
			next := index(l, 1)
			best := map[fact]int32{}
			var todo []fact
			offer := func(x, z, d int32) {
				k := fact{x, z}
				if old, ok := best[k]; !ok || d < old {
					best[k] = d
					todo = append(todo, fact{x, z, d})
				}
			}
			for _, f := range l {
				offer(f[1], f[2], 1)
			}
			for ; len(todo) > 0; todo = todo[1:] {
				f := todo[0]
				if best[fact{f[0], f[1]}] != f[2] {
					continue
				}
				for _, g := range next.of(f[1]) {
					if f[0] != g[2] {
						offer(f[0], g[2], f[2]+g[0]+1)
					}
				}
			}
			return len(best)
		}},
	{"widest", oneL + `let rec t: Map[(Int, Int), Max[Int]] = { (x, y): w for (w, x, y) in l } | { (x, z): (if d < w then d else w) for ((x, y), d) in t, (w, y2, z) in l if y == y2 }` + show,
		labelled(400, 50, 1000),
		func(cells [][][]int64) int {
			l := facts(cells[0])
			next := index(l, 1)
			best := map[fact]int32{}
			var todo []fact
			offer := func(x, z, d int32) {
				k := fact{x, z}
				if old, ok := best[k]; !ok || d > old {
					best[k] = d
					todo = append(todo, fact{x, z, d})
				}
			}
			for _, f := range l {
				offer(f[1], f[2], f[0])
			}
			for ; len(todo) > 0; todo = todo[1:] {
				f := todo[0]
				for _, g := range next.of(f[1]) {
					offer(f[0], g[2], min(f[2], g[0]))
				}
			}
			return len(best)
		}},
}
