package failover_test

import (
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestManualTargetCanNot names a target that can't take the interface. The request is refused; the
// message says why, and which members could. The service is not concerned, so no metric counts a failure.
func TestManualTargetCanNot(t *testing.T) {
	name := func(name string) func(*awssim.Instance) { return instanceTag("Name", name) }
	named := func(w *awssim.World) {
		for n := range w.Instances {
			w.Instances[n].Tags["Name"] = "db-" + w.Instances[n].ID[len(w.Instances[n].ID)-1:]
		}
	}
	able := "name one that can: " + instanceID("2") + " (db-2), " + instanceID("4") + " (db-4)"
	tests := []struct {
		name   string
		target awssim.Instance
		want   string
	}{
		{"stopped", instance("5", name("db-5"), inState("stopped")), instanceID("5") + " (db-5) can't take " + interfaceID("a") + ": it is stopped; next: start it, or " + able},
		{"terminated", instance("5", name("db-5"), inState("terminated")), instanceID("5") + " (db-5) can't take " + interfaceID("a") + ": it is terminated; next: " + able},
		{"elsewhere", instance("5", inZone(zoneB)), instanceID("5") + " can't take " + interfaceID("a") + ": it is in " + zoneB + ", and the interface in " + zoneA + " (" + vpcID + "); next: " + able},
		{"unknown", instance("6", instanceTag("eni-failover:priority", "300")), instanceID("5") + " can't take " + interfaceID("a") + ": it is not known to EC2; next: " + able + ", " + instanceID("6")},
	}
	for _, test := range tests {
		for _, ask := range []fields{
			{"group": "db"}, {"networkInterfaceId": interfaceID("a")}, {"group": "db", "dryRun": true},
		} {
			bubble(t, test.name, func(t *testing.T) {
				w := onDemandGroup(named)
				w.Instances = append(w.Instances, test.target)
				l := newLab(t, w)
				ask["target"] = instanceID("5")
				r, text := mustFail[*failover.RefusedError](l, request(ask))
				if text != "refused: "+test.want {
					t.Errorf("it says\n%s\nwant\nrefused: %s", text, test.want)
				}
				if l.wantHolder("a", "1"); l.mutations() != 0 || r.Outcome != plan.OutcomeFailed || r.Interfaces[0].Detail != test.want {
					t.Errorf("%s\n%s", show(r), l.log())
				}
				if c := candidateOf(t, r, "a", "5"); c.Eligible || c.Reason != r.Reason || candidateOf(t, r, "a", "2").Reason != plan.ReasonNotTheTarget {
					t.Errorf("%s", show(r))
				}
				if m := l.metrics.String(); strings.Contains(m, "Stranded") || strings.Contains(m, "Failures") {
					t.Errorf("measured %s", m)
				}
			})
		}
	}
	bubble(t, "unattached", func(t *testing.T) {
		// The next sweep attaches it to the best member: the request allowed its target only.
		l := newLab(t, onDemandGroup(func(w *awssim.World) { w.Interfaces[0].Attachment = nil }, withInstances(instance("5", inState("stopped")))))
		_, text := mustFail[*failover.RefusedError](l, request(fields{"group": "db", "target": instanceID("5")}))
		if l.wantHolder("a", "none"); l.mutations() != 0 || !strings.Contains(text, "attached to no instance") {
			t.Errorf("%s\n%s", text, l.log())
		}
	})
	bubble(t, "a slot for one of two", func(t *testing.T) {
		l := newLab(t, onDemandGroup(withInterfaces(eni("b", "1", atIndex(2))), withInstances(instance("5", ofType("t3.nano")))))
		r, text := mustFail[*failover.RefusedError](l, request(fields{"group": "db", "target": instanceID("5")}))
		if l.wantHolder("a", "5"); l.holder("b") != instanceID("1") || !strings.Contains(text, "has no free slot") || strings.Contains(text, interfaceID("a")) {
			t.Errorf("%s\n%s", text, show(r))
		}
	})
}

// TestManualTargetRefuses: a request that does not end on its target is an error.
func TestManualTargetRefuses(t *testing.T) {
	refusing := func(w *awssim.World) {
		for n := range w.Instances {
			if w.Instances[n].ID == instanceID("4") {
				w.Instances[n].RefuseAttach = "UnsupportedOperation"
			}
		}
	}
	ask := fields{"group": "db", "target": instanceID("4")}
	bubble(t, "origin runs", func(t *testing.T) {
		l := newLab(t, onDemandGroup(refusing))
		e := request(ask)
		r, text := mustFail[*failover.FailedError](l, e)
		l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonReturned)
		l.wantHolder("a", "1")
		if i := r.Interfaces[0]; i.To != instanceID("1") || i.DeviceIndex != 1 || !strings.Contains(text, instanceID("1")) {
			t.Errorf("%s\n%s", text, show(i))
		}
		if c := candidateOf(t, r, "a", "4"); c.Eligible || c.Reason != plan.ReasonRefused || c.Detail != "UnsupportedOperation" {
			t.Errorf("candidate %+v", c)
		}
		// A retry tries again: the attachment is our own return.
		l.editInstance("4", func(in *awssim.Instance) { in.RefuseAttach = "" })
		l.wantOutcome(l.mustSend(e), plan.OutcomeMoved, "")
		l.wantHolder("a", "4")
	})
	bubble(t, "origin stopped", func(t *testing.T) {
		l := newLab(t, onDemandGroup(refusing, withHolder(inState("stopped"))))
		r, text := mustFail[*failover.FailedError](l, request(ask))
		l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonNotOnTarget)
		if l.wantHolder("a", "2"); !strings.Contains(text, instanceID("2")) || !strings.Contains(text, instanceID("4")) {
			t.Error(text)
		}
	})
	bubble(t, "another tool gave it away", func(t *testing.T) {
		l := newLab(t, onDemandGroup())
		l.injectFaults(faultRule{action: attachCall, times: 1, fault: awssim.Fault{Before: func() { l.editInterface("a", attachedByHand("2", 1)) }}})
		r, _ := mustFail[*failover.FailedError](l, request(ask))
		l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonNotOnTarget)
		l.wantHolder("a", "2")
	})
	bubble(t, "paused in between", func(t *testing.T) {
		// A manual request on a paused interface is refused with an error; ending
		// anywhere but on the target is an error.
		l := newLab(t, onDemandGroup())
		l.injectFaults(faultRule{action: lookCall, skip: 1, times: 1, fault: awssim.Fault{Before: func() { l.editInterface("a", interfaceTag("eni-failover:paused", "1")) }}})
		r, err := l.send(request(ask))
		l.wantOutcome(r, plan.OutcomeIgnored, plan.ReasonPaused)
		if l.wantHolder("a", "1"); err == nil || l.countCalls(detachCall) != 0 {
			t.Errorf("error %v\n%s", err, l.log())
		}
	})
}
