package feed

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// maxLine bounds one line of a file.
const maxLine = 64 << 20

// Event is one line of an events file.
type Event struct {
	Line int
	At   string        // the node at which it happens, "" where the line does not say
	Time time.Duration // since the start; of the line before where the line does not say

	Input string // of an input event
	Cell  string // of an operation on a cell
	Keys  []value.Value
	Op    string
	Args  []value.Value // complete, in declared order
}

// Events reads an events file line by line.
type Events struct {
	schema *Schema
	name   string
	lines  *bufio.Scanner
	line   int
	now    time.Duration
	names  map[string]string // of inputs, cells and operations that were read
}

// Events starts to read the events of r; name is used in messages.
func (s *Schema) Events(name string, r io.Reader) *Events {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 64<<10), maxLine)
	return &Events{schema: s, name: name, lines: sc, names: map[string]string{}}
}

// Next returns the next event; io.EOF after the last one. Every other error is
// an *Error. Empty lines are passed over.
func (e *Events) Next() (Event, error) {
	for e.lines.Scan() {
		e.line++
		text := e.lines.Bytes()
		if e.line == 1 {
			text = bytes.TrimPrefix(text, byteOrderMark)
		}
		text = bytes.TrimSpace(text)
		if len(text) == 0 {
			continue
		}
		ev, err := e.read(text)
		if err != nil {
			return ev, &Error{File: e.name, Line: e.line, Message: err.Error()}
		}
		ev.Line = e.line
		return ev, nil
	}
	if err := e.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return Event{}, &Error{File: e.name, Line: e.line + 1, Message: fmt.Sprintf("the line is longer than %d bytes", maxLine)}
	} else if err != nil {
		return Event{}, &Error{File: e.name, Line: e.line + 1, Message: err.Error()}
	}
	return Event{}, io.EOF
}

// eventLine is an event as it stands in the file.
type eventLine struct {
	Input string          `json:"input"`
	Cell  string          `json:"cell"`
	Keys  json.RawMessage `json:"keys"`
	Op    string          `json:"op"`
	Args  json.RawMessage `json:"args"`
	At    string          `json:"at"`
	Time  string          `json:"time"`
}

func (e *Events) read(text []byte) (Event, error) {
	l, err := e.split(text)
	if err != nil {
		return Event{}, err
	}
	if l.Time != "" {
		t, err := time.ParseDuration(l.Time)
		if err != nil {
			return Event{}, fmt.Errorf("time: %q is not a duration such as \"1.5s\"", l.Time)
		}
		if t < e.now {
			return Event{}, fmt.Errorf("time: %s is before the event above it, at %s", t, e.now)
		}
		e.now = t
	}
	ev := Event{At: l.At, Time: e.now, Input: l.Input, Cell: l.Cell, Op: l.Op}
	switch {
	case l.Input != "" && l.Cell == "" && l.Op == "" && l.Keys == nil:
		return ev, e.schema.readInput(&ev, l.Args)
	case l.Input == "" && l.Cell != "" && l.Op != "":
		return ev, e.schema.readOperation(&ev, l.Keys, l.Args)
	}
	return ev, errors.New(`an event has either "input" and "args", or "cell", "op" and "args"`)
}

// split finds the parts of an event.
func (e *Events) split(text []byte) (l eventLine, err error) {
	if l, ok := e.quickSplit(text); ok {
		return l, nil
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		return l, fmt.Errorf("not an event: %s", plain(err))
	}
	if dec.More() {
		return l, errors.New("more than one event on a line")
	}
	return l, nil
}

// quickSplit is split of the usual form, which is not decoded as a whole. What it
// does not take is left to the decoder, which says what is wrong, if anything is.
// Keys and arguments are parts of text.
func (e *Events) quickSplit(text []byte) (l eventLine, ok bool) {
	texts := [...]struct {
		name string
		to   *string
	}{{"input", &l.Input}, {"cell", &l.Cell}, {"op", &l.Op}, {"at", &l.At}, {"time", &l.Time}}
	ok = value.Members(text, func(name, of []byte) bool {
		switch string(name) {
		case "keys":
			l.Keys = of
			return of[0] == '['
		case "args":
			l.Args = of
			return of[0] != 'n'
		}
		for _, t := range texts {
			if string(name) == t.name {
				s, plain := value.PlainText(of)
				*t.to = e.own(s)
				return plain
			}
		}
		return false
	})
	return l, ok
}

// mostNames bounds how many names are kept.
const mostNames = 1 << 10

// own is a name as a string, which the same name shares.
func (e *Events) own(name []byte) string {
	s, ok := e.names[string(name)]
	if !ok {
		s = string(name)
		if len(e.names) < mostNames {
			e.names[s] = s
		}
	}
	return s
}

// plain drops the name of the library from its messages.
func plain(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "the line ends too early"
	}
	return string(bytes.TrimPrefix([]byte(err.Error()), []byte("json: ")))
}

