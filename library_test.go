package lasp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/format"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/parser"
	"github.com/laspc/lasp/stdlib"
)

// TestLibraryIsClean checks every part of the library as a program: nothing is
// wrong or unused, the layout is canonical, and it holds functions only, so that
// importing it does nothing by itself.
func TestLibraryIsClean(t *testing.T) {
	for _, name := range stdlib.Modules() {
		file := source.NewFile("stdlib/"+name+".lasp", stdlib.Source(name))
		checked, ds := lasp.Check(file)
		if len(ds) > 0 {
			t.Errorf("%s", rendered(ds))
			continue
		}
		if len(checked.Info.Fns) != len(checked.Info.Reports) {
			t.Errorf("%s declares more than functions", name)
		}
		tree, _ := parser.Parse(file)
		if want := string(format.File(tree)); want != string(file.Text) {
			t.Errorf("stdlib/%s.lasp is not in the canonical layout; it is\n%s", name, want)
		}
	}
}

// TestLibraryNamesAreDistinct makes sure that any parts of the library can be
// imported together, and that they hide no built-in function.
func TestLibraryNamesAreDistinct(t *testing.T) {
	from := map[string]string{}
	for _, l := range lasp.Libraries() {
		for _, f := range l.Fns {
			if other := from[f.Name]; other != "" {
				t.Errorf("%s and %s both export `%s`", other, l.Name, f.Name)
			}
			if len(lasp.Ops().ByName(f.Name)) > 0 {
				t.Errorf("`%s` of %s hides a built-in function", f.Name, l.Name)
			}
			from[f.Name] = l.Name
		}
	}
}

// TestLibraryExamplesInLasp runs the examples in the documentation of the library
// as expectations.
func TestLibraryExamplesInLasp(t *testing.T) {
	for _, l := range lasp.Libraries() {
		if l.Doc == "" {
			t.Errorf("%s does not say what it is for", l.Name)
		}
		for _, f := range l.Fns {
			prose, examples := lasp.SplitDoc(f.Decl.Doc)
			if !strings.HasSuffix(prose, ".") || len(examples) == 0 {
				t.Errorf("%s: `%s` lacks a sentence or an example", l.Name, f.Name)
			}
			for i, example := range examples {
				src, want, _ := strings.Cut(example, " // ")
				program := fmt.Sprintf("import %q\ntest \"example\" { replicas a expect (%s) == %s }\n", l.Name, src, want)
				t.Run(fmt.Sprintf("%s.%s/%d", l.Name, f.Name, i), func(t *testing.T) {
					if !strings.Contains(src, f.Name) {
						t.Errorf("%s does not use `%s`", src, f.Name)
					}
					runTest(t, program)
				})
			}
		}
	}
}
