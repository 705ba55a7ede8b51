package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/laspc/lasp/lang/diag"
	"github.com/spf13/pflag"
)

func explainVerb() verb {
	return verb{
		name:  "explain",
		args:  "[CODE...]",
		short: "explain a diagnostic code with a wrong and a right program",
		long:  "Without a code it lists them all.",
		setup: func(fs *pflag.FlagSet) action {
			asJSON := fs.Bool("json", false, "print JSON")
			return func(c *call) int { return explain(c, *asJSON) }
		},
	}
}

func explain(c *call, asJSON bool) int {
	if len(c.args) == 0 {
		return listCodes(c, asJSON)
	}
	var entries []diag.Entry
	for _, arg := range c.args {
		e, ok := diag.Lookup(diag.Code(strings.ToUpper(arg)))
		if !ok {
			return c.usage("there is no code %q; `laspc explain` lists the codes", arg)
		}
		entries = append(entries, e)
	}
	if asJSON {
		return c.printJSON(entries)
	}
	for i, e := range entries {
		if i > 0 {
			fmt.Fprintln(c.stdout)
		}
		printEntry(c.stdout, e)
	}
	return exitDone
}

func printEntry(w io.Writer, e diag.Entry) {
	fmt.Fprintf(w, "%s: %s\n\n%s\n", e.Code, e.Title, wrap(e.When, 78))
	fmt.Fprintf(w, "\nwrong:\n\n%s\n", indent(e.Wrong))
	fmt.Fprintf(w, "\nright:\n\n%s\n", indent(e.Right))
}

func listCodes(c *call, asJSON bool) int {
	if asJSON {
		return c.printJSON(diag.Codes())
	}
	for _, e := range diag.Codes() {
		fmt.Fprintf(c.stdout, "%s  %s\n", e.Code, e.Title)
	}
	return exitDone
}

// printJSON writes one JSON value on a line of its own.
func (c *call) printJSON(v any) int {
	enc := json.NewEncoder(c.stdout)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return c.fail(exitProgram, "%v", err)
	}
	return exitDone
}

// indent puts four spaces before each line that has text.
func indent(s string) string {
	lines := strings.Split(strings.Trim(s, "\n"), "\n")
	for i, l := range lines {
		if l != "" {
			lines[i] = "    " + l
		}
	}
	return strings.Join(lines, "\n")
}

// wrap breaks text at spaces into lines of at most n bytes.
func wrap(s string, n int) string {
	var b strings.Builder
	col := 0
	for i, word := range strings.Fields(s) {
		switch {
		case i == 0:
		case col+1+len(word) > n:
			b.WriteByte('\n')
			col = 0
		default:
			b.WriteByte(' ')
			col++
		}
		b.WriteString(word)
		col += len(word)
	}
	return b.String()
}
