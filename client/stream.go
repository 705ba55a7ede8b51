package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Inputs of many callers of one Client share streams: what several of them give
// while one write to the network goes on leaves with the next, and one read brings
// the answers of many. Each caller still waits for the answer of its own input,
// and each input has its own Idempotency-Key, so that those whose answers a broken
// stream took along are sent again without being done twice.

const (
	// maxOpen is how many inputs one stream carries at once; the next stream takes
	// more.
	maxOpen = 512
	// maxLine is up to how long a line goes by a stream, in bytes.
	maxLine = 256 << 10
	// maxSent is after how many bytes another stream takes over. Nodes bound the
	// bodies of requests.
	maxSent = 64 << 20
	// maxGone is after how many inputs that nobody waits for any more another
	// stream takes over: their answers may never come and hold places.
	maxGone = maxOpen / 4
	// silence is after how long without a word a stream is given up on which
	// something is waited for. Nodes say something every five seconds.
	silence = 15 * time.Second
	// idle is after how long without an input a stream is closed.
	idle = 90 * time.Second
	// quickRead is the memory for answers, in bytes.
	quickRead = 16 << 10
)

// codeStopping is the code by which a node says that it stops.
const codeStopping = "L0620"

// errNoStreams says that a node is of a version that takes no streams.
var errNoStreams = errors.New("the node takes no streams")

// stream is a connection to a node that carries inputs and their answers.
type stream struct {
	timeout time.Duration
	cancel  context.CancelFunc

	mu    sync.Mutex
	more  sync.Cond // there is something in out, or it is over
	out   []byte    // lines to send
	calls map[uint64]*waiter
	next  uint64 // number of the next input
	sent  int    // bytes
	gone  int    // inputs that nobody waits for, and that have no answer
	// retired streams take no more inputs and end with the last answer.
	retired bool
	over    error     // why it has ended; nil while it has not
	opened  bool      // the node has taken it
	heard   time.Time // when something came last
	used    time.Time // when an input was given last
	sweeper *time.Timer
}

// waiter is a caller that waits.
type waiter struct {
	answer chan outcome // takes one
	since  time.Time
}

// outcome is an answer, or why there is none.
type outcome struct {
	Answer
	broken error // the stream broke before there was one
	opened bool  // .. which the node had taken
}

var waiters = sync.Pool{New: func() any { return &waiter{answer: make(chan outcome, 1)} }}

// streamInput gives an input to the first node that answers, on a stream that it
// shares with others. Without streams it returns errNoStreams.
func (c *Client) streamInput(ctx context.Context, key, name string, args []byte) (json.RawMessage, error) {
	var last outcome
	for range 2 { // once more where a stream broke that had worked before
		again := false
		for _, addr := range c.o.Addrs {
			var err error
			last, err = c.call(ctx, addr, key, name, args)
			switch {
			case err != nil:
				return nil, &Unreachable{c.o.Addrs, err}
			case errors.Is(last.broken, errNoStreams):
				return nil, last.broken
			case last.broken == nil && last.Error == nil:
				return last.Reply, nil
			case !last.goesOn():
				return nil, last.err(c.o.Addrs)
			}
			again = again || last.opened
		}
		if !again {
			break
		}
	}
	return nil, last.err(c.o.Addrs)
}

// goesOn reports whether the input should be given to another node, or once more.
func (o *outcome) goesOn() bool {
	if o.broken == nil {
		return o.Error != nil && o.Error.Code == codeStopping
	}
	_, refused := errors.AsType[*Error](o.broken)
	return o.opened || !refused
}

// err is the outcome as an error, nil for an answer.
func (o *outcome) err(addrs []string) error {
	switch {
	case o.broken == nil && o.Error != nil:
		return o.Error
	case o.broken == nil:
		return nil
	}
	if e, ok := errors.AsType[*Error](o.broken); ok {
		return e
	}
	return &Unreachable{addrs, o.broken}
}

// call gives an input to a node and waits for what becomes of it. An error says
// that the caller did not want to wait any longer.
func (c *Client) call(ctx context.Context, addr, key, name string, args []byte) (outcome, error) {
	w := waiters.Get().(*waiter)
	s, n := c.give(addr, w, key, name, args)
	if s == nil {
		waiters.Put(w)
		return outcome{broken: errNoStreams}, nil
	}
	var o outcome
	if ctx.Done() == nil {
		o = <-w.answer
	} else {
		select {
		case o = <-w.answer:
		case <-ctx.Done():
			s.leave(n) // an answer may be on its way to w, so it is not used again
			return o, ctx.Err()
		}
	}
	waiters.Put(w)
	if o.broken == context.DeadlineExceeded {
		return o, o.broken
	}
	if errors.Is(o.broken, errNoStreams) {
		c.mu.Lock()
		c.plain[addr] = true
		c.mu.Unlock()
	}
	return o, nil
}

