package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/laspc/lasp/runtime/node"
	"github.com/laspc/lasp/runtime/replica"
)

// refusal is an error with the HTTP status that fits it.
type refusal struct {
	status int
	err    *replica.Error
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status, &replica.Error{Code: code, Message: fmt.Sprintf(format, args...)}}
}

func (r *refusal) hint(text string) *refusal {
	r.err.Hint = text
	return r
}

// errorBody is the form of every error.
type errorBody struct {
	Error errorFields `json:"error"`
}

type errorFields struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	At      string `json:"at,omitempty"` // place in the program
}

// statuses are the HTTP statuses of errors that replica and node give. All
// others are faults of the request's data.
var statuses = map[string]int{
	"L0600": http.StatusInternalServerError,
	"L0601": http.StatusConflict,
	"L0602": http.StatusNotFound,
	"L0603": http.StatusConflict,
	"L0604": http.StatusConflict,
	"L0606": http.StatusServiceUnavailable,
	"L0620": http.StatusServiceUnavailable,
	"L0621": http.StatusInsufficientStorage,
	"L0622": http.StatusGatewayTimeout,
}

// fieldsOf gives an error its form and status.
func fieldsOf(err error) (errorFields, int) {
	status := http.StatusUnprocessableEntity
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		err = refuse(http.StatusRequestEntityTooLarge, "L0614", "the body is larger than the %d bytes that this call takes", tooBig.Limit)
	}
	e := node.AsError(err)
	if s, ok := statuses[e.Code]; ok {
		status = s
	}
	var r *refusal
	if errors.As(err, &r) {
		status = r.status
	}
	return errorFields{Code: e.Code, Message: e.Message, Hint: e.Hint, At: e.At}, status
}

func writeError(w http.ResponseWriter, err error) {
	fields, status := fieldsOf(err)
	writeStatus(w, status, errorBody{fields})
}

func writeJSON(w http.ResponseWriter, v any) error {
	writeStatus(w, http.StatusOK, v)
	return nil
}

// writeStatus answers with one JSON value. That the caller has gone is nobody's
// error.
func writeStatus(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		status, data = http.StatusInternalServerError, []byte(`{"error":{"code":"L0600","message":"the answer has no JSON form"}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(data, '\n'))
}
