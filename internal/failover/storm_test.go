package failover_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// storm is a number of Spot interruptions within a second, under EC2's token buckets. Each holder has one interface with a
// name, and each interruption has an invocation of its own, in a cold environment.
type storm struct {
	interruptions int
	// perGroup is the number of holders in a group, which has as many standbys. Each standby has one slot to give.
	perGroup int
	// detach is how long a detach lasts.
	detach time.Duration
	// draw is the seed for the instants of the interruptions.
	draw uint64
}

// stormCall and stormAttach are how long a call lasts, and the attaching after its call.
const (
	stormCall   = 20 * time.Millisecond
	stormAttach = time.Second
)

func (s storm) String() string {
	name := fmt.Sprintf("interruptions=%d", s.interruptions)
	if s.perGroup > 1 {
		name += fmt.Sprintf("/group=%d", s.perGroup)
	}
	return name
}

// The names of the k-th holder, standby, interface, and of its group.
func stormHolder(k int) string         { return fmt.Sprintf("a%05x", k) }
func stormStandby(k int) string        { return fmt.Sprintf("b%05x", k) }
func stormInterface(k int) string      { return fmt.Sprintf("e%05x", k) }
func (s storm) group(k int) string     { return fmt.Sprintf("g%04d", k/s.perGroup) }
func (s storm) name(k int) string      { return fmt.Sprintf("s%05d.corp.internal", k) }
func (s storm) addressOf(k int) string { return fmt.Sprintf("10.%d.%d.%d", 100+k>>16, k>>8&255, k&255) }

// world is the account before the storm. EC2 has decided which instances it will interrupt, and lets them run.
func (s storm) world() awssim.World {
	w := awssim.World{
		TokenBuckets: true,
		Timing: awssim.Timing{
			Call: awssim.Duration(stormCall), Detach: awssim.Duration(s.detach), Attach: awssim.Duration(stormAttach),
		},
		InstanceTypes: []awssim.InstanceType{{Name: "storm.1", MaximumInterfaces: 2, IPv4PerInterface: 10}},
		Zones:         []awssim.Zone{{ID: "Z0123456789", Name: "corp.internal", VPCs: []string{vpcID}}},
	}
	for k := range s.interruptions {
		group := memberOf(s.group(k))
		w.Instances = append(w.Instances,
			instance(stormHolder(k), group, ofType("storm.1"), spot, spotStatus("instance-terminated-no-capacity")),
			instance(stormStandby(k), group, ofType("storm.1")))
		e := eni(stormInterface(k), stormHolder(k), inGroup(s.group(k)), interfaceTag("eni-failover:record", s.name(k)))
		e.PrivateIPs = []awssim.PrivateIP{{Address: s.addressOf(k)}}
		w.Interfaces = append(w.Interfaces, e)
		w.Zones[0].Records = append(w.Zones[0].Records, awssim.Record{Name: s.name(k), Type: "A", TTL: 60, Values: []string{s.addressOf(k)}})
	}
	return w
}

// events are the instants of the interruptions.
func (s storm) events() []time.Duration {
	draw := rand.New(rand.NewPCG(s.draw, 1))
	list := make([]time.Duration, s.interruptions)
	for k := range list {
		list[k] = time.Duration(draw.Int64N(int64(time.Second)))
	}
	return list
}

// refills is the time that the token buckets need for the calls without which no move can do: a look, the members, a detach,
// a look, an attach and a look.
func (s storm) refills() time.Duration {
	return max(refill(3*s.interruptions, 100, 20), refill(s.interruptions, 50, 5))
}

// refill is the time that a bucket needs for a number of calls. It is full at first.
func refill(calls, size, perSecond int) time.Duration {
	return time.Duration(max(0, calls-size)) * time.Second / time.Duration(perSecond)
}

// chain is the time of one move alone: two reads, the detach, the detaching, a look, the attach, and the attaching.
func (s storm) chain() time.Duration { return 5*stormCall + s.detach + stormAttach }

// aftermath is what became of a storm. Durations and instants are in the order of the holders, instants from the beginning.
type aftermath struct {
	storm
	// attached are the ends of the last attaches, and down the times from the first accepted detach to there.
	attached, down []time.Duration
	// lost counts the interfaces that are not attached to a standby in the end, and failed the invocations with an error.
	lost, failed int
	// takenOff counts the accepted detaches of other attachments than those on the holders, and refused the attaches that EC2
	// refused, by code.
	takenOff int
	refused  map[string]int
	// answered and throttled are the calls of each action, and records the names by the state that was reported.
	answered, throttled, records map[string]int
}

