package disk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"strconv"
	"strings"
)

// Reading a log back. What a crash can leave is a torn tail: a record that the
// end of the file cuts short. It was never acknowledged (an acknowledgement
// waits for the fsync that follows the write), so it is cut off and reported,
// and the log is as complete as before. Anything else (a record whose checksum
// is wrong, a gap in the indexes, a missing segment) is damage: it is named and
// set aside, the rest is used, and the log is no proof any more.

// openSegments scans all segments, mends the tail and positions the log behind
// the last record.
func openSegments(files FS, dir string, size int64, r *Recovery) (*segments, error) {
	names, err := files.List(dir, segmentPattern)
	if err != nil {
		return nil, err
	}
	s := &segments{fs: files, dir: dir, size: size, next: 1}
	for i, name := range names {
		first, err := strconv.ParseUint(strings.TrimPrefix(name, "log-"), 10, 64)
		if err != nil {
			r.Warnings = append(r.Warnings, fmt.Sprintf("%s is no log segment; it is ignored", filepath.Join(dir, name)))
			continue
		}
		if err := s.recoverSegment(first, i == len(names)-1, r); err != nil {
			return nil, err
		}
	}
	r.Last = s.next - 1
	return s, nil
}

// checkGap reports records missing between the checkpoint and the log.
func (s *segments) checkGap(r *Recovery) {
	if len(s.firsts) > 0 && s.firsts[0] > r.Checkpoint+1 {
		s.damage(r, fmt.Sprintf("the log begins at record %d, but the checkpoint ends at %d: records are missing", s.firsts[0], r.Checkpoint))
	}
	if s.next <= r.Checkpoint {
		s.damage(r, fmt.Sprintf("the log ends at record %d, before the checkpoint at %d", s.next-1, r.Checkpoint))
		s.next = r.Checkpoint + 1
		r.Last = r.Checkpoint
	}
}

func (s *segments) damage(r *Recovery, what string) {
	r.Warnings = append(r.Warnings, what)
	if r.NewInc == "" {
		r.NewInc = "the log is not complete: " + what
	}
}

// recoverSegment checks one segment. In the last one a torn tail is cut off.
func (s *segments) recoverSegment(first uint64, last bool, r *Recovery) error {
	path := filepath.Join(s.dir, segmentName(first))
	data, err := s.fs.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cannot read the log segment %s: %w", path, err)
	}
	if first > s.next && len(s.firsts) > 0 {
		s.damage(r, fmt.Sprintf("log records %d to %d are missing before %s", s.next, first-1, path))
	}
	if !goodHeader(data, first) {
		if last && len(data) < segmentHeader {
			r.Warnings = append(r.Warnings, fmt.Sprintf("%s was cut short before its first record; it is removed", path))
			return s.fs.Remove(path)
		}
		if len(data) >= segmentHeader && bytes.HasPrefix(data, []byte(segmentMagic[:7])) && data[7] != segmentMagic[7] {
			return fmt.Errorf("the log segment %s has format %d, this program reads format %d: use the version that wrote it", path, data[7], segmentMagic[7])
		}
		s.damage(r, fmt.Sprintf("%s has a damaged header", path))
	}
	s.firsts = append(s.firsts, first)
	s.next = max(s.next, first)
	end, err := scan(data, s.next, func(p piece) error { return s.accept(path, data, p, last, r) })
	if err != nil {
		return err
	}
	if end < len(data) {
		return s.cutTail(path, data, end, r)
	}
	return nil
}

// accept counts a record, or sets a damaged stretch aside.
func (s *segments) accept(path string, data []byte, p piece, last bool, r *Recovery) error {
	if !p.bad {
		if p.index > s.next {
			s.damage(r, fmt.Sprintf("log records %d to %d are missing in %s", s.next, p.index-1, path))
		}
		s.next = p.index + 1
		return nil
	}
	aside := filepath.Join(s.dir, quarantineDir, fmt.Sprintf("%s-%d", filepath.Base(path), p.from))
	s.damage(r, fmt.Sprintf("log record %d at byte %d of %s is damaged (%d bytes); it is set aside in %s", s.next, p.from, path, p.to-p.from, aside))
	return writeFileDurably(s.fs, aside, data[p.from:p.to])
}

