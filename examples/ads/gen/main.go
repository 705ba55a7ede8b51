// Command gen writes the events of the advertisement counter at size to standard
// output, as JSON lines.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/laspc/lasp/examples/ads"
)

func main() {
	n := flag.Int("n", 100_000, "number of impressions")
	seed := flag.Uint64("seed", 1, "seed of the generator")
	flag.Parse()
	if err := write(*n, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func write(n int, seed uint64) error {
	out := bufio.NewWriter(os.Stdout)
	enc := json.NewEncoder(out)
	for _, e := range ads.Setup() {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	for _, ad := range ads.Impressions(seed, n) {
		if err := enc.Encode(ads.Impression(ad)); err != nil {
			return err
		}
	}
	return out.Flush()
}
