package ir

import "strings"

// SealName is the name of the hidden cell that holds the content of a sealed
// cell, or of its entries so many maps deep. It begins with a capital, as no
// declared cell does.
func SealName(cell string, depth int) string {
	return "Sealed" + strings.Repeat("_of", depth) + "_" + cell
}

// SealedCell is a hidden cell that holds what was sealed, Depth maps deep in a cell.
type SealedCell struct {
	Depth, Cell int
}

// Seals maps the index of each cell that can be sealed to the hidden cells that
// hold its sealed content, by depth.
func (p *Program) Seals() map[int][]SealedCell {
	index := make(map[string]int, len(p.Cells))
	for i, c := range p.Cells {
		index[c.Name] = i
	}
	seals := map[int][]SealedCell{}
	for i, c := range p.Cells {
		for depth := 0; depth <= MaxSealDepth; depth++ {
			if h, ok := index[SealName(c.Name, depth)]; ok {
				seals[i] = append(seals[i], SealedCell{depth, h})
			}
		}
	}
	return seals
}

// MaxSealDepth bounds how many maps deep something can be sealed.
const MaxSealDepth = 8
