package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"sync"
)

// The form of the log, little endian:
//
//	segment: "LASPLOG" version(1) first-index(8) record*
//	record:  mark(4) length(4) index(8) head(4) sum(4) payload(length)
//
// head is the CRC-32C of length and index, sum that of both and the payload. So
// a record that the end of the file cuts short is told from one whose length was
// damaged. The mark lets a scan find the next record after a damaged one.
// Indexes start at 1 and have no gaps, so a missing record or segment shows.
const (
	segmentMagic   = "LASPLOG\x01"
	segmentHeader  = 16
	recordMark     = 0x7c5a1e4b
	recordHeader   = 24
	maxRecord      = 256 << 20
	segmentPattern = "log-*"
)

// castagnoli is the table of the sums. Most processes keep no log and do without.
var castagnoli = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })

func segmentName(first uint64) string { return fmt.Sprintf("log-%020d", first) }

// ErrBroken is wrapped by the errors of a log that cannot be written any more,
// however long one waits.
var ErrBroken = errors.New("the log is closed for good")

// segments is the log. Its methods may be called concurrently; writes are
// ordered by the lock.
type segments struct {
	fs   FS
	dir  string
	size int64

	mu      sync.Mutex
	firsts  []uint64 // first index of each segment, ascending
	next    uint64   // index of the next record
	file    File     // the last segment; nil until the first append
	written int64    // bytes in the last segment
	dirty   bool     // the last segment has unsynced bytes
	failed  error    // why nothing can be written any more
	buf     []byte
}

// appendRecord appends the form of one record to buf.
func appendRecord(buf []byte, index uint64, payload []byte) []byte {
	at := len(buf)
	buf = binary.LittleEndian.AppendUint32(buf, recordMark)
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(payload)))
	buf = binary.LittleEndian.AppendUint64(buf, index)
	head := headSum(buf[at:])
	buf = binary.LittleEndian.AppendUint32(buf, head)
	buf = binary.LittleEndian.AppendUint32(buf, crc32.Update(head, castagnoli(), payload))
	return append(buf, payload...)
}

// headSum is the checksum of the length and index of the record at the start of b.
func headSum(b []byte) uint32 { return crc32.Checksum(b[4:16], castagnoli()) }

// goodHead reports whether b begins with the undamaged head of a record.
func goodHead(b []byte) bool {
	return len(b) >= recordHeader && binary.LittleEndian.Uint32(b) == recordMark && binary.LittleEndian.Uint32(b[16:]) == headSum(b)
}

func (s *segments) append(records [][]byte) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return 0, s.failed
	}
	if len(records) == 0 {
		return s.next - 1, nil
	}
	if err := s.roll(); err != nil {
		return 0, err
	}
	s.buf = s.buf[:0]
	for i, r := range records {
		if len(r) > maxRecord {
			return 0, fmt.Errorf("a log record of %d bytes is above the limit of %d", len(r), maxRecord)
		}
		s.buf = appendRecord(s.buf, s.next+uint64(i), r)
	}
	if _, err := s.file.Write(s.buf); err != nil {
		return 0, s.undo(err)
	}
	s.dirty = true
	s.written += int64(len(s.buf))
	s.next += uint64(len(records))
	return s.next - 1, nil
}

// undo cuts off what a failed write may have left, so that the log stays
// readable; when that fails too, the log is closed for good.
func (s *segments) undo(cause error) error {
	path := filepath.Join(s.dir, segmentName(s.firsts[len(s.firsts)-1]))
	err := fmt.Errorf("cannot write the log %s: %w", path, cause)
	if terr := s.fs.Truncate(path, s.written); terr != nil {
		s.failed = errors.Join(ErrBroken, err, terr)
		return s.failed
	}
	return err
}

// roll begins a new segment when there is none or the last is full.
func (s *segments) roll() error {
	if s.file != nil && s.written < s.size {
		return nil
	}
	if s.file != nil {
		if err := s.syncLocked(); err != nil {
			return err
		}
		if err := s.file.Close(); err != nil {
			return err
		}
		s.file = nil
	}
	path := filepath.Join(s.dir, segmentName(s.next))
	f, err := s.fs.Create(path)
	if err != nil {
		return fmt.Errorf("cannot begin the log segment %s: %w", path, err)
	}
	header := binary.LittleEndian.AppendUint64([]byte(segmentMagic), s.next)
	if _, err := f.Write(header); err != nil {
		return errors.Join(fmt.Errorf("cannot begin the log segment %s: %w", path, err), f.Close(), s.fs.Remove(path))
	}
	if err := errors.Join(f.Sync(), s.fs.SyncDir(s.dir)); err != nil {
		return errors.Join(fmt.Errorf("cannot sync the log segment %s: %w", path, err), f.Close())
	}
	if n := len(s.firsts); n == 0 || s.firsts[n-1] != s.next {
		s.firsts = append(s.firsts, s.next)
	}
	s.file, s.written = f, segmentHeader
	return nil
}

func (s *segments) sync() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.syncLocked()
}

func (s *segments) syncLocked() error {
	if s.failed != nil {
		return s.failed
	}
	if !s.dirty {
		return nil
	}
	if err := s.file.Sync(); err != nil {
		s.failed = fmt.Errorf("fsync of the log in %s failed; nothing is written any more, since what reached the disk is unknown: %w: %w", s.dir, ErrBroken, err)
		return s.failed
	}
	s.dirty = false
	return nil
}

// drop removes the segments whose records are all at or below index.
func (s *segments) drop(index uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	keep := s.firsts[:0:0]
	var errs []error
	for i, first := range s.firsts {
		if i+1 < len(s.firsts) && s.firsts[i+1] <= index+1 {
			errs = append(errs, s.fs.Remove(filepath.Join(s.dir, segmentName(first))))
			continue
		}
		keep = append(keep, first)
	}
	s.firsts = keep
	return errors.Join(errs...)
}

func (s *segments) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.syncLocked()
	if s.file != nil {
		err = errors.Join(err, s.file.Close())
		s.file = nil
	}
	if s.failed == nil {
		s.failed = ErrBroken
	}
	return err
}
