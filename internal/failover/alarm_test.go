package failover_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

func TestAlarmMovesFromAnUnreachableHolder(t *testing.T) {
	for name, configuration := range map[string]map[string]any{
		"status check":  statusCheckMetrics("1", "StatusCheckFailed"),
		"metric math":   statusCheckMetrics("1", "StatusCheckFailed_Instance", "StatusCheckFailed_System"),
		"by interface":  alarmDescription("page ops; eni-failover:interface=" + interfaceID("a")),
		"by group":      alarmDescription("(eni-failover:group=db)."),
		"instance only": statusCheckMetrics("1", "StatusCheckFailed_Instance"),
		// EC2 says nothing about these checks, so nothing contradicts the alarm.
		"application":           statusCheckMetrics("1", "StatusCheckFailed_Application"),
		"one application check": statusCheckMetrics("1", "StatusCheckFailed_Application_asc-1234567890abcdef0"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, unreachableHolder())
				r := l.mustSend(alarmEvent(configuration, alarmState(time.Minute), "OK"))
				if r.Outcome != plan.OutcomeMoved || l.holder("a") != instanceID("2") {
					t.Errorf("outcome %s, on %s; want moved, on %s\n%s", r.Outcome, l.holder("a"), instanceID("2"), l.log())
				}
				e, _ := l.sim.Interface(interfaceID("a"))
				if left := e.Tags["eni-failover:left"]; left == "" || left[:len(instanceID("1"))] != instanceID("1") {
					t.Errorf("left tag %q; want the relieved holder", left)
				}
			})
		})
	}
}

// TestAlarmOnADeadApplication has an application that is dead on an instance whose other checks all pass.
func TestAlarmOnADeadApplication(t *testing.T) {
	for _, metric := range []string{"StatusCheckFailed", "StatusCheckFailed_Application", "StatusCheckFailed_Application_asc-1234567890abcdef0"} {
		for _, previous := range []string{"OK", "INSUFFICIENT_DATA"} {
			t.Run(metric+" after "+previous, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newLab(t, unreachableHolder(withHolder(func(in *awssim.Instance) { in.InstanceStatus, in.ApplicationStatus = "ok", "impaired" })))
					r := l.mustSend(alarmEvent(statusCheckMetrics("1", metric), alarmState(time.Minute), previous))
					if r.Outcome != plan.OutcomeMoved || l.holder("a") != instanceID("2") {
						t.Errorf("%s (%s), on %s; want moved, on %s\n%s", r.Outcome, r.Reason, l.holder("a"), instanceID("2"), l.log())
					}
				})
			})
		}
	}
}

