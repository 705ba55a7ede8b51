// Package layers holds the table of which package may import which, as data,
// and the test that holds the source against it.
package layers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/laspc/lasp"

// ground may be imported by everybody.
var ground = []string{"lang/source", "lang/types", "lang/value", "lang/slab"}

// layer is one package, what it may import (and through that, everything that
// those reach), and why a newcomer should believe it.
type layer struct {
	pkg  string
	may  []string
	what string // completes "pkg ..."
}

var layers = []layer{
	{"lang/source", nil, "is the ground: text and positions"},
	{"lang/slab", nil, "is the ground: room for large columns"},
	{"lang/value", nil, "is the ground: values and their order"},
	{"lang/types", nil, "is the ground: types"},
	{"lang/codec", nil, "turns values into canonical bytes"},
	{"lang/ast", nil, "is the syntax tree and knows no phase"},
	{"lang/diag", nil, "holds diagnostics as values"},
	{"lang/lattice", []string{"lang/codec"}, "holds the CRDT kinds, below every runtime"},
	{"lang/op", []string{"lang/lattice"}, "describes operators; the rows are in stdlib"},
	{"lang/format", []string{"lang/ast"}, "prints trees; it needs no phase"},
	{"parser", []string{"lang/ast", "lang/diag"}, "reads text into trees; it does not know types or the library"},
	{"runtime/state", []string{"lang/lattice"}, "is the pure state of cells"},
	{"stdlib", []string{"lang/op"}, "is the table of operators"},
	{"typecheck", []string{"lang/ast", "lang/diag", "lang/op", "lang/format"}, "checks trees; it neither runs nor lowers them"},
	{"ir", []string{"lang/op", "lang/codec"}, "is what nodes run; it knows no syntax"},
	{"ir/lower", []string{"typecheck", "ir"}, "turns checked trees into IR"},
	{"vm", []string{"ir", "lang/lattice", "lang/op"}, "runs IR; nodes do not compile, and the operator table is handed in"},
	{"runtime/wire", []string{"lang/lattice", "ir", "lang/codec"}, "is messages and records"},
	{"", []string{"parser", "typecheck", "stdlib", "ir/lower", "vm", "lang/format"}, "is the facade of the compiler"},
	{"runtime/order", []string{"runtime/wire"}, "is agreement, pure"},
	{"runtime/overlay", []string{"runtime/wire"}, "is membership views and links, pure"},
	{"runtime/replica", []string{"vm", "runtime/state", "runtime/order", "runtime/wire"}, "is the pure replica core"},
	{"runtime/workers", []string{"vm"}, "runs pieces of evaluations on several processors"},
	{"runtime/cluster", []string{"runtime/overlay", "runtime/wire"}, "moves bytes between nodes"},
	{"runtime/disk", []string{"runtime/wire"}, "keeps records and checkpoints"},
	{"runtime/sim", []string{"runtime/replica", "runtime/overlay"}, "drives replica cores in virtual time"},
	{"runtime/node", []string{"runtime/replica", "runtime/cluster", "runtime/disk", "runtime/workers", "stdlib"}, "drives one replica core with clock, files and sockets"},
	{"runtime/trial", []string{"", "runtime/sim"}, "runs the tests of programs under many schedules"},
	{"runtime/api", []string{"runtime/node", ""}, "serves a node over HTTP and compiles query text"},
	{"client", nil, "speaks HTTP to a node"},
}

// importers names the one place of each third-party library.
var importers = map[string]string{
	"github.com/alecthomas/participle/v2": "parser",
	"github.com/anishathalye/porcupine":   "internal/history",
	"github.com/chzyer/readline":          "cmd/laspc/internal/repl",
	"github.com/hashicorp/memberlist":     "runtime/cluster",
	"github.com/fxamacker/cbor/v2":        "lang/codec",
	"go.etcd.io/bbolt":                    "runtime/disk",
	"go.etcd.io/raft/v3":                  "runtime/order",
	"google.golang.org/protobuf":          "runtime/order", // the encoding of raft's messages
	"github.com/mattn/go-runewidth":       "lang/diag",
	"github.com/spf13/pflag":              "cmd/laspc",
	"golang.org/x/term":                   "cmd/laspc",
}

// pure packages have no goroutine, clock, socket, file or random of their own.
var pure = []string{"runtime/state", "runtime/wire", "runtime/order", "runtime/overlay", "runtime/replica", "vm", "ir", "lang/lattice", "lang/value"}

