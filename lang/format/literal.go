package format

import (
	"strconv"
	"strings"
	"time"

	"github.com/laspc/lasp/lang/ast"
)

// literal is the text of a literal: as it was written, or made from its value.
func literal(l *ast.Lit) string {
	if l.Text != "" {
		return l.Text
	}
	switch l.Kind {
	case ast.BoolLit:
		return strconv.FormatBool(l.Bool)
	case ast.IntLit:
		return strconv.FormatInt(l.Int, 10)
	case ast.FloatLit:
		return float(l.Float)
	case ast.DurationLit:
		return duration(l.Int)
	}
	return `"` + escaped(l.Str) + `"`
}

// float writes digits on both sides of the point.
func float(x float64) string {
	s := strconv.FormatFloat(x, 'g', -1, 64)
	mantissa, exponent, found := strings.Cut(s, "e")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	if found {
		return mantissa + "e" + exponent
	}
	return mantissa
}

// duration writes nanoseconds in the largest unit that divides them.
func duration(ns int64) string {
	units := []struct {
		name string
		size time.Duration
	}{{"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}, {"us", time.Microsecond}}
	for _, u := range units {
		if ns != 0 && ns%int64(u.size) == 0 {
			return strconv.FormatInt(ns/int64(u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(ns, 10) + "ns"
}

// escaped is the inside of a string literal.
func escaped(s string) string {
	var out strings.Builder
	for _, r := range s {
		switch r {
		case '"', '\\', '{':
			out.WriteByte('\\')
			out.WriteRune(r)
		case '\n':
			out.WriteString(`\n`)
		case '\t':
			out.WriteString(`\t`)
		case '\r':
			out.WriteString(`\r`)
		default:
			if r < ' ' || r == 0x7f {
				out.WriteString(`\u{` + strconv.FormatInt(int64(r), 16) + `}`)
			} else {
				out.WriteRune(r)
			}
		}
	}
	return out.String()
}
