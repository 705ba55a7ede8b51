package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/laspc/lasp/client"
	"github.com/laspc/lasp/examples/ads"
	"github.com/spf13/pflag"
)

const (
	demoSeed  = 1
	demoLimit = 2000 // impressions after which an ad is retired
	demoNodes = 3
	demoPart  = 1000 // impressions per request
)

func demoVerb() verb {
	return verb{
		name:  "demo",
		args:  "",
		short: "three real nodes count ads, one is cut off, all agree in the end",
		long: `Starts three nodes on this machine, deploys the advertisement counter of
examples/ads, and plays its impressions through all three. In the middle one
node is cut off while it goes on accepting its share, and connected again. Shows
what each node saw meanwhile, and that all have the result that one node alone
computes. Fails when the nodes did not differ while cut off, or do not agree.`,
		setup: func(fs *pflag.FlagSet) action {
			d := &demo{}
			fs.IntVar(&d.count, "events", 100_000, "number of impressions")
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

	ctx     context.Context // ends with an interrupt
	local   localCluster
	nodes   []string
	clients []*client.Client
	began   time.Time
}

func (d *demo) main() int {
	if len(d.args) > 0 || d.count < 100 {
		return d.usage("--events wants at least 100, and no more arguments are taken")
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
	err = d.play()
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

func (d *demo) play() error {
	if err := d.up(); err != nil {
		return err
	}
	impressions := ads.Impressions(demoSeed, d.count)
	first, second := d.count*4/10, d.count*7/10
	if err := d.send("with all nodes connected", impressions[:first]); err != nil {
		return err
	}
	if err := d.agree(impressions[:first]); err != nil {
		return err
	}
	cut := demoNodes - 1
	if err := d.clients[cut].Cut(d.ctx, true); err != nil {
		return err
	}
	d.say("%s is cut off from the others; it goes on accepting impressions", d.nodes[cut])
	if err := d.send("while it is cut off", impressions[first:second]); err != nil {
		return err
	}
	if err := d.differ(cut); err != nil {
		return err
	}
	if err := d.clients[cut].Cut(d.ctx, false); err != nil {
		return err
	}
	d.say("%s is connected again", d.nodes[cut])
	if err := d.send("with all nodes connected again", impressions[second:]); err != nil {
		return err
	}
	if err := d.agree(impressions); err != nil {
		return err
	}
	return d.compare(impressions)
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
	if err := d.local.awaitLinks(startPatience); err != nil {
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
	source := d.local.path("ads.lasp")
	if err := os.WriteFile(source, []byte(ads.Program), 0o600); err != nil {
		return err
	}
	artifact, code := d.artifact(source, []string{fmt.Sprintf("limit=%d", demoLimit)})
	if code != exitDone {
		return errors.New("the advertisement counter does not compile")
	}
	version, err := d.clients[0].Deploy(d.ctx, artifact)
	if err != nil {
		return err
	}
	d.say("the advertisement counter is deployed as version %d", version)
	return d.prepare(version)
}

// prepare brings ads and contracts in at the first node, and waits until all
// nodes run the program.
func (d *demo) prepare(version uint64) error {
	var events []client.Event
	for _, e := range ads.Setup() {
		events = append(events, client.Event{Input: e.Input, Cell: e.Cell, Op: e.Op, Args: e.Args})
	}
	if err := d.batch(0, events); err != nil {
		return err
	}
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

// send plays impressions through all nodes at once, each its share.
func (d *demo) send(when string, impressions []string) error {
	began := time.Now()
	errs := make([]error, len(d.nodes))
	var wg sync.WaitGroup
	for i := range d.nodes {
		wg.Add(1)
		go func() {
			defer wg.Done()
			share := impressions[len(impressions)*i/len(d.nodes) : len(impressions)*(i+1)/len(d.nodes)]
			for len(share) > 0 && errs[i] == nil {
				part := share[:min(demoPart, len(share))]
				share = share[len(part):]
				events := make([]client.Event, len(part))
				for k, ad := range part {
					e := ads.Impression(ad)
					events[k] = client.Event{Input: e.Input, Args: e.Args}
				}
				errs[i] = d.batch(i, events)
			}
		}()
	}
	wg.Wait()
	took := time.Since(began)
	d.say("%d impressions %s (%.0f a second)", len(impressions), when, float64(len(impressions))/took.Seconds())
	return errors.Join(errs...)
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
