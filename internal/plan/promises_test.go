package plan_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// The tests of this file pin single promises one by one, quoted above each, where the golden files would hide them.

func lines(l ...string) *world { return newWorld().add(strings.Join(l, "\n")) }

// candidate finds an instance among an item's candidates.
func candidate(i plan.Item, id string) plan.Candidate {
	if k := slices.IndexFunc(i.Candidates, func(c plan.Candidate) bool { return c.Instance == id }); k >= 0 {
		return i.Candidates[k]
	}
	return plan.Candidate{}
}

// "A group outside `GROUPS` is not ours: ignored": also where a group that is ours would be refused.
func TestGroupNotServedIsNeverRefused(t *testing.T) {
	w := lines("policy groups=web", "i-a", "i-b", "i-c", "eni-1 on=i-a", "eni-2 on=i-b")
	for _, line := range []string{"alarm group=db", "manual group=db", "manual group=db target=i-c", "manual group=db from=i-c target=i-a", "manual interface=eni-1 from=i-b target=i-c"} {
		p := decide(t, w, line)
		for _, i := range p.Items {
			if i.Settled != plan.OutcomeIgnored || i.Reason != plan.ReasonGroupNotServed || i.Refused {
				t.Errorf("%s:\n%s", line, show(p))
			}
		}
		if len(p.Items) == 0 && p.Ignored != plan.ReasonGroupNotServed {
			t.Errorf("%s:\n%s", line, show(p))
		}
	}
}

// The doomed instance "is no candidate for" what it leaves: "those attached to it, and those of its groups in
// its Availability Zone that are `detaching` or unattached". An alarm on a group dooms the instance that all
// its attached interfaces are on.
func TestGroupAlarmGivesNothingToTheUnreachable(t *testing.T) {
	for _, second := range []string{"eni-2", "eni-2 on=i-b status=detaching", "eni-2 on=i-a index=2 status=detaching"} {
		w := lines("i-a priority=1", "i-b taken=2", "i-c taken=1,2", "eni-1 on=i-a", second)
		p := decide(t, w, "alarm group=db")
		for _, i := range p.Items {
			if candidate(i, "i-a").Eligible {
				t.Errorf("with %s the alarm gives %s to the instance that it says can't be reached:\n%s", second, i.Interface.ID, show(p))
			}
		}
	}
}

// The same for a request: "The holder found … counts as doomed".
func TestGroupRequestGivesNothingToTheHolder(t *testing.T) {
	w := lines("i-a priority=1", "i-b", "eni-1 on=i-a", "eni-2")
	p := decide(t, w, "manual group=db")
	if candidate(item(t, p, "eni-2"), "i-a").Eligible {
		t.Errorf("asked to relieve the group's holder, it may get the unattached interface of the group:\n%s", show(p))
	}
}

