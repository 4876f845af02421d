package failover_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

const (
	movedType  = "ENI Failover Moved"
	failedType = "ENI Failover Failed"
)

// TestMovedEvent: the event has the interface's part of the report, and comes after the attachment.
func TestMovedEvent(t *testing.T) {
	bubble(t, "moved", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves, withRecord(dnsName, "10.0.0.5")), "EVENT_BUS", "arn:aws:events:eu-west-1:123456789012:event-bus/corp")
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		e := l.firstPut(movedType)
		got := l.busEvents(movedType)[0]
		want := decoded(t, r.Interfaces[0])
		want["trigger"], want["first"], want["others"], want["detail"] = decoded(t, r.Trigger), true, 0.0, ""
		if d := cmp.Diff(want, got); d != "" || e.Bus != "corp" || e.Source != "eni-failover" {
			t.Errorf("on %s from %s (-report +event):\n%s", e.Bus, e.Source, d)
		}
		proof := time.Duration(r.Interfaces[0].EventToAttachedMs) * time.Millisecond
		if at := l.callTime(putCall, 1); at < proof || l.countCalls(putCall) != 1 || r.Calls[putCall] != 1 {
			t.Errorf("told after %s, and attached after %s\n%s", at, proof, l.log())
		}
	})
	for name, tt := range map[string]struct {
		world func(*awssim.World)
		event func() []byte
		moved int
	}{
		"attached by a sweep": {func(w *awssim.World) { w.Interfaces[0].Attachment = nil }, sweep, 1},
		"superseded":          {func(*awssim.World) {}, func() []byte { return request(fields{"group": "db", "target": instanceID("1")}) }, 0},
		"ignored":             {func(*awssim.World) {}, func() []byte { return spotWarning("9") }, 0},
		"dry run":             {func(*awssim.World) {}, func() []byte { return request(fields{"group": "db", "dryRun": true}) }, 0},
		"rehearsed":           {func(*awssim.World) {}, rehearsal, 0},
		"report only":         {func(*awssim.World) {}, func() []byte { return rebalance("1") }, 0},
		"bad input":           {func(*awssim.World) {}, func() []byte { return []byte("{}") }, 0},
	} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, oneStandby(fastMoves, tt.world))
			_, _ = l.send(tt.event()) // what becomes of it is not what is tested here
			if n := len(l.busEvents(movedType)); n != tt.moved || len(l.sim.BusEvents()) != n {
				t.Errorf("%d events of %d\n%s", n, len(l.sim.BusEvents()), l.log())
			}
		})
	}
}

