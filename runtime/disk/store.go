package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

const (
	storeFile = "lasp.db"
	ownerFile = "owner"
)

var (
	bucketCheckpoint = []byte("checkpoint")
	bucketArtifacts  = []byte("artifacts")
	bucketFacts      = []byte("facts")
	keyIndex         = []byte("index")
)

// store is the bbolt side. Every value is stored with its CRC-32C before it, so
// that a flipped page is noticed.
type store struct {
	db    *bbolt.DB
	owner string
}

// openStore opens lasp.db; bbolt's lock on it is the lock on the directory. A
// file that bbolt cannot read is set aside.
func openStore(dir, node string, r *Recovery) (*store, error) {
	path, owner := filepath.Join(dir, storeFile), filepath.Join(dir, ownerFile)
	db, err := openBolt(path)
	if errors.Is(err, berrors.ErrTimeout) {
		who, _ := os.ReadFile(owner)
		if len(who) == 0 {
			who = []byte("another process")
		}
		return nil, fmt.Errorf("%w: %s is used by %s; stop that node first or give this one another --data directory", ErrInUse, dir, strings.TrimSpace(string(who)))
	}
	if err != nil && !isDamage(err) {
		// It cannot be opened now (no permission, no descriptor left); what is in
		// it may be all right, and nobody else may have it.
		return nil, fmt.Errorf("cannot open %s: %w", path, err)
	}
	if err != nil {
		aside := filepath.Join(dir, quarantineDir, fmt.Sprintf("%s-%d", storeFile, time.Now().UnixNano()))
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s cannot be read (%v); it is set aside in %s", path, err, aside))
		r.NewInc = "the file of checkpoints was damaged"
		if err := os.Rename(path, aside); err != nil {
			return nil, fmt.Errorf("cannot open %s: %w", path, err)
		}
		if db, err = openBolt(path); err != nil {
			return nil, fmt.Errorf("cannot open %s: %w", path, err)
		}
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketCheckpoint, bucketArtifacts, bucketFacts} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = os.WriteFile(owner, fmt.Appendf(nil, "node %s, process %d\n", node, os.Getpid()), 0o600)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot write in the data directory %s: %w", dir, err), db.Close())
	}
	return &store{db: db, owner: owner}, nil
}

// isDamage tells a file that bbolt cannot make sense of from one that the
// operating system does not give.
func isDamage(err error) bool {
	var path *fs.PathError
	var call syscall.Errno
	return !errors.As(err, &path) && !errors.As(err, &call)
}

func openBolt(path string) (db *bbolt.DB, err error) {
	// bbolt panics on some damaged pages instead of returning an error.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("damaged: %v", p)
		}
	}()
	return bbolt.Open(path, 0o600, &bbolt.Options{Timeout: 300 * time.Millisecond})
}

func seal(data []byte) []byte {
	out := binary.LittleEndian.AppendUint32(make([]byte, 0, 4+len(data)), crc32.Checksum(data, castagnoli()))
	return append(out, data...)
}

func unseal(what string, b []byte) ([]byte, error) {
	if b == nil {
		return nil, nil
	}
	if len(b) < 4 || crc32.Checksum(b[4:], castagnoli()) != binary.LittleEndian.Uint32(b) {
		return nil, fmt.Errorf("%s in %s is damaged", what, storeFile)
	}
	return append([]byte{}, b[4:]...), nil
}

func (s *store) put(bucket, key, data []byte) error {
	return s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Put(key, seal(data)) })
}

func (s *store) get(bucket, key []byte) (data []byte, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		data, err = unseal(fmt.Sprintf("%s %x", bucket, key), tx.Bucket(bucket).Get(key))
		return err
	})
	return data, err
}

func (s *store) checkpointIndex() uint64 {
	b, err := s.get(bucketCheckpoint, keyIndex)
	if err != nil || len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

func (s *store) putCheckpoint(index uint64, chunks [][]byte) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		if err := tx.DeleteBucket(bucketCheckpoint); err != nil {
			return err
		}
		b, err := tx.CreateBucket(bucketCheckpoint)
		if err != nil {
			return err
		}
		for i, c := range chunks {
			if err := b.Put(fmt.Appendf(nil, "chunk-%010d", i), seal(c)); err != nil {
				return err
			}
		}
		return b.Put(keyIndex, seal(binary.BigEndian.AppendUint64(nil, index)))
	})
}

func (s *store) snapshot() (chunks [][]byte, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketCheckpoint).Cursor()
		for k, v := c.Seek([]byte("chunk-")); k != nil && strings.HasPrefix(string(k), "chunk-"); k, v = c.Next() {
			data, err := unseal("the checkpoint's "+string(k), v)
			if err != nil {
				return err
			}
			chunks = append(chunks, data)
		}
		return nil
	})
	return chunks, err
}

func (s *store) dropCheckpoint() error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		if err := tx.DeleteBucket(bucketCheckpoint); err != nil {
			return err
		}
		_, err := tx.CreateBucket(bucketCheckpoint)
		return err
	})
}

func (s *store) close() error {
	return errors.Join(os.Remove(s.owner), s.db.Close())
}