// impure lists what a pure package may not mention: a path, and names in it (all
// when empty).
var impure = map[string][]string{
	"os":           nil,
	"net":          nil,
	"net/http":     nil,
	"crypto/rand":  nil,
	"math/rand":    nil,
	"time":         {"Now", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Since", "Until"},
	"math/rand/v2": {"Int", "IntN", "Int64", "Int64N", "Uint64", "Uint32", "Float64", "Perm", "Shuffle", "N"},
}

type file struct {
	pkg  string // folder from the root, "" for the root
	name string
	tree *ast.File
	fset *token.FileSet
}

func files(t *testing.T) []file {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var out []file
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "bench" || strings.HasPrefix(d.Name(), ".") && rel != ".") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(filepath.Dir(rel))
		if pkg == "." {
			pkg = ""
		}
		out = append(out, file{pkg: pkg, name: filepath.ToSlash(rel), tree: tree, fset: fset})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatal("no source files found: the test looks in the wrong place")
	}
	return out
}

// reach is everything that pkg may import.
func reach(pkg string) map[string]bool {
	got := map[string]bool{}
	for _, g := range ground {
		got[g] = true
	}
	var add func(string)
	add = func(p string) {
		for _, l := range layers {
			if l.pkg != p {
				continue
			}
			for _, m := range l.may {
				if !got[m] {
					got[m] = true
					add(m)
				}
			}
		}
	}
	add(pkg)
	return got
}

// free packages may import everything.
func free(pkg string) bool {
	for _, prefix := range []string{"cmd/", "internal/", "examples"} {
		if strings.HasPrefix(pkg, prefix) {
			return true
		}
	}
	return false
}

func TestImportsFollowTheTable(t *testing.T) {
	known := map[string]layer{}
	for _, l := range layers {
		known[l.pkg] = l
	}
	for _, f := range files(t) {
		if free(f.pkg) {
			continue
		}
		l, ok := known[f.pkg]
		if !ok {
			t.Errorf("%s: package %q is not in the table of layers; add a row that says what it may import", f.name, f.pkg)
			continue
		}
		may := reach(f.pkg)
		for _, spec := range f.tree.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			if path != module && !strings.HasPrefix(path, module+"/") {
				continue
			}
			dep := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
			if !may[dep] {
				t.Errorf("%s: %s may not import %s: it %s", f.name, name(f.pkg), name(dep), l.what)
			}
		}
	}
}

func name(pkg string) string {
	if pkg == "" {
		return "lasp (the root package)"
	}
	return pkg
}

// TestTheTableHasNoCycle guards the table itself: a package that reaches itself
// would allow everything in between.
func TestTheTableHasNoCycle(t *testing.T) {
	for _, l := range layers {
		if reach(l.pkg)[l.pkg] && len(l.may) > 0 {
			t.Errorf("the table lets %s import itself", name(l.pkg))
		}
	}
	for _, p := range []string{"vm", "runtime/node"} {
		for _, compiler := range []string{"parser", "typecheck"} {
			if reach(p)[compiler] {
				t.Errorf("the table lets %s reach %s: nodes run IR, they do not compile", p, compiler)
			}
		}
	}
}

func TestEachLibraryHasOneImporter(t *testing.T) {
	for _, f := range files(t) {
		for _, spec := range f.tree.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			if !foreign(path) {
				continue
			}
			switch owner, known := importerOf(path); {
			case !known:
				t.Errorf("%s: %s is a library that the table of importers does not know; each has one package that imports it, and a row", f.name, path)
			case f.pkg != owner:
				t.Errorf("%s: %s imports %s, whose one importer is %s", f.name, name(f.pkg), path, owner)
			}
		}
	}
}

// foreign reports whether a path is neither ours nor of the standard library,
// whose first element has no dot.
func foreign(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".") && path != module && !strings.HasPrefix(path, module+"/")
}

// importerOf finds the package that may import a library or what is below it.
func importerOf(path string) (owner string, known bool) {
	for lib, owner := range importers {
		if path == lib || strings.HasPrefix(path, lib+"/") {
			return owner, true
		}
	}
	return "", false
}

func TestPurePackagesHaveNoClockSocketFileOrGoroutine(t *testing.T) {
	is := map[string]bool{}
	for _, p := range pure {
		is[p] = true
	}
	for _, f := range files(t) {
		if !is[f.pkg] {
			continue
		}
		local := map[string][]string{} // local package name -> forbidden names
		for _, spec := range f.tree.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			names, bad := impure[path]
			if !bad {
				continue
			}
			if names == nil {
				t.Errorf("%s: %s is pure and may not import %s; clock, files, sockets and random belong to the drivers", f.name, f.pkg, path)
				continue
			}
			id := filepath.Base(path)
			if id == "v2" {
				id = "rand"
			}
			if spec.Name != nil {
				id = spec.Name.Name
			}
			local[id] = names
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: %s is pure and may not start a goroutine", f.fset.Position(n.Pos()), f.pkg)
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok {
					names := local[x.Name]
					if slices.Contains(names, n.Sel.Name) {
						t.Errorf("%s: %s is pure and may not use %s.%s", f.fset.Position(n.Pos()), f.pkg, x.Name, n.Sel.Name)
					}
				}
			}
			return true
		})
	}
}
