package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/laspc/lasp/bench/local"
)

// program is a map of counters.
const program = `shared kv: GMap[String, GCounter]
input incr(k: String)
on incr(k) { kv[k].increment() }
`

// startLasp starts a cluster of one node and opens a stream to it.
func startLasp(dir string) (turn, func(), error) {
	c, err := local.Start(dir, program, 1, "none")
	if err != nil {
		return nil, nil, err
	}
	stop := func() {
		if err := c.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	t, err := openStream(c)
	if err != nil {
		stop()
		return nil, nil, err
	}
	return t, stop, nil
}

// openStream opens a stream to the first node.
func openStream(c *local.Cluster) (turn, error) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(c.CA)
	body, in := io.Pipe()
	req, err := http.NewRequest(http.MethodPost, "https://"+c.Addrs[0]+"/v1/stream", body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Content-Type", "application/x-ndjson")
	go in.Write([]byte("\n")) // package http sends the header with the first bytes
	h := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, WriteBufferSize: 64 << 10, ReadBufferSize: 64 << 10}}
	resp, err := h.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New("the node answered " + resp.Status)
	}
	return lines(in, bufio.NewReaderSize(resp.Body, 64<<10)), nil
}

// lines asks for increments by lines of a stream.
func lines(in io.Writer, answers *bufio.Reader) turn {
	next := uint64(0)
	var text []byte
	return func(n int) error {
		text = text[:0]
		for range n {
			text = strconv.AppendUint(append(text, `{"n":`...), next, 10)
			text = append(text, `,"input":"incr","args":{"k":"k"}}`+"\n"...)
			next++
		}
		if _, err := in.Write(text); err != nil {
			return err
		}
		for left := n; left > 0; left-- {
			line, err := answers.ReadSlice('\n')
			if err != nil {
				return err
			}
			if len(line) == 1 { // the node says that it is there
				left++
				continue
			}
			if !bytes.HasSuffix(line, []byte(`"ok":true}`+"\n")) {
				return fmt.Errorf("answered %q", line)
			}
		}
		return nil
	}
}
