package failover

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestTellDenied: an attach that is denied after the detach is logged at once, and counted once.
func TestTellDenied(t *testing.T) {
	var log, metrics bytes.Buffer
	h := &Handler{metrics: emf.New(&metrics, "test"), log: slog.New(slog.NewJSONHandler(&log, nil))}
	d := h.newDenials()
	item := plan.Item{Interface: inventory.Interface{ID: "eni-1", Group: "db"}, From: "i-1"}
	for _, instance := range []string{"i-2", "i-3", "i-2"} {
		d.tell(t.Context(), item, plan.Candidate{Instance: instance, Reason: plan.ReasonDenied, Detail: "UnauthorizedOperation"})
	}
	if n := strings.Count(metrics.String(), `"PermissionDenied":1`); n != 1 || !strings.Contains(metrics.String(), `"Group":"db"`) {
		t.Errorf("PermissionDenied is counted %d times; want once, by group: %s", n, metrics.String())
	}
	for _, want := range []string{`"level":"ERROR"`, `"interface":"eni-1"`, `"instance":"i-3"`, "attached to no instance", "UnauthorizedOperation", "next: allow ec2:AttachNetworkInterface"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %s: %s", want, log.String())
		}
	}

	// The report of the invocation does not count it again. It counts the denial of another interface.
	metrics.Reset()
	var r result
	for _, e := range []inventory.Interface{{ID: "eni-1", Group: "db"}, {ID: "eni-2", Group: "web"}} {
		r.interfaces = append(r.interfaces, planned(plan.Item{Interface: e, Settled: plan.OutcomeFailed, Reason: plan.ReasonDenied}))
	}
	d.mark(r.interfaces)
	h.measure(time.Now(), time.Now(), &r)
	for line := range strings.Lines(metrics.String()) {
		if db := strings.Contains(line, `"Group":"db"`); strings.Contains(line, "PermissionDenied") == db || !strings.Contains(line, `"Failures":1`) {
			t.Errorf("measured: %s", line)
		}
	}
}
