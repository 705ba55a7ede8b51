package state

import (
	"fmt"

	"github.com/laspc/lasp/lang/value"
)

// The plain model of bounded counters: who did what having seen what. A removal
// of the key around a counter ends it, with all that was done to it without
// having seen the removal.

// at reports whether an event is about a counter: the one under a key, or the
// removal of the key.
func (e *event) at(path []value.Value) bool {
	if e.mutator == "remove" {
		return len(path) == 1 && value.Equal(e.args[0], path[0])
	}
	return fmt.Sprint(e.path) == fmt.Sprint(path)
}

// epoch is how many lives of a counter had ended for all that an event has seen.
func (e *event) epoch(all []*event, path []value.Value) int {
	n := 0
	for i, o := range all {
		if e.seen[i] && o.mutator == "remove" && o.at(path) && o.ends(all, path) {
			n = max(n, o.epoch(all, path)+1)
		}
	}
	return n
}

// ends reports whether a removal saw something to remove.
func (e *event) ends(all []*event, path []value.Value) bool {
	for i, o := range all {
		if e.seen[i] && o.mutator != "remove" && o.at(path) && !o.refused && o.epoch(all, path) == e.epoch(all, path) {
			return true
		}
	}
	return false
}

// lacksRights reports whether an event takes more than its replica has added.
// Nothing moves rights in the worlds of the laws.
func lacksRights(all []*event, e *event) bool {
	if e.mutator != "decrement" {
		return false
	}
	have := int64(0)
	for i, o := range all {
		if e.seen[i] && o.rep == e.rep && o.mutator != "remove" && o.at(e.path) && o.epoch(all, e.path) == e.epoch(all, e.path) {
			have += o.counts()
		}
	}
	return have < e.args[0].Int()
}

// latestEpoch lists what was done to the counter under a key in its last life.
func latestEpoch(all []*event, key value.Value) []*event {
	path := []value.Value{key}
	last := 0
	for _, e := range all {
		switch {
		case !e.at(path):
		case e.mutator != "remove":
			last = max(last, e.epoch(all, path))
		case e.ends(all, path):
			last = max(last, e.epoch(all, path)+1)
		}
	}
	var list []*event
	for _, e := range all {
		if e.mutator != "remove" && e.at(path) && e.epoch(all, path) == last {
			c := *e
			c.path = nil
			list = append(list, &c)
		}
	}
	return list
}
