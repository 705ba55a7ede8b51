package repl

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/chzyer/readline"
)

// The prompts: for a new entry, and for the lines that complete one.
const (
	prompt     = "lasp> "
	promptMore = "  ... "
)

// historyLimit is how many entries the history file keeps.
const historyLimit = 1000

// Terminal says how a shell reads from a terminal.
type Terminal struct {
	In      io.ReadCloser
	Out     io.Writer
	History string     // file; "" keeps none
	Width   func() int // columns; 0 or less where the terminal does not say
}

// Interactive reads entries from a terminal until Ctrl-D or :quit.
func (s *Session) Interactive(t Terminal, greeting string) error {
	if t.History != "" {
		if err := os.MkdirAll(filepath.Dir(t.History), 0o700); err != nil {
			t.History = "" // a session without memory is better than none
		}
	}
	rl, err := readline.NewEx(&readline.Config{
		Prompt:                 prompt,
		HistoryFile:            t.History,
		HistoryLimit:           historyLimit,
		DisableAutoSaveHistory: true,
		AutoComplete:           completer{s},
		InterruptPrompt:        "^C",
		EOFPrompt:              "\n",
		Stdin:                  &pasteReader{in: t.In},
		Stdout:                 t.Out,
		FuncGetWidth: func() int {
			if w := t.Width(); w > 0 {
				return w
			}
			return 80
		},
	})
	if err != nil {
		return fmt.Errorf("the terminal cannot be used: %w", err)
	}
	defer rl.Close()
	fmt.Fprint(t.Out, greeting, pasteOn)
	defer fmt.Fprint(t.Out, pasteOff)
	return s.converse(rl, t.Out)
}

// converse is the loop of a conversation.
func (s *Session) converse(rl *readline.Instance, out io.Writer) error {
	entry := ""
	for {
		rl.SetPrompt(prompt)
		if entry != "" {
			rl.SetPrompt(promptMore)
		}
		line, err := rl.Readline()
		switch {
		case errors.Is(err, readline.ErrInterrupt):
			if entry == "" && line == "" {
				fmt.Fprintln(out, "(Ctrl-D or :quit ends)")
			}
			entry = ""
			continue
		case errors.Is(err, io.EOF):
			fmt.Fprintln(out)
			return nil
		case err != nil:
			return err
		}
		entry += strings.ReplaceAll(line, newlineMark, "\n")
		done, quit := s.take(entry, strings.TrimSpace(line) == "")
		if quit {
			return nil
		}
		if !done {
			entry += "\n"
			continue
		}
		if text := strings.TrimSpace(entry); text != "" {
			_ = rl.SaveHistory(strings.ReplaceAll(text, "\n", newlineMark)) // forgotten if the disk is full
		}
		entry = ""
	}
}

// Plain reads entries from a terminal that cannot move its cursor: lines come as
// they are, and no control sequence is written.
func (s *Session) Plain(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), 16<<20)
	entry := ""
	fmt.Fprint(s.o.Out, prompt)
	for lines.Scan() {
		line := lines.Text()
		entry += line + "\n"
		done, quit := s.take(entry, strings.TrimSpace(line) == "")
		if quit {
			return nil
		}
		next := promptMore
		if done {
			entry, next = "", prompt
		}
		fmt.Fprint(s.o.Out, next)
	}
	fmt.Fprintln(s.o.Out)
	return lines.Err()
}

// take carries out an entry if it is complete; an empty line ends one that is
// not, which then tells what it lacks.
func (s *Session) take(entry string, enough bool) (done, quit bool) {
	text := strings.TrimSpace(entry)
	if text == "" {
		return true, false
	}
	defer s.heedInterrupts()()
	if strings.HasPrefix(text, ":") {
		_, quit := s.Command(text)
		return true, quit
	}
	out := s.Eval(entry)
	if !out.Incomplete {
		return true, false
	}
	if enough {
		s.Unfinished(entry)
	}
	return enough, false
}

// heedInterrupts makes Ctrl-C stop the evaluation that runs instead of the
// session: what was asked for is not answered, what was written stays. The
// returned function ends that.
func (s *Session) heedInterrupts() func() {
	ch, done, ended := make(chan os.Signal, 1), make(chan struct{}), make(chan struct{})
	signal.Notify(ch, os.Interrupt)
	go func() {
		defer close(ended)
		select {
		case <-ch:
			s.stop.Store(true)
		case <-done:
		}
	}()
	return func() {
		signal.Stop(ch)
		close(done)
		<-ended
		if s.stop.Swap(false) {
			fmt.Fprintln(s.o.Err, "stopped by Ctrl-C")
		}
	}
}

// Script reads entries without a prompt and reports whether all succeeded. An
// entry goes on while it is incomplete and while the next line is indented or
// begins with a closing bracket.
func (s *Session) Script(in io.Reader) (ok bool, err error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), 16<<20)
	ok = true
	entry := ""
	flush := func(last bool) {
		if strings.TrimSpace(entry) == "" {
			entry = ""
			return
		}
		switch out := s.Eval(entry); {
		case out.Incomplete && !last:
			return
		case out.Incomplete:
			s.Unfinished(entry)
			ok = false
		case out.Failed:
			ok = false
		}
		entry = ""
	}
	for lines.Scan() {
		line := lines.Text()
		if !continues(line) {
			flush(false)
		}
		if entry == "" && strings.HasPrefix(line, ":") {
			out, quit := s.Command(line)
			ok = ok && !out.Failed
			if quit {
				return ok, nil
			}
			continue
		}
		entry += line + "\n"
	}
	flush(true)
	return ok, lines.Err()
}

// continues reports whether a line looks like the rest of the one above it.
func continues(line string) bool {
	return line != "" && strings.IndexByte(" \t)]}|&", line[0]) >= 0
}