// give puts an input on a stream to a node under the number that it returns. It
// returns no stream where the node takes none.
func (c *Client) give(addr string, w *waiter, key, name string, args []byte) (*stream, uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.plain[addr] {
		return nil, 0
	}
	list := c.streams[addr]
	for i := 0; i < len(list); {
		switch n, took := list[i].give(w, key, name, args); {
		case took:
			return list[i], n
		case list[i].isRetired():
			list = slices.Delete(list, i, i+1)
			c.streams[addr] = list
		default:
			i++
		}
	}
	s := c.openStream(addr)
	c.streams[addr] = append(list, s)
	n, took := s.give(w, key, name, args)
	if !took { // it is broken already, which is an answer too
		w.answer <- outcome{broken: s.why()}
	}
	return s, n
}

// closeStreams ends all streams.
func (c *Client) closeStreams() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, list := range c.streams {
		for _, s := range list {
			s.end(errors.New("the client was closed"))
		}
	}
	clear(c.streams)
}

// openStream begins a stream; whether the node takes it is seen later.
func (c *Client) openStream(addr string) *stream {
	ctx, cancel := context.WithCancel(context.Background())
	s := &stream{timeout: c.o.Timeout, cancel: cancel, calls: map[uint64]*waiter{}, heard: time.Now(), used: time.Now()}
	s.more.L = &s.mu
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+addr+"/v1/stream", (*streamBody)(s))
	if err != nil {
		s.end(err)
		return s
	}
	req.Header.Set("Authorization", "Bearer "+c.o.Token)
	req.Header.Set("Content-Type", "application/x-ndjson")
	s.sweeper = time.AfterFunc(s.sweepTime(), s.sweep)
	go s.run(c.long, req)
	return s
}

// isRetired reports whether a stream takes no inputs any more.
func (s *stream) isRetired() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over != nil || s.retired
}

// why is why a stream has ended.
func (s *stream) why() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// give puts an input into the next write, if there is room.
func (s *stream) give(w *waiter, key, name string, args []byte) (n uint64, took bool) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil || s.retired || len(s.calls)+s.gone >= maxOpen {
		return 0, false
	}
	n = s.next
	s.next++
	w.since, s.used = now, now
	s.calls[n] = w
	before := len(s.out)
	s.out = append(s.out, `{"n":`...)
	s.out = strconv.AppendUint(s.out, n, 10)
	s.out = append(s.out, `,"input":`...)
	s.out = appendText(s.out, name)
	s.out = append(s.out, `,"id":`...)
	s.out = appendText(s.out, key)
	s.out = append(s.out, `,"args":`...)
	s.out = append(s.out, args...)
	s.out = append(s.out, "}\n"...)
	if s.sent += len(s.out) - before; s.sent > maxSent {
		s.retired = true
	}
	if before == 0 {
		s.more.Signal()
	}
	return n, true
}

// appendText appends a string as JSON.
func appendText(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			text, err := json.Marshal(s)
			if err != nil {
				panic("client: a string without a form in JSON: " + err.Error())
			}
			return append(dst, text...)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}

// leave gives up the wait for an answer.
func (s *stream) leave(n uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls[n] != nil {
		delete(s.calls, n)
		s.abandoned()
	}
}

// abandoned counts an input that nobody waits for any more.
func (s *stream) abandoned() {
	if s.gone++; s.gone > maxGone {
		s.retired = true
	}
	s.endRetired()
}

// endRetired ends a retired stream on which nobody waits.
func (s *stream) endRetired() {
	if s.retired && len(s.calls) == 0 {
		s.endLocked(errors.New("the stream was retired"))
	}
}

// streamBody is the body of the request of a stream: lines as they are given.
type streamBody stream

// Read takes what was given since the last read, and waits where that is nothing.
func (b *streamBody) Read(p []byte) (int, error) {
	s := (*stream)(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.out) == 0 {
		for len(s.out) == 0 && s.over == nil {
			s.more.Wait()
		}
		// Those who were woken together with the first who gave something give
		// theirs before it is sent.
		s.mu.Unlock()
		runtime.Gosched()
		s.mu.Lock()
	}
	if s.over != nil {
		return 0, io.EOF
	}
	n := copy(p, s.out)
	s.out = s.out[:copy(s.out, s.out[n:])]
	return n, nil
}

