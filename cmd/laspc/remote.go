package main

import (
	"errors"
	"os"
	"strings"

	"github.com/laspc/lasp/client"
	"github.com/spf13/pflag"
)

// remote holds the flags of verbs that speak to a cluster.
type remote struct {
	to, context, ca, token string
	json                   bool
}

func remoteFlags(fs *pflag.FlagSet) *remote {
	r := &remote{}
	fs.StringVar(&r.to, "to", "", "address of a node's API (\"host:port\", or several with commas); default: the context's")
	fs.StringVar(&r.context, "context", "", "context to use; default: the one of the last \"laspc cluster up\"")
	fs.StringVar(&r.ca, "ca", "", "file with the certificate of the cluster's authority; default: the context's")
	fs.StringVar(&r.token, "token-file", "", "file with the token; default: the context's")
	fs.BoolVar(&r.json, "json", false, "print JSON")
	return r
}

// open makes the client that the flags ask for.
func (r *remote) open() (*client.Client, error) {
	var o client.Options
	if r.to != "" {
		o.Addrs = strings.Split(r.to, ",")
	}
	ca, token := r.ca, r.token
	if r.to == "" || ca == "" || token == "" {
		home, err := openHome()
		if err != nil {
			return nil, err
		}
		c, err := home.readContext(r.context)
		if err != nil {
			return nil, err
		}
		if o.Addrs == nil {
			o.Addrs = c.Addrs
		}
		if ca == "" {
			ca = c.CA
		}
		if token == "" {
			token = c.Token
		}
	}
	var err error
	if o.CA, err = os.ReadFile(ca); err != nil {
		return nil, fileError(ca, err)
	}
	text, err := os.ReadFile(token)
	if err != nil {
		return nil, fileError(token, err)
	}
	o.Token = strings.TrimSpace(string(text))
	return client.New(o)
}

// withClient opens the client and runs f; its error becomes the exit code.
func (c *call) withClient(r *remote, f func(*client.Client) error) int {
	cl, err := r.open()
	if err != nil {
		return c.usage("%v", err)
	}
	defer cl.Close()
	if err := f(cl); err != nil {
		return c.failWith(r.json, err)
	}
	return exitDone
}

// failWith reports an error of a call to the cluster.
func (c *call) failWith(asJSON bool, err error) int {
	code := exitProgram
	var gone *client.Unreachable
	var answer *client.Error
	switch {
	case errors.As(err, &gone):
		code = exitUnreachable
	case errors.As(err, &answer) && asJSON:
		c.printJSON(map[string]any{"error": map[string]string{"code": answer.Code, "message": answer.Message, "hint": answer.Hint}})
	}
	return c.fail(code, "%v", err)
}
