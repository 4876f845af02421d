package failover_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestOutOfTime ends a few seconds before the deadline, and says where the interface is.
func TestOutOfTime(t *testing.T) {
	bubble(t, "detach hangs", func(t *testing.T) {
		l := newLab(t, onDemandGroup(withHolder(hungGuest)))
		r, err := l.sendFor(20*time.Second, request(fields{"group": "db"}))
		took := time.Since(l.started)
		l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonOutOfTime)
		if took < 16*time.Second || took > 18*time.Second {
			t.Errorf("took %s of 20 s", took)
		}
		e, _ := l.sim.Interface(interfaceID("a"))
		if err == nil || !strings.Contains(err.Error(), instanceID("1")) || !strings.Contains(err.Error(), e.Attachment.ID) || !strings.Contains(err.Error(), "retry") {
			t.Errorf("error %v", err)
		}
		// An interface that is `detaching` must not be called attached.
		if err != nil && !strings.Contains(err.Error(), "detaching") {
			t.Errorf("the error does not say that it is detaching: %v", err)
		}
		if i := r.Interfaces[0]; i.From != instanceID("1") || i.Attachment != e.Attachment.ID {
			t.Errorf("%s", show(i))
		}
	})
	bubble(t, "the next step is sent", func(t *testing.T) {
		l := newLab(t, onDemandGroup(withHolder(hungGuest)))
		_, err := l.sendFor(20*time.Second, request(fields{"group": "db"}))
		if err == nil {
			t.Fatal("no error")
		}
		_, ask, _ := strings.Cut(err.Error(), "to have it done now, send ")
		if !strings.HasSuffix(ask, `,"force":true}`) {
			t.Fatalf("error %v", err)
		}
		r := l.mustSend([]byte(ask))
		l.wantOutcome(r, plan.OutcomeMoved, "")
		l.wantHolder("a", "2")
		if !r.Interfaces[0].Forced {
			t.Errorf("not forced: %s", show(r))
		}
	})
	bubble(t, "attach hangs", func(t *testing.T) {
		l := newLab(t, oneStandby(func(w *awssim.World) { w.Instances[1].HungAttach = true }))
		r, err := l.sendFor(20*time.Second, spotWarning("1"))
		l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonOutOfTime)
		if i := r.Interfaces[0]; err == nil || i.To != instanceID("2") || !strings.Contains(err.Error(), instanceID("2")) {
			t.Errorf("%v\n%s", err, show(i))
		}
		if err != nil && !strings.Contains(err.Error(), "attaching") {
			t.Errorf("the error does not say that it is attaching: %v", err)
		}
	})
	bubble(t, "records hang too", func(t *testing.T) {
		l := newLab(t, onDemandGroup(withHolder(hungGuest), withRecord(dnsName, "10.0.0.5")))
		l.injectFaults(faultRule{when: isRoute53, fault: awssim.Fault{Delay: time.Hour}})
		_, err := l.sendFor(20*time.Second, request(fields{"group": "db"}))
		if took := time.Since(l.started); err == nil || took > 18*time.Second {
			t.Errorf("took %s: %v", took, err)
		}
	})
	bubble(t, "a call hangs", func(t *testing.T) {
		l := newLab(t, oneStandby())
		l.injectFaults(faultRule{action: attachCall, fault: awssim.Fault{Delay: time.Hour}})
		_, err := l.sendFor(10*time.Second, spotWarning("1"))
		if took := time.Since(l.started); err == nil || took > 9*time.Second {
			t.Errorf("took %s: %v", took, err)
		}
	})
	bubble(t, "no time at all", func(t *testing.T) {
		l := newLab(t, oneStandby())
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r, err := l.handler.Handle(ctx, spotWarning("1"), account)
		if err == nil || r.Outcome != plan.OutcomeFailed || l.mutations() != 0 {
			t.Errorf("%v\n%s", err, show(r))
		}
	})
}

// TestEveryDeadline ends the time at many instants of a move: the report must not say anything false.
func TestEveryDeadline(t *testing.T) {
	bubble(t, "sweep", func(t *testing.T) {
		failures := 0
		for n, at := 0, 50*time.Millisecond; at < 600*time.Millisecond; n, at = n+1, at+11*time.Millisecond {
			l := newLab(t, oneStandby(fastMoves))
			r, err := l.sendFor(at, spotWarning("1"))
			e, _ := l.sim.Interface(interfaceID("a"))
			a := e.Attachment
			var wrong string
			switch {
			case len(r.Interfaces) == 0:
				if a == nil || a.Instance != instanceID("1") || a.Status != "attached" {
					wrong = "the interface was touched, and the report is empty"
				}
			case err == nil:
				l.wantTrueReport(r)
			case a != nil && r.Interfaces[0].To == a.Instance && strings.Contains(err.Error(), "perhaps attaching"):
				// The reply to the attach did not come in time: its id can't be known.
			case a != nil && r.Interfaces[0].Attachment != a.ID:
				wrong = fmt.Sprintf("the report says attachment %q", r.Interfaces[0].Attachment)
			case a != nil && strings.Contains(err.Error(), "attached to no instance"):
				wrong = "the error says that it is attached to no instance"
			}
			if wrong != "" && failures < 5 {
				failures++
				t.Errorf("with %s: %s; it is %+v: %v\n%s", at, wrong, a, err, l.log())
			}
			if n%4 != 0 {
				continue
			}
			// A retry finishes it.
			time.Sleep(time.Minute)
			l.injectFaults()
			if r, err := l.send(spotWarning("1")); err != nil {
				t.Errorf("with %s, retry: %v\n%s", at, err, show(r))
			}
			l.wantHolder("a", "2")
		}
	})
}
