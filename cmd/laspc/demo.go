package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/laspc/lasp/client"
	"github.com/laspc/lasp/examples/ads"
	"github.com/laspc/lasp/examples/bank"
	"github.com/spf13/pflag"
)

const demoNodes = 3

// demonstration is a row of the table of what `laspc demo` can show.
type demonstration struct {
	name    string
	short   string
	program string
	sets    []string // parameters
	events  int      // unless --events says otherwise
	play    func(d *demo) error
}

// demonstrations lists them; the first is shown when none is named.
func demonstrations() []demonstration {
	return []demonstration{
		{"ads", "ads are counted at three nodes, one is cut off, all agree in the end", ads.Program,
			[]string{fmt.Sprintf("limit=%d", demoLimit)}, 100_000, (*demo).playAds},
		{"bank", "transfers at three nodes, one is killed and comes back, the totals stand", bank.Program,
			nil, 600, (*demo).playBank},
	}
}

func demoVerb() verb {
	return verb{
		name:  "demo",
		args:  "[NAME]",
		short: "three real nodes at work; one is cut off (ads) or killed (bank)",
		long: `Starts three nodes on this machine and deploys a program.

ads, which is shown when none is named, plays the impressions of examples/ads
through all three. In the middle one node is cut off while it goes on accepting
its share, and connected again. Shows what each node saw meanwhile, and that all
have the result that one node alone computes. Fails when the nodes did not
differ while cut off, or do not agree.

bank moves money between accounts, at all three nodes at once; each transfer is
one entry in an order that they agree on. In the middle the first node is killed
(kill -9), the others go on, and it comes back. Fails when an account does not
hold what the accepted transfers leave in it, each counted once.`,
		setup: func(fs *pflag.FlagSet) action {
			d := &demo{}
			fs.IntVar(&d.count, "events", 0, "number of impressions (100,000) or transfers (600)")
			fs.BoolVar(&d.keep, "keep", false, "keep the folder with the nodes' logs and data")
			fs.DurationVar(&d.patience, "patience", 30*time.Second, "how long the nodes have to agree")
			fs.StringVar(&d.antiEntropy, "anti-entropy", "", "passed to the nodes")
			fs.MarkHidden("anti-entropy")
			return func(c *call) int { d.call = c; return d.main() }
		},
	}
}

// demo is one run of `laspc demo`.
type demo struct {
	*call
	count       int
	keep        bool
	patience    time.Duration
	antiEntropy string

	what    demonstration
	ctx     context.Context // ends with an interrupt
	local   localCluster
	nodes   []string
	clients []*client.Client
	began   time.Time
}

func (d *demo) main() int {
	all := demonstrations()
	d.what = all[0]
	if len(d.args) > 0 {
		i := slices.IndexFunc(all, func(x demonstration) bool { return x.name == d.args[0] })
		if i < 0 || len(d.args) > 1 {
			return d.usage("name one of the demonstrations: ads, bank")
		}
		d.what = all[i]
	}
	if d.count == 0 {
		d.count = d.what.events
	}
	if d.count < 100 {
		return d.usage("--events wants at least 100")
	}
	d.began = time.Now()
	dir, err := os.MkdirTemp("", "lasp-demo-")
	if err != nil {
		return d.fail(exitProgram, "%v", err)
	}
	var end func()
	d.ctx, end = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer end()
	d.local = localCluster{name: "demo", dir: dir}
	if err = d.up(); err == nil {
		err = d.what.play(d)
	}
	d.stop()
	if d.keep {
		d.say("the nodes' folders are in %s", dir)
	} else {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	if d.ctx.Err() != nil {
		return d.fail(exitProgram, "interrupted")
	}
	if err != nil {
		return d.fail(exitProgram, "%v", err)
	}
	d.say("done")
	return exitDone
}

// say tells how far the demo has come.
func (d *demo) say(format string, args ...any) {
	fmt.Fprintf(d.stdout, "%6.1fs  %s\n", time.Since(d.began).Seconds(), fmt.Sprintf(format, args...))
}

// up starts the nodes and deploys the program.
func (d *demo) up() error {
	if err := d.local.create(demoNodes); err != nil {
		return err
	}
	o := startOptions{tied: true}
	if d.antiEntropy != "" {
		o.flags = []string{"--anti-entropy", d.antiEntropy}
	}
	if _, err := d.local.startAll(o); err != nil {
		return err
	}
	if err := d.local.awaitLinks(o, startPatience); err != nil {
		return err
	}
	d.nodes = d.local.nodes()
	for _, name := range d.nodes {
		cl, err := d.local.client(name)
		if err != nil {
			return err
		}
		d.clients = append(d.clients, cl)
	}
	d.say("%d nodes are up and linked: %s", demoNodes, strings.Join(d.nodes, ", "))
	if err := os.WriteFile(d.source(), []byte(d.what.program), 0o600); err != nil {
		return err
	}
	artifact, code := d.artifact(d.source(), d.what.sets)
	if code != exitDone {
		return fmt.Errorf("the program of %s does not compile", d.what.name)
	}
	version, err := d.clients[0].Deploy(d.ctx, artifact, 0)
	if err != nil {
		return err
	}
	d.say("%s.lasp is deployed as version %d", d.what.name, version)
	return d.until("the nodes do not all run the program", func() (bool, error) {
		for _, cl := range d.clients {
			s, err := cl.Status(d.ctx, false)
			if err != nil || s.Replica.Version != version {
				return false, err
			}
		}
		return true, nil
	})
}

// source is the file of the program.
func (d *demo) source() string { return d.local.path(d.what.name + ".lasp") }

// batch sends events to one node; every one must be accepted.
func (d *demo) batch(node int, events []client.Event) error {
	answers, err := d.clients[node].Batch(d.ctx, "", events)
	if err != nil {
		return fmt.Errorf("%s: %w", d.nodes[node], err)
	}
	for _, a := range answers {
		if a.Error != nil {
			return fmt.Errorf("%s: %w", d.nodes[node], a.Error)
		}
	}
	return nil
}

// until asks again until ok, for as long as the nodes have patience.
func (d *demo) until(otherwise string, ok func() (bool, error)) error {
	for end := time.Now().Add(d.patience); ; time.Sleep(50 * time.Millisecond) {
		done, err := ok()
		switch {
		case err != nil:
			return err
		case done:
			return nil
		case time.Now().After(end):
			return fmt.Errorf("%s after %s", otherwise, d.patience)
		}
	}
}

// stop ends the nodes.
func (d *demo) stop() {
	for _, cl := range d.clients {
		cl.Close()
	}
	var wg sync.WaitGroup
	for _, name := range d.local.nodes() {
		wg.Add(1)
		go func() {
			defer wg.Done()
			d.local.stop(name)
		}()
	}
	wg.Wait()
}
