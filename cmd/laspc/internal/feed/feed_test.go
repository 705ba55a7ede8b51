package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

func schema(t testing.TB) *Schema {
	t.Helper()
	ad := &types.Def{Name: "Ad", Record: true}
	ad.Ctors = []*types.Ctor{{Name: "Ad", Fields: []types.Field{{Name: "id", Type: types.String}, {Name: "price", Type: types.Nat}},
		Value: &value.Ctor{Name: "Ad", Type: "Ad", Fields: []string{"id", "price"}}}}
	names := map[string]*types.Type{"Ad": {Con: "Ad", Def: ad}}
	p := &ir.Program{}
	for _, c := range [][2]string{{"edges", "GSet[(Int, Int)]"}, {"ads", "AWSet[Ad]"}, {"views", "GMap[String, GCounter]"}, {"log", "Stream[Duration]"}, {"seen", "Bag[String]"}, {"names", "AWSet[(String, Duration)]"}, {"names2", "GSet[(String, Nat)]"}, {"tags", "ORMap[Int, AWSet[String]]"}, {"numbered", "GSet[(Int, String)]"}, {"texts", "GSet[String]"}, {"odd", "GSet[(Float, Option[Int])]"}} {
		kind, err := types.ParseType(c[1], names)
		if err != nil {
			t.Fatal(err)
		}
		p.Cells = append(p.Cells, &ir.Cell{Name: c[0], Kind: kind})
	}
	p.Inputs = []*ir.Input{{Name: "impression", Params: []types.Field{{Name: "ad", Type: types.String}, {Name: "n", Type: types.Nat}}}}
	return NewSchema(p)
}

func describe(e Event) string {
	if e.Input != "" {
		return fmt.Sprintf("%s %v", e.Input, e.Args)
	}
	return fmt.Sprintf("%s%v.%s%v", e.Cell, e.Keys, e.Op, e.Args)
}

func TestEventsAreReadByType(t *testing.T) {
	events := schema(t).Events("in.jsonl", strings.NewReader("\uFEFF"+`
{"input":"impression","args":{"n":2,"ad":"a1"},"at":"c1"}
{"cell":"edges","op":"add_all","args":[[[1,2],[3,4]]]}

{"cell":"views","keys":["a1"],"op":"increment","args":[],"time":"1.5s"}
{"cell":"tags","op":"remove","args":[7]}
{"cell":"tags","keys":[7],"op":"add","args":["red"],"time":"2s"}
{"cell":"edges","op":"seal"}
`))
	var got []string
	var last Event
	for {
		e, err := events.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got, last = append(got, describe(e)), e
	}
	want := `impression ["a1" 2]
edges[].add_all[[(1, 2), (3, 4)]]
views["a1"].increment[1]
tags[].remove[7]
tags[7].add["red"]
edges[].seal[]`
	if strings.Join(got, "\n") != want {
		t.Errorf("read as\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	if last.Line != 8 || last.Time != 2*time.Second {
		t.Errorf("the last event is on line %d at %s, want line 8 at 2s", last.Line, last.Time)
	}
}

func TestEventsThatDoNotFit(t *testing.T) {
	for _, c := range [][2]string{
		{`{"input":"impresion","args":{}}`, `no input "impresion"; it has impression`},
		{`{"input":"impression","args":{"ad":"a1"}}`, `needs "n", a Nat`},
		{`{"input":"impression","args":{"ad":"a1","n":-1}}`, "args.n: expected a whole number from 0"},
		{`{"input":"impression","args":{"ad":"a1","n":1,"x":2}}`, `no argument "x"`},
		{`{"input":"impression","args":[1]}`, "args: impression takes 2, not 1"},
		{`{"input":"impression","args":["a1",-1]}`, "args.n: expected a whole number from 0"},
		{`{"input":"impression","args":7}`, "takes an object or an array"},
		{`{"cell":"edge","op":"add","args":[]}`, `no cell "edge"`},
		{`{"cell":"edges","op":"remove","args":[[1,2]]}`, `no operation "remove"; it has add, add_all`},
		{`{"cell":"edges","op":"add","args":[[1]]}`, "args[0]: expected an array of 2, found 1"},
		{`{"cell":"edges","op":"add","args":[]}`, "number 1, a (Int, Int), is missing"},
		{`{"cell":"edges","op":"add","args":[[1,2],3]}`, "takes 1, not 2"},
		{`{"cell":"views","op":"increment","args":[]}`, `give "keys"`},
		{`{"cell":"views","keys":[1],"op":"increment","args":[]}`, "keys[0]: expected a string"},
		{`{"cell":"views","keys":["a","b"],"op":"increment","args":[]}`, "1 key above its contents, 2 are given"},
		{`{"cell":"edges"}`, "an event has either"},
		{`{"input":"impression","cell":"edges","args":{}}`, "an event has either"},
		{`{"inputs":"impression"}`, `unknown field "inputs"`},
		{`{"input":"impression"`, "the line ends too early"},
		{`{"cell":"edges","op":"seal","time":"soon"}`, "is not a duration"},
		{`nonsense`, "not an event"},
	} {
		_, err := schema(t).Events("in.jsonl", strings.NewReader("\n"+c[0]+"\n")).Next()
		var bad *Error
		if !errors.As(err, &bad) || bad.Line != 2 || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v; want line 2 and %q", c[0], err, c[1])
		}
	}
}

