// Package examples_test checks, tests and runs every example with the real
// command.
package examples_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/laspc/lasp/examples/ads"
	"github.com/laspc/lasp/lang/value"
)

var update = flag.Bool("update", false, "rewrite the expected diagnostics of rejected programs")

// laspc is the command, built once for all tests.
var laspc string

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "laspc")
	if err != nil {
		panic(err)
	}
	laspc = filepath.Join(dir, "laspc")
	if out, err := exec.Command("go", "build", "-o", laspc, "../cmd/laspc").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "laspc does not build:\n%s", out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// command runs laspc and returns its outputs and exit code.
func command(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(laspc, args...)
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "LASP_HOME="+t.TempDir())
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// schedules is how many delivery schedules the tests in the programs run under;
// LASP_SCHEDULES sets another number.
func schedules() string {
	if n := os.Getenv("LASP_SCHEDULES"); n != "" {
		return n
	}
	return "30"
}

// elsewhere are folders of another form, which tests of their own look at.
var elsewhere = []string{"rejected", "workloads", "tutorial", "maelstrom"}

func folders(t *testing.T) []string {
	t.Helper()
	programs, err := filepath.Glob("*/*.lasp")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range programs {
		if dir := filepath.Dir(p); !slices.Contains(elsewhere, dir) {
			names = append(names, dir)
		}
	}
	if len(names) < 14 {
		t.Fatalf("only the examples %v were found", names)
	}
	return names
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestExamples(t *testing.T) {
	for _, name := range folders(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := filepath.Join(name, name+".lasp")
			if _, stderr, code := command(t, "check", program); code != 0 {
				t.Fatalf("check: exit %d\n%s", code, stderr)
			}
			if _, stderr, code := command(t, "fmt", "--check", program); code > 1 {
				t.Errorf("fmt: exit %d\n%s", code, stderr)
			}
			run := []string{"run", program, "--input", filepath.Join(name, "events.jsonl")}
			stdout, stderr, code := command(t, run...)
			if code != 0 || stdout != read(t, filepath.Join(name, "expected.txt")) {
				t.Errorf("run: exit %d, printed\n%s%s", code, stdout, stderr)
			}
			if stdout, stderr, code := command(t, "test", "--schedules", schedules(), program); code != 0 {
				t.Errorf("test: exit %d\n%s%s", code, stdout, stderr)
			}
		})
	}
}

// TestMaelstrom runs the tests that the programs for the workbench have; what
// they do as nodes of it is tested with the command.
func TestMaelstrom(t *testing.T) {
	programs, err := filepath.Glob("maelstrom/*.lasp")
	if err != nil || len(programs) == 0 {
		t.Fatalf("%d programs, %v", len(programs), err)
	}
	for _, p := range programs {
		t.Run(filepath.Base(p), func(t *testing.T) {
			t.Parallel()
			if _, stderr, code := command(t, "fmt", "--check", p); code != 0 {
				t.Errorf("fmt: exit %d\n%s", code, stderr)
			}
			if stdout, stderr, code := command(t, "test", "--schedules", schedules(), p); code != 0 {
				t.Errorf("test: exit %d\n%s%s", code, stdout, stderr)
			}
		})
	}
}

func TestRejected(t *testing.T) {
	programs, err := filepath.Glob("rejected/*.lasp")
	if err != nil || len(programs) < 11 {
		t.Fatalf("%d rejected programs, %v", len(programs), err)
	}
	for _, p := range programs {
		t.Run(filepath.Base(p), func(t *testing.T) {
			t.Parallel()
			_, stderr, code := command(t, "check", p)
			if code != 1 {
				t.Errorf("exit %d, want 1", code)
			}
			golden := strings.TrimSuffix(p, ".lasp") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(stderr), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := read(t, golden); stderr != want {
				t.Errorf("printed\n%s\nwant\n%s", stderr, want)
			}
			judged(t, p)
		})
	}
}

// judged holds the JSON of the diagnostics against the first line of the
// program: the family of the code, the line, and what must be named.
func judged(t *testing.T, program string) {
	t.Helper()
	var families, rest string
	var line int
	head, _, _ := strings.Cut(read(t, program), "\n")
	head = strings.TrimPrefix(head, "// rejected: ")
	families, rest, _ = strings.Cut(head, " at line ")
	if _, err := fmt.Sscanf(rest, "%d", &line); err != nil {
		t.Fatalf("the first line does not say at which line: %s", head)
	}
	stdout, _, _ := command(t, "check", "--json", program)
	var got struct {
		Diagnostics []struct {
			Code, Severity string
			Line           int
		}
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, d := range got.Diagnostics {
		for _, family := range strings.Split(families, " or ") {
			found = found || d.Severity == "error" && d.Line == line && strings.HasPrefix(d.Code, family)
		}
	}
	if !found {
		t.Errorf("no error of %s at line %d: %s", families, line, stdout)
	}
	for i, word := range strings.Split(rest, "`") {
		if i%2 == 1 && !strings.Contains(word, " ") && !strings.Contains(stdout, strings.Trim(string(value.MakeString(word).AppendJSON(nil)), `"`)) {
			t.Errorf("the diagnostics do not name %s: %s", word, stdout)
		}
	}
}

// TestAdsAtSize runs 100,000 impressions and holds the result against plain
// counting.
func TestAdsAtSize(t *testing.T) {
	const limit = 2000
	impressions := ads.Impressions(1, 100_000)
	views, live := ads.Expect(impressions, limit)
	path := filepath.Join(t.TempDir(), "events.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	enc := json.NewEncoder(f)
	for _, e := range ads.Setup() {
		if err := enc.Encode(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, ad := range impressions {
		if err := enc.Encode(ads.Impression(ad)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := command(t, "run", "ads/ads.lasp", "--input", path, "--set", fmt.Sprint("limit=", limit), "--json", "--time")
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	t.Log(stderr)
	var gotViews map[string]int
	var gotLive []ads.Ad
	for line := range strings.Lines(stdout) {
		var show struct {
			Show  string
			Value json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &show); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		into := map[string]any{"views": &gotViews, "live": &gotLive}[show.Show]
		if err := json.Unmarshal(show.Value, into); err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(gotViews) != fmt.Sprint(views) {
		t.Error("the views are not what plain counting gives")
	}
	var ids []string
	for _, ad := range gotLive {
		ids = append(ids, ad.ID)
	}
	if strings.Join(ids, " ") != strings.Join(live, " ") {
		t.Errorf("%d ads are live, plain counting gives %d", len(ids), len(live))
	}
}
