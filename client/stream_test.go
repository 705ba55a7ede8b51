package client_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/laspc/lasp/client"
)

// given is a line that a node gets by a stream.
type given struct {
	N     uint64          `json:"n"`
	Input string          `json:"input"`
	ID    string          `json:"id"`
	Args  json.RawMessage `json:"args"`
}

// streamNode plays a node that takes streams. For each it calls play with the
// number of the stream, the lines as they come and a function that writes a line.
func streamNode(t *testing.T, play func(stream int, lines *bufio.Scanner, answer func(format string, args ...any))) (addr string, ca []byte, opened func() int) {
	t.Helper()
	var mu sync.Mutex
	count := 0
	addr, ca = standIn(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/stream" || r.Header.Get("Authorization") != "Bearer secret" || r.Header.Get("Content-Type") != "application/x-ndjson" {
			t.Errorf("%s %s", r.URL.Path, r.Header)
		}
		ctrl := http.NewResponseController(w)
		if err := errors.Join(ctrl.EnableFullDuplex(), ctrl.Flush()); err != nil {
			t.Error(err)
		}
		mu.Lock()
		count++
		n := count
		mu.Unlock()
		defer ctrl.SetReadDeadline(time.Now()) // package http would read what a broken stream still gets
		play(n, bufio.NewScanner(r.Body), func(format string, args ...any) {
			fmt.Fprintf(w, format+"\n", args...)
			ctrl.Flush()
		})
	})
	return addr, ca, func() int {
		mu.Lock()
		defer mu.Unlock()
		return count
	}
}

func parse(t *testing.T, line []byte) (g given) {
	t.Helper()
	if err := json.Unmarshal(line, &g); err != nil {
		t.Errorf("%s: %v", line, err)
	}
	return g
}

// TestCallersShareAStream: callers that wait at once are answered on one stream,
// in whatever order, each with what is its own.
func TestCallersShareAStream(t *testing.T) {
	const callers = 100
	addr, ca, opened := streamNode(t, func(_ int, lines *bufio.Scanner, answer func(string, ...any)) {
		var all []given
		for len(all) < callers && lines.Scan() {
			all = append(all, parse(t, lines.Bytes()))
		}
		slices.Reverse(all)
		for _, g := range all {
			if g.Input != `say "ä"` {
				t.Errorf("input %q", g.Input)
			}
			answer(`{"n":%d,"reply":[%s,%q]}`, g.N, g.Args, g.ID)
		}
		for lines.Scan() {
			answer(`{"n":%d,"ok":true}`, parse(t, lines.Bytes()).N)
		}
	})
	c := connect(t, ca, addr)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			key := fmt.Sprintf("key <%d>", i)
			reply, err := c.Input(t.Context(), key, `say "ä"`, []int{i})
			if want := fmt.Sprintf("[[%d],%q]", i, key); err != nil || string(reply) != want {
				t.Errorf("%s %v, want %s", reply, err, want)
			}
		})
	}
	all.Wait()
	if reply, err := c.Input(t.Context(), "", "x", nil); err != nil || reply != nil {
		t.Errorf("%s %v", reply, err)
	}
	if opened() != 1 {
		t.Errorf("%d streams", opened())
	}
}

// TestBrokenStreamIsTakenUpUnderTheSameKeys: a node answers some of what it has
// done and breaks off; the rest comes again, with the same keys, and nothing else.
func TestBrokenStreamIsTakenUpUnderTheSameKeys(t *testing.T) {
	const callers = 60
	var mu sync.Mutex
	took := map[string]int{}
	addr, ca, opened := streamNode(t, func(stream int, lines *bufio.Scanner, answer func(string, ...any)) {
		for i := 0; (stream > 1 || i < callers) && lines.Scan(); i++ {
			g := parse(t, lines.Bytes())
			mu.Lock()
			took[g.ID]++
			mu.Unlock()
			if stream > 1 || i%3 == 0 {
				answer(`{"n":%d,"reply":%s}`, g.N, g.Args)
			}
		}
		if stream == 1 {
			panic(http.ErrAbortHandler)
		}
	})
	c := connect(t, ca, addr)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			reply, err := c.Input(t.Context(), "", "x", i)
			if err != nil || string(reply) != fmt.Sprint(i) {
				t.Errorf("%d: %s %v", i, reply, err)
			}
		})
	}
	all.Wait()
	once, twice := 0, 0
	for key, n := range took {
		switch {
		case n == 1:
			once++
		case n == 2:
			twice++
		default:
			t.Errorf("%s came %d times", key, n)
		}
	}
	if once != callers/3 || twice != callers-callers/3 || opened() != 2 {
		t.Errorf("%d came once, %d twice, %d streams", once, twice, opened())
	}
}

// TestAStreamThatAlwaysBreaksIsGivenUp: and the error says so.
func TestAStreamThatAlwaysBreaksIsGivenUp(t *testing.T) {
	addr, ca, opened := streamNode(t, func(_ int, lines *bufio.Scanner, _ func(string, ...any)) {
		lines.Scan()
		panic(http.ErrAbortHandler)
	})
	_, err := connect(t, ca, addr).Input(t.Context(), "", "x", nil)
	var gone *client.Unreachable
	if !errors.As(err, &gone) || opened() != 2 {
		t.Errorf("%v after %d streams", err, opened())
	}
}

