package feed

import (
	"fmt"
	"strings"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Params reads settings of the form NAME=VALUE for the parameters of a program
// and completes them by their defaults. Text stands without quotes, numbers may
// have underscores, other values are JSON.
func Params(p *ir.Program, sets []string) (map[string]value.Value, error) {
	known := map[string]*ir.Param{}
	for _, q := range p.Params {
		known[q.Name] = q
	}
	params := map[string]value.Value{}
	for _, set := range sets {
		name, text, ok := strings.Cut(set, "=")
		q := known[name]
		switch {
		case !ok:
			return nil, fmt.Errorf("--set %s: write NAME=VALUE", set)
		case q == nil:
			return nil, fmt.Errorf("--set %s: the program has no parameter %q; %s", set, name, listed("it has", keysOf(known)))
		}
		if q.Type.Is("Int") || q.Type.Is("Nat") {
			text = strings.ReplaceAll(text, "_", "")
		}
		v, err := field(q.Type, text)
		if err != nil {
			return nil, fmt.Errorf("--set %s: a %s is wanted: %w", set, q.Type, err)
		}
		params[name] = v
	}
	for _, q := range p.Params {
		if _, set := params[q.Name]; set {
			continue
		}
		if !q.Default.IsValid() {
			return nil, fmt.Errorf("the parameter %s has no value; give one with --set %s=%s", q.Name, q.Name, example(q.Type))
		}
		params[q.Name] = q.Default
	}
	return params, nil
}

// example is a value of type t as it stands in a setting.
func example(t *types.Type) string {
	switch t.Resolve().Con {
	case "Int", "Nat":
		return "10"
	case "Float":
		return "1.5"
	case "Bool":
		return "true"
	case "Duration":
		return "5s"
	}
	return "VALUE"
}
