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
		text, err := io.ReadAll(io.LimitReader(c.stdin, maxFile))
		return source.NewFile("<stdin>", text), err
	}
	text, err := readFile(name)
	if err != nil {
		return nil, err
	}
	return source.NewFile(name, text), nil
}

// maxFile is more than the largest source or artifact that is accepted, so that
// what is too large is read so far that this is found, and no further.
const maxFile = 17 << 20

// readFile reads a file of bounded size.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fileError(name, err)
	}
	return data, nil
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
