package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// open opens a directory for node n1 and fails the test on an error.
func open(t *testing.T, dir string, o Options) (*Disk, *Recovery) {
	t.Helper()
	o.Node = "n1"
	d, r, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return d, r
}

func write(t *testing.T, d *Disk, records ...string) {
	t.Helper()
	var bs [][]byte
	for _, r := range records {
		bs = append(bs, []byte(r))
	}
	if _, err := d.Append(bs); err != nil {
		t.Fatal(err)
	}
	if err := d.Sync(); err != nil {
		t.Fatal(err)
	}
}

func contents(t *testing.T, d *Disk) string {
	t.Helper()
	var all []string
	err := d.Replay(func(i uint64, b []byte) error { all = append(all, fmt.Sprintf("%d:%s", i, b)); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

// crash lets go of the directory as a kill would: nothing is synced or marked.
func crash(t *testing.T, d *Disk) {
	t.Helper()
	if d.log.file != nil {
		d.log.file.Close()
	}
	if err := d.db.db.Close(); err != nil {
		t.Fatal(err)
	}
}

func lastSegment(t *testing.T, dir string) string {
	t.Helper()
	names, _ := OS{}.List(dir, segmentPattern)
	if len(names) == 0 {
		t.Fatal("no log segment")
	}
	return filepath.Join(dir, names[len(names)-1])
}

func TestLogComesBackAfterCleanAndUncleanStops(t *testing.T) {
	dir := t.TempDir()
	d, r := open(t, dir, Options{})
	if !r.Fresh || r.Inc == 0 || r.Inc >= 1<<53 {
		t.Fatalf("a new directory: %+v", r)
	}
	inc := r.Inc
	write(t, d, "a", "b")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d, r = open(t, dir, Options{})
	if r.Inc != inc || r.NewInc != "" || contents(t, d) != "1:a 2:b" {
		t.Fatalf("after a clean stop: %+v %s", r, contents(t, d))
	}
	write(t, d, "c")
	crash(t, d)
	d, r = open(t, dir, Options{})
	if r.Inc != inc || len(r.Warnings) > 0 || contents(t, d) != "1:a 2:b 3:c" {
		t.Fatalf("after a kill with a synced log: %+v %s", r, contents(t, d))
	}
	d.Close()
}

func TestUncleanStopWithoutDurabilityIsANewIncarnation(t *testing.T) {
	dir := t.TempDir()
	d, r := open(t, dir, Options{Durability: None})
	first := r.Inc
	write(t, d, "a")
	crash(t, d)
	d, r = open(t, dir, Options{Durability: None})
	if r.Inc <= first || !strings.Contains(r.NewInc, "durability none") {
		t.Fatalf("%+v", r)
	}
	second := r.Inc
	d.Close()
	d, r = open(t, dir, Options{Durability: None})
	if r.Inc != second {
		t.Fatalf("after a clean stop the incarnation goes on: %+v", r)
	}
	d.Close()
}

func TestLostDirectoryIsANewIncarnation(t *testing.T) {
	dir := t.TempDir()
	d, r := open(t, dir, Options{})
	first := r.Inc
	crash(t, d)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	d, r = open(t, dir, Options{})
	if r.Inc <= first {
		t.Fatalf("incarnation %d after %d", r.Inc, first)
	}
	d.Close()
}

// TestEveryCutOfTheTail cuts the log at every byte: whole records survive, the
// torn one is reported, and nothing else is said.
func TestEveryCutOfTheTail(t *testing.T) {
	dir := t.TempDir()
	d, _ := open(t, dir, Options{})
	write(t, d, "first", "second")
	crash(t, d)
	path := lastSegment(t, dir)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	one := segmentHeader + recordHeader + len("first")
	for cut := 0; cut <= len(whole); cut++ {
		sub := t.TempDir()
		if err := os.CopyFS(sub, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sub, filepath.Base(path)), whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		d, r := open(t, sub, Options{})
		want, warned := "", true
		switch {
		case cut == len(whole):
			want, warned = "1:first 2:second", false
		case cut >= one:
			want, warned = "1:first", cut != one
		case cut == segmentHeader:
			warned = false
		}
		if got := contents(t, d); got != want || (len(r.Warnings) > 0) != warned || r.NewInc != "" {
			t.Fatalf("cut at %d: got %q, want %q, warnings %v, new incarnation %q", cut, got, want, r.Warnings, r.NewInc)
		}
		write(t, d, "after")
		d.Close()
		d, r = open(t, sub, Options{})
		if len(r.Warnings) > 0 || !strings.HasSuffix(contents(t, d), "after") {
			t.Fatalf("cut at %d: after mending: %v %q", cut, r.Warnings, contents(t, d))
		}
		d.Close()
	}
}

// TestEveryFlippedByte flips each byte of the log: the damaged record is named
// and set aside, the others are there, and a new incarnation begins.
func TestEveryFlippedByte(t *testing.T) {
	dir := t.TempDir()
	d, _ := open(t, dir, Options{})
	write(t, d, "first", "second", "third")
	crash(t, d)
	path := lastSegment(t, dir)
	whole, _ := os.ReadFile(path)
	ends := []int{segmentHeader}
	for _, s := range []string{"first", "second", "third"} {
		ends = append(ends, ends[len(ends)-1]+recordHeader+len(s))
	}
	all := []string{"1:first", "2:second", "3:third"}
	for at := segmentHeader; at < len(whole); at++ {
		sub := t.TempDir()
		os.CopyFS(sub, os.DirFS(dir))
		bad := append([]byte{}, whole...)
		bad[at] ^= 0x10
		os.WriteFile(filepath.Join(sub, filepath.Base(path)), bad, 0o600)
		d, r := open(t, sub, Options{})
		var want []string
		for i := range all {
			if at < ends[i] || at >= ends[i+1] {
				want = append(want, all[i])
			}
		}
		if got := contents(t, d); got != strings.Join(want, " ") {
			t.Fatalf("flip at %d: got %q, want %q", at, got, want)
		}
		if len(r.Warnings) == 0 || r.NewInc == "" {
			t.Fatalf("flip at %d: %+v", at, r)
		}
		d.Close()
	}
}

func TestCheckpointReplacesTheLog(t *testing.T) {
	dir := t.TempDir()
	d, _ := open(t, dir, Options{SegmentSize: 64})
	for i := range 10 {
		write(t, d, fmt.Sprintf("record %d with some length", i))
	}
	if err := d.Checkpoint(8, [][]byte{[]byte("half"), []byte("other half")}); err != nil {
		t.Fatal(err)
	}
	names, _ := OS{}.List(dir, segmentPattern)
	if len(names) > 2 {
		t.Errorf("%d segments are left", len(names))
	}
	crash(t, d)
	d, r := open(t, dir, Options{SegmentSize: 64})
	chunks, err := d.Snapshot()
	if err != nil || len(chunks) != 2 || string(chunks[1]) != "other half" {
		t.Fatalf("snapshot %q %v", chunks, err)
	}
	if r.Checkpoint != 8 || r.NewInc != "" || contents(t, d) != "9:record 8 with some length 10:record 9 with some length" {
		t.Fatalf("%+v %s", r, contents(t, d))
	}
	crash(t, d)
	os.Remove(lastSegment(t, dir))
	names, _ = OS{}.List(dir, segmentPattern)
	for _, n := range names {
		os.Remove(filepath.Join(dir, n))
	}
	d, r = open(t, dir, Options{})
	if !strings.Contains(r.NewInc, "before the checkpoint") {
		t.Fatalf("a lost log is noticed: %+v", r)
	}
	d.Close()
}

func TestDirectoryInUseAndOfAnotherNode(t *testing.T) {
	dir := t.TempDir()
	d, _ := open(t, dir, Options{})
	_, _, err := Open(dir, Options{Node: "n1"})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Fatalf("in use: %v", err)
	}
	d.Close()
	if _, _, err = Open(dir, Options{Node: "n2"}); err == nil || !strings.Contains(err.Error(), `belongs to node "n1"`) {
		t.Fatalf("another node: %v", err)
	}
	d, _ = open(t, dir, Options{})
	d.Close()
}

func TestVolatileLayerDropsUnsyncedBytes(t *testing.T) {
	dir := t.TempDir()
	d, _ := open(t, dir, Options{FS: Volatile{OS{}}})
	write(t, d, "synced")
	if _, err := d.Append([][]byte{[]byte("not synced")}); err != nil {
		t.Fatal(err)
	}
	crash(t, d)
	d, r := open(t, dir, Options{})
	if contents(t, d) != "1:synced" || r.NewInc != "" {
		t.Fatalf("%q %+v", contents(t, d), r)
	}
	d.Close()
}

// failing is a file system whose disk is full or whose fsync fails.
type failing struct {
	FS
	full, nosync *bool
}

type failingFile struct {
	File
	f failing
}

func (f failing) Create(path string) (File, error) {
	file, err := f.FS.Create(path)
	return failingFile{file, f}, err
}

func (f failingFile) Write(p []byte) (int, error) {
	if *f.f.full {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, errors.New("no space left on device")
	}
	return f.File.Write(p)
}

func (f failingFile) Sync() error {
	if *f.f.nosync {
		return errors.New("input/output error")
	}
	return f.File.Sync()
}

func TestFullDiskAndFailedSync(t *testing.T) {
	dir := t.TempDir()
	var full, nosync bool
	d, _ := open(t, dir, Options{FS: failing{OS{}, &full, &nosync}})
	write(t, d, "one")
	full = true
	if _, err := d.Append([][]byte{[]byte("two")}); err == nil || !strings.Contains(err.Error(), "no space") {
		t.Fatalf("full disk: %v", err)
	}
	full = false
	write(t, d, "two again")
	if got := contents(t, d); got != "1:one 2:two again" {
		t.Fatalf("after the disk was full: %q", got)
	}
	nosync = true
	d.Append([][]byte{[]byte("three")})
	if err := d.Sync(); err == nil || !strings.Contains(err.Error(), "fsync") {
		t.Fatalf("failed fsync: %v", err)
	}
	nosync = false
	if _, err := d.Append([][]byte{[]byte("four")}); !errors.Is(err, ErrBroken) {
		t.Fatal("after a failed fsync nothing may be written:", err)
	}
	crash(t, d)
	d, r := open(t, dir, Options{})
	if got := contents(t, d); len(r.Warnings) > 0 || got != "1:one 2:two again 3:three" {
		t.Fatalf("opened again: %q %v", got, r.Warnings)
	}
	d.Close()
}

func TestDamagedCheckpointIsNamed(t *testing.T) {
	dir := t.TempDir()
	d, _ := open(t, dir, Options{})
	write(t, d, "one")
	if err := d.Checkpoint(1, [][]byte{[]byte("the quick brown fox")}); err != nil {
		t.Fatal(err)
	}
	d.Close()
	path := filepath.Join(dir, storeFile)
	data, _ := os.ReadFile(path)
	data = []byte(strings.ReplaceAll(string(data), "brown", "BROWN"))
	os.WriteFile(path, data, 0o600)
	d, r := open(t, dir, Options{})
	if _, err := d.Snapshot(); err == nil || !strings.Contains(err.Error(), "chunk-0000000000") {
		t.Fatalf("damaged chunk: %v", err)
	}
	inc, err := d.Renew()
	if err != nil || inc <= r.Inc || d.DropCheckpoint() != nil {
		t.Fatalf("renew: %d %v", inc, err)
	}
	d.Close()
}

func TestArtifactsAndFacts(t *testing.T) {
	dir := t.TempDir()
	d, _ := open(t, dir, Options{})
	h := [32]byte{1}
	if err := errors.Join(d.PutArtifact(h, []byte("program")), d.PutFact("roster", []byte("n1"))); err != nil {
		t.Fatal(err)
	}
	d.Close()
	d, _ = open(t, dir, Options{})
	a, err := d.Artifact(h)
	f, err2 := d.Fact("roster")
	none, err3 := d.Fact("nothing")
	if string(a) != "program" || string(f) != "n1" || none != nil || errors.Join(err, err2, err3) != nil {
		t.Fatalf("%q %q %q", a, f, none)
	}
	d.Close()
}

// TestStoreThatCannotBeOpened: what the operating system does not give is left
// where it is, since it may hold what nobody else has; only what is damaged is
// set aside.
func TestStoreThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	d, _, err := Open(dir, Options{Node: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	db, kept := filepath.Join(dir, "lasp.db"), filepath.Join(dir, "kept")
	if err := errors.Join(os.Rename(db, kept), os.Mkdir(db, 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(dir, Options{Node: "a"}); err == nil || !strings.Contains(err.Error(), "cannot open") {
		t.Fatal("a store that is a directory:", err)
	}
	if _, err := os.Stat(db); err != nil {
		t.Fatal("it was moved away:", err)
	}
	if err := errors.Join(os.Remove(db), os.WriteFile(db, []byte("not a store"), 0o600)); err != nil {
		t.Fatal(err)
	}
	d, r, err := Open(dir, Options{Node: "a"})
	if err != nil || r.NewInc == "" || len(r.Warnings) != 1 {
		t.Fatalf("a damaged store: %v, %+v", err, r)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}
