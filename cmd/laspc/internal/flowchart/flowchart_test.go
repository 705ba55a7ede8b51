package flowchart

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/typecheck"
)

var update = flag.Bool("update", false, "rewrite golden files")

func read(t *testing.T, path string) *typecheck.Program {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, ds := lasp.Check(source.NewFile(filepath.Base(path), text))
	if diag.HasErrors(ds) {
		var b strings.Builder
		_ = diag.Render(&b, ds, diag.Style{})
		t.Fatal(b.String())
	}
	return p
}

// TestGolden draws one program that has every kind of node and edge.
func TestGolden(t *testing.T) {
	g := read(t, "testdata/shop.lasp").Dataflow()
	for _, format := range Formats() {
		var b strings.Builder
		if err := Write(&b, format, "shop.lasp", g); err != nil {
			t.Fatal(err)
		}
		path := "testdata/shop." + format
		if *update {
			if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("%s differs; `go test -update` rewrites it. Got\n%s", path, b.String())
		}
	}
}

// TestPathsExplainQualifiers follows all ways from cells to definitions and
// shows of the example programs: composed along a way and joined over the ways,
// the edges say what the checker found for the whole. Only H and + may differ:
// whether two ways meet in a join is not on an edge.
func TestPathsExplainQualifiers(t *testing.T) {
	files, err := filepath.Glob("../../../../examples/*/*.lasp")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no examples", err)
	}
	for _, path := range append(files, "testdata/shop.lasp") {
		if strings.Contains(path, "rejected") {
			continue
		}
		p := read(t, path)
		g := p.Dataflow()
		for _, n := range g.Nodes {
			if n.Kind != "let" && n.Kind != "show" {
				continue
			}
			want := map[string]op.Qual{}
			for _, r := range p.Info.Reports {
				if r.At == n.At {
					want = r.Qualifiers
				}
			}
			for _, from := range g.Nodes {
				if group(from.Kind) != "cell" {
					continue
				}
				got := along(g, from.ID, n.ID, map[string]bool{})
				if class(got) != class(want[from.Name]) {
					t.Errorf("%s: %s moves with %s as %s, its edges say %s", path, title(n), from.Name, want[from.Name], got)
				}
			}
		}
	}
}

// along joins the qualifiers of all ways that enter no node twice.
func along(g *typecheck.Dataflow, from, to string, been map[string]bool) op.Qual {
	if from == to {
		return op.Hom
	}
	been[to] = true
	defer delete(been, to)
	q := op.Const
	for _, e := range g.Edges {
		if e.To == to && e.Does == "reads" && !been[e.From] {
			q = op.Lub(q, op.Compose(e.Qual, along(g, from, e.From, been)))
		}
	}
	return q
}

func class(q op.Qual) op.Qual {
	if q == op.Hom {
		return op.Mono
	}
	return q
}

func TestUnknownFormat(t *testing.T) {
	err := Write(&strings.Builder{}, "svg", "x", &typecheck.Dataflow{})
	if err == nil || !strings.Contains(err.Error(), "text, dot, mermaid, json") {
		t.Errorf("got %v", err)
	}
}

// TestTextIsQuoted keeps what stands in names from becoming part of the drawing.
func TestTextIsQuoted(t *testing.T) {
	if got, want := dotText("a\"b\\c\nd"), `"a\"b\\c\nd"`; got != want {
		t.Errorf("dot: %s, want %s", got, want)
	}
	if got := mermaidText("size(x) < 3 \"#\""); strings.ContainsAny(strings.Trim(got, `"`), `"<`) {
		t.Errorf("mermaid: %s", got)
	}
}
