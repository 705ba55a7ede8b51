package op

// Codes of failures at run time, as `laspc explain` knows them.
const (
	Overflow     = "L0501" // a number does not fit its type
	DivideByZero = "L0502"
	Closed       = "L0503" // a write to a closed stream or a sealed cell
	Missing      = "L0504" // no such key or index
	NotWriter    = "L0505" // a write by somebody else than the `written by`
	Negative     = "L0506" // a Nat below zero
	TwoValues    = "L0507" // two values meet where one belongs
	OnlyOnNode   = "L0508" // a fact that only an event on a node has
	OutOfRange   = "L0509" // an argument that a function does not accept
	NoCase       = "L0510" // no case of a `match` fits
	Refused      = "L0511" // a mutator that found itself without rights
	OutOfFuel    = "L0512" // a bound on steps or memory was reached
	NotRun       = "L0513" // a construct that is checked but not run
	Failed       = "L0514" // `fail` ended a body
	Unsynced     = "L0516" // the only writer does not know yet what it wrote before
	BrokenRule   = "L0517" // an invariant would not hold
	BadData      = "L0515" // data from outside that does not fit its type
)
