package failover_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// TestProof changes the interface while it moves: the proof names each difference.
func TestProof(t *testing.T) {
	no := false
	tests := map[string]struct {
		change func(*awssim.Interface)
		says   []string
	}{
		"nothing":                 {func(*awssim.Interface) {}, nil},
		"an address more":         {func(e *awssim.Interface) { e.PrivateIPs = append(e.PrivateIPs, awssim.PrivateIP{Address: "10.7.7.7"}) }, []string{"private addresses", "10.7.7.7"}},
		"another primary address": {func(e *awssim.Interface) { e.PrivateIPs[0].Primary, e.PrivateIPs[1].Primary = false, true }, []string{"private addresses", "(primary)"}},
		"an Elastic IP less":      {func(e *awssim.Interface) { e.PrivateIPs[0].ElasticIP, e.PrivateIPs[0].AllocationID = "", "" }, []string{"Elastic IPs", "203.0.113.1"}},
		"an Elastic IP moved": {func(e *awssim.Interface) {
			e.PrivateIPs[1].ElasticIP, e.PrivateIPs[1].AllocationID = e.PrivateIPs[0].ElasticIP, e.PrivateIPs[0].AllocationID
			e.PrivateIPs[0].ElasticIP, e.PrivateIPs[0].AllocationID = "", ""
		}, []string{"Elastic IPs"}},
		"an IPv6 address":          {func(e *awssim.Interface) { e.IPv6 = []string{"2001:db8::7"} }, []string{"IPv6", "2001:db8::7"}},
		"a prefix less":            {func(e *awssim.Interface) { e.IPv4Prefixes = nil }, []string{"prefixes", "10.8.0.0/28"}},
		"security groups":          {func(e *awssim.Interface) { e.SecurityGroups = []string{"sg-1", "sg-3"} }, []string{"security groups", "sg-3"}},
		"security groups reversed": {func(e *awssim.Interface) { slices.Reverse(e.SecurityGroups) }, nil},
		"MAC":                      {func(e *awssim.Interface) { e.MAC = "02:00:00:00:00:99" }, []string{"MAC", "02:00:00:00:00:99"}},
		"source/destination check": {func(e *awssim.Interface) { e.SourceDestCheck = &no }, []string{"source/destination check"}},
		"DeleteOnTermination":      {func(e *awssim.Interface) { e.Attachment.DeleteOnTermination = true }, []string{"DeleteOnTermination"}},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, oneStandby(fastMoves, func(w *awssim.World) {
				e := &w.Interfaces[0]
				e.PrivateIPs = []awssim.PrivateIP{{Address: "10.0.0.5", ElasticIP: "203.0.113.1"}, {Address: "10.0.0.6"}}
				e.SecurityGroups, e.IPv4Prefixes = []string{"sg-1", "sg-2"}, []string{"10.8.0.0/28"}
			}))
			l.injectFaults(faultRule{action: attachCall, times: 1, fault: awssim.Fault{After: func() { l.editInterface("a", test.change) }}})
			r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
			got := strings.Join(r.Interfaces[0].Differences, "; ")
			if (got == "") != (test.says == nil) {
				t.Errorf("differences %q", got)
			}
			for _, word := range test.says {
				if !strings.Contains(got, word) {
					t.Errorf("differences do not say %q: %q", word, got)
				}
			}
		})
	}
}

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

