package types

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp/lang/value"
)

func defs() map[string]*Type {
	ad := &Def{Name: "Ad", Record: true}
	ad.Ctors = []*Ctor{{Name: "Ad", Fields: []Field{{"id", String}, {"price", Nat}}, Value: &value.Ctor{Name: "Ad", Type: "Ad", Fields: []string{"id", "price"}}}}
	vote := &Def{Name: "Vote"}
	vote.Ctors = []*Ctor{
		{Name: "Yes", Value: &value.Ctor{Name: "Yes", Type: "Vote"}},
		{Name: "Abstain", Fields: []Field{{"reason", String}}, Value: &value.Ctor{Name: "Abstain", Type: "Vote", Fields: []string{"reason"}}},
	}
	return map[string]*Type{"Ad": {Con: "Ad", Def: ad}, "Vote": {Con: "Vote", Def: vote}}
}

func parseType(t *testing.T, text string) *Type {
	t.Helper()
	typ, err := ParseType(text, defs())
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

// TestJSONRoundTrip gives a type, JSON that is read, and what it is written as
// where that differs.
func TestJSONRoundTrip(t *testing.T) {
	for _, c := range [][]string{
		{"Bool", "true"},
		{"Int", "-42"},
		{"Int", `"9223372036854775807"`},
		{"Int", "9223372036854775807", `"9223372036854775807"`},
		{"Float", "1.5"},
		{"Float", "3", "3.0"},
		{"Float", "1e300", "1e+300"},
		{"Float", `{"$float":"NaN"}`},
		{"Float", `{"$float":"-Infinity"}`},
		{"String", `"a \"b\" \\ \n é"`},
		{"String", `"\u0041\u0007"`, `"A\u0007"`},
		{"Bytes", `{"$bytes":"AAH/"}`},
		{"Duration", `"1500ms"`},
		{"Node", `"n1"`},
		{"(Int, String)", `[1,"a"]`},
		{"List[Int]", "[2,1,2]"},
		{"Set[Int]", "[2,1,2]", "[1,2]"},
		{"Map[String, Int]", `{"b":1,"a":2}`, `{"a":2,"b":1}`},
		{"Map[Int, String]", `[[2,"b"],[1,"a"]]`, `[[1,"a"],[2,"b"]]`},
		{"Map[Int, String]", `{}`},
		{"Option[Int]", "null"},
		{"Option[Int]", "1"},
		{"Option[Option[Int]]", "null"},
		{"Option[Option[Int]]", `{"$":"None"}`},
		{"Option[Option[Int]]", `{"$":"Some","value":1}`},
		{"Option[Option[Option[Int]]]", `{"$":"Some","value":{"$":"Some","value":1}}`},
		{"Ad", `{"id":"a1","price":3}`},
		{"Ad", `{ "price" : 3 , "id" : "a1" }`, `{"id":"a1","price":3}`},
		{"Vote", `{"$":"Yes"}`},
		{"Vote", `{"$":"Abstain","reason":"ill"}`},
		{"Max[Int]", "null"},
		{"Max[Int]", "7"},
		{"IVar[Int]", "null"},
		{"IVar[Int]", "7"},
		{"IVar[Int]", `{"$conflict":[1,2]}`},
		{"Stream[Int]", `{"$open":[1,2]}`},
		{"Stream[Int]", "[1,2]"},
		{"List[(Vote, Set[Ad])]", `[[{"$":"Yes"},[{"id":"a","price":0}]]]`},
	} {
		v, err := FromJSON(parseType(t, c[0]), []byte(c[1]))
		if err != nil {
			t.Errorf("%s from %s: %v", c[0], c[1], err)
			continue
		}
		if got, want := string(v.AppendJSON(nil)), c[len(c)-1]; got != want {
			t.Errorf("%s from %s: written as %s, want %s", c[0], c[1], got, want)
		}
	}
}

func TestJSONIsStrict(t *testing.T) {
	for _, c := range [][3]string{
		{"Int", "1.5", "a whole number"},
		{"Int", `"two"`, "a whole number"},
		{"Int", "9223372036854775808", "a whole number"},
		{"Nat", "-1", "from 0"},
		{"Int", "1 2", "the end of the value"},
		{"Int", "", "found the end"},
		{"Bool", "1", "true or false"},
		{"String", `"a`, "never closed"},
		{"String", "\"a\nb\"", "control character"},
		{"String", `"\x"`, "unknown escape"},
		{"Duration", `"5 seconds"`, "a duration"},
		{"List[Int]", "[1,", "a whole number"},
		{"List[Int]", "[1 2]", "`,` or `]`"},
		{"List[(Int, Int)]", "[[1,2],[1]]", "[1]: expected an array of 2, found 1"},
		{"(Int, Int)", "[1,2,3]", "array of 2"},
		{"Map[String, Int]", `{"a":1,"a":2}`, "twice"},
		{"Map[Int, Int]", `{"1":2}`, "array of pairs"},
		{"Ad", `{"id":"a"}`, "price"},
		{"Ad", `{"id":"a","price":1,"colour":2}`, "colour: Ad has no field"},
		{"Ad", `{"id":"a","id":"b","price":1}`, "twice"},
		{"List[Ad]", `[{"id":1,"price":1}]`, "[0].id: expected a string, found 1"},
		{"Vote", `{"$":"Maybe"}`, "no constructor Maybe"},
		{"Vote", `{"reason":"x"}`, "names its constructor"},
		{"Vote", `{}`, "names its constructor"},
		{"Bytes", `{"$bytes":"?"}`, "base64"},
		{"Option[Option[Int]]", `{"$":"Some"}`, "expected"},
		{"Int -> Int", `1`, "cannot come from outside"},
	} {
		v, err := FromJSON(parseType(t, c[0]), []byte(c[1]))
		if err == nil {
			t.Errorf("%s from %s: read as %v, want an error", c[0], c[1], v)
		} else if text := strings.ReplaceAll(err.Error(), "begins with \"$\" and the name of its constructor", "names its constructor"); !strings.Contains(text, c[2]) {
			t.Errorf("%s from %s: %v; want it to say %q", c[0], c[1], err, c[2])
		}
	}
}

func TestJSONDepthIsBounded(t *testing.T) {
	tree := &Def{Name: "Tree", Record: true}
	self := &Type{Con: "Tree", Def: tree}
	tree.Ctors = []*Ctor{{Name: "Tree", Fields: []Field{{"below", ListOf(self)}}, Value: &value.Ctor{Name: "Tree", Type: "Tree", Fields: []string{"below"}}}}
	if _, err := FromJSON(self, []byte(strings.Repeat(`{"below":[`, 1_000_000))); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("a million levels: %v", err)
	}
}