func TestTimeDoesNotRunBackwards(t *testing.T) {
	events := schema(t).Events("in.jsonl", strings.NewReader(`{"cell":"edges","op":"seal","time":"2s"}`+"\n"+`{"cell":"edges","op":"seal","time":"1s"}`))
	if _, err := events.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := events.Next(); err == nil || !strings.Contains(err.Error(), "before the event above") {
		t.Errorf("an event before the one above it: %v", err)
	}
}

func load(t *testing.T, cell, name, text string) (string, error) {
	t.Helper()
	var out []string
	err := schema(t).LoadFrom(cell, name, strings.NewReader(text), Sink{Write: func(ws []Write) error {
		for _, w := range ws {
			out = append(out, describe(Event{Cell: w.Cell, Keys: w.Keys, Op: w.Op, Args: w.Args}))
		}
		return nil
	}})
	return strings.Join(out, "\n"), err
}

func TestDataFiles(t *testing.T) {
	for _, c := range [][4]string{
		{"edges", "e.tsv", "1\t2\n3\t-4\r\n\n", `edges[].add_all[[(1, 2), (3, -4)]]`},
		{"edges", "e.jsonl", "[1,2]\n", `edges[].add_all[[(1, 2)]]`},
		{"ads", "a.tsv", "x y\t3\n", `ads[].add_all[[Ad(id: "x y", price: 3)]]`},
		{"ads", "a.csv", "price,id\n3,\"a,b\"\n", `ads[].add_all[[Ad(id: "a,b", price: 3)]]`},
		{"ads", "a.csv", "b,3\n", `ads[].add_all[[Ad(id: "b", price: 3)]]`},
		{"ads", "a.jsonl", `{"id":"a","price":1}`, `ads[].add_all[[Ad(id: "a", price: 1)]]`},
		{"views", "v.tsv", "a\t3\nb\t4\n", "views[\"a\"].increment[3]\nviews[\"b\"].increment[4]"},
		{"seen", "s.tsv", "a\n", `seen[].add["a" 1]`},
		{"log", "l.tsv", "5s\n200ms\n", "log[].append[5s]\nlog[].append[200ms]"},
		{"tags", "t.tsv", "7\tred\n", `tags[7].add["red"]`},
		{"edges", "e.tsv", "\uFEFF1\t2\n", `edges[].add_all[[(1, 2)]]`},
		{"ads", "a.csv", "\uFEFF\"id\",price\na,1\n", `ads[].add_all[[Ad(id: "a", price: 1)]]`},
		{"ads", "a.csv", "id,3\n", `ads[].add_all[[Ad(id: "id", price: 3)]]`},
		{"odd", "o.csv", "NaN,\n-Infinity,7\n1.5,null\n", `odd[].add_all[[(NaN, None), (-Infinity, Some(7)), (1.5, None)]]`},
	} {
		got, err := load(t, c[0], c[1], c[2])
		if err != nil || got != c[3] {
			t.Errorf("%s into %s: %s, %v; want %s", c[1], c[0], got, err, c[3])
		}
	}
}

