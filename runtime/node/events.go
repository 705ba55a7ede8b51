package node

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
)

// Codes of refused requests.
const (
	codeArgs    = "L0607" // arguments that do not fit
	codeUnknown = "L0602" // no input, cell or show of that name
)

// ReadInput turns a JSON object of arguments, or an array of them in declared
// order, into the arguments of an input of p.
func ReadInput(p *ir.Program, name string, args []byte) ([]value.Value, error) {
	for _, in := range p.Inputs {
		if in.Name != name {
			continue
		}
		if vs, ok := quickArgs(in.Params, args); ok {
			return vs, nil
		}
		return readArgs("input "+name, in.Params, args)
	}
	var names []string
	for _, in := range p.Inputs {
		names = append(names, in.Name)
	}
	return nil, &replica.Error{Code: codeUnknown, Message: fmt.Sprintf("the program has no input %q", name), Hint: oneOf("its inputs are", names)}
}

func oneOf(what string, names []string) string {
	if len(names) == 0 {
		return "it has none"
	}
	return what + " " + strings.Join(names, ", ")
}

func refuseArgs(format string, args ...any) error {
	return &replica.Error{Code: codeArgs, Message: fmt.Sprintf(format, args...)}
}

// readArgs reads fields from an object by name or from an array by place.
func readArgs(what string, fields []types.Field, data []byte) ([]value.Value, error) {
	raw := make([]json.RawMessage, len(fields))
	var named map[string]json.RawMessage
	var listed []json.RawMessage
	switch first := firstByte(data); {
	case first == 0 && len(fields) == 0:
	case first == '[':
		if err := json.Unmarshal(data, &listed); err != nil {
			return nil, refuseArgs("the arguments of %s are not JSON: %v", what, err)
		}
		if len(listed) != len(fields) {
			return nil, refuseArgs("%s takes %s, not %d arguments", what, signature(fields), len(listed))
		}
		copy(raw, listed)
	default:
		if err := json.Unmarshal(data, &named); err != nil {
			return nil, refuseArgs("the arguments of %s must be a JSON object %s: %v", what, signature(fields), err)
		}
	}
	for i, f := range fields {
		if r, ok := named[f.Name]; ok {
			raw[i] = r
			delete(named, f.Name)
		}
		if raw[i] == nil {
			return nil, refuseArgs("%s takes %s; %q is missing", what, signature(fields), f.Name)
		}
	}
	for extra := range named {
		return nil, refuseArgs("%s takes %s; it has no %q", what, signature(fields), extra)
	}
	out := make([]value.Value, len(fields))
	for i, f := range fields {
		var err error
		if out[i], err = types.FromJSON(f.Type, raw[i]); err != nil {
			return nil, refuseArgs("argument %q of %s: %v", f.Name, what, err)
		}
	}
	return out, nil
}

// quickArgs reads an object of arguments without decoding it twice. What it does
// not take is left to readArgs, which says what is wrong, if anything is.
func quickArgs(fields []types.Field, data []byte) ([]value.Value, bool) {
	out := make([]value.Value, len(fields))
	found := 0
	ok := value.Members(data, func(name, text []byte) bool {
		i := slices.IndexFunc(fields, func(f types.Field) bool { return f.Name == string(name) })
		if i < 0 || out[i].IsValid() {
			return false
		}
		v, err := types.FromJSON(fields[i].Type, text)
		out[i] = v
		found++
		return err == nil && v.IsValid()
	})
	return out, ok && found == len(fields)
}

func firstByte(data []byte) byte {
	for _, b := range data {
		if b != ' ' && b != '\t' && b != '\n' && b != '\r' {
			return b
		}
	}
	return 0
}

func signature(fields []types.Field) string {
	var parts []string
	for _, f := range fields {
		parts = append(parts, f.Name+": "+f.Type.String())
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// Line is one line of an events file.
type Line struct {
	Input string            `json:"input,omitempty"`
	Cell  string            `json:"cell,omitempty"`
	Keys  []json.RawMessage `json:"keys,omitempty"`
	Op    string            `json:"op,omitempty"`
	Args  json.RawMessage   `json:"args,omitempty"`
	At    string            `json:"at,omitempty"`
	Time  string            `json:"time,omitempty"`
}

// ReadMutation turns a line that names a cell into a write.
func ReadMutation(p *ir.Program, l Line) (replica.Mutation, error) {
	none := replica.Mutation{}
	cell, err := findCell(p, l.Cell)
	if err != nil {
		return none, err
	}
	kind, keys := cell.Kind.Resolve(), []value.Value(nil)
	for i, raw := range l.Keys {
		k := lattice.Lookup(kind.Con)
		if k == nil || !k.Map {
			return none, refuseArgs("cell %s: %s takes %d keys, not %d", l.Cell, cell.Kind, i, len(l.Keys))
		}
		v, err := types.FromJSON(kind.Args[0], raw)
		if err != nil {
			return none, refuseArgs("key %d of cell %s: %v", i+1, l.Cell, err)
		}
		keys, kind = append(keys, v), kind.Args[1].Resolve()
	}
	m := replica.Mutation{Cell: l.Cell, Keys: keys, Op: l.Op}
	if l.Op == "seal" {
		return m, nil
	}
	m.Args, err = mutatorArgs(l, kind)
	return m, err
}

func findCell(p *ir.Program, name string) (*ir.Cell, error) {
	var names []string
	for _, c := range p.Cells {
		if c.Name == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	return nil, &replica.Error{Code: codeUnknown, Message: fmt.Sprintf("the program has no cell %q", name), Hint: oneOf("its cells are", names)}
}

// mutatorArgs reads the arguments of the mutator that a line names, and fills
// in defaults.
func mutatorArgs(l Line, kind *types.Type) ([]value.Value, error) {
	k := lattice.Lookup(kind.Con)
	if k == nil {
		return nil, refuseArgs("cell %s has no kind that can be written", l.Cell)
	}
	mut := k.Mutator(l.Op)
	if mut == nil {
		var names []string
		for _, m := range k.Mutators {
			names = append(names, m.Name)
		}
		hint := oneOf("its operations are", names)
		if k.Map {
			hint = "name the key of the map: \"keys\" of the event, --key of laspc send"
		}
		return nil, &replica.Error{Code: codeUnknown, Message: fmt.Sprintf("a %s such as %s has no operation %q", kind, l.Cell, l.Op), Hint: hint}
	}
	vars := map[string]*types.Type{}
	for i, p := range k.Params {
		vars[p] = kind.Args[i]
	}
	var fields []types.Field
	given := countArgs(l.Args)
	for i, p := range mut.Params {
		if i >= given && p.Default.IsValid() {
			break
		}
		t, err := types.ParseType(p.Type, vars)
		if err != nil {
			return nil, err
		}
		fields = append(fields, types.Field{Name: p.Name, Type: t})
	}
	args, err := readArgs(l.Cell+"."+l.Op, fields, l.Args)
	for i := len(args); err == nil && i < len(mut.Params); i++ {
		args = append(args, mut.Params[i].Default)
	}
	return args, err
}

// countArgs is the number of arguments in an array or object.
func countArgs(data []byte) int {
	var listed []json.RawMessage
	var named map[string]json.RawMessage
	if json.Unmarshal(data, &listed) == nil {
		return len(listed)
	}
	if json.Unmarshal(data, &named) == nil {
		return len(named)
	}
	return 0
}