// An alarm that is not acted on: to act wrongly cuts off a healthy service.
func TestAlarmDoesNotMove(t *testing.T) {
	holder := func(f func(*awssim.Instance)) func(*awssim.World) {
		return func(w *awssim.World) { f(&w.Instances[0]) }
	}
	attached := func(age time.Duration) func(*awssim.World) {
		return func(w *awssim.World) { w.Interfaces[0].Attachment.AttachTime = time.Now().Add(-age) }
	}
	healthy := holder(func(in *awssim.Instance) { in.InstanceStatus = "ok" })
	group := alarmDescription("eni-failover:group=db")
	tests := []struct {
		name          string
		world         func(*awssim.World)
		configuration map[string]any
		state         func() map[string]any
		previous      string
		reason        plan.Reason
		calls         int // exactly, if not negative
	}{
		{name: "CPU", configuration: statusCheckMetrics("1", "CPUUtilization"), reason: plan.ReasonNoAction},
		{name: "status check and CPU", configuration: statusCheckMetrics("1", "StatusCheckFailed", "CPUUtilization"), reason: plan.ReasonNoAction},
		{name: "no configuration", configuration: map[string]any{}, reason: plan.ReasonNoAction},
		{name: "OK", configuration: group, reason: plan.ReasonNoAction, state: func() map[string]any {
			s := alarmState(0)
			s["value"] = "OK"
			return s
		}},
		{name: "suppressed", configuration: group, reason: plan.ReasonSuppressed, state: func() map[string]any {
			s := alarmState(0)
			s["actionsSuppressedBy"] = "Alarm"
			return s
		}},
		{name: "old", configuration: group, reason: plan.ReasonStale, state: func() map[string]any { return alarmState(10*time.Minute + time.Second) }},
		{name: "cool-down", configuration: group, world: attached(9 * time.Minute), reason: plan.ReasonCooldown, calls: -1},
		{name: "no data before", configuration: group, world: healthy, previous: "INSUFFICIENT_DATA", reason: plan.ReasonNotImpaired, calls: -1},
		{name: "EC2 says ok", configuration: statusCheckMetrics("1", "StatusCheckFailed"), world: healthy, reason: plan.ReasonStatusChecksOK, calls: -1},
		{name: "EC2 says ok for the check", configuration: statusCheckMetrics("1", "StatusCheckFailed_System"), reason: plan.ReasonStatusChecksOK, calls: -1},
		{
			name: "EC2 says ok for the application", configuration: statusCheckMetrics("1", "StatusCheckFailed_Application"),
			world: holder(func(in *awssim.Instance) { in.ApplicationStatus = "ok" }), reason: plan.ReasonStatusChecksOK, calls: -1,
		},
		{name: "launched since", configuration: group, world: holder(func(in *awssim.Instance) { in.LaunchTime = time.Now().Add(3 * time.Second) }), reason: plan.ReasonStale, calls: -1},
		{name: "paused", configuration: group, world: func(w *awssim.World) { w.Interfaces[0].Tags["eni-failover:paused"] = "" }, reason: plan.ReasonPaused, calls: -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				change := tt.world
				if change == nil {
					change = func(*awssim.World) {}
				}
				state, previous := alarmState(time.Minute), tt.previous
				if tt.state != nil {
					state = tt.state()
				}
				if previous == "" {
					previous = "OK"
				}
				l := newLab(t, unreachableHolder(change))
				r := l.mustSend(alarmEvent(tt.configuration, state, previous))
				if r.Outcome != plan.OutcomeIgnored || r.Reason != tt.reason {
					t.Errorf("%s, %s; want ignored, %s\n%s", r.Outcome, r.Reason, tt.reason, l.log())
				}
				if l.mutations() > 0 || l.holder("a") != instanceID("1") {
					t.Errorf("changed something:\n%s", l.log())
				}
				if n := len(l.sim.Calls()); tt.calls >= 0 && n != tt.calls {
					t.Errorf("%d calls; want %d\n%s", n, tt.calls, l.log())
				}
			})
		})
	}
}

func TestAlarmOnAGroupOfSeveralHoldersErrs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, unreachableHolder(func(w *awssim.World) {
			w.Instances = append(w.Instances, instance("3"))
			w.Interfaces = append(w.Interfaces, eni("b", "3"))
		}))
		_, err := l.send(alarmEvent(alarmDescription("eni-failover:group=db"), alarmState(0), "OK"))
		wantError(t, err, "RefusedError", "eni-failover:interface=", interfaceID("a"), interfaceID("b"))
		if l.mutations() > 0 {
			t.Errorf("changed something:\n%s", l.log())
		}
	})
}

func TestAlarmOnAGroupOverlooksPrimaryInterfaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, unreachableHolder(withInterfaces(eni("b", "1", atIndex(0)), eni("c", "2", atIndex(0)))))
		r := l.mustSend(alarmEvent(alarmDescription("eni-failover:group=db"), alarmState(0), "OK"))
		if r.Outcome != plan.OutcomeMoved || l.holder("a") != instanceID("2") {
			t.Errorf("%s, on %s; want moved, on %s\n%s", r.Outcome, l.holder("a"), instanceID("2"), l.log())
		}
	})
}

func TestAlarmAttachesWhatACrashLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, unreachableHolder(func(w *awssim.World) {
			w.Interfaces[0].Attachment = nil
			w.Interfaces[0].Tags["eni-failover:left"] = instanceID("1") + " " + time.Now().UTC().Format(time.RFC3339)
		}))
		r := l.mustSend(alarmEvent(alarmDescription("eni-failover:group=db"), alarmState(0), "OK"))
		if r.Outcome != plan.OutcomeAttached || l.holder("a") != instanceID("2") {
			t.Errorf("%s, on %s; want attached, on %s\n%s", r.Outcome, l.holder("a"), instanceID("2"), l.log())
		}
	})
}

// An attachment that is young because a failed move went back is not a reason to wait.
func TestAlarmRetriesAfterItsOwnReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, unreachableHolder(func(w *awssim.World) {
			w.Interfaces[0].Attachment.AttachTime = time.Now().Add(-time.Minute)
			w.Interfaces[0].Tags["eni-failover:left"] = instanceID("1") + " " + time.Now().Add(-2*time.Minute).UTC().Format(time.RFC3339)
		}))
		if r := l.mustSend(alarmEvent(alarmDescription("eni-failover:group=db"), alarmState(3*time.Minute), "OK")); r.Outcome != plan.OutcomeMoved {
			t.Errorf("%s, %s; want moved", r.Outcome, r.Reason)
		}
	})
}