// "Not if: … it is a status check and EC2 now says `ok` for the check that the metric names": an alarm whose
// description names an interface may be on a status check too.
func TestAlarmOnStatusCheckWithDirective(t *testing.T) {
	event, err := os.ReadFile(filepath.Join("..", "..", "events", "alarm-status-check.json"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(
		"The database's instance fails its status checks", "eni-failover:interface=eni-0a1b2c3d4e5f60001",
		"2026-11-23T10:00:00", "2026-11-23T10:04:40",
	).Replace(string(event))
	tr, err := trigger.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s, policy := lines("i-0a1b2c3d4e5f60001", "i-b", "eni-0a1b2c3d4e5f60001 on=i-0a1b2c3d4e5f60001").build(t)
	p := plan.Decide(tr, s, policy, now)
	if p.Ignored == plan.ReasonStatusChecksOK {
		return
	}
	if i := item(t, p, "eni-0a1b2c3d4e5f60001"); i.Settled != plan.OutcomeIgnored || i.Reason != plan.ReasonStatusChecksOK {
		t.Errorf("EC2 says ok for the status check that the alarm is on:\n%s", show(p))
	}
	// And where the metric is of an instance that does not hold the interface any more, the alarm says
	// nothing of the holder.
	s, policy = lines("i-0a1b2c3d4e5f60001 checks=ok/impaired", "i-b checks=unknown/unknown", "i-c", "eni-0a1b2c3d4e5f60001 on=i-b").build(t)
	p = plan.Decide(tr, s, policy, now)
	for _, i := range p.Items {
		if i.Settled == "" {
			t.Errorf("the metric is of another instance than the holder:\n%s", show(p))
		}
	}
}

// "A paused interface is `ignored`, reason `paused`, and success" and "A group outside `GROUPS` is not ours:
// ignored": the reason is not cooldown, which is "counted as a failure in the metrics, so that a person
// hears of it".
func TestPausedBeforeCooldown(t *testing.T) {
	for _, tt := range []struct{ change, line string }{
		{"i-a", "alarm i-a check=system"},
		{"i-a", "alarm interface=eni-1"},
		{"i-a", "alarm group=db"},
		{"i-a checks=impaired/ok impaired-for=6m", "sweep"},
		{"i-a checks=impaired/ok impaired-for=6m", "running i-b"},
		{"policy rebalance", "rebalance i-a"},
	} {
		for change, reason := range map[string]plan.Reason{"eni-1 paused": plan.ReasonPaused, "eni-1 kind=efa": plan.ReasonUnsupportedInterface, "eni-1 group=web": plan.ReasonGroupNotServed} {
			w := lines("i-a groups=db,web checks=unknown/unknown spot", "i-b groups=db,web", "eni-1 on=i-a age=1m", "policy groups=db", tt.change, "policy groups=db", change)
			line := tt.line
			if reason == plan.ReasonGroupNotServed {
				line = strings.Replace(line, "group=db", "group=web", 1)
			}
			p := decide(t, w, line)
			if p.Ignored == reason {
				continue
			}
			if i := item(t, p, "eni-1"); i.Settled != plan.OutcomeIgnored || i.Reason != reason {
				t.Errorf("%s, %s: want %s\n%s", change, line, reason, show(p))
			}
		}
	}
}

// "an interface found `detaching` | after `DETACH_GRACE`": that the event's instance has gone is no reason to
// force the detach from another one, which runs.
func TestNoForceAtOnceOnAnotherInstance(t *testing.T) {
	w := lines("i-a state=terminated", "i-b", "i-c", "eni-1 on=i-b status=detaching")
	for _, line := range []string{"terminated i-a", "shutting-down i-a", "stopped i-a"} {
		if i := item(t, decide(t, w, line), "eni-1"); i.Settled == "" && i.Force.Found != 15*time.Second {
			t.Errorf("%s: the detach from i-b, which runs, is forced after %s: %s", line, i.Force.Found, showItem(i))
		}
	}
}

// "The holder found … counts as doomed" in a request, and an interface that is detaching has a holder. The
// `left` tag "is a hint, never a lock: without it, or without the permission, everything still works".
func TestRequestOnDetachingDoesNotGoBack(t *testing.T) {
	w := lines("i-a priority=1", "i-b", "eni-1 on=i-a status=detaching")
	for _, line := range []string{"manual interface=eni-1", "manual group=db"} {
		if p := decide(t, w, line); candidate(item(t, p, "eni-1"), "i-a").Eligible {
			t.Errorf("%s, once more after a crash, puts it back where it was:\n%s", line, show(p))
		}
	}
	if i := item(t, decide(t, w, "manual interface=eni-1 target=i-a"), "eni-1"); i.Choice.Instance != "i-a" {
		t.Errorf("the holder is the target: %s", showItem(i))
	}
}

// "for an orphan the one that `left` names … counts as doomed": so does the instance that the rest of its group leaves.
func TestGroupRequestWithAnOrphan(t *testing.T) {
	w := lines("i-a", "i-b", "i-c", "eni-1 on=i-a", "eni-2 left=i-c/1m")
	for line, want := range map[string][]string{
		"manual group=db":            {"i-b"},
		"manual group=db from=i-a":   {"i-b", "i-c"},
		"manual group=db target=i-c": {"i-c"},
		"manual group=db target=i-b": {"i-b"},
	} {
		orphan := item(t, decide(t, w, line), "eni-2")
		for _, id := range []string{"i-a", "i-b", "i-c"} {
			if candidate(orphan, id).Eligible != slices.Contains(want, id) {
				t.Errorf("%s: %s, want the candidates %s", line, showItem(orphan), want)
				break
			}
		}
	}
}

// "what could not be asked is *unknown* … and is said": an instance that EC2 could not describe may be a member.
func TestStrandedNamesTheUndescribed(t *testing.T) {
	for want, w := range map[string]*world{
		"no instance that EC2 could describe is a member of group db; it could not describe i-b": lines("eni-1"),
		"the only member of group db that EC2 could describe can't take it (i-c is":              lines("i-c az=z", "eni-1"),
		"none of the 2 members of group db that EC2 could describe can take it (i-c is":          lines("i-c az=z", "i-d az=z", "eni-1"),
	} {
		s, policy := w.build(t)
		tr := readTrigger(t, "sweep")
		s.Undescribed = []string{"i-b"}
		i := item(t, plan.Decide(tr, s, policy, now), "eni-1")
		if i.Settled != plan.OutcomeStranded || !strings.HasPrefix(i.Detail, want) || !strings.Contains(i.Detail, "it could not describe i-b") || !strings.HasPrefix(i.Next, "nothing if EC2 recovers") {
			t.Errorf("%s: %s\nnext: %s", i.Settled, i.Detail, i.Next)
		}
		s.Undescribed = nil
		if i := item(t, plan.Decide(tr, s, policy, now), "eni-1"); strings.Contains(i.Detail, "describe") || strings.Contains(i.Next, "recovers") {
			t.Errorf("%s: %s\nnext: %s", i.Settled, i.Detail, i.Next)
		}
	}
}

// "the origin is still `running` (any trigger but shutting-down and terminated)".
func TestNoOriginAfterTermination(t *testing.T) {
	for _, state := range []string{"unasked", "stopping", "stopped", "shutting-down", "terminated", "missing"} {
		w := lines("i-a state="+state, "i-b", "eni-1 on=i-a")
		for _, line := range []string{"shutting-down i-a", "terminated i-a"} {
			if i := item(t, decide(t, w, line), "eni-1"); i.Origin != "" {
				t.Errorf("%s of an instance that is %s: back to %s", line, state, i.Origin)
			}
		}
	}
}

// "the interface goes back to the origin": an unattached interface goes back only to an instance on which it may have
// been. An instance that holds the rest of its group need not be one.
func TestOriginOfUnattached(t *testing.T) {
	for _, c := range []struct{ event, unattached, from, origin string }{
		{"manual group=db", "eni-2", "", ""},
		{"manual group=db", "eni-2 left=i-c/1m", "i-c", "i-c"},
		{"manual group=db", "eni-2 left=i-a/1m", "i-a", "i-a"},
		{"manual group=db from=i-a", "eni-2", "i-a", "i-a"},
		{"manual interface=eni-2", "eni-2 left=i-c/1m", "i-c", "i-c"},
		{"alarm group=db", "eni-2", "", ""},
		{"alarm group=db", "eni-2 left=i-a/1m", "i-a", "i-a"},
		{"spot-interruption i-a", "eni-2", "i-a", "i-a"},
		{"stopping i-a", "eni-2 vpc=w", "i-a", ""},
		{"stopping i-a", "eni-2 vpc=w left=i-a/1m", "i-a", "i-a"},
	} {
		t.Run(c.event+", "+c.unattached, func(t *testing.T) {
			state := "running"
			if strings.HasPrefix(c.event, "stopping") {
				state = "stopping"
			}
			w := lines("i-a spot request=pending state="+state, "i-b", "i-c", "eni-1 on=i-a", c.unattached)
			if i := item(t, decide(t, w, c.event), "eni-2"); i.From != c.from || i.Origin != c.origin {
				t.Errorf("from %q, back to %q; want %q and %q", i.From, i.Origin, c.from, c.origin)
			}
		})
	}
}

// "a Spot warning over 150 s old counts only if the Spot request shows an interruption or the state agrees":
// what could not be asked does neither.
func TestOldSpotWarningOfUnknownInstance(t *testing.T) {
	for _, w := range []*world{lines("i-b", "eni-1 on=i-a"), lines("i-a spot state=unasked", "i-b", "eni-1 on=i-a")} {
		if p := decide(t, w, "spot-interruption i-a ago=151s"); p.Ignored != plan.ReasonStale {
			t.Errorf("an old warning about an instance that could not be asked:\n%s", show(p))
		}
	}
}

// A request whose from is gone must not be told that no interface carries the group's tag.
func TestRequestFromGoneInstance(t *testing.T) {
	w := lines("i-a state=missing groups=- az=", "i-b", "eni-1 left=i-a/1m")
	if p := decide(t, w, "manual group=db from=i-a"); p.Refused == plan.ReasonNotManaged {
		t.Errorf("eni-1 is of group db:\n%s: %s", show(p), p.Detail)
	}
}

// A rehearsal is "a dry run of every interface's move": what would happen if its holder went now. Two
// services may share a standby with one slot, and both are safe as long as only one needs it.
func TestRehearsalOfServicesWithOneStandby(t *testing.T) {
	w := lines("i-a", "i-b groups=web", "i-c groups=db,web taken=1", "eni-1 on=i-a", "eni-2 on=i-b group=web")
	p := decide(t, w, "rehearsal")
	for _, id := range []string{"eni-1", "eni-2"} {
		if i := item(t, p, id); i.Choice.Instance != "i-c" {
			t.Errorf("if its holder went now, %s would go to i-c:\n%s", id, show(p))
		}
	}
}

// "A group alarm acts only if all of the group's attached interfaces are on one instance, else it changes
// nothing and errs, naming the interfaces and asking for `eni-failover:interface=`".
func TestGroupAlarmNamesTheInterfaces(t *testing.T) {
	p := decide(t, lines("i-a", "i-b", "eni-1 on=i-a", "eni-2 on=i-b"), "alarm group=db")
	for _, word := range []string{"eni-1", "eni-2", "eni-failover:interface=", "unreachable", "i-a", "i-b"} {
		if p.Refused == "" || !strings.Contains(p.Detail, word) {
			t.Errorf("no %s in the refusal %q: %s", word, p.Refused, p.Detail)
		}
	}
}

// "nothing is stranded for the order": the slot that a detaching interface still occupies is its own, so the free ones
// are left to others.
func TestOwnSlotLeavesTheFreeOnes(t *testing.T) {
	w := lines("i-a taken=1", "eni-1 on=i-a index=2 status=detaching", "eni-2", "type m5 cards=4")
	if p := decide(t, w, "sweep"); placed(p) != 2 {
		t.Errorf("one slot is free, one is eni-1's own:\n%s", show(p))
	}
}

// An interface that leaves its own slot for a slot elsewhere makes no room for another interface.
func TestNoRoomOnOwnSlot(t *testing.T) {
	w := lines(
		"type m5 cards=3", "i-a groups=g1,g3 priority=1 taken=2", "i-b groups=g2,g3 priority=2 taken=1", "i-c groups=g1,g2 priority=3 taken=1",
		"eni-1 group=g1 on=i-a status=detaching", "eni-2 group=g2", "eni-3 group=g3",
	)
	if p := decide(t, w, "sweep"); placed(p) != 3 {
		t.Errorf("eni-1 could stay on i-a, eni-2 go to i-c and eni-3 to i-b:\n%s", show(p))
	}
}

// "Spot warning, stopping, stopped, lifecycle | graceful; force after `DETACH_GRACE`" and "shutting-down,
// terminated | at once": also for an unattached interface, in case that it turns up on the doomed instance again.
func TestForceOfUnattached(t *testing.T) {
	w := lines("i-a state=stopping", "i-b", "eni-1")
	for line, after := range map[string]time.Duration{"stopping i-a": 15 * time.Second, "terminated i-a": 0} {
		if i := item(t, decide(t, w, line), "eni-1"); !i.Force.Allowed || i.Force.After != after {
			t.Errorf("%s: %+v, if it turns up on i-a again", line, i.Force)
		}
	}
}
