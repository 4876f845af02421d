package failover_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
)

// overOnePage is one record more than an answer of Route 53 has.
const overOnePage = 301

// namedInterfaces is manyInterfaces with a name for each interface. In the zone, filler other names follow each of them.
func namedInterfaces(n, filler int, change ...func(*awssim.World)) awssim.World {
	w := manyInterfaces(n, instance("2", ofType("big.1")))
	zone := awssim.Zone{ID: "Z0123456789", Name: "corp.internal", VPCs: []string{vpcID}}
	for k := range n {
		name, address := fmt.Sprintf("s%03d.corp.internal", k), fmt.Sprintf("10.0.1.%d", k+1)
		w.Interfaces[k].PrivateIPs = []awssim.PrivateIP{{Address: address}}
		w.Interfaces[k].Tags["eni-failover:record"] = name
		zone.Records = append(zone.Records, awssim.Record{Name: name, Type: "A", TTL: 60, Values: []string{address}})
		for f := range filler {
			zone.Records = append(zone.Records, awssim.Record{Name: fmt.Sprintf("f%03d.%s", f, name), Type: "A", TTL: 60, Values: []string{"10.9.9.9"}})
		}
	}
	w.Zones = []awssim.Zone{zone}
	for _, f := range change {
		f(&w)
	}
	return w
}

// maxInASecond counts the calls to Route 53 within the busiest second of the wire log, and all of them.
func (l *lab) maxInASecond() (busiest, all int) {
	var times []time.Time
	for _, c := range l.sim.Calls() {
		if !isRoute53(c) {
			continue
		}
		times = append(times, c.Time)
		within := 0
		for _, at := range times {
			if c.Time.Sub(at) < time.Second {
				within++
			}
		}
		busiest = max(busiest, within)
	}
	return busiest, len(times)
}

// TestRecordChecksArePaced: Route 53 allows five requests a second in the whole account. The check of many names does not
// use them up, and does not make a move wait.
func TestRecordChecksArePaced(t *testing.T) {
	const n = 10
	states := func(r failover.Report, s record.State) (count int) {
		for _, i := range r.Interfaces {
			if len(i.Records) == 1 && i.Records[0].State == s {
				count++
			}
		}
		return count
	}
	var plain time.Duration
	bubble(t, "without records", func(t *testing.T) {
		l := newLab(t, namedInterfaces(n, overOnePage, fastMoves, func(w *awssim.World) {
			for k := range w.Interfaces {
				delete(w.Interfaces[k].Tags, "eni-failover:record")
			}
		}))
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		plain = time.Since(l.started)
	})
	bubble(t, "move", func(t *testing.T) {
		l := newLab(t, namedInterfaces(n, overOnePage, fastMoves))
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		busiest, all := l.maxInASecond()
		if took := time.Since(l.started); busiest > 5 || took > plain+3100*time.Millisecond {
			t.Errorf("%d of %d calls within a second, %s, without records %s", busiest, all, took, plain)
		}
		if ok, unverified := states(r, record.OK), states(r, record.Unverified); ok+unverified != n || ok == 0 {
			t.Errorf("%d ok, %d unverified of %d\n%s", ok, unverified, n, show(r.Interfaces[0].Records))
		}
	})
	bubble(t, "close together", func(t *testing.T) {
		l := newLab(t, namedInterfaces(n, 0, fastMoves))
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		if _, all := l.maxInASecond(); all != 2 || states(r, record.OK) != n {
			t.Errorf("%d calls, %d of %d ok; want one call for the zones and one for all names", all, states(r, record.OK), n)
		}
	})
	bubble(t, "rehearsal", func(t *testing.T) {
		l := newLab(t, namedInterfaces(n, overOnePage, fastMoves))
		r := l.wantOutcome(l.mustSend(rehearsal()), plan.OutcomePlanned, "")
		if busiest, all := l.maxInASecond(); busiest > 5 || all < n || states(r, record.OK) != n {
			t.Errorf("%d of %d calls within a second, %d of %d ok", busiest, all, states(r, record.OK), n)
		}
	})
	bubble(t, "throttled", func(t *testing.T) {
		l := newLab(t, namedInterfaces(n, 0, fastMoves))
		l.injectFaults(faultRule{when: isRoute53, fault: awssim.Fault{Code: "Throttling", Status: 400}})
		l.wantOutcome(l.mustSend(rehearsal()), plan.OutcomePlanned, "")
		if busiest, all := l.maxInASecond(); busiest > 5 {
			t.Errorf("%d of %d calls within a second: the repeated ones are not paced", busiest, all)
		}
	})
}

// recordValue returns the first value of the record of a name.
func (l *lab) recordValue(name string) string { return l.recordValues(name)[0] }

