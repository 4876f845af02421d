package plan_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// The oracle: eligibility and preference as docs/concepts.md has them, in the plainest way.

// reasonsAgainst lists all that speaks against an instance for an interface.
func reasonsAgainst(s inventory.Snapshot, e inventory.Interface, in inventory.Instance, doomed, target string, serving, mayStart bool) []plan.Reason {
	var list []plan.Reason
	add := func(is bool, reason plan.Reason) {
		if is {
			list = append(list, reason)
		}
	}
	add(target != "" && in.ID != target, plan.ReasonNotTheTarget)
	add(!slices.Contains(in.Groups, e.Group), plan.ReasonNotAMember)
	add(in.AZ != e.AZ, plan.ReasonOtherAZ)
	add(in.VPC != e.VPC, plan.ReasonOtherVPC)
	cold := in.Start && (in.State == "stopped" || in.State == "pending")
	add(in.State != "running" && !cold, plan.ReasonNotRunning)
	add(cold && in.Spot, plan.ReasonColdSpot)
	add(cold && in.ScalingGroup != "", plan.ReasonColdScaled)
	add(cold && !mayStart, plan.ReasonColdNotAllowed)
	add(in.ID == doomed, plan.ReasonDoomed)
	add(in.Interruption == "pending", plan.ReasonInterrupted)
	add(in.Scaling == "Terminating:Wait" || in.Scaling == "Standby", plan.ReasonASGLeaving)
	add(serving && (in.Health.System == "impaired" || in.Health.Instance == "impaired"), plan.ReasonImpaired)
	limit, known := s.Limits[in.Type]
	if !known && !serving {
		return list
	}
	if !known && (e.Attachment == nil || s.Instances[e.Attachment.Instance].Type != in.Type) {
		return append(list, plan.ReasonNoSlot)
	}
	if !known { // it takes what another of its type has
		limit = shown(s, e)
	}
	free := min(limit.Card0-len(in.Card0), limit.Interfaces-in.Attached)
	if e.Attachment != nil && e.Attachment.Instance == in.ID {
		free++
	}
	add(free < 1, plan.ReasonNoSlot)
	v4, v6 := len(e.Addresses), len(e.IPv6)
	for _, p := range e.Prefixes {
		if p.Addr().Is4() {
			v4++
		} else {
			v6++
		}
	}
	add(v4 > limit.IPv4 || v6 > limit.IPv6, plan.ReasonTooManyAddresses)
	add(len(e.Prefixes) > 0 && !limit.Nitro, plan.ReasonPrefixNeedsNitro)
	return list
}

// shown returns what the holder of an interface takes at least.
func shown(s inventory.Snapshot, e inventory.Interface) inventory.Limits {
	holder := s.Instances[e.Attachment.Instance]
	return inventory.Limits{Card0: len(holder.Card0), Interfaces: holder.Attached, IPv4: 1000, IPv6: 1000, Nitro: true}
}

// keys returns the values by which instances are preferred, in their order, smaller first. The hash comes after them.
func keys(s inventory.Snapshot, e inventory.Interface, in, doomed inventory.Instance, serving bool) []int {
	is := map[bool]int{true: 1}
	checks := 2
	limit, known := s.Limits[in.Type]
	if unasked := !known || (in.Spot && in.Interruption == "") || (in.ScalingGroup != "" && in.Scaling == ""); !unasked {
		switch {
		case in.State != "running":
			checks = 0
		case in.Health.System == "ok" && in.Health.Instance == "ok":
			checks = 0
		case in.Health.System != "" && in.Health.Instance != "" && (in.Health.System == "initializing" || in.Health.Instance == "initializing"):
			checks = 1
		}
	}
	held := 0
	for _, other := range s.Interfaces {
		if other.Attachment != nil && other.Attachment.Instance == in.ID {
			held++
		}
	}
	free := 1 << 30
	if !known && serving {
		limit, known = shown(s, e), true
	}
	if known {
		free = min(limit.Card0-len(in.Card0), limit.Interfaces-in.Attached)
		if e.Attachment != nil && e.Attachment.Instance == in.ID {
			free++
		}
	}
	left := now.Sub(e.LeftTag.Time)
	cold := map[inventory.State]int{"running": 0, "pending": 1, "stopped": 2}[in.State]
	return []int{
		is[in.Health.System == "impaired" || in.Health.Instance == "impaired"], cold, is[cold > 0 && in.Type == doomed.Type],
		is[e.LeftTag.Instance == in.ID && left < 30*time.Minute],
		in.Priority, checks, is[in.Spot], is[in.Spot && doomed.Spot && in.Type == doomed.Type && in.AZ == doomed.AZ], held, -free,
	}
}

// decision is a trigger about one interface, in one random snapshot.
type decision struct {
	trigger  trigger.Trigger
	snapshot inventory.Snapshot
	doomed   string
	target   string
	serving  bool
	policy   plan.Policy
}

