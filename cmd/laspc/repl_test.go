package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// terminal is laspc in a pseudo terminal.
type terminal struct {
	t    *testing.T
	pty  *os.File
	cmd  *exec.Cmd
	done chan error

	mu   sync.Mutex
	seen bytes.Buffer // what the screen got
	from int          // where in the text of it the next expectation begins
}

// openTerminal starts the REPL in a terminal of a size; home keeps its history.
func openTerminal(t *testing.T, home string, size *pty.Winsize, args ...string) *terminal {
	t.Helper()
	return openTerminalAs(t, home, size, "xterm", args...)
}

// openTerminalAs is openTerminal with a kind of terminal.
func openTerminalAs(t *testing.T, home string, size *pty.Winsize, kind string, args ...string) *terminal {
	t.Helper()
	cmd := exec.Command("laspc", args...)
	cmd.Env = append(os.Environ(), "LASP_HOME="+home, "TERM="+kind, "NO_COLOR=1")
	f, err := pty.StartWithSize(cmd, size)
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, pty: f, cmd: cmd, done: make(chan error, 1)}
	go term.read()
	go func() { term.done <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = f.Close()
	})
	return term
}

func (x *terminal) read() {
	buf := make([]byte, 4096)
	for {
		n, err := x.pty.Read(buf)
		x.mu.Lock()
		x.seen.Write(buf[:n])
		x.mu.Unlock()
		if err != nil {
			return
		}
	}
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f]`)

// screen is what was printed since the last expectation, without the control of
// the cursor.
func (x *terminal) screen() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return strings.ReplaceAll(escapes.ReplaceAllString(x.seen.String(), ""), "\r", "")[x.from:]
}

// expect waits until the screen holds what a pattern matches, and forgets what
// was printed up to there.
func (x *terminal) expect(pattern string) {
	x.t.Helper()
	re := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if at := re.FindStringIndex(x.screen()); at != nil {
			x.from += at[1]
			return
		}
	}
	x.t.Fatalf("%q does not appear on the screen:\n%s\n%q", pattern, x.screen(), x.screen())
}

func (x *terminal) press(keys string) {
	x.t.Helper()
	if _, err := x.pty.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// ends waits for the process to end and returns its exit code.
func (x *terminal) ends() int {
	x.t.Helper()
	select {
	case <-x.done:
		return x.cmd.ProcessState.ExitCode()
	case <-time.After(20 * time.Second):
		x.t.Fatalf("the REPL does not end:\n%s", x.screen())
		return -1
	}
}

// leave presses Ctrl-D until the process ends, and returns its exit code. Between
// two lines the terminal is not the REPL's, and what is pressed then may be lost.
func (x *terminal) leave() int {
	x.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		_, _ = x.pty.WriteString(ctrlD) // an error means that it has ended
		select {
		case <-x.done:
			return x.cmd.ProcessState.ExitCode()
		case <-time.After(500 * time.Millisecond):
		}
	}
	return x.ends()
}

const (
	ctrlC = "\x03"
	ctrlD = "\x04"
	up    = "\x1b[A"
	tab   = "\t"
	enter = "\r"
)

var window = &pty.Winsize{Rows: 30, Cols: 100}

func TestTerminalSession(t *testing.T) {
	home := t.TempDir()
	x := openTerminal(t, home, window)
	x.expect(`Lasp .*:help for help`)
	x.expect(`lasp> *$`)
	x.press("shared seen: GSet[Int]" + enter)
	x.expect(`seen = \{\} : GSet\[Int\], stable`)

	// an entry of several lines
	x.press("let big = { n for n in seen" + enter)
	x.expect(`\.\.\. *$`)
	x.press("if n > 2 }" + enter)
	x.expect(`big = \{\} : Set\[Int\], stable`)

	// completion of a name, and of a mutator
	x.press("see" + tab + ".add_" + tab + "([1, 5])" + enter)
	x.expect(`seen = \{1, 5\} : GSet\[Int\], stable`)

	// Ctrl-C drops what was typed, also of several lines
	x.press("let nonsense = (" + enter)
	x.expect(`\.\.\. *$`)
	x.press(ctrlC)
	x.expect(`lasp> *$`)
	x.press("big" + ctrlC)
	x.expect(`lasp> *$`)
	x.press("big" + enter)
	x.expect(`\n\{5\} : Set\[Int\], stable`)

	// Ctrl-Space is no key, and what comes after it is
	x.press("\x00big" + enter)
	x.expect(`\n\{5\} : Set\[Int\], stable`)

	// a mistake does not end the session
	x.press("bgi" + enter)
	x.expect(`L02`)
	if code := x.leave(); code != exitDone {
		t.Errorf("Ctrl-D ends with exit %d", code)
	}

	// the next session remembers
	history, err := os.ReadFile(filepath.Join(home, "history"))
	if err != nil || !strings.Contains(string(history), "let big = { n for n in seen⏎if n > 2 }") {
		t.Errorf("the history holds %q, %v", history, err)
	}
	x = openTerminal(t, home, window)
	x.expect(`lasp> *$`)
	x.press(up + up + up + enter)
	x.expect(`L02`) // `seen.add_all` of a session that has no such cell
	x.press(":quit" + enter)
	if code := x.ends(); code != exitDone {
		t.Errorf(":quit ends with exit %d", code)
	}
}

func TestPastedBlockIsOneEntry(t *testing.T) {
	x := openTerminal(t, t.TempDir(), window)
	x.expect(`lasp> *$`)
	x.press("\x1b[200~shared s: GSet[Int]\nlet twice = {\n\tn * 2 for n in s\n}\ns.add(21)\ntwice\x1b[201~")
	x.expect(`⏎twice`)
	x.press(enter)
	x.expect(`s = \{21\} : GSet\[Int\], stable\n\{42\} : Set\[Int\], stable`)
	x.leave()
}

func TestWindowWithoutSize(t *testing.T) {
	x := openTerminal(t, t.TempDir(), &pty.Winsize{})
	x.expect(`lasp> `)
	x.press("1 + 1" + enter)
	x.expect(`2 : Nat, fixed`)
	x.press("si" + tab + tab)
	x.press(ctrlC)
	x.expect(`\^C(stopped by Ctrl-C)?\s*lasp> *$`) // a slow machine may still be at work
	if code := x.leave(); code != exitDone {
		t.Errorf("exit %d", code)
	}
}

func TestInterruptDuringWorkKeepsTheSession(t *testing.T) {
	x := openTerminal(t, t.TempDir(), window)
	x.expect(`lasp> *$`)
	x.press("fn from(n: Int) -> Stream[Int] = n :: from(n + 1)" + enter)
	x.expect(`from : `)
	x.press("from(2).filter(n => \"{n}\" == \"\").take(1)" + enter)
	time.Sleep(300 * time.Millisecond) // it looks for seconds
	x.press(ctrlC)
	x.expect(`stopped by Ctrl-C`)
	x.expect(`lasp> *$`)
	x.press("1 + 1" + enter)
	x.expect(`2 : Nat, fixed`)
}

// TestDumbTerminal shows that a terminal without control gets none.
func TestDumbTerminal(t *testing.T) {
	x := openTerminalAs(t, t.TempDir(), window, "dumb")
	x.expect(`lasp> $`)
	x.press("let twos = { n * 2\n")
	x.expect(`\.\.\. $`)
	x.press("for n in {1, 2} }\n")
	x.expect(`twos = \{2, 4\} : Set\[Nat\], fixed`)
	x.press(":quit\n")
	if err := <-x.done; err != nil {
		t.Error(err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if bytes.Contains(x.seen.Bytes(), []byte("\x1b")) {
		t.Errorf("a dumb terminal gets control sequences: %q", x.seen.String())
	}
}
