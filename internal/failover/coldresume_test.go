package failover_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestColdStandbyKilled: "A killed invocation is carried on by EC2's own `running` event, a retry or the sweep, without a
// second start".
func TestColdStandbyKilled(t *testing.T) {
	const theStart = 7 // the call that starts the standby
	next := map[string]struct {
		after time.Duration
		event func() []byte
	}{
		"running":     {startTakes + time.Second, func() []byte { return stateChange("2", "running") }},
		"early sweep": {5 * time.Second, sweep},
		"late sweep":  {40 * time.Second, sweep},
		"retry":       {time.Minute, func() []byte { return spotWarning("1", ago(time.Minute)) }},
	}
	for name, way := range next {
		for _, at := range []int{0, 1, 5, 40} { // calls after the start
			bubble(t, fmt.Sprintf("%d calls after the start, %s", at, name), func(t *testing.T) {
				l := newColdLab(t, coldGroup())
				l.sendAndKill(spotWarning("1"), killPoint{theStart + at, true})
				if c := l.sim.Calls()[theStart-1]; c.Action != "StartInstances" {
					t.Fatalf("call %d is %s", theStart, c)
				}
				time.Sleep(time.Until(l.started.Add(way.after)))
				l.handler = l.newHandler("START_STANDBYS", "true")
				l.wantOutcome(l.mustSend(way.event()), plan.OutcomeMoved, "")
				l.wantHolder("a", "2")
				l.wantStarts(1)
				l.wantDetach(startTakes, 101*time.Second)
			})
		}
	}
}

// TestColdStandbyRaces: several invocations start one standby, and none cuts the time short that it gets to boot.
func TestColdStandbyRaces(t *testing.T) {
	bubble(t, "a Spot warning, sweeps, and EC2's own event", func(t *testing.T) {
		l := newColdLab(t, coldGroup())
		type answer struct {
			r   failover.Report
			err error
		}
		answers := make(chan answer)
		send := func(after time.Duration, event func() []byte) {
			handler := l.newHandler("START_STANDBYS", "true")
			go func() {
				time.Sleep(after)
				r, err := handler.Handle(t.Context(), event(), account)
				answers <- answer{r, err}
			}()
		}
		send(1, func() []byte { return spotWarning("1") })
		send(5*time.Second+2, sweep)
		send(startTakes+time.Second+3, func() []byte { return stateChange("2", "running") })
		send(35*time.Second+4, sweep)
		for range 4 {
			a := <-answers
			if a.err != nil || (a.r.Outcome != plan.OutcomeMoved && a.r.Outcome != plan.OutcomeSuperseded && a.r.Outcome != plan.OutcomeNothingToDo) {
				t.Errorf("%s %s: %v", a.r.Outcome, a.r.Reason, a.err)
			}
		}
		l.wantHolder("a", "2")
		l.wantStarts(1)
		if at := l.callTime("DetachNetworkInterface", 1); at < 45*time.Second || at > 50*time.Second {
			t.Errorf("detached after %s\n%s", at, l.log())
		}
	})
}

// TestColdStandbyLostReply: a start whose reply is lost is told by the state of the instance. Where EC2 shows the past it is sent
// once more, which changes nothing.
func TestColdStandbyLostReply(t *testing.T) {
	for name, tt := range map[string]struct {
		fault  awssim.Fault
		stale  time.Duration
		starts int
	}{
		"the reply is lost":                   {awssim.Fault{LoseReply: true}, 0, 1},
		"the request is lost":                 {awssim.Fault{Drop: true}, 0, 2},
		"the reply is lost, and EC2 is late":  {awssim.Fault{LoseReply: true}, 4 * time.Second, 2},
		"nothing is lost, and EC2 is late":    {awssim.Fault{}, 4 * time.Second, 1},
		"EC2 throttles it, and then takes it": {awssim.Fault{Code: "RequestLimitExceeded"}, 0, 2},
	} {
		bubble(t, name, func(t *testing.T) {
			w := coldGroup()
			w.Timing.StaleReads = awssim.Duration(tt.stale)
			l := newColdLab(t, w)
			first := true
			l.sim.Intercept(func(c awssim.Call) awssim.Fault {
				if c.Action != "StartInstances" || !first {
					return awssim.Fault{}
				}
				first = false
				return tt.fault
			})
			l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
			l.wantHolder("a", "2")
			l.wantStarts(tt.starts)
			l.wantDetach(startTakes+30*time.Second, startTakes+39*time.Second)
		})
	}
}
