package main

import (
	"os"
	"path/filepath"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// lifeline ties all nodes that a script starts to this process: they end with
// it, and with the script.
func lifeline(env *testscript.Env) error {
	path := filepath.Join(env.WorkDir, "lifeline")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		return err
	}
	pipe, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	env.Defer(func() { pipe.Close() })
	env.Setenv(lifelineVar, path)
	return nil
}
