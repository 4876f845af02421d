package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// checkPlan checks what must hold of every plan, whatever it is about.
func checkPlan(t testing.TB, s inventory.Snapshot, p plan.Plan) {
	t.Helper()
	if (p.Ignored != "" || p.Refused != "") && (len(p.Items) > 0 || p.Detail == "" || (p.Ignored != "" && p.Refused != "")) {
		t.Errorf("ignored for %q and refused for %q, with %d items and the detail %q", p.Ignored, p.Refused, len(p.Items), p.Detail)
	}
	if p.Book == nil {
		t.Error("a plan without a book")
	}
	checkLine(t, p.Detail)
	slots := map[plan.Slot]string{}
	guests := map[string]int{}
	seen := map[string]bool{}
	for _, i := range p.Items {
		e := i.Interface
		if seen[e.ID] {
			t.Errorf("two items for %s", e.ID)
		}
		seen[e.ID] = true
		checkLine(t, i.Detail)
		if i.Settled != "" {
			if i.Reason == "" || i.Detail == "" || i.Choice != (plan.Slot{}) {
				t.Errorf("%s is settled without a reason, or with a choice: %+v", e.ID, i)
			}
			if i.Settled != plan.OutcomeStranded {
				continue
			}
		}
		checkCandidates(t, i)
		if i.Settled == plan.OutcomeStranded {
			continue
		}
		if other, ok := slots[i.Choice]; ok {
			t.Errorf("%s and %s are both to be at %+v", other, e.ID, i.Choice)
		}
		slots[i.Choice] = e.ID
		if e.Holder() != i.Choice.Instance {
			guests[i.Choice.Instance]++
		}
		checkChoice(t, s, i)
	}
	for id, n := range guests {
		if n > freeSlots(s, id) {
			t.Errorf("%d interfaces are to go to %s, which has %d slots", n, id, freeSlots(s, id))
		}
	}
}

func checkLine(t testing.TB, text string) {
	t.Helper()
	if strings.ContainsAny(text, "\n\r") {
		t.Errorf("a detail of several lines: %q", text)
	}
}

// checkCandidates: the eligible ones first, no instance twice, a reason for each that is refused.
func checkCandidates(t testing.TB, i plan.Item) {
	t.Helper()
	refused := false
	seen := map[string]bool{}
	for _, c := range i.Candidates {
		if seen[c.Instance] {
			t.Errorf("%s: %s is a candidate twice", i.Interface.ID, c.Instance)
		}
		seen[c.Instance] = true
		if c.Eligible == (c.Reason != "") || (c.Eligible && refused) {
			t.Errorf("%s: candidate out of order, or refused without a reason: %+v", i.Interface.ID, i.Candidates)
		}
		refused = refused || !c.Eligible
		if c.Eligible && i.Settled == plan.OutcomeStranded {
			t.Errorf("%s is stranded, though %s could take it", i.Interface.ID, c.Instance)
		}
	}
}

// checkChoice: "Never … move across AZs", nor onto the doomed instance, nor onto an index in use.
func checkChoice(t testing.TB, s inventory.Snapshot, i plan.Item) {
	t.Helper()
	e, in := i.Interface, s.Instances[i.Choice.Instance]
	k := slices.IndexFunc(i.Candidates, func(c plan.Candidate) bool { return c.Instance == i.Choice.Instance })
	switch {
	case k < 0 || !i.Candidates[k].Eligible:
		t.Errorf("%s goes to %+v, which is no eligible candidate: %+v", e.ID, i.Choice, i.Candidates)
	case in.AZ != e.AZ || in.VPC != e.VPC || in.State != inventory.StateRunning || !in.MemberOf(e.Group):
		t.Errorf("%s goes to an instance that can't have it: %+v", e.ID, in)
	case in.ID == i.Doomed || in.Interruption == inventory.InterruptionPending:
		t.Errorf("%s goes to %s, which goes away", e.ID, in.ID)
	case i.Choice.Index < 1:
		t.Errorf("%s goes to index %d", e.ID, i.Choice.Index)
	case slices.Contains(in.Card0, i.Choice.Index) && e.Holder() != in.ID:
		t.Errorf("%s goes to %+v, where there is something", e.ID, i.Choice)
	case !e.Supported() || e.Paused || e.Group == "":
		t.Errorf("%s may not be moved", e.ID)
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
