package disk

import (
	"bytes"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"
)

// memory is a file system in memory.
type memory map[string][]byte

type memoryFile struct {
	m    memory
	path string
}

func (m memory) MkdirAll(string) error { return nil }
func (m memory) SyncDir(string) error  { return nil }

func (m memory) Create(path string) (File, error) {
	m[path] = nil
	return memoryFile{m, path}, nil
}

func (m memory) ReadFile(path string) ([]byte, error) {
	data, ok := m[path]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return bytes.Clone(data), nil
}

func (m memory) Truncate(path string, size int64) error {
	m[path] = m[path][:size]
	return nil
}

func (m memory) Rename(from, to string) error {
	m[to] = m[from]
	return m.Remove(from)
}

func (m memory) Remove(path string) error {
	delete(m, path)
	return nil
}

func (m memory) List(dir, pattern string) ([]string, error) {
	var names []string
	for path := range m {
		if ok, _ := filepath.Match(pattern, filepath.Base(path)); ok && filepath.Dir(path) == dir {
			names = append(names, filepath.Base(path))
		}
	}
	slices.Sort(names)
	return names, nil
}

func (f memoryFile) Write(p []byte) (int, error) {
	f.m[f.path] = append(f.m[f.path], p...)
	return len(p), nil
}

func (f memoryFile) Sync() error  { return nil }
func (f memoryFile) Close() error { return nil }

// FuzzOpenLog opens a log of any bytes: it opens or is refused, what is replayed
// are records with rising indexes, and opened again after a new record it holds
// the same and that record, and has no torn tail.
func FuzzOpenLog(f *testing.F) {
	segment := appendRecord(appendRecord(append([]byte(segmentMagic), 1, 0, 0, 0, 0, 0, 0, 0), 1, []byte("one")), 2, []byte("two"))
	f.Add(segment)
	f.Add(segment[:len(segment)-2])
	f.Add(append(bytes.Clone(segment), 0, 0, 0, 0, 0))
	f.Add(bytes.Replace(segment, []byte("one"), []byte("eno"), 1))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		files := memory{segmentName(1): data}
		log, err := openSegments(files, ".", 1<<20, &Recovery{})
		if err != nil {
			return
		}
		before := replayed(t, log)
		if _, err := log.append([][]byte{[]byte("new")}); err != nil {
			t.Fatal(err)
		}
		var r Recovery
		if log, err = openSegments(files, ".", 1<<20, &r); err != nil {
			t.Fatal(err)
		}
		if after := replayed(t, log); !bytes.Equal(after, append(before, "new\n"...)) {
			t.Fatalf("opened again: %q, before %q; %v", after, before, r.Warnings)
		}
	})
}

// replayed joins what a log holds.
func replayed(t *testing.T, log *segments) []byte {
	t.Helper()
	var all []byte
	last := uint64(0)
	err := log.replay(1, func(index uint64, record []byte) error {
		if index <= last {
			t.Fatalf("record %d after %d", index, last)
		}
		last = index
		all = append(append(all, record...), '\n')
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
