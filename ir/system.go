package ir

// The names of the hidden cells that hold what the built-in names `errors` and
// `conflicts` mean. They begin with a capital, as no declared cell does. A
// program has them where it names these; the replica fills them.
const (
	ErrorsCell    = "Errors"
	ConflictsCell = "Conflicts"
)

// SystemCell is the hidden cell behind a built-in name, "" for other names.
func SystemCell(name string) string {
	switch name {
	case "errors":
		return ErrorsCell
	case "conflicts":
		return ConflictsCell
	}
	return ""
}

// IsHidden reports whether a cell is not declared in the source: it keeps a
// history, errors or conflicts.
func (c *Cell) IsHidden() bool { return c.Name[0] >= 'A' && c.Name[0] <= 'Z' }

// FindCell is the index of the cell of a name, -1 if there is none.
func (p *Program) FindCell(name string) int {
	for i, c := range p.Cells {
		if c.Name == name {
			return i
		}
	}
	return -1
}
