package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/node"
	"github.com/laspc/lasp/runtime/replica"
)

// maxKey bounds an Idempotency-Key.
const maxKey = 200

// inFlight is how many lines of a batch may be on their way at once.
const inFlight = 1024

// answer is what an input is answered with.
type answer struct {
	OK    bool         `json:"ok,omitempty"`
	Reply *value.Value `json:"reply,omitempty"`
	Error *errorFields `json:"error,omitempty"`
}

func answerOf(v value.Value, err error) answer {
	switch {
	case err != nil:
		f, _ := fieldsOf(err)
		return answer{Error: &f}
	case v.IsValid():
		return answer{Reply: &v}
	}
	return answer{OK: true}
}

// program is the active program.
func (s *server) program() (*ir.Program, error) {
	p := s.node.Program()
	if p == nil {
		return nil, refuse(http.StatusConflict, "L0603", "no program is deployed").hint("deploy one: laspc deploy FILE")
	}
	return p, nil
}

func requestKey(req *http.Request) (string, error) {
	key := req.Header.Get("Idempotency-Key")
	if len(key) > maxKey {
		return "", keyTooLong(key)
	}
	return key, nil
}

func keyTooLong(key string) error {
	return refuse(http.StatusBadRequest, "L0615", "the Idempotency-Key has %d bytes, at most %d are taken", len(key), maxKey)
}

// input takes one event for the program's handlers.
func (s *server) input(w http.ResponseWriter, req *http.Request) error {
	key, err := requestKey(req)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxInput))
	if err != nil {
		return err
	}
	p, err := s.program()
	if err != nil {
		return err
	}
	name := req.PathValue("name")
	args, err := node.ReadInput(p, name, body)
	if err != nil {
		return err
	}
	v, err := s.node.Input(req.Context(), p, key, name, args)
	if err != nil {
		return err
	}
	return writeJSON(w, answerOf(v, nil))
}

// line is a line of a batch.
type line struct {
	node.Line
	ID string `json:"id,omitempty"` // its own Idempotency-Key
}

// batch takes JSON lines, each an event of its own, and answers each with a
// line, in order. An error of one line does not stop the others.
func (s *server) batch(w http.ResponseWriter, req *http.Request) error {
	key, err := requestKey(req)
	if err != nil {
		return err
	}
	p, err := s.program()
	if err != nil {
		return err
	}
	// Answers may begin before the last line was read.
	if err := http.NewResponseController(w).EnableFullDuplex(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	w.Header().Set("Content-Type", linesBody)
	out := bufio.NewWriter(w)
	waiting := make(chan func() answer, inFlight)
	done := make(chan struct{})
	go func() {
		defer close(done)
		enc := json.NewEncoder(out)
		for wait := range waiting {
			enc.Encode(wait()) // an error means that the caller has gone
			if len(waiting) == 0 {
				out.Flush()
				http.NewResponseController(w).Flush()
			}
		}
	}()
	s.readLines(req, p, key, func(wait func() answer) { waiting <- wait })
	close(waiting)
	<-done
	return nil
}

// readLines submits the lines of a body in order and passes on how to wait for
// the answer of each.
func (s *server) readLines(req *http.Request, p *ir.Program, key string, pass func(func() answer)) {
	lines := bufio.NewScanner(req.Body)
	lines.Buffer(make([]byte, 64<<10), maxInput)
	for n := 1; lines.Scan(); n++ {
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		pending, err := s.submit(p, text, key, n)
		pass(func() answer {
			if err != nil {
				return answerOf(value.Value{}, fmt.Errorf("line %d: %w", n, err))
			}
			return answerOf(pending.Wait(req.Context()))
		})
	}
	if err := lines.Err(); err != nil {
		pass(func() answer {
			return answerOf(value.Value{}, notRead(err))
		})
	}
}

func (s *server) submit(p *ir.Program, text []byte, key string, n int) (*node.Pending, error) {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, notAnEvent(err)
	}
	id := l.ID
	if id == "" && key != "" {
		id = fmt.Sprintf("%s/%d", key, n)
	}
	input, args, writes, err := l.read(p)
	switch {
	case err != nil:
		return nil, err
	case writes != nil:
		return s.node.SubmitMutate(p, id, writes)
	}
	return s.node.SubmitInput(p, id, input, args)
}

// read is the line as an input with its arguments, or as writes.
func (l *line) read(p *ir.Program) (input string, args []value.Value, writes []replica.Mutation, err error) {
	switch {
	case l.Input != "" && l.Cell != "":
		err = refuse(http.StatusBadRequest, "L0607", "an event names an input or a cell, not both")
	case l.Input != "":
		args, err = node.ReadInput(p, l.Input, l.Args)
	case l.Cell != "":
		var m replica.Mutation
		m, err = node.ReadMutation(p, l.Line)
		writes = []replica.Mutation{m}
	default:
		err = refuse(http.StatusBadRequest, "L0607", `an event names an "input" or a "cell"`)
	}
	return l.Input, args, writes, err
}

// notRead says why no more of a body was read.
func notRead(err error) error {
	if errors.Is(err, bufio.ErrTooLong) {
		return refuse(http.StatusBadRequest, "L0614", "the rest of the body was not read: a line may have %d bytes, and one has more", maxInput)
	}
	return refuse(http.StatusBadRequest, "L0614", "the rest of the body was not read: %v", err)
}

// notAnEvent is the refusal of a line, in words of the line.
func notAnEvent(err error) error {
	e := refuse(http.StatusBadRequest, "L0607", "not an event in JSON: %v", err)
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		e = refuse(http.StatusBadRequest, "L0607", "not an event in JSON: %q cannot be a %s", t.Field[strings.LastIndexByte(t.Field, '.')+1:], t.Value)
		if t.Field == "" {
			e = refuse(http.StatusBadRequest, "L0607", "not an event in JSON, but a %s", t.Value)
		}
	}
	return e.hint(`an event is {"input":"NAME","args":{..}}, on a stream with "n", its number, from 0`)
}
