package diag

// The codes of names and types, L02. The checker's errors.go holds their
// constructors.
const (
	UnknownName      Code = "L0201"
	DeclaredTwice    Code = "L0202"
	WrongType        Code = "L0203"
	NoSuchFunction   Code = "L0204"
	ArgumentCount    Code = "L0205"
	UnknownType      Code = "L0206"
	TypeArguments    Code = "L0207"
	NoSuchField      Code = "L0208"
	NotAKind         Code = "L0209"
	NoSuchMutator    Code = "L0210"
	NotACell         Code = "L0211"
	PatternType      Code = "L0212"
	MissingCase      Code = "L0213"
	WrongPlace       Code = "L0214"
	TypeNotKnown     Code = "L0215"
	WantsLiteral     Code = "L0216"
	GrowingElement   Code = "L0217"
	OnlyInTests      Code = "L0218"
	RefusalUnhandled Code = "L0219"
	InvariantForm    Code = "L0220"
	Unused           Code = "L0221"
	Unhandled        Code = "L0222"
	SeveralWriters   Code = "L0223"
	NoPlace          Code = "L0224"
	WrittenApart     Code = "L0225"
	Unreached        Code = "L0226"
	NoSuchModule     Code = "L0230"
	ImportCycle      Code = "L0231"
	LeavesModule     Code = "L0232"
	UnusedImport     Code = "L0233"
)

