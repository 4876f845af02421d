package failover_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

func TestSpotWarningMovesTheInterface(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, awssim.World{
			Instances: []awssim.Instance{
				instance("1", spot), instance("2"), instance("3", inZone(zoneB)),
			},
			Interfaces: []awssim.Interface{eni("a", "1", interfaceTag("eni-failover:record", "db.corp.internal"))},
			Zones: []awssim.Zone{{
				ID: "Z0123456789", Name: "corp.internal", VPCs: []string{vpcID},
				Records: []awssim.Record{{Name: "db.corp.internal", Type: "A", TTL: 60, Values: []string{"10.0.0.5"}}},
			}},
		})
		r := l.mustSend(spotWarning("1"))
		if r.Outcome != plan.OutcomeMoved || l.holder("a") != instanceID("2") {
			t.Errorf("outcome %s, on %s\n%s\n%s", r.Outcome, l.holder("a"), show(r), l.log())
		}
		floor := 3 * time.Second
		if took := time.Since(l.started); took > floor+500*time.Millisecond {
			t.Errorf("took %s", took)
		}
	})
}