// recordValues returns all values.
func (l *lab) recordValues(name string) []string {
	for _, r := range l.sim.World().Zones[0].Records {
		if r.Name == name || r.Name == name+"." {
			return r.Values
		}
	}
	return []string{"nothing"}
}

// TestRecordIsRepairedWithoutAMove: with REPAIR_RECORDS, a sweep and a request whose target is the holder correct a wrong
// record; never in a dry run, nor for an interface that is paused or not served.
func TestRecordIsRepairedWithoutAMove(t *testing.T) {
	repair := []string{"REPAIR_RECORDS", "true"}
	there := func() []byte { return request(fields{"group": "db", "target": instanceID("1")}) }
	paused := func(w *awssim.World) { interfaceTag("eni-failover:paused", "yes")(&w.Interfaces[0]) }
	tests := []struct {
		name     string
		event    func() []byte
		settings []string
		world    func(*awssim.World)
		want     string       // the record afterwards
		state    record.State // as the report says; empty: no record in it
	}{
		{"request", there, repair, nil, "10.0.0.5", record.Repaired},
		{"request, repair is off", there, nil, nil, "10.9.9.9", record.Mismatch},
		{"request, dry run", there, append([]string{"DRY_RUN", "true"}, repair...), nil, "10.9.9.9", record.Mismatch},
		{"request, asked for as a dry run", func() []byte { return request(fields{"group": "db", "target": instanceID("1"), "dryRun": true}) }, repair, nil, "10.9.9.9", record.Mismatch},
		{"request, not served", there, append([]string{"GROUPS", "web"}, repair...), nil, "10.9.9.9", ""},
		{"sweep", sweep, repair, nil, "10.0.0.5", record.Repaired},
		{"sweep, repair is off", sweep, nil, nil, "10.9.9.9", ""},
		{"sweep, dry run", sweep, append([]string{"DRY_RUN", "true"}, repair...), nil, "10.9.9.9", ""},
		{"sweep, paused", sweep, repair, paused, "10.9.9.9", ""},
		{"sweep, not served", sweep, append([]string{"GROUPS", "web"}, repair...), nil, "10.9.9.9", ""},
		{"sweep, in doubt", sweep, repair, func(w *awssim.World) {
			w.Zones[0].Records[0].Type, w.Zones[0].Records[0].Values = "CNAME", []string{"10.9.9.9"}
		}, "10.9.9.9", ""},
		{"rehearsal", rehearsal, repair, nil, "10.9.9.9", record.Mismatch},
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			l := newLab(t, onDemandGroup(fastMoves, withRecord(dnsName, "10.9.9.9"), func(w *awssim.World) {
				if tt.world != nil {
					tt.world(w)
				}
			}), tt.settings...)
			r := l.mustSend(tt.event())
			if got := l.recordValue(dnsName); got != tt.want {
				t.Errorf("the record holds %s; want %s\n%s", got, tt.want, l.log())
			}
			var state record.State
			for _, i := range r.Interfaces {
				for _, rec := range i.Records {
					state = rec.State
				}
			}
			if state != tt.state {
				t.Errorf("state %q; want %q\n%s", state, tt.state, show(r))
			}
			if tt.state == record.Repaired && (r.Outcome != plan.OutcomeNothingToDo || !strings.Contains(l.metrics.String(), `"Record-repaired":1`)) {
				t.Errorf("outcome %s, measured %s", r.Outcome, l.metrics.String())
			}
			l.wantHolder("a", "1")
		})
	}
}

// TestSharedRecord: two interfaces with one name do not take it from each other, neither in sweeps nor by the command that a
// report shows.
func TestSharedRecord(t *testing.T) {
	shared := func(w *awssim.World) {
		withInterfaces(eni("b", "2", interfaceTag("eni-failover:record", dnsName)))(w)
		w.Interfaces[len(w.Interfaces)-1].PrivateIPs = []awssim.PrivateIP{{Address: "10.0.0.7"}}
	}
	world := onDemandGroup(fastMoves, withRecord(dnsName, "10.0.0.5"), shared)
	bubble(t, "sweeps", func(t *testing.T) {
		l := newLab(t, world, "REPAIR_RECORDS", "true")
		for range 3 {
			l.mustSend(sweep())
		}
		if got := strings.Join(l.recordValues(dnsName), " "); got != "10.0.0.5 10.0.0.7" || l.countCalls("ChangeResourceRecordSets") != 1 {
			t.Errorf("the record holds %s\n%s", got, l.log())
		}
	})
	bubble(t, "rehearsal", func(t *testing.T) {
		warnings := strings.Join(warningsOf(newLab(t, world).mustSend(rehearsal())), "\n")
		if !strings.Contains(warnings, `"ResourceRecords":[{"Value":"10.0.0.7"},{"Value":"10.0.0.5"}]`) {
			t.Error(warnings)
		}
	})
}

