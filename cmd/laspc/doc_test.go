package main

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the pages that are made from the sources")

// TestStdlibPage holds docs/stdlib.md against the library that it describes.
func TestStdlibPage(t *testing.T) {
	const path = "../../docs/stdlib.md"
	want := libraryMarkdown()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("docs/stdlib.md is not what the library says (%v); run this test with -update", err)
	}
}
