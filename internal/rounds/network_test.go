package rounds

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// way is the way from one node to another.
type way struct{ from, to string }

// network is what nodes reach each other through: each is told the address of a
// door in front of its own. Bytes on a way that is muted wait, as they do while
// the packets of one direction are lost; links that are cut are closed, and new
// ones refused.
type network struct {
	mu     sync.Mutex
	change *sync.Cond
	doors  []net.Listener
	muted  map[way]bool
	cut    map[way]bool
	calls  map[*passage]bool
	closed bool
	who    func(addr string) string // whose connection comes from an address
}

// passage is one connection through a door, from one node to another.
type passage struct {
	way
	in, out net.Conn
}

func (p *passage) close() {
	p.in.Close()
	p.out.Close()
}

func newNetwork() *network {
	n := &network{muted: map[way]bool{}, cut: map[way]bool{}, calls: map[*passage]bool{}}
	n.change = sync.NewCond(&n.mu)
	return n
}

// front opens the door of a node that listens on an address.
func (n *network) front(name, own string) (addr string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	n.doors = append(n.doors, l)
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return // the network is closed
			}
			go n.pass(in, name, own)
		}
	}()
	return l.Addr().String(), nil
}

// pass lets a connection through.
func (n *network) pass(in net.Conn, to, own string) {
	from := n.who(in.RemoteAddr().String())
	out, err := net.Dial("tcp", own)
	if err != nil || from == "" {
		in.Close()
		if err == nil {
			out.Close()
		}
		return
	}
	p := &passage{way{from, to}, in, out}
	n.mu.Lock()
	if n.closed || n.cut[p.way] {
		n.mu.Unlock()
		p.close()
		return
	}
	n.calls[p] = true
	n.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { n.carry(p, p.way, in, out) })
	both.Go(func() { n.carry(p, way{to, from}, out, in) })
	both.Wait()
	n.mu.Lock()
	delete(n.calls, p)
	n.mu.Unlock()
}

// carry copies one direction until either end closes.
func (n *network) carry(p *passage, w way, from, to net.Conn) {
	defer p.close()
	buf := make([]byte, 32<<10)
	for {
		k, err := from.Read(buf)
		if k > 0 {
			n.mu.Lock()
			for n.muted[w] && !n.closed {
				n.change.Wait()
			}
			n.mu.Unlock()
			if _, err := to.Write(buf[:k]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// mute holds back everything on a way, or lets it go on.
func (n *network) mute(from, to string, on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.muted[way{from, to}] = on
	n.change.Broadcast()
}

// sever closes all links between two nodes and refuses new ones, or allows them
// again.
func (n *network) sever(a, b string, on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, w := range []way{{a, b}, {b, a}} {
		n.cut[w] = on
		for p := range n.calls {
			if on && p.way == w {
				p.close()
			}
		}
	}
}

// heal ends everything.
func (n *network) heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.muted)
	clear(n.cut)
	n.change.Broadcast()
}

func (n *network) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for _, l := range n.doors {
		l.Close()
	}
	for p := range n.calls {
		p.close()
	}
	n.change.Broadcast()
}

// socketOf is the system's number of the socket with a local IPv4 address.
func socketOf(addr string) (inode string) {
	host, port, _ := net.SplitHostPort(addr)
	ip := net.ParseIP(host).To4()
	number, err := strconv.Atoi(port)
	table, err2 := os.ReadFile("/proc/net/tcp")
	if ip == nil || err != nil || err2 != nil {
		return ""
	}
	want := fmt.Sprintf("%02X%02X%02X%02X:%04X", ip[3], ip[2], ip[1], ip[0], number)
	for line := range strings.Lines(string(table)) {
		if f := strings.Fields(line); len(f) > 9 && f[1] == want {
			return f[9]
		}
	}
	return ""
}

// hasSocket reports whether a process has a socket open.
func hasSocket(pid int, inode string) bool {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		to, err := os.Readlink(filepath.Join(dir, e.Name()))
		return err == nil && to == "socket:["+inode+"]"
	})
}
