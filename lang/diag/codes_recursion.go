package diag

// The codes of recursion and termination, L04.
const (
	NegativeCycle     Code = "L0401"
	InventsValues     Code = "L0402"
	RecursiveFunction Code = "L0403"
	Unguarded         Code = "L0404"
	CyclicDefinition  Code = "L0405"
)

var recursionCodes = []Entry{
	{
		Code:  NegativeCycle,
		Title: "recursion through an operator that is not monotone",
		When: "The body of a `let rec` may only grow when the definition itself grows. Through `-`, `not in`, `size(..) == n` and the like, an element could be the reason for its own absence, " +
			"and there is no answer. The cycle is printed with the operator.",
		Wrong: "shared moves: GSet[(Int, Int)]\nlet rec win = { a for (a, b) in moves } - { a for (a, b) in moves if b in win }\nshow win\n",
		Right: "shared moves: GSet[(Int, Int)]\nlet rec reach = moves | { (a, c) for (a, b) in reach, (b2, c) in moves if b == b2 }\nshow reach\n",
	},
	{
		Code:  InventsValues,
		Title: "a recursion that may never end",
		When: "A `let rec` ends when no new element comes. If elements are computed by arithmetic or text building, new ones may come for ever. " +
			"Projections and tuples of existing values invent none; sums as values of a map into `Min[Nat]` end as well; `limit n` bounds the rounds.",
		Wrong: "shared seeds: GSet[Int]\nlet rec nums = seeds | { n + 1 for n in nums }\nshow nums\n",
		Right: "shared seeds: GSet[Int]\nlet rec nums limit 100 = seeds | { n + 1 for n in nums }\nshow nums\n",
	},
	{
		Code:  RecursiveFunction,
		Title: "a function that calls itself",
		When: "Functions over data end because they do not call themselves; repetition is `fold`, `map`, a comprehension or `let rec`. " +
			"Only functions that make a `Stream` may be recursive: they are computed as far as somebody asks.",
		Wrong: "fn total(xs: List[Int]) -> Int = match xs { [] => 0, x :: rest => x + total(rest) }\nshow total([1, 2])\n",
		Right: "fn total(xs: List[Int]) -> Int = fold(xs, 0, (t, x) => t + x)\nshow total([1, 2])\n",
	},
	{
		Code:  Unguarded,
		Title: "a stream that never yields",
		When:  "A recursive function into `Stream` calls itself only behind `::`, so that every call yields an element before the next one is needed.",
		Wrong: "fn from(n: Int) -> Stream[Int] = from(n + 1)\nshow from(1).take(3)\n",
		Right: "fn from(n: Int) -> Stream[Int] = n :: from(n + 1)\nshow from(1).take(3)\n",
	},
	{
		Code:  CyclicDefinition,
		Title: "a definition in terms of itself",
		When:  "A definition that uses itself says so with `let rec`. Several definitions that use each other in a circle are not part of this version.",
		Wrong: "shared s: GSet[Int]\nlet t = s | t\nshow t\n",
		Right: "shared s: GSet[Int]\nlet rec t = s | t\nshow t\n",
	},
}
