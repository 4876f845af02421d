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

// startTakes is how long a standby takes to run. A started one gets 30 s to boot.
const startTakes = 17 * time.Second

// cold makes an instance a cold standby: it is stopped, and may be started.
func cold(in *awssim.Instance) {
	in.State = "stopped"
	in.Tags["eni-failover:start"] = "true"
}

func refusesStart(code string) func(*awssim.Instance) {
	return func(in *awssim.Instance) { in.RefuseStart = code }
}

func failsStart(code string) func(*awssim.Instance) {
	return func(in *awssim.Instance) { in.FailStart = code }
}

// coldGroup is an account with a Spot instance 1 that holds interface a and is being interrupted, and the cold standbys 2 and
// 4, which ranks behind 2. The functions change standby 2.
func coldGroup(change ...func(*awssim.Instance)) awssim.World {
	w := awssim.World{
		Instances: []awssim.Instance{
			instance("1", spot, spotStatus("instance-terminated-no-capacity")), instance("2", cold),
			instance("4", cold, instanceTag("eni-failover:priority", "200")),
		},
		Interfaces: []awssim.Interface{eni("a", "1", heldFor(time.Hour))},
		Timing:     timing(),
	}
	w.Timing.Start = awssim.Duration(startTakes)
	for _, f := range change {
		f(&w.Instances[1])
	}
	return w
}

// newColdLab simulates an account whose deployment starts cold standbys.
func newColdLab(t *testing.T, w awssim.World, settings ...string) *lab {
	t.Helper()
	return newLab(t, w, append([]string{"START_STANDBYS", "true"}, settings...)...)
}

// wantDetach checks when the only detach was requested.
func (l *lab) wantDetach(from, to time.Duration) {
	l.t.Helper()
	if n, at := l.countCalls("DetachNetworkInterface"), l.callTime("DetachNetworkInterface", 1); n != 1 || at < from || at > to {
		l.t.Errorf("%d detaches, the first after %s; want one after %s to %s\n%s", n, at, from, to, l.log())
	}
}

// wantStarts checks how many starts were requested.
func (l *lab) wantStarts(want int) {
	l.t.Helper()
	if n := l.countCalls("StartInstances"); n != want {
		l.t.Errorf("%d starts, want %d\n%s", n, want, l.log())
	}
}

