package cluster

import (
	"bufio"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

const (
	heartbeat    = time.Second
	silence      = 4 * time.Second // a control connection that says nothing for so long is dead
	writeTimeout = 10 * time.Second
	maxQueued    = 16 << 20 // bytes waiting per connection before frames are refused
)

// errQueueFull says that a peer reads too slowly.
var errQueueFull = errors.New("the peer reads too slowly")

// link is a pair of connections to one peer.
type link struct {
	peer    string
	inc     uint64
	addr    string // where the peer listens
	dialled bool   // by this end
	since   time.Time
	control *half
	bulk    *half
	done    chan struct{} // closed when the link is to end
	once    sync.Once
	why     error
	// finished is closed when the handler was told that the link is down.
	finished chan struct{}
}

// half is one connection of a link with its queue of frames to send.
type half struct {
	conn *Conn
	in   *bufio.Reader

	mu     sync.Mutex
	frames [][]byte
	queued int
	wake   chan struct{}
}

func newHalf(c *Conn, r *bufio.Reader) *half {
	return &half{conn: c, in: r, wake: make(chan struct{}, 1)}
}

// Traffic counts what went over links, heartbeats included, TLS not.
type Traffic struct {
	SentBytes, ReceivedBytes   atomic.Int64
	SentFrames, ReceivedFrames atomic.Int64
	Dropped                    atomic.Int64 // frames refused because a queue was full
}

func newLink(g greeting, dialled bool, control, bulk *half) *link {
	return &link{
		peer: g.Node, inc: g.Inc, addr: g.Addr, dialled: dialled, since: time.Now(), control: control, bulk: bulk,
		done: make(chan struct{}), finished: make(chan struct{}),
	}
}

// crossing is how long after a link was made another one may have been dialled
// without knowledge of it.
const crossing = 2 * time.Second

// gives reports whether the younger of two links to one peer gives way to the
// older. When both ends dialled at once, both must keep the same link: that of
// the end with the smaller name.
func (l *link) gives(self string, old *link) bool {
	crossed := l.inc == old.inc && l.addr == old.addr && l.dialled != old.dialled && l.since.Sub(old.since) < crossing
	return crossed && old.dialled == (self < l.peer)
}

// close ends both connections; the first reason stays.
func (l *link) close(why error) {
	l.once.Do(func() {
		l.why = why
		close(l.done)
		l.control.conn.Close()
		l.bulk.conn.Close()
	})
}

// send queues a frame. It never blocks.
func (h *half) send(frame []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.queued > 0 && h.queued+len(frame) > maxQueued {
		return errQueueFull
	}
	h.frames = append(h.frames, frame)
	h.queued += len(frame)
	select {
	case h.wake <- struct{}{}:
	default:
	}
	return nil
}

func (h *half) take() [][]byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	frames := h.frames
	h.frames, h.queued = nil, 0
	return frames
}

// write sends queued frames until the link ends. With beat, empty frames keep
// the connection visibly alive.
func (l *link) write(h *half, beat bool, t *Traffic) {
	w := bufio.NewWriterSize(h.conn, 64<<10)
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		var frames [][]byte
		select {
		case <-l.done:
			return
		case <-h.wake:
			frames = h.take()
		case <-tick.C:
			if beat {
				frames = [][]byte{nil}
			}
		}
		for _, f := range frames {
			// The deadline is per frame: a slow link may take long for many.
			err := h.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			if err == nil {
				err = writeFrame(w, f)
			}
			if err != nil {
				l.close(err)
				return
			}
			t.SentBytes.Add(int64(4 + len(f)))
			t.SentFrames.Add(1)
		}
		if err := w.Flush(); err != nil {
			l.close(err)
			return
		}
	}
}

// read hands frames to deliver until the link ends. While deliver blocks,
// nothing is read, and so the peer is slowed down.
func (l *link) read(h *half, quiet time.Duration, t *Traffic, deliver func([]byte)) {
	for {
		if quiet > 0 {
			if err := h.conn.SetReadDeadline(time.Now().Add(quiet)); err != nil {
				l.close(err)
				return
			}
		}
		frame, err := readFrame(h.in, MaxFrame)
		if err != nil {
			l.close(err)
			return
		}
		t.ReceivedBytes.Add(int64(4 + len(frame)))
		t.ReceivedFrames.Add(1)
		if len(frame) > 0 {
			deliver(frame)
		}
	}
}
