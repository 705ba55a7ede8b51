package main

import (
	"os"
	"runtime/pprof"
)

// profile writes a profile of processor time to a file until stop is called;
// `go tool pprof` reads it.
func profile(file string) (stop func() error, err error) {
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}
