package failover_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// probed makes an interface one that wants a probe, at the given address.
func probed(address string) func(*awssim.Interface) {
	return func(e *awssim.Interface) {
		e.PrivateIPs = []awssim.PrivateIP{{Address: address}}
		e.Tags["eni-failover:probe"] = "tcp:5432 for:5s"
	}
}

// withProbe are the settings of a deployment with a probe.
func withProbe(more ...string) []string {
	return append([]string{"EVENT_BUS", "corp", "PROBE_VPC", vpcID}, more...)
}

// probedService is deadService with a probe on interface a, and an interface b that no instance serves.
func probedService(change ...func(*awssim.World)) awssim.World {
	return deadService(append([]func(*awssim.World){
		func(w *awssim.World) { probed("10.0.1.10")(&w.Interfaces[0]) },
		withInterfaces(eni("b", "", probed("10.0.1.11"))),
	}, change...)...)
}

// TestHandOver: a sweep asks for the probe before it heals anything, on the bus of the setting, and names the probe's VPC.
func TestHandOver(t *testing.T) {
	bubble(t, "sweep", func(t *testing.T) {
		l := newLab(t, probedService(), withProbe("PROBE_RUN", "90s")...)
		l.wantOutcome(l.mustSend(sweep()), plan.OutcomeAttached, "")
		e := l.firstPut("ENI Failover Probe")
		in, err := verdict.ParseInput(e.Detail)
		if err != nil || e.Bus != "corp" || in.Run != 90*time.Second || len(in.Targets) != 1 || in.Targets[0].Interface != interfaceID("a") {
			t.Errorf("%v: on %s: %s", err, e.Bus, e.Detail)
		}
		if !slices.Equal(e.Resources, []string{vpcID}) {
			t.Errorf("the request is about %v; want the probe's VPC", e.Resources)
		}
		if put, look, attach := l.callTime(putCall, 1), l.callTime(lookCall, 1), l.callTime(attachCall, 1); put < look || put > attach {
			t.Errorf("asked at %s, looked at %s, healed at %s\n%s", put, look, attach, l.log())
		}
		// The service on b is the business of the next sweep: b was not attached when the first one looked.
		l.mustSend(sweep())
		if all := l.busEvents("ENI Failover Probe"); len(all) != 2 || strings.Count(show(all[1]), "eni-attach-") != 2 {
			t.Errorf("asked for %s", show(all))
		}
	})
	for name, tt := range map[string]struct {
		event    []byte
		settings []string
		events   int
	}{
		"no probe":         {sweep(), []string{"EVENT_BUS", "corp"}, 0},
		"another VPC":      {sweep(), []string{"EVENT_BUS", "corp", "PROBE_VPC", "vpc-0e0e0e0e0e0e0e0e0"}, 0},
		"no event bus":     {sweep(), []string{"EVENT_BUS", ""}, 0},
		"dry run":          {sweep(), withProbe("DRY_RUN", "true"), 1},
		"another group":    {sweep(), withProbe("GROUPS", "web"), 0},
		"rehearsal":        {rehearsal(), withProbe(), 0},
		"a foreign event":  {spotWarning("9"), withProbe(), 0},
		"an event of ours": {stateChange("1", "running"), withProbe(), 0},
	} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, probedService(), tt.settings...)
			_, _ = l.send(tt.event) // what becomes of it is not what is tested here
			if n := len(l.busEvents("ENI Failover Probe")); n != tt.events {
				t.Errorf("asked %d times; want %d\n%s", n, tt.events, l.log())
			}
		})
	}
}

// TestHandOverOfMany: 250 targets take two events, each of them once.
func TestHandOverOfMany(t *testing.T) {
	bubble(t, "250", func(t *testing.T) {
		w := manyInterfaces(250)
		w.InstanceTypes[0].MaximumInterfaces = 300
		for n := range w.Interfaces {
			probed(fmt.Sprintf("10.0.%d.%d", 1+n/200, 1+n%200))(&w.Interfaces[n])
		}
		l := newLab(t, w, withProbe()...)
		l.wantOutcome(l.mustSend(sweep()), plan.OutcomeNothingToDo, plan.ReasonHolderServes)
		seen := map[string]bool{}
		requests := l.sim.BusEvents()
		for _, e := range requests {
			in, err := verdict.ParseInput(e.Detail)
			if err != nil {
				t.Fatal(err)
			}
			for _, target := range in.Targets {
				seen[target.Interface] = true
			}
		}
		if len(requests) != 2 || len(seen) != 250 || l.countCalls(putCall) != 1 {
			t.Errorf("%d events with %d targets in %d calls", len(requests), len(seen), l.countCalls(putCall))
		}
	})
}

