package failover_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// verdictOn is what the probe says of an interface that does not answer, on its present attachment.
func (l *lab) verdictOn(short string, change ...func(fields)) fields {
	l.t.Helper()
	e, ok := l.sim.Interface(interfaceID(short))
	if !ok || e.Attachment == nil {
		l.t.Fatalf("%s is not attached", short)
	}
	v := fields{
		"networkInterfaceId": e.ID, "attachmentId": e.Attachment.ID, "instanceId": e.Attachment.Instance, "check": "tcp:5432",
		"evidence": "timeout", "since": time.Now().Add(-10 * time.Second).UTC().Format(time.RFC3339Nano),
		"reachedAt": time.Now().Add(-11 * time.Second).UTC().Format(time.RFC3339Nano), "confirmed": true, "witness": "10.0.1.21",
	}
	for _, f := range change {
		f(v)
	}
	return v
}

func without(name string) func(fields) { return func(v fields) { delete(v, name) } }

func unconfirmed(v fields) { v["confirmed"] = false; delete(v, "witness") }

// deadService is an account whose status checks are all ok: EC2 sees nothing of a service that died.
func deadService(change ...func(*awssim.World)) awssim.World {
	return onDemandGroup(append([]func(*awssim.World){fastMoves}, change...)...)
}

// TestVerdict: EC2's status checks do not contradict a confirmed verdict. A duplicate changes nothing.
func TestVerdict(t *testing.T) {
	for name, item := range map[string]func(l *lab) fields{
		"of the probe":       func(l *lab) fields { return l.verdictOn("a") },
		"without a time":     func(l *lab) fields { return l.verdictOn("a", without("reachedAt"), without("since")) },
		"of a monitor":       func(*lab) fields { return fields{"networkInterfaceId": interfaceID("a")} },
		"attachment only":    func(l *lab) fields { return l.verdictOn("a", without("instanceId")) },
		"confirmed missing":  func(l *lab) fields { return l.verdictOn("a", without("confirmed")) },
		"of a foreign check": func(l *lab) fields { return l.verdictOn("a", func(v fields) { v["evidence"] = "wrong answer" }) },
	} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, deadService())
			verdict := unreachable([]fields{item(l)})
			r := l.wantOutcome(l.mustSend(verdict), plan.OutcomeMoved, "")
			l.wantHolder("a", "2")
			if r.Trigger.Kind != "unreachable" || r.Trigger.Interface != interfaceID("a") {
				t.Errorf("trigger %+v", r.Trigger)
			}
			if e, _ := l.sim.Interface(interfaceID("a")); e.Tags["eni-failover:left"] == "" {
				t.Error("no left tag, so that a sweep could hand the service back")
			}
			l.mustChangeNothing(verdict)
			time.Sleep(11 * time.Minute)
			l.mustChangeNothing(verdict)
		})
	}
}