// decoded returns a value as JSON that is read again.
func decoded(t *testing.T, v any) fields {
	t.Helper()
	var f fields
	if err := json.Unmarshal([]byte(show(v)), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFailedEvent: a failed or stranded interface is told if it is part of the error, and the first one has all of it.
func TestFailedEvent(t *testing.T) {
	bubble(t, "one moved, two stranded", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves, withHolder(ofType("big.1")), func(w *awssim.World) {
			w.InstanceTypes = []awssim.InstanceType{{Name: "big.1", MaximumInterfaces: 4, IPv4PerInterface: 10}}
		}, withInterfaces(eni("b", "1", atIndex(2), inGroup("web")), eni("c", "1", atIndex(3), inGroup("web")))))
		_, text := mustFail[*failover.StrandedError](l, spotWarning("1"))
		failed := l.busEvents(failedType)
		if len(failed) != 2 || len(l.busEvents(movedType)) != 1 || l.countCalls(putCall) != 1 {
			t.Fatalf("told %s", show(l.sim.BusEvents()))
		}
		for n, short := range []string{"b", "c"} {
			e := failed[n]
			if e["interface"] != interfaceID(short) || e["outcome"] != "stranded" || e["first"] != (n == 0) || e["others"] != 1.0 {
				t.Errorf("event %d: %s", n, show(e))
			}
		}
		if failed[0]["error"] != text {
			t.Errorf("the first says %q; want %q", failed[0]["error"], text)
		}
		second, _ := failed[1]["error"].(string)
		if strings.Contains(second, interfaceID("b")) || !strings.Contains(second, "next: ") || !strings.HasPrefix(second, interfaceID("c")+" of group web: no-standby") {
			t.Errorf("the second says %q", second)
		}
	})
	alone := func(w *awssim.World) { w.Instances = w.Instances[:1] }
	unserved := func(w *awssim.World) { alone(w); withHolder(inState("stopped"))(w) }
	refusing := func(w *awssim.World) {
		withHolder(inState("stopped"))(w)
		w.Instances[1].RefuseAttach = "UnsupportedOperation"
	}
	for name, tt := range map[string]struct {
		world  func(*awssim.World)
		event  func(l *lab) []byte
		failed int
		first  bool
	}{
		"stranded":                {alone, func(*lab) []byte { return spotWarning("1") }, 1, true},
		"stranded, a retry":       {alone, func(*lab) []byte { return spotWarning("1", ago(time.Minute)) }, 1, false},
		"stranded by a sweep":     {unserved, func(*lab) []byte { return sweep() }, 0, false},
		"failed by a sweep":       {refusing, func(*lab) []byte { return sweep() }, 1, false},
		"stranded by a rehearsal": {alone, func(*lab) []byte { return rehearsal() }, 0, false},
		"stranded by a rebalance": {alone, func(*lab) []byte { return rebalance("1") }, 0, false},
		"an unknown group":        {alone, func(*lab) []byte { return request(fields{"group": "nope"}) }, 0, false},
		"a target that can't":     {alone, func(*lab) []byte { return request(fields{"group": "db", "target": instanceID("7")}) }, 1, true},
		"paused by a person": {func(w *awssim.World) { w.Interfaces[0].Tags["eni-failover:paused"] = "" }, func(*lab) []byte {
			return request(fields{"networkInterfaceId": interfaceID("a")})
		}, 0, false},
		"a bare request without a time": {alone, func(*lab) []byte { return bareRequest(fields{"group": "db", "from": instanceID("1")}) }, 1, true},
		"a verdict":                     {alone, func(l *lab) []byte { return unreachable([]fields{l.verdictOn("a")}) }, 1, true},
		"a verdict of a later run":      {alone, func(l *lab) []byte { return unreachable([]fields{l.verdictOn("a", without("reachedAt"))}) }, 1, false},
		"a verdict of a monitor":        {alone, func(*lab) []byte { return unreachable([]fields{{"networkInterfaceId": interfaceID("a")}}) }, 1, true},
	} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, oneStandby(fastMoves, tt.world))
			_, err := l.sendFor(30*time.Second, tt.event(l))
			failed := l.busEvents(failedType)
			if len(failed) != tt.failed || len(l.sim.BusEvents()) != len(failed) {
				t.Fatalf("%v: told %s", err, show(l.sim.BusEvents()))
			}
			if tt.failed > 0 && (failed[0]["first"] != tt.first || failed[0]["error"] != err.Error()) {
				t.Errorf("first: %v; %v; want %q", failed[0]["first"], failed[0]["error"], err)
			}
		})
	}
}