// brokenBus has what EventBridge can do instead of taking events, and the longest time that it may cost.
var brokenBus = map[string]struct {
	fault awssim.Fault
	costs time.Duration
}{
	"denied":    {awssim.Fault{Code: "AccessDeniedException", Status: 400}, 100 * time.Millisecond},
	"throttled": {awssim.Fault{Code: "ThrottlingException", Status: 400}, 3 * time.Second},
	"hanging":   {awssim.Fault{Delay: time.Minute}, 3 * time.Second},
	"broken":    {awssim.Fault{Status: 500}, 3 * time.Second},
	"no answer": {awssim.Fault{Drop: true}, 3 * time.Second},
}

// TestHandOverFails: the sweep heals all the same, a little later, and says what went wrong.
func TestHandOverFails(t *testing.T) {
	var healed time.Duration
	bubble(t, "works", func(t *testing.T) {
		l := newLab(t, probedService(), withProbe()...)
		l.mustSend(sweep())
		healed = l.callTime(attachCall, 1)
	})
	for name, broken := range brokenBus {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, probedService(), withProbe()...)
			l.injectFaults(faultRule{action: putCall, fault: broken.fault})
			r := l.wantOutcome(l.mustSend(sweep()), plan.OutcomeAttached, "")
			if late := l.callTime(attachCall, 1) - healed; late > broken.costs+50*time.Millisecond {
				t.Errorf("healed %s later\n%s", late, l.log())
			}
			if l.measured(t, "ProbeHandOverFailures") != 1 || l.measured(t, "EventsNotPut") != 1 || l.measured(t, "Failures") != 0 {
				t.Errorf("measured %s", l.metrics.String())
			}
			if len(r.Warnings) != 2 || !strings.Contains(r.Warnings[0], "the probe was not asked for: PutEvents") || !strings.Contains(r.Warnings[1], "others were not told: PutEvents") {
				t.Errorf("warnings %q", r.Warnings)
			}
		})
	}
}

// TestProbeWithoutBus: a probe that can't be asked for, for want of a bus, costs no healing, and is measured.
func TestProbeWithoutBus(t *testing.T) {
	bubble(t, "sweep", func(t *testing.T) {
		l := newLab(t, probedService(), "EVENT_BUS", "", "PROBE_VPC", vpcID)
		r := l.wantOutcome(l.mustSend(sweep()), plan.OutcomeAttached, "")
		if l.measured(t, "ProbeHandOverFailures") != 1 || l.countCalls(putCall) != 0 {
			t.Errorf("measured %s\n%s", l.metrics.String(), l.log())
		}
		if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "EVENT_BUS") {
			t.Errorf("warnings %q", r.Warnings)
		}
	})
	bubble(t, "nothing to ask for", func(t *testing.T) {
		l := newLab(t, deadService(), "EVENT_BUS", "", "PROBE_VPC", vpcID)
		if r := l.mustSend(sweep()); len(r.Warnings) > 0 {
			t.Errorf("warnings %q", r.Warnings)
		}
	})
}

// TestUnreachedInterfaces: the gauge counts interfaces that the probe asks in vain for over five minutes.
func TestUnreachedInterfaces(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*awssim.Interface)
		want   float64
	}{
		"never reached":                 {func(*awssim.Interface) {}, 1},
		"reached on another attachment": {interfaceTag("eni-failover:reached", id("eni-attach", "77")), 1},
		"reached": {func(e *awssim.Interface) {
			e.Attachment.ID = id("eni-attach", "1")
			e.Tags["eni-failover:reached"] = e.Attachment.ID
		}, 0},
		"young":        {heldFor(4 * time.Minute), 0},
		"not so young": {heldFor(5*time.Minute + time.Second), 1},
		"not probed":   {func(e *awssim.Interface) { delete(e.Tags, "eni-failover:probe") }, 0},
		"paused":       {interfaceTag("eni-failover:paused", ""), 0},
	} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, probedService(func(w *awssim.World) { tt.change(&w.Interfaces[0]) }), withProbe()...)
			l.mustSend(sweep())
			if got := l.measured(t, "UnreachedInterfaces"); got != tt.want || !strings.Contains(l.metrics.String(), "UnreachedInterfaces") {
				t.Errorf("the gauge is %v; want %v\n%s", got, tt.want, l.metrics.String())
			}
		})
	}
	bubble(t, "without a probe", func(t *testing.T) {
		l := newLab(t, probedService())
		l.mustSend(sweep())
		if strings.Contains(l.metrics.String(), "UnreachedInterfaces") {
			t.Error("a gauge that nothing can bring down to 0")
		}
	})
}

// sampleRest is the rest in the sample of a verdict.
func sampleRest(t *testing.T) json.RawMessage {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "events", "unreachable.json"))
	if err != nil {
		t.Fatal(err)
	}
	var e struct {
		Detail struct{ Rest json.RawMessage }
	}
	if err := json.Unmarshal(text, &e); err != nil || e.Detail.Rest == nil {
		t.Fatal("the sample has no rest")
	}
	return e.Detail.Rest
}