// TestVerdictWithoutATime: it is judged as of its delivery. Its attachments tell a duplicate, also after a return to the origin.
func TestVerdictWithoutATime(t *testing.T) {
	noTime := func(e map[string]any) { delete(e, "time") }
	bubble(t, "moves once", func(t *testing.T) {
		l := newLab(t, deadService())
		verdict := unreachable([]fields{l.verdictOn("a")}, noTime)
		r := l.wantOutcome(l.mustSend(verdict), plan.OutcomeMoved, "")
		l.wantHolder("a", "2")
		if r.Trigger.Time != "" || r.Trigger.Instance != instanceID("1") || r.Interfaces[0].EventToAttachedMs != 0 {
			t.Errorf("trigger %+v, %d ms after it", r.Trigger, r.Interfaces[0].EventToAttachedMs)
		}
		if m := l.metrics.String(); strings.Contains(m, "EventToAttached") || !strings.Contains(m, `"Moves":1`) {
			t.Errorf("a duration since no time is measured: %s", m)
		}
		for range 2 {
			l.wantOutcome(l.mustSend(verdict), plan.OutcomeSuperseded, plan.ReasonAttachmentNewer)
			l.mustChangeNothing(verdict)
			time.Sleep(11 * time.Minute)
		}
	})
	bubble(t, "cool-down", func(t *testing.T) {
		l := newLab(t, deadService(func(w *awssim.World) { heldFor(9 * time.Minute)(&w.Interfaces[0]) }))
		verdict := unreachable([]fields{l.verdictOn("a")}, noTime)
		l.wantOutcome(l.mustSend(verdict), plan.OutcomeIgnored, plan.ReasonCooldown)
		time.Sleep(time.Minute)
		l.wantOutcome(l.mustSend(verdict), plan.OutcomeMoved, "")
	})
	bubble(t, "after our own return", func(t *testing.T) {
		l := newLab(t, deadService(func(w *awssim.World) {
			for n := range w.Instances[1:] {
				w.Instances[n+1].RefuseAttach = "UnsupportedOperation"
			}
		}))
		verdict := unreachable([]fields{l.verdictOn("a")}, noTime)
		r, err := l.send(verdict)
		if l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonReturned); err == nil {
			t.Error("no error")
		}
		before := l.mutations()
		time.Sleep(time.Minute) // as Lambda's retry
		l.wantOutcome(l.mustSend(verdict), plan.OutcomeSuperseded, plan.ReasonAttachmentNewer)
		if l.mutations() != before {
			t.Errorf("it acted on another attachment\n%s", l.log())
		}
	})
	bubble(t, "names no attachment", func(t *testing.T) {
		l := newLab(t, deadService())
		r, err := l.send(unreachable([]fields{{"networkInterfaceId": interfaceID("a")}}, noTime))
		if l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonBadInput); err == nil || len(l.sim.Calls()) > 0 {
			t.Fatalf("%v\n%s", err, l.log())
		}
		wantParts(t, err.Error(), "time is missing", "or an attachmentId for each interface")
	})
}

// TestVerdictForcesEarly: as an alarm, after a third of DETACH_GRACE.
func TestVerdictForcesEarly(t *testing.T) {
	bubble(t, "hung guest", func(t *testing.T) {
		l := newLab(t, deadService(withHolder(hungGuest)), "DETACH_GRACE", "30s")
		r := l.wantOutcome(l.mustSend(unreachable([]fields{l.verdictOn("a")})), plan.OutcomeMoved, "")
		if wait := l.callTime(detachCall, 2) - l.callTime(detachCall, 1); !r.Interfaces[0].Forced || wait < 10*time.Second || wait > 12*time.Second {
			t.Errorf("forced %v, after %s; want 10s", r.Interfaces[0].Forced, wait)
		}
	})
}

