package failover_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// The names of the calls that tests plant faults in.
const (
	detachCall = "DetachNetworkInterface"
	attachCall = "AttachNetworkInterface"
	tagsCall   = "CreateTags"
	lookCall   = "DescribeNetworkInterfaces"
	hostsCall  = "DescribeInstances"
)

// bubble runs a subtest in fake time.
func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// faultRule plants a fault in calls of one action; the first rule that applies counts.
type faultRule struct {
	action string // empty: every action
	skip   int    // so many calls are left alone first
	times  int    // so many calls get the fault; 0: all
	when   func(awssim.Call) bool
	fault  awssim.Fault
}

// injectFaults makes faults by rules.
func (l *lab) injectFaults(rules ...faultRule) {
	var mu sync.Mutex
	seen := make([]int, len(rules))
	l.sim.Intercept(func(c awssim.Call) awssim.Fault {
		mu.Lock()
		defer mu.Unlock()
		for n, r := range rules {
			if (r.action != "" && r.action != c.Action) || (r.when != nil && !r.when(c)) {
				continue
			}
			seen[n]++
			if seen[n] > r.skip && (r.times == 0 || seen[n] <= r.skip+r.times) {
				return r.fault
			}
		}
		return awssim.Fault{}
	})
}

// toInstance is whether a call names the instance.
func toInstance(short string) func(awssim.Call) bool {
	return func(c awssim.Call) bool { return c.Params.Get("InstanceId") == instanceID(short) }
}

// isPoll is whether a call is a look at single interfaces, not at all managed ones.
func isPoll(c awssim.Call) bool { return c.Params.Get("Filter.1.Name") == "network-interface-id" }

// countAccepted counts the calls of an action that took effect.
func (l *lab) countAccepted(action string) int {
	n := 0
	for _, c := range l.sim.Calls() {
		if c.Action == action && c.Status == 200 {
			n++
		}
	}
	return n
}

// callTime is when the n-th call of an action took effect, from the start; 0 if there is none such.
func (l *lab) callTime(action string, n int) time.Duration {
	for _, c := range l.sim.Calls() {
		if c.Action == action && !c.DryRun {
			if n--; n == 0 {
				return c.Time.Sub(l.started)
			}
		}
	}
	return 0
}

// editInterface edits an interface by hand.
func (l *lab) editInterface(short string, f func(*awssim.Interface)) {
	l.sim.Edit(func(w *awssim.World) {
		for n := range w.Interfaces {
			if w.Interfaces[n].ID == interfaceID(short) {
				f(&w.Interfaces[n])
			}
		}
	})
}

// editInstance edits an instance by hand.
func (l *lab) editInstance(short string, f func(*awssim.Instance)) {
	l.sim.Edit(func(w *awssim.World) {
		for n := range w.Instances {
			if w.Instances[n].ID == instanceID(short) {
				f(&w.Instances[n])
			}
		}
	})
}

// attachedByHand attaches an interface to an instance, as somebody else would: with a new attachment.
func attachedByHand(holder string, index int) func(*awssim.Interface) {
	return func(e *awssim.Interface) {
		e.Attachment = &awssim.Attachment{
			ID: id("eni-attach", "ff"+holder), Instance: instanceID(holder), DeviceIndex: index, AttachTime: time.Now(),
		}
	}
}

func unattached(e *awssim.Interface) { e.Attachment = nil }

func detaching(e *awssim.Interface) { e.Attachment.Status = "detaching" }

// inGroup puts an interface into another group than db.
func inGroup(name string) func(*awssim.Interface) { return interfaceTag("eni-failover:group", name) }

// memberOf puts an instance into other groups than db.
func memberOf(names string) func(*awssim.Instance) { return instanceTag("eni-failover:group", names) }

func untagged(in *awssim.Instance) { in.Tags = nil }