// warningsOf returns the warnings of a report's interfaces.
func warningsOf(r failover.Report) []string {
	var list []string
	for _, i := range r.Interfaces {
		list = append(list, i.Warnings...)
	}
	return list
}

// TestSweepChecksFewRecords: a sweep of a large account makes few calls to Route 53, heals without waiting for them, does
// not fail because of them, and over time checks all records.
func TestSweepChecksFewRecords(t *testing.T) {
	wrongs := func(w *awssim.World) {
		for k := range w.Zones[0].Records {
			w.Zones[0].Records[k].Values = []string{"10.9.9.9"}
		}
	}
	bubble(t, "in time", func(t *testing.T) {
		l := newLab(t, namedInterfaces(12, 0, fastMoves, withHolder(onDemand), wrongs), "REPAIR_RECORDS", "true")
		for range 30 {
			l.mustSend(sweep())
			time.Sleep(time.Minute)
		}
		for k := range 12 {
			if got, want := l.recordValue(fmt.Sprintf("s%03d.corp.internal", k)), fmt.Sprintf("10.0.1.%d", k+1); got != want {
				t.Errorf("after half an hour of sweeps the record of interface %d is %s; want %s", k, got, want)
			}
		}
		if busiest, _ := l.maxInASecond(); busiest > 5 {
			t.Errorf("%d calls within a second", busiest)
		}
	})
	bubble(t, "little", func(t *testing.T) {
		l := newLab(t, namedInterfaces(8, overOnePage, fastMoves, withHolder(onDemand)), "REPAIR_RECORDS", "true")
		r := l.mustSend(sweep())
		if _, all := l.maxInASecond(); all > 6 || time.Since(l.started) > 3*time.Second || len(r.Interfaces) > 0 {
			t.Errorf("%d calls, %s\n%s", all, time.Since(l.started), show(r))
		}
	})
	for name, f := range map[string]awssim.Fault{"denied": {Code: "AccessDenied", Status: 403}, "hanging": {Delay: time.Hour}, "throttled": {Code: "Throttling", Status: 400}} {
		bubble(t, "beside a move, "+name, func(t *testing.T) {
			l := newLab(t, namedInterfaces(8, 0, fastMoves, withHolder(onDemand), wrongs, withInterfaces(eni("b", "3")), withInstances(instance("3", inState("stopped")))), "REPAIR_RECORDS", "true")
			l.injectFaults(faultRule{when: isRoute53, fault: f})
			r := l.wantOutcome(l.mustSend(sweep()), plan.OutcomeMoved, "")
			l.wantHolder("b", "2")
			// The second look at the stopped holder takes 5 s; the check may take 3 s after the move.
			if took := time.Since(l.started); took > 9*time.Second || len(r.Interfaces) != 1 || r.Interfaces[0].EventToAttachedMs > 6000 {
				t.Errorf("%s\n%s", took, show(r))
			}
		})
	}
}

// TestWrongRecordHasANextStep: the warning has the command that puts the record right, and the setting.
func TestWrongRecordHasANextStep(t *testing.T) {
	tests := []struct {
		name  string
		world func(*awssim.World)
		says  []string
	}{
		{"mismatch", func(*awssim.World) {}, []string{
			"record db.corp.internal is mismatch: the A record holds 10.9.9.9", "--hosted-zone-id Z0123456789 ",
			`'{"Changes":[{"Action":"UPSERT","ResourceRecordSet":{"Name":"db.corp.internal","Type":"A","TTL":60,"ResourceRecords":[{"Value":"10.0.0.5"}]}}]}'`, "REPAIR_RECORDS",
		}},
		{"missing", func(w *awssim.World) { w.Zones[0].Records = nil }, []string{"is missing", `"Value":"10.0.0.5"`}},
		{"no address of the family", func(w *awssim.World) {
			w.Zones[0].Records[0].Values[0] = "10.0.0.5"
			w.Zones[0].Records = append(w.Zones[0].Records, awssim.Record{Name: dnsName, Type: "AAAA", TTL: 60, Values: []string{"2001:db8::1"}})
		}, []string{"next: correct or delete it by hand"}},
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			l := newLab(t, oneStandby(fastMoves, withRecord(dnsName, "10.9.9.9"), tt.world))
			r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
			if len(r.Interfaces[0].Warnings) != 1 {
				t.Fatalf("warnings %q", r.Interfaces[0].Warnings)
			}
			for _, want := range tt.says {
				if got := r.Interfaces[0].Warnings[0]; !strings.Contains(got, want) {
					t.Errorf("warning %q; want it to say %s", got, want)
				}
			}
		})
	}
	bubble(t, "right", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves, withRecord(dnsName, "10.0.0.5")))
		if r := l.mustSend(spotWarning("1")); len(r.Interfaces[0].Warnings) > 0 {
			t.Errorf("warnings %q", r.Interfaces[0].Warnings)
		}
	})
}
