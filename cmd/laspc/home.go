package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// lasphome is the folder LASP_HOME, where contexts and local clusters live:
//
//	current             name of the context that is used when none is named
//	contexts/NAME.json  how a cluster is reached
//	clusters/NAME/      a local cluster: authority, tokens, a folder per node
type lasphome string

// openHome returns $LASP_HOME, else .lasp in the user's home directory.
func openHome() (lasphome, error) {
	if dir := os.Getenv("LASP_HOME"); dir != "" {
		return lasphome(dir), nil
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", errors.New("there is no home directory to keep contexts in; set LASP_HOME to a folder")
	}
	return lasphome(filepath.Join(dir, ".lasp")), nil
}

func (h lasphome) path(parts ...string) string {
	return filepath.Join(append([]string{string(h)}, parts...)...)
}

// clusterContext says how a cluster is reached.
type clusterContext struct {
	Name  string   `json:"name"`
	Addrs []string `json:"addrs"` // of the nodes' APIs
	CA    string   `json:"ca"`    // file
	Token string   `json:"token"` // file
}

// readContext reads a context by name; the empty name is the current one.
func (h lasphome) readContext(name string) (*clusterContext, error) {
	if name == "" {
		current, err := os.ReadFile(h.path("current"))
		if err != nil {
			return nil, errors.New("no cluster is chosen: start one with `laspc cluster up -n 3`, or say --to, --ca and --token-file")
		}
		name = strings.TrimSpace(string(current))
	}
	data, err := os.ReadFile(h.path("contexts", name+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no context %q in %s; `laspc cluster ls` lists the local clusters", name, h)
	}
	var c clusterContext
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		return nil, fmt.Errorf("the context %q cannot be read: %w", name, err)
	}
	return &c, nil
}

// writeContext keeps a context and makes it the current one.
func (h lasphome) writeContext(c *clusterContext) error {
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return errors.Join(
		os.MkdirAll(h.path("contexts"), 0o700),
		os.WriteFile(h.path("contexts", c.Name+".json"), append(data, '\n'), 0o600),
		os.WriteFile(h.path("current"), []byte(c.Name+"\n"), 0o600))
}

// dropContext forgets a context.
func (h lasphome) dropContext(name string) {
	os.Remove(h.path("contexts", name+".json"))
	if current, err := os.ReadFile(h.path("current")); err == nil && strings.TrimSpace(string(current)) == name {
		os.Remove(h.path("current"))
	}
}
