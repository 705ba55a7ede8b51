package ir

import "github.com/laspc/lasp/lang/source"

// Test is a compiled `test` block. It is not part of an artifact: its
// expressions and statements speak of the nodes of the Program that it was
// compiled with.
type Test struct {
	Name  string
	Steps []*Step
	Pos   source.Position
}

// StepOp is the kind of a step of a test.
type StepOp uint8

// The steps of tests, as in the language.
const (
	TReplicas  StepOp = iota // Names
	TAt                      // Replica, Actions
	TSync                    //
	TPartition               // Groups
	THeal                    //
	TCrash                   // Replica
	TRestart                 // Replica, Blank
	TWait                    // Value, a Duration
	TParam                   // Name, Value
	TDeploy                  // Name: the path as written
	TExpect                  // Replica ("" is every live one), Calls, Value: a Bool; Text
	TFails                   // Name: a code or family of codes; Replica, Actions
)

// Step is a step of a test.
type Step struct {
	Op      StepOp
	Names   []string
	Groups  [][]string
	Replica string
	Blank   bool
	Name    string
	Actions []*Action
	// Calls are the inputs called inside an expectation, in order of
	// evaluation: they are sent first, and the reply of Calls[i] is slot i of
	// Value's frame.
	Calls []*InputCall
	Value *Expr
	Text  string // source text of Value, for messages
	Pos   source.Position
}

// Action is one turn at a replica: an input, or statements that run as the body
// of an `on` handler without arguments. Each statement of an `at` block is an
// action of its own; `let` statements are repeated in the actions after them.
type Action struct {
	Call  *InputCall // or
	Body  []*Stmt
	Slots int // size of the frame of Body, or of Call's arguments
	// Lets stand before the arguments of Call.
	Lets []*Stmt
	Text string
	Pos  source.Position
}

// InputCall sends an input and, in expectations, takes the reply.
type InputCall struct {
	Input int // index in Program.Inputs
	Args  []*Expr
	Pos   source.Position
}
