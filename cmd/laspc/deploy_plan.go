package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/laspc/lasp/client"
)

// deployPlan prints what deploying an artifact would change. It exits with 1
// where the deployment would be refused.
func (c *call) deployPlan(r *remote, name string, artifact []byte) int {
	refused := false
	code := c.withClient(r, func(cl *client.Client) error {
		plan, err := cl.Plan(context.Background(), artifact)
		if err != nil {
			return err
		}
		for _, row := range plan.Rows {
			refused = refused || row.Change == "refused"
		}
		if r.json {
			c.printJSON(plan)
		} else {
			c.printPlan(name, plan, refused)
		}
		return nil
	})
	if code == exitDone && refused {
		return exitProgram
	}
	return code
}

// planKinds are the parts of a program in the order in which a plan lists them.
var planKinds = []string{"cell", "output", "definition", "handler"}

// planWords say what a change means to somebody who is about to deploy.
var planWords = map[string]map[string]string{
	"cell":       {"new": "new", "gone": "no longer declared; its contents stay, unseen"},
	"output":     {"new": "new", "gone": "no longer declared; what was emitted stays"},
	"definition": {"new": "new", "changed": "changed", "gone": "no longer there"},
	"handler":    {"kept": "the same", "new": "new", "changed": "changed", "gone": "no longer there"},
}

func (c *call) printPlan(name string, plan client.Plan, refused bool) {
	switch {
	case refused:
		fmt.Fprintf(c.stdout, "%s would be refused:\n", name)
	case plan.Same:
		fmt.Fprintf(c.stdout, "%s is active already; deploying it would make it version %d\n", name, plan.Version)
	default:
		fmt.Fprintf(c.stdout, "%s would be version %d\n", name, plan.Version)
	}
	for _, kind := range planKinds {
		var same []string
		for _, row := range plan.Rows {
			if row.What != kind {
				continue
			}
			if row.Change == "kept" && row.Fires == 0 {
				same = append(same, row.Name)
				continue
			}
			fmt.Fprintf(c.stdout, "  %-10s  %s: %s\n", kind, row.Name, planLine(row))
		}
		if len(same) > 0 {
			fmt.Fprintf(c.stdout, "  %-10s  unchanged: %s\n", kind, strings.Join(same, ", "))
		}
	}
}

func planLine(row client.PlanRow) string {
	line := planWords[row.What][row.Change]
	if row.Change == "refused" {
		line = "refused: " + row.Why
	}
	if row.Fires == 1 {
		line += ", fires at once for 1 key"
	} else if row.Fires > 1 {
		line += fmt.Sprintf(", fires at once for %d keys", row.Fires)
	}
	if row.Fires > 0 && row.Change == "changed" {
		line += " (its identity is new: what its older form did is done again)"
	}
	return line
}
