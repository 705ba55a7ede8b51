// Package ads makes the data of the advertisement counter at size: 200 ads of
// two publishers, contracts for most of them, and impressions that follow
// Zipf's law. The same seed gives the same events on every machine. The
// demonstration and the tests use it, and gen writes it to a file.
package ads

import (
	_ "embed"
	"fmt"
	"sort"

	"github.com/laspc/lasp/internal/workload"
)

// Program is the source of the advertisement counter.
//
//go:embed ads.lasp
var Program string

// Count is the number of ads.
const Count = 200

// Event is one line of an events file: a call of an input, or an operation on a
// cell.
type Event struct {
	Input string `json:"input,omitempty"`
	Cell  string `json:"cell,omitempty"`
	Op    string `json:"op,omitempty"`
	Args  any    `json:"args"` // map of arguments of an input, list of those of an operation
	At    string `json:"at,omitempty"`
}

// Ad is an ad as JSON.
type Ad struct {
	ID        string `json:"id"`
	Publisher string `json:"publisher"`
}

// Contract makes an ad sellable.
type Contract struct {
	Ad         string `json:"ad"`
	Advertiser string `json:"advertiser"`
}

// Ads lists the ads, the most popular first; publishers take turns.
func Ads() []Ad {
	all := make([]Ad, Count)
	for i := range all {
		publisher := []string{"rovio", "riot"}[i%2]
		all[i] = Ad{ID: fmt.Sprintf("%s-%03d", publisher, i/2+1), Publisher: publisher}
	}
	return all
}

// Contracts lists the contracts: every tenth ad has none, every fourth has two.
func Contracts() []Contract {
	advertisers := []string{"acme", "globex", "initech"}
	var all []Contract
	for i, ad := range Ads() {
		if i%10 == 9 {
			continue
		}
		all = append(all, Contract{Ad: ad.ID, Advertiser: advertisers[i%3]})
		if i%4 == 0 {
			all = append(all, Contract{Ad: ad.ID, Advertiser: advertisers[(i+1)%3]})
		}
	}
	return all
}

// Setup are the events that bring ads and contracts.
func Setup() []Event {
	var rovio, riot []Ad
	for _, ad := range Ads() {
		if ad.Publisher == "rovio" {
			rovio = append(rovio, ad)
		} else {
			riot = append(riot, ad)
		}
	}
	return []Event{
		{Cell: "rovio", Op: "add_all", Args: []any{rovio}},
		{Cell: "riot", Op: "add_all", Args: []any{riot}},
		{Cell: "contracts", Op: "add_all", Args: []any{Contracts()}},
	}
}

// Impressions are n ids of ads that were seen: the i-th ad, counted from 1, with
// a weight of 1/i.
func Impressions(seed uint64, n int) []string {
	ads := Ads()
	bounds := make([]uint64, len(ads)) // cumulative weights in millionths
	total := uint64(0)
	for i := range ads {
		total += uint64(1_000_000 / (i + 1))
		bounds[i] = total
	}
	g := workload.NewGen(seed)
	seen := make([]string, n)
	for k := range seen {
		at := g.Next() % total
		seen[k] = ads[sort.Search(len(bounds), func(i int) bool { return bounds[i] > at })].ID
	}
	return seen
}

// Impression is the event of one impression.
func Impression(ad string) Event {
	return Event{Input: "impression", Args: map[string]any{"ad": ad}}
}

// Expect computes by plain counting what the program must end with: the views
// per ad, and the ids of live ads in order, when ads retire at limit.
func Expect(impressions []string, limit int) (views map[string]int, live []string) {
	views = map[string]int{}
	for _, ad := range impressions {
		views[ad]++
	}
	for _, c := range Contracts() {
		if views[c.Ad] < limit && (len(live) == 0 || live[len(live)-1] != c.Ad) {
			live = append(live, c.Ad)
		}
	}
	sort.Strings(live)
	return views, live
}
