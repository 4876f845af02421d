package failover_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestContention has several invocations act on one interface, at many offsets: it ends on one eligible standby, every
// report is true, and exactly one invocation attaches it.
func TestContention(t *testing.T) {
	pairs := []struct {
		name   string
		world  func() awssim.World
		events func() [][]byte
	}{
		{"spot twice", spotWorld, func() [][]byte { return [][]byte{spotWarning("1"), spotWarning("1")} }},
		{"spot four times", spotWorld, func() [][]byte {
			return [][]byte{spotWarning("1"), spotWarning("1"), spotWarning("1"), spotWarning("1")}
		}},
		{"spot and sweep", markedWorld, func() [][]byte { return [][]byte{spotWarning("1"), sweep()} }},
		{"sweep and spot", markedWorld, func() [][]byte { return [][]byte{sweep(), spotWarning("1")} }},
		{"alarm and sweep", impairedWorld, func() [][]byte {
			return [][]byte{alarmEvent(alarmDescription("eni-failover:group=db"), alarmState(0), "OK"), sweep()}
		}},
		{"manual and spot", spotWorld, func() [][]byte {
			return [][]byte{request(map[string]any{"group": "db"}), spotWarning("1")}
		}},
		{"manual target and spot", spotWorld, func() [][]byte {
			return [][]byte{spotWarning("1"), request(map[string]any{"group": "db", "target": instanceID("2")})}
		}},
		{"running and stopped", stoppedWorld, func() [][]byte {
			return [][]byte{stateChange("2", "running"), stateChange("1", "stopped"), sweep()}
		}},
		{"running and terminated", terminatedWorld, func() [][]byte {
			return [][]byte{stateChange("2", "running"), stateChange("1", "terminated")}
		}},
		{"terminated, running, sweep and stopped", terminatedWorld, func() [][]byte {
			return [][]byte{stateChange("1", "terminated"), stateChange("3", "running"), sweep(), stateChange("1", "stopped")}
		}},
	}
	// A call takes 20 ms. With steps of half of that, each call of one invocation meets each call of the other.
	const step, maxOffset = 10 * time.Millisecond, 700 * time.Millisecond
	for n, p := range pairs {
		t.Run(p.name, func(t *testing.T) {
			// Each case starts at an offset of its own, so that together they cover every millisecond.
			for offset := time.Duration(n) * time.Millisecond; offset < maxOffset; offset += step {
				t.Run(fmt.Sprint(offset), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						w := p.world()
						w.Timing = fastTiming()
						l := newLab(t, w)
						reports, errs := l.sendTogether(offset, p.events()...)
						l.wantSettled(t, reports, errs)
					})
				})
			}
		})
	}
}

func spotWorld() awssim.World {
	return awssim.World{
		Instances:  []awssim.Instance{instance("1", spot), instance("2"), instance("3")},
		Interfaces: []awssim.Interface{eni("a", "1", heldFor(time.Hour))},
	}
}

func markedWorld() awssim.World {
	w := spotWorld()
	w.Instances[0].SpotStatus = "instance-terminated-no-capacity"
	return w
}

func impairedWorld() awssim.World {
	w := spotWorld()
	impairedFor(time.Hour)(&w.Instances[0])
	return w
}

// terminatedWorld has a terminated instance and the interface that it left unattached.
func terminatedWorld() awssim.World {
	w := spotWorld()
	w.Instances[0].State = "terminated"
	w.Interfaces[0].Attachment = nil
	return w
}

func stoppedWorld() awssim.World {
	w := spotWorld()
	w.Instances[0].State = "stopped"
	return w
}

func (l *lab) wantSettled(t *testing.T, reports []failover.Report, errs []error) {
	t.Helper()
	on := l.holder("a")
	if on != instanceID("2") && on != instanceID("3") {
		t.Errorf("on %s; want on a standby\n%s", on, l.log())
	}
	for i, r := range reports {
		if errs[i] != nil && (r.Reason != plan.ReasonNotOnTarget || r.Interfaces[0].To == instanceID("2")) {
			// The sender of a request whose target lost the race must hear that the interface is elsewhere.
			t.Errorf("invocation %d: %v\n%s", i, errs[i], l.log())
		}
		l.checkReport(t, r)
	}
	attached := 0
	for _, c := range l.sim.Calls() {
		if c.Action == "AttachNetworkInterface" && c.Code == "" && !c.DryRun {
			attached++
		}
	}
	if attached != 1 {
		t.Errorf("attached %d times; want once\n%s", attached, l.log())
	}
	moved := 0
	for _, r := range reports {
		if r.Outcome == plan.OutcomeMoved || r.Outcome == plan.OutcomeAttached {
			moved++
		}
	}
	if moved != 1 {
		t.Errorf("%d invocations say that they moved it; want one", moved)
	}
}
