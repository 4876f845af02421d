package failover_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// reachedOn is what the probe says of an interface that has answered on its present attachment.
func (l *lab) reachedOn(short string, change ...func(fields)) fields {
	l.t.Helper()
	v := l.verdictOn(short)
	r := fields{"networkInterfaceId": v["networkInterfaceId"], "attachmentId": v["attachmentId"], "reachedAt": time.Now().UTC().Format(time.RFC3339Nano)}
	for _, f := range change {
		f(r)
	}
	return r
}

// reachedTag returns the value of the tag on an interface.
func (l *lab) reachedTag(short string) string {
	e, _ := l.sim.Interface(interfaceID(short))
	return e.Tags["eni-failover:reached"]
}

// TestReached: one look, one tag; a duplicate writes nothing.
func TestReached(t *testing.T) {
	bubble(t, "written", func(t *testing.T) {
		l := newLab(t, deadService(func(w *awssim.World) { heldFor(90 * time.Second)(&w.Interfaces[0]) }))
		answer := reached([]fields{l.reachedOn("a")})
		r := l.wantOutcome(l.mustSend(answer), plan.OutcomeNothingToDo, plan.ReasonReached)
		e, _ := l.sim.Interface(interfaceID("a"))
		if got := l.reachedTag("a"); got != e.Attachment.ID || got == "" {
			t.Errorf("the tag is %q; want %s", got, e.Attachment.ID)
		}
		if len(r.Calls) != 2 || r.Calls[lookCall] != 1 || r.Calls[tagsCall] != 1 {
			t.Errorf("calls %v", r.Calls)
		}
		if ms := l.measured(t, "AttachToReached"); ms != 90_000 {
			t.Errorf("from attach to answer: %v ms", ms)
		}
		if len(l.sim.BusEvents()) != 0 {
			t.Errorf("told something\n%s", l.log())
		}
		l.mustChangeNothing(answer)
	})
	bubble(t, "several", func(t *testing.T) {
		l := newLab(t, manyInterfaces(5))
		var list []fields
		for n := range 5 {
			list = append(list, l.reachedOn(fmt.Sprintf("a%d", n)))
		}
		delete(list[3], "reachedAt")
		l.injectFaults(faultRule{action: tagsCall, skip: 1, times: 1, fault: awssim.Fault{Code: "RequestLimitExceeded"}})
		r := l.wantOutcome(l.mustSend(reached(list)), plan.OutcomeNothingToDo, plan.ReasonReached)
		for n := range 5 {
			if written := l.reachedTag(fmt.Sprintf("a%d", n)) != ""; written == (n == 1) {
				t.Errorf("a%d: written: %v", n, written)
			}
		}
		if w := r.Interfaces[1].Warnings; len(w) != 1 || !strings.Contains(w[0], "eni-failover:reached was not written") || l.countCalls(tagsCall) != 5 {
			t.Errorf("warnings %q, %d calls", w, l.countCalls(tagsCall))
		}
		lines := 0
		for _, line := range l.metricLines(t) {
			if values, ok := line["AttachToReached"].([]any); ok {
				lines += len(values)
			}
		}
		if lines != 3 { // not of the one that was not written, nor of the one without a time
			t.Errorf("%d times are measured: %s", lines, l.metrics.String())
		}
	})
}

// TestReachedWritesNothing where there is nothing to arm.
func TestReachedWritesNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		world    func(*awssim.World)
		change   func(fields)
		settings []string
		outcome  plan.Outcome
		reason   plan.Reason
	}{
		"another attachment": {change: func(v fields) { v["attachmentId"] = id("eni-attach", "99") }, outcome: plan.OutcomeSuperseded, reason: plan.ReasonAttachmentNewer},
		"not managed":        {change: func(v fields) { v["networkInterfaceId"] = interfaceID("9") }, outcome: plan.OutcomeIgnored, reason: plan.ReasonNotManaged},
		"not served":         {settings: []string{"GROUPS", "web"}, outcome: plan.OutcomeIgnored, reason: plan.ReasonGroupNotServed},
		"dry run":            {settings: []string{"DRY_RUN", "true"}, outcome: plan.OutcomeNothingToDo, reason: plan.ReasonReached},
		"detaching": {
			world: func(w *awssim.World) { inStatus("detaching")(&w.Interfaces[0]) }, outcome: plan.OutcomeSuperseded, reason: plan.ReasonAttachmentNewer,
		},
	} {
		bubble(t, name, func(t *testing.T) {
			w := deadService()
			if tt.world != nil {
				tt.world(&w)
			}
			l := newLab(t, w, tt.settings...)
			var change []func(fields)
			if tt.change != nil {
				change = append(change, tt.change)
			}
			l.wantOutcome(l.mustSend(reached([]fields{l.reachedOn("a", change...)})), tt.outcome, tt.reason)
			if n := len(l.sim.Calls()); l.mutations() > 0 || n != 1 || l.measured(t, "AttachToReached") != 0 {
				t.Errorf("%d calls, %d changes\n%s", n, l.mutations(), l.log())
			}
		})
	}
}

