package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/laspc/lasp"
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
	if bytes.HasPrefix(text, []byte("LASPX\r\n")) {
		return nil, fmt.Errorf("%s is an artifact of laspc build, for `laspc deploy` and `laspc inspect`; name a .lasp file", name)
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

// imported reads what programs import: files in or below the folder of the main
// file, which is relative to base.
func imported(base string) lasp.Sources {
	return func(dir, name string) ([]byte, error) {
		dir = filepath.Join(base, filepath.FromSlash(dir))
		if leaves(dir, filepath.FromSlash(name)) {
			return nil, lasp.ErrLeaves
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		f, err := root.Open(filepath.FromSlash(name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err != nil {
			return nil, fileError(filepath.Join(dir, name), err)
		}
		defer f.Close()
		data, err := io.ReadAll(io.LimitReader(f, maxFile))
		if err != nil {
			return nil, fileError(filepath.Join(dir, name), err)
		}
		return data, nil
	}
}

// leaves reports whether a path leads out of a folder by a link. (os.Root refuses
// to follow it; this is to say so.)
func leaves(dir, name string) bool {
	inside, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	target, err := filepath.EvalSymlinks(filepath.Join(dir, name))
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(inside, target)
	return err != nil || !filepath.IsLocal(rel)
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
