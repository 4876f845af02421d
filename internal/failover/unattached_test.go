package failover_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestLeftBehind finds the unattached interfaces of the instance's groups, as after a crash.
func TestLeftBehind(t *testing.T) {
	tests := map[string]struct {
		change  func(*awssim.World)
		outcome plan.Outcome
		on      string
	}{
		"free":              {withInterfaces(eni("b", "")), plan.OutcomeAttached, "2"},
		"another zone's":    {withInterfaces(eni("b", "", func(e *awssim.Interface) { e.AZ = zoneB })), "", "none"},
		"another group's":   {withInterfaces(eni("b", "", inGroup("web"))), "", "none"},
		"paused":            {withInterfaces(eni("b", "", interfaceTag("eni-failover:paused", ""))), plan.OutcomeIgnored, "none"},
		"detaching from it": {withInterfaces(eni("b", "1", atIndex(2), detaching)), plan.OutcomeMoved, "2"},
		"detaching from a peer": {func(w *awssim.World) {
			withInterfaces(eni("b", "4", detaching))(w)
			withInstances(instance("4", memberOf("db x")))(w)
		}, plan.OutcomeMoved, "2"},
		"on a peer": {func(w *awssim.World) { withInterfaces(eni("b", "4"))(w); withInstances(instance("4"))(w) }, "", "4"},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, oneStandby(test.change, func(w *awssim.World) { w.Instances[1].Type = "m5.4xlarge" }))
			r := l.mustSend(spotWarning("1"))
			l.wantTrueReport(r)
			var got plan.Outcome
			for _, i := range r.Interfaces {
				if i.Interface == interfaceID("b") {
					got = i.Outcome
				}
			}
			if got != test.outcome {
				t.Errorf("outcome %q, want %q\n%s", got, test.outcome, show(r))
			}
			if name == "detaching from a peer" && (l.holder("b") == instanceID("4") || l.holder("b") == instanceID("2")) {
				return // either may have it
			}
			l.wantHolder("a", map[bool]string{true: l.holderShort("a"), false: "2"}[name == "on a peer" || name == "detaching from a peer"])
			l.wantHolder("b", test.on)
		})
	}
}

// TestUnattachedWaits attaches an unattached interface only after two looks five seconds apart.
func TestUnattachedWaits(t *testing.T) {
	tests := map[string]struct {
		event func() []byte
		state string
		wait  time.Duration
	}{
		"spot":          {func() []byte { return spotWarning("1") }, "running", 5 * time.Second},
		"stopping":      {func() []byte { return stateChange("1", "stopping") }, "stopping", 5 * time.Second},
		"stopped":       {func() []byte { return stateChange("1", "stopped") }, "stopped", 5 * time.Second},
		"shutting-down": {func() []byte { return stateChange("1", "shutting-down") }, "shutting-down", 0},
		"terminated":    {func() []byte { return stateChange("1", "terminated") }, "terminated", 0},
		"running":       {func() []byte { return stateChange("2", "running") }, "running", 5 * time.Second},
		"manual":        {func() []byte { return request(map[string]any{"group": "db"}) }, "running", 0},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, awssim.World{
				Instances:  []awssim.Instance{instance("1", spot, inState(test.state)), instance("2")},
				Interfaces: []awssim.Interface{eni("a", "")},
			})
			e := test.event()
			r := l.wantOutcome(l.mustSend(e), plan.OutcomeAttached, "")
			at := l.callTime(attachCall, 1)
			if at < test.wait || at > test.wait+800*time.Millisecond {
				t.Errorf("attached after %s, want %s\n%s", at, test.wait, l.log())
			}
			if n := l.countCalls(attachCall); n != 1 {
				t.Errorf("%d attaches", n)
			}
			if want := map[bool]string{true: instanceID("1")}[name != "running" && name != "manual"]; r.Interfaces[0].From != want {
				t.Errorf("from %q, want %q", r.Interfaces[0].From, want)
			}
			l.mustChangeNothing(e)
		})
	}
}

// An interface that is detached between the two looks of the plan is in the middle of another invocation's move, though
// one look has shown it unattached already. The grace counts from the answer of that look, not from its first attempt.
func TestGraceIsCountedFromTheLookThatShowsItUnattached(t *testing.T) {
	tests := map[string]func(*lab) func(awssim.Call) awssim.Fault{
		"taken off between the looks": func(l *lab) func(awssim.Call) awssim.Fault {
			return func(c awssim.Call) awssim.Fault {
				if c.Action != "DescribeInstances" {
					return awssim.Fault{}
				}
				return awssim.Fault{Delay: 4 * time.Second, Before: func() {
					l.sim.Edit(func(w *awssim.World) { w.Interfaces[0].Attachment = nil })
				}}
			}
		},
		"an answer after many tries": func(l *lab) func(awssim.Call) awssim.Fault {
			l.sim.Edit(func(w *awssim.World) { w.Interfaces[0].Attachment = nil })
			tries := 0
			return func(c awssim.Call) awssim.Fault {
				if c.Action == "DescribeNetworkInterfaces" && c.Params.Get("Filter.1.Name") == "tag-key" {
					if tries++; tries < 9 {
						return awssim.Fault{Code: "RequestLimitExceeded"}
					}
				}
				return awssim.Fault{}
			}
		},
	}
	for name, intercept := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, spotWorld())
				l.sim.Intercept(intercept(l))
				l.mustSend(spotWarning("1"))
				var free, attach time.Time
				for _, c := range l.sim.Calls() {
					switch {
					case c.Action == "AttachNetworkInterface":
						attach = c.Time
					case c.Action == "DescribeNetworkInterfaces" && c.Code == "" && free.IsZero():
						if name == "an answer after many tries" || c.Params.Get("Filter.1.Name") != "tag-key" {
							free = c.Time
						}
					}
				}
				if apart := attach.Sub(free); apart < 5*time.Second {
					t.Errorf("attached %s after the first look that showed it unattached\n%s", apart, l.log())
				}
			})
		})
	}
}
