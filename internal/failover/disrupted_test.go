package failover_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestOtherZoneDisrupted: while one Availability Zone is disrupted, EC2 does not list instances by tag. A failover in
// another zone works nevertheless, and names the members that it could not read.
func TestOtherZoneDisrupted(t *testing.T) {
	world := func(holder ...func(*awssim.Instance)) awssim.World {
		return awssim.World{
			DisruptedAZs: []string{zoneB},
			Instances:    []awssim.Instance{instance("1", holder...), instance("2"), instance("3", inZone(zoneB))},
			Interfaces:   []awssim.Interface{eni("a", "1", heldFor(time.Hour))},
		}
	}
	tests := map[string]struct {
		holder []func(*awssim.Instance)
		event  func() []byte
	}{
		"spot":    {[]func(*awssim.Instance){spot}, func() []byte { return spotWarning("1") }},
		"stopped": {[]func(*awssim.Instance){inState("stopped")}, func() []byte { return stateChange("1", "stopped") }},
		"running": {[]func(*awssim.Instance){inState("stopped")}, func() []byte { return stateChange("2", "running") }},
		"alarm":   {[]func(*awssim.Instance){impaired}, func() []byte { return alarmEvent(alarmDescription("eni-failover:group=db"), alarmState(0), "OK") }},
		"manual":  {nil, func() []byte { return request(fields{"group": "db"}) }},
		"sweep":   {[]func(*awssim.Instance){inState("stopped")}, sweep},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, world(test.holder...))
			r := l.mustSend(test.event())
			l.wantOutcome(r, plan.OutcomeMoved, "")
			l.wantHolder("a", "2")
			if s := strings.Join(r.Unknown, "\n"); !strings.Contains(s, instanceID("3")) || strings.Contains(s, instanceID("2")) {
				t.Errorf("not known: %q", r.Unknown)
			}
			// Six attempts of each list and their pauses, then the ids.
			if took := time.Since(l.started); took > 20*time.Second {
				t.Errorf("took %s\n%s", took, l.log())
			}
		})
	}
	// Nothing is moved from or to an instance that can't be described.
	bubble(t, "the interface is in that zone", func(t *testing.T) {
		w := world(inZone(zoneB))
		w.Interfaces[0].AZ = zoneB
		l := newLab(t, w)
		r, err := l.send(spotWarning("1"))
		if err == nil || l.countCalls(detachCall) != 0 || !strings.Contains(strings.Join(r.Unknown, "\n"), instanceID("1")) {
			t.Errorf("%v, not known %q\n%s", err, r.Unknown, l.log())
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
