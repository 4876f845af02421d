package failover_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestUnknownLimits: "While a holder still serves, a standby whose type's limits are unknown is no reason to detach: slots are
// then read off what is attached and asked for again; only with nothing left to lose is it tried."
func TestUnknownLimits(t *testing.T) {
	denied := faultRule{action: "DescribeInstanceTypes", fault: awssim.Fault{Code: "UnauthorizedOperation"}}
	onlyOnce := denied
	onlyOnce.times = 1
	full := withInterfaces(
		eni("b", "2", func(e *awssim.Interface) { e.Tags = nil }),
		eni("c", "2", func(e *awssim.Interface) { e.Tags, e.Attachment.DeviceIndex = nil, 2 }),
	)
	otherType := func(w *awssim.World) {
		w.InstanceTypes = append(w.InstanceTypes, awssim.InstanceType{Name: "big.1", MaximumInterfaces: 50, IPv4PerInterface: 10})
		for n := range w.Instances {
			if w.Instances[n].ID == instanceID("2") {
				w.Instances[n].Type = "big.1"
			}
		}
	}
	stays := map[string]func(*awssim.World){"a full standby": full, "a standby of another type": otherType}
	for name, world := range stays {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, oneStandby(world, fastMoves))
			l.injectFaults(denied)
			r, text := mustFail[*failover.StrandedError](l, spotWarning("1"))
			l.wantOutcome(r, plan.OutcomeStranded, plan.ReasonNoStandby)
			if l.wantHolder("a", "1"); l.mutations() > 0 {
				t.Errorf("changed something\n%s", l.log())
			}
			wantParts(t, text, "ec2:DescribeInstanceTypes")
			c := candidateOf(t, r, "a", "2")
			if c.Reason != plan.ReasonNoSlot || strings.Join(c.Unknown, " ") != "type-limits" {
				t.Errorf("standby: %+v", c)
			}
		})
	}
	bubble(t, "a standby of the holder's type, with less attached", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves))
		l.injectFaults(denied)
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		l.wantDetach(0, time.Second)
	})
	bubble(t, "a cold standby of another type, when the start of the other one is refused", func(t *testing.T) {
		w := coldGroup(refusesStart("InsufficientInstanceCapacity"))
		w.InstanceTypes = []awssim.InstanceType{{Name: "big.1", MaximumInterfaces: 50, IPv4PerInterface: 10}}
		w.Instances[2].Type = "big.1"
		l := newColdLab(t, w)
		l.injectFaults(denied)
		r, _ := mustFail[*failover.StrandedError](l, spotWarning("1"))
		l.wantOutcome(r, plan.OutcomeStranded, plan.ReasonNoStandby)
		l.wantHolder("a", "1")
		if n := l.countCalls(attachCall) + l.countCalls(detachCall); n > 0 {
			t.Errorf("moved\n%s", l.log())
		}
	})
	bubble(t, "asked again", func(t *testing.T) {
		l := newLab(t, oneStandby(otherType, fastMoves))
		l.injectFaults(onlyOnce)
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		l.wantDetach(plan.ConfirmAfter, plan.ConfirmAfter+time.Second)
	})
	bubble(t, "answered after six seconds", func(t *testing.T) {
		l := newLab(t, oneStandby(otherType, fastMoves))
		l.injectFaults(faultRule{action: "DescribeInstanceTypes", fault: awssim.Fault{Delay: 6 * time.Second}})
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
	})
	bubble(t, "nothing left to lose", func(t *testing.T) {
		l := newLab(t, oneStandby(otherType, fastMoves, withHolder(inState("stopped"))))
		l.injectFaults(denied)
		l.wantOutcome(l.mustSend(stateChange("1", "stopped")), plan.OutcomeMoved, "")
	})
}
