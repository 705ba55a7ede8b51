// Package local starts clusters of laspc on this machine to be measured.
package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Cluster is a running cluster.
type Cluster struct {
	Addrs []string // of the nodes' APIs, "host:port"
	CA    []byte   // the authority of their certificates, in PEM
	Token string   // allows everything

	home string
}

// Start starts a cluster of so many nodes that runs a program, given as text, with
// its data in the folder home, which it makes. The durability is a value of
// `laspc cluster up --durability`; laspc is looked for in PATH. Stop ends it.
func Start(home, program string, nodes int, durability string) (*Cluster, error) {
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	file := filepath.Join(home, "bench.lasp")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		return nil, err
	}
	c := &Cluster{home: home}
	if err := c.laspc("cluster", "up", "-n", strconv.Itoa(nodes), "--durability", durability, file); err != nil {
		return nil, err
	}
	if err := c.read(); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// Stop ends the nodes and removes their data.
func (c *Cluster) Stop() error { return c.laspc("cluster", "down", "--purge") }

func (c *Cluster) laspc(args ...string) error {
	cmd := exec.Command("laspc", args...)
	cmd.Env = append(os.Environ(), "LASP_HOME="+c.home)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("laspc %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// read reads the context that `laspc cluster up` wrote.
func (c *Cluster) read() error {
	var where struct {
		Addrs     []string
		CA, Token string
	}
	text, err := os.ReadFile(filepath.Join(c.home, "contexts", "main.json"))
	if err == nil {
		err = json.Unmarshal(text, &where)
	}
	if err != nil {
		return err
	}
	ca, caErr := os.ReadFile(where.CA)
	token, err := os.ReadFile(where.Token)
	c.Addrs, c.CA, c.Token = where.Addrs, ca, strings.TrimSpace(string(token))
	return errors.Join(caErr, err)
}
