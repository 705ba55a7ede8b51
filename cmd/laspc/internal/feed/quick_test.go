package feed

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/value"
)

// outcome is what comes of a data file: the elements before a mistake, in order, with
// the words of texts as they were given, and the mistake.
type outcome struct {
	elems []string
	err   string
}

// outcomeOf loads a file after change has chosen how it is read.
func outcomeOf(t *testing.T, cell, name string, change func(*loader)) (o outcome) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := value.NewInterner()
	var l *loader
	l, err = schema(t).open(cell, filepath.Base(name), f, Sink{Interner: in, Rows: func(r Rows) error {
		cols := l.typ.Columns(nil)
		if len(r.Words) != len(cols)*r.N {
			t.Errorf("%d words for %d rows of %d", len(r.Words), r.N, len(cols))
		}
		for i := range r.N {
			var b strings.Builder
			for k, col := range cols {
				w := r.Words[i*len(cols)+k]
				kind, _ := col.RawKind()
				v := in.Value(w, kind)
				fmt.Fprintf(&b, "%d %s %x|", w, v, v.Str())
			}
			o.elems = append(o.elems, b.String())
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	change(l)
	if err := l.load(); err != nil {
		o.err = err.Error()
	}
	return o
}

// sameOutcome compares with what one reader gives that takes each line apart.
// Elements before a mistake come by whole blocks, so there may be fewer.
func sameOutcome(t *testing.T, where string, got, want outcome) {
	t.Helper()
	if got.err != want.err {
		t.Fatalf("%s: %s; want %s", where, got.err, want.err)
	}
	if n := len(got.elems); want.err == "" && n != len(want.elems) {
		t.Fatalf("%s: %d elements, want %d", where, n, len(want.elems))
	}
	for i, e := range got.elems[:min(len(got.elems), len(want.elems))] {
		if e != want.elems[i] {
			t.Fatalf("%s: element %d is %s, want %s", where, i, e, want.elems[i])
		}
	}
}

// oddFields are fields of all kinds, those that fit and those that do not.
func oddField(rnd *rand.Rand, text bool) string {
	if !text {
		switch rnd.IntN(12) {
		case 0:
			return strconv.FormatInt(int64(rnd.Uint64()), 10)
		case 1:
			return []string{"", "-", "+7", "-0", "007", "1.0", "x", "1 ", "--1", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
				"00000000000000000000001", "123456789012345", "1234567890123456", "12345678", "-87654321", "1\x00", "1e3", "\xff", ":", "/"}[rnd.IntN(22)]
		}
		return strconv.FormatInt(rnd.Int64N(int64(math.Pow10(1+rnd.IntN(18))))-500, 10)
	}
	switch rnd.IntN(12) {
	case 3:
		letters := []byte("abcdefghijklmnopqrstuvwxyz"[:1+rnd.IntN(26)])
		letters[rnd.IntN(len(letters))] = 0xff
		return string(letters)
	case 0:
		return []string{"", "é", "\xff", "a\xffb", "\x00", "a\x00", "\"", "a\"b", "\"a\"", "\"a\nb\"", "\r", "a\r", "\uFEFF", "ab\xe2\x82", "€€€€€€", "\x0f", "0123456789abcde\x0f", "0123456789abcde\x10"}[rnd.IntN(18)]
	case 1:
		return strings.Repeat("long ", rnd.IntN(30))
	case 2:
		return strings.Repeat("é", rnd.IntN(12)) + "xyz"[:rnd.IntN(3)]
	}
	return "abcdefghijklmnopqrstuvwxyz"[rnd.IntN(5):][:rnd.IntN(20)]
}

// oddCells are cells that odd files are loaded into, and which columns are texts.
var oddCells = map[string][]bool{"edges": {false, false}, "names2": {true, false}, "numbered": {false, true}, "texts": {true}}

// oddFile is a file of rows, most of which fit: with empty lines, all line ends, and now and then what does not fit.
func oddFile(rnd *rand.Rand, texts []bool, by string, lines int) []byte {
	var b bytes.Buffer
	if rnd.IntN(8) == 0 {
		b.WriteString("\uFEFF")
	}
	strange := 1 + rnd.IntN(300)
	for range lines {
		fields := make([]string, len(texts))
		for i, text := range texts {
			if fields[i] = strconv.Itoa(rnd.IntN(1e9) - 1000*i*rnd.IntN(2)); text {
				fields[i] = fmt.Sprint("w", rnd.IntN(60))
			}
			if text && rnd.IntN(8) == 0 {
				fields[i] = strings.NewReplacer("\"", "", "\n", "", "\t", "").Replace(oddField(rnd, true))
			}
			if rnd.IntN(strange) == 0 {
				fields[i] = oddField(rnd, rnd.IntN(2) == 0)
			}
		}
		if rnd.IntN(strange*8) == 0 {
			fields = append(fields, "more")
		}
		b.WriteString(strings.Join(fields, by))
		b.WriteString([]string{"\n", "\n", "\n", "\r\n", "\n\n", "\n\r\n"}[rnd.IntN(6)])
	}
	data := b.Bytes()
	if rnd.IntN(3) == 0 {
		data = bytes.TrimRight(data, "\r\n")
	}
	return data
}

// TestQuickLinesAreLines reads odd files in all ways: plain lines at once or each line
// taken apart, one reader or several, in blocks from a few bytes on. Elements, words
// and mistakes are the same throughout.
func TestQuickLinesAreLines(t *testing.T) {
	dir, fails := t.TempDir(), 0
	for seed := range uint64(120) {
		rnd := rand.New(rand.NewPCG(seed, 11))
		cell := []string{"edges", "names2", "numbered", "texts"}[seed%4]
		ext := []string{"tsv", "csv"}[rnd.IntN(2)]
		name := filepath.Join(dir, "odd."+ext)
		data := oddFile(rnd, oddCells[cell], map[string]string{"tsv": "\t", "csv": ","}[ext], rnd.IntN(400))
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		want := outcomeOf(t, cell, name, func(l *loader) { l.quick, l.readers = nil, 1 })
		if want.err != "" {
			fails++
		}
		for _, readers := range []int{1, 3} {
			for _, block := range []int{1, 16 + rnd.IntN(200), blockSize} {
				for _, quick := range []bool{true, false} {
					got := outcomeOf(t, cell, name, func(l *loader) {
						if l.quick == nil {
							t.Fatal("no columns are plain")
						}
						if l.readers, l.file.block = readers, block; !quick {
							l.quick = nil
						}
					})
					sameOutcome(t, fmt.Sprintf("seed %d, %s, %s, %d readers, blocks of %d, quick %v", seed, cell, ext, readers, block, quick), got, want)
				}
			}
		}
	}
	if fails < 20 || fails > 100 {
		t.Errorf("%d of 120 files have mistakes", fails)
	}
}

// TestOtherFilesByManyReaders has what is not plain: JSON lines, with mistakes or
// without, and records.
func TestOtherFilesByManyReaders(t *testing.T) {
	var lines, ads strings.Builder
	for i := range 500 {
		fmt.Fprintf(&lines, "[\"%s\", %d]\n", []string{"a", "b\\n", "é", strings.Repeat("c", i%30)}[i%4], i)
		fmt.Fprintf(&ads, "ad%d\t%d\n", i%7, i)
	}
	for _, c := range [][3]string{
		{"names2", "l.jsonl", lines.String()},
		{"names2", "l.jsonl", lines.String() + "[\"a\", -1]\n" + lines.String()},
		{"ads", "a.tsv", ads.String()},
		{"ads", "a.tsv", ads.String() + "x\n" + ads.String()},
		{"names", "n.csv", strings.Repeat("a\nb\n", 300) + "\"x\ny\"\n" + strings.Repeat("c\n", 300) + "\"z"},
		{"names2", "e.tsv", ""},
		{"names2", "e.tsv", "\uFEFF"},
		{"names2", "e.tsv", "\r\n\n\r\n"},
	} {
		name := filepath.Join(t.TempDir(), c[1])
		if err := os.WriteFile(name, []byte(c[2]), 0o600); err != nil {
			t.Fatal(err)
		}
		want := outcomeOf(t, c[0], name, func(l *loader) { l.quick, l.readers = nil, 1 })
		for block := 1; block < 2000; block = block*3/2 + 1 {
			got := outcomeOf(t, c[0], name, func(l *loader) { l.readers, l.file.block = 3, block })
			sameOutcome(t, fmt.Sprintf("%s, blocks of %d", c[1], block), got, want)
		}
	}
}

// TestALineWithoutEnd is refused by its number before it takes all memory.
func TestALineWithoutEnd(t *testing.T) {
	err := schema(t).LoadFrom("edges", "e.tsv", endless{strings.NewReader("1\t2\n\n")}, Sink{Interner: value.NewInterner(), Rows: func(Rows) error { return nil }})
	if want := "e.tsv: L0515: line 3 is longer than 67108864 bytes"; err == nil || err.Error() != want {
		t.Errorf("%v; want %s", err, want)
	}
}

// endless goes on with digits.
type endless struct{ r *strings.Reader }

func (e endless) Read(p []byte) (int, error) {
	if n, _ := e.r.Read(p); n > 0 {
		return n, nil
	}
	for i := range p {
		p[i] = '1'
	}
	return len(p), nil
}

// TestWordsOfDigits holds the arithmetic of eight bytes at a time against bytes one
// by one: all sizes, with every byte behind them.
func TestWordsOfDigits(t *testing.T) {
	for n := range 17 {
		for behind := range 256 {
			text := fmt.Sprintf("%s%c%s", "9876543210123456"[:n], 0, "0123456789012345678")
			in := []byte(text)
			in[n] = byte(behind)
			w, next := quickNumber(in, 0, byte(behind))
			digits := behind >= '0' && behind <= '9' || n == 0 && behind == '-'
			want, err := strconv.ParseInt(text[:n], 10, 64)
			switch {
			case digits:
				continue
			case err != nil || n > 15:
				if next >= 0 {
					t.Fatalf("%q is read as %d", in, w)
				}
			case int64(w) != want || next != n+1:
				t.Fatalf("%q is %d up to %d, want %d", in, int64(w), next, want)
			}
		}
	}
}