func TestDataThatDoesNotFit(t *testing.T) {
	for _, c := range [][4]string{
		{"edges", "e.tsv", "1\t2\n3\n", "e.tsv:2: L0515: 1 field, where (Int, Int) has 2"},
		{"edges", "e.tsv", "1\ttwo\n", "field 2: expected a whole number, found two"},
		{"edges", "e.txt", "", "the ending says"},
		{"nope", "e.tsv", "", `no cell "nope"`},
		{"ads", "a.tsv", "a\t-1\n", "whole number from 0"},
		{"ads", "a.jsonl", `{"id":"a"}`, "price"},
		{"ads", "a.csv", "id,prise\na,1\n", "found prise; if this is a heading, it must name the fields of Ad: id, price"},
		{"ads", "a.csv", "id,price,shop\na,1,b\n", "3 fields, where Ad has 2; if this is a heading, it must name the fields of Ad: id, price"},
		{"ads", "a.csv", "a,1\nb,2\nc,\"3\nd,4\n", "a.csv:3: L0515: a quoted field begins in this row and is not closed up to line 4"},
		{"ads", "a.csv", "a,1\n\"b\"c,2\n", "a.csv:2: L0515: column 3: a quoted field goes on behind its quote"},
		{"ads", "a.csv", "a,1\n\"b\",2\nb\"c,2\n", "a.csv:3: L0515: column 2: there is a quote within a field"},
		{"edges", "e.tsv", "1\t2\r3\t4\r", "e.tsv:1: L0515: 3 fields, where (Int, Int) has 2; there are carriage returns within the line: lines end with LF or CR LF"},
		{"edges", "e.jsonl", "[1,2]\r[3,4]\r", "lines end with LF or CR LF"},
	} {
		if _, err := load(t, c[0], c[1], c[2]); err == nil || !strings.Contains(err.Error(), c[3]) {
			t.Errorf("%s into %s: %v; want %q", c[1], c[0], err, c[3])
		}
	}
}

func TestLargeSetsComeInChunks(t *testing.T) {
	chunks, n := 0, 0
	err := schema(t).LoadFrom("edges", "e.tsv", strings.NewReader(strings.Repeat("1\t2\n", batch+10)), Sink{Write: func(ws []Write) error {
		chunks++
		n += ws[0].Args[0].Len()
		return nil
	}})
	if err != nil || chunks != 2 || n != batch+10 {
		t.Errorf("%d chunks of %d rows, %v", chunks, n, err)
	}
}

