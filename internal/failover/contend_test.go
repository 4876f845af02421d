package failover_test

import (
	"fmt"
	"sync"
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

// TestAllAtOnce handles events at the same time.
func TestAllAtOnce(t *testing.T) {
	spot1 := func() []byte { return spotWarning("1") }
	stopped1 := func() []byte { return stateChange("1", "stopped") }
	running2 := func() []byte { return stateChange("2", "running") }
	asked := func() []byte { return request(fields{"group": "db"}) }
	to4 := func() []byte { return request(fields{"group": "db", "target": instanceID("4")}) }
	tests := map[string]struct {
		events  []func() []byte
		change  func(*awssim.World)
		apart   time.Duration
		mayFail bool // and any standby may have it
	}{
		"two warnings":                       {events: []func() []byte{spot1, spot1}},
		"two warnings, a little apart":       {events: []func() []byte{spot1, spot1}, apart: 70 * time.Millisecond},
		"four warnings":                      {events: []func() []byte{spot1, spot1, spot1, spot1}},
		"a warning and a request":            {events: []func() []byte{spot1, asked}},
		"a warning and a request to another": {events: []func() []byte{spot1, to4}, mayFail: true},
		"a warning, a stop, one came up":     {events: []func() []byte{spot1, stopped1, running2}, change: withHolder(inState("stopped"))},
		"all":                                {events: []func() []byte{spot1, stopped1, running2, asked}, change: withHolder(inState("stopped"))},
		"all, apart":                         {events: []func() []byte{running2, stopped1, spot1, asked}, change: withHolder(inState("stopped")), apart: 130 * time.Millisecond, mayFail: true},
		"requests to different targets":      {events: []func() []byte{to4, func() []byte { return request(fields{"group": "db", "target": instanceID("2")}) }}, mayFail: true},
		"hung target":                        {events: []func() []byte{spot1, spot1}, change: func(w *awssim.World) { w.Instances[1].HungAttach = true }},
		"refusing target":                    {events: []func() []byte{spot1, spot1, spot1}, change: func(w *awssim.World) { w.Instances[1].RefuseAttach = "UnsupportedOperation" }},
		"hung guest":                         {events: []func() []byte{spot1, spot1}, change: withHolder(hungGuest)},
		"stale reads":                        {events: []func() []byte{spot1, spot1, spot1}, change: func(w *awssim.World) { w.Timing.StaleReads = awssim.Duration(2 * time.Second) }},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			w := twoStandbys(fastMoves)
			if test.change != nil {
				test.change(&w)
			}
			l := newLab(t, w)
			time.Sleep(time.Duration(w.Timing.StaleReads))
			reports := make([]failover.Report, len(test.events))
			errs := make([]error, len(test.events))
			var wg sync.WaitGroup
			for n, event := range test.events {
				time.Sleep(test.apart + 1)
				h, e := l.newHandler(), event()
				if n%2 == 0 {
					h = l.handler // an environment of its own, or the same one
				}
				wg.Go(func() { reports[n], errs[n] = h.Handle(t.Context(), e, account) })
			}
			wg.Wait()
			at := l.holderShort("a")
			if at != "2" && at != "4" {
				t.Errorf("on %s\n%s", l.holder("a"), l.log())
			}
			moved := 0
			for n, r := range reports {
				if errs[n] != nil && !test.mayFail {
					t.Errorf("event %d: %v", n, errs[n])
				}
				for _, i := range r.Interfaces {
					if i.Outcome == plan.OutcomeMoved || i.Outcome == plan.OutcomeAttached {
						moved++
						if e, _ := l.sim.Interface(i.Interface); !test.mayFail && (e.Attachment == nil || e.Attachment.ID != i.Attachment) {
							t.Errorf("event %d: the report says %s on %s (%s), it is %+v", n, i.Interface, i.To, i.Attachment, e.Attachment)
						}
					}
				}
			}
			// Each lasting attachment is reported as moved by the invocation that made it.
			if n := l.countAccepted(attachCall); !test.mayFail && (moved == 0 || n > 2 || (n > 1 && name != "hung target")) {
				t.Errorf("%d attaches, %d reports of a move\n%s\n%s", n, moved, show(reports), l.log())
			}
			time.Sleep(time.Minute)
			if name != "hung target" {
				for _, event := range test.events {
					if !test.mayFail {
						r, err := l.send(event())
						if err != nil {
							t.Errorf("afterwards: %v\n%s", err, show(r))
						}
					}
				}
			}
		})
	}
}
