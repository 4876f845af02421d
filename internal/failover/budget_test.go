package failover_test

import (
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestBudget counts the calls of one move, polls aside, and the rounds before the first change.
func TestBudget(t *testing.T) {
	stories := map[string]struct {
		world func() awssim.World
		event func() []byte
	}{
		"spot": {func() awssim.World {
			return twoStandbys(withRecord(dnsName, "10.0.0.5"), withInstances(instance("5", spot)))
		}, func() []byte { return spotWarning("1") }},
		"manual": {func() awssim.World { return onDemandGroup(withRecord(dnsName, "10.0.0.5")) }, func() []byte { return request(fields{"group": "db"}) }},
		"verdict": {
			func() awssim.World { return onDemandGroup(withRecord(dnsName, "10.0.0.5")) },
			func() []byte {
				return unreachable([]fields{{"networkInterfaceId": interfaceID("a")}})
			},
		},
		"stopped, no member": {func() awssim.World {
			return twoStandbys(withRecord(dnsName, "10.0.0.5"), withHolder(untagged, inState("stopped")))
		}, func() []byte { return stateChange("1", "stopped") }},
		"running": {func() awssim.World {
			return twoStandbys(withRecord(dnsName, "10.0.0.5"), withHolder(inState("stopped")))
		}, func() []byte { return stateChange("2", "running") }},
	}
	for name, story := range stories {
		for _, start := range []string{"cold", "warm"} {
			bubble(t, name+" "+start, func(t *testing.T) {
				l := newLab(t, story.world())
				if start == "warm" {
					l.mustSend(story.event())
					l.editInterface("a", attachedByHand("1", 1))
					time.Sleep(time.Hour)
					l.started = time.Now()
				}
				before := len(l.sim.Calls())
				l.mustSend(story.event())
				polls, ec2, dns, put := 0, 0, 0, 0
				var first time.Time
				for _, c := range l.sim.Calls()[before:] {
					switch {
					case c.Service == "route53":
						dns++
					case c.Service == "events":
						put++
					case isPoll(c):
						polls++
					default:
						ec2++
					}
					if changes(c) && first.IsZero() {
						first = c.Time
					}
				}
				// One look at the interface is not a poll: the one before the detach.
				// Where the holder's state is the only reason, everything is read a second time after a pause.
				maxCalls, pause := 9, time.Duration(0)
				if name == "running" {
					maxCalls, pause = 13, plan.ConfirmAfter+60*time.Millisecond
				}
				if ec2+1 > maxCalls || dns > 2 || put > 1 {
					t.Errorf("%d EC2 calls besides %d looks, %d of Route 53, %d of EventBridge\n%s", ec2, polls, dns, put, l.log())
				}
				// The look, two rounds (three when cold), and half of the change's own call.
				rounds := 3
				if start == "cold" {
					rounds = 4
				}
				if limit, at := pause+time.Duration(rounds)*20*time.Millisecond+11*time.Millisecond, first.Sub(l.started); at > limit {
					t.Errorf("first change after %s, want %s\n%s", at, limit, l.log())
				}
			})
		}
	}
}
