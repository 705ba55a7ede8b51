package format_test

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/format"
	"github.com/laspc/lasp/lang/source"
)

// checkPrint holds the three promises of the printer against a text that parses.
func checkPrint(t *testing.T, text string) string {
	t.Helper()
	file := reads(t, text)
	once := string(format.File(file))
	again := reads(t, once)
	if a, b := dump(file), dump(again); a != b {
		t.Fatalf("another tree\n%s\n--- printed\n%s\n%s", text, once, firstDifference(a, b))
	}
	if twice := string(format.File(again)); twice != once {
		t.Fatalf("not idempotent\n%s\n%s", text, firstDifference(once, twice))
	}
	if a, b := commentTexts(file), commentTexts(again); a != b {
		t.Fatalf("other comments\n%s\n--- printed\n%s\n%s", text, once, firstDifference(a, b))
	}
	return once
}

// firstDifference shows the lines around the first place where a and b differ.
func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	i := 0
	for i < len(x) && i < len(y) && x[i] == y[i] {
		i++
	}
	cut := func(l []string) string { return strings.Join(l[max(0, min(i-4, len(l))):min(i+4, len(l))], "\n") }
	return fmt.Sprintf("--- line %d of one\n%s\n--- of the other\n%s", i+1, cut(x), cut(y))
}

// commentTexts lists the comments by the declaration at or before which they
// stand.
func commentTexts(f *ast.File) string {
	var lines []string
	for _, c := range f.Comments {
		n := sort.Search(len(f.Decls), func(i int) bool { return f.Decls[i].Span().End > c.Sp.Start })
		lines = append(lines, fmt.Sprintf("%d %s", n, c.Text))
	}
	return strings.Join(lines, "\n")
}

// dump writes a tree without positions.
func dump(n any) string {
	var out strings.Builder
	dumpValue(&out, reflect.ValueOf(n), 0)
	return out.String()
}

var (
	atType   = reflect.TypeOf(ast.At{})
	spanType = reflect.TypeOf(source.Span{})
)

func dumpValue(out *strings.Builder, v reflect.Value, depth int) {
	pad := strings.Repeat(" ", depth)
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			out.WriteString("nil\n")
			return
		}
		dumpValue(out, v.Elem(), depth)
	case reflect.Struct:
		out.WriteString(v.Type().Name() + "\n")
		for i := 0; i < v.NumField(); i++ {
			f := v.Type().Field(i)
			if f.Type == atType || f.Type == spanType || f.Name == "Src" || f.Name == "Comments" {
				continue
			}
			out.WriteString(pad + " " + f.Name + ": ")
			dumpValue(out, v.Field(i), depth+1)
		}
	case reflect.Slice:
		fmt.Fprintf(out, "%d\n", v.Len())
		for i := 0; i < v.Len(); i++ {
			out.WriteString(pad + " - ")
			dumpValue(out, v.Index(i), depth+1)
		}
	default:
		fmt.Fprintf(out, "%#v\n", v.Interface())
	}
}
