package diag

// The codes of the run time, L05. Packages that fail with them name them by the
// constants of lang/op.
var runtimeCodes = []Entry{
	{
		Code:  "L0501",
		Title: "a number outside its range",
		When: "Int and Nat have 64 bits, and arithmetic that leaves them is an error: it never wraps around. The element or statement that " +
			"computed it is dropped and listed by `show errors`; everything else stands. Growing counts and sums stop at the greatest number instead.",
		Wrong: "let huge = 9223372036854775807 + 1\nshow huge\n",
		Right: "let huge = 9223372036854775807.0 + 1.0\nshow huge\n",
	},
	{
		Code:  "L0502",
		Title: "division by zero",
		When: "`/` and `%` with a zero on the right have no result, for Float too. The element that divides is dropped and listed by `show errors`. " +
			"Leave such elements out before dividing.",
		Wrong: "let shares = { 100 / n for n in [0, 5] }\nshow shares\n",
		Right: "let shares = { 100 / n for n in [0, 5] if n != 0 }\nshow shares\n",
	},
	{
		Code:  "L0503",
		Title: "a write to what is closed",
		When: "After `close()` of a stream or `seal` of a cell its content is final: others have already acted on it. The write is refused, " +
			"and the message names where it was closed.",
		Wrong: "shared q: Stream[Int] written by \"a\"\nshow q\n\ntest \"too late\" {\n  replicas a\n  at a { q.append(1) q.close() q.append(2) }\n}\n",
		Right: "shared q: Stream[Int] written by \"a\"\nshow q\n\ntest \"in time\" {\n  replicas a\n  at a { q.append(1) q.append(2) q.close() }\n  expect q == [1, 2]\n}\n",
	},
	{
		Code:  "L0504",
		Title: "no such key or index",
		When: "A list has no item at that place, or a map of data no such key. What can grow has a bottom that an absent key reads as (an empty set, " +
			"a count of 0); data has none. Ask `get`, which gives an Option.",
		Wrong: "let price = {\"tea\": 3}[\"coffee\"]\nshow price\n",
		Right: "let price = {\"tea\": 3}.get(\"coffee\").get_or(0)\nshow price\n",
	},
	{
		Code:  "L0505",
		Title: "a write by somebody who is not the writer",
		When: "A cell that is `written by` one node may be written nowhere else: its order would not be one order any more. " +
			"Send an input to that node, or give each writer a cell of its own (`written by key`).",
		Wrong: "shared q: Stream[Int] written by \"p\"\nshow q\n\ntest \"another writes\" {\n  replicas p, c\n  at c { q.append(1) }\n}\n",
		Right: "shared q: Stream[Int] written by \"p\"\nshow q\n\ntest \"the writer writes\" {\n  replicas p, c\n  at p { q.append(1) }\n  sync\n  expect q == [1, ...]\n}\n",
	},
	{
		Code:  "L0506",
		Title: "a Nat below zero",
		When:  "A Nat is never negative, so a negative Int cannot become one. Test it first, or keep it an Int.",
		Wrong: "let left = to_nat(2 - 5)\nshow left\n",
		Right: "let left = 2 - 5\nshow left\n",
	},
	{
		Code:  "L0507",
		Title: "two values where one belongs",
		When: "A map holds one value per key. Values that can grow are joined when two meet under one key; data cannot be joined, and taking the " +
			"first would depend on timing. The same is said of two values at one index of a stream. Make the key unique, or give a growing value such as " +
			"`Max`, `Min` or a set.",
		Wrong: "let prices = {\"tea\": 3} | {\"tea\": 4}\nshow prices\n",
		Right: "let prices = {\"tea\": {3}} | {\"tea\": {4}}\nshow prices\n",
	},
	{
		Code:  "L0508",
		Title: "a fact that only an event has",
		When: "`now()`, `random()`, `fresh()` and `me` are recorded when an event arrives at a node. Derived values have no event: they are computed " +
			"again on every replica and must come out the same. `laspc check` finds that first (L0305); this code is for code that was checked elsewhere. Record the fact in an `on` handler and derive from the cell.",
		Wrong: "let started = now()\nshow started\n",
		Right: "shared started: Min[Duration]\non start { started.join(now()) }\nshow started\n",
	},
	{
		Code:  "L0509",
		Title: "an argument out of range",
		When:  "A function was given an argument that it does not accept, such as a range of more items than a list may have.",
		Wrong: "let numbers = size(1..9_000_000_000)\nshow numbers\n",
		Right: "let numbers = size(1..9_000)\nshow numbers\n",
	},
	{
		Code:  "L0510",
		Title: "no case fits",
		When:  "A `match` met a value that none of its cases covers. `laspc check` asks for all cases (L0213), so this is seen only where a checked program was changed. Add the case, or `_` for all others.",
		Wrong: "let word = { match n { 1 => \"one\", 2 => \"two\" } for n in [1, 3] }\nshow word\n",
		Right: "let word = { match n { 1 => \"one\", 2 => \"two\", _ => \"many\" } for n in [1, 3] }\nshow word\n",
	},
	{
		Code:  "L0511",
		Title: "an operation was refused",
		When: "A counter with a bound holds rights on each node; a decrement that this node has no rights for is refused, and rights are fetched in " +
			"the background for the next time. Say what to do with `else`.",
		Wrong: "shared stock: GMap[String, BCounter]\ninvariant stock[_] >= 0\ninput order(sku: String)\non order(sku) { stock[sku].decrement(1) }\n",
		Right: "shared stock: GMap[String, BCounter]\ninvariant stock[_] >= 0\ninput order(sku: String) -> Bool\n" +
			"on order(sku) { stock[sku].decrement(1) else reply false\n                reply true }\n",
	},
	{
		Code:  "L0512",
		Title: "a bound on work was reached",
		When: "An evaluation took more steps or memory than a turn may, or, of a body or query on a node of a cluster, more than two seconds. Merged data is kept and loses nothing; what depends on this evaluation is suspended " +
			"and says so. A stream without an end must be cut with `take` where it is shown. A stream of which 100,000 elements in a row fail ends there, since " +
			"it might go on failing for ever.",
		Wrong: "fn from(n: Int) -> Stream[Int] = n :: from(n + 1)\nlet last = from(0).filter(n => n < 0).take(1)\nshow last\n",
		Right: "fn from(n: Int) -> Stream[Int] = n :: from(n + 1)\nlet some = from(0).filter(n => n > 9).take(1)\nshow some\n",
	},
	{
		Code:  "L0513",
		Title: "checked, but not run by this version",
		When: "A cell that only some nodes hold (`sharded`, `at`) can neither be `coordinated` nor keep a bound: the agreed order is one for all nodes, and the " +
			"rights of a bounded counter would stay behind when it moves. Such programs are checked, with a warning where the cell is declared, and refused rather than run with a weaker meaning.",
		Wrong: "shared stock: GMap[String, BCounter] sharded replicas 2\ninvariant stock[_] >= 0\nshow stock\n",
		Right: "shared stock: GMap[String, BCounter]\ninvariant stock[_] >= 0\nshow stock\n",
	},
	{
		Code:  "L0514",
		Title: "a body failed",
		When: "`fail(reason)` discards everything that the body wrote, and the sender of the input gets the reason. It is the program's own refusal; " +
			"nothing is wrong with the program.",
		Wrong: "shared names: GSet[String]\ninput join(name: String)\non join(name) { if name == \"\" { fail(\"a name is needed\") } names.add(name) }\nshow names\n\n" +
			"test \"nobody\" {\n  replicas a\n  at a { join(\"\") }\n}\n",
		Right: "shared names: GSet[String]\ninput join(name: String)\non join(name) { if name != \"\" { names.add(name) } }\nshow names\n\n" +
			"test \"nobody\" {\n  replicas a\n  at a { join(\"\") }\n  expect names == {}\n}\n",
	},
	{
		Code:  "L0515",
		Title: "data that does not fit",
		When: "A line of a data file, of an events file or of a request names an input, cell or field that the program lacks, or holds a value of another type. " +
			"The message says which line and what was expected; nothing of that line was applied.",
		Wrong: "shared edges: GSet[(Int, Int)]\nshow edges    // laspc run --load edges=FILE, with the line: 1<TAB>two\n",
		Right: "shared edges: GSet[(Int, String)]\nshow edges    // laspc run --load edges=FILE, with the line: 1<TAB>two\n",
	},
	{
		Code:  "L0517",
		Title: "an invariant would not hold",
		When: "What stands inside `coordinate` is decided in one agreed order, and the invariants of the program are held there: an operation after which one of them " +
			"would not be true is refused as a whole, with everything else that its handler would have done.",
		Wrong: "shared team: GSet[String]\ninvariant size(team) <= 1\ninput hire(name: String)\non hire(name) { coordinate { team.add(name) } }\nshow team\n" +
			"test \"one too many\" {\n  replicas a, b\n  at a { hire(\"ann\") }\n  sync\n  at b { hire(\"bob\") }\n}\n",
		Right: "shared team: GSet[String]\ninvariant size(team) <= 1\ninput hire(name: String)\non hire(name) { coordinate { team.add(name) } }\nshow team\n" +
			"test \"one is enough\" {\n  replicas a, b\n  at a { hire(\"ann\") }\n  sync\n  expect fails L0517 at b { hire(\"bob\") }\n  expect team == {\"ann\"}\n}\n",
	},
	{
		Code:  "L0516",
		Title: "a writer that lost its memory",
		When: "A node that is the only writer of a cell came back without its disk. Until a peer has told it what it wrote before, it refuses writes to such " +
			"cells: it would give the places of a stream, or the name of an effect, a second meaning. Any node that joins, lost its disk, or was killed with " +
			"durability none refuses requests that count, if they have an id, just so: it does not know whether they were done. Connect it to a peer, and it goes on by itself; ask again under the same id, or ask another node.",
		Wrong: "shared q: Stream[Int] written by \"a\"\nshow q\ntest \"too early\" {\n  replicas a, b\n  at a { q.append(1) }\n  sync\n  crash a\n" +
			"  restart a blank\n  partition a | b\n  at a { q.append(2) }\n}\n",
		Right: "shared q: Stream[Int] written by \"a\"\nshow q\ntest \"after a sync\" {\n  replicas a, b\n  at a { q.append(1) }\n  sync\n  crash a\n" +
			"  restart a blank\n  sync\n  at a { q.append(2) }\n}\n",
	},
}
