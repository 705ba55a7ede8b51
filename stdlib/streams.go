package stdlib

import (
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// A stream as a value is what is known of it: a List once it is closed, an Open
// prefix before. Eval works on that; the engine unfolds streams by need.
func streams() []*op.Row {
	rows := append(streamFlow(), streamEnds()...)
	for _, r := range rows {
		r.Family, r.Rule = "streams", op.Unfold
		if r.Why == "" {
			r.Why = "`{arg}` goes into `{expr}` as data while it may still move"
		}
	}
	return rows
}

// like makes a stream of xs that is closed where s is.
func like(s value.Value, xs []value.Value) value.Value { return stream(closed(s), xs) }

func closed(s value.Value) bool { return s.Kind() == value.List }

func stream(closed bool, xs []value.Value) value.Value {
	if closed {
		return value.MakeList(xs)
	}
	return value.MakeOpen(xs)
}

func streamFlow() []*op.Row {
	return []*op.Row{
		{ID: "stream.cons", Name: "::", Sig: "[T](x: T, rest: Stream[T]) -> Stream[T]", Quals: quals("?H"), Lambda: op.NoLambda,
			Doc:      "The stream that begins with x. The rest is not looked at before somebody asks for it.",
			Examples: []string{"(1 :: [2].to_stream()).take(2) // [1, 2]"},
			Eval: eval2(func(x, rest value.Value) value.Value {
				return like(rest, append([]value.Value{x}, rest.Elems()...))
			})},
		{ID: "stream.map", Name: "map", Sig: "[T, U](s: Stream[T], f: T -> U) -> Stream[U]", Quals: quals("H?"), Lambda: 1,
			Doc:      "f of every element, in order.",
			Examples: []string{"[1, 2].to_stream().map(x => x * 10) // [10, 20]"},
			Eval: func(c op.Call) (value.Value, error) {
				xs, err := images(c)
				return like(c.Args[0], xs), err
			}},
		{ID: "stream.filter", Name: "filter", Sig: "[T](s: Stream[T], keep: T -> Bool) -> Stream[T]", Quals: quals("H?"), Lambda: 1,
			Doc:      "The elements that pass, in order.",
			Examples: []string{"[1, 2, 3].to_stream().filter(x => x % 2 == 1) // [1, 3]"},
			Eval: func(c op.Call) (value.Value, error) {
				var out []value.Value
				err := collect(c.Args[0].Elems(), c.Fns[0], func(x, ok value.Value) {
					if ok.Bool() {
						out = append(out, x)
					}
				})
				return like(c.Args[0], out), err
			}},
		{ID: "stream.scan", Name: "scan", Sig: "[T, A](s: Stream[T], init: A, step: (A, T) -> A) -> Stream[A]", Quals: quals("H??"), Lambda: 2,
			Doc:      "The results of step after each element, from init; init itself is not among them.",
			Examples: []string{"[1, 2, 3].to_stream().scan(0, (acc, x) => acc + x) // [1, 3, 6]"},
			Eval: func(c op.Call) (value.Value, error) {
				acc := c.Args[1]
				out := make([]value.Value, c.Args[0].Len())
				for i, x := range c.Args[0].Elems() {
					var err error
					if acc, err = c.Fns[0](acc, x); err != nil {
						return value.Value{}, err
					}
					out[i] = acc
				}
				return like(c.Args[0], out), nil
			}},
		{ID: "stream.zip", Name: "zip", Sig: "[A, B](a: Stream[A], b: Stream[B]) -> Stream[(A, B)]", Quals: quals("HH"), Lambda: op.NoLambda,
			Doc:      "The elements of equal places as pairs. It is closed where a closed side ends.",
			Examples: []string{`[1, 2].to_stream().zip(["a"].to_stream()) // [(1, "a")]`},
			Eval: eval2(func(a, b value.Value) value.Value {
				ended := closed(a) && a.Len() <= b.Len() || closed(b) && b.Len() <= a.Len()
				return stream(ended, pairUp(a, b))
			})},
		{ID: "stream.take", Name: "take", Sig: "[T](s: Stream[T], n: Nat) -> Stream[T]", Quals: quals("H?"), Lambda: op.NoLambda,
			Doc:      "The first n elements; closed after them.",
			Examples: []string{"[1, 2, 3].to_stream().take(2) // [1, 2]"},
			Eval: eval2(func(s, n value.Value) value.Value {
				k := clamp(n.Int(), s.Len())
				return stream(closed(s) || int64(k) == n.Int(), s.Elems()[:k])
			})},
		{ID: "stream.drop", Name: "drop", Sig: "[T](s: Stream[T], n: Nat) -> Stream[T]", Quals: quals("H?"), Lambda: op.NoLambda,
			Doc:      "The stream without its first n elements.",
			Examples: []string{"[1, 2, 3].to_stream().drop(2) // [3]"},
			Eval: eval2(func(s, n value.Value) value.Value {
				return like(s, s.Elems()[clamp(n.Int(), s.Len()):])
			})},
		{ID: "stream.buffer", Name: "buffer", Sig: "[T](s: Stream[T], n: Nat) -> Stream[T]", Quals: quals("H?"), Lambda: op.NoLambda,
			Doc:      "The same stream, computed up to n elements ahead of what is asked of it. What is in it does not change.",
			Examples: []string{"[1, 2, 3].to_stream().buffer(2).take(1) // [1]"},
			Eval:     eval2(func(s, _ value.Value) value.Value { return s })},
		{ID: "stream.paced", Name: "paced", Sig: "[T](s: Stream[T], demand: Max[Nat]) -> Stream[T]", Quals: quals("HH"), Lambda: op.NoLambda,
			Doc:      "As many elements as are wanted, and more when more are: nothing behind them is computed. Unlike `take` it does not close there.",
			Examples: []string{"[1, 2, 3].to_stream().paced(max({1, 2})).prefix(2) // [1, 2]"},
			Eval: eval2(func(s, demand value.Value) value.Value {
				n := 0
				if demand.Kind() == value.Int {
					n = clamp(demand.Int(), s.Len())
				}
				return stream(closed(s) && n == s.Len() && demand.Int() > int64(n), s.Elems()[:n])
			})},
		{ID: "list.to_stream", Name: "to_stream", Sig: "[T](xs: List[T]) -> Stream[T]", Quals: quals("?"), Lambda: op.NoLambda,
			Doc:      "The closed stream of the items.",
			Examples: []string{"[1, 2].to_stream() // [1, 2]"},
			Eval:     eval1(func(xs value.Value) value.Value { return xs })},
	}
}

func streamEnds() []*op.Row {
	rows := []*op.Row{
		{ID: "stream.prefix", Name: "prefix", Sig: "[T](s: Stream[T], n: Nat) -> IVar[List[T]]", Quals: quals("H?"), Lambda: op.NoLambda,
			Doc:      "The first n elements, bound once there are so many. A stream that ends before never binds it.",
			Examples: []string{"[1, 2, 3].to_stream().prefix(2) // [1, 2]"},
			Eval: eval2(func(s, n value.Value) value.Value {
				if n.Int() < 0 || n.Int() > int64(s.Len()) {
					return value.MakeUnbound()
				}
				return value.MakeList(s.Elems()[:n.Int()])
			})},
		{ID: "stream.sealed", Name: "sealed", Sig: "[T](s: Stream[T]) -> IVar[List[T]]", Quals: quals("H"), Lambda: op.NoLambda,
			Doc:      "All elements of the stream, bound once it is closed.",
			Examples: []string{"sealed([1, 2].to_stream()) // [1, 2]"},
			Eval: eval1(func(s value.Value) value.Value {
				if closed(s) {
					return s
				}
				return value.MakeUnbound()
			})},
	}
	for _, shape := range [][3]string{{"set", "[T](x: Set[T]) -> IVar[Set[T]]", "set"}, {"map", "[K, V](x: Map[K, V]) -> IVar[Map[K, V]]", "map"}, {"max", "[T](x: Max[T]) -> IVar[T]", "value"}} {
		rows = append(rows, &op.Row{ID: shape[0] + ".sealed", Name: "sealed", Sig: shape[1], Quals: quals("H"), Lambda: op.NoLambda,
			Doc:      "The final " + shape[2] + ", bound once x is sealed; what is in it is data.",
			Examples: []string{"sealed([1].to_stream()) // [1]"},
			Eval:     func(op.Call) (value.Value, error) { return value.MakeUnbound(), nil }})
	}
	return rows
}
