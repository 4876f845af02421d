package failover_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

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
