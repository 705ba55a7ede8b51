// Command gen writes the data files of the engine's workloads into a folder:
//
//	go run ./internal/workload/gen DIR
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/laspc/lasp/internal/workload"
)

func main() {
	if len(os.Args) != 2 || strings.HasPrefix(os.Args[1], "-") {
		fmt.Fprintln(os.Stderr, "usage: gen DIR")
		os.Exit(2)
	}
	if err := workload.WriteFiles(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}
