package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// outside is what is needed to run laspc.
type outside struct {
	laspc    string
	programs string
	data     string
	profile  string // where runs write a profile of processor time, if set
}

// sample is the figures of one run.
type sample map[string]float64

// build makes laspc in a folder, from the module that this one stands in: without C,
// as a process that needs no dynamic linker starts a millisecond sooner.
func build(dir string) (string, error) {
	path, err := filepath.Abs(filepath.Join(dir, "laspc"))
	if err != nil {
		return "", err
	}
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/laspc/lasp").Output()
	if err != nil {
		return "", fmt.Errorf("go list: %w; run the command in the folder bench", err)
	}
	cmd := exec.Command("go", "build", "-o", path, "./cmd/laspc")
	cmd.Dir, cmd.Stderr, cmd.Env = strings.TrimSpace(string(root)), os.Stderr, append(os.Environ(), "CGO_ENABLED=0")
	return path, cmd.Run()
}

// run runs a workload once and checks what it shows.
func (o *outside) run(w *job, limit time.Duration) (sample, error) {
	args := []string{"run", "--json", "--time", filepath.Join(o.programs, w.program+".lasp")}
	for cell, file := range w.loads {
		args = append(args, "--load", cell+"="+filepath.Join(o.data, file))
	}
	if w.input != "" {
		args = append(args, "--input", filepath.Join(o.data, w.input))
	}
	s, out, stderr, err := o.process(limit, args...)
	if err != nil {
		return nil, err
	}
	if got := shown(out); got != w.want {
		return nil, fmt.Errorf("%s shows %s, want %s", w.id, got, w.want)
	}
	return s, s.addTurns(stderr)
}

// usage is what the helper process tells about the one that it ran.
type usage struct {
	Wall, CPU time.Duration
	Peak      int64 // bytes
	Exit      int
}

// helper runs a command and writes its usage to the file descriptor 3. A system
// counts the memory of a process from that of its parent on, so the parent has to
// be small, which this process is not once it has measured something itself.
func helper(command []string) error {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	began := time.Now()
	err := cmd.Run()
	u := usage{Wall: time.Since(began)}
	if cmd.ProcessState == nil {
		return err
	}
	u.CPU, u.Exit = cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime(), cmd.ProcessState.ExitCode()
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.Peak = r.Maxrss
		if runtime.GOOS != "darwin" {
			u.Peak <<= 10
		}
	}
	return json.NewEncoder(os.NewFile(3, "usage")).Encode(u)
}

// helperFlag is the first argument of a helper process.
const helperFlag = "-helper"

// process runs laspc.
func (o *outside) process(limit time.Duration, args ...string) (s sample, stdout, stderr []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if o.profile != "" && args[0] == "run" {
		args = slices.Insert(slices.Clone(args), 1, "--profile", o.profile)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, nil, nil, err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{helperFlag, o.laspc}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that both end at the limit
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	told, tell, err := os.Pipe()
	if err != nil {
		return nil, nil, nil, err
	}
	defer told.Close()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = &out, &errs, []*os.File{tell}
	err = cmd.Run()
	tell.Close()
	if ctx.Err() != nil {
		return nil, nil, nil, fmt.Errorf("not done in %s", limit)
	}
	var u usage
	if err == nil {
		err = json.NewDecoder(told).Decode(&u)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	s = sample{whole: ms(u.Wall), processor: ms(u.CPU), memory: float64(u.Peak) / 1e6}
	if u.Exit != 0 {
		err = &exitError{u.Exit, firstLine(errs.String())}
	}
	return s, out.Bytes(), errs.Bytes(), err
}

// exitError is that laspc ended with another status than 0.
type exitError struct {
	status int
	said   string
}

// Error tells the status and what was said first.
func (e *exitError) Error() string { return fmt.Sprintf("exit status %d: %s", e.status, e.said) }

// refused runs laspc on what it has to refuse, with exit status 1.
func (o *outside) refused(limit time.Duration, args ...string) (sample, error) {
	s, _, _, err := o.process(limit, args...)
	var exit *exitError
	switch {
	case errors.As(err, &exit) && exit.status == 1:
		return s, nil
	case err == nil:
		return nil, errors.New("it was not refused")
	}
	return nil, err
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// shown is the values of the shows, as JSON lines give them.
func shown(out []byte) string {
	var values []string
	for _, line := range bytes.Split(bytes.TrimSpace(out), []byte("\n")) {
		var show struct{ Value json.RawMessage }
		if json.Unmarshal(line, &show) == nil && show.Value != nil {
			values = append(values, string(show.Value))
		}
	}
	return strings.Join(values, " ")
}

// addTurns reads the line of times that run --time --json writes.
func (s sample) addTurns(stderr []byte) error {
	for _, line := range bytes.Split(stderr, []byte("\n")) {
		var t struct {
			Times struct {
				Turns         int
				P50, P99, Max time.Duration
			}
		}
		if !bytes.HasPrefix(line, []byte(`{"times"`)) {
			continue
		}
		if err := json.Unmarshal(line, &t); err != nil {
			return err
		}
		if t.Times.Turns > 0 {
			s[p50], s[p99] = micros(t.Times.P50), micros(t.Times.P99)
		}
	}
	return nil
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
