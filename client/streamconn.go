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
	"strconv"
	"time"
)

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
