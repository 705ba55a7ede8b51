package ir

// HistoryName is the name of the hidden grow-only cell that keeps every element
// ever added to the set cell of the given name, for `ever(s)`. It begins with a
// capital, as no declared cell does.
func HistoryName(cell string) string { return "Ever_" + cell }

// Histories maps the index of each cell whose history is kept to the index of
// the hidden cell that keeps it.
func (p *Program) Histories() map[int]int {
	index := make(map[string]int, len(p.Cells))
	for i, c := range p.Cells {
		index[c.Name] = i
	}
	kept := map[int]int{}
	for i, c := range p.Cells {
		if h, ok := index[HistoryName(c.Name)]; ok {
			kept[i] = h
		}
	}
	return kept
}