// TestHandBack: the rest of a verdict goes back to the probe before anything is read or moved.
func TestHandBack(t *testing.T) {
	for name, tt := range map[string]struct {
		rest     string // empty: that of the sample
		settings []string
		change   func(map[string]any)
		events   int
		warning  string
	}{
		"rest":             {settings: withProbe(), events: 1},
		"dry run":          {settings: withProbe("DRY_RUN", "true"), events: 1},
		"no probe":         {settings: []string{"EVENT_BUS", "corp"}},
		"a stale verdict":  {settings: withProbe(), change: ago(time.Hour)},
		"a late delivery":  {settings: withProbe(), change: ago(30 * time.Second), events: 1},
		"a retry":          {settings: withProbe(), change: ago(time.Minute)},
		"no rest":          {rest: "null", settings: withProbe()},
		"not an object":    {rest: `"later"`, settings: withProbe(), warning: "the event is"},
		"no targets":       {rest: `{"run":"30s","targets":[]}`, settings: withProbe(), warning: "targets is []"},
		"an unknown field": {rest: `{"run":"30s","targets":[{"networkInterfaceId":"eni-0a1b2c3d","from":"me"}]}`, settings: withProbe(), warning: "targets[0].from is"},
	} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, deadService(), tt.settings...)
			rest := json.RawMessage(tt.rest)
			if tt.rest == "" {
				rest = sampleRest(t)
			}
			change := []func(map[string]any){withRest(rest)}
			if tt.change != nil {
				change = append(change, tt.change)
			}
			r := l.mustSend(unreachable([]fields{l.verdictOn("a")}, change...))
			asked := l.busEvents("ENI Failover Probe")
			if len(asked) != tt.events {
				t.Fatalf("asked for the probe %d times; want %d\n%s", len(asked), tt.events, l.log())
			}
			if tt.events > 0 && l.callTime(putCall, 1) > l.callTime(lookCall, 1) {
				t.Errorf("handed back after the account was read\n%s", l.log())
			}
			if tt.events > 0 && !slices.Equal(l.firstPut("ENI Failover Probe").Resources, []string{vpcID}) {
				t.Errorf("the request is about %v; want the probe's VPC", l.firstPut("ENI Failover Probe").Resources)
			}
			if said := strings.Join(r.Warnings, "\n"); !strings.Contains(said, tt.warning) || (tt.warning == "") != (said == "") {
				t.Errorf("warnings %q; want one that says %q", said, tt.warning)
			}
			if r.Reason != plan.ReasonStale && !r.DryRun {
				l.wantHolder("a", "2")
			}
		})
	}
}

// TestHandBackAgain: a duplicate of a verdict changes nothing in the account. It hands the rest back once more, since no
// instance of the function knows what another one did; the probe then asks twice.
func TestHandBackAgain(t *testing.T) {
	bubble(t, "duplicate", func(t *testing.T) {
		l := newLab(t, deadService(), withProbe()...)
		verdict := unreachable([]fields{l.verdictOn("a")}, withRest(sampleRest(t)))
		l.mustSend(verdict)
		changed := l.mutations()
		l.wantOutcome(l.mustSend(verdict), plan.OutcomeSuperseded, plan.ReasonAttachmentNewer)
		if asked := l.busEvents("ENI Failover Probe"); len(asked) != 2 || l.mutations() != changed {
			t.Errorf("asked %d times, %d more changes", len(asked), l.mutations()-changed)
		}
	})
}

// TestHandBackFails: the service that is down waits for a second at most.
func TestHandBackFails(t *testing.T) {
	var detached time.Duration
	bubble(t, "works", func(t *testing.T) {
		l := newLab(t, deadService(), withProbe()...)
		l.mustSend(unreachable([]fields{l.verdictOn("a")}, withRest(sampleRest(t))))
		detached = l.callTime(detachCall, 1)
	})
	for name, broken := range brokenBus {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, deadService(), withProbe()...)
			l.injectFaults(faultRule{action: putCall, fault: broken.fault})
			r := l.wantOutcome(l.mustSend(unreachable([]fields{l.verdictOn("a")}, withRest(sampleRest(t)))), plan.OutcomeMoved, "")
			if late := l.callTime(detachCall, 1) - detached; late > time.Second+50*time.Millisecond {
				t.Errorf("detached %s later\n%s", late, l.log())
			}
			if l.measured(t, "ProbeHandOverFailures") != 1 || len(r.Warnings) != 2 {
				t.Errorf("warnings %q, measured %s", r.Warnings, l.metrics.String())
			}
		})
	}
}
