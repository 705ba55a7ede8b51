package diag

// The codes of monotonicity and coordination, L03.
const (
	NotFixed          Code = "L0301"
	NotStable         Code = "L0302"
	NotRepeatable     Code = "L0303"
	EffectPlace       Code = "L0304"
	ShownNondet       Code = "L0305"
	TwoWriters        Code = "L0306"
	NeedsCoordinate   Code = "L0307"
	QualifierAsserted Code = "L0308"
	NotALattice       Code = "L0309"
	BreaksInvariant   Code = "L0310"
	NotMonotone       Code = "L0311"
)

var calmCodes = []Entry{
	{
		Code:  NotFixed,
		Title: "a fixed value is needed",
		When: "What is emitted, replied, bound or written cannot be taken back, so it must not depend on what a later message can change. " +
			"The blame path leads from the place to the operator and on to the cell that is still open; the ways out are listed with their cost.",
		Wrong: "shared objects, live: GSet[Int]\noutput freed: Int\ninput collect()\non collect() { for o in objects - live { emit o to freed } }\n",
		Right: "shared objects, live: GSet[Int]\noutput freed: Int\ninput collect()\non collect() { coordinate by barrier { for o in objects - live { emit o to freed } } }\n",
	},
	{
		Code:  NotStable,
		Title: "a condition that may not stay true",
		When: "`when` and top-level `for` fire once and for good at every replica, so what they wait for must stay true once it is: thresholds of what grows, elements of sets that only grow, bound IVars. " +
			"Comparisons against the direction of growth, negations and views of removable kinds can become false again.",
		Wrong: "shared bids: GSet[Int]\noutput alerts: String\nwhen size(bids) < 3 { emit \"few\" to alerts }\n",
		Right: "shared bids: GSet[Int]\noutput alerts: String\nwhen size(bids) >= 3 { emit \"many\" to alerts }\n",
	},
	{
		Code:  NotRepeatable,
		Title: "an answer that depends on timing",
		When:  "`now()`, `random()`, `me` and `local` cells differ between nodes and moments. In an `on` body they are recorded with the event; elsewhere replicas would disagree for good.",
		Wrong: "shared s: GSet[Int]\noutput times: Duration\nfor x in s { emit now() to times }\n",
		Right: "shared s: GSet[Int]\noutput times: Duration\ninput hit()\non hit() { emit now() to times }\n",
	},
	{
		Code:  EffectPlace,
		Title: "an effect that replicas would not make alike",
		When: "`when` and top-level `for` run at every replica; their effects count once because all replicas make the same. " +
			"Removing, overwriting and decrementing depend on what a replica has seen: they stand in `on`, in `coordinate`, or write cells that are `written by` one node. `peek` stands in `on`.",
		Wrong: "shared seen: GSet[Int]\nshared todo: AWSet[Int]\nfor x in seen { todo.remove(x) }\n",
		Right: "shared seen: GSet[Int]\nshared todo: AWSet[Int]\nshow todo - seen\n",
	},
	{
		Code:  ShownNondet,
		Title: "a view that would differ from node to node",
		When:  "A `show` is a function of replicated state, the same at every replica that has the same state. Only a `local` cell may be shown as this node's own.",
		Wrong: "show now()\n",
		Right: "shared last: Max[Duration]\ninput hit()\non hit() { last.join(now()) }\nshow last\n",
	},
	{
		Code:  TwoWriters,
		Title: "one body writes for two writers",
		When:  "A cell that is `written by` a node is written there only, so a body cannot write two cells of different writers.",
		Wrong: "shared s: GSet[Int]\nshared a: LWW[Int] written by \"n1\"\nshared b: LWW[Int] written by \"n2\"\nfor x in s { a.set(x) b.set(x) }\n",
		Right: "shared s: GSet[Int]\nshared a: LWW[Int] written by \"n1\"\nshared b: LWW[Int] written by \"n2\"\nfor x in s { a.set(x) }\nfor x in s { b.set(x) }\n",
	},
	{
		Code:  NeedsCoordinate,
		Title: "a coordinated cell is written outside of `coordinate`",
		When:  "Cells that are declared `coordinated` are linearizable because they are written in one agreed order only.",
		Wrong: "coordinated balance: PNCounter\ninput pay(n: Nat)\non pay(n) { balance.increment(n) }\n",
		Right: "coordinated balance: PNCounter\ninput pay(n: Nat)\non pay(n) { coordinate { balance.increment(n) } }\n",
	},
	{
		Code:  BreaksInvariant,
		Title: "an invariant can be broken here",
		When: "What an operation does to an invariant is looked up by the shape of the invariant and the operation. Where it can only make it truer, or the invariant bounds a counter by a number, " +
			"nobody has to ask anybody. Elsewhere two nodes could break together what each of them has seen to hold, so the operation stands inside `coordinate`, where the invariant is held.",
		Wrong: "shared team: GSet[String]\ninvariant size(team) <= 5\ninput hire(name: String)\non hire(name) { team.add(name) }\n",
		Right: "shared team: GSet[String]\ninvariant size(team) <= 5\ninput hire(name: String)\non hire(name) { coordinate { team.add(name) } }\n",
	},
	{
		Code:  QualifierAsserted,
		Title: "a function does not move as it says",
		When:  "A qualifier before a parameter's type (`+`, `-`, `H`, `0`) is a promise about the body: how its result moves when that argument grows.",
		Wrong: "fn rest(s: +Set[Int]) -> Set[Int] = {1, 2} - s\nshow rest({1})\n",
		Right: "fn rest(s: -Set[Int]) -> Set[Int] = {1, 2} - s\nshow rest({1})\n",
	},
	{
		Code:  NotMonotone,
		Title: "an assumption that does not hold",
		When: "`assume monotone f` takes on trust what the compiler cannot show. The trust is tested by pairs of small values and larger random ones: where a greater argument gives a result that is not greater, " +
			"the smallest pair is printed. Functions whose parameters or results have no order to grow in cannot be tried.",
		Wrong: "fn few(s: Set[Int]) -> Bool = size(s) <= 1\nassume monotone few\nshow few({1})\n",
		Right: "fn odd_ones(s: Set[Int]) -> Bool = size(s.filter(n => n % 2 == 1)) * 2 >= 2\nassume monotone odd_ones\nshow odd_ones({1})\n",
	},
	{
		Code:  NotALattice,
		Title: "a join that is not a join",
		When: "Replicas merge in any order and any number of times, so a hand-written join must be idempotent, commutative and associative, give an upper bound of both sides, and leave everything as it is when the bottom is joined. " +
			"The compiler tries small values and prints the smallest that break a law.",
		Wrong: "lattice Avg = Float bottom 0.0 join (a, b) => (a + b) / 2.0\n",
		Right: "shared top: Max[Float]\nshow top\n",
	},
}
