package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
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
		short: "three real nodes count ads, one is cut off, and all agree in the end",
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

	local   localCluster
	nodes   []string
	clients []*client.Client
	began   time.Time
}

// seen is what one node shows.
type seen struct {
	views map[string]int // impressions by ad
	total int
	live  []ads.Ad
	text  string // canonical JSON of both
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
	d.local = localCluster{name: "demo", dir: dir}
	err = d.play()
	d.stop()
	if d.keep {
		d.say("the nodes' folders are in %s", dir)
	} else {
		err = errors.Join(err, os.RemoveAll(dir))
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
	if err := d.clients[cut].Cut(context.Background(), true); err != nil {
		return err
	}
	d.say("%s is cut off from the others; it goes on accepting impressions", d.nodes[cut])
	if err := d.send("while it is cut off", impressions[first:second]); err != nil {
		return err
	}
	if err := d.differ(cut); err != nil {
		return err
	}
	if err := d.clients[cut].Cut(context.Background(), false); err != nil {
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
	version, err := d.clients[0].Deploy(context.Background(), artifact)
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
			s, err := cl.Status(context.Background(), false)
			if err != nil || s.Replica.Version != version {
				return false, err
			}
		}
		return true, nil
	})
}

// batch sends events to one node; every one must be accepted.
func (d *demo) batch(node int, events []client.Event) error {
	answers, err := d.clients[node].Batch(context.Background(), "", events)
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

// look asks a node what it shows.
func (d *demo) look(node int) (s seen, err error) {
	views, err := d.clients[node].Show(context.Background(), "views", client.JSON)
	if err != nil {
		return s, err
	}
	live, err := d.clients[node].Show(context.Background(), "live", client.JSON)
	if err != nil {
		return s, err
	}
	return readSeen(views.Value, live.Value)
}

func readSeen(views, live json.RawMessage) (s seen, err error) {
	err = errors.Join(json.Unmarshal(views, &s.views), json.Unmarshal(live, &s.live))
	for _, n := range s.views {
		s.total += n
	}
	s.text = string(views) + "\n" + string(live)
	return s, err
}

func (s seen) String() string {
	top, most := "", 0
	for ad, n := range s.views {
		if n > most || n == most && ad < top {
			top, most = ad, n
		}
	}
	return fmt.Sprintf("%d impressions of %d ads, most of %s (%d); %d ads live", s.total, len(s.views), top, most, len(s.live))
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

// differ shows what each node saw, and fails when the one that is cut off saw
// the same as the others.
func (d *demo) differ(cut int) error {
	var all []seen
	for i := range d.nodes {
		s, err := d.look(i)
		if err != nil {
			return err
		}
		all = append(all, s)
		d.say("  %s sees %s", d.nodes[i], s)
	}
	for i := range d.nodes {
		if i != cut && all[i].text == all[cut].text {
			return fmt.Errorf("%s and %s saw the same while cut off from each other", d.nodes[i], d.nodes[cut])
		}
	}
	return nil
}

// agree waits until all nodes show the same, with every impression counted.
func (d *demo) agree(impressions []string) error {
	began := time.Now()
	err := d.until("the nodes do not agree", func() (bool, error) {
		first := ""
		for i := range d.nodes {
			s, err := d.look(i)
			if err != nil || s.total != len(impressions) || i > 0 && s.text != first {
				return false, err
			}
			first = s.text
		}
		return true, nil
	})
	if err != nil {
		for i := range d.nodes {
			if s, err := d.look(i); err == nil {
				d.say("  %s sees %s", d.nodes[i], s)
			}
		}
		return err
	}
	d.say("all nodes agree, %.1f s later", time.Since(began).Seconds())
	return nil
}

// compare holds the result against one node alone and against plain counting.
func (d *demo) compare(impressions []string) error {
	all, err := d.look(0)
	if err != nil {
		return err
	}
	alone, err := d.alone(impressions)
	if err != nil {
		return err
	}
	for _, name := range d.nodes {
		d.say("  %s sees %s", name, all)
	}
	d.say("  one node alone (laspc run) sees %s", alone)
	if alone.text != all.text {
		return errors.New("the nodes agree on another result than one node alone")
	}
	views, live := ads.Expect(impressions, demoLimit)
	for ad, n := range views {
		if all.views[ad] != n {
			return fmt.Errorf("%d impressions of %s were counted, %d happened", all.views[ad], ad, n)
		}
	}
	if len(live) != len(all.live) {
		return fmt.Errorf("%d ads are live, %d should be", len(all.live), len(live))
	}
	return nil
}

// alone plays the same events through `laspc run`.
func (d *demo) alone(impressions []string) (s seen, err error) {
	events := filepath.Join(d.local.dir, "events.jsonl")
	var b strings.Builder
	enc := json.NewEncoder(&b)
	for _, e := range ads.Setup() {
		err = errors.Join(err, enc.Encode(e))
	}
	for _, ad := range impressions {
		err = errors.Join(err, enc.Encode(ads.Impression(ad)))
	}
	if err = errors.Join(err, os.WriteFile(events, []byte(b.String()), 0o600)); err != nil {
		return s, err
	}
	var out strings.Builder
	code := run([]string{"run", d.local.path("ads.lasp"), "--json", "--input", events, "--set", fmt.Sprintf("limit=%d", demoLimit)}, strings.NewReader(""), &out, d.stderr)
	if code != exitDone {
		return s, fmt.Errorf("laspc run ended with %d", code)
	}
	shows := map[string]json.RawMessage{}
	for dec := json.NewDecoder(strings.NewReader(out.String())); dec.More(); {
		var line struct {
			Show  string
			Value json.RawMessage
		}
		if err := dec.Decode(&line); err != nil {
			return s, err
		}
		if line.Show != "" {
			shows[line.Show] = line.Value
		}
	}
	return readSeen(shows["views"], shows["live"])
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
