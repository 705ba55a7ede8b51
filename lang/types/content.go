package types

// Content is the type of what is in something of a view type once it can change
// no more: a value for a Max, Min or bound IVar, a list for a stream, a truth for
// a Flag, and for a set or map the same with such contents.
func Content(t *Type) *Type {
	t = t.Resolve()
	switch t.Con {
	case "Max", "Min", "IVar":
		return t.Args[0]
	case "Stream":
		return ListOf(t.Args[0])
	case "Flag":
		return Bool
	case "Map":
		return MapOf(t.Args[0], Content(t.Args[1]))
	}
	return t
}
