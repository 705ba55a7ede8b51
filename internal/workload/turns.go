package workload

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Turn is one operation on a cell, in a turn of its own: a line of a file of
// events.
type Turn struct {
	Cell string
	Op   string // "add" or "remove"
	Row  []any  // int64 or string
}

// RemoveAndAdd removes and adds back each of the first n rows of a cell.
func RemoveAndAdd(cell string, rows [][]int64, n int) []Turn {
	turns := make([]Turn, 0, 2*n)
	for _, row := range rows[:n] {
		turns = append(turns, Turn{cell, "remove", anyRow(row)}, Turn{cell, "add", anyRow(row)})
	}
	return turns
}

// ToggleAds is n turns over the ads and contracts of W3: one ad, then one
// contract, each leaving where it is present and coming back where it is not.
func ToggleAds(seed uint64, n int) []Turn {
	ads1, ads2, contracts := Ads(0, 50_000, 0), Ads(50_000, 100_000, 1), Contracts(4, 100_000)
	g := NewGen(seed)
	gone := [2]map[int64]bool{{}, {}}
	turns := make([]Turn, n)
	for i := range turns {
		k := g.N(100_000)
		t := Turn{Cell: "contracts", Op: "remove", Row: anyRow(contracts[k])}
		switch {
		case i%2 != 0:
		case k < 50_000:
			t.Cell, t.Row = "ads1", anyRow(ads1[k])
		default:
			t.Cell, t.Row = "ads2", anyRow(ads2[k-50_000])
		}
		if gone[i%2][k] {
			t.Op = "add"
		}
		gone[i%2][k] = !gone[i%2][k]
		turns[i] = t
	}
	return turns
}

// ToggleWords removes and adds back every 97th word of W6, n turns in all.
func ToggleWords(words []string, n int) []Turn {
	turns := make([]Turn, n)
	for i := range turns {
		at := i / 2 * 97 % len(words)
		turns[i] = Turn{"words", [2]string{"remove", "add"}[i%2], []any{int64(at), words[at]}}
	}
	return turns
}

func anyRow(row []int64) []any {
	xs := make([]any, len(row))
	for i, x := range row {
		xs[i] = x
	}
	return xs
}

// WriteTurns writes events as lines of JSON.
func WriteTurns(w io.Writer, turns []Turn) error {
	b := bufio.NewWriter(w)
	for _, t := range turns {
		parts := make([]string, len(t.Row))
		for i, x := range t.Row {
			if s, ok := x.(string); ok {
				parts[i] = strconv.Quote(s)
				continue
			}
			parts[i] = fmt.Sprint(x)
		}
		fmt.Fprintf(b, "{\"cell\":%q,\"op\":%q,\"args\":[[%s]]}\n", t.Cell, t.Op, strings.Join(parts, ","))
	}
	return b.Flush()
}
