package failover_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestDeniedCallsAreNamed: a denied call is named even if the event ends well or the time runs out for another reason.
func TestDeniedCallsAreNamed(t *testing.T) {
	denied := awssim.Fault{Code: "UnauthorizedOperation", Status: 403}
	bubble(t, "the note of whom it left", func(t *testing.T) {
		l := newLab(t, unreachableHolder())
		l.injectFaults(faultRule{action: "CreateTags", fault: denied})
		r := l.wantOutcome(l.mustSend(alarmEvent(alarmDescription("eni-failover:group=db"), alarmState(0), "OK")), plan.OutcomeMoved, "")
		if w := strings.Join(r.Interfaces[0].Warnings, "\n"); !strings.Contains(w, "CreateTags of eni-failover:left: UnauthorizedOperation") || !strings.Contains(w, instanceID("1")) {
			t.Errorf("warnings %q; want the call, why, and what may follow", w)
		}
	})
	bubble(t, "the attach, after which others are looked for until the time is up", func(t *testing.T) {
		for limit := 5 * time.Second; limit < 8*time.Second; limit += 250 * time.Millisecond {
			l := newLab(t, oneStandby())
			l.injectFaults(faultRule{action: attachCall, fault: denied})
			_, err := l.sendFor(limit, spotWarning("1"))
			wantError(t, err, "FailedError", "denied", "UnauthorizedOperation", "ec2:AttachNetworkInterface")
		}
	})
	bubble(t, "the list of tags, which stands in for the one that fails", func(t *testing.T) {
		l := newLab(t, oneStandby(func(w *awssim.World) { w.DisruptedAZs = []string{zoneB} }))
		l.injectFaults(faultRule{action: "DescribeTags", fault: denied})
		_, err := l.send(spotWarning("1"))
		wantError(t, err, "ObserveError", "DescribeInstances", "DescribeTags", "UnauthorizedOperation")
	})
}

// TestNetworkPath has calls without an answer, or with an error: the message says why, and what to check.
func TestNetworkPath(t *testing.T) {
	for name, test := range map[string]struct {
		fault awssim.Fault
		wants []string
	}{
		"no answer": {awssim.Fault{Drop: true}, []string{"unavailable (awssim: request dropped: unexpected EOF)", "next: check the network path from the function to EC2's endpoint (VPC without NAT or endpoint, DNS, security group), then send the event again"}},
		"an answer": {awssim.Fault{Code: "InternalError", Status: 500}, []string{"unavailable (InternalError", "next: check the function's role and EC2's health, then send the event again"}},
	} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, oneStandby())
			l.injectFaults(faultRule{fault: test.fault})
			_, err := l.sendFor(time.Minute, spotWarning("1"))
			wantError(t, err, "ObserveError", append(test.wants, "DescribeNetworkInterfaces", "nothing was changed")...)
		})
	}
}

// TestNoTimeForASecondLook: what one look says is not a reason to move, not even when the time is up.
func TestNoTimeForASecondLook(t *testing.T) {
	bubble(t, "stopped", func(t *testing.T) {
		l := newLab(t, oneStandby())
		l.hideInstances(time.Hour, instanceID("1"))
		_, err := l.sendFor(4*time.Second, stateChange("1", "stopped"))
		wantError(t, err, "ObserveError", "no time for a second look at "+instanceID("1"), "nothing was changed", "next: ")
		if l.mutations() != 0 {
			t.Errorf("it changed something\n%s", l.log())
		}
	})
}

// TestDeniedAttachIsToldAtOnce: a denied attach is logged at once, not only when the time for repeating it is up.
func TestDeniedAttachIsToldAtOnce(t *testing.T) {
	bubble(t, "denied", func(t *testing.T) {
		l := newLab(t, oneStandby())
		var log bytes.Buffer
		l.handler = l.loggingHandler(slog.New(slog.NewJSONHandler(writer(func(p []byte) (int, error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			return log.Write(p)
		}), nil)))
		l.injectFaults(faultRule{action: attachCall, fault: awssim.Fault{Code: "UnauthorizedOperation", Status: 403}})
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = l.sendFor(time.Minute, spotWarning("1"))
		}()
		time.Sleep(4 * time.Second)
		l.mu.Lock()
		logged, counted := log.String(), l.metrics.String()
		l.mu.Unlock()
		if !strings.Contains(logged, `"level":"ERROR"`) || !strings.Contains(logged, "attached to no instance") || strings.Count(counted, `"PermissionDenied":1`) != 1 {
			t.Errorf("after 4 s the log has %q and the metrics %q", logged, counted)
		}
		<-done
		if n := strings.Count(l.metrics.String(), `"PermissionDenied":1`); n != 1 {
			t.Errorf("counted %d times: %s", n, l.metrics.String())
		}
		if n := strings.Count(log.String(), "attached to no instance, and EC2 denies"); n > 3 {
			t.Errorf("logged %d times: %s", n, log.String())
		}
	})
}
