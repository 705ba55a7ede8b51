package lasp_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
)

func compile(t *testing.T, text string) *ir.Program {
	t.Helper()
	checked, ds := lasp.Check(source.NewFile("shop.lasp", []byte(text)))
	if diag.HasErrors(ds) {
		t.Fatalf("%s: %s", ds[0].Code, ds[0].Title)
	}
	p, err := lasp.Compile(checked)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRunnableNamesWhatIsNotRun(t *testing.T) {
	for src, want := range map[string]string{
		"shared stock: GMap[String, BCounter] sharded replicas 2\ninvariant stock[_] >= 0\nshow stock\n": "bounded",
		"shared stock: GMap[String, BCounter] at \"eu\"\ninvariant stock[_] >= 0\nshow stock\n":          "bounded",
	} {
		err := lasp.Runnable(compile(t, src))
		var later *ir.NotRunnable
		if !errors.As(err, &later) || later.Code() != "L0513" || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", src, err, want)
		}
	}
	if err := lasp.Runnable(compile(t, queried)); err != nil {
		t.Error(err)
	}
}
