package plan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// anySnapshot makes a snapshot with holders in every state and interfaces in every status, some of them paused,
// unsupported or of groups that are not served.
func anySnapshot(r *rand.Rand) inventory.Snapshot {
	s := crowdedSnapshot(r, true)
	for _, id := range s.InstanceIDs() {
		in := s.Instances[id]
		in.State = mostly(r, in.State, inventory.StateStopping, inventory.StateStopped, inventory.StateShuttingDown, inventory.StateMissing, inventory.StateUnseen, inventory.StateUnasked, inventory.StatePending)
		in.Confirmed = in.State != inventory.StateUnseen && r.IntN(2) == 0
		in.Spot = r.IntN(3) == 0
		in.LaunchTime = now.Add(-mostly(r, time.Hour, 5*time.Second))
		if in.Spot {
			in.Interruption = mostly(r, inventory.InterruptionNone, inventory.InterruptionPending, inventory.InterruptionUnknown)
		}
		if r.IntN(4) == 0 {
			in.Health.Instance = inventory.CheckImpaired
			in.Health.ImpairedSince = now.Add(-pick(r, time.Minute, 10*time.Minute))
		}
		if r.IntN(4) == 0 {
			in.ScalingGroup, in.Scaling = "asg", pick(r, inventory.ScalingInService, inventory.ScalingStandby, "Terminating:Wait")
		}
		s.Instances[id] = in
	}
	for k := range s.Interfaces {
		e := &s.Interfaces[k]
		e.Paused = r.IntN(8) == 0
		if r.IntN(8) == 0 {
			e.Type = "efa"
		}
		if a := e.Attachment; a != nil {
			a.Status = mostly(r, a.Status, inventory.StatusAttached, inventory.StatusAttaching, inventory.StatusDetaching, inventory.StatusDetached)
			a.AttachTime = now.Add(-pick(r, time.Minute, 4*time.Minute, time.Hour))
		}
	}
	return s
}

func anyTrigger(r *rand.Rand) trigger.Trigger {
	t := randomTrigger(r)
	if t.Instance != "" {
		t.Kind = pick(r, t.Kind, t.Kind, t.Kind, trigger.KindSpotInterruption, trigger.KindStopping, trigger.KindStopped, trigger.KindShuttingDown, trigger.KindTerminated, trigger.KindRebalance, trigger.KindAlarm)
	}
	if r.IntN(4) == 0 { // often, since few verdicts of a random attachment count
		t = trigger.Trigger{Kind: trigger.KindUnreachable}
		for k := range 5 {
			t.Unanswered = append(t.Unanswered, randomProbed(r, fmt.Sprintf("eni-%d", k), fmt.Sprintf("i-%d", r.IntN(4))))
		}
	}
	if t.Kind == trigger.KindAlarm {
		t.Alarm.Since = now.Add(-time.Minute)
		if t.Instance != "" {
			t.Alarm.Instance, t.Alarm.Check = t.Instance, trigger.CheckAny
		}
	}
	t.Time = now.Add(-pick(r, time.Second, time.Minute, 10*time.Minute))
	return t
}

// TestNever: "Never, whatever the event says: touch … · relieve a healthy holder except as section 2 dooms it ·
// detach anything but the observed attachment of the doomed instance … or one stuck `attaching`". Here in the
// plainest words, over random snapshots and triggers of all kinds.
func TestNever(t *testing.T) {
	policy := plan.Policy{Groups: []string{"db", "web"}, DetachGrace: 15 * time.Second, Cooldown: 3 * time.Minute, ImpairedAfter: 5 * time.Minute, ActOnRebalance: true}
	relieved := map[trigger.Kind]int{}
	random(t, *rounds*6, func(t *testing.T, r *rand.Rand) {
		s, tr := anySnapshot(r), anyTrigger(r)
		p := plan.Decide(tr, s, policy, now)
		checkPlan(t, s, p)
		if t.Failed() {
			t.Logf("%+v\n%s", tr, show(p))
		}
		for _, i := range p.Items {
			e := i.Interface
			fail := func(why string) {
				t.Errorf("%s\n%+v\n%s%+v\n%+v", why, tr, showItem(i), e.Attachment, s.Instances[e.Holder()])
			}
			if i.Settled == plan.OutcomeIgnored || i.Settled == plan.OutcomeNothingToDo {
				continue
			}
			if e.Paused || e.Type == "efa" || e.Group == "app" {
				fail("it may not be touched")
			}
			if i.Settled != "" || p.Mode != plan.ModeAct {
				continue
			}
			if tr.Kind == trigger.KindReached {
				fail("an answer is no reason to move")
			}
			unattached := e.Attachment == nil || e.Attachment.Status == inventory.StatusDetached
			if want := wantOrphanGrace(tr.Kind); i.OrphanGrace != want {
				fail(fmt.Sprintf("orphan grace, want %s", want))
			}
			if unattached || e.Attachment.Status == inventory.StatusDetaching {
				if i.WriteLeftTag {
					fail("a left tag on an interface that is released already")
				}
				continue
			}
			if slices.Contains(p.Doubts, e.Holder()) {
				continue // nothing is done before a second read
			}
			relieved[tr.Kind]++
			if why := spared(tr, s.Instances[e.Holder()], e, policy); why != "" {
				fail(why)
			}
		}
	})
	for _, kind := range []trigger.Kind{
		trigger.KindSpotInterruption, trigger.KindStopping, trigger.KindStopped, trigger.KindShuttingDown, trigger.KindTerminated,
		trigger.KindLifecycle, trigger.KindAlarm, trigger.KindUnreachable, trigger.KindRebalance, trigger.KindRunning, trigger.KindSweep, trigger.KindManual,
	} {
		if relieved[kind] < 3 {
			t.Errorf("%s relieved a holder %d times only", kind, relieved[kind])
		}
	}
}