// TestErrorTypes: Lambda's errorType is the name of the Go type, and alarms match on it.
func TestErrorTypes(t *testing.T) {
	for err, want := range map[error]string{
		&failover.StrandedError{}: "StrandedError", &failover.FailedError{}: "FailedError", &failover.RefusedError{}: "RefusedError",
		&observe.ObserveError{}: "ObserveError", &trigger.BadInputError{}: "BadInputError",
	} {
		if got := reflect.TypeOf(err).Elem().Name(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	tests := []struct {
		name   string
		world  func(*awssim.World)
		rules  []faultRule
		event  func() []byte
		kind   error
		reason plan.Reason
		says   []string
	}{
		{"stranded", func(w *awssim.World) { w.Instances = w.Instances[:1] }, nil, func() []byte { return spotWarning("1") }, &failover.StrandedError{}, plan.ReasonNoStandby, []string{interfaceID("a"), instanceID("1"), "next:"}},
		{"failed", nil, []faultRule{{action: detachCall, fault: awssim.Fault{Code: "UnauthorizedOperation"}}}, func() []byte { return spotWarning("1") }, &failover.FailedError{}, plan.ReasonDenied, []string{interfaceID("a"), instanceID("1"), "UnauthorizedOperation", "ec2:DetachNetworkInterface", "next:"}},
		{"forbidden", nil, []faultRule{{action: detachCall, fault: awssim.Fault{Code: "OperationNotPermitted"}}}, func() []byte { return spotWarning("1") }, &failover.FailedError{}, plan.ReasonNotPermitted, []string{interfaceID("a"), instanceID("1"), "OperationNotPermitted", "next:"}},
		{"refused", nil, nil, func() []byte { return request(fields{"group": "web"}) }, &failover.RefusedError{}, plan.ReasonNotManaged, []string{"web", "eni-failover:group"}},
		{"observe", nil, []faultRule{{action: lookCall, fault: awssim.Fault{Code: "UnauthorizedOperation"}}}, func() []byte { return spotWarning("1") }, &observe.ObserveError{}, plan.ReasonNotObserved, []string{"DescribeNetworkInterfaces", "UnauthorizedOperation", "nothing was changed"}},
		{"observe members", nil, []faultRule{{action: hostsCall, fault: awssim.Fault{Code: "UnauthorizedOperation"}}}, func() []byte { return spotWarning("1") }, &observe.ObserveError{}, plan.ReasonNotObserved, []string{"DescribeInstances", "nothing was changed"}},
		{"account", nil, nil, func() []byte { return spotWarning("1", func(e map[string]any) { e["account"] = "210987654321" }) }, &trigger.BadInputError{}, plan.ReasonBadInput, []string{"account", "210987654321", account}},
		{"region", nil, nil, func() []byte { return spotWarning("1", func(e map[string]any) { e["region"] = "us-east-1" }) }, &trigger.BadInputError{}, plan.ReasonBadInput, []string{"region", "us-east-1", region}},
		{"request of another account", nil, nil, func() []byte {
			return request(fields{"group": "db"}, func(e map[string]any) { e["account"] = "210987654321" })
		}, &trigger.BadInputError{}, plan.ReasonBadInput, []string{"account"}},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			w := oneStandby(fastMoves)
			if test.world != nil {
				test.world(&w)
			}
			l := newLab(t, w)
			l.injectFaults(test.rules...)
			r, err := l.send(test.event())
			if reflect.TypeOf(err) != reflect.TypeOf(test.kind) {
				t.Fatalf("%T %v, want %T", err, err, test.kind)
			}
			if r.Outcome != map[bool]plan.Outcome{true: plan.OutcomeStranded, false: plan.OutcomeFailed}[test.name == "stranded"] || r.Reason != test.reason {
				t.Errorf("report %s", show(r))
			}
			for _, word := range test.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("does not say %q: %v", word, err)
				}
			}
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 700 {
				t.Errorf("not one short line: %v", err)
			}
			if l.wantHolder("a", "1"); test.reason == plan.ReasonBadInput && len(l.sim.Calls()) != 0 {
				t.Errorf("calls were made\n%s", l.log())
			}
		})
	}
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

// TestManyFailures keeps the error to one line of a length that a log takes.
func TestManyFailures(t *testing.T) {
	bubble(t, "thirty", func(t *testing.T) {
		l := newLab(t, manyInterfaces(30))
		_, err := l.send(spotWarning("1"))
		var stranded *failover.StrandedError
		if !errors.As(err, &stranded) || len(err.Error()) > 4000 || !strings.Contains(err.Error(), "25 more") {
			t.Errorf("%d bytes: %v", len(err.Error()), err)
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

// TestDisruptedZone has DescribeInstances fail as a whole while another zone is disrupted:
// member ids then come from DescribeTags, and instances are described by id.
func TestDisruptedZone(t *testing.T) {
	for name, event := range map[string]func() []byte{
		"spot": func() []byte { return spotWarning("1") }, "stopped": func() []byte { return stateChange("1", "stopped") },
		"manual": func() []byte { return request(fields{"group": "db"}) }, "running": func() []byte { return stateChange("2", "running") },
	} {
		bubble(t, name, func(t *testing.T) {
			w := oneStandby(fastMoves)
			if name == "stopped" || name == "running" {
				w.Instances[0].State = "stopped"
			}
			w.DisruptedAZs = []string{zoneB}
			l := newLab(t, w)
			r, err := l.send(event())
			if err != nil {
				t.Fatal(err)
			}
			l.wantOutcome(r, plan.OutcomeMoved, "")
			if l.wantHolder("a", "2"); !strings.Contains(strings.Join(r.Unknown, " "), instanceID("3")) {
				t.Errorf("unknown: %q", r.Unknown)
			}
		})
	}
}