// TestErrorFitsAMail: EventBridge puts the error between the quotation marks of a mail without escaping, and a double quote
// or a backslash would break it there. The caller's error keeps both.
func TestErrorFitsAMail(t *testing.T) {
	for name, tt := range map[string]struct {
		world     func() awssim.World
		event     func() []byte
		told, own string
	}{
		"a request as the next step": {
			func() awssim.World { return onDemandGroup(withHolder(hungGuest)) }, func() []byte { return request(fields{"group": "db"}) },
			`send {'networkInterfaceId':'` + interfaceID("a") + `',`, `send {"networkInterfaceId":"` + interfaceID("a") + `",`,
		},
		"a standby with such a name": {
			func() awssim.World {
				w := oneStandby(fastMoves)
				inState("stopped")(&w.Instances[1])
				instanceTag("Name", `CORP\db "two"`)(&w.Instances[1])
				return w
			}, func() []byte { return spotWarning("1") }, `(CORP/db 'two')`, `(CORP\db "two")`,
		},
	} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, tt.world())
			_, err := l.sendFor(20*time.Second, tt.event())
			failed := l.busEvents(failedType)
			if err == nil || len(failed) != 1 {
				t.Fatalf("%v: told %s", err, show(failed))
			}
			told, _ := failed[0]["error"].(string)
			if !strings.Contains(told, tt.told) || strings.ContainsAny(told, `"\`) || !strings.Contains(err.Error(), tt.own) {
				t.Errorf("told %s\nof the error %v", told, err)
			}
		})
	}
}

// TestEventsAreNotPut: a move neither waits for the bus nor fails for it, and the report says that others were not told.
func TestEventsAreNotPut(t *testing.T) {
	var plain time.Duration
	bubble(t, "works", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves))
		l.mustSend(spotWarning("1"))
		plain = time.Since(l.started)
	})
	for name, broken := range brokenBus {
		for _, limit := range []time.Duration{5 * time.Minute, 8 * time.Second} {
			bubble(t, name+" "+limit.String(), func(t *testing.T) {
				l := newLab(t, oneStandby(fastMoves))
				l.injectFaults(faultRule{action: putCall, fault: broken.fault})
				r, err := l.sendFor(limit, spotWarning("1"))
				if err != nil {
					t.Fatal(err)
				}
				l.wantOutcome(r, plan.OutcomeMoved, "")
				if took := time.Since(l.started); took > plain+broken.costs+50*time.Millisecond || took > limit {
					t.Errorf("took %s of %s, and %s with a bus that works", took, limit, plain)
				}
				if len(r.Warnings) != 1 || l.measured(t, "EventsNotPut") != 1 || l.measured(t, "Failures") != 0 || l.measured(t, "ReportedErrors") != 0 {
					t.Errorf("warnings %q, measured %s", r.Warnings, l.metrics.String())
				}
			})
		}
	}
	bubble(t, "without time left", func(t *testing.T) {
		l := newLab(t, onDemandGroup(withHolder(hungGuest)))
		l.injectFaults(faultRule{action: putCall, fault: awssim.Fault{Delay: time.Hour}})
		_, err := l.sendFor(20*time.Second, request(fields{"group": "db"}))
		wantError(t, err, "FailedError", "out-of-time")
		if took := time.Since(l.started); took >= 20*time.Second {
			t.Errorf("took %s, which Lambda cuts off", took)
		}
	})
}

// TestReportedErrors: an error that the function has reported itself is counted at the time at which Lambda counts it.
func TestReportedErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		event func() []byte
		want  int
	}{
		"stranded":  {func() []byte { return stateChange("1", "stopped") }, 1},
		"bad input": {func() []byte { return []byte("{}") }, 1},
		"success":   {func() []byte { return spotWarning("9") }, 0},
	} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, awssim.World{Instances: []awssim.Instance{instance("1", inState("stopped"))}, Interfaces: []awssim.Interface{eni("a", "1")}})
			_, _ = l.send(tt.event()) // the error is not what is tested here
			lines := 0
			for _, line := range l.metricLines(t) {
				if _, ok := line["ReportedErrors"]; !ok {
					continue
				}
				lines++
				head, _ := line["_aws"].(map[string]any)
				if head["Timestamp"] != float64(l.started.UnixMilli()) || line["Group"] != nil {
					t.Errorf("counted at %v; want %d: %v", head["Timestamp"], l.started.UnixMilli(), line)
				}
			}
			if lines != tt.want {
				t.Errorf("%d errors are reported; want %d\n%s", lines, tt.want, l.metrics.String())
			}
		})
	}
}
