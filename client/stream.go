package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
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
