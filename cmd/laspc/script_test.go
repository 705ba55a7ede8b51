package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes this test binary the laspc command where a script or a test
// starts it under that name, so that exit codes are those of a real process.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"laspc": main})
}

// TestScripts runs testdata/script: one file per verb. UPDATE_SCRIPTS=1 rewrites
// the outputs that they expect.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs(filepath.Join("..", "..", "examples"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", examples)
			env.Setenv("LASP_HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("NO_COLOR", "1")
			if err := lifeline(env); err != nil {
				return err
			}
			return nil
		},
	})
}