// Close is called by package http when it does not read on.
func (b *streamBody) Close() error { return nil }

// run opens the stream and takes its answers until it ends.
func (s *stream) run(h *http.Client, req *http.Request) {
	resp, err := h.Do(req)
	if err == nil && (resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusMethodNotAllowed) {
		resp.Body.Close()
		err = errNoStreams
	} else if err == nil {
		resp, err = check(resp)
	}
	if err != nil {
		s.end(err)
		return
	}
	defer resp.Body.Close()
	s.mu.Lock()
	s.opened = true
	s.mu.Unlock()
	s.end(s.take(resp.Body))
}

// take reads answers and hands them to those who wait. It returns why there are
// no more.
func (s *stream) take(body io.Reader) error {
	buf := make([]byte, 0, quickRead)
	var ready []ended
	for {
		if len(buf) == cap(buf) {
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
		n, err := body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		whole := bytes.LastIndexByte(buf, '\n') + 1
		var bad error
		ready, bad = s.match(ready[:0], buf[:whole])
		buf = append(buf[:0], buf[whole:]...)
		for i := range ready {
			ready[i].w.answer <- ready[i].o
		}
		clear(ready)
		switch {
		case bad != nil:
			return bad
		case errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF // unless it was ended here, and then nobody asks
		case err != nil:
			return err
		}
	}
}

// ended is a waiter and what it waited for.
type ended struct {
	w *waiter
	o outcome
}

// match finds the waiters of answers.
func (s *stream) match(ready []ended, lines []byte) ([]ended, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = time.Now()
	for len(lines) > 0 {
		var line []byte
		line, lines, _ = bytes.Cut(lines, []byte("\n"))
		if len(line) == 0 {
			continue
		}
		n, a, err := readAnswer(line)
		if err != nil {
			return ready, err
		}
		if w := s.calls[n]; w != nil {
			delete(s.calls, n)
			ready = append(ready, ended{w, outcome{Answer: a}})
		} else if s.gone > 0 {
			s.gone--
		}
	}
	s.endRetired()
	return ready, nil
}

// readAnswer reads a line of a node. An answer without a number is the error that
// ends the stream.
func readAnswer(line []byte) (n uint64, a Answer, err error) {
	const before, after = `{"n":`, `,"ok":true}`
	if text, ok := bytes.CutPrefix(line, []byte(before)); ok {
		if text, ok = bytes.CutSuffix(text, []byte(after)); ok {
			if n, err = strconv.ParseUint(string(text), 10, 64); err == nil {
				return n, Answer{OK: true}, nil
			}
		}
	}
	var full struct {
		N *uint64 `json:"n"`
		Answer
	}
	if err := json.Unmarshal(line, &full); err != nil {
		return 0, a, fmt.Errorf("the answer of the node cannot be read: %w", err)
	}
	switch {
	case full.N != nil:
		return *full.N, full.Answer, nil
	case full.Error != nil:
		return 0, a, full.Error
	}
	return 0, a, errors.New("the node gave an answer without a number")
}

// end ends the stream. Those who wait learn why.
func (s *stream) end(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endLocked(why)
}

func (s *stream) endLocked(why error) {
	if s.over != nil {
		return
	}
	s.over = why
	for n, w := range s.calls {
		delete(s.calls, n)
		w.answer <- outcome{broken: why, opened: s.opened}
	}
	if s.sweeper != nil {
		s.sweeper.Stop()
	}
	s.more.Signal()
	s.cancel()
}

// sweepTime is how often it is looked for inputs that have waited too long.
func (s *stream) sweepTime() time.Duration {
	return min(max(s.timeout/50, 10*time.Millisecond), time.Second)
}

// sweep gives up what has waited too long, and the stream when nothing is heard
// or wanted of it any more.
func (s *stream) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil {
		return
	}
	now := time.Now()
	waits := now
	for n, w := range s.calls {
		if now.Sub(w.since) >= s.timeout {
			delete(s.calls, n)
			w.answer <- outcome{broken: context.DeadlineExceeded}
			s.abandoned()
		} else if w.since.Before(waits) {
			waits = w.since
		}
	}
	quiet := now.Sub(s.heard)
	switch {
	case s.over != nil:
	case len(s.calls) > 0 && quiet > silence && now.Sub(waits) > silence:
		s.endLocked(errors.New("nothing was heard of the node any more"))
	case len(s.calls) == 0 && s.gone > 0 && quiet > silence, len(s.calls) == 0 && now.Sub(s.used) > idle:
		s.endLocked(errors.New("nothing was given for a while"))
	default:
		s.sweeper.Reset(s.sweepTime())
	}
}
