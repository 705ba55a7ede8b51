package main

import (
	"errors"
	"sync"
	"time"

	"github.com/laspc/lasp/client"
	"github.com/laspc/lasp/examples/ads"
)

const (
	demoSeed  = 1
	demoLimit = 2000 // impressions after which an ad is retired
	demoPart  = 1000 // impressions per request
)

// playAds counts impressions while a node is cut off, and holds the result
// against one node alone and against plain counting.
func (d *demo) playAds() error {
	if err := d.prepareAds(); err != nil {
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

// prepareAds brings ads and contracts in at the first node.
func (d *demo) prepareAds() error {
	var events []client.Event
	for _, e := range ads.Setup() {
		events = append(events, client.Event{Input: e.Input, Cell: e.Cell, Op: e.Op, Args: e.Args})
	}
	return d.batch(0, events)
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