// TestWordsAreTheSameValues holds what comes as words against what comes as
// values, form by form, mistakes included.
func TestWordsAreTheSameValues(t *testing.T) {
	for _, c := range [][3]string{
		{"edges", "e.tsv", "1\t2\n-3\t004\r\n\n+5\t-9223372036854775808\n"},
		{"edges", "e.tsv", "1\t2\n1\t9223372036854775808\n"},
		{"edges", "e.tsv", "1\t2\n3\t\n"},
		{"edges", "e.tsv", "1\t-\n"},
		{"edges", "e.csv", "1,2\n\"3\",4\n5,6\n"},
		{"edges", "e.csv", "1,2\n\"3,4\n"},
		{"edges", "e.csv", "1,2\n1,\"x\"\n"},
		{"edges", "e.jsonl", "[1,2]\n [ -3 , 40 ] \n[5,9223372036854775807]\n"},
		{"edges", "e.jsonl", "[1,2]\n[1,02]\n"},
		{"edges", "e.jsonl", "[1,2]\n[1,9223372036854775808]\n"},
		{"edges", "e.jsonl", "[1,2.0]\n"},
		{"edges", "e.jsonl", "[1,2,3]\n"},
		{"edges", "e.jsonl", "[1]\n"},
		{"edges", "e.jsonl", "[1,2] x\n"},
		{"edges", "e.jsonl", "[1,-]\n"},
		{"names2", "n.jsonl", "[\"a\", 1]\n[\"\", 2]\n[\"b\\n\\u00e9\",3]\n[\"é\",4]\n"},
		{"names2", "n.jsonl", "[\"a\", -1]\n"},
		{"names2", "n.jsonl", "[\"a\xff\", 1]\n"},
		{"names2", "n.jsonl", "[\"a, 1]\n"},
		{"ads", "a.tsv", "x y\t3\n\xff\t4\n"},
		{"ads", "a.csv", "price,id\n3,\"a,b\"\n4,c\n"},
		{"ads", "a.csv", "id,price\nc,-4\n"},
		{"names", "n.tsv", "a\t1s\nb\xff\t200ms\n"},
		{"names", "n.csv", "a\nb\n"},
	} {
		values, err := load(t, c[0], c[1], c[2])
		in, s := value.NewInterner(), schema(t)
		var elems []value.Value
		wordsErr := s.LoadFrom(c[0], c[1], strings.NewReader(c[2]), Sink{Interner: in, Rows: func(r Rows) error {
			cell, words, n := r.Cell, r.Words, r.N
			typ := s.cells[cell].Kind.Resolve().Args[0]
			for range n {
				var vs []value.Value
				for i, col := range typ.Columns(nil) {
					k, _ := col.RawKind()
					vs = append(vs, in.Value(words[i], k))
				}
				words = words[len(vs):]
				if len(vs) > 1 {
					vs[0], _ = assemble(typ, vs)
				}
				elems = append(elems, vs[0])
			}
			if len(words) > 0 {
				t.Errorf("%s: %d words are left", c[1], len(words))
			}
			return nil
		}})
		if fmt.Sprint(err) != fmt.Sprint(wordsErr) {
			t.Errorf("%q: by values %v, by words %v", c[2], err, wordsErr)
		}
		got := ""
		if len(elems) > 0 {
			got = describe(Event{Cell: c[0], Op: "add_all", Args: []value.Value{value.MakeList(elems)}})
		}
		if err == nil && got != values { // where it fails, parts before that may have come
			t.Errorf("%q: by words %s, by values %s", c[2], got, values)
		}
	}
}

// FuzzEvents reads any bytes as events: there are events or errors, never a crash.
func FuzzEvents(f *testing.F) {
	for _, seed := range []string{
		`{"input":"impression","args":{"n":2,"ad":"a1"},"at":"c1"}`,
		`{"cell":"edges","op":"add_all","args":[[[1,2],[3,4]]]}`,
		`{"cell":"views","keys":["a1"],"op":"increment","args":[],"time":"1.5s"}`,
		`{"cell":"tags","op":"remove","args":[7]}`,
		"{\"cell\":\"edges\",\"op\":\"seal\"}\n\n{",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		events := schema(t).Events("in.jsonl", bytes.NewReader(data))
		for {
			ev, err := events.Next()
			var bad *Error
			switch {
			case err == io.EOF:
				return
			case errors.As(err, &bad):
				return
			case err != nil:
				t.Fatalf("an error of another form: %v", err)
			case ev.Input == "" && ev.Cell == "":
				t.Fatalf("an event about nothing: %+v", ev)
			}
		}
	})
}

// FuzzData reads any bytes as data files.
func FuzzData(f *testing.F) {
	f.Add("edges", ".tsv", []byte("1\t2\n3\t-4\r\n"))
	f.Add("ads", ".csv", []byte("price,id\n3,\"a,b\"\n"))
	f.Add("tags", ".jsonl", []byte("[7,\"red\"]\n"))
	f.Fuzz(func(t *testing.T, cell, ending string, data []byte) {
		_ = schema(t).LoadFrom(cell, "data"+ending, bytes.NewReader(data), Sink{Write: func(ws []Write) error {
			for _, w := range ws {
				if w.Cell != cell || len(w.Args) == 0 {
					t.Fatalf("a write to %q with %d arguments", w.Cell, len(w.Args))
				}
			}
			return nil
		}})
	})
}
