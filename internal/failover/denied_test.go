package failover_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// What the role may not do is named, also where the event ends well, or the time runs out for another reason.
func TestDeniedCallsAreNamed(t *testing.T) {
	denied := awssim.Fault{Code: "UnauthorizedOperation", Status: 403}
	bubble(t, "the note of whom it left", func(t *testing.T) {
		l := newLab(t, unreachable())
		l.plant(rule{action: "CreateTags", fault: denied})
		r := l.outcome(l.must(alarmEvent(described("eni-failover:group=db"), alarmState(0), "OK")), plan.OutcomeMoved, "")
		if w := strings.Join(r.Interfaces[0].Warnings, "\n"); !strings.Contains(w, "CreateTags of eni-failover:left: UnauthorizedOperation") || !strings.Contains(w, instanceID("1")) {
			t.Errorf("warnings %q; want the call, why, and what may follow", w)
		}
	})
	bubble(t, "the attach, after which others are looked for until the time is up", func(t *testing.T) {
		for limit := 5 * time.Second; limit < 8*time.Second; limit += 250 * time.Millisecond {
			l := newLab(t, trio())
			l.plant(rule{action: attachCall, fault: denied})
			_, err := l.sendFor(limit, spotWarning("1"))
			wantError(t, err, "FailedError", "denied", "UnauthorizedOperation", "ec2:AttachNetworkInterface")
		}
	})
	bubble(t, "the list of tags, which stands in for the one that fails", func(t *testing.T) {
		l := newLab(t, trio(func(w *awssim.World) { w.DisruptedAZs = []string{zoneB} }))
		l.plant(rule{action: "DescribeTags", fault: denied})
		_, err := l.send(spotWarning("1"))
		wantError(t, err, "ObserveError", "DescribeInstances", "DescribeTags", "UnauthorizedOperation")
	})
}