// randomDecision makes a snapshot in which the interface eni-0 is the only one that a trigger is about.
func randomDecision(r *rand.Rand) decision {
	d := decision{snapshot: randomSnapshot(r, 1+r.IntN(6)), doomed: "i-0", policy: policyOfOracle}
	d.policy.StartStandbys = r.IntN(2) == 0
	s := d.snapshot
	e := randomInterface(r, "eni-0")
	in := s.Instances["i-0"]
	in.LaunchTime = now.Add(-time.Hour)
	state := inventory.StateRunning
	d.trigger = trigger.Trigger{Time: now.Add(-10 * time.Second), Instance: "i-0"}
	switch r.IntN(7) {
	case 0:
		d.trigger.Kind, state = trigger.KindStopped, pick(r, inventory.StateStopping, inventory.StateStopped)
	case 1:
		d.trigger.Kind, state = trigger.KindTerminated, pick(r, inventory.StateShuttingDown, inventory.StateTerminated)
	case 2:
		d.trigger.Kind, d.serving = trigger.KindLifecycle, true
	case 3:
		d.trigger.Kind, d.serving = trigger.KindAlarm, true
		d.trigger.Alarm = trigger.Alarm{Since: now.Add(-10 * time.Second)}
	case 4:
		d.trigger = trigger.Trigger{Kind: trigger.KindManual, Interface: "eni-0", Time: now.Add(-10 * time.Second)}
		d.serving = true
		if r.IntN(2) == 0 {
			d.target = fmt.Sprintf("i-%d", 1+r.IntN(4))
			d.trigger.Target = d.target
		}
	case 5:
		d.trigger = trigger.Trigger{Kind: trigger.KindSweep}
		d.doomed = ""
	case 6:
		d.trigger = trigger.Trigger{Kind: trigger.KindUnreachable, Time: now.Add(-10 * time.Second), Unanswered: []trigger.ProbedInterface{
			{Interface: "eni-0", Attachment: "eni-attach-eni-0", Instance: "i-0"},
		}}
		d.serving = true
	}
	in.State = state
	s.Add(in)
	if d.doomed != "" {
		attach(s, &e, "i-0", inventory.StatusAttached)
	}
	s.Interfaces = append(s.Interfaces, e)
	for k := range r.IntN(4) { // others, on holders to which nothing happens
		other := randomInterface(r, fmt.Sprintf("eni-%d", k+1))
		ids := s.InstanceIDs()
		on := ids[r.IntN(len(ids))]
		if holder := s.Instances[on]; on != "i-0" && holder.State == inventory.StateRunning && holder.Interruption != inventory.InterruptionPending && !holder.Scaling.Terminating() {
			attach(s, &other, on, inventory.StatusAttached)
			s.Interfaces = append(s.Interfaces, other)
		}
	}
	d.snapshot = s
	return d
}

var policyOfOracle = plan.Policy{DetachGrace: 15 * time.Second, Cooldown: 10 * time.Minute, StartStandbys: true}

// TestOracle compares eligibility and preference for one interface with the oracle's.
func TestOracle(t *testing.T) {
	reasons := map[plan.Reason]int{}
	random(t, *rounds, func(t *testing.T, r *rand.Rand) {
		d := randomDecision(r)
		s := d.snapshot
		p := plan.Decide(d.trigger, s, d.policy, now)
		checkPlan(t, s, p)
		i := item(t, p, "eni-0")
		if len(p.Items) != 1 {
			t.Fatalf("%d items:\n%s", len(p.Items), show(p))
		}
		doomed := s.Instances[d.doomed]
		best := 0
		for k, c := range i.Candidates {
			in := s.Instances[c.Instance]
			list := reasonsAgainst(s, i.Interface, in, d.doomed, d.target, d.serving, d.policy.StartStandbys)
			if c.Eligible != (len(list) == 0) || (!c.Eligible && !slices.Contains(list, c.Reason)) {
				t.Errorf("%s: eligible is %v for %q; the oracle has %v against it\n%+v", c.Instance, c.Eligible, c.Reason, list, in)
			}
			reasons[c.Reason]++
			if !c.Eligible {
				continue
			}
			best++
			if k > 0 {
				before := s.Instances[i.Candidates[k-1].Instance]
				if slices.Compare(keys(s, i.Interface, before, doomed, d.serving), keys(s, i.Interface, in, doomed, d.serving)) > 0 {
					t.Errorf("%s comes before %s:\n%v\n%v", before.ID, in.ID, keys(s, i.Interface, before, doomed, d.serving), keys(s, i.Interface, in, doomed, d.serving))
				}
			}
		}
		for _, in := range s.MembersByGroup()[i.Interface.Group] {
			if candidate(i, in.ID).Instance == "" && !in.State.Ending() {
				t.Errorf("the member %s is not considered:\n%s", in.ID, show(p))
			}
		}
		want := plan.OutcomeStranded
		if d.target != "" {
			want = plan.OutcomeFailed
			checkTarget(t, s, i, d.target)
		}
		if (best == 0) != (i.Settled == want) || (best > 0 && i.Choice.Instance != i.Candidates[0].Instance) {
			t.Errorf("the best of %d is not the choice:\n%s", best, show(p))
		}
		if t.Failed() {
			t.Logf("%s\n%s", d.trigger.Kind, show(p))
		}
	})
	// Without every reason the comparison is worth nothing.
	for _, reason := range []plan.Reason{
		"", plan.ReasonColdNotAllowed, plan.ReasonColdSpot, plan.ReasonColdScaled, plan.ReasonNotTheTarget, plan.ReasonNotAMember, plan.ReasonOtherAZ, plan.ReasonOtherVPC, plan.ReasonNotRunning, plan.ReasonDoomed, plan.ReasonInterrupted,
		plan.ReasonASGLeaving, plan.ReasonImpaired, plan.ReasonNoSlot, plan.ReasonTooManyAddresses, plan.ReasonPrefixNeedsNitro,
	} {
		if reasons[reason] < *rounds/200 {
			t.Errorf("reason %q came up %d times in %d rounds", reason, reasons[reason], *rounds)
		}
	}
}

