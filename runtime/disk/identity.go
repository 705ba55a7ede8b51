package disk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"time"
)

const (
	identityFile   = "identity.json"
	identityFormat = 1
	quarantineDir  = "quarantine"
)

// identity says whose directory it is. It is replaced as a whole.
type identity struct {
	Format     int        `json:"format"`
	Node       string     `json:"node"`
	Inc        uint64     `json:"incarnation"`
	Durability Durability `json:"durability"`
	Clean      bool       `json:"clean"` // closed by Close; false while open
	// Abandoned says that what is here must not be used any more, see Abandon.
	Abandoned bool `json:"abandoned,omitempty"`
}

// readIdentity returns found = false when there is no identity file. An
// unreadable one is an error and found = false; one of a later format is found
// with the node's name and refused by a fatal error upstream.
func readIdentity(files FS, dir string) (id identity, found bool, err error) {
	path := filepath.Join(dir, identityFile)
	data, err := files.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return identity{}, false, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &id)
	}
	if err != nil {
		return identity{}, false, fmt.Errorf("%s cannot be read (%v); it is replaced", path, err)
	}
	return id, true, nil
}

// write replaces the identity file durably.
func (id identity) write(files FS, dir string) error {
	data, err := json.Marshal(id)
	if err != nil {
		return err
	}
	return writeFileDurably(files, filepath.Join(dir, identityFile), append(data, '\n'))
}

// writeFileDurably replaces a file as a whole: after a crash either the old or
// the new contents are there.
func writeFileDurably(files FS, path string, data []byte) error {
	tmp := path + ".new"
	f, err := files.Create(tmp)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := files.Rename(tmp, path); err != nil {
		return err
	}
	return files.SyncDir(filepath.Dir(path))
}

// newIncarnation returns an incarnation that was never used by this node: the
// time in milliseconds and ten random bits, at least one above the last known.
// Where the directory and with it the last one is lost, the time makes it new;
// the random bits help where the clock stood still or went back. It stays below
// 2^53, so that JSON holds it as a number.
func newIncarnation(last uint64, now time.Time) uint64 {
	inc := uint64(now.UnixMilli())<<10 | uint64(rand.IntN(1<<10))
	return max(inc, last+1)
}