func wantOrphanGrace(kind trigger.Kind) time.Duration {
	if kind == trigger.KindManual || kind == trigger.KindShuttingDown || kind == trigger.KindTerminated {
		return 0
	}
	return 5 * time.Second
}

// spared says why an attached interface must not be taken from its holder; empty if it may be.
func spared(t trigger.Trigger, holder inventory.Instance, e inventory.Interface, p plan.Policy) string {
	age := now.Sub(e.Attachment.AttachTime)
	gone := holder.State == "stopping" || holder.State == "stopped" || holder.State == "shutting-down" || holder.State == "missing"
	impaired := holder.Health.Instance == "impaired"
	if holder.State == "unseen" {
		return "one read did not show its holder"
	}
	byState := t.Kind == trigger.KindSweep || t.Kind == trigger.KindRunning || t.Kind == trigger.KindAlarm
	if (holder.State == "stopping" || holder.State == "stopped") && byState && !holder.Confirmed {
		return "one read showed its holder so"
	}
	stale := holder.LaunchTime.Sub(t.Time) > 2*time.Second
	// "An attachment on the instance that `left` names is our own return: the age rules of alarm, rebalance and
	// manual do not refuse it on the retry."
	returned := e.LeftTag.Instance == holder.ID
	young := age < p.Cooldown
	switch t.Kind {
	case trigger.KindManual:
		if !e.Attachment.AttachTime.Before(t.Time) && !returned {
			return "attached after the request"
		}
		if (t.From != "" && t.From != holder.ID) || t.Target == holder.ID {
			return "not asked for"
		}
		return ""
	case trigger.KindSweep, trigger.KindRunning:
		stuck := e.Attachment.Status == "attaching" && age > 5*time.Minute
		long := impaired && now.Sub(holder.Health.ImpairedSince) >= p.ImpairedAfter && holder.State == "running" && !young
		if !gone && !stuck && !long && holder.Interruption != "pending" && holder.Scaling != "Terminating:Wait" {
			return "its holder gives no reason"
		}
		return ""
	case trigger.KindAlarm:
		if now.Add(-time.Minute).Sub(e.Attachment.AttachTime) < p.Cooldown && !returned {
			return "younger than COOLDOWN when the alarm went off"
		}
		if t.Alarm.Check != "" && holder.Health.System == "ok" && holder.Health.Instance == "ok" {
			return "EC2 says ok"
		}
	case trigger.KindUnreachable:
		if why := sparedByVerdict(t, holder, e, p, returned); why != "" {
			return why
		}
	case trigger.KindRebalance:
		if young && !returned {
			return "younger than COOLDOWN"
		}
	case trigger.KindLifecycle:
		if holder.Scaling == "InService" || holder.Scaling == "Standby" {
			return "Auto Scaling does not terminate it"
		}
	case trigger.KindSpotInterruption:
		if !gone && holder.State != "" && !holder.Spot {
			return "not a Spot instance"
		}
		if !gone && now.Sub(t.Time) > 150*time.Second && holder.Interruption != "pending" {
			return "an old warning"
		}
	case trigger.KindUnknown, trigger.KindReached, trigger.KindStopping, trigger.KindStopped, trigger.KindShuttingDown,
		trigger.KindTerminated, trigger.KindHealth, trigger.KindRehearsal:
		if !gone && holder.State != "" {
			return "it does not go away"
		}
	}
	if stale {
		return "about a former run"
	}
	if t.Instance != "" && t.Instance != holder.ID {
		return "another instance's"
	}
	return ""
}

// sparedByVerdict says why a verdict is not a reason to take an interface from its holder; empty if it is.
func sparedByVerdict(t trigger.Trigger, holder inventory.Instance, e inventory.Interface, p plan.Policy, returned bool) string {
	for _, probed := range t.Unanswered {
		if probed.Interface != e.ID {
			continue
		}
		// "For the retry of the event that caused it only": that one is older than the move, which wrote the tag.
		returned := returned && t.Time.Before(e.LeftTag.Time.Add(2*time.Second))
		// "An attachment that another event has superseded: `superseded`".
		sameAttachment := probed.Attachment == e.Attachment.ID || (probed.Attachment == "" && e.Attachment.AttachTime.Before(t.Time))
		sameInstance := probed.Instance == "" || probed.Instance == holder.ID
		if !sameInstance || (!sameAttachment && !returned) {
			return "about another attachment"
		}
		if t.Time.Sub(e.Attachment.AttachTime) < p.Cooldown && !returned {
			return "younger than COOLDOWN at the verdict"
		}
		// "With `confirmed: false`: only if EC2 says of the holder that it is not running, impaired, or (status checks) not
		// `ok`".
		checksOK := strings.Trim(strings.Join([]string{string(holder.Health.System), string(holder.Health.Instance), string(holder.Health.EBS), string(holder.Health.Application)}, ""), "ok") == ""
		if probed.Unconfirmed && checksOK && (holder.State == inventory.StateRunning || holder.State == inventory.StateUnasked) {
			return "not confirmed"
		}
		return ""
	}
	return "not named"
}