// run lets the storm happen. Lambda repeats an invocation that fails, twice.
func (s storm) run(t *testing.T) *aftermath {
	t.Helper()
	l := newLab(t, s.world())
	first := map[string]int{} // the holders, by the attachments that they have at first
	for k := range s.interruptions {
		e, _ := l.sim.Interface(interfaceID(stormInterface(k)))
		first[e.Attachment.ID] = k
	}
	a := &aftermath{storm: s, refused: map[string]int{}, answered: map[string]int{}, throttled: map[string]int{}, records: map[string]int{}}
	var wg sync.WaitGroup
	var mu sync.Mutex
	for k, at := range s.events() {
		wg.Go(func() {
			time.Sleep(at)
			event := spotWarning(stormHolder(k))
			for attempt := range 3 {
				time.Sleep(time.Duration(attempt) * time.Minute)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				r, err := l.newHandler().Handle(ctx, event, account)
				cancel()
				mu.Lock()
				for _, e := range r.Interfaces {
					for _, rec := range e.Records {
						a.records[string(rec.State)]++
					}
				}
				if err == nil {
					mu.Unlock()
					return
				}
				a.failed++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	a.read(l, first)
	return a
}

// read reads the wire log and the account.
func (a *aftermath) read(l *lab, first map[string]int) {
	a.attached, a.down = make([]time.Duration, a.interruptions), make([]time.Duration, a.interruptions)
	index := map[string]int{}
	detached := make([]time.Duration, a.interruptions)
	for k := range a.interruptions {
		index[interfaceID(stormInterface(k))] = k
		if holder := l.holder(stormInterface(k)); !strings.HasPrefix(holder, "i-") || strings.Contains(holder, " ") || holder == instanceID(stormHolder(k)) {
			a.lost++
		}
	}
	for _, c := range l.sim.Calls() {
		at := c.Time.Sub(l.started)
		k, held := first[c.Params.Get("AttachmentId")]
		switch {
		case c.Code == "RequestLimitExceeded" || c.Code == "Throttling":
			a.throttled[c.Action]++
			continue
		case c.Action == attachCall && c.Code != "":
			a.refused[c.Code]++
		case c.Action == attachCall:
			a.attached[index[c.Params.Get("NetworkInterfaceId")]] = at + stormAttach
		case c.Action == detachCall && c.Code == "" && !held:
			a.takenOff++
		case c.Action == detachCall && c.Code == "" && detached[k] == 0:
			detached[k] = at
		}
		a.answered[c.Action]++
	}
	for k := range a.interruptions {
		a.down[k] = a.attached[k] - detached[k]
	}
}

// ofBound compares the time to the last attached interface with the time that the token buckets allow: their refills, or the
// last event if that is later, and one chain.
func (a *aftermath) ofBound() float64 {
	return float64(quantile(a.attached, 1)) / float64(max(a.refills(), slices.Max(a.events()))+a.chain())
}

// ofRefills is the same as ofBound, but counts no event.
func (a *aftermath) ofRefills() float64 {
	return float64(quantile(a.attached, 1)) / float64(a.refills()+a.chain())
}

// throttledByRoute53 counts the throttled requests to Route 53.
func (a *aftermath) throttledByRoute53() int {
	return a.throttled["ListHostedZonesByVPC"] + a.throttled["ListResourceRecordSets"]
}

// quantile returns the least of the durations that a share of them does not exceed.
func quantile(list []time.Duration, share float64) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[int(share*float64(len(sorted)-1)+0.5)]
}

// String shows what went wrong, and the calls.
func (a *aftermath) String() string {
	text := fmt.Sprintf("%s: %d lost, %d invocations failed, %d taken off again, attaches refused: %v; names: %v\n", a.storm, a.lost, a.failed, a.takenOff, a.refused, a.records)
	for _, action := range slices.Sorted(maps.Keys(a.answered)) {
		text += fmt.Sprintf("    %-30s %5d answered, %5d throttled\n", action, a.answered[action], a.throttled[action])
	}
	return text
}

// TestStorm: nothing is given up, nothing is taken off again, no two invocations choose one standby, and Route 53 is not
// pressed. The time is simulated, so it does not depend on the machine.
func TestStorm(t *testing.T) {
	for _, test := range []struct {
		storm
		most float64 // times the bound
	}{
		{storm{interruptions: 10, perGroup: 1}, 1.3},
		{storm{interruptions: 40, perGroup: 40}, 3},
		{storm{interruptions: 100, perGroup: 1}, 1.5}, // one of a hundred in one group takes as long, see the benchmark
	} {
		bubble(t, test.String(), func(t *testing.T) {
			test.detach = 2 * time.Second
			a := test.run(t)
			if a.lost+a.failed+a.takenOff+len(a.refused) > 0 || a.ofBound() > test.most {
				t.Errorf("%.2f of the bound, want %.2f at most; %s", a.ofBound(), test.most, a)
			}
			if n := a.throttledByRoute53(); n > 4*a.interruptions {
				t.Errorf("%d throttled questions to Route 53, four an invocation at most; %s", n, a)
			}
		})
	}
}

// TestStormIsFair: no interface is last because of its id.
func TestStormIsFair(t *testing.T) {
	const storms = 8
	var low, high time.Duration // the sums of the times of the lower and of the upper half of the ids
	last := map[int]bool{}
	for draw := range uint64(storms) {
		bubble(t, fmt.Sprint(draw), func(t *testing.T) {
			a := storm{interruptions: 24, perGroup: 1, detach: 2 * time.Second, draw: draw}.run(t)
			for k, at := range a.attached {
				if k < a.interruptions/2 {
					low += at
				} else {
					high += at
				}
			}
			last[slices.Index(a.attached, slices.Max(a.attached))] = true
		})
	}
	if ratio := low.Seconds() / high.Seconds(); ratio < 0.8 || ratio > 1.25 {
		t.Errorf("the lower half of the ids takes %.2f times as long as the upper half", ratio)
	}
	if len(last) < storms/2 {
		t.Errorf("in %d storms the last ones are %v", storms, last)
	}
}

// BenchmarkStorm compares the time from the first event to the last attached interface with what the token buckets allow, in
// simulated time, and shows for how long the interfaces are down. Each iteration draws other instants for the events.
func BenchmarkStorm(b *testing.B) {
	for _, s := range []storm{
		{interruptions: 10, perGroup: 1},
		{interruptions: 100, perGroup: 1},
		{interruptions: 1000, perGroup: 1},
		{interruptions: 100, perGroup: 10},
		{interruptions: 100, perGroup: 100},
	} {
		b.Run(s.String(), func(b *testing.B) {
			s.detach = 2 * time.Second
			var ofBound, ofRefills float64 // the worst ones
			var down []time.Duration
			wrong, route53, invocations := 0, 0, 0
			for b.Loop() {
				var a *aftermath
				inBubble(b, func(t *testing.T) { a = s.run(t) })
				b.Log(a)
				ofBound, ofRefills = max(ofBound, a.ofBound()), max(ofRefills, a.ofRefills())
				down = append(down, a.down...)
				route53, invocations = route53+a.throttledByRoute53(), invocations+s.interruptions
				wrong += a.lost + a.failed + a.takenOff + len(a.refused)
				s.draw++
			}
			b.ReportMetric(ofBound, "of-bound")
			b.ReportMetric(ofRefills, "of-bound-without-events")
			b.ReportMetric(quantile(down, 0.1).Seconds(), "down-s-p10")
			b.ReportMetric(quantile(down, 0.5).Seconds(), "down-s")
			b.ReportMetric(quantile(down, 0.9).Seconds(), "down-s-p90")
			b.ReportMetric(quantile(down, 1).Seconds(), "down-worst-s")
			b.ReportMetric(float64(route53)/float64(invocations), "route53-throttled")
			b.ReportMetric(float64(wrong), "wrong")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// inBubble runs f once in fake time, which package synctest gives to tests only.
func inBubble(b *testing.B, f func(t *testing.T)) {
	b.Helper()
	ran := false
	once := func(t *testing.T) {
		if !ran { // the flag -count repeats a test
			ran = true
			synctest.Test(t, f)
		}
	}
	all := func(string, string) (bool, error) { return true, nil }
	if !testing.RunTests(all, []testing.InternalTest{{Name: b.Name(), F: once}}) {
		b.FailNow()
	}
}