var nameCodes = []Entry{
	{
		Code:  UnknownName,
		Title: "a name that nothing declares",
		When: "A name must be declared in the program, bound by a pattern or parameter around it, or belong to the library. " +
			"The order of declarations does not matter. Names that are spelt alike are suggested.",
		Wrong: "shared visits: GSet[String]\nshow visit\n",
		Right: "shared visits: GSet[String]\nshow visits\n",
	},
	{
		Code:  DeclaredTwice,
		Title: "a name is declared twice",
		When:  "Cells, definitions, functions, inputs, outputs and parameters share one space of names; types and constructors have their own. Within one pattern a name is bound once.",
		Wrong: "shared a: GSet[Int]\nlet a = {1}\nshow a\n",
		Right: "shared a: GSet[Int]\nlet b = {1}\nshow a | b\n",
	},
	{
		Code:  WrongType,
		Title: "a value of another type is wanted",
		When: "Every place wants a type, and only few steps are made by themselves: Nat stands for Int, data for the Max, Min or IVar of it, a list for a closed stream, " +
			"a string literal for a Node.",
		Wrong: "output names: String\non start { emit 1 to names }\n",
		Right: "output names: String\non start { emit \"1\" to names }\n",
	},
	{
		Code:  NoSuchFunction,
		Title: "no function of this name takes these arguments",
		When: "A function or operator is picked by the types of its arguments. After a dot or a pipe stand functions of the program and of the library, " +
			"with what stands before as the first argument.",
		Wrong: "shared s: GSet[Int]\nshow s + 1\n",
		Right: "shared s: GSet[Int]\nshow s.map(x => x + 1)\n",
	},
	{
		Code:  ArgumentCount,
		Title: "too many or too few arguments",
		When:  "Functions, inputs and mutators take as many arguments as they declare; only mutators have defaults. A lambda of several parameters also takes one tuple apart.",
		Wrong: "fn twice(n: Int) -> Int = n * 2\nshow twice(1, 2)\n",
		Right: "fn twice(n: Int) -> Int = n * 2\nshow twice(1)\n",
	},
	{
		Code:  UnknownType,
		Title: "a type that nothing declares",
		When:  "Types are the built-in ones and those of `type` declarations; their names are capitalised.",
		Wrong: "output names: Text\n",
		Right: "output names: String\n",
	},
	{
		Code:  TypeArguments,
		Title: "a type with the wrong number of arguments",
		When:  "`List`, `Set`, `Option` and most kinds have one argument in square brackets, maps have two, and plain types have none.",
		Wrong: "shared views: GMap[String]\n",
		Right: "shared views: GMap[String, GCounter]\n",
	},
	{
		Code:  NoSuchField,
		Title: "a field that the type does not have",
		When:  "`x.name` reads a field of a record and `t.0` an item of a tuple; constructors are applied with the labels that their type declares, every one of them once.",
		Wrong: "type Ad { id: String }\nshared ads: GSet[Ad]\nshow ads.map(ad => ad.name)\n",
		Right: "type Ad { id: String }\nshared ads: GSet[Ad]\nshow ads.map(ad => ad.id)\n",
	},
	{
		Code:  NotAKind,
		Title: "a cell needs a kind",
		When: "A declared variable has a CRDT kind, which says how writes of different nodes meet: `GSet` or `AWSet` rather than `Set`, `GCounter` or `LWW` rather than `Int`. " +
			"In expressions it is the other way about: there a cell is seen as its view.",
		Wrong: "shared names: Set[String]\n",
		Right: "shared names: AWSet[String]\n",
	},
	{
		Code:  NoSuchMutator,
		Title: "a mutator that the kind does not have",
		When:  "Cells are written by the mutators of their kind only, because those are the writes that merge. A grow-only kind has no way to take something back.",
		Wrong: "shared s: GSet[Int]\ninput drop(n: Int)\non drop(n) { s.remove(n) }\n",
		Right: "shared s: AWSet[Int]\ninput drop(n: Int)\non drop(n) { s.remove(n) }\n",
	},
	{
		Code:  NotACell,
		Title: "only cells can be written",
		When:  "Definitions follow from cells by themselves, and data never changes: mutators apply to what `shared`, `coordinated` and `local` declare, and to the entries of maps of kinds.",
		Wrong: "shared s: GSet[Int]\nlet t = s | {0}\non start { t.add(1) }\n",
		Right: "shared s: GSet[Int]\nlet t = s | {0}\non start { s.add(1) }\nshow t\n",
	},
	{
		Code:  PatternType,
		Title: "a pattern that cannot match",
		When:  "A pattern has the type of what it takes apart: tuples of the same length, constructors of the same type, literals that the type has.",
		Wrong: "shared s: GSet[(Int, Int)]\nshow { a for (a, b, c) in s }\n",
		Right: "shared s: GSet[(Int, Int)]\nshow { a for (a, b) in s }\n",
	},
	{
		Code:  MissingCase,
		Title: "a match that does not cover every case",
		When:  "`match` covers all values of its subject, so that a new constructor is not forgotten anywhere. `_ =>` covers the rest; an arm with a guard covers nothing for sure.",
		Wrong: "type Vote = Yes | No\nfn text(v: Vote) -> String = match v { Yes => \"yes\" }\nshow text(Yes)\n",
		Right: "type Vote = Yes | No\nfn text(v: Vote) -> String = match v { Yes => \"yes\", No => \"no\" }\nshow text(Yes)\n",
	},
	{
		Code:  WrongPlace,
		Title: "this has no place here",
		When: "`reply` answers the input of an `on` body, `emit` goes to a declared output, inputs are called in tests, and an output is read in tests. " +
			"The message says which rule was met.",
		Wrong: "output names: String\nshow names\n",
		Right: "output names: String\non start { emit \"a\" to names }\n",
	},
	{
		Code:  TypeNotKnown,
		Title: "the type cannot be found out",
		When:  "Types follow from uses. Where nothing says what a value is, an annotation does: `let rec x: Set[Int] = ..`.",
		Wrong: "let rec x = x.map(y => y)\nshow x\n",
		Right: "shared s: GSet[Int]\nlet rec x: Set[Int] = s | x.map(y => y)\nshow x\n",
	},
	{
		Code:  WantsLiteral,
		Title: "a literal is wanted",
		When:  "Some things must be known when the program is read: the node of `written by`, the number of replicas (1 to 64), the bound of `limit`, the reason of `peek`; the default of a `param` and the period of `on every` may be computed from literals.",
		Wrong: "shared kv: GMap[String, LWW[Int]] sharded replicas 0\n",
		Right: "shared kv: GMap[String, LWW[Int]] sharded replicas 3\n",
	},
	{
		Code:  GrowingElement,
		Title: "elements and payloads are data",
		When:  "What lies in a set, a key, a field or a message is data and never changes. Values that grow live in cells and in the values of maps.",
		Wrong: "shared s: GSet[Max[Int]]\n",
		Right: "shared s: GMap[String, Max[Int]]\n",
	},
	{
		Code:  OnlyInTests,
		Title: "this can be written in `expect` only",
		When:  "`unbound`, `unset`, `conflict(..)` and open streams `[1, 2, ...]` name states that a program cannot ask for, because the answer may change. Expectations of tests compare with them.",
		Wrong: "shared x: IVar[Int]\nshow x == unbound\n",
		Right: "shared x: IVar[Int]\nshow x\ntest \"at first\" {\n  replicas a\n  expect x == unbound\n}\n",
	},
	{
		Code:  RefusalUnhandled,
		Title: "a mutator that may be refused takes `else`",
		When: "A decrement of a bounded counter is refused where this node has no rights for it; the program says after `else` what happens then. " +
			"Other mutators always work and take none.",
		Wrong: "shared stock: BCounter\ninvariant stock >= 0\ninput sell(n: Nat)\non sell(n) { stock.decrement(n) }\n",
		Right: "shared stock: BCounter\ninvariant stock >= 0\ninput sell(n: Nat)\non sell(n) { stock.decrement(n) else fail(\"sold out\") }\n",
	},
	{
		Code:  InvariantForm,
		Title: "an invariant that cannot be kept",
		When:  "An invariant is about replicated cells, is true before anything has happened, and means the same on every node. Counters start at 0, so a bound of counters must let 0 pass.",
		Wrong: "shared stock: BCounter\ninvariant stock >= 10\n",
		Right: "shared stock: BCounter\ninvariant stock >= 0\n",
	},
	{
		Code:  Unused,
		Title: "a definition that nothing uses",
		When:  "A `let` that no other part of the program names costs nothing to run but may be a slip of the pen. It can still be queried.",
		Wrong: "shared s: GSet[Int]\nlet t = s | {0}\nshow s\n",
		Right: "shared s: GSet[Int]\nlet t = s | {0}\nshow t\n",
	},
	{
		Code:  Unhandled,
		Title: "an input that nobody handles",
		When:  "An input without an `on` body accepts events and does nothing with them.",
		Wrong: "input hit(page: String)\n",
		Right: "input hit(page: String)\nshared hits: GMap[String, GCounter]\non hit(page) { hits[page].increment() }\n",
	},
	{
		Code:  SeveralWriters,
		Title: "several nodes may bind an IVar",
		When: "An `IVar` takes one value; if two nodes bind different ones the result is a `conflict`, everywhere and for good. `written by` names the one writer and rules that out; " +
			"binding equal values is harmless.",
		Wrong: "shared leader: IVar[String]\ninput elect(n: String)\non elect(n) { leader.bind(n) }\n",
		Right: "shared leader: IVar[String] written by \"n1\"\ninput elect(n: String)\non elect(n) { leader.bind(n) }\n",
	},
	{
		Code:  NoPlace,
		Title: "no node holds all that a handler reads",
		When: "A handler runs where all cells that it reads are held. What is `at` a tag does not leave the nodes with that tag, so a handler reads cells of one tag only. " +
			"Each owner of a `sharded` cell looks at its own part of it, so the head of a `when` or `for` asks for each key, not for the whole.",
		Wrong: "shared eu: GSet[Int] at \"eu\"\nshared us: GSet[Int] at \"us\"\nshared n: GCounter\nfor x in eu & us { n.increment() }\nshow n\n",
		Right: "shared eu: GSet[Int] at \"eu\"\nshared us: GSet[Int]\nshared n: GCounter\nfor x in eu & us { n.increment() }\nshow n\n",
	},
	{
		Code:  WrittenApart,
		Title: "a body is done place by place",
		When: "A body is atomic in each place that it writes: everywhere, the nodes of a tag, the owners of a shard. Where it writes several, others may see one part before " +
			"the other, and a write to nodes that cannot be reached is done later. Each part is done once.",
		Wrong: "shared eu: GSet[Int] at \"eu\"\nshared n: GCounter\ninput add(x: Int)\non add(x) { eu.add(x)  n.increment() }\nshow n\n",
		Right: "shared eu: GSet[Int] at \"eu\"\nshared n: GCounter at \"eu\"\ninput add(x: Int)\non add(x) { eu.add(x)  n.increment() }\nshow n\n",
	},
	{
		Code:  Unreached,
		Title: "a case that is never reached",
		When:  "Arms of a match are tried in order. An arm that matches only what earlier ones without a guard have taken never runs. A warning.",
		Wrong: "fn word(n: Int) -> String = match n { 0 => \"none\", _ => \"some\", 1 => \"one\" }\nshow word(1)\n",
		Right: "fn word(n: Int) -> String = match n { 0 => \"none\", 1 => \"one\", _ => \"some\" }\nshow word(1)\n",
	},
	{
		Code:  NoSuchModule,
		Title: "an import that leads nowhere",
		When: "`import \"graph\"` names a part of the standard library (`laspc doc` lists them), `import \"./lib/x.lasp\"` a file, " +
			"by its path from the file that imports it.",
		Wrong: "import \"grpah\"\n",
		Right: "import \"graph\"\nshared links: GSet[(String, String)]\nshow reach(links, \"home\")\n",
	},
	{
		Code:  ImportCycle,
		Title: "files that import each other",
		When: "A file is read after those that it imports, so imports make no circle. What two files need of each other belongs into a third one " +
			"that both import, or the two are one file.",
		Wrong: "import \"./wrong.lasp\"\n",
		Right: "shared links: GSet[(String, String)]\nshow links\n",
	},
	{
		Code:  LeavesModule,
		Title: "a path that leaves the module",
		When: "The folder of the main file is the module: a program holds no more than what lies there or below, so that it can be moved, built and deployed as one. " +
			"That holds for links to other places, too.",
		Wrong: "import \"../elsewhere/x.lasp\"\n",
		Right: "import \"graph\"\nshared links: GSet[(String, String)]\nshow reach(links, \"home\")\n",
	},
	{
		Code:  UnusedImport,
		Title: "an import that nothing uses",
		When:  "No name that the import brings occurs in the file. It costs nothing to run but may be a slip of the pen.",
		Wrong: "import \"graph\"\nshared links: GSet[(String, String)]\nshow links\n",
		Right: "import \"graph\"\nshared links: GSet[(String, String)]\nshow reach(links, \"home\")\n",
	},
}
