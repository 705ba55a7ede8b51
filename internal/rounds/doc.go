// Package rounds runs clusters of real laspc processes, with their own
// directories, TLS and sockets, and does to them what happens to processes: they
// are killed, also with the loss of their disk, stopped and continued, and the
// connections between them are cut, both ways and one way. Meanwhile clients
// work; then everything that was promised must hold, by the same checks as in the
// simulator (internal/history).
//
//	go test ./internal/rounds                     a few rounds
//	LASP_ROUNDS=50 go test -timeout 0 ./internal/rounds   the whole suite
//	LASP_FIRST=17 LASP_ROUNDS=1 ...               round 17 once more
//
// What strikes and what is asked follows from the number of the round; when it
// meets what does not, so a round that fails may pass the next time. Its log
// tells what happened at every node.
package rounds
