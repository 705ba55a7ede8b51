package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/laspc/lasp/client"
	"github.com/laspc/lasp/examples/ads"
)

// seen is what one node shows.
type seen struct {
	views map[string]int // impressions by ad
	total int
	live  []ads.Ad
	text  string // canonical JSON of both
}

// look asks a node what it shows.
func (d *demo) look(node int) (s seen, err error) {
	views, err := d.clients[node].Show(d.ctx, "views", client.JSON)
	if err != nil {
		return s, err
	}
	live, err := d.clients[node].Show(d.ctx, "live", client.JSON)
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

// differ waits until the nodes that are not cut off have seen the same, shows
// what each node saw, and fails when the one that is cut off saw that too.
func (d *demo) differ(cut int) error {
	all := make([]seen, len(d.nodes))
	err := d.until("the connected nodes do not agree", func() (bool, error) {
		same := true
		for i := range d.nodes {
			var err error
			if all[i], err = d.look(i); err != nil {
				return false, err
			}
			same = same && (i == cut || all[i].text == all[(cut+1)%len(all)].text)
		}
		return same, nil
	})
	if err != nil {
		return err
	}
	for i, s := range all {
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
	alone, err := d.alone(impressions)
	if err != nil {
		return err
	}
	var all seen
	for i, name := range d.nodes {
		if all, err = d.look(i); err != nil {
			return err
		}
		d.say("  %s sees %s", name, all)
		if alone.text != all.text {
			return fmt.Errorf("%s has another result than one node alone, which sees %s", name, alone)
		}
	}
	d.say("  one node alone (laspc run) sees %s", alone)
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
	code := run([]string{"run", d.source(), "--json", "--input", events, "--set", fmt.Sprintf("limit=%d", demoLimit)}, strings.NewReader(""), &out, d.stderr)
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
