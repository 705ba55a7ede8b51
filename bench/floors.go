package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Floors are what plain Go takes for a workload, in ms: no types to check, no
// replication, nothing kept up to date. Data files are read as laspc reads them.

// sieveChannels is W5a: a goroutine per prime, channels with buffers.
func sieveChannels() (float64, error) {
	began := time.Now()
	first := make(chan int, 256)
	go func() {
		for n := 2; n <= 20_000; n++ {
			first <- n
		}
		close(first)
	}()
	in := first
	count, sum := 0, 0
	for {
		p, ok := <-in
		if !ok {
			break
		}
		count, sum = count+1, sum+p
		out := make(chan int, 256)
		go func(in <-chan int) {
			for n := range in {
				if n%p != 0 {
					out <- n
				}
			}
			close(out)
		}(in)
		in = out
	}
	if count != 2_262 || sum != 21_171_191 {
		return 0, fmt.Errorf("the sieve finds %d primes, sum %d", count, sum)
	}
	return ms(time.Since(began)), nil
}

// sumChannel is W5b.
func sumChannel() (float64, error) {
	began := time.Now()
	c := make(chan int, 256)
	go func() {
		for n := range 1_000_000 {
			c <- n
		}
		close(c)
	}()
	sum := 0
	for n := range c {
		sum += n
	}
	if sum != 499_999_500_000 {
		return 0, fmt.Errorf("the sum is %d", sum)
	}
	return ms(time.Since(began)), nil
}

// fields reads a file of tab separated lines.
func fields(dir, name string, f func(fields []string) error) error {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		if err := f(strings.Split(strings.TrimSuffix(line, "\n"), "\t")); err != nil {
			return err
		}
	}
	return nil
}

// pair is a line of two numbers.
func pair(f []string) (a, b int, err error) {
	if a, err = strconv.Atoi(f[0]); err == nil {
		b, err = strconv.Atoi(f[1])
	}
	return a, b, err
}

// wordMap is W6: a map of counts, and a set of the lines, which are a set.
func wordMap(dir string) (float64, error) {
	began := time.Now()
	counts, seen := map[string]int{}, map[string]bool{}
	err := fields(dir, "w6_words.tsv", func(f []string) error {
		if key := f[0] + "\t" + f[1]; !seen[key] {
			seen[key] = true
			counts[f[1]]++
		}
		return nil
	})
	if err == nil && len(counts) != 47_632 {
		err = fmt.Errorf("%d words", len(counts))
	}
	return ms(time.Since(began)), err
}

// adMap is W3: maps by ad.
func adMap(dir string) (float64, error) {
	began := time.Now()
	type sold struct{ ad, contract, publisher int }
	publishers, out := map[int]int{}, map[sold]bool{}
	for _, name := range []string{"w3_ads1.tsv", "w3_ads2.tsv"} {
		if err := fields(dir, name, func(f []string) error {
			ad, publisher, err := pair(f)
			publishers[ad] = publisher
			return err
		}); err != nil {
			return 0, err
		}
	}
	err := fields(dir, "w3_contracts.tsv", func(f []string) error {
		k, ad, err := pair(f)
		if p, ok := publishers[ad]; ok && (ad*7+k)%10 != 0 {
			out[sold{ad, k, p}] = true
		}
		return err
	})
	if err == nil && len(out) != 89_999 {
		err = fmt.Errorf("%d sold", len(out))
	}
	return ms(time.Since(began)), err
}
