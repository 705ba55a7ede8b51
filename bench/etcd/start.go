package main

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/laspc/lasp/bench/local"
	"github.com/laspc/lasp/client"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// etcd is three members and a client for each.
type etcd struct {
	processes []*exec.Cmd
	clients   []*clientv3.Client
}

// freePorts finds ports that are free now.
func freePorts(n int) ([]string, error) {
	var addrs []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		addrs = append(addrs, l.Addr().String())
	}
	return addrs, nil
}

func startEtcd(dir string) (*etcd, error) {
	addrs, err := freePorts(6)
	if err != nil {
		return nil, err
	}
	var initial []string
	for i := range 3 {
		initial = append(initial, fmt.Sprintf("m%d=http://%s", i, addrs[3+i]))
	}
	e := &etcd{}
	for i := range 3 {
		cmd := exec.Command("etcd", "--name", fmt.Sprintf("m%d", i), "--data-dir", filepath.Join(dir, fmt.Sprintf("etcd%d", i)),
			"--listen-client-urls", "http://"+addrs[i], "--advertise-client-urls", "http://"+addrs[i],
			"--listen-peer-urls", "http://"+addrs[3+i], "--initial-advertise-peer-urls", "http://"+addrs[3+i],
			"--initial-cluster", strings.Join(initial, ","), "--logger", "zap", "--log-level", "error")
		if err := cmd.Start(); err != nil {
			e.stop()
			return nil, fmt.Errorf("etcd does not start (Debian has it as etcd-server): %w", err)
		}
		e.processes = append(e.processes, cmd)
	}
	for i := range 3 {
		c, err := clientv3.New(clientv3.Config{Endpoints: []string{addrs[i]}, DialTimeout: 20 * time.Second})
		if err == nil {
			e.clients = append(e.clients, c)
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			_, err = c.Put(ctx, "ready", "yes")
			cancel()
		}
		if err != nil {
			e.stop()
			return nil, fmt.Errorf("etcd member %d: %w", i, err)
		}
	}
	return e, nil
}

func (e *etcd) stop() {
	for _, c := range e.clients {
		c.Close()
	}
	for _, p := range e.processes {
		_ = p.Process.Signal(syscall.SIGTERM)
		_ = p.Wait()
	}
}

// cluster is three nodes of laspc and a client for each.
type cluster struct{ clients []*client.Client }

// withCluster starts a cluster with a durability, measures on it and ends it.
func withCluster(dir, durability string, f func(*cluster) (rate, error)) (r rate, err error) {
	up, err := local.Start(filepath.Join(dir, "lasp-"+durability), program, 3, durability)
	if err != nil {
		return r, err
	}
	defer func() {
		if e := up.Stop(); err == nil {
			err = e
		}
	}()
	c, err := connect(up)
	if err != nil {
		return r, err
	}
	return f(c)
}

// connect makes a client for each node.
func connect(up *local.Cluster) (*cluster, error) {
	c := &cluster{}
	for _, addr := range up.Addrs {
		one, err := client.New(client.Options{Addrs: []string{addr}, CA: up.CA, Token: up.Token})
		if err != nil {
			return nil, err
		}
		c.clients = append(c.clients, one)
	}
	return c, nil
}
