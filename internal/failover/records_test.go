package failover_test

import (
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
)

func TestRecords(t *testing.T) {
	tests := []struct {
		name     string
		world    func(*awssim.World)
		settings []string
		fault    awssim.Fault
		states   []record.State
		address  string // in the zone afterwards
	}{
		{name: "ok", world: withRecord(dnsName, "10.0.0.5"), states: []record.State{record.OK}, address: "10.0.0.5"},
		{name: "mismatch", world: withRecord(dnsName, "10.0.0.6"), states: []record.State{record.Mismatch}, address: "10.0.0.6"},
		{name: "repaired", world: withRecord(dnsName, "10.0.0.6"), settings: []string{"REPAIR_RECORDS", "true"}, states: []record.State{record.Repaired}, address: "10.0.0.5"},
		{name: "no zone", world: func(w *awssim.World) { withRecord(dnsName, "10.0.0.5")(w); w.Zones = nil }, states: []record.State{record.NoZone}},
		{name: "none", world: func(*awssim.World) {}, states: []record.State{record.NotConfigured}},
		{name: "two names, one malformed", world: func(w *awssim.World) {
			withRecord(dnsName, "10.0.0.5")(w)
			w.Interfaces[0].Tags["eni-failover:record"] = "db.corp.internal -!- x.corp.internal"
		}, states: []record.State{record.OK, record.Missing}, address: "10.0.0.5"},
		{name: "denied", world: withRecord(dnsName, "10.0.0.5"), fault: awssim.Fault{Code: "AccessDenied", Status: 403}, states: []record.State{record.Unverified}, address: "10.0.0.5"},
		{name: "throttled", world: withRecord(dnsName, "10.0.0.5"), fault: awssim.Fault{Code: "Throttling", Status: 400}, states: []record.State{record.Unverified}, address: "10.0.0.5"},
		{name: "server error", world: withRecord(dnsName, "10.0.0.5"), fault: awssim.Fault{Status: 500}, states: []record.State{record.Unverified}, address: "10.0.0.5"},
		{name: "no answer", world: withRecord(dnsName, "10.0.0.5"), fault: awssim.Fault{Drop: true}, states: []record.State{record.Unverified}, address: "10.0.0.5"},
		{name: "hanging", world: withRecord(dnsName, "10.0.0.5"), fault: awssim.Fault{Delay: time.Minute}, states: []record.State{record.Unverified}, address: "10.0.0.5"},
	}
	var plain time.Duration // when the interface was attached without any record
	bubble(t, "without", func(t *testing.T) {
		l := newLab(t, oneStandby(), "EVENT_BUS", "")
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		plain = time.Since(l.started)
		if r.Interfaces[0].EventToAttachedMs == 0 {
			t.Error(show(r))
		}
	})
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			w := oneStandby()
			test.world(&w)
			l := newLab(t, w, append([]string{"EVENT_BUS", ""}, test.settings...)...)
			l.injectFaults(faultRule{when: isRoute53, fault: test.fault})
			r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
			took := time.Since(l.started)
			i := r.Interfaces[0]
			var states []record.State
			for _, rec := range i.Records {
				states = append(states, rec.State)
			}
			if show(states) != show(test.states) {
				t.Errorf("states %v, want %v\n%s", states, test.states, show(i.Records))
			}
			if d := i.EventToAttachedMs - plain.Milliseconds(); d > 3 || d < -3 {
				t.Errorf("attached after %d ms, without records %s", i.EventToAttachedMs, plain)
			}
			if test.name == "hanging" {
				if took < plain || took > plain+3100*time.Millisecond {
					t.Errorf("took %s, without records %s", took, plain)
				}
			} else if took > plain+50*time.Millisecond {
				t.Errorf("took %s, without records %s", took, plain)
			}
			if test.name == "two names, one malformed" && len(i.Warnings) != 2 {
				t.Errorf("warnings %q", i.Warnings)
			}
			if zones := l.sim.World().Zones; len(zones) > 0 {
				for _, rec := range zones[0].Records {
					if rec.Type == "A" && rec.Values[0] != test.address {
						t.Errorf("record is %v, want %s", rec.Values, test.address)
					}
				}
			}
		})
	}
}

// TestRecordsOfFailedMove are in the report, too.
func TestRecordsOfFailedMove(t *testing.T) {
	bubble(t, "returned", func(t *testing.T) {
		l := newLab(t, oneStandby(withRecord(dnsName, "10.0.0.6"), func(w *awssim.World) { w.Instances[1].RefuseAttach = "UnsupportedOperation" }))
		r, err := l.send(spotWarning("1"))
		if err == nil || len(r.Interfaces[0].Records) != 1 || r.Interfaces[0].Records[0].State != record.Mismatch {
			t.Errorf("%v\n%s", err, show(r))
		}
	})
}
