package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/node"
)

// A stream is for clients that have many requests on their way at once. Each line
// has a number, and is answered under this number when its answer is known,
// whatever came before it. All lines that have arrived go to the node together,
// so that they share its next fsync, and all answers that one fsync lets out
// leave together: with hundreds on their way a request costs neither side a
// system call of its own.
//
// An answer without a number is about the stream, which takes no more lines and
// ends when what it has taken is answered. What was not answered may have taken
// effect or not; who sends it again, anywhere, under the same id has it done once.

const (
	// beatTime is after how long an empty line tells a client that waits that the
	// node is there.
	beatTime = 5 * time.Second
	// lastTime is how long a server that shuts down waits for the answers of what
	// it has taken.
	lastTime = 500 * time.Millisecond
	// firstBuffer is the memory for lines that a stream begins with, in bytes.
	firstBuffer = 16 << 10
)

// stream is one such request of HTTP. Its lines are read by the goroutine of the
// request and its answers are written by another.
type stream struct {
	s    *server
	req  *http.Request
	out  http.ResponseWriter
	ctrl *http.ResponseController

	mu    sync.Mutex
	room  sync.Cond // open has become less, or the stream is to end
	known []known   // answers that were not written yet
	spare []known   // memory for them
	open  int       // lines without a written answer
	over  bool      // nothing is written any more

	wake chan struct{} // there is something to write
	done chan struct{} // all lines were read
	ends chan struct{} // the writer has ended
}

// known is the answer to a line.
type known struct {
	n   uint64
	all bool // it is about the stream
	v   value.Value
	err error
}

// stream takes numbered lines and answers each when it is done.
func (s *server) stream(w http.ResponseWriter, req *http.Request) error {
	st := &stream{s: s, req: req, out: w, ctrl: http.NewResponseController(w),
		wake: make(chan struct{}, 1), done: make(chan struct{}), ends: make(chan struct{})}
	st.room.L = &st.mu
	if err := st.ctrl.EnableFullDuplex(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	w.Header().Set("Content-Type", linesBody)
	if err := st.ctrl.Flush(); err != nil {
		return err
	}
	go st.write()
	if err := st.read(); err != nil {
		st.add(known{all: true, err: err})
		st.Flush()
	}
	close(st.done)
	<-st.ends
	return nil
}

// read takes lines until there are none, or the stream cannot go on. A line may
// have maxInput bytes.
func (st *stream) read() error {
	buf := make([]byte, 0, firstBuffer)
	for {
		if len(buf) == cap(buf) {
			if len(buf) > maxInput {
				return refuse(http.StatusRequestEntityTooLarge, "L0614", "a line of a stream may have %d bytes", maxInput)
			}
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
		n, err := st.req.Body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		whole := bytes.LastIndexByte(buf, '\n') + 1
		if errors.Is(err, io.EOF) {
			whole = len(buf)
		}
		if bad := st.take(buf[:whole]); bad != nil {
			return bad
		}
		buf = append(buf[:0], buf[whole:]...)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && st.s.isClosing():
			return nil
		case err != nil:
			return err
		}
	}
}

// take gives lines to the node, at most inFlight at once.
func (st *stream) take(lines []byte) error {
	for len(lines) > 0 {
		room := st.wait()
		if room == 0 {
			return nil // nobody is there any more
		}
		p, none := st.s.program()
		requests := make([]node.Request, 0, min(room, 1+len(lines)/32))
		for room > 0 && len(lines) > 0 {
			var text []byte
			text, lines, _ = bytes.Cut(lines, []byte("\n"))
			if text = bytes.TrimSpace(text); len(text) == 0 {
				continue
			}
			var l numbered
			err := readNumbered(&l, text)
			if err != nil {
				st.submit(requests)
				return err
			}
			r, err := requestOf(p, none, &l)
			if room--; err != nil {
				st.refuse(l.number, err)
				continue
			}
			requests = append(requests, r)
		}
		st.submit(requests)
	}
	return nil
}

// wait returns for how many lines there is room, once there is some, or 0 when
// the stream has ended.
func (st *stream) wait() int {
	st.mu.Lock()
	defer st.mu.Unlock()
	for st.open >= inFlight && !st.over {
		st.room.Wait()
	}
	if st.over {
		return 0
	}
	return inFlight - st.open
}

func (st *stream) submit(requests []node.Request) {
	if len(requests) == 0 {
		return
	}
	st.mu.Lock()
	st.open += len(requests)
	st.mu.Unlock()
	if err := st.s.node.SubmitAll(st, requests); err != nil {
		for _, r := range requests {
			st.Answer(r.Tag, value.Value{}, err)
		}
		st.Flush()
	}
}

// refuse answers a line that the node does not get.
func (st *stream) refuse(n uint64, err error) {
	st.mu.Lock()
	st.open++
	st.mu.Unlock()
	st.Answer(n, value.Value{}, err)
	st.Flush()
}

// Answer implements node.Sink.
func (st *stream) Answer(n uint64, v value.Value, err error) { st.add(known{n: n, v: v, err: err}) }

func (st *stream) add(k known) {
	st.mu.Lock()
	st.known = append(st.known, k)
	st.mu.Unlock()
}

// Flush implements node.Sink.
func (st *stream) Flush() {
	select {
	case st.wake <- struct{}{}:
	default:
	}
}

// write writes answers until all lines have theirs, or the client, the node or
// the server has gone.
func (st *stream) write() {
	defer st.end()
	beat := time.NewTicker(beatTime)
	defer beat.Stop()
	closing, done := st.s.closing, st.done
	var last <-chan time.Time
	var text []byte
	for quiet := true; ; {
		select {
		case <-st.wake:
			quiet = false
			if text = st.writeKnown(text[:0]); text == nil {
				return
			}
		case <-beat.C:
			if quiet && st.waits() && !st.send([]byte("\n")) {
				return
			}
			quiet = true
		case <-done:
			done = nil
		case <-closing:
			closing, last = nil, time.After(lastTime)
			st.stopReading()
		case <-last:
			return
		case <-st.s.node.Failed():
			st.add(known{all: true, err: node.ErrStopped})
			st.writeKnown(nil)
			return
		case <-st.req.Context().Done():
			return
		}
		if done == nil && !st.waits() {
			return
		}
	}
}

// waits reports whether something is to be written, now or later.
func (st *stream) waits() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.open+len(st.known) > 0
}

// writeKnown writes all answers that are known. It returns the memory of their
// text, nil when the client has gone.
func (st *stream) writeKnown(text []byte) []byte {
	st.mu.Lock()
	list := st.known
	st.known, st.spare = st.spare[:0], nil
	st.mu.Unlock()
	if len(list) == 0 {
		return append(text, "\n"...)[:0]
	}
	answered := 0
	for i := range list {
		text = appendKnown(text, &list[i])
		if !list[i].all {
			answered++
		}
	}
	if !st.send(text) {
		return nil
	}
	st.mu.Lock()
	clear(list)
	st.open, st.spare = st.open-answered, list[:0]
	st.room.Signal()
	st.mu.Unlock()
	return text
}

func (st *stream) send(text []byte) bool {
	_, err := st.out.Write(text)
	return err == nil && st.ctrl.Flush() == nil
}

// stopReading makes a read that waits for the client end.
func (st *stream) stopReading() {
	// Where it is not supported the server closes the connection in the end.
	_ = st.ctrl.SetReadDeadline(time.Now())
}

func (st *stream) end() {
	st.mu.Lock()
	st.over = true
	st.room.Signal()
	st.mu.Unlock()
	st.stopReading()
	close(st.ends)
}
