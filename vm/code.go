package vm

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Code is what expressions are compiled to: instructions over four banks of
// registers. Bank W holds raw words (numbers, truth values, interned ids), V
// assembled values, F functions and S streams. Types are static, so which bank
// a value lives in is known at compile time and nothing is boxed on the way of
// integers. There are no loops and no recursion in code: collections are walked
// by library rows that apply functions, and streams unfold by need. Jumps go
// forwards, which is what lets the same code run on columns (batch.go).

// bank names a register file.
type bank uint8

const (
	bankW  bank = iota // raw words; kind tells of what
	bankID             // a register of W that holds an interned id
	bankV
	bankF
	bankS
)

// ref is a register, and for W the kind of its raw words.
type ref struct {
	bank bank
	reg  int32
	kind value.Kind
}

// opcode is an instruction of code. a is the destination; b, c, d are sources
// or indexes into the tables of the code.
type opcode uint8

const (
	opConstV opcode = iota // V[a] = vals[b]
	opMoveW                // W[a] = W[b]
	opMoveV
	opMoveF
	opMoveS
	opBox     // V[a] = value of kind c in W[b]
	opUnbox   // W[a] = raw word of V[b]
	opDecode  // V[a] = interned value W[b]
	opJump    // to a
	opJumpNot // to a unless W[b]
	opEnd     // of the evaluation of a row
	opDrop    // the same, and the row is dropped
	opInts    // W[a] = calls[d].Ints(W[b], W[c])
	opAddInt  // the same where the engine knows the arithmetic
	opSubInt
	opMulInt
	opDivInt
	opModInt
	opFloats // W[a] = calls[d].Floats(W[b], W[c])
	opCmpInt // W[a] = bit of the order of W[b] and W[c] in mask d
	opUnless // to a unless the order of W[b] and W[c] is in mask d
	opCmpFloat
	opCmpV    // the same on V
	opSameW   // W[a] = W[b] == W[c], negated when d is 0
	opCall    // calls[b] on its arguments
	opMake    // V[a] = makes[b]
	opItem    // V[a] = part c of V[b]
	opRest    // V[a] = list V[b] without its first
	opIsCtor  // W[a] = V[b] was built by ctors[c]
	opIsLen   // W[a] = V[b] has c parts; at least c when d is 1
	opLambda  // F[a] = lambdas[b] with captures
	opApply   // calls[b]: F[a] applied
	opParam   // V[a] = parameter consts name vals[b]
	opView    // V[a] = views[b] assembled
	opLookup  // V[a] = views[b] at the key V[c]
	opHas     // W[a] = V[c] is in views[b]
	opEnv     // V[a] = environment word b
	opConvert // V[a] = V[b] as types[c]; when d is 1, of the values of an IVar
	opLift
	opFail     // no arm matched
	opYield    // the stream is W[a] of kind d, or V[a], and then lambdas[b]
	opGo       // the stream is function c on calls[b]
	opLink     // the stream is S[a]
	opCons     // S[a] = V[b] :: lambdas[c], by need
	opFunc     // S[a] = recursive function c on calls[b], by need
	opUncons   // forces S[b]: W[a] = 1 and V[c], S[d] its head and tail, or W[a] = 0 when closed
	opUnfold   // S[a] = stages[c] on calls[b], by need
	opPrefix   // V[a] = IVar of the first W[c] elements of S[b]
	opSealed   // V[a] = IVar of all elements of S[b]
	opAsStream // S[a] = stream of the value V[b]
	opAsValue  // V[a] = known prefix of S[b]
	opViewS    // S[a] = views[b], a stream
)

type instr struct {
	op         opcode
	a, b, c, d int32
}

// call is an application of a library row or a function.
type call struct {
	row   *op.Row
	args  []ref // registers of V, or of F where the row takes a function
	to    int32 // register of V
	typ   *types.Type
	types []*types.Type // of the arguments
	by    *divisor      // of a division by a constant that is above 1
	own   []bool        // of a stage: arguments that nobody else is given, see spares.go
}

// build makes a composite from registers of V.
type build struct {
	op   ir.ExprOp
	ctor *value.Ctor
	args []ref
	typ  *types.Type
	open bool // of ESpecial: an open stream, else a conflict
}

// lambda is a nested piece of code and the registers that it copies in.
type lambda struct {
	code *code
	from []ref // registers of the surrounding frame
}

// constW is a register of words that holds the same in every run.
type constW struct {
	reg  int32
	word value.Word
}

// isArith tells the instructions of integer arithmetic.
func (o opcode) isArith() bool { return opInts <= o && o <= opModInt }

// onWords tells instructions that take a bounded time and touch words alone.
func (o opcode) onWords() bool {
	switch o {
	case opMoveW, opJump, opJumpNot, opUnless, opFloats, opCmpInt, opCmpFloat, opSameW, opFail:
		return true
	}
	return o.isArith()
}

// code is a compiled expression. It is immutable once compiled.
type code struct {
	ins     []instr
	pos     []source.Position // by instruction
	consts  []constW
	vals    []value.Value
	calls   []call
	makes   []build
	ctors   []*value.Ctor
	types   []*types.Type
	lambdas []lambda
	views   []ir.View
	size    [5]int32    // registers by bank; bankID is unused
	into    []ref       // where captures and parameters go
	out     ref         // of a value
	outs    []ref       // of a row: its columns
	typ     *types.Type // of the result
	at      source.Position
	loop    *loop // of a function whose parameters go up by steps, see loop.go
}

// frame is the registers of one activation.
type frame struct {
	w []value.Word
	v []value.Value
	f []*function
	s []place
	// dropped says that the last run was of a row whose condition does not hold.
	dropped bool
	// exit is the instruction by which code of a stream ended: what it said of it.
	exit *instr
}