func FuzzFromJSON(f *testing.F) {
	types := []string{"Int", "Float", "String", "Bytes", "Ad", "Vote", "Map[Int, Option[Vote]]", "Stream[(Duration, Node)]", "IVar[Set[Int]]", "Option[Option[Int]]"}
	f.Add(uint8(4), `{"id":"a1","price":3}`)
	f.Add(uint8(5), `{"$":"Abstain","reason":"ill"}`)
	f.Add(uint8(6), `[[1,null],[2,{"$":"Yes"}]]`)
	f.Add(uint8(7), `{"$open":[["5s","n1"]]}`)
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		typ, err := ParseType(types[int(which)%len(types)], defs())
		if err != nil {
			t.Fatal(err)
		}
		v, err := FromJSON(typ, []byte(text))
		if err != nil {
			return
		}
		out := v.AppendJSON(nil)
		again, err := FromJSON(typ, out)
		if err != nil || !value.Equal(v, again) {
			t.Errorf("%s reads as %s, written as %s, which reads as %s, %v", text, v, out, again, err)
		}
	})
}

func TestSpecialFloatsAndDurations(t *testing.T) {
	for _, v := range []value.Value{value.MakeFloat(math.Inf(1)), value.MakeFloat(5e-324), value.MakeFloat(0.1), value.MakeFloat(math.MaxFloat64)} {
		got, err := FromJSON(Float, v.AppendJSON(nil))
		if err != nil || !value.Equal(got, v) {
			t.Errorf("%v came back as %v, %v", v, got, err)
		}
	}
	d := value.MakeDuration(-90 * time.Second)
	if got, err := FromJSON(Duration, d.AppendJSON(nil)); err != nil || !value.Equal(got, d) {
		t.Errorf("%v came back as %v, %v", d, got, err)
	}
}

// What was found is shown so that a terminal, or a log, can take it.
func TestFoundIsVisible(t *testing.T) {
	for text, want := range map[string]string{
		"wrong":                       "found wrong",
		"grün":                        "found grün",
		"\x003":                       `found \x003`,
		"\x1b[2J":                     `found \x1b[2J`,
		"a\xff\xfeb":                  `found a\xff\xfeb`,
		strings.Repeat("ü", 30):       "found " + strings.Repeat("ü", 20),
		"x" + strings.Repeat("ü", 30): "found x" + strings.Repeat("ü", 19),
	} {
		_, err := FromJSON(Int, []byte(text))
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
