package value

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// The twin of Rows is a map from rows as text to their numbers.
func TestRowsAgainstMap(t *testing.T) {
	for width := range 4 {
		rnd := rand.New(rand.NewPCG(uint64(width), 1))
		rows, twin := NewRows(width), map[string]int{}
		for step := range 20_000 {
			row := make([]Word, width)
			for i := range row {
				row[i] = rnd.Uint64N(12)
			}
			key := fmt.Sprint(row)
			number, known := twin[key]
			switch {
			case step/2000%2 == rnd.IntN(2):
				if rows.Delete(row) != known {
					t.Fatalf("deleting %s", key)
				}
				delete(twin, key)
			default:
				i, added := rows.Add(row)
				if added == known || known && i != number {
					t.Fatalf("adding %s gave %d, %v", key, i, added)
				}
				twin[key] = i
			}
			if i := rows.Find(row); i != twinFind(twin, key) {
				t.Fatalf("finding %s gave %d", key, i)
			}
		}
		n := 0
		rows.Each(func(i int, row []Word) bool {
			if twin[fmt.Sprint(row)] != i || !rows.Live(i) {
				t.Errorf("row %v has the number %d", row, i)
			}
			n++
			return true
		})
		if n != len(twin) || rows.Len() != n {
			t.Errorf("%d rows, %d by Len, %d wanted", n, rows.Len(), len(twin))
		}
	}
}

func twinFind(m map[string]int, key string) int {
	if i, ok := m[key]; ok {
		return i
	}
	return -1
}

func TestDeleteWhileWalking(t *testing.T) {
	rows := NewRows(1)
	for i := range 1000 {
		rows.Add([]Word{Word(i)})
	}
	n := 0
	rows.Each(func(i int, _ []Word) bool { n++; rows.DeleteAt(i); return true })
	if n != 1000 || rows.Len() != 0 {
		t.Errorf("%d rows were seen, %d are left", n, rows.Len())
	}
}

func TestInterner(t *testing.T) {
	some := &Ctor{Name: "Some", Type: "Option"}
	vs := []Value{
		MakeString(""), MakeString("a"), MakeNode("a"), MakeBytes([]byte("a")), MakeString(string(make([]byte, 3_000_000))),
		MakeTuple(), MakeTuple(MakeInt(1), MakeString("a")), MakeList(nil), MakeSet(nil), None(), Some(MakeInt(1)), Some(MakeFloat(1)),
		MakeMap([]Value{MakeInt(1), MakeInt(2)}), MakeUnset(), MakeConflict([]Value{MakeInt(1), MakeInt(2)}), MakeError("L0501", "x"),
	}
	for i := range 5000 {
		vs = append(vs, MakeString(fmt.Sprint("w", i)), MakeList([]Value{MakeInt(int64(i))}))
	}
	in := NewInterner()
	for round := range 2 {
		for i, v := range vs {
			if round == 0 {
				if _, known := in.Find(v); known {
					t.Fatalf("%.40s is known before it was interned", v)
				}
			}
			if id := in.ID(v); int(id) != i {
				t.Fatalf("%.40s has the id %d, not %d", v, id, i)
			}
			if w, known := in.Find(v); !known || w != Word(i) || !Equal(in.Value(w, Invalid), v) {
				t.Fatalf("%.40s is not found again", v)
			}
		}
	}
	if in.ID(MakeRecord(some, MakeInt(1))) != in.ID(Some(MakeInt(1))) {
		t.Error("constructors of one name are not one")
	}
	if in.ID(MakeTuple(MakeFloat(math.NaN()))) != in.ID(MakeTuple(MakeFloat(-math.NaN()))) {
		t.Error("NaN has two ids")
	}
	words := in.AppendWords(nil, MakeTuple(MakeInt(7), MakeTuple(MakeString("a"), MakeBool(true))))
	if fmt.Sprint(words) != fmt.Sprint([]Word{7, 1, 1}) {
		t.Errorf("flattened: %v", words)
	}
	if _, known := in.FindWords(nil, MakeTuple(MakeInt(7), MakeString("never"))); known {
		t.Error("a text that was never seen is found")
	}
}

func TestText(t *testing.T) {
	ad := &Ctor{Name: "Ad", Type: "Ad", Fields: []string{"id", "publisher"}}
	for want, v := range map[string]Value{
		`{1, 2}`:                           MakeSet([]Value{MakeInt(2), MakeInt(1)}),
		`{"a": 1}`:                         MakeMap([]Value{MakeString("a"), MakeInt(1)}),
		`(1, "a")`:                         MakeTuple(MakeInt(1), MakeString("a")),
		`[]`:                               MakeList(nil),
		`[1, 2, ...]`:                      MakeOpen([]Value{MakeInt(1), MakeInt(2)}),
		`[...]`:                            MakeOpen(nil),
		`Ad(id: "a1", publisher: "rovio")`: MakeRecord(ad, MakeString("a1"), MakeString("rovio")),
		`Some(None)`:                       Some(None()),
		`"\{x} \"q\" \\ \n\t\u{0} \u{7f}"`: MakeString("{x} \"q\" \\ \n\t\x00 \x7f"),
		`1.0`:                              MakeFloat(1),
		`0.0000001`:                        MakeFloat(1e-7),
		`-1500ms`:                          MakeDuration(-1500 * time.Millisecond),
		`90s`:                              MakeDuration(90 * time.Second),
		`2h`:                               MakeDuration(2 * time.Hour),
		`unset`:                            MakeUnset(),
		`conflict(1, 2)`:                   MakeConflict([]Value{MakeInt(2), MakeInt(1)}),
		`NaN`:                              MakeFloat(math.NaN()),
	} {
		if got := v.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for _, d := range []time.Duration{0, 1, -1, time.Second, 90 * time.Minute, math.MaxInt64, math.MinInt64, 1500 * time.Microsecond} {
		text := MakeDuration(d).String()
		if back, ok := ParseDuration(text); !ok || back != d {
			t.Errorf("%s reads as %d, %v", text, back, ok)
		}
	}
	for text, d := range map[string]time.Duration{"1.5s": 1500 * time.Millisecond, "-0.25m": -15 * time.Second, "0.10us": 100, "1.000000000s": time.Second} {
		if got, ok := ParseDuration(text); !ok || got != d {
			t.Errorf("%s reads as %d, %v", text, got, ok)
		}
	}
	for _, bad := range []string{"", "s", "5", "5x", "5 s", "+-5s", "9223372036854775807h", "2562047.9h", ".5s", "1.s", "1.5.1s", "1.-5s", "0.5ns", "1.05ns", "1.00000000001s"} {
		if d, ok := ParseDuration(bad); ok {
			t.Errorf("%q reads as %d", bad, d)
		}
	}
}
