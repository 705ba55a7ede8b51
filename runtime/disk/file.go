package disk

import (
	"io"
	"os"
	"path/filepath"
	"sync"
)

// FS is the file system under a data directory, so that a test can put a layer
// there. bbolt's file does not go through it.
type FS interface {
	MkdirAll(dir string) error
	// Create makes or empties a file; writes go to its end.
	Create(path string) (File, error)
	ReadFile(path string) ([]byte, error)
	Truncate(path string, size int64) error
	Rename(from, to string) error
	Remove(path string) error
	// List returns the names in dir that match the pattern of filepath.Match, sorted.
	List(dir, pattern string) ([]string, error)
	// SyncDir makes names created, renamed or removed in dir durable.
	SyncDir(dir string) error
}

// File is a file open for writing.
type File interface {
	io.Writer
	Sync() error
	Close() error
}

// OS is the operating system's file system.
type OS struct{}

// MkdirAll implements FS.
func (OS) MkdirAll(dir string) error { return os.MkdirAll(dir, 0o700) }

// Create implements FS.
func (OS) Create(path string) (File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o600)
}

// ReadFile implements FS.
func (OS) ReadFile(path string) ([]byte, error) { return os.ReadFile(path) }

// Truncate implements FS.
func (OS) Truncate(path string, size int64) error { return os.Truncate(path, size) }

// Rename implements FS.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove implements FS.
func (OS) Remove(path string) error { return os.Remove(path) }

// List implements FS.
func (OS) List(dir, pattern string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	for i, p := range paths {
		paths[i] = filepath.Base(p)
	}
	return paths, err
}

// SyncDir implements FS.
func (OS) SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// Volatile is a layer for tests: bytes that were written but not synced stay in
// this process and are gone when it is killed, as they are gone from a page
// cache when the power fails.
type Volatile struct{ FS }

// Create implements FS.
func (v Volatile) Create(path string) (File, error) {
	f, err := v.FS.Create(path)
	if err != nil {
		return nil, err
	}
	return &volatileFile{below: f}, nil
}

type volatileFile struct {
	mu    sync.Mutex
	below File
	held  []byte
}

func (f *volatileFile) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held = append(f.held, p...)
	return len(p), nil
}

func (f *volatileFile) Sync() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.below.Write(f.held); err != nil {
		return err
	}
	f.held = nil
	return f.below.Sync()
}

// Close drops what was not synced.
func (f *volatileFile) Close() error { return f.below.Close() }
