// Package disk keeps what a node must not lose: one append-only, checksummed
// log that is fsynced in groups, and beside it a bbolt file with checkpoints,
// artifacts and small facts. It knows nothing of what the records mean.
//
// A data directory holds
//
//	identity.json     whose directory it is, its incarnation, whether it was closed cleanly
//	lasp.db           checkpoints, artifacts and facts; also the lock on the directory
//	log-NNN           log segments, named by the index of their first record
//	quarantine/       what was found damaged, under the name of where it was
//
// Incarnations are the point of the care taken here: a node that may have lost
// part of what it told others must not use the same stamps again. So Open
// either proves that the log is complete or begins a new incarnation, and says
// which and why.
package disk

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// Durability is what an acknowledgement waits for.
type Durability string

// The durabilities. With None nothing is waited for, and an unclean stop begins
// a new incarnation. With Group and Fsync an acknowledgement waits for an
// fsync: Group lets inputs gather for a moment so that they share one, Fsync
// starts it at once, unless dozens are on their way: then those that were just
// answered may come back first.
const (
	None  Durability = "none"
	Group Durability = "group"
	Fsync Durability = "fsync"
)

// ParseDurability reads a durability; the empty text is Group.
func ParseDurability(s string) (Durability, error) {
	switch d := Durability(s); d {
	case "":
		return Group, nil
	case None, Group, Fsync:
		return d, nil
	}
	return "", fmt.Errorf("unknown durability %q: say none, group or fsync", s)
}

// Options say how a data directory is opened.
type Options struct {
	Node        string           // whose directory it must be
	Durability  Durability       // empty is Group
	FS          FS               // nil is the operating system's files
	Now         func() time.Time // nil is time.Now; only new incarnations use it
	SegmentSize int64            // bytes after which a log segment is closed; 0 is 32 MiB
}

// Recovery tells what Open found.
type Recovery struct {
	Inc    uint64 // the incarnation that now begins or goes on
	Fresh  bool   // the directory was empty
	NewInc string // why the incarnation is a new one; empty when it goes on
	// Whole says that nothing is known to be missing of what was synced.
	Whole    bool
	Warnings []string
	// Checkpoint is the index of the last log record that the checkpoint holds;
	// 0 without a checkpoint.
	Checkpoint uint64
	// Last is the index of the last record in the log.
	Last uint64
}

// Disk is an open data directory. Append and Sync may be called by one
// goroutine while others use the bbolt side.
type Disk struct {
	dir   string
	o     Options
	fs    FS
	ident identity
	db    *store
	log   *segments
}

// ErrInUse is wrapped by the error of Open when another process holds the
// directory.
var ErrInUse = errors.New("data directory in use")

