package failover_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// sweepGauges returns a sweep's metrics without a group.
func (l *lab) sweepGauges(t *testing.T) map[string]any {
	t.Helper()
	for _, line := range l.metricLines(t) {
		if line["Group"] == nil {
			return line
		}
	}
	return nil
}

// TestDeadAddressIsCounted: a gauge of the sweep counts the interfaces that have no running holder and are left so.
func TestDeadAddressIsCounted(t *testing.T) {
	paused := func(w *awssim.World) { interfaceTag("eni-failover:paused", "yes")(&w.Interfaces[0]) }
	released := func(w *awssim.World) { w.Interfaces[0].Attachment = nil }
	stopped := withHolder(inState("stopped"))
	tests := []struct {
		name               string
		world              []func(*awssim.World)
		settings           []string
		unserved, stranded float64
		says               string // the report's detail
	}{
		{"all is well", nil, nil, 0, 0, "none has a holder that gives a reason"},
		{"paused, and its holder runs", []func(*awssim.World){paused}, nil, 0, 0, ""},
		{"paused, and its holder is stopped", []func(*awssim.World){paused, stopped}, nil, 1, 0, "next: remove the tag eni-failover:paused"},
		{"paused and unattached", []func(*awssim.World){paused, released}, nil, 1, 0, "next: remove the tag eni-failover:paused"},
		{"paused and detaching", []func(*awssim.World){paused, func(w *awssim.World) { inStatus("detaching")(&w.Interfaces[0]) }}, nil, 1, 0, "next: remove the tag eni-failover:paused"},
		{"its group is not served", []func(*awssim.World){stopped}, []string{"GROUPS", "web"}, 1, 0, "next: see whether another deployment serves its group"},
		{"its group is not served, and its holder runs", nil, []string{"GROUPS", "web"}, 0, 0, ""},
		{"dry run", []func(*awssim.World){stopped}, []string{"DRY_RUN", "true"}, 1, 0, "group db: planned: no running instance holds it, and the dry run moves nothing; it is still on " + instanceID("1")},
		{"dry run, and its holder is only impaired", []func(*awssim.World){withHolder(impairedFor(time.Hour)), func(w *awssim.World) { heldFor(time.Hour)(&w.Interfaces[0]) }}, []string{"DRY_RUN", "true"}, 0, 0, ""},
		{"never moved, being a primary one", []func(*awssim.World){stopped, func(w *awssim.World) { atIndex(0)(&w.Interfaces[0]) }}, nil, 0, 0, ""},
		{"its group tag is malformed", []func(*awssim.World){stopped, func(w *awssim.World) { interfaceTag("eni-failover:group", "d b")(&w.Interfaces[0]) }, withInterfaces(eni("b", "2"))}, nil, 1, 0, "next: correct the tag eni-failover:group"},
		{"stranded has a gauge of its own", []func(*awssim.World){stopped, func(w *awssim.World) { w.Instances = w.Instances[:1] }}, nil, 0, 1, "next: launch a standby in eu-west-1a"},
		{"moved", []func(*awssim.World){stopped}, nil, 0, 0, ""},
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			l := newLab(t, oneStandby(append([]func(*awssim.World){fastMoves}, tt.world...)...), tt.settings...)
			r := l.mustSend(sweep())
			g := l.sweepGauges(t)
			if g["UnservedInterfaces"] != tt.unserved || g["StrandedInterfaces"] != tt.stranded || g["Sweeps"] != 1.0 {
				t.Errorf("measured %v; want %v unserved, %v stranded\n%s", g, tt.unserved, tt.stranded, show(r))
			}
			if !strings.Contains(r.Detail, tt.says) {
				t.Errorf("detail %q; want it to say %q", r.Detail, tt.says)
			}
			if tt.unserved+tt.stranded > 0 && !strings.Contains(r.Detail, interfaceID("a")) {
				t.Errorf("detail %q does not name the interface", r.Detail)
			}
		})
	}
}

