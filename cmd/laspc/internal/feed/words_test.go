package feed

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/value"
)

// large writes a data file of n pairs of a text and a number that is read apart
// from what is done with it, and returns its elements. There are more texts than
// are remembered, and each comes several times.
func large(t *testing.T, n int) (name string, elems []string) {
	t.Helper()
	var b strings.Builder
	for i := range n {
		text := fmt.Sprint("text ", i*7919%(manyTexts+100))
		switch i % 5 {
		case 0:
			text = fmt.Sprint("a", i%1000)
		case 1:
			text = strings.Repeat("long ", i%40)
		}
		fmt.Fprintf(&b, "%s\t%d\n", text, i)
		elems = append(elems, fmt.Sprintf("%s %d", text, i))
	}
	name = filepath.Join(t.TempDir(), "n.tsv")
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if b.Len() < apartFrom {
		t.Fatalf("the file has %d bytes only", b.Len())
	}
	return name, elems
}

// TestLargeFilesAreReadApart compares what comes of a large file with what was
// written, in order, and the words with those of an interner that is given the
// elements one after the other.
func TestLargeFilesAreReadApart(t *testing.T) {
	name, elems := large(t, 200_017)
	in, plain := value.NewInterner(), value.NewInterner()
	at := 0
	err := schema(t).Load("names2", name, Sink{Interner: in, Rows: func(r Rows) error {
		words, n, left := r.Words, r.N, r.Left
		if len(words) != 2*n {
			t.Fatalf("%d words for %d elements", len(words), n)
		}
		if rest := len(elems) - at - n; left+8000 < rest/2 || left > 2*rest+30_000 {
			t.Errorf("about %d are said to be left, and %d are", left, rest)
		}
		for i := range n {
			text := in.Value(words[2*i], value.Invalid)
			if got := fmt.Sprintf("%s %d", text.Str(), words[2*i+1]); got != elems[at] {
				t.Fatalf("element %d is %q, want %q", at, got, elems[at])
			}
			if plain.Word(text) != words[2*i] {
				t.Fatalf("element %d has another word than it would have one by one", at)
			}
			at++
		}
		return nil
	}})
	if err != nil || at != len(elems) {
		t.Errorf("%d elements of %d, %v", at, len(elems), err)
	}
}

// TestReadingEndsWithItsSink lets the receiver refuse a chunk, early and late.
func TestReadingEndsWithItsSink(t *testing.T) {
	name, _ := large(t, 250_000)
	full := errors.New("full")
	for after := range 8 {
		chunks := 0
		err := schema(t).Load("names2", name, Sink{Interner: value.NewInterner(), Rows: func(Rows) error {
			if chunks++; chunks > after {
				return full
			}
			return nil
		}})
		if err == nil || !strings.Contains(err.Error(), "full") || chunks != after+1 {
			t.Errorf("refused after %d chunks: %v, and %d came", after, err, chunks)
		}
	}
}

// TestALargeFileThatDoesNotFit has a mistake near its end: the chunks before it
// come, and the error names the line.
func TestALargeFileThatDoesNotFit(t *testing.T) {
	name, elems := large(t, 100_000)
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("x\ty\n"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	n := 0
	err = schema(t).Load("names2", name, Sink{Interner: value.NewInterner(), Rows: func(r Rows) error {
		k := r.N
		n += k
		return nil
	}})
	if want := fmt.Sprintf("n.tsv:%d: L0515: field 2:", len(elems)+1); err == nil || !strings.Contains(err.Error(), want) || n < 90_000 || n > len(elems) {
		t.Errorf("%v after %d elements of %d; want %q", err, n, len(elems), want)
	}
}

// TestTextsAreNumbered holds the numbers of texts of all lengths, and of other
// values between them, against those of a map: equal beginnings and ends, zeros, and
// the same again, short ones together and apart.
func TestTextsAreNumbered(t *testing.T) {
	s := &scanner{l: &loader{}, texts: newTexts()}
	s.start(&part{})
	nums := map[string]value.Word{}
	var news []string
	var words []value.Word
	number := func(text string, v value.Value) {
		w, known := nums[text]
		if !known || v.IsValid() {
			w = value.Word(len(news))
			news = append(news, text)
		}
		if words = append(words, w); v.IsValid() {
			s.give(v)
			return
		}
		nums[text] = w
		s.number([]byte(text))
	}
	for round := range 2 {
		for i := range 3000 {
			text := fmt.Sprintf("%0*d", i%41, i*i%1777)
			for _, some := range []string{text, text[:len(text)/2], text + "\x00", "\x00" + text, strings.Repeat("\x00", i%20), fmt.Sprint(i), "abcdefgh"[:i%9], strings.Repeat("ab", i%9)} {
				number(some, value.Value{})
			}
			if i%100 == round {
				number("[]", value.MakeList(nil))
			}
		}
	}
	s.settle()
	for i, w := range words {
		if s.at.words[i] != w {
			t.Fatalf("text %d is number %d, want %d: %q", i, s.at.words[i], w, news[w])
		}
	}
	for _, other := range s.at.others {
		if text := news[other.at]; text != "[]" || other.v.Kind() != value.List {
			t.Fatalf("number %d is said to be %s, and is %q", other.at, other.v, text)
		}
		s.at.fresh[other.at] = "[]"
	}
	for i, text := range s.at.fresh {
		if text != news[i] {
			t.Fatalf("number %d is said to be %q, and is %q", i, text, news[i])
		}
	}
	if len(s.at.fresh) != len(news) || s.texts.n != len(news) {
		t.Errorf("%d values of %d numbers are told, want %d", len(s.at.fresh), s.texts.n, len(news))
	}
	s.texts.reset()
	s.start(&part{})
	s.number([]byte("7"))
	if s.settle(); s.texts.n != 1 || s.at.words[0] != 0 || len(s.at.fresh) != 1 {
		t.Errorf("after a reset a text is number %d of %d", s.at.words[0], s.texts.n)
	}
}
