package sim

// Fault is a kind of trouble. Strike makes it happen to the world somewhere
// that the chooser picks, and returns how to end it; nil when it ends by itself
// or had nothing to strike.
type Fault struct {
	Name   string
	Doc    string
	Strike func(w *World, c *Chooser) (end func())
}

// Faults is the table of faults from which no node loses its disk. The order is
// part of what seeds mean: add at the end.
func Faults() []Fault {
	return []Fault{
		{"loss", "a message is lost", strikeLoss},
		{"duplicate", "a message arrives twice", strikeDuplicate},
		{"partition", "two nodes cannot reach each other", strikePartition},
		{"one-way", "what one node sends to another is lost", strikeMute},
		{"crash", "a node crashes and comes back with its disk", strikeCrash},
		{"crash-unsaved", "a node crashes before it writes its log", crashAt(BeforePersist)},
		{"crash-unsent", "a node crashes after it wrote its log, before it sends", crashAt(BeforeSend)},
		{"pause", "a node hears nothing for a while", strikePause},
	}
}

// LossyFaults are faults that lose what no other node had yet. A test of a
// program meets them only where it says so.
func LossyFaults() []Fault {
	return []Fault{
		{"lost-disk", "a node crashes and comes back without its disk", func(w *World, c *Chooser) func() {
			n := w.nodes[c.Choose(len(w.nodes))]
			if !n.Alive() {
				return nil
			}
			n.Stop()
			return func() { n.restart(true) }
		}},
	}
}

func strikeLoss(w *World, c *Chooser) func() {
	if len(w.flights) > 0 {
		w.Drop(c.Choose(len(w.flights)))
	}
	return nil
}

func strikeDuplicate(w *World, c *Chooser) func() {
	if len(w.flights) > 0 {
		w.Duplicate(c.Choose(len(w.flights)))
	}
	return nil
}

// pair picks two nodes.
func pair(w *World, c *Chooser) (a, b string, ok bool) {
	if len(w.nodes) < 2 {
		return "", "", false
	}
	i := c.Choose(len(w.nodes))
	j := (i + 1 + c.Choose(len(w.nodes)-1)) % len(w.nodes)
	return w.nodes[i].Name, w.nodes[j].Name, true
}

func strikePartition(w *World, c *Chooser) func() {
	a, b, ok := pair(w, c)
	if !ok || w.cut[link{a, b}] || w.cut[link{b, a}] {
		return nil
	}
	w.Say("cut       %s | %s", a, b)
	w.Cut(a, b, true)
	return func() {
		w.Say("mended    %s | %s", a, b)
		w.Cut(a, b, false)
	}
}

func strikeMute(w *World, c *Chooser) func() {
	a, b, ok := pair(w, c)
	if !ok {
		return nil
	}
	w.Say("mute      %s -> %s", a, b)
	w.Mute(a, b, true)
	return func() { w.Mute(a, b, false) }
}

func strikeCrash(w *World, c *Chooser) func() {
	n := w.nodes[c.Choose(len(w.nodes))]
	if !n.Alive() {
		return nil
	}
	n.Stop()
	return func() { n.restart(false) }
}

// crashAt arms a node; it crashes when it next comes to that point.
func crashAt(p CrashPoint) func(w *World, c *Chooser) func() {
	return func(w *World, c *Chooser) func() {
		n := w.nodes[c.Choose(len(w.nodes))]
		if !n.Alive() {
			return nil
		}
		n.Crash = p
		return func() {
			n.Crash = NoCrash
			n.restart(false)
		}
	}
}

func strikePause(w *World, c *Chooser) func() {
	n := w.nodes[c.Choose(len(w.nodes))]
	n.Pause(true)
	return func() { n.Pause(false) }
}

// restart brings a node back. What it wrote itself can be read again, or the
// log is broken.
func (n *Node) restart(blank bool) {
	if err := n.Restart(blank); err != nil {
		panic(err)
	}
}