// The deployment chooses COOLDOWN.
func TestAlarmInALongerCooldown(t *testing.T) {
	for cooldown, outcome := range map[string]plan.Outcome{"30m": plan.OutcomeIgnored, "15m": plan.OutcomeMoved} {
		synctest.Test(t, func(t *testing.T) {
			l := newLab(t, unreachableHolder(func(w *awssim.World) {
				w.Interfaces[0].Attachment.AttachTime = time.Now().Add(-20 * time.Minute)
			}), "COOLDOWN", cooldown)
			if r := l.mustSend(alarmEvent(alarmDescription("eni-failover:group=db"), alarmState(0), "OK")); r.Outcome != outcome {
				t.Errorf("COOLDOWN=%s: %s (%s); want %s", cooldown, r.Outcome, r.Reason, outcome)
			}
		})
	}
}

// The detach from a hung guest is forced after a third of the grace.
func TestAlarmForcesEarly(t *testing.T) {
	for grace, want := range map[string]time.Duration{"15s": 5 * time.Second, "60s": 20 * time.Second} {
		t.Run(grace, func(t *testing.T) { forcedAfter(t, grace, want) })
	}
}

func forcedAfter(t *testing.T, grace string, want time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, unreachableHolder(func(w *awssim.World) { w.Instances[0].HungGuest = true }), "DETACH_GRACE", grace)
		r := l.mustSend(alarmEvent(alarmDescription("eni-failover:group=db"), alarmState(0), "OK"))
		if r.Outcome != plan.OutcomeMoved || !r.Interfaces[0].Forced {
			t.Errorf("%s, forced %t; want moved, true", r.Outcome, r.Interfaces[0].Forced)
		}
		var detach, force time.Time
		for _, c := range l.sim.Calls() {
			if c.Action == "DetachNetworkInterface" {
				if c.Params.Get("Force") == "true" {
					force = c.Time
				} else {
					detach = c.Time
				}
			}
		}
		if wait := force.Sub(detach); wait < want || wait > want+2*time.Second {
			t.Errorf("forced after %s; want %s, a third of the grace\n%s", wait, want, l.log())
		}
	})
}

func TestMalformedAlarmOfOursIsBadInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, unreachableHolder())
		for field, event := range map[string][]byte{
			"description":      alarmEvent(alarmDescription("eni-failover:group=db*"), alarmState(0), "OK"),
			"interface":        alarmEvent(alarmDescription("eni-failover:interface=i-1"), alarmState(0), "OK"),
			"state.timestamp":  alarmEvent(alarmDescription("eni-failover:group=db"), map[string]any{"value": "ALARM", "timestamp": "now"}, "OK"),
			"state.value":      alarmEvent(alarmDescription("eni-failover:group=db"), map[string]any{"value": "BROKEN"}, "OK"),
			"one interface or": alarmEvent(alarmDescription("eni-failover:group=db eni-failover:group=web"), alarmState(0), "OK"),
		} {
			_, err := l.send(event)
			wantError(t, err, "BadInputError", field)
		}
		if len(l.sim.Calls()) > 0 {
			t.Errorf("calls:\n%s", l.log())
		}
	})
}

// TestAlarmAboutTheAttachmentBefore: an alarm older than the present attachment moves nothing, and is not a failure.
func TestAlarmAboutTheAttachmentBefore(t *testing.T) {
	bubble(t, "a duplicate of an alarm that was carried out", func(t *testing.T) {
		l := newLab(t, unreachableHolder())
		alarm := alarmEvent(alarmDescription("eni-failover:group=db"), alarmState(0), "OK")
		l.wantOutcome(l.mustSend(alarm), plan.OutcomeMoved, "")
		at := l.holder("a")
		time.Sleep(time.Minute)
		l.metrics.Reset()
		before := l.mutations()
		l.wantOutcome(l.mustSend(alarm), plan.OutcomeSuperseded, plan.ReasonAttachmentNewer)
		if l.holder("a") != at || l.mutations() != before || strings.Contains(l.metrics.String(), "Failures") {
			t.Errorf("on %s, %d changes, measured %s", l.holder("a"), l.mutations()-before, l.metrics.String())
		}
	})
}
