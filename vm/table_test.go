package vm

import (
	"runtime/debug"
	"testing"

	"github.com/laspc/lasp/lang/value"
)

// Rows that are hashed late take a loop, not a stack that grows with them.
func TestLateHashingTakesNoStack(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(8 << 20))
	const rows = 200_000
	tb := newTable(1)
	words := make([]value.Word, rows)
	for i := range words {
		words[i] = value.Word(3 * i)
	}
	tb.extend(words, rows)
	for i, w := range []value.Word{0, 3, 3 * (rows - 1)} {
		if r, ok := tb.find([]value.Word{w}); !ok || tb.row(r)[0] != w {
			t.Errorf("lookup %d: row %d (%t) for %d", i, r, ok, w)
		}
	}
	if _, ok := tb.find([]value.Word{1}); ok {
		t.Error("a row that is not there was found")
	}
}
