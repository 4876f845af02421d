package failover_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

func TestRebalance(t *testing.T) {
	act := []string{"ACT_ON_REBALANCE", "true"}
	tests := []struct {
		name     string
		settings []string
		standby  []func(*awssim.Instance)
		age      time.Duration
		outcome  plan.Outcome
		reason   plan.Reason
	}{
		{name: "only reports by default", outcome: plan.OutcomePlanned, reason: plan.ReasonReportOnly, age: time.Hour},
		{name: "reports a standby of the same pool, which the interruption would take", standby: []func(*awssim.Instance){spot}, outcome: plan.OutcomePlanned, reason: plan.ReasonReportOnly, age: time.Hour},
		{name: "moves to On-Demand", settings: act, outcome: plan.OutcomeMoved, age: time.Hour},
		{name: "moves to another type", settings: act, standby: []func(*awssim.Instance){spot, ofType("m5.large")}, outcome: plan.OutcomeMoved, age: time.Hour},
		{name: "not to the same pool", settings: act, standby: []func(*awssim.Instance){spot}, outcome: plan.OutcomeStranded, age: time.Hour},
		{name: "not in the cool-down", settings: act, outcome: plan.OutcomeIgnored, reason: plan.ReasonCooldown, age: 9 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, awssim.World{
					Instances:  []awssim.Instance{instance("1", spot), instance("2", tt.standby...)},
					Interfaces: []awssim.Interface{eni("a", "1", heldFor(tt.age))},
				}, tt.settings...)
				r := l.mustSend(rebalance("1"))
				if r.Outcome != tt.outcome || (tt.reason != "" && r.Reason != tt.reason) {
					t.Errorf("%s (%s); want %s (%s)\n%s", r.Outcome, r.Reason, tt.outcome, tt.reason, show(r))
				}
				if tt.outcome != plan.OutcomeMoved && l.mutations() > 0 {
					t.Errorf("changed something:\n%s", l.log())
				}
			})
		})
	}
}

func TestRebalanceNeverForces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, awssim.World{
			Instances:  []awssim.Instance{instance("1", spot, func(in *awssim.Instance) { in.HungGuest = true }), instance("2")},
			Interfaces: []awssim.Interface{eni("a", "1", heldFor(time.Hour))},
		}, "ACT_ON_REBALANCE", "true")
		_, err := l.send(rebalance("1"))
		wantError(t, err, "FailedError", "out-of-time", interfaceID("a"), instanceID("1"))
		for _, c := range l.sim.Calls() {
			if c.Params.Get("Force") == "true" {
				t.Fatalf("forced: %s", c)
			}
		}
	})
}

func TestHealthOnlyReports(t *testing.T) {
	health := func(region string, ids ...string) []byte {
		var entities []map[string]any
		for _, id := range ids {
			entities = append(entities, map[string]any{"entityValue": id})
		}
		return event("aws.health", "AWS Health Event", map[string]any{
			"service": "EC2", "eventTypeCategory": "scheduledChange", "eventRegion": region, "affectedEntities": entities,
		})
	}
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, awssim.World{
			Instances:  []awssim.Instance{instance("1"), instance("2")},
			Interfaces: []awssim.Interface{eni("a", "1")},
		})
		for name, tt := range map[string]struct {
			event   []byte
			outcome plan.Outcome
		}{
			"a holder":       {health(region, instanceID("9"), instanceID("1")), plan.OutcomePlanned},
			"no holder":      {health(region, instanceID("2")), plan.OutcomeIgnored},
			"no instance":    {health(region, "vol-1"), plan.OutcomeIgnored},
			"another region": {health("us-east-1", instanceID("1")), plan.OutcomeIgnored},
		} {
			if r := l.mustSend(tt.event); r.Outcome != tt.outcome {
				t.Errorf("%s: %s (%s); want %s", name, r.Outcome, r.Detail, tt.outcome)
			}
		}
		if l.mutations() > 0 {
			t.Errorf("changed something:\n%s", l.log())
		}
	})
}

func TestRehearsalAsksOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := awssim.World{Instances: []awssim.Instance{instance("1", ofType("m5.xlarge")), instance("2", ofType("m5.xlarge"))}}
		for i, short := range []string{"a", "b", "c"} {
			w.Interfaces = append(w.Interfaces, eni(short, "1", atIndex(i+1)))
		}
		l := newLab(t, w)
		r := l.mustSend(rehearsal())
		if r.Outcome != plan.OutcomePlanned || !r.DryRun || l.mutations() > 0 {
			t.Errorf("%s, dry run %t, %d changes; want planned, true, none\n%s", r.Outcome, r.DryRun, l.mutations(), l.log())
		}
		var last time.Time
		n := 0
		for _, c := range l.sim.Calls() {
			if c.Action == "DetachNetworkInterface" {
				if n++; !last.IsZero() && c.Time.Sub(last) < time.Second {
					t.Errorf("two dry runs within %s", c.Time.Sub(last))
				}
				last = c.Time
			}
		}
		if n != 3 {
			t.Errorf("%d dry runs of a detach; want 3", n)
		}
	})
}

func TestRehearsalFindsAMissingPermission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, awssim.World{
			Instances:  []awssim.Instance{instance("1"), instance("2")},
			Interfaces: []awssim.Interface{eni("a", "1")},
		})
		l.sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Action == "AttachNetworkInterface" {
				return awssim.Fault{Code: "UnauthorizedOperation"}
			}
			return awssim.Fault{}
		})
		r, err := l.send(rehearsal())
		wantError(t, err, "FailedError", "denied", "AttachNetworkInterface")
		if r.Reason != plan.ReasonDenied {
			t.Errorf("reason %s; want denied", r.Reason)
		}
	})
}

func TestRehearsalGivesWayToThrottling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, awssim.World{
			Instances:  []awssim.Instance{instance("1", ofType("m5.xlarge")), instance("2", ofType("m5.xlarge"))},
			Interfaces: []awssim.Interface{eni("a", "1"), eni("b", "1", atIndex(2))},
		})
		l.sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.DryRun {
				return awssim.Fault{Code: "RequestLimitExceeded", Status: 503}
			}
			return awssim.Fault{}
		})
		r := l.mustSend(rehearsal())
		for _, i := range r.Interfaces {
			if i.Reason != plan.ReasonRehearsedLater {
				t.Errorf("%s: %s (%s); want rehearsed-later", i.Interface, i.Outcome, i.Reason)
			}
		}
		if n := len(l.sim.Calls()); n > 7 {
			t.Errorf("%d calls: it went on asking while throttled\n%s", n, l.log())
		}
	})
}

// A rehearsal that can't ask about all interfaces in its time leaves some to later hours.
func TestRehearsalStartsElsewhereEachHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := awssim.World{
			Instances: []awssim.Instance{instance("1", ofType("wide")), instance("2", ofType("wide"))},
			InstanceTypes: []awssim.InstanceType{{
				Name: "wide", MaximumInterfaces: 400, IPv4PerInterface: 10, IPv6PerInterface: 10,
			}},
		}
		for i := range 300 {
			w.Interfaces = append(w.Interfaces, eni(string(rune('a'+i%6))+id("", "")[2:10]+hex(i), "1", atIndex(i+1)))
		}
		l := newLab(t, w)
		reached := map[string]bool{}
		for range 4 {
			r := l.mustSend(rehearsal())
			for _, i := range r.Interfaces {
				if i.Reason != plan.ReasonRehearsedLater {
					reached[i.Interface] = true
				}
			}
			time.Sleep(time.Hour)
		}
		if len(reached) != 300 {
			t.Errorf("reached %d of 300 interfaces in four hours", len(reached))
		}
	})
}

func hex(i int) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[i>>8&15], digits[i>>4&15], digits[i&15]})
}
