package failover_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestReportFields has the stable names of the report that people and alarms rely on.
func TestReportFields(t *testing.T) {
	type object = map[string]json.RawMessage
	want := func(t *testing.T, what string, o object, names ...string) {
		t.Helper()
		for _, name := range names {
			if _, ok := o[name]; !ok {
				t.Errorf("%s lacks %s: %s", what, name, slices.Sorted(maps.Keys(o)))
			}
		}
	}
	events := map[string]func() []byte{
		"moved":      func() []byte { return spotWarning("1") },
		"ignored":    func() []byte { return spotWarning("9") },
		"other":      func() []byte { return event("aws.s3", "Object Created", fields{}) },
		"bad input":  func() []byte { return []byte(`{"source":"aws.ec2"}`) },
		"no json":    func() []byte { return []byte(`nonsense`) },
		"dry run":    func() []byte { return request(fields{"group": "db", "dryRun": true}) },
		"refused":    func() []byte { return request(fields{"group": "web"}) },
		"stranded":   func() []byte { return request(fields{"group": "db", "target": instanceID("3")}) },
		"nothing":    func() []byte { return request(fields{"group": "db", "target": instanceID("1")}) },
		"state":      func() []byte { return stateChange("1", "pending") },
		"no trigger": func() []byte { return nil },
	}
	for name, e := range events {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, oneStandby(fastMoves, withRecord(dnsName, "10.0.0.5")))
			r, _ := l.send(e())
			decode := func(raw []byte, into any) {
				if err := json.Unmarshal(raw, into); err != nil {
					t.Fatalf("%s: %v", raw, err)
				}
			}
			b, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var report, trigger object
			decode(b, &report)
			want(t, "report", report, "outcome", "reason", "trigger", "interfaces", "calls", "durationMs", "dryRun")
			decode(report["trigger"], &trigger)
			want(t, "trigger", trigger, "kind", "instance", "id", "time")
			if r.Outcome == "" || (r.Trigger.Kind == "" && r.Reason != plan.ReasonBadInput) || string(report["interfaces"]) == "null" {
				t.Errorf("report %s", b)
			}
			var interfaces []object
			decode(report["interfaces"], &interfaces)
			for _, i := range interfaces {
				want(t, "interface", i, "interface", "group", "outcome", "reason", "from", "to", "attachment", "deviceIndex", "forced", "candidates", "phases", "eventToAttachedMs", "records")
				var phases object
				decode(i["phases"], &phases)
				want(t, "phases", phases, "detachMs", "attachMs", "verifyMs")
				var candidates, records []object
				decode(i["candidates"], &candidates)
				decode(i["records"], &records)
				for _, c := range candidates {
					want(t, "candidate", c, "instance", "eligible", "reason")
				}
				for _, rec := range records {
					want(t, "record", rec, "name", "state", "hostedZone", "want", "got")
				}
			}
			if name != "moved" {
				return
			}
			i := r.Interfaces[0]
			if p := i.Phases; p.DetachMs < 100 || p.DetachMs > 200 || p.AttachMs < 100 || p.AttachMs > 200 || p.VerifyMs < 5 || p.VerifyMs > 30 {
				t.Errorf("phases %+v", p)
			}
			if i.EventToAttachedMs < 300 || i.EventToAttachedMs > 500 || r.DurationMs < i.EventToAttachedMs {
				t.Errorf("event to attached %d ms of %d", i.EventToAttachedMs, r.DurationMs)
			}
			calls := map[string]int{}
			for _, c := range l.sim.Calls() {
				calls[c.Action]++
			}
			if !maps.Equal(calls, r.Calls) {
				t.Errorf("calls %v, made %v", r.Calls, calls)
			}
		})
	}
}

// TestAttemptsAreCounted counts every attempt, also those that were refused.
func TestAttemptsAreCounted(t *testing.T) {
	bubble(t, "throttled", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves))
		l.injectFaults(faultRule{times: 4, fault: awssim.Fault{Code: "RequestLimitExceeded"}})
		r := l.mustSend(spotWarning("1"))
		calls := map[string]int{}
		for _, c := range l.sim.Calls() {
			calls[c.Action]++
		}
		if !maps.Equal(calls, r.Calls) {
			t.Errorf("calls %v, made %v", r.Calls, calls)
		}
	})
}