// TestVerdictMovesNothing has a verdict that EC2, the account or the settings speak against.
func TestVerdictMovesNothing(t *testing.T) {
	tests := map[string]struct {
		world   func(*awssim.World)
		item    func(l *lab) fields
		change  func(map[string]any)
		outcome plan.Outcome
		reason  plan.Reason
		metrics []string
		calls   int // exactly, if not 0
	}{
		"another attachment": {
			item: func(l *lab) fields {
				return l.verdictOn("a", func(v fields) { v["attachmentId"] = id("eni-attach", "99") })
			},
			outcome: plan.OutcomeSuperseded, reason: plan.ReasonAttachmentNewer,
		},
		"a monitor's, older than the attachment": {
			world:   func(w *awssim.World) { heldFor(time.Minute)(&w.Interfaces[0]) },
			item:    func(*lab) fields { return fields{"networkInterfaceId": interfaceID("a")} },
			change:  ago(2 * time.Minute),
			outcome: plan.OutcomeSuperseded, reason: plan.ReasonAttachmentNewer,
		},
		"cool-down": {
			world:   func(w *awssim.World) { heldFor(9 * time.Minute)(&w.Interfaces[0]) },
			outcome: plan.OutcomeIgnored, reason: plan.ReasonCooldown, metrics: []string{"HeldBack", "Failures"},
		},
		"cool-down, of a later run": {
			world:   func(w *awssim.World) { heldFor(9 * time.Minute)(&w.Interfaces[0]) },
			item:    func(l *lab) fields { return l.verdictOn("a", without("reachedAt")) },
			outcome: plan.OutcomeIgnored, reason: plan.ReasonCooldown, metrics: []string{"HeldBack"},
		},
		"cool-down, delivered again": {
			world:   func(w *awssim.World) { heldFor(9 * time.Minute)(&w.Interfaces[0]) },
			change:  ago(46 * time.Second),
			outcome: plan.OutcomeIgnored, reason: plan.ReasonCooldown, metrics: []string{"HeldBack"},
		},
		"cool-down, of a monitor": {
			world:   func(w *awssim.World) { heldFor(9 * time.Minute)(&w.Interfaces[0]) },
			item:    func(*lab) fields { return fields{"networkInterfaceId": interfaceID("a")} },
			outcome: plan.OutcomeIgnored, reason: plan.ReasonCooldown, metrics: []string{"HeldBack", "Failures"},
		},
		"not confirmed": {
			item:    func(l *lab) fields { return l.verdictOn("a", unconfirmed) },
			outcome: plan.OutcomeIgnored, reason: plan.ReasonUnconfirmed, metrics: []string{"Unconfirmed"},
		},
		"too old": {
			change: ago(10*time.Minute + time.Second), outcome: plan.OutcomeIgnored, reason: plan.ReasonStale, calls: -1,
		},
		"the holder was started since": {
			world:   withHolder(launched(5 * time.Second)),
			change:  ago(time.Minute),
			outcome: plan.OutcomeIgnored, reason: plan.ReasonStale,
		},
		"paused": {
			world:   func(w *awssim.World) { interfaceTag("eni-failover:paused", "")(&w.Interfaces[0]) },
			outcome: plan.OutcomeIgnored, reason: plan.ReasonPaused,
		},
		"not managed, of the probe": {
			item: func(l *lab) fields {
				return l.verdictOn("a", func(v fields) { v["networkInterfaceId"] = interfaceID("9") })
			},
			outcome: plan.OutcomeIgnored, reason: plan.ReasonNotManaged, calls: 1,
		},
	}
	for name, tt := range tests {
		bubble(t, name, func(t *testing.T) {
			w := deadService()
			if tt.world != nil {
				tt.world(&w)
			}
			l := newLab(t, w)
			item, change := l.verdictOn("a"), func(map[string]any) {}
			if tt.item != nil {
				item = tt.item(l)
			}
			if tt.change != nil {
				change = tt.change
			}
			l.wantOutcome(l.mustSend(unreachable([]fields{item}, change)), tt.outcome, tt.reason)
			if l.mutations() > 0 || len(l.sim.BusEvents()) > 0 {
				t.Errorf("changed or told something:\n%s", l.log())
			}
			if n := len(l.sim.Calls()); tt.calls != 0 && n != max(0, tt.calls) {
				t.Errorf("%d calls\n%s", n, l.log())
			}
			for _, name := range []string{"HeldBack", "Unconfirmed", "Failures"} {
				if got := l.measured(t, name); got != map[bool]float64{true: 1}[slices.Contains(tt.metrics, name)] {
					t.Errorf("%s is %v\n%s", name, got, l.metrics.String())
				}
			}
		})
	}
}

// measured adds up the values of a metric over all lines.
func (l *lab) measured(t *testing.T, name string) float64 {
	t.Helper()
	total := 0.0
	for _, line := range l.metricLines(t) {
		if v, ok := line[name].(float64); ok {
			total += v
		}
	}
	return total
}

// TestUnconfirmedVerdict: what EC2 says of the holder can bear out a verdict that may be the prober's own trouble.
func TestUnconfirmedVerdict(t *testing.T) {
	for name, change := range map[string]func(*awssim.Instance){
		"impaired":     impaired,
		"initializing": func(in *awssim.Instance) { in.SystemStatus = "initializing" },
		"not a member": func(in *awssim.Instance) { impaired(in); notAMember(in) },
		"stopped":      inState("stopped"),
	} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, deadService(withHolder(change)))
			l.wantOutcome(l.mustSend(unreachable([]fields{l.verdictOn("a", unconfirmed)})), plan.OutcomeMoved, "")
			l.wantHolder("a", "2")
		})
	}
}

