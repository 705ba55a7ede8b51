package stdlib

import (
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// A list that lists are joined into is as bounded as one that is counted out:
// three rounds of `xs.flat_map(x => xs)` over a hundred would not fit a machine.
func TestJoinedListsAreBounded(t *testing.T) {
	row := Table().ByID("list.flat_map")
	part := value.MakeList(make([]value.Value, 1<<16))
	join := func(n int) (value.Value, error) {
		items := make([]value.Value, n)
		for i := range items {
			items[i] = value.MakeInt(int64(i))
		}
		return row.Eval(op.Call{Args: []value.Value{value.MakeList(items), {}}, Fns: []op.Fn{func(...value.Value) (value.Value, error) { return part, nil }}})
	}
	if _, err := join(longest>>16 + 1); err == nil || !strings.Contains(err.Error(), "more than the 16777216") {
		t.Errorf("a list of more than the longest gives %v", err)
	}
	if v, err := join(3); err != nil || v.Len() != 3<<16 {
		t.Errorf("a list of three parts has length %d, %v", v.Len(), err)
	}
}
