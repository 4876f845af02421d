package failover_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestTwoVerdictsAtOnce: two events about the same attachment race, and one of them moves the interface.
func TestTwoVerdictsAtOnce(t *testing.T) {
	for _, offset := range []time.Duration{0, 100 * time.Millisecond, 300 * time.Millisecond, time.Second} {
		bubble(t, offset.String(), func(t *testing.T) {
			l := newLab(t, deadService())
			verdict := unreachable([]fields{l.verdictOn("a")})
			reports, errs := l.sendTogether(offset, verdict, verdict)
			moved := 0
			for n, r := range reports {
				if errs[n] != nil {
					t.Error(errs[n])
				}
				l.wantTrueReport(r)
				if r.Outcome == plan.OutcomeMoved || r.Outcome == plan.OutcomeAttached {
					moved++
				}
			}
			if h := l.holderShort("a"); moved == 0 || (h != "2" && h != "4") {
				t.Errorf("%d moved it, it is on %s\n%s", moved, h, l.log())
			}
			if n := l.countAccepted(attachCall); n != 1 {
				t.Errorf("attached %d times\n%s", n, l.log())
			}
			l.mustChangeNothing(verdict)
		})
	}
}

// TestVerdictOnTwoHosts: both go to the standbys, none to the other host.
func TestVerdictOnTwoHosts(t *testing.T) {
	bubble(t, "two hosts", func(t *testing.T) {
		l := newLab(t, deadService(
			withInstances(instance("5", instanceTag("eni-failover:priority", "1"))), withInterfaces(eni("b", "5"), eni("c", "5", atIndex(2))),
		))
		verdict := unreachable([]fields{l.verdictOn("a"), l.verdictOn("c"), l.verdictOn("b")})
		r := l.wantOutcome(l.mustSend(verdict), plan.OutcomeMoved, "")
		if r.Trigger.Instance != "" {
			t.Errorf("the report names %s, and the verdict is about two hosts", r.Trigger.Instance)
		}
		for _, short := range []string{"a", "b", "c"} {
			if h := l.holderShort(short); h != "2" && h != "4" {
				t.Errorf("%s is on %s\n%s", short, h, l.log())
			}
		}
		l.mustChangeNothing(verdict)
	})
}

// TestVerdictNamesItsHost: the report names the instance if all interfaces of the verdict name the same one.
func TestVerdictNamesItsHost(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(fields) // of the second interface
		want   string
	}{
		"the same":     {func(fields) {}, instanceID("1")},
		"one has none": {without("instanceId"), ""},
	} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, deadService(withInterfaces(eni("b", "1", atIndex(2)))))
			r := l.mustSend(unreachable([]fields{l.verdictOn("a"), l.verdictOn("b", tt.change)}))
			if r.Trigger.Instance != tt.want || r.Trigger.Interface != "" {
				t.Errorf("trigger %+v; want the instance %q", r.Trigger, tt.want)
			}
		})
	}
}

// TestVerdictInADryRun: a plan, and nothing is told.
func TestVerdictInADryRun(t *testing.T) {
	bubble(t, "dry run", func(t *testing.T) {
		l := newLab(t, deadService(), "DRY_RUN", "true")
		l.wantOutcome(l.mustSend(unreachable([]fields{l.verdictOn("a")})), plan.OutcomePlanned, "")
		if l.mutations() > 0 || len(l.sim.BusEvents()) > 0 {
			t.Errorf("changed or told something\n%s", l.log())
		}
	})
}

// TestVerdictOnMany: a verdict on as many interfaces as one run of the probe asks.
func TestVerdictOnMany(t *testing.T) {
	const interfaces = 60
	bubble(t, fmt.Sprint(interfaces), func(t *testing.T) {
		w := manyInterfaces(interfaces, instance("2", ofType("big.1")))
		w.Timing = fastTiming()
		l := newLab(t, w)
		var list []fields
		for n := range interfaces {
			list = append(list, l.verdictOn(fmt.Sprintf("a%d", n)))
		}
		l.wantOutcome(l.mustSend(unreachable(list)), plan.OutcomeMoved, "")
		moved := l.busEvents("ENI Failover Moved")
		if calls := l.countCalls(putCall); len(moved) != interfaces || calls != interfaces/10 {
			t.Errorf("%d events in %d calls", len(moved), calls)
		}
		for n, e := range moved {
			if e["first"] != (n == 0) || e["others"] != float64(interfaces-1) {
				t.Errorf("event %d: first %v, others %v", n, e["first"], e["others"])
			}
		}
	})
}