// TestStoppingNodeIsPassedOver: what a node that stops did not take goes to the
// next, whether it says so of an input or of the stream.
func TestStoppingNodeIsPassedOver(t *testing.T) {
	for _, n := range []string{`"n":0,`, ""} {
		stopping, ca, _ := streamNode(t, func(_ int, lines *bufio.Scanner, answer func(string, ...any)) {
			lines.Scan()
			answer(`{%s"error":{"code":"L0620","message":"stopping","status":503}}`, n)
			lines.Scan()
		})
		good, _, _ := streamNode(t, func(_ int, lines *bufio.Scanner, answer func(string, ...any)) {
			for lines.Scan() {
				answer(`{"n":%d,"reply":%q}`, parse(t, lines.Bytes()).N, parse(t, lines.Bytes()).ID)
			}
		})
		reply, err := connect(t, ca, stopping, good).Input(t.Context(), "key", "x", nil)
		if err != nil || string(reply) != `"key"` {
			t.Errorf("%q: %s %v", n, reply, err)
		}
		_, err = connect(t, ca, stopping).Input(t.Context(), "key", "x", nil)
		var e *client.Error
		if !errors.As(err, &e) || e.Status != 503 || e.Code != "L0620" {
			t.Errorf("%q: %v", n, err)
		}
	}
}

// TestErrorsOfInputs: what a node refuses has the same form as without streams,
// and what is refused of one caller is not repeated.
func TestErrorsOfInputs(t *testing.T) {
	addr, ca, opened := streamNode(t, func(_ int, lines *bufio.Scanner, answer func(string, ...any)) {
		for lines.Scan() {
			answer(`{"n":%d,"error":{"code":"L0602","message":"no input","hint":"try buy","status":404}}`, parse(t, lines.Bytes()).N)
		}
	})
	refusing, _ := standIn(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"error":{"code":"L0610","message":"no token"}}`)
	})
	for addr, want := range map[string]client.Error{
		addr:     {Status: 404, Code: "L0602", Message: "no input", Hint: "try buy"},
		refusing: {Status: 401, Code: "L0610", Message: "no token"},
	} {
		_, err := connect(t, ca, addr).Input(t.Context(), "", "x", nil)
		var e *client.Error
		if !errors.As(err, &e) || *e != want {
			t.Errorf("%v, want %v", err, want)
		}
	}
	if opened() != 1 {
		t.Errorf("%d streams", opened())
	}
	if _, err := connect(t, ca, addr).Input(t.Context(), "", "x", func() {}); err == nil || opened() != 1 {
		t.Errorf("arguments without a form in JSON: %v", err)
	}
}

// TestWhoGivesUpDoesNotStopOthers: a caller that does not wait any longer leaves
// the stream to the others, and its late answer is nobody's; when many have left,
// another stream takes over.
func TestWhoGivesUpDoesNotStopOthers(t *testing.T) {
	addr, ca, opened := streamNode(t, func(_ int, lines *bufio.Scanner, answer func(string, ...any)) {
		for lines.Scan() {
			if g := parse(t, lines.Bytes()); g.Input == "now" {
				answer(`{"n":%d,"ok":true}`, g.N)
			}
		}
	})
	c := connect(t, ca, addr)
	give := func(input string, d time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		_, err := c.Input(ctx, "", input, nil)
		return err
	}
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if err := give("never", 10*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
		})
	}
	all.Wait()
	if err := give("now", time.Minute); err != nil || opened() > 2 {
		t.Errorf("%v after %d streams", err, opened())
	}
}

func TestInputsAreAnsweredInTimeOrNot(t *testing.T) {
	addr, ca, _ := streamNode(t, func(_ int, lines *bufio.Scanner, _ func(string, ...any)) {
		for lines.Scan() {
		}
	})
	c, err := client.New(client.Options{Addrs: []string{addr}, CA: ca, Token: "secret", Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Input(context.Background(), "", "x", nil)
	var gone *client.Unreachable
	if !errors.As(err, &gone) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("%v", err)
	}
}

// TestLongInputsGoAlone: one that is larger than a stream takes is a request of
// its own, and so are those for nodes that take no streams.
func TestLongInputsGoAlone(t *testing.T) {
	addr, ca := standIn(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if r.URL.Path != "/v1/inputs/x" || r.Header.Get("Idempotency-Key") != "key" || err != nil {
			t.Errorf("%s %v %v", r.URL.Path, r.Header, err)
		}
		fmt.Fprintf(w, `{"reply":%d}`, len(body))
	})
	reply, err := connect(t, ca, addr).Input(t.Context(), "key", "x", strings.Repeat("x", 300<<10))
	if err != nil || string(reply) != fmt.Sprint(300<<10+2) {
		t.Errorf("%s %v", reply, err)
	}
}

// TestManyWaitersUseMoreStreams: one stream carries a bounded number.
func TestManyWaitersUseMoreStreams(t *testing.T) {
	const callers = 1200
	var arrived sync.WaitGroup
	arrived.Add(callers)
	addr, ca, opened := streamNode(t, func(_ int, lines *bufio.Scanner, answer func(string, ...any)) {
		var mu sync.Mutex
		var mine []uint64
		var writer sync.WaitGroup
		defer writer.Wait()
		writer.Go(func() {
			arrived.Wait()
			mu.Lock()
			defer mu.Unlock()
			for _, n := range mine {
				answer(`{"n":%d,"ok":true}`, n)
			}
		})
		for lines.Scan() {
			mu.Lock()
			mine = append(mine, parse(t, lines.Bytes()).N)
			mu.Unlock()
			arrived.Done()
		}
	})
	c := connect(t, ca, addr)
	var done sync.WaitGroup
	for range callers {
		done.Go(func() {
			if _, err := c.Input(t.Context(), "", "x", nil); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if opened() != 3 {
		t.Errorf("%d streams", opened())
	}
}