// TestReachedDenied: without the permission the probe can never act, so a person has to hear of it.
func TestReachedDenied(t *testing.T) {
	bubble(t, "denied", func(t *testing.T) {
		l := newLab(t, deadService())
		l.injectFaults(faultRule{action: tagsCall, fault: awssim.Fault{Code: "UnauthorizedOperation"}})
		r, text := mustFail[*failover.FailedError](l, reached([]fields{l.reachedOn("a")}))
		l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonDenied)
		wantParts(t, text, interfaceID("a")+" of group db: denied", "it is still on "+instanceID("1"), "next: allow ec2:CreateTags")
		if l.measured(t, "PermissionDenied") != 1 || l.countCalls(tagsCall) != 1 {
			t.Errorf("%d calls, measured %s", l.countCalls(tagsCall), l.metrics.String())
		}
	})
}

// TestReachedInAVerdict: a run of the probe ends with its first verdict, which has the first answers of the same run, too.
func TestReachedInAVerdict(t *testing.T) {
	withAnswers := func(list ...fields) func(map[string]any) {
		return func(e map[string]any) {
			if detail, ok := e["detail"].(fields); ok {
				detail["reached"] = list
			}
		}
	}
	bubble(t, "of another interface", func(t *testing.T) {
		l := newLab(t, deadService(withInterfaces(eni("b", "2"))))
		l.mustSend(unreachable([]fields{l.verdictOn("a")}, withAnswers(l.reachedOn("b"), l.reachedOn("a"))))
		l.wantHolder("a", "2")
		if l.reachedTag("b") == "" || l.reachedTag("a") != "" {
			t.Errorf("tags %q and %q; want that of b, since a has a new attachment", l.reachedTag("b"), l.reachedTag("a"))
		}
		if tag, attach := l.callTime(tagsCall, 2), l.callTime(attachCall, 1); tag < attach {
			t.Errorf("the tag is written after %s, the move attaches after %s\n%s", tag, attach, l.log())
		}
	})
	// Without the tag, no later run could say that it is silent, and nothing would happen when the cool-down is over.
	bubble(t, "it fell silent in the cool-down", func(t *testing.T) {
		l := newLab(t, deadService(func(w *awssim.World) { heldFor(time.Minute)(&w.Interfaces[0]) }))
		verdict := unreachable([]fields{l.verdictOn("a")}, withAnswers(l.reachedOn("a")))
		l.wantOutcome(l.mustSend(verdict), plan.OutcomeIgnored, plan.ReasonCooldown)
		if l.reachedTag("a") == "" || l.mutations() != 1 {
			t.Errorf("tag %q\n%s", l.reachedTag("a"), l.log())
		}
		l.mustChangeNothing(verdict)
	})
	bubble(t, "denied", func(t *testing.T) {
		l := newLab(t, deadService(func(w *awssim.World) { heldFor(time.Minute)(&w.Interfaces[0]) }))
		l.injectFaults(faultRule{action: tagsCall, fault: awssim.Fault{Code: "UnauthorizedOperation"}})
		r := l.wantOutcome(l.mustSend(unreachable([]fields{l.verdictOn("a")}, withAnswers(l.reachedOn("a")))), plan.OutcomeIgnored, plan.ReasonCooldown)
		if w := r.Interfaces[0].Warnings; len(w) != 1 || !strings.Contains(w[0], "eni-failover:reached was not written") {
			t.Errorf("warnings %q", w)
		}
	})
}

// TestArmedAfterAMove: the story of an attachment. The verdict moves the interface; the new attachment is not armed until
// the probe says that it has answered.
func TestArmedAfterAMove(t *testing.T) {
	bubble(t, "a move", func(t *testing.T) {
		l := newLab(t, probedService(func(w *awssim.World) { w.Interfaces = w.Interfaces[:1] }), withProbe()...)
		armed := func() any {
			l.mustSend(sweep())
			all := l.busEvents("ENI Failover Probe")
			targets, ok := all[len(all)-1]["targets"].([]any)
			if !ok || len(targets) != 1 {
				t.Fatalf("asked for %s", show(all))
			}
			target, _ := targets[0].(fields)
			return target["armed"]
		}
		if armed() != nil {
			t.Error("armed before it has answered")
		}
		l.mustSend(reached([]fields{l.reachedOn("a")}))
		if armed() != true {
			t.Error("not armed after it has answered")
		}
		l.wantOutcome(l.mustSend(unreachable([]fields{l.verdictOn("a")})), plan.OutcomeMoved, "")
		if armed() != nil {
			t.Error("armed on an attachment that has not answered")
		}
	})
}
