package main

import "time"

// line is something that is measured: figures of one run, several times.
type line struct {
	section string
	id      string
	title   string
	figures []figure
	limit   string // what limits it
	measure func() (sample, error)
	peers   []peer
}

// figure is one number of a run.
type figure struct {
	name  string // in the sample
	unit  string
	goal  float64 // 0 where there is none
	more  bool    // more is better
	cited string  // what others take, as published or measured elsewhere
}

// peer is something else that does the same in the same run of this command.
type peer struct {
	name    string
	figure  string // that it is compared with
	measure func() (float64, error)
}

// The sections of the page.
const (
	secData     = "Data: whole programs"
	secVariants = "The same in other words: processor time as a multiple"
	secLambda   = "Lambdas, per element"
	secReplica  = "A replica's store"
	secScale    = "Scale"
	secCheck    = "Compiler"
)

// unitOf is the unit of a figure of a process.
var unitOf = map[string]string{whole: "ms", p50: "µs", p99: "µs", memory: "MB"}

// lines are all lines, in the order of the page. No process may take longer than
// limit.
func lines(o *outside, limit time.Duration) []line {
	list := append(o.dataLines(limit), o.variantLines(limit)...)
	list = append(list, lambdaLines()...)
	list = append(list, replicaLines()...)
	list = append(list, o.scaleLines(limit)...)
	return append(list, o.checkLines(limit)...)
}

// dataLines are the lines of jobs.
func (o *outside) dataLines(limit time.Duration) []line {
	closure := func(file string, want int) []peer {
		return []peer{{"Mangle", whole, func() (float64, error) {
			return mangle(o.data, mangleClosure, map[string]string{"edge": file}, "tc", want)
		}}}
	}
	peers := map[string][]peer{
		"W1a": closure("w1a_edge.tsv", 500_500),
		"W1b": closure("w1b_edge.tsv", 891_135),
		"W3":  {{"plain Go", whole, func() (float64, error) { return adMap(o.data) }}},
		"W6":  {{"plain Go", whole, func() (float64, error) { return wordMap(o.data) }}},
		"W5a": {{"Go channels", whole, sieveChannels}},
		"W5b": {{"Go channel", whole, sumChannel}},
	}
	var list []line
	for i := range jobs {
		w := &jobs[i]
		l := line{section: secData, id: w.id, title: w.title, limit: w.limit, peers: peers[w.id],
			measure: func() (sample, error) { return o.run(w, limit) }}
		for _, g := range w.goals {
			l.figures = append(l.figures, figure{name: g.figure, unit: unitOf[g.figure], goal: g.most, cited: g.peers})
		}
		list = append(list, l)
	}
	return list
}

// one makes a measurement of one number a sample.
func one(name string, f func() (float64, error)) func() (sample, error) {
	return func() (sample, error) {
		v, err := f()
		return sample{name: v}, err
	}
}

func lambdaLines() []line {
	const batch = "in batches"
	limit := "reading the rows from memory, 24 bytes each, is the largest part; then the two tests, and noting which rows pass"
	texts := "reading the rows from memory, and looking up what is known of each text; each different text is asked about once"
	return []line{
		{secLambda, "W4a", "x * 2 + 1 > 10 and x % 3 == 0", []figure{{batch, "ns", 4, false, "expr 86-103, cel-go 151, starlark 118-139"}}, limit,
			one(batch, laspNumbers), []peer{{"expr", batch, exprNumbers}, {"cel-go", batch, celNumbers}, {"starlark", batch, starlarkNumbers}, {"plain Go", batch, goNumbers}}},
		{secLambda, "W4a", "the same, a turn each", []figure{{single, "ns", 20, false, ""}, {singleTurn, "ns", 0, false, ""}},
			"taking the row, going through the code of one row and handing the result over; the whole turn holds the element in the cell's relation and among those that pass", laspSingles, nil},
		{secLambda, "W4b", `score > 500 and name starts with "r"`, []figure{{batch, "ns", 10, false, "expr 69, cel-go 118, starlark 157"}}, texts,
			one(batch, laspRecords), []peer{{"expr", batch, exprRecords}, {"cel-go", batch, celRecords}, {"starlark", batch, starlarkRecords}, {"plain Go", batch, goRecords}}},
	}
}

