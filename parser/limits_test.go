package parser

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
)

const megabyte = 1 << 20

// TestMegabytes reads a megabyte of one thing, at every place where an expression,
// a type or a statement may stand. What nests is one diagnostic and costs next to
// nothing.
func TestMegabytes(t *testing.T) {
	for _, begin := range []string{"", "let x = ", "let x: ", "on e { ", "test \"t\" { expect ", "let x = f("} {
		for _, unit := range []string{"(", "-", "[", "{", "not ", "if ", "-(", "[-", "f(", "A[", "\"{"} {
			text := begin + strings.Repeat(unit, megabyte/len(unit))
			src := source.NewFile("x.lasp", []byte(text))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, diags := Parse(src)
			runtime.ReadMemStats(&after)
			if len(diags) != 1 {
				t.Errorf("%q and a megabyte of %q: %d diagnostics: %v", begin, unit, len(diags), describe(diags))
			}
			if mb := (after.TotalAlloc - before.TotalAlloc) / megabyte; mb > 32 {
				t.Errorf("%q and a megabyte of %q: %d MB", begin, unit, mb)
			}
		}
	}
}

// hangs is when reading that takes milliseconds is taken not to end, on whatever
// machine.
const hangs = 3 * time.Minute

// TestLong reads texts that are long rather than deep: they end, and with few
// diagnostics.
func TestLong(t *testing.T) {
	for _, unit := range []string{"x=>", "1::", "a+", "a.b.", ")", "\"", "'", "\x00", "\xff", "/*", "//", "0", "_", "\n(", "A->", "match x{y=>", "else if a {} "} {
		hung := time.AfterFunc(hangs, func() { panic("reading does not end on much of " + unit) })
		_, diags := Parse(source.NewFile("x.lasp", []byte("let x = "+strings.Repeat(unit, megabyte/4/len(unit)))))
		hung.Stop()
		if len(diags) > maxReports+1 {
			t.Errorf("much of %q: %d diagnostics", unit, len(diags))
		}
	}
}

func TestTooLarge(t *testing.T) {
	_, diags := Parse(source.NewFile("x.lasp", make([]byte, maxBytes+1)))
	if len(diags) != 1 || diags[0].Code != diag.OverLimit {
		t.Errorf("got %s", describe(diags))
	}
}

// TestDepthIsEnough reads what people nest, and a little more.
func TestDepthIsEnough(t *testing.T) {
	n := 300
	for _, text := range []string{
		strings.Repeat("(", n) + "1" + strings.Repeat(")", n),
		strings.Repeat("[", n) + strings.Repeat("]", n),
		strings.Repeat("if a then b else ", n) + "c",
		strings.Repeat("1 :: ", n) + "[]",
		strings.Repeat("x => ", n) + "1",
		strings.Repeat("- ", n) + "1",
		"a" + strings.Repeat(" + 1", 10*n),
		"a" + strings.Repeat(".f(1)", 10*n),
	} {
		if _, diags := ParseExpr(source.NewFile("x.lasp", []byte(text))); len(diags) > 0 {
			t.Errorf("%s: %s", excerpt(text), describe(diags))
		}
	}
}

// TestBytes reads texts with bytes that editors should not write.
func TestBytes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"\ufefflet x = 1\r\nlet y = 2\r\n", ""},
		{"let x = 1 // comment\r\nlet y = 2", ""},
		{"let x = 1\x00", "1:10-11 L0104"},
		{"let x = \"a\x00b\"", "1:11-12 L0104"},
		{"let x = \"a\xffb\"", "1:11-12 L0104"},
		{"let x = 1 // \xff\n", "1:14-15 L0104"},
		{"let \ufeffx = 1", "1:5-7 L0104"},
		{"let x = \xff\xfe\n", "1:9-11 L0104"},
		{"let x = \"a\r\n", "1:9-11 L0103"},
	} {
		_, diags := Parse(source.NewFile("x.lasp", []byte(c.text)))
		got := ""
		for _, d := range diags {
			from, to := d.Span.Position(), d.Span.EndPosition()
			got += fmt.Sprintf("%d:%d-%d %s", from.Line, from.Column, to.Column, d.Code)
		}
		if got != c.want {
			t.Errorf("%q: got %s, want %s", c.text, got, c.want)
		}
	}
}

// BenchmarkParse reads 10,000 lines of ordinary declarations.
func BenchmarkParse(b *testing.B) {
	line := "let same = { ad for ad in ads, c in contracts if ad.id == c.ad and f(ad.x, 2) >= 3 }\n"
	text := []byte(strings.Repeat(line, 10_000))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, diags := Parse(source.NewFile("x.lasp", text)); len(diags) > 0 {
			b.Fatal(describe(diags))
		}
	}
}
