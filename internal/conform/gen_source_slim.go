package conform

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
)

// word finds names.
var word = regexp.MustCompile(`[a-z_][a-z_0-9]*`)

// names collects the words of texts.
func names(texts ...string) map[string]bool {
	out := map[string]bool{}
	for _, text := range texts {
		for _, w := range word.FindAllString(text, -1) {
			out[w] = true
		}
	}
	return out
}

// Slim is Text without the cells that nothing names: replicas of small programs
// start sooner.
func (p *SourceProgram) Slim() string {
	var rest []string
	for _, d := range p.Decls {
		if !strings.HasPrefix(d, "shared ") {
			rest = append(rest, d)
		}
	}
	used := names(append(rest, p.Actions...)...)
	slim := *p
	slim.Decls = nil
	for _, d := range p.Decls {
		if !strings.HasPrefix(d, "shared ") {
			slim.Decls = append(slim.Decls, d)
			continue
		}
		cells, kind, _ := strings.Cut(strings.TrimPrefix(d, "shared "), ":")
		var kept []string
		for _, c := range strings.Split(cells, ", ") {
			if used[c] {
				kept = append(kept, c)
			}
		}
		if len(kept) > 0 {
			slim.Decls = append(slim.Decls, "shared "+strings.Join(kept, ", ")+":"+kind)
		}
	}
	return slim.Text()
}

// Around is the program of one declaration that was refused: with the
// definitions that it reads and, where it appends to a stream, the handlers that
// do so too. own is the number of declarations at its end that are not part of
// every program.
func (p *SourceProgram) Around(decl string) *SourceProgram {
	header := strings.Count(strings.TrimSpace(sourceCells), "\n") + 1
	out := &SourceProgram{Decls: append([]string(nil), p.Decls[:header]...)}
	used := names(decl)
	var own []string
	for i := len(p.Decls) - 1; i >= header; i-- {
		d := p.Decls[i]
		name, isLet := strings.CutPrefix(d, "let ")
		name = strings.FieldsFunc(strings.TrimPrefix(name, "rec "), func(r rune) bool { return r == ' ' || r == ':' })[0]
		appends := strings.Contains(d, "squares.append") && strings.Contains(decl, "squares.append")
		if isLet && used[name] || appends {
			own = append([]string{d}, own...)
			for w := range names(d) {
				used[w] = true
			}
		}
	}
	out.Decls = append(append(out.Decls, own...), decl)
	out.own = len(own) + 1
	return out
}

// Focused writes a short script that writes the cells which a text names, each
// step at one replica.
func Focused(r *rand.Rand, about string, steps int) []string {
	var near []string
	used := names(about)
	for _, way := range append(append([]string(nil), sourceWrites...), feedWrites...) {
		event := strings.HasPrefix(way, "put") || strings.HasPrefix(way, "drop_it")
		if used[way[:strings.IndexAny(way, "[.(")]] || event && strings.Contains(about, "on ") {
			near = append(near, way)
		}
	}
	if len(near) == 0 {
		near = sourceWrites
	}
	var out []string
	for range steps {
		at := []string{"a", "b", "c"}[r.IntN(3)]
		var writes []string
		for range 1 + r.IntN(2) {
			way := near[r.IntN(len(near))]
			if strings.Contains(way, "%") {
				way = fmt.Sprintf(way, r.IntN(4))
			}
			if strings.HasPrefix(way, "feed") {
				at = "a" // its writer
			}
			writes = append(writes, way)
		}
		out = append(out, "at "+at+" { "+strings.Join(writes, " ")+" }")
	}
	return out
}