// wantHolder checks where an interface is.
func (l *lab) wantHolder(short, holder string) {
	l.t.Helper()
	want := holder
	if holder != "none" && holder != "gone" && !strings.Contains(holder, " ") {
		want = instanceID(holder)
	}
	if got := l.holder(short); got != want {
		l.t.Errorf("%s is on %s, want %s\n%s", short, got, want, l.log())
	}
}

// wantOutcome checks what a report says of the event, and returns it.
func (l *lab) wantOutcome(r failover.Report, want plan.Outcome, reason plan.Reason) failover.Report {
	l.t.Helper()
	if r.Outcome != want || r.Reason != reason {
		l.t.Errorf("outcome %s %q, want %s %q\n%s\n%s", r.Outcome, r.Reason, want, reason, show(r), l.log())
	}
	l.wantTrueReport(r)
	return r
}

// mustFail checks that an event gave an error of the type E, and returns its report and its text.
func mustFail[E error](l *lab, event []byte) (failover.Report, string) {
	l.t.Helper()
	r, err := l.send(event)
	if typed, ok := errors.AsType[E](err); !ok {
		l.t.Fatalf("error %T %v, want %T\n%s\n%s", err, err, typed, show(r), l.log())
	}
	if text := err.Error(); strings.ContainsAny(text, "\n\r") || text == "" {
		l.t.Errorf("the message is not one line: %q", text)
	}
	l.wantTrueReport(r)
	return r, err.Error()
}

// wantTrueReport checks that a report says of every interface what is so, as far as it is settled.
func (l *lab) wantTrueReport(r failover.Report) {
	l.t.Helper()
	if r.DryRun {
		return
	}
	for _, i := range r.Interfaces {
		if i.Outcome != plan.OutcomeMoved && i.Outcome != plan.OutcomeAttached {
			continue
		}
		e, ok := l.sim.Interface(i.Interface)
		if a := e.Attachment; !ok || a == nil || a.Instance != i.To || a.ID != i.Attachment || a.DeviceIndex != i.DeviceIndex || a.Status != "attached" {
			l.t.Errorf("the report says %s on %s (%s, index %d); it is %+v\n%s", i.Interface, i.To, i.Attachment, i.DeviceIndex, a, l.log())
		}
		if len(i.Differences) == 0 && e.Attachment != nil && e.Attachment.DeleteOnTermination {
			l.t.Errorf("%s: DeleteOnTermination", i.Interface)
		}
	}
}

// mustChangeNothing sends an event a second time, also to a handler with nothing cached: nothing may change.
func (l *lab) mustChangeNothing(event []byte) {
	l.t.Helper()
	for _, name := range []string{"warm", "cold"} {
		if name == "cold" {
			l.handler = l.newHandler()
		}
		before, calls := l.sim.World(), len(l.sim.Calls())
		r, err := l.send(event)
		if err != nil {
			l.t.Errorf("%s duplicate: %v", name, err)
		}
		for _, c := range l.sim.Calls()[calls:] {
			if c.Mutating && !c.DryRun {
				l.t.Errorf("%s duplicate changes: %s\n%s", name, c, show(r))
			}
		}
		if after := l.sim.World(); !slices.EqualFunc(before.Interfaces, after.Interfaces, func(a, b awssim.Interface) bool {
			return (a.Attachment == nil) == (b.Attachment == nil) && (a.Attachment == nil || *a.Attachment == *b.Attachment)
		}) {
			l.t.Errorf("%s duplicate: the account changed", name)
		}
	}
}

// candidateOf returns what a report says of an instance as a candidate for an interface.
func candidateOf(t *testing.T, r failover.Report, short, instance string) plan.Candidate {
	t.Helper()
	for _, i := range r.Interfaces {
		if i.Interface != interfaceID(short) {
			continue
		}
		for _, c := range i.Candidates {
			if c.Instance == instanceID(instance) {
				return c
			}
		}
	}
	t.Errorf("%s is no candidate for %s\n%s", instance, short, show(r))
	return plan.Candidate{}
}
