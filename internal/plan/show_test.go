package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/plan"
)

// decide builds a world and decides on a trigger, and checks what must hold of every plan.
func decide(tb testing.TB, w *world, line string) plan.Plan {
	tb.Helper()
	s, policy := w.build(tb)
	tr := readTrigger(tb, line)
	p := plan.Decide(tr, s, policy, now)
	checkPlan(tb, s, p)
	return p
}

// item finds the item of an interface.
func item(tb testing.TB, p plan.Plan, id string) plan.Item {
	tb.Helper()
	i := slices.IndexFunc(p.Items, func(item plan.Item) bool { return item.Interface.ID == id })
	if i < 0 {
		tb.Fatalf("no item for %s in the plan:\n%s", id, show(p))
	}
	return p.Items[i]
}

// show writes a plan for the golden files. Details are for people and left out.
func show(p plan.Plan) string {
	var b strings.Builder
	mode := map[plan.Mode]string{plan.ModeAct: "", plan.ModeReport: "report only", plan.ModeRehearse: "rehearse"}[p.Mode]
	if p.Lenient {
		mode = strings.TrimPrefix(mode+", lenient", ", ")
	}
	if mode != "" {
		fmt.Fprintf(&b, "(%s)\n", mode)
	}
	switch {
	case p.Ignored != "":
		fmt.Fprintf(&b, "ignored: %s\n", p.Ignored)
	case p.Refused != "":
		fmt.Fprintf(&b, "refused: %s\n", p.Refused)
	case len(p.Items) == 0:
		b.WriteString("nothing to do\n")
	}
	for _, i := range p.Items {
		b.WriteString(showItem(i))
	}
	if len(p.Doubts) > 0 {
		fmt.Fprintf(&b, "doubts %s\n", strings.Join(p.Doubts, " "))
	}
	return b.String()
}

func showItem(i plan.Item) string {
	var b strings.Builder
	from := i.From
	if from == "" {
		from = "nowhere"
	}
	if i.Settled != "" {
		fmt.Fprintf(&b, "%s: %s on %s: %s", i.Interface.ID, i.Settled, from, i.Reason)
		if i.Refused {
			b.WriteString(", an error")
		}
		if i.WriteReachedTag {
			b.WriteString("; reached-tag")
		}
	} else {
		fmt.Fprintf(&b, "%s: %s -> %s index %d", i.Interface.ID, from, i.Choice.Instance, i.Choice.Index)
		note := func(on bool, format string, args ...any) {
			if on {
				fmt.Fprintf(&b, "; "+format, args...)
			}
		}
		note(i.Doomed != "", "doomed %s", i.Doomed)
		note(i.Doomed == "", "none doomed")
		note(i.Origin != "", "origin %s", i.Origin)
		note(i.Origin == "", "no origin")
		note(!i.Force.Allowed, "force never")
		note(i.Force.Allowed && i.Force.After == 0, "force at once")
		note(i.Force.Allowed && i.Force.After != 0, "force after %s", i.Force.After)
		note(true, "found detaching %s", i.Force.Found)
		note(true, "orphan-grace %s", i.OrphanGrace)
		note(i.WriteLeftTag, "left-tag")
		note(i.WriteReachedTag, "reached-tag")
		note(i.Stuck, "stuck")
		note(i.OneAttachment, "one attachment")
		note(i.Target != "", "target %s", i.Target)
		if c := i.Candidates[0]; c.Start || c.BootsUntil != nil { // what follows matters only to these
			note(i.Serving, "serving")
			note(!i.RelieveBy.IsZero(), "relieve in %s", i.RelieveBy.Sub(now))
		}
	}
	b.WriteString("\n")
	for _, c := range i.Candidates {
		fmt.Fprintf(&b, "    %s", c.Instance)
		if !c.Eligible {
			fmt.Fprintf(&b, " %s", c.Reason)
		}
		if c.Start {
			b.WriteString(" (to be started)")
		}
		if c.Pending {
			b.WriteString(" (pending)")
		}
		if c.BootsUntil != nil {
			fmt.Fprintf(&b, " (boots for %s)", c.BootsUntil.Sub(now))
		}
		if len(c.Unknown) > 0 {
			fmt.Fprintf(&b, " (unknown: %s)", strings.Join(c.Unknown, ", "))
		}
		b.WriteString("\n")
	}
	return b.String()
}