// TestEventTime measures from the event's own time.
func TestEventTime(t *testing.T) {
	bubble(t, "late", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves))
		r := l.mustSend(spotWarning("1", ago(20*time.Second)))
		if ms := r.Interfaces[0].EventToAttachedMs; ms < 20300 || ms > 20600 {
			t.Errorf("%d ms", ms)
		}
	})
	bubble(t, "from the future", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves))
		r := l.wantOutcome(l.mustSend(spotWarning("1", ago(-20*time.Second))), plan.OutcomeMoved, "")
		if ms := r.Interfaces[0].EventToAttachedMs; ms < 0 {
			t.Errorf("%d ms", ms)
		}
	})
	bubble(t, "no time", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves))
		r := l.wantOutcome(l.mustSend(bareRequest(fields{"group": "db", "target": instanceID("2")})), plan.OutcomeMoved, "")
		if i := r.Interfaces[0]; i.EventToAttachedMs != 0 || r.Trigger.Time != "" {
			t.Errorf("%s", show(r))
		}
	})
}

// TestTopOutcome is the first of failed, stranded, moved … that an interface has.
func TestTopOutcome(t *testing.T) {
	bubble(t, "moved and paused", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves, withInterfaces(eni("0", "1", atIndex(2), interfaceTag("eni-failover:paused", "")))))
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
	})
	bubble(t, "moved and stranded", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves, withInterfaces(eni("b", "1", atIndex(2), inGroup("web")))))
		r, text := mustFail[*failover.StrandedError](l, spotWarning("1"))
		l.wantOutcome(r, plan.OutcomeStranded, plan.ReasonNoStandby)
		if l.wantHolder("a", "2"); strings.Contains(text, interfaceID("a")) || !strings.Contains(text, interfaceID("b")) {
			t.Error(text)
		}
	})
	bubble(t, "failed and moved", func(t *testing.T) {
		l := newLab(t, twoStandbys(fastMoves, withInterfaces(eni("b", "1", atIndex(2)))))
		l.injectFaults(faultRule{action: attachCall, when: func(c awssim.Call) bool {
			return c.Params.Get("NetworkInterfaceId") == interfaceID("b") && !toInstance("1")(c)
		}, fault: awssim.Fault{Code: "UnsupportedOperation"}})
		r, _ := mustFail[*failover.FailedError](l, spotWarning("1"))
		l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonReturned)
		l.wantHolder("b", "1")
		if l.holder("a") == instanceID("1") {
			t.Error("a was not moved")
		}
	})
}

// TestAccountCheckIsOff under sam local, which does not know the account.
func TestAccountCheckIsOff(t *testing.T) {
	bubble(t, "sam local", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves))
		r, err := l.handler.Handle(t.Context(), spotWarning("1", func(e map[string]any) { e["account"] = "210987654321" }), "")
		if err != nil || r.Outcome != plan.OutcomeMoved {
			t.Errorf("%v\n%s", err, show(r))
		}
	})
}

// TestLogLine is the one line that sums up an invocation.
func TestLogLine(t *testing.T) {
	bubble(t, "one line", func(t *testing.T) {
		for _, e := range [][]byte{spotWarning("1"), spotWarning("9"), []byte("nonsense")} {
			l := newLab(t, oneStandby(fastMoves))
			var b bytes.Buffer
			l.handler = l.loggingHandler(slog.New(slog.NewJSONHandler(&b, nil)))
			r, err := l.send(e)
			lines := strings.Split(strings.TrimSpace(b.String()), "\n")
			var line struct {
				Level string `json:"level"`
				Error string `json:"error"`
				failover.Report
			}
			if len(lines) != 1 || json.Unmarshal([]byte(lines[0]), &line) != nil || show(line.Report) != show(r) || (err != nil) != (line.Error != "") || (err != nil) != (line.Level == "ERROR") {
				t.Errorf("%v: %s", err, b.String())
			}
		}
	})
}
