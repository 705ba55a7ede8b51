// Command redis measures increments of a key over one TCP connection on a node
// of laspc against redis, on the same machine in one run, and prints ratios:
//
//	go run ./redis           # in bench/, with laspc and redis-server in PATH
//
// On both sides one goroutine writes as many requests as the pipeline is long,
// reads their answers, and begins again; nothing is synced to a disk. Redis is
// asked INCR in its own protocol on plain TCP, laspc an input that increments a
// counter of a map, by a stream of JSON lines on HTTPS. Neither remembers the
// requests. The node has a core to itself where the machine has two.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

func main() {
	seconds := flag.Duration("time", 3*time.Second, "how long each figure is measured")
	flag.Parse()
	if err := measure(*seconds); err != nil {
		fmt.Fprintln(os.Stderr, "redis:", err)
		os.Exit(1)
	}
}

// goals are the lengths of pipelines and the ratios to reach.
var goals = []struct {
	pipeline int
	ratio    float64
}{{1, 0.8}, {16, 0.6}, {128, 0.5}}

// turn writes n requests and reads their answers.
type turn func(n int) error

func measure(d time.Duration) error {
	dir, err := os.MkdirTemp("", "lasp-redis-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	redis, stopRedis, err := startRedis(dir)
	if err != nil {
		return err
	}
	defer stopRedis()
	lasp, stopLasp, err := startLasp(dir)
	if err != nil {
		return err
	}
	defer stopLasp()
	fmt.Printf("%-40s %14s %14s %8s\n", "increments per second, one connection", "redis", "laspc", "ratio")
	for _, g := range goals {
		theirs, err := rate(redis, g.pipeline, d)
		if err != nil {
			return fmt.Errorf("redis: %w", err)
		}
		ours, err := rate(lasp, g.pipeline, d)
		if err != nil {
			return fmt.Errorf("laspc: %w", err)
		}
		fmt.Printf("pipeline %-31d %14.0f %14.0f %8.3f   (to reach: %g)\n", g.pipeline, theirs, ours, ours/theirs, g.ratio)
	}
	return nil
}

// rate is how many requests a second are answered.
func rate(t turn, pipeline int, d time.Duration) (float64, error) {
	if err := t(pipeline); err != nil { // what is done once only is done now
		return 0, err
	}
	began, n := time.Now(), 0
	for time.Since(began) < d {
		if err := t(pipeline); err != nil {
			return 0, err
		}
		n += pipeline
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

// startRedis starts a server that keeps nothing on disk.
func startRedis(dir string) (turn, func(), error) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	host, port, _ := net.SplitHostPort(socket.Addr().String())
	socket.Close()
	cmd := exec.Command("redis-server", "--port", port, "--bind", host, "--save", "", "--appendonly", "no", "--dir", dir, "--logfile", filepath.Join(dir, "redis.log"))
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("redis does not start (Debian has it as redis-server): %w", err)
	}
	stop := func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}
	for range 100 {
		conn, err := net.Dial("tcp", net.JoinHostPort(host, port))
		if err == nil {
			return increments(conn), stop, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	return nil, nil, errors.New("redis does not listen")
}

// increments asks for INCR in redis's protocol.
func increments(conn net.Conn) turn {
	const request = "*2\r\n$4\r\nINCR\r\n$1\r\nk\r\n"
	in, out := bufio.NewReaderSize(conn, 64<<10), bufio.NewWriterSize(conn, 64<<10)
	return func(n int) error {
		for range n {
			out.WriteString(request)
		}
		if err := out.Flush(); err != nil {
			return err
		}
		for range n {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return err
			}
			if line[0] != ':' {
				return fmt.Errorf("answered %q", line)
			}
		}
		return nil
	}
}