// TestColdStandby: "First start, then move". The holder serves until the standby has booted, as far as its own end allows.
func TestColdStandby(t *testing.T) {
	spotHolder := func(w awssim.World) awssim.World { return w }
	uninterrupted := func(w awssim.World) awssim.World { withHolder(spotStatus("fulfilled"))(&w); return w }
	onDemandHolder := func(w awssim.World) awssim.World { withHolder(onDemand)(&w); return w }
	stopped := func(w awssim.World) awssim.World { withHolder(onDemand, inState("stopped"))(&w); return w }
	impairedHolder := func(w awssim.World) awssim.World { withHolder(onDemand, impaired)(&w); return w }
	scaled := func(w awssim.World) awssim.World {
		withHolder(onDemand, inAutoScaling("Terminating:Wait"))(&w)
		return w
	}
	const runs, boots = startTakes, startTakes + 30*time.Second
	tests := []struct {
		name     string
		world    func(awssim.World) awssim.World
		event    func() []byte
		settings []string
		detached time.Duration // at the earliest; 3 s later at the latest
	}{
		{"Spot warning", spotHolder, func() []byte { return spotWarning("1") }, nil, boots},
		{"Spot warning, 40 s old", spotHolder, func() []byte { return spotWarning("1", ago(40*time.Second)) }, nil, boots},
		{"Spot warning, 70 s old: relieved 100 s after it", spotHolder, func() []byte { return spotWarning("1", ago(70*time.Second)) }, nil, 30 * time.Second},
		{"Spot warning, and a long time to boot", spotHolder, func() []byte { return spotWarning("1") }, []string{"START_SETTLE", "5m"}, 100 * time.Second},
		{"no time to boot", spotHolder, func() []byte { return spotWarning("1") }, []string{"START_SETTLE", "0"}, runs},
		{"stopped", stopped, func() []byte { return stateChange("1", "stopped") }, nil, runs},
		{"sweep", stopped, sweep, nil, runs + plan.ConfirmAfter},
		{"lifecycle action", scaled, func() []byte { return lifecycleAction("1", "eni-failover") }, nil, boots},
		{"request", onDemandHolder, func() []byte { return request(fields{"group": "db"}) }, nil, boots},
		{"request for a target", onDemandHolder, func() []byte { return request(fields{"group": "db", "target": instanceID("2")}) }, nil, boots},
		{"rebalance", uninterrupted, func() []byte { return rebalance("1") }, []string{"ACT_ON_REBALANCE", "true"}, boots},
		{"alarm", impairedHolder, func() []byte {
			return alarmEvent(alarmDescription("eni-failover:group=db"), alarmState(0), "OK")
		}, nil, runs},
		{"verdict", onDemandHolder, func() []byte { return unreachable([]fields{{"networkInterfaceId": interfaceID("a")}}) }, nil, runs},
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			l := newColdLab(t, tt.world(coldGroup()), tt.settings...)
			r := l.wantOutcome(l.mustSend(tt.event()), plan.OutcomeMoved, "")
			l.wantHolder("a", "2")
			l.wantDetach(tt.detached, tt.detached+3*time.Second)
			l.wantStarts(1)
			if !strings.Contains(l.metrics.String(), `"StartTime"`) {
				t.Errorf("no metric of the start: %s", l.metrics.String())
			}
			i := r.Interfaces[0]
			if ms := i.Phases.StartMs; !i.Started || ms < startTakes.Milliseconds() || ms > startTakes.Milliseconds()+2000 || !i.Candidates[0].Start {
				t.Errorf("started %v in %d ms, candidates %+v", i.Started, ms, i.Candidates)
			}
			wantParts(t, i.Detail, instanceID("2")+" was started for it", "never stops it", "to go back, move the interface to another member by a request, then stop "+instanceID("2"))
			if r.Detail != i.Detail {
				t.Errorf("the event's detail is %q", r.Detail)
			}
		})
	}
	bubble(t, "a running standby comes first", func(t *testing.T) {
		w := coldGroup()
		withInstances(instance("5", instanceTag("eni-failover:priority", "999")))(&w)
		l := newColdLab(t, w)
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		l.wantHolder("a", "5")
		l.wantStarts(0)
		if r.Interfaces[0].Started || r.Interfaces[0].Phases.StartMs != 0 {
			t.Errorf("%+v", r.Interfaces[0])
		}
	})
	bubble(t, "not without the setting", func(t *testing.T) {
		l := newLab(t, coldGroup())
		r, message := mustFail[*failover.StrandedError](l, spotWarning("1"))
		l.wantHolder("a", "1")
		l.wantStarts(0)
		if c := candidateOf(t, r, "a", "2"); c.Reason != plan.ReasonColdNotAllowed || c.Start || !strings.Contains(message, "START_STANDBYS") {
			t.Errorf("%+v, %s", c, message)
		}
	})
	bubble(t, "two interfaces, one start", func(t *testing.T) {
		w := coldGroup()
		withInterfaces(eni("b", "1", atIndex(2)))(&w)
		w.InstanceTypes = []awssim.InstanceType{{Name: "t3.small", MaximumInterfaces: 3, IPv4PerInterface: 4}}
		l := newColdLab(t, w)
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		l.wantHolder("a", "2")
		l.wantHolder("b", "2")
		l.wantStarts(1)
	})
}

