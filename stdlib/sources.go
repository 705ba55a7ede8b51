package stdlib

import (
	"embed"
	"slices"
	"strings"
)

//go:embed *.lasp
var sources embed.FS

// Modules are the names of the parts of the library that are written in Lasp and
// imported by name, sorted.
func Modules() []string {
	entries, err := sources.ReadDir(".")
	if err != nil {
		panic(err) // the embedded folder is always there
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".lasp"))
	}
	slices.Sort(names)
	return names
}

// Source is the text of a part of the library, or nil. The caller owns it.
func Source(module string) []byte {
	text, err := sources.ReadFile(module + ".lasp")
	if err != nil {
		return nil
	}
	return text
}