// TestBlindSweepIsNoSweep: a sweep that could not read the account writes no gauges, which would end alarms.
func TestBlindSweepIsNoSweep(t *testing.T) {
	bubble(t, "denied", func(t *testing.T) {
		l := newLab(t, oneStandby())
		l.injectFaults(faultRule{action: lookCall, fault: awssim.Fault{Code: "UnauthorizedOperation"}})
		if _, err := l.send(sweep()); err == nil {
			t.Fatal("no error")
		}
		if g := l.sweepGauges(t); g["Sweeps"] != nil || g["StrandedInterfaces"] != nil || g["Failures"] != 1.0 {
			t.Errorf("measured %v", g)
		}
	})
}

// TestWhatNeedsAPersonIsAWarning: a success that leaves something to a person is logged as a warning, with the next
// step.
func TestWhatNeedsAPersonIsAWarning(t *testing.T) {
	alone := func(w *awssim.World) { w.Instances = append(w.Instances[:1], w.Instances[2:]...) }
	tests := []struct {
		name    string
		world   []func(*awssim.World)
		event   func() []byte
		outcome plan.Outcome
		level   string
		says    []string
	}{
		{"a move", nil, func() []byte { return spotWarning("1") }, plan.OutcomeMoved, "INFO", nil},
		{
			"a sweep of a stranded interface",
			[]func(*awssim.World){alone, withHolder(inState("stopped"))},
			sweep, plan.OutcomeStranded, "WARN",
			[]string{instanceID("1") + " is stopped", instanceID("3") + " is in eu-west-1b", "next: launch a standby in eu-west-1a"},
		},
		{
			"an alarm in the cool-down",
			[]func(*awssim.World){withHolder(impaired), func(w *awssim.World) { heldFor(time.Minute)(&w.Interfaces[0]) }},
			func() []byte { return alarmEvent(alarmDescription("eni-failover:group=db"), alarmState(0), "OK") }, plan.OutcomeIgnored, "WARN",
			[]string{"COOLDOWN is 10m0s", fmt.Sprintf(`send {"networkInterfaceId":%q,"from":%q}`, interfaceID("a"), instanceID("1"))},
		},
		{"a wrong record", []func(*awssim.World){withRecord(dnsName, "10.9.9.9")}, func() []byte { return spotWarning("1") }, plan.OutcomeMoved, "WARN", []string{interfaceID("a"), "next: aws route53 change-resource-record-sets"}},
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			l := newLab(t, oneStandby(append([]func(*awssim.World){fastMoves}, tt.world...)...))
			var b bytes.Buffer
			l.handler = l.loggingHandler(slog.New(slog.NewJSONHandler(&b, nil)))
			if r := l.mustSend(tt.event()); r.Outcome != tt.outcome {
				t.Errorf("outcome %s; want %s", r.Outcome, tt.outcome)
			}
			var line struct{ Level, Detail string }
			if err := json.Unmarshal(b.Bytes(), &line); err != nil {
				t.Fatalf("%v: %s", err, b.String())
			}
			if line.Level != tt.level {
				t.Errorf("level %s; want %s: %s", line.Level, tt.level, b.String())
			}
			for _, want := range tt.says {
				if !strings.Contains(line.Detail, want) {
					t.Errorf("detail %q; want it to say %q", line.Detail, want)
				}
			}
		})
	}
}

// TestCooldownNextStep: the request that the report proposes after an alarm in the cool-down moves the interface.
func TestCooldownNextStep(t *testing.T) {
	bubble(t, "sent", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves, withHolder(impaired), func(w *awssim.World) { heldFor(time.Minute)(&w.Interfaces[0]) }))
		r := l.mustSend(alarmEvent(alarmDescription("eni-failover:group=db"), alarmState(0), "OK"))
		_, rest, _ := strings.Cut(r.Detail, "to move it, send ")
		ask, _, _ := strings.Cut(rest, ", with")
		l.wantOutcome(l.mustSend([]byte(ask)), plan.OutcomeMoved, "")
		l.wantHolder("a", "2")
	})
}