// Open opens or makes the data directory dir and takes the lock on it. The
// caller reads the checkpoint and replays the log before it appends.
func Open(dir string, o Options) (*Disk, *Recovery, error) {
	if o.FS == nil {
		o.FS = OS{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.SegmentSize == 0 {
		o.SegmentSize = 32 << 20
	}
	if o.Durability == "" {
		o.Durability = Group
	}
	if err := o.FS.MkdirAll(filepath.Join(dir, quarantineDir)); err != nil {
		return nil, nil, fmt.Errorf("cannot make the data directory %s: %w", dir, err)
	}
	r := &Recovery{}
	if err := setAside(dir, o, r); err != nil {
		return nil, nil, err
	}
	db, err := openStore(dir, o.Node, r)
	if err != nil {
		return nil, nil, err
	}
	d := &Disk{dir: dir, o: o, fs: o.FS, db: db}
	if err := d.recover(r); err != nil {
		return nil, nil, errors.Join(err, db.close())
	}
	return d, r, nil
}

// recover reads identity and log, and decides about the incarnation.
func (d *Disk) recover(r *Recovery) error {
	old, found, err := readIdentity(d.fs, d.dir)
	if err != nil {
		r.Warnings = append(r.Warnings, err.Error())
		r.NewInc = "the identity of the data directory cannot be read"
	}
	if found && old.Format > identityFormat {
		return fmt.Errorf("the data directory %s has format %d, this program reads up to %d: use the version that wrote it", d.dir, old.Format, identityFormat)
	}
	if found && old.Node != d.o.Node {
		return fmt.Errorf("the data directory %s belongs to node %q, not to %q: give each node a directory of its own", d.dir, old.Node, d.o.Node)
	}
	d.log, err = openSegments(d.fs, d.dir, d.o.SegmentSize, r)
	if err != nil {
		return err
	}
	r.Checkpoint = d.db.checkpointIndex()
	d.log.checkGap(r)
	switch {
	case r.NewInc != "":
	case !found && r.Last == 0 && r.Checkpoint == 0:
		r.Fresh, r.NewInc = true, "the data directory is new"
	case !found:
		r.NewInc = "the data directory has lost its identity file"
	case !old.Clean && old.Durability == None:
		r.NewInc = "the node stopped uncleanly with durability none, so what it told others may not be in its log"
		r.Whole = true
	default:
		r.Whole = true
	}
	d.ident = identity{Format: identityFormat, Node: d.o.Node, Inc: old.Inc, Durability: d.o.Durability}
	if r.NewInc != "" {
		d.ident.Inc = newIncarnation(old.Inc, d.o.Now())
	}
	r.Inc = d.ident.Inc
	return d.ident.write(d.fs, d.dir)
}

// Append writes records to the log and returns the index of the last. They are
// durable after the next Sync. An error leaves the log as it was.
func (d *Disk) Append(records [][]byte) (last uint64, err error) { return d.log.append(records) }

// Sync makes all appended records durable. After an error of Sync nothing can
// be appended any more: what the operating system dropped cannot be known.
func (d *Disk) Sync() error { return d.log.sync() }

// Last is the index of the last appended record.
func (d *Disk) Last() uint64 { return d.log.next - 1 }

// Replay calls f with each intact record above the checkpoint, in order. The
// bytes are f's to keep.
func (d *Disk) Replay(f func(index uint64, record []byte) error) error {
	return d.log.replay(d.db.checkpointIndex()+1, f)
}

// Checkpoint stores a snapshot that stands for all records up to index, in one
// transaction, and then drops the log segments that it replaces. It may run
// while records are appended.
func (d *Disk) Checkpoint(index uint64, chunks [][]byte) error {
	err := d.log.sync()
	if err == nil {
		err = d.db.putCheckpoint(index, chunks)
	}
	if err != nil {
		return fmt.Errorf("cannot write a checkpoint in %s: %w", d.dir, err)
	}
	return d.log.drop(index)
}

// Snapshot returns the chunks of the checkpoint, nil without one. A damaged
// chunk is an error that names it.
func (d *Disk) Snapshot() ([][]byte, error) { return d.db.snapshot() }

// DropCheckpoint sets a damaged checkpoint aside, so that the node can start
// from its peers. The caller must begin a new incarnation by Renew.
func (d *Disk) DropCheckpoint() error { return d.db.dropCheckpoint() }

// Renew begins a new incarnation for a reason that the caller found, and
// returns it.
func (d *Disk) Renew() (uint64, error) {
	d.ident.Inc = newIncarnation(d.ident.Inc, d.o.Now())
	return d.ident.Inc, d.ident.write(d.fs, d.dir)
}

// Abandon says that what the directory holds must not be used any more, because the
// node was retired: the next Open sets it aside and begins a new incarnation.
func (d *Disk) Abandon() error {
	d.ident.Abandoned = true
	return d.ident.write(d.fs, d.dir)
}

// setAside moves what was abandoned into quarantine, where people can look at it.
func setAside(dir string, o Options, r *Recovery) error {
	old, found, err := readIdentity(o.FS, dir)
	if err != nil || !found || !old.Abandoned || old.Node != o.Node || old.Format > identityFormat {
		return nil // recover says what is wrong
	}
	db, err := openStore(dir, o.Node, &Recovery{}) // nobody else has it
	if err == nil {
		err = db.close()
	}
	if err != nil {
		return err
	}
	names, err := o.FS.List(dir, segmentPattern)
	if err != nil {
		return err
	}
	for _, name := range append(names, storeFile) {
		aside := filepath.Join(dir, quarantineDir, fmt.Sprintf("retired-%d-%s", old.Inc, name))
		if err := o.FS.Rename(filepath.Join(dir, name), aside); err != nil {
			return fmt.Errorf("what %s holds of before the node was retired cannot be set aside: %w", dir, err)
		}
	}
	if err := o.FS.SyncDir(dir); err != nil {
		return err
	}
	old.Abandoned = false
	r.NewInc = "it was retired, and begins anew; what it held before is in " + filepath.Join(dir, quarantineDir)
	return old.write(o.FS, dir)
}

// PutArtifact keeps a program by its content hash.
func (d *Disk) PutArtifact(hash [32]byte, data []byte) error {
	return d.db.put(bucketArtifacts, hash[:], data)
}

// Artifact returns a kept program, nil when there is none.
func (d *Disk) Artifact(hash [32]byte) ([]byte, error) { return d.db.get(bucketArtifacts, hash[:]) }

// PutFact keeps a small value under a name; it is durable on return.
func (d *Disk) PutFact(name string, data []byte) error {
	return d.db.put(bucketFacts, []byte(name), data)
}

// Fact returns what PutFact kept, nil when there is nothing.
func (d *Disk) Fact(name string) ([]byte, error) { return d.db.get(bucketFacts, []byte(name)) }

// Dir is the path of the directory.
func (d *Disk) Dir() string { return d.dir }

// Close syncs, marks the directory as cleanly closed and releases the lock.
func (d *Disk) Close() error {
	err := d.log.close()
	if err == nil {
		d.ident.Clean = true
		err = d.ident.write(d.fs, d.dir)
	}
	return errors.Join(err, d.db.close())
}
