package feed

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
)

const (
	// apartFrom is from how many bytes on a file is read by several goroutines, apart
	// from what is done with it: where each has something to do.
	apartFrom = 3 * blockSize
	// mostReaders is how many of them there are at most. One caller cannot take more.
	mostReaders = 4
)

// readersWanted is how many goroutines read: several for words of a file that is
// large and can be read again, and whose lines say the same whatever the first one is.
func (l *loader) readersWanted() int {
	if l.file.size < apartFrom || l.format.quotes && l.isRecord() {
		return 1
	}
	return min(runtime.GOMAXPROCS(0), mostReaders)
}

// read reads the whole file.
func (l *loader) read() error {
	if l.readers > 1 {
		return l.readApart(l.readers)
	}
	s, p := l.scanner(), &part{}
	for {
		if err := l.file.next(&p.block); err == io.EOF {
			return nil
		} else if err != nil {
			return l.unread(err)
		}
		s.read(p)
		if err := l.deliver(p); err != nil {
			return err
		}
		if p.quoted >= 0 {
			return l.quoted(s, l.file.behind(&p.block, p.quoted))
		}
	}
}

// unread is the error of a block that could not be read, behind those before.
func (l *loader) unread(err error) error {
	if err == errLongLine {
		return fmt.Errorf("line %d is longer than %d bytes", l.lines+1, maxLine)
	}
	return err
}

// quoted reads the lines that follow by the library.
func (l *loader) quoted(s *scanner, r io.Reader) error {
	before := l.lines
	l.lines = 0
	p := &part{block: block{end: l.file.size}}
	s.start(p)
	take := s.lines.yield
	s.lines.yield = func(in row) error {
		if p.n == chunkRows {
			s.settle()
			if err := l.deliver(p); err != nil {
				return err
			}
			s.start(p)
		}
		return take(in)
	}
	if err := s.lines.quoted(r, before); err != nil {
		return err
	}
	s.settle()
	return l.deliver(p)
}

// readers read the blocks of a file into parts. Each takes the block that is next and
// puts what will have the part of it into a queue, under one lock: so parts come in
// the order of the file.
type readers struct {
	lock  sync.Mutex
	file  *source
	over  bool
	queue chan chan *part
	free  chan *part // to be filled
	stop  chan struct{}
	done  sync.WaitGroup
}

// errStopped ends readers whose parts are not wanted any more.
var errStopped = errors.New("stopped")

// readApart is read with n goroutines that scan. The parts are handed on by the
// caller's.
func (l *loader) readApart(n int) error {
	rs := &readers{file: l.file, queue: make(chan chan *part, 2*n), free: make(chan *part, 2*n), stop: make(chan struct{})}
	for range 2 * n {
		rs.free <- &part{}
	}
	rs.done.Add(n)
	for range n {
		go rs.work(l.scanner())
	}
	go func() {
		rs.done.Wait()
		close(rs.queue)
	}()
	for next := range rs.queue {
		p := <-next
		if p.err != nil {
			p.err = l.unread(p.err)
		}
		err := l.deliver(p)
		if err != nil || p.quoted >= 0 {
			rs.end()
			if err == nil {
				err = l.quotedAgain(p)
			}
			return err
		}
		rs.free <- p
	}
	return nil
}

// quotedAgain reads the file from the quoted text on that a part ended at.
func (l *loader) quotedAgain(p *part) error {
	r, err := l.file.again(p.from + int64(p.quoted))
	if err != nil {
		return err
	}
	return l.quoted(l.scanner(), r)
}

// end stops the readers and returns when none works any more.
func (rs *readers) end() {
	close(rs.stop)
	for range rs.queue { // what is in it is not wanted
	}
}

// work scans blocks until there are none.
func (rs *readers) work(s *scanner) {
	defer rs.done.Done()
	for {
		var p *part
		select {
		case p = <-rs.free:
		case <-rs.stop:
			return
		}
		to := make(chan *part, 1)
		err := rs.claim(p, to)
		if err == io.EOF || err == errStopped {
			return
		}
		if err == nil {
			s.read(p)
		} else {
			p.err = err
		}
		to <- p
	}
}

// claim reads the next block into p and says where its part will be. An error is the
// last thing that is claimed.
func (rs *readers) claim(p *part, to chan *part) error {
	rs.lock.Lock()
	defer rs.lock.Unlock()
	if rs.over {
		return io.EOF
	}
	err := rs.file.next(&p.block)
	if rs.over = err != nil; err == io.EOF {
		return err
	}
	select {
	case rs.queue <- to:
	case <-rs.stop:
		return errStopped
	}
	return err
}
