// Command bench measures Lasp on its workloads, from outside as a user would,
// beside peers that are Go modules and beside plain Go, and writes the figures to
// docs/performance.md. It is a module of its own, so that the toolchain does not
// depend on the peers.
//
//	cd bench && go run . -page ../docs/performance.md
//
// takes up to ten minutes. Each line is measured several times; the page gives
// the median, the least and the most. Every run checks the result that its
// workload is known to have. `go test -bench .` runs single workloads.
package main