// cutTail removes the bytes behind the last good record.
func (s *segments) cutTail(path string, data []byte, end int, r *Recovery) error {
	tail := data[end:]
	what := fmt.Sprintf("the last %d bytes of %s are a torn record; they are cut off", len(tail), path)
	if torn(tail) {
		r.Warnings = append(r.Warnings, what)
	} else {
		aside := filepath.Join(s.dir, quarantineDir, fmt.Sprintf("%s-%d", filepath.Base(path), end))
		s.damage(r, fmt.Sprintf("log record %d at byte %d of %s is damaged; it is set aside in %s", s.next, end, path, aside))
		if err := writeFileDurably(s.fs, aside, tail); err != nil {
			return err
		}
	}
	return s.fs.Truncate(path, int64(end))
}

// torn reports whether a tail is what an interrupted write leaves: cut short by
// the end of the file, or space that was never filled.
func torn(tail []byte) bool {
	if len(tail) < recordHeader || len(bytes.Trim(tail, "\x00")) == 0 {
		return true
	}
	return goodHead(tail) && recordHeader+int(binary.LittleEndian.Uint32(tail[4:])) > len(tail)
}

func goodHeader(data []byte, first uint64) bool {
	return len(data) >= segmentHeader && string(data[:8]) == segmentMagic && binary.LittleEndian.Uint64(data[8:]) == first
}

// piece is a good record, or a damaged stretch between good ones.
type piece struct {
	bad      bool
	from, to int
	index    uint64
	payload  []byte
}

// scan calls f with the pieces of a segment in order and returns where the last
// good record ends; what follows has no good record any more.
func scan(data []byte, next uint64, f func(piece) error) (end int, err error) {
	off := min(segmentHeader, len(data))
	for off < len(data) {
		p, ok := recordAt(data, off, next)
		if !ok {
			at := nextRecord(data, off+1, next)
			if at < 0 {
				return off, nil
			}
			if err := f(piece{bad: true, from: off, to: at}); err != nil {
				return off, err
			}
			off = at
			continue
		}
		if err := f(p); err != nil {
			return off, err
		}
		off, next = p.to, p.index+1
	}
	return off, nil
}

// recordAt reads the record at off; its index must be at least next.
func recordAt(data []byte, off int, next uint64) (piece, bool) {
	b := data[off:]
	if !goodHead(b) {
		return piece{}, false
	}
	n := binary.LittleEndian.Uint32(b[4:])
	if n > maxRecord || recordHeader+int(n) > len(b) {
		return piece{}, false
	}
	b = b[:recordHeader+int(n)]
	index := binary.LittleEndian.Uint64(b[8:])
	if crc32.Update(headSum(b), castagnoli(), b[recordHeader:]) != binary.LittleEndian.Uint32(b[20:]) || index < next {
		return piece{}, false
	}
	return piece{from: off, to: off + len(b), index: index, payload: b[recordHeader:]}, true
}

// nextRecord looks for a good record from off on; -1 when there is none.
func nextRecord(data []byte, off int, next uint64) int {
	mark := binary.LittleEndian.AppendUint32(nil, recordMark)
	for off < len(data) {
		i := bytes.Index(data[off:], mark)
		if i < 0 {
			return -1
		}
		if _, ok := recordAt(data, off+i, next); ok {
			return off + i
		}
		off += i + 1
	}
	return -1
}

// replay calls f with each good record from index from on.
func (s *segments) replay(from uint64, f func(uint64, []byte) error) error {
	s.mu.Lock()
	firsts := append([]uint64(nil), s.firsts...)
	s.mu.Unlock()
	for i, first := range firsts {
		if i+1 < len(firsts) && firsts[i+1] <= from {
			continue
		}
		data, err := s.fs.ReadFile(filepath.Join(s.dir, segmentName(first)))
		if err != nil {
			return err
		}
		_, err = scan(data, 0, func(p piece) error {
			if p.bad || p.index < from {
				return nil
			}
			return f(p.index, p.payload)
		})
		if err != nil {
			return errors.Join(fmt.Errorf("in the log segment %s", segmentName(first)), err)
		}
	}
	return nil
}
