package replica

import (
	"errors"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/vm"
)

// at adds a place to an error that has none.
func (c *Core) at(err error, pos source.Position) error {
	if err == nil || elsewhere(err) {
		return err
	}
	if _, ok := errors.AsType[*orderNeeded](err); ok {
		return err
	}
	e := asError(err)
	if e.At == "" {
		e.At = place(pos)
	}
	return e
}

// asError gives every failure the form that replies have.
func asError(err error) *Error {
	var (
		own     *Error
		refusal *lattice.Refusal
		failure *op.Failure
		bound   *vm.Suspension
	)
	switch {
	case elsewhere(err):
		return &Error{Code: codeNoPlace, Message: "the work reads or writes what is not on every node, where all nodes have to do it alike",
			Hint: "do it in a handler of its own"}
	case errors.As(err, &own):
		return own
	case errors.As(err, &refusal):
		return &Error{Code: refusal.Code, Message: refusal.Message}
	case errors.As(err, &failure):
		return &Error{Code: failure.Code, Message: failure.Message}
	case errors.As(err, &bound):
		return &Error{Code: op.OutOfFuel, Message: bound.Error(),
			Hint: "join on equal columns, or filter before; what is merged is kept, and the evaluation is tried again"}
	case vm.IsOutOfFuel(err):
		return &Error{Code: op.OutOfFuel, Message: "the evaluation was stopped at its bound of work or of time",
			Hint: "ask for less at once; a stream without an end is cut with `take`, and a filter that nothing passes never ends"}
	}
	return &Error{Code: codeUnknown, Message: err.Error()}
}
