package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/laspc/lasp/lang/source"
)

// readSource reads a program; "-" is standard input.
func (c *call) readSource(name string) (*source.File, error) {
	if name == "-" {
		text, err := io.ReadAll(c.stdin)
		return source.NewFile("<stdin>", text), err
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	return source.NewFile(name, text), nil
}

// fileError says in one sentence why a file could not be read.
func fileError(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s", name)
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s may not be read (permission denied)", name)
	}
	if info, e := os.Stat(name); e == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder; name a .lasp file in it", name)
	}
	return err
}
