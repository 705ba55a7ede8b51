package vm_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/vm"
)

// compiled is a shape over sets of a kind.
func (s *shape) compiled(t testing.TB, kind string) *ir.Program {
	text := []byte(s.text)
	for i := 0; i+4 <= len(text); i++ {
		if string(text[i:i+4]) == "CELL" {
			text = slices.Replace(text, i, i+4, []byte(kind)...)
		}
	}
	return compile(t, s.name, string(text))
}

// changes are the data of a shape as one turn.
func changes(cells [][][]int64) (out []vm.Change) {
	for cell, data := range cells {
		c := vm.Change{Cell: cell, Mult: 1}
		for _, f := range facts(data) {
			for i := range data[0] {
				c.Row = append(c.Row, value.Word(f[i]))
			}
		}
		out = append(out, c)
	}
	return out
}

// unique drops rows that come twice.
func unique(cells [][][]int64) [][][]int64 {
	for i, rows := range cells {
		seen := map[fact]bool{}
		cells[i] = slices.DeleteFunc(rows, func(row []int64) bool {
			f := facts([][]int64{row})[0]
			was := seen[f]
			seen[f] = true
			return was
		})
	}
	return cells
}

// TestShapes holds each shape, on small data, in one turn and in several, over sets
// that grow and sets that lose rows, against the plain twin.
func TestShapes(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			cells := unique(s.data(true))
			want := strconv.Itoa(s.plain(cells))
			for _, kind := range []string{"GSet", "AWSet"} {
				p := s.compiled(t, kind)
				for _, turns := range []int{1, 3} {
					m := machine(t, p)
					for i := range turns {
						part := make([][][]int64, len(cells))
						for c, rows := range cells {
							part[c] = rows[i*len(rows)/turns : (i+1)*len(rows)/turns]
						}
						turn(t, m, changes(part)...)
					}
					if got := first(t, m, p); got != want {
						t.Errorf("%s, %d turns: %s, want %s", kind, turns, got, want)
					}
				}
			}
		})
	}
}

// BenchmarkShapes measures the shapes by processor time, each beside its plain twin.
func BenchmarkShapes(b *testing.B) {
	for _, s := range shapes {
		cells := unique(s.data(false))
		in := changes(cells)
		for _, kind := range []string{"GSet", "AWSet"} {
			b.Run(s.name+"/"+kind, func(b *testing.B) {
				began := userTime()
				want := strconv.Itoa(s.plain(cells))
				plain := userTime() - began
				p := s.compiled(b, kind)
				began = userTime()
				for b.Loop() {
					m := machine(b, p)
					turn(b, m, in...)
					if got := first(b, m, p); got != want {
						b.Fatalf("got %s, want %s", got, want)
					}
				}
				user := float64(userTime()-began) / float64(b.N)
				b.ReportMetric(user/1e6, "user-ms")
				b.ReportMetric(float64(plain)/1e6, "plain-ms")
				b.ReportMetric(user/float64(plain), "x-plain")
			})
		}
	}
}