// TestMalformedTagsAreNamed: malformed tags of the interface, of a candidate, or of an instance that would be a member stop
// nothing, and every kind of event names them.
func TestMalformedTagsAreNamed(t *testing.T) {
	bad := func(w *awssim.World) {
		interfaceTag("eni-failover:record", "-!-")(&w.Interfaces[0])
		interfaceTag("eni-failover:zone", "zone")(&w.Interfaces[0])
		instanceTag("eni-failover:priority", "high")(&w.Instances[1])
		w.Instances = append(w.Instances, instance("4", instanceTag("eni-failover:group", "db,web")), instance("5", inZone(zoneB), instanceTag("eni-failover:group", "db,web")))
	}
	events := map[string]struct {
		event    func() []byte
		settings []string
		outcome  plan.Outcome
		world    func(*awssim.World)
	}{
		"spot":       {func() []byte { return spotWarning("1") }, nil, plan.OutcomeMoved, nil},
		"dry run":    {func() []byte { return spotWarning("1") }, []string{"DRY_RUN", "true"}, plan.OutcomePlanned, nil},
		"rehearsal":  {rehearsal, nil, plan.OutcomePlanned, nil},
		"request":    {func() []byte { return request(fields{"group": "db"}) }, nil, plan.OutcomeMoved, nil},
		"sweep":      {sweep, nil, plan.OutcomeMoved, withHolder(inState("stopped"))},
		"arrival":    {func() []byte { return stateChange("2", "running") }, nil, plan.OutcomeMoved, withHolder(inState("stopped"))},
		"unattached": {sweep, nil, plan.OutcomeAttached, func(w *awssim.World) { w.Interfaces[0].Attachment = nil }},
		"stranded":   {sweep, nil, plan.OutcomeStranded, func(w *awssim.World) { w.Instances[0].State, w.Instances[1].State = "stopped", "stopped" }},
		"rebalance": {func() []byte {
			return event("aws.ec2", "EC2 Instance Rebalance Recommendation", fields{"instance-id": instanceID("1")})
		}, nil, plan.OutcomePlanned, nil},
	}
	for name, tt := range events {
		bubble(t, name, func(t *testing.T) {
			w := oneStandby(fastMoves, bad)
			if tt.world != nil {
				tt.world(&w)
			}
			l := newLab(t, w, tt.settings...)
			r := l.mustSend(tt.event())
			if r.Outcome != tt.outcome {
				t.Errorf("outcome %s; want %s", r.Outcome, tt.outcome)
			}
			said := strings.Join(r.Interfaces[0].Warnings, "\n")
			for _, want := range []string{
				`tag eni-failover:record is "-!-"`, `tag eni-failover:zone is "zone"`,
				instanceID("2") + `: tag eni-failover:priority is "high"`, instanceID("4") + `: tag eni-failover:group is "db,web"`,
			} {
				if !strings.Contains(said, want) {
					t.Errorf("warnings do not say %s:\n%s", want, said)
				}
			}
			if strings.Contains(said, instanceID("5")) || len(r.Interfaces[0].Warnings) != 4 {
				t.Errorf("warnings:\n%s", said)
			}
		})
	}
	bubble(t, "seen by a new plan only", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves, func(w *awssim.World) { w.Instances[1].RefuseAttach = "UnsupportedOperation" }))
		l.injectFaults(faultRule{action: attachCall, times: 1, fault: awssim.Fault{After: func() {
			l.sim.Edit(func(w *awssim.World) {
				w.Instances = append(w.Instances, instance("4", instanceTag("eni-failover:priority", "low")))
			})
		}}})
		l.editInstance("1", inState("terminated"))
		r := l.mustSend(stateChange("1", "terminated"))
		if said := strings.Join(r.Interfaces[0].Warnings, "\n"); !strings.Contains(said, instanceID("4")+`: tag eni-failover:priority is "low"`) {
			t.Errorf("warnings %q", said)
		}
	})
}
