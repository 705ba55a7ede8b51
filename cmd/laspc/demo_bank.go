package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/laspc/lasp/client"
)

const (
	bankAccounts = 8
	bankDeposit  = 1000
	bankTellers  = 6 // who ask for transfers at the same time
)

// ledger is what the accepted transfers must leave in the accounts.
type ledger struct {
	mu       sync.Mutex
	balance  map[string]int
	accepted int
	refused  int // for lack of money
	repeated int // requests that were sent again
}

// playBank moves money at all nodes, kills the first in the middle, and holds
// every account against the transfers that were accepted.
func (d *demo) playBank() error {
	l := &ledger{balance: map[string]int{}}
	for i := range bankAccounts {
		who := account(i)
		if _, err := d.clients[i%demoNodes].Input(d.ctx, "", "open", map[string]any{"who": who, "amount": bankDeposit}); err != nil {
			return err
		}
		l.balance[who] = bankDeposit
	}
	d.say("%d accounts of %d each", bankAccounts, bankDeposit)
	third := d.count / 3
	if err := d.tell(l, "with all nodes up", 0, third); err != nil {
		return err
	}
	if err := d.kill(0); err != nil {
		return err
	}
	d.say("%s is killed (kill -9); the others are a majority and go on", d.nodes[0])
	if err := d.tell(l, "without it", third, 2*third); err != nil {
		return err
	}
	if err := d.revive(0); err != nil {
		return err
	}
	d.say("%s is back, with its disk", d.nodes[0])
	if err := d.tell(l, "with all nodes up again", 2*third, d.count); err != nil {
		return err
	}
	return d.audit(l)
}

func account(i int) string { return fmt.Sprintf("account-%d", i+1) }

// tell has transfers from first to last made by tellers at all nodes.
func (d *demo) tell(l *ledger, when string, first, last int) error {
	began := time.Now()
	errs := make([]error, bankTellers)
	var wg sync.WaitGroup
	for t := range bankTellers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(demoSeed, uint64(first+t)))
			for i := first + t; i < last && errs[t] == nil; i += bankTellers {
				from := rng.IntN(bankAccounts)
				to := (from + 1 + rng.IntN(bankAccounts-1)) % bankAccounts
				errs[t] = d.transfer(l, i, account(from), account(to), 1+rng.IntN(bankDeposit))
			}
		})
	}
	wg.Wait()
	d.say("%d transfers %s (%.0f a second)", last-first, when, float64(last-first)/time.Since(began).Seconds())
	return errors.Join(errs...)
}

// transfer asks for one transfer, at one node after another until it is
// answered. It has one id, so however often it is sent, it happens once.
func (d *demo) transfer(l *ledger, i int, from, to string, amount int) error {
	key := fmt.Sprintf("transfer-%d", i)
	args := map[string]any{"from": from, "to": to, "amount": amount}
	for end, try := time.Now().Add(d.patience), 0; ; try++ {
		reply, err := d.clients[(i+try)%demoNodes].Input(d.ctx, key, "transfer", args)
		if err != nil {
			if d.ctx.Err() != nil || time.Now().After(end) {
				return err
			}
			time.Sleep(20 * time.Millisecond) // the node is down, or nobody leads yet
			continue
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.repeated += try
		if string(reply) != "true" {
			l.refused++
			return nil
		}
		l.accepted++
		l.balance[from] -= amount
		l.balance[to] += amount
		return nil
	}
}

// kill ends the process of a node without a word.
func (d *demo) kill(node int) error {
	pid, ok := d.local.running(d.nodes[node])
	if !ok {
		return fmt.Errorf("%s does not run", d.nodes[node])
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// revive starts a node that was killed, with its data.
func (d *demo) revive(node int) error {
	err := d.until(d.nodes[node]+" does not end", func() (bool, error) {
		_, runs := d.local.running(d.nodes[node])
		return !runs, nil
	})
	if err == nil {
		_, err = d.local.startAll(startOptions{tied: true})
	}
	if err != nil {
		return err
	}
	d.clients[node].Close()
	d.clients[node], err = d.local.client(d.nodes[node])
	return err
}

// audit waits until every node shows what the accepted transfers leave, and asks
// in the agreed order for the total.
func (d *demo) audit(l *ledger) error {
	d.say("%d were accepted, %d refused for lack of money; %d requests were sent again", l.accepted, l.refused, l.repeated)
	if l.accepted == 0 || l.refused == 0 {
		return errors.New("all transfers went one way: nothing was shown")
	}
	for i, name := range d.nodes {
		held := map[string]int{}
		err := d.until(name+" does not hold what the accepted transfers leave", func() (bool, error) {
			shown, err := d.clients[i].Show(d.ctx, "balance", client.JSON)
			if err == nil {
				clear(held)
				err = json.Unmarshal(shown.Value, &held)
			}
			return maps.Equal(held, l.balance), err
		})
		if err != nil {
			return fmt.Errorf("%w: %s, not %s", err, balances(held), balances(l.balance))
		}
		total, err := d.total(i)
		if err != nil {
			return err
		}
		d.say("  %s: %s; together %d", name, balances(held), total)
		if total != bankAccounts*bankDeposit {
			return fmt.Errorf("%s has %d in all, and %d were paid in", name, total, bankAccounts*bankDeposit)
		}
	}
	return nil
}

func (d *demo) total(node int) (total int, err error) {
	ctx, cancel := context.WithTimeout(d.ctx, d.patience)
	defer cancel()
	reply, err := d.clients[node].Input(ctx, "", "total", map[string]any{})
	if err == nil {
		err = json.Unmarshal(reply, &total)
	}
	return total, err
}

func balances(held map[string]int) string {
	var parts []string
	for _, who := range slices.Sorted(maps.Keys(held)) {
		parts = append(parts, fmt.Sprint(held[who]))
	}
	return strings.Join(parts, " ")
}