func (s *Schema) readInput(ev *Event, raw json.RawMessage) error {
	in, err := s.input(ev.Input)
	if err != nil {
		return err
	}
	ev.Args, err = ReadArgs(in.Name, in.Params, raw)
	return err
}

// ReadArgs reads the arguments of an input from a JSON object, or from an array
// in declared order.
func ReadArgs(name string, params []types.Field, raw json.RawMessage) ([]value.Value, error) {
	if args, ok := quickArgs(params, raw); ok {
		return args, nil
	}
	given, err := namedArgs(name, params, raw)
	if err != nil {
		return nil, err
	}
	args := make([]value.Value, len(params))
	for i, p := range params {
		text, ok := given[p.Name]
		if !ok {
			return nil, fmt.Errorf("args: %s needs %q, a %s", name, p.Name, p.Type)
		}
		delete(given, p.Name)
		v, err := types.FromJSON(p.Type, text)
		if err != nil {
			return nil, fmt.Errorf("args.%s: %w", p.Name, err)
		}
		args[i] = v
	}
	for extra := range given {
		return nil, fmt.Errorf("args: %s has no argument %q", name, extra)
	}
	return args, nil
}

// quickArgs reads an object or an array of arguments without decoding it twice.
// What it does not take is left to the rest of ReadArgs.
func quickArgs(params []types.Field, raw json.RawMessage) ([]value.Value, bool) {
	args := make([]value.Value, len(params))
	found := 0
	read := func(i int, text []byte) bool {
		if i < 0 || i >= len(args) || args[i].IsValid() {
			return false
		}
		v, err := types.FromJSON(params[i].Type, text)
		args[i] = v
		found++
		return err == nil && v.IsValid()
	}
	ok := value.Items(raw, func(text []byte) bool { return read(found, text) })
	if !ok && found == 0 {
		ok = value.Members(raw, func(name, text []byte) bool {
			return read(slices.IndexFunc(params, func(f types.Field) bool { return f.Name == string(name) }), text)
		})
	}
	return args, ok && found == len(args)
}

// namedArgs gives the arguments their names, which those in an array lack.
func namedArgs(name string, params []types.Field, raw json.RawMessage) (map[string]json.RawMessage, error) {
	given := map[string]json.RawMessage{}
	if len(raw) == 0 || json.Unmarshal(raw, &given) == nil {
		return given, nil
	}
	var listed []json.RawMessage
	if err := json.Unmarshal(raw, &listed); err != nil {
		return nil, fmt.Errorf("args: %s takes an object or an array of its arguments", name)
	}
	if len(listed) != len(params) {
		return nil, fmt.Errorf("args: %s takes %d, not %d", name, len(params), len(listed))
	}
	clear(given)
	for i, p := range params {
		given[p.Name] = listed[i]
	}
	return given, nil
}

func (s *Schema) readOperation(ev *Event, keys, args json.RawMessage) error {
	given, err := list("keys", keys)
	if err != nil {
		return err
	}
	o, err := s.operation(ev.Cell, ev.Op, len(given))
	if err != nil {
		return err
	}
	for i, text := range given {
		v, err := types.FromJSON(o.keys[i], text)
		if err != nil {
			return fmt.Errorf("keys[%d]: %w", i, err)
		}
		ev.Keys = append(ev.Keys, v)
	}
	if given, err = list("args", args); err != nil {
		return err
	}
	ev.Args, err = o.read(ev.Op, given)
	return err
}

// read reads the arguments of an operation and completes them by defaults.
func (o *operation) read(name string, given []json.RawMessage) ([]value.Value, error) {
	if len(given) > len(o.params) {
		return nil, fmt.Errorf("args: %s takes %d, not %d", name, len(o.params), len(given))
	}
	args := slices.Clone(o.defaults)
	for i, text := range given {
		v, err := types.FromJSON(o.params[i], text)
		if err != nil && o.or[i] != nil {
			if other, bad := types.FromJSON(o.or[i], text); bad == nil {
				v, err = other, nil
			}
		}
		if err != nil {
			return nil, fmt.Errorf("args[%d]: %w", i, err)
		}
		args[i] = v
	}
	for i, a := range args {
		if !a.IsValid() {
			return nil, fmt.Errorf("args: %s takes %d, and number %d, a %s, is missing", name, len(o.params), i+1, o.params[i])
		}
	}
	return args, nil
}

func list(field string, raw json.RawMessage) ([]json.RawMessage, error) {
	var xs []json.RawMessage
	if value.Items(raw, func(text []byte) bool { xs = append(xs, text); return true }) {
		return xs, nil
	}
	xs = nil
	if len(raw) > 0 && json.Unmarshal(raw, &xs) != nil {
		return nil, fmt.Errorf("%s: expected an array", field)
	}
	return xs, nil
}

func sorted(names []string) []string {
	slices.Sort(names)
	return names
}