func replicaLines() []line {
	const add, remove, held, encoded, half, inc = "additions", "removals", "in memory", "encoded", "encoded, half removed", "increment"
	return []line{
		{secReplica, "OR-set", "a turn each, with the delta to send", []figure{
			{add, "M/s", 1, true, "riak_dt 0.43, yjs 0.27, loro 0.22"}, {remove, "M/s", 2, true, ""}},
			"the steps of a turn one after the other: a removal looks up the text, a cache miss, for a fifth of its time, then come the log of removals, the slot and its index, the hash that leaves the sum, the delta; no allocations but for what grows",
			func() (sample, error) {
				a, r, err := setRates()
				return sample{add: a, remove: r}, err
			}, nil},
		{secReplica, "OR-set", "of texts of 16 bytes", []figure{
			{held, "B/element", 140, false, ""}, {encoded, "B/element", 19, false, ""}, {half, "%", 52, false, ""}},
			"the text itself is 17 bytes of it, in memory and on the wire; where every second write is gone the stamps of the others take two bits each",
			func() (sample, error) {
				h, e, l, err := setSizes()
				return sample{held: h, encoded: e, half: l}, err
			}, nil},
		{secReplica, "counter", "an increment, with the delta to send", []figure{{inc, "µs", 1, false, "Lasp on Erlang 495"}},
			"the steps of a turn, none of which takes a tenth: the slot, the hash of the new total, the version vector, the log of changes, the delta of one row", one(inc, increment), nil},
	}
}

func (o *outside) scaleLines(limit time.Duration) []line {
	var list []line
	each := figure{"bytes each", "B", 0, false, ""}
	for _, n := range []struct {
		size int
		name string
	}{{1_000, "10^3"}, {10_000, "10^4"}, {100_000, "10^5"}, {1_000_000, "10^6"}, {10_000_000, "10^7"}} {
		l := line{secScale, "AWSet", n.name + " elements, one leaves or comes back", []figure{{p50, "µs", 0, false, ""}, {p99, "µs", 0, false, ""}, {whole, "ms", 0, false, ""}},
			"a third the write in the state, half the dataflow, the rest the request around it, none of it an allocation; among loaded elements the first change writes out the 32 around it, and in a larger state caches miss more; whole process: an element lies in the state and, since it may leave, in the relation, each with a hash table", func() (sample, error) { return o.elements(n.size, limit) }, nil}
		if n.size >= 1_000_000 {
			l.figures = append(l.figures, each)
		}
		list = append(list, l)
	}
	return append(list,
		line{secScale, "derived", "1,000 definitions over one cell", []figure{{p50, "µs", 0, false, ""}, {whole, "ms", 0, false, ""}, {memory, "MB", 0, false, ""}},
			"a change goes to the filters that it passes, found by the constant that they compare with; the rest is the turn around it", func() (sample, error) { return o.derived(1_000, limit) }, nil},
		line{secScale, "counters", "a map of 100,000 counters, one counts on", []figure{{p50, "µs", 0, false, ""}, {whole, "ms", 0, false, ""}, each},
			"the turn: a counter found by its key, one row of the map's relation that leaves for another; whole process: the operation of the counter, once for each row of the file", func() (sample, error) { return o.counters(100_000, limit) }, nil})
}

func (o *outside) checkLines(limit time.Duration) []line {
	list := []line{{secCheck, "check", "a megabyte of ( is refused", []figure{{whole, "ms", 50, false, ""}, {memory, "MB", 32, false, ""}},
		"the file itself and its report", func() (sample, error) { return o.brackets(limit) }, nil}}
	for _, n := range []struct {
		lines int
		name  string
		goal  float64
	}{{1_000, "1,000 lines", 50}, {10_000, "10,000 lines", 1_000}, {100_000, "100,000 lines", 0}} {
		list = append(list, line{secCheck, "check", n.name, []figure{{whole, "ms", n.goal, false, ""}, {memory, "MB", 0, false, ""}},
			"maps from expressions to their types, flows and calls, held until the end, and the collector that goes over them; the parser is a third", func() (sample, error) { return o.check(n.lines, limit) }, nil})
	}
	return list
}