// TestColdStandbyRefused: "goes on to the next candidate, with EC2's reason in the report … None left: stranded, nothing
// detached".
func TestColdStandbyRefused(t *testing.T) {
	tests := []struct {
		name     string
		refusal  func(*awssim.Instance)
		reason   plan.Reason
		detail   string
		detached time.Duration
	}{
		{"no capacity", refusesStart("InsufficientInstanceCapacity"), plan.ReasonRefused, "its start: InsufficientInstanceCapacity", startTakes + 30*time.Second},
		{"no permission", refusesStart("UnauthorizedOperation"), plan.ReasonDenied, "its start: UnauthorizedOperation", startTakes + 30*time.Second},
		{
			"no capacity, as EC2 says afterwards", failsStart("Server.InsufficientInstanceCapacity"), plan.ReasonRefused,
			"EC2 stopped it again after its start: Server.InsufficientInstanceCapacity: Insufficient capacity to satisfy instance request", 2*startTakes + 30*time.Second,
		},
		{"it never runs", func(in *awssim.Instance) { in.HungStart = true }, plan.ReasonRefused, "it was not running 50s after its start", 50*time.Second + startTakes + 30*time.Second},
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			l := newColdLab(t, coldGroup(tt.refusal))
			r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
			l.wantHolder("a", "4")
			l.wantStarts(2)
			l.wantDetach(tt.detached, tt.detached+3*time.Second)
			if c := candidateOf(t, r, "a", "2"); c.Eligible || c.Reason != tt.reason || c.Detail != tt.detail {
				t.Errorf("candidate %+v", c)
			}
		})
	}
	bubble(t, "both", func(t *testing.T) {
		w := coldGroup(refusesStart("InsufficientInstanceCapacity"))
		failsStart("Client.InternalError")(&w.Instances[2])
		l := newColdLab(t, w)
		r, message := mustFail[*failover.StrandedError](l, spotWarning("1"))
		l.wantOutcome(r, plan.OutcomeStranded, plan.ReasonNoStandby)
		l.wantHolder("a", "1")
		l.wantStarts(2)
		if !strings.Contains(message, "Client.InternalError: Client error on launch") || l.countCalls("DetachNetworkInterface") != 0 || r.Interfaces[0].Started {
			t.Errorf("%s\n%s", message, show(r))
		}
	})
	bubble(t, "both, for want of a permission", func(t *testing.T) {
		w := coldGroup(refusesStart("UnauthorizedOperation"))
		refusesStart("UnauthorizedOperation")(&w.Instances[2])
		l := newColdLab(t, w)
		r, message := mustFail[*failover.StrandedError](l, spotWarning("1"))
		l.wantOutcome(r, plan.OutcomeStranded, plan.ReasonDenied)
		if !strings.Contains(message, "next: allow ec2:StartInstances") {
			t.Error(message)
		}
	})
	bubble(t, "a sweep reports it, and the next one tries again", func(t *testing.T) {
		w := coldGroup(refusesStart("InsufficientInstanceCapacity"))
		w.Instances[2].State = "terminated"
		withHolder(onDemand, inState("stopped"))(&w)
		l := newColdLab(t, w)
		l.wantOutcome(l.mustSend(sweep()), plan.OutcomeStranded, plan.ReasonNoStandby)
		l.wantHolder("a", "1")
		l.editInstance("2", refusesStart(""))
		l.wantOutcome(l.mustSend(sweep()), plan.OutcomeMoved, "")
		l.wantHolder("a", "2")
		l.wantStarts(2)
	})
	bubble(t, "the target of a request", func(t *testing.T) {
		w := coldGroup(refusesStart("InsufficientInstanceCapacity"))
		withHolder(onDemand)(&w)
		l := newColdLab(t, w)
		r, _ := mustFail[*failover.FailedError](l, request(fields{"group": "db", "target": instanceID("2")}))
		l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonRefused)
		l.wantHolder("a", "1")
		l.wantStarts(1)
	})
}

// TestColdStandbyDryRun: "Dry run and rehearsal prove ec2:StartInstances by EC2's DryRun".
func TestColdStandbyDryRun(t *testing.T) {
	for name, event := range map[string]func() []byte{
		"request": func() []byte { return request(fields{"group": "db", "dryRun": true}) }, "rehearsal": rehearsal,
	} {
		for _, denied := range []bool{false, true} {
			bubble(t, fmt.Sprintf("%s, denied %v", name, denied), func(t *testing.T) {
				w := coldGroup()
				if denied {
					w = coldGroup(refusesStart("UnauthorizedOperation"))
				}
				l := newColdLab(t, w)
				r, err := l.send(event())
				asked := 0
				for _, c := range l.sim.Calls() {
					if c.Action == "StartInstances" && c.DryRun {
						asked++
					}
				}
				if asked != 1 || l.countCalls("StartInstances") != 0 || !r.Interfaces[0].Candidates[0].Start || r.Interfaces[0].Started {
					t.Errorf("%d dry runs\n%s\n%s", asked, show(r), l.log())
				}
				if !denied {
					l.wantOutcome(r, plan.OutcomePlanned, "")
					return
				}
				l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonDenied)
				wantError(t, err, "FailedError", "StartInstances of "+instanceID("2"), "next: allow ec2:StartInstances")
			})
		}
	}
}
