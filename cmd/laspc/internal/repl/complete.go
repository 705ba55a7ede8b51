package repl

import (
	"slices"
	"strings"
	"unicode"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/lattice"
)

// words are the keywords that begin something at a prompt or stand in it.
var words = []string{
	"shared", "local", "param", "input", "output", "let", "lazy", "fn", "type", "lattice", "on", "when", "for", "show",
	"if", "then", "else", "match", "in", "not", "and", "or", "true", "false", "emit", "seal", "coordinate", "written by",
}

// completer completes the name before the cursor.
type completer struct{ s *Session }

// Do implements readline.AutoCompleter: it returns what may follow, and how many
// characters of it are there already.
func (c completer) Do(line []rune, pos int) ([][]rune, int) {
	start := pos
	for start > 0 && (unicode.IsLetter(line[start-1]) || unicode.IsDigit(line[start-1]) || line[start-1] == '_') {
		start--
	}
	typed := string(line[start:pos])
	var out [][]rune
	for _, name := range c.s.candidates(string(line[:start])) {
		if strings.HasPrefix(name, typed) && name != typed {
			out = append(out, []rune(name[len(typed):]))
		}
	}
	return out, len([]rune(typed))
}

// candidates are the names that can stand after before.
func (s *Session) candidates(before string) []string {
	var names []string
	switch trimmed := strings.TrimSpace(before); {
	case trimmed == ":":
		for _, c := range commands() {
			names = append(names, c.name)
		}
		return names
	case strings.HasSuffix(trimmed, "."):
		names = append(append(names, s.mutators(strings.TrimSuffix(trimmed, "."))...), s.fields()...)
	default:
		names = append(append(names, s.declared()...), words...)
		for _, k := range lattice.Kinds {
			names = append(names, k.Name)
		}
	}
	for _, r := range lasp.Ops().Rows() {
		if r.Name != "" && unicode.IsLetter(rune(r.Name[0])) && !strings.Contains(r.Name, " ") {
			names = append(names, r.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// declared are the names of the program.
func (s *Session) declared() []string {
	var names []string
	for _, d := range s.decls {
		for _, n := range d.names {
			if !strings.ContainsAny(n, " \n") {
				names = append(names, n)
			}
		}
	}
	for _, def := range s.checked.Info.Defs {
		for _, c := range def.Ctors {
			names = append(names, c.Name)
		}
	}
	return names
}

// fields are those of the program's records and variants. What stands before the
// dot may be a local of an entry that is not finished, so all are offered.
func (s *Session) fields() []string {
	var names []string
	for _, def := range s.checked.Info.Defs {
		for _, c := range def.Ctors {
			for _, f := range c.Fields {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

// mutators are those of the cell that text ends with, below its keys.
func (s *Session) mutators(text string) []string {
	depth := 0
	for strings.HasSuffix(text, "]") {
		open := strings.LastIndexByte(text, '[')
		if open < 0 {
			return nil
		}
		text = text[:open]
		depth++
	}
	name := text[strings.LastIndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' })+1:]
	cell := s.cell(name)
	if cell == nil {
		return nil
	}
	kind := kindAt(cell.Kind, depth)
	if kind == nil {
		return nil
	}
	var names []string
	for _, m := range kind.Mutators {
		names = append(names, m.Name)
	}
	return names
}