// checkTarget: a request whose target can't take the interface is refused for a reason against the target, whatever there
// is to say about the other members.
func checkTarget(t *testing.T, s inventory.Snapshot, i plan.Item, target string) {
	t.Helper()
	able := candidate(i, target).Eligible
	if i.Refused == able || (i.Settled == "") != able || (able != (i.Next == "")) {
		t.Errorf("the target is eligible: %v\n%s: %s", able, showItem(i), i.Explanation())
	}
	if _, known := s.Instances[target]; known && !able && (i.Reason != candidate(i, target).Reason || !strings.HasPrefix(i.Detail, target+" can't take "+i.Interface.ID)) {
		t.Errorf("refused for %q: %s", i.Reason, i.Explanation())
	}
}

// TestShuffle: the order of the input means nothing.
func TestShuffle(t *testing.T) {
	random(t, *rounds/4, func(t *testing.T, r *rand.Rand) {
		d := randomDecision(r)
		want := show(plan.Decide(d.trigger, d.snapshot, d.policy, now))
		s := d.snapshot
		s.Instances = map[string]inventory.Instance{}
		ids := d.snapshot.InstanceIDs()
		r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		for _, id := range ids {
			in := d.snapshot.Instances[id]
			in.Groups = slices.Clone(in.Groups)
			slices.Reverse(in.Groups)
			s.Add(in)
		}
		s.Interfaces = slices.Clone(s.Interfaces)
		r.Shuffle(len(s.Interfaces), func(i, j int) { s.Interfaces[i], s.Interfaces[j] = s.Interfaces[j], s.Interfaces[i] })
		if got := show(plan.Decide(d.trigger, s, d.policy, now)); got != want {
			t.Errorf("planned\n%sand, from the same in another order,\n%s", want, got)
		}
	})
}

// TestBystanders: an instance in another Availability Zone or VPC, of another group, or stopped changes nothing but the
// list of the refused candidates.
func TestBystanders(t *testing.T) {
	random(t, *rounds/4, func(t *testing.T, r *rand.Rand) {
		d := randomDecision(r)
		before := item(t, plan.Decide(d.trigger, d.snapshot, d.policy, now), "eni-0")
		s := d.snapshot
		s.Instances = maps.Clone(s.Instances)
		for k, change := range []func(*inventory.Instance){
			func(in *inventory.Instance) { in.AZ = "c" }, func(in *inventory.Instance) { in.VPC = "x" },
			func(in *inventory.Instance) { in.Groups = []string{"other"} }, func(in *inventory.Instance) { in.State = inventory.StateStopped },
		} {
			in := inventory.Instance{
				ID: fmt.Sprintf("i-%d", 100+k), Type: "m5", AZ: "a", VPC: "v", State: inventory.StateRunning, Groups: []string{"db", "web"}, Priority: -1,
				Card0: []int{0}, Attached: 1, Health: inventory.Health{System: inventory.CheckOK, Instance: inventory.CheckOK},
			}
			change(&in)
			s.Add(in)
		}
		after := item(t, plan.Decide(d.trigger, s, d.policy, now), "eni-0")
		known := slices.DeleteFunc(slices.Clone(after.Candidates), func(c plan.Candidate) bool { return len(c.Instance) > 3 })
		if after.Choice != before.Choice || after.Settled != before.Settled || fmt.Sprint(known) != fmt.Sprint(before.Candidates) {
			t.Errorf("planned\n%sand, with bystanders,\n%s", showItem(before), showItem(after))
		}
	})
}
