package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// checkPlan checks what must hold of every plan, whatever it is about.
func checkPlan(tb testing.TB, s inventory.Snapshot, p plan.Plan) {
	tb.Helper()
	if (p.Ignored != "" || p.Refused != "") && (len(p.Items) > 0 || p.Detail == "" || (p.Ignored != "" && p.Refused != "")) {
		tb.Errorf("ignored for %q and refused for %q, with %d items and the detail %q", p.Ignored, p.Refused, len(p.Items), p.Detail)
	}
	if p.Slots == nil {
		tb.Error("a plan without a ledger")
	}
	checkLine(tb, p.Detail)
	// A plan that only asks what would happen if a holder went now reserves slots for one holder at a time.
	type place struct {
		asked, instance string
		index           int
	}
	slots := map[place]string{}
	guests := map[place]int{}
	seen := map[string]bool{}
	for _, i := range p.Items {
		e := i.Interface
		if seen[e.ID] {
			tb.Errorf("two items for %s", e.ID)
		}
		seen[e.ID] = true
		checkLine(tb, i.Detail)
		if i.Settled != "" {
			if i.Reason == "" || i.Detail == "" || i.Choice != (plan.Slot{}) {
				tb.Errorf("%s is settled without a reason, or with a choice: %+v", e.ID, i)
			}
			checkAdvice(tb, i)
			if i.Settled != plan.OutcomeStranded {
				continue
			}
		}
		checkCandidates(tb, i)
		checkCold(tb, s, i)
		if i.Settled == plan.OutcomeStranded {
			continue
		}
		at := place{"", i.Choice.Instance, i.Choice.Index}
		if p.Mode != plan.ModeAct {
			at.asked = i.From
		}
		if other, ok := slots[at]; ok {
			tb.Errorf("%s and %s are both to be at %+v", other, e.ID, at)
		}
		slots[at] = e.ID
		if e.Holder() != i.Choice.Instance {
			guests[place{at.asked, at.instance, 0}]++
		}
		checkChoice(tb, s, i)
	}
	for at, n := range guests {
		if n > freeSlots(s, at.instance) {
			tb.Errorf("%d interfaces are to go to %s, which has %d slots", n, at.instance, freeSlots(s, at.instance))
		}
	}
}

// checkAdvice: an item says what can be done exactly if no instance can take its interface, in a text of bounded length.
func checkAdvice(tb testing.TB, i plan.Item) {
	tb.Helper()
	checkLine(tb, i.Next)
	advised := i.Settled == plan.OutcomeStranded || i.Settled == plan.OutcomeFailed
	if advised != (i.Next != "") || len(i.Explanation()) > 1200 {
		tb.Errorf("%s is %s: %q", i.Interface.ID, i.Settled, i.Explanation())
	}
	if i.Settled == plan.OutcomeFailed && !i.Refused {
		tb.Errorf("%s has failed before anything was tried", i.Interface.ID)
	}
}

func checkLine(tb testing.TB, text string) {
	tb.Helper()
	if strings.ContainsAny(text, "\n\r") {
		tb.Errorf("a detail of several lines: %q", text)
	}
}

// checkCandidates: the eligible candidates come first, no instance comes twice, and each refused one has a reason.
func checkCandidates(tb testing.TB, i plan.Item) {
	tb.Helper()
	refused := false
	seen := map[string]bool{}
	for _, c := range i.Candidates {
		if seen[c.Instance] {
			tb.Errorf("%s: %s is a candidate twice", i.Interface.ID, c.Instance)
		}
		seen[c.Instance] = true
		if c.Eligible == (c.Reason != "") || (c.Eligible && refused) {
			tb.Errorf("%s: candidate out of order, or refused without a reason: %+v", i.Interface.ID, i.Candidates)
		}
		refused = refused || !c.Eligible
		if c.Eligible && i.Settled == plan.OutcomeStranded {
			tb.Errorf("%s is stranded, though %s could take it", i.Interface.ID, c.Instance)
		}
	}
}

// checkCold: a candidate that is to be started has the tag, is On-Demand and in no Auto Scaling group. No running one comes
// after it, but for the last resort, and every other candidate runs.
func checkCold(tb testing.TB, s inventory.Snapshot, i plan.Item) {
	tb.Helper()
	cold := ""
	for _, c := range i.Candidates {
		in := s.Instances[c.Instance]
		dormant := in.State == inventory.StateStopped || in.State == inventory.StatePending
		switch {
		case !c.Eligible:
			if (c.Start || c.Pending || c.BootsUntil != nil) && c.Reason != plan.ReasonNoSlot {
				tb.Errorf("%s: %s is refused, and is to be started: %+v", i.Interface.ID, in.ID, c)
			}
		case c.Start && (!in.Start || !dormant || in.Spot || in.ScalingGroup != "" || c.Pending != (in.State == inventory.StatePending)):
			tb.Errorf("%s: %+v is to be started: %+v", i.Interface.ID, in, c)
		case c.Start:
			cold = in.ID
		case in.State != inventory.StateRunning:
			tb.Errorf("%s: %s does not run, and is not to be started", i.Interface.ID, in.ID)
		case cold != "" && !in.Health.Impaired():
			tb.Errorf("%s: %s is to be started although %s runs: %+v", i.Interface.ID, cold, in.ID, i.Candidates)
		}
	}
}

// checkChoice: "Never … move across AZs", nor onto the doomed instance, nor onto an index in use.
func checkChoice(tb testing.TB, s inventory.Snapshot, i plan.Item) {
	tb.Helper()
	e, in := i.Interface, s.Instances[i.Choice.Instance]
	k := slices.IndexFunc(i.Candidates, func(c plan.Candidate) bool { return c.Instance == i.Choice.Instance })
	switch {
	case k < 0 || !i.Candidates[k].Eligible:
		tb.Errorf("%s goes to %+v, which is not an eligible candidate: %+v", e.ID, i.Choice, i.Candidates)
	case in.AZ != e.AZ || in.VPC != e.VPC || (in.State != inventory.StateRunning && !i.Candidates[k].Start) || !in.MemberOf(e.Group):
		tb.Errorf("%s goes to an instance that can't have it: %+v", e.ID, in)
	case in.ID == i.Doomed || in.Interruption == inventory.InterruptionPending:
		tb.Errorf("%s goes to %s, which goes away", e.ID, in.ID)
	case i.Choice.Index < 1:
		tb.Errorf("%s goes to index %d", e.ID, i.Choice.Index)
	case slices.Contains(in.Card0, i.Choice.Index) && e.Holder() != in.ID:
		tb.Errorf("%s goes to %+v, where an interface is", e.ID, i.Choice)
	case !e.Supported() || e.Paused || e.Group == "":
		tb.Errorf("%s may not be moved", e.ID)
	}
}

// freeSlots counts the slots of an instance that are free in the snapshot.
func freeSlots(s inventory.Snapshot, id string) int {
	in := s.Instances[id]
	limit, ok := s.Limits[in.Type]
	if !ok {
		return 1 << 30
	}
	return max(0, min(limit.Card0-len(in.Card0), limit.Interfaces-in.Attached))
}