// TestVerdictOfAMonitorErrs: an id that a person has configured is wrong.
func TestVerdictOfAMonitorErrs(t *testing.T) {
	bubble(t, "not managed", func(t *testing.T) {
		l := newLab(t, deadService())
		_, text := mustFail[*failover.RefusedError](l, unreachable([]fields{{"networkInterfaceId": interfaceID("9")}}))
		wantParts(t, text, interfaceID("9"), "eni-failover:group", "next: correct its id")
	})
	bubble(t, "one of two", func(t *testing.T) {
		l := newLab(t, deadService())
		r, text := mustFail[*failover.RefusedError](l, unreachable([]fields{{"networkInterfaceId": interfaceID("9")}, l.verdictOn("a")}))
		wantParts(t, text, interfaceID("9"), "next: correct its id")
		if l.wantHolder("a", "2"); len(r.Interfaces) != 2 {
			t.Error(show(r))
		}
	})
	bubble(t, "a time ahead", func(t *testing.T) {
		l := newLab(t, deadService())
		_, err := l.send(unreachable([]fields{{"networkInterfaceId": interfaceID("a")}}, ago(-time.Hour)))
		wantError(t, err, "BadInputError", "time is", "attachmentId")
		// An attachment dates the verdict as well as a time does.
		l.wantOutcome(l.mustSend(unreachable([]fields{l.verdictOn("a")}, ago(-time.Hour))), plan.OutcomeMoved, "")
	})
}

// wantParts checks what a text says.
func wantParts(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q; want it to say %q", text, part)
		}
	}
}

// TestVerdictWithoutAStandby: nothing is detached, and the error is that of any stranded interface.
func TestVerdictWithoutAStandby(t *testing.T) {
	bubble(t, "stranded", func(t *testing.T) {
		l := newLab(t, deadService(func(w *awssim.World) {
			w.Instances = slices.DeleteFunc(w.Instances, func(in awssim.Instance) bool { return in.ID != instanceID("1") })
		}))
		r, _ := mustFail[*failover.StrandedError](l, unreachable([]fields{l.verdictOn("a")}))
		l.wantOutcome(r, plan.OutcomeStranded, plan.ReasonNoStandby)
		if l.wantHolder("a", "1"); l.mutations() > 0 {
			t.Errorf("changed something\n%s", l.log())
		}
	})
}

// TestVerdictRetriesAfterItsOwnReturn: the return made a new attachment. The retry of the same verdict moves on; a verdict
// after the return is about an attachment like any other.
func TestVerdictRetriesAfterItsOwnReturn(t *testing.T) {
	bubble(t, "returned", func(t *testing.T) {
		l := newLab(t, deadService())
		verdict := unreachable([]fields{l.verdictOn("a")})
		l.injectFaults(faultRule{action: attachCall, times: 2, when: func(c awssim.Call) bool { return !toInstance("1")(c) }, fault: awssim.Fault{Code: "UnsupportedOperation"}})
		r, _ := mustFail[*failover.FailedError](l, verdict)
		l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonReturned)
		l.wantHolder("a", "1")
		time.Sleep(time.Minute)
		later := unreachable([]fields{l.verdictOn("a")})
		l.wantOutcome(l.mustSend(later), plan.OutcomeIgnored, plan.ReasonCooldown)
		l.wantOutcome(l.mustSend(verdict), plan.OutcomeMoved, "")
		l.mustChangeNothing(verdict)
		l.mustChangeNothing(later)
	})
}

// TestVerdictAfterACrash: the move was cut off, and the retry finds the interface unattached.
func TestVerdictAfterACrash(t *testing.T) {
	bubble(t, "unattached", func(t *testing.T) {
		l := newLab(t, deadService())
		verdict := unreachable([]fields{l.verdictOn("a")})
		l.editInterface("a", unattached)
		l.wantOutcome(l.mustSend(verdict), plan.OutcomeAttached, "")
		l.wantHolder("a", "2")
		if at := l.callTime(attachCall, 1); at < plan.OrphanGrace {
			t.Errorf("attached after %s, which another invocation may have been about to do", at)
		}
	})
}
