package main

// job is a line that is measured from outside: laspc runs a program on
// files.
type job struct {
	id      string
	title   string
	program string            // in programs
	loads   map[string]string // files by cell
	input   string            // file of turns
	want    string            // the values of the shows, one after the other
	goals   []goal
	limit   string // what limits it
}

// goal is what a figure of a run should reach.
type goal struct {
	figure string // one of figures
	most   float64
	// peers are what others take for the same on a machine with 2 cores.
	peers string
}

// The figures of a run. Times are in ms, but those of turns in microseconds, and
// memory is in MB.
const (
	whole     = "whole process"
	processor = "processor time"
	p50       = "turn, p50"
	p99       = "turn, p99"
	memory    = "peak memory"
)

func edges(file string) map[string]string { return map[string]string{"edges": file} }

var (
	adsData = map[string]string{"ads1": "w3_ads1.tsv", "ads2": "w3_ads2.tsv", "contracts": "w3_contracts.tsv"}
	pointer = map[string]string{"addr": "w7b_addr.tsv", "assign": "w7b_assign.tsv", "load": "w7b_load.tsv", "store": "w7b_store.tsv"}
)

const (
	limitRounds   = "the set operations on grids of ids: a test and a list entry for each pair that is derived, words of bits where rules only copy rows; and fresh memory for what is derived"
	limitClosure  = "writing what is derived: a list of ids for each row, most of it taken over from rows that were followed before, into fresh memory; then the start of the process and reading the edges"
	limitTurn     = "instructions, without an allocation: a third the write in the state, not quite half the dataflow, the rest the request around it; then, nearly as long, waiting for memory where the row, its group and what it joins with lie, some twenty places"
	limitJoin     = "page faults of fresh columns, most of which are too small for large pages, two fifths of the processor time; reading and the tables of the cells are a ninth, the dataflow as much again"
	limitWords    = "reading a million lines, half of the processor time, with a dictionary for each reader; the rows of the cell and the groups are a fifth each"
	limitSieve    = "making chunks for what passes each stage and collecting them, a third of the time; the remainders are a tenth; the start of the process, 3 ms"
	limitVariants = "rows in another order miss more caches, strings are read and found by their bytes once"
	limitStream   = "the start of the process, half of the time; then the loops over the numbers, and the chunks in which they are handed on, whose memory serves again once the reader has passed"
)

// jobs are the lines that are measured from outside.
var jobs = []job{
	{"W1a", "closure of a chain, 1,000 rounds", "w1", edges("w1a_edge.tsv"), "", "500500",
		[]goal{{whole, 17, "datafrog 34 ms"}}, limitClosure},
	{"W1b", "closure of a random graph, 891,135 pairs", "w1", edges("w1b_edge.tsv"), "", "891135",
		[]goal{{whole, 50, "best compiled peer 100 ms, Souffle 561, Mangle 8,657"}}, limitClosure},
	{"W1c", "closure of a grid, 1.6 M pairs", "w1", edges("w1c_edge.tsv"), "", "1623125",
		[]goal{{whole, 60, "best compiled peer 118 ms, Souffle 870, Mangle 12,420"}}, limitClosure},
	{"W1d", "closure of a dense graph, 4 M pairs", "w1", edges("w1d_edge.tsv"), "", "4000000",
		[]goal{{whole, 460, "best compiled peer 925 ms, Souffle 5,232"}, {memory, 60, "brie 9 MB, Ascent 189, Souffle 201, differential dataflow 887"}}, limitClosure},
	{"W1e", "ancestors in a tree, 2.5 M pairs", "w1", edges("w1e_edge.tsv"), "", "2518454",
		[]goal{{whole, 160, "datafrog 212 ms, Ascent 458, Souffle 1,155"}}, limitClosure},
	{"W1b-inc", "an edge leaves and comes back", "w1_turns", edges("w1b_edge.tsv"), "w1b_turns.jsonl", "891135",
		[]goal{{p50, 2_000, "differential dataflow 8.0 ms"}, {p99, 12_000, "differential dataflow 27 ms"}},
		"what an edge supports has to be found and supported anew: in a strongly connected graph that is much of the closure"},
	{"W2", "shortest paths, 500,000 edges", "w2", edges("w2_edge.tsv"), "", "99283 25244064",
		[]goal{{whole, 65, "Ascent 132 ms, Souffle 1,202, differential dataflow 1,255"}},
		"reading half a million edges and the cell's table of them, half; then their order by where they begin, and the improvements, a key with all its edges at a time, a sixth each; and fresh memory for all of these"},
	{"W2-inc", "an edge leaves and comes back", "w2_turns", edges("w2_edge.tsv"), "w2_turns.jsonl", "99283",
		[]goal{{p50, 10, "differential dataflow 154 microseconds"}, {p99, 1_000, "differential dataflow 4.2 ms"}}, limitTurn},
	{"W3", "join of ads and contracts", "w3", adsData, "", "89999",
		[]goal{{whole, 33, "differential dataflow 33.5 ms, db-ivm 442"}}, limitJoin},
	{"W3-inc", "an ad or a contract leaves or comes back", "w3_turns", adsData, "w3_turns.jsonl", "81715",
		[]goal{{p50, 1, "differential dataflow 17.9 microseconds, db-ivm 6.4"}, {p99, 5, ""}}, limitTurn},
	{"W5a", "sieve over streams, 2,262 primes", "w5a", nil, "", "[21171191]",
		[]goal{{whole, 30, "Go buffered channels 57 ms, Erlang 127"}}, limitSieve},
	{"W5b", "a million numbers from producer to consumer", "w5b", nil, "", "[499999500000]",
		[]goal{{whole, 10, "Go buffered channels 34 ms, Erlang 62"}}, limitStream},
	{"W6", "word count, a million words", "w6", map[string]string{"words": "w6_words.tsv"}, "", "47632 239",
		[]goal{{whole, 60, "differential dataflow 295 ms, db-ivm 532"}}, limitWords},
	{"W6-inc", "a word leaves or comes back", "w6_turns", map[string]string{"words": "w6_words.tsv"}, "w6_turns.jsonl", "47632",
		[]goal{{p50, 1, "differential dataflow 14.8 microseconds, db-ivm 5.1"}}, limitTurn},
	{"W7a", "same generation, 1.5 M pairs", "w7a", map[string]string{"parent": "w7a_parent.tsv"}, "", "1502016",
		[]goal{{whole, 60, "Souffle brie 124 ms, Ascent 130"}}, limitRounds},
	{"W7b", "Andersen's points-to, 302,503 pairs", "w7b", pointer, "", "302503",
		[]goal{{whole, 35, "Ascent 57 ms, Souffle brie 70; Mangle 0.4 loses 2,409 of the pairs"}}, limitRounds},
}
