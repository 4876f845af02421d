package failover_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// fleet is a Spot instance 1 with n interfaces, and standbys for them.
func fleet(n int, standbys ...awssim.Instance) awssim.World {
	w := awssim.World{Instances: append([]awssim.Instance{instance("1", spot, kind("big.1"))}, standbys...)}
	w.InstanceTypes = []awssim.InstanceType{{Name: "big.1", MaximumInterfaces: 200, IPv4PerInterface: 10}}
	for k := range n {
		w.Interfaces = append(w.Interfaces, eni(fmt.Sprintf("a%d", k), "1", index(k+1)))
	}
	return w
}

func TestSeveralInterfaces(t *testing.T) {
	looks := func(t *testing.T, n int) (int, time.Duration, *lab) {
		t.Helper()
		l := newLab(t, fleet(n, instance("2", kind("big.1")), instance("4", kind("big.1"))))
		r := l.outcome(l.must(spotWarning("1")), plan.OutcomeMoved, "")
		took := time.Since(l.started)
		if len(r.Interfaces) != n || l.accepted(detachCall) != n || l.accepted(attachCall) != n || l.mutations() != 2*n {
			t.Errorf("%d interfaces, %d changes\n%s", len(r.Interfaces), l.mutations(), l.log())
		}
		return l.count(lookCall), took, l
	}
	bubble(t, "ten", func(t *testing.T) {
		one, single, _ := looks(t, 1)
		ten, all, l := looks(t, 10)
		if ten > one*2 {
			t.Errorf("%d looks for ten, %d for one", ten, one)
		}
		if all > single+300*time.Millisecond {
			t.Errorf("%s for ten, %s for one", all, single)
		}
		held := map[string]int{}
		for k := range 10 {
			held[l.holder(fmt.Sprintf("a%d", k))]++
		}
		if held[instanceID("2")] != 5 || held[instanceID("4")] != 5 {
			t.Errorf("not spread: %v", held)
		}
	})
	bubble(t, "no double booking", func(t *testing.T) {
		// Two slots on 2, one on 4, for three interfaces.
		l := newLab(t, fleet(3, instance("2"), instance("4", kind("t3.micro"))))
		l.outcome(l.must(spotWarning("1")), plan.OutcomeMoved, "")
		if n := l.count(attachCall); n != 3 {
			t.Errorf("%d attaches for 3 interfaces\n%s", n, l.log())
		}
	})
	bubble(t, "one too many", func(t *testing.T) {
		l := newLab(t, fleet(4, instance("2"), instance("4", kind("t3.micro"))))
		r, _ := refused[*failover.StrandedError](l, spotWarning("1"))
		moved := 0
		for _, i := range r.Interfaces {
			if i.Outcome == plan.OutcomeMoved {
				moved++
			}
		}
		if moved != 3 || l.accepted(detachCall) != 3 {
			t.Errorf("%d moved, %d detached", moved, l.accepted(detachCall))
		}
	})
	bubble(t, "one of them hangs", func(t *testing.T) {
		// The attach of a0 hangs: the others must not wait for it.
		l := newLab(t, fleet(3, instance("2", kind("big.1"))))
		l.plant(rule{action: attachCall, times: 1, when: func(c awssim.Call) bool { return c.Params.Get("NetworkInterfaceId") == interfaceID("a0") }, fault: awssim.Fault{Delay: time.Hour}})
		r := l.outcome(l.must(spotWarning("1")), plan.OutcomeMoved, "")
		for _, i := range r.Interfaces[1:] {
			if i.EventToAttachedMs > 4000 {
				t.Errorf("%s attached after %d ms", i.Interface, i.EventToAttachedMs)
			}
		}
	})
	bubble(t, "paused and unsupported among them", func(t *testing.T) {
		w := fleet(4, instance("2", kind("big.1")))
		etag("eni-failover:paused", "")(&w.Interfaces[1])
		w.Interfaces[2].RequesterManaged = true
		w.Interfaces[3].Type = "trunk"
		l := newLab(t, w)
		r := l.outcome(l.must(spotWarning("1")), plan.OutcomeMoved, "")
		for k, want := range []plan.Reason{"", plan.ReasonPaused, plan.ReasonUnsupportedInterface, plan.ReasonUnsupportedInterface} {
			if r.Interfaces[k].Reason != want {
				t.Errorf("%s", show(r.Interfaces[k]))
			}
		}
		if l.mutations() != 2 {
			t.Errorf("%d changes\n%s", l.mutations(), l.log())
		}
	})
	bubble(t, "primary", func(t *testing.T) {
		w := trio()
		w.Interfaces[0].Attachment.DeviceIndex = 0
		l := newLab(t, w)
		l.outcome(l.must(spotWarning("1")), plan.OutcomeIgnored, plan.ReasonUnsupportedInterface)
		if l.mutations() != 0 {
			t.Errorf("it changed something\n%s", l.log())
		}
	})
	bubble(t, "other network card", func(t *testing.T) {
		w := trio(first(kind("p4d.24xlarge")))
		w.Interfaces[0].Attachment.NetworkCard = 1
		l := newLab(t, w)
		l.outcome(l.must(spotWarning("1")), plan.OutcomeIgnored, plan.ReasonUnsupportedInterface)
		if l.mutations() != 0 {
			t.Errorf("it changed something\n%s", l.log())
		}
	})
	bubble(t, "several groups", func(t *testing.T) {
		l := newLab(t, awssim.World{
			Instances:  []awssim.Instance{instance("1", spot, members("db web")), instance("2"), instance("4", members("web"))},
			Interfaces: []awssim.Interface{eni("a", "1"), eni("b", "1", index(2), group("web"))},
		})
		l.outcome(l.must(spotWarning("1")), plan.OutcomeMoved, "")
		l.on("a", "2")
		l.on("b", "4")
	})
	for first, other := range map[string]string{"db": "web", "web": "db"} {
		bubble(t, "a standby that both groups want, and "+first+" has another one", func(t *testing.T) {
			l := newLab(t, awssim.World{
				Instances: []awssim.Instance{
					instance("1", spot, members("db web")), instance("4", members(first)),
					instance("2", members("db web"), kind("t3.nano"), itag("eni-failover:priority", "1")),
				},
				Interfaces: []awssim.Interface{eni("a", "1", group(first)), eni("b", "1", index(2), group(other))},
			})
			l.outcome(l.must(spotWarning("1")), plan.OutcomeMoved, "")
			l.on("a", "4")
			l.on("b", "2")
		})
	}
}

// TestNewPlanLeavesOthersTheirStandby has a new plan for an interface whose standby refuses it, while another interface
// is still on its way to the one that both groups have.
func TestNewPlanLeavesOthersTheirStandby(t *testing.T) {
	bubble(t, "a guest that hangs", func(t *testing.T) {
		l := newLab(t, awssim.World{
			Instances: []awssim.Instance{
				instance("1", spot, spotStatus("marked-for-stop"), members("web"), func(in *awssim.Instance) { in.HungGuest = true }),
				instance("2", members("db web"), kind("t3.nano")),
				instance("4", func(in *awssim.Instance) { in.RefuseAttach = "UnsupportedOperation" }),
			},
			Interfaces: []awssim.Interface{eni("a", ""), eni("b", "1", group("web"))},
		})
		l.sim.After(40*time.Second, func(w *awssim.World) { w.Instances[2].RefuseAttach = "" })
		l.must(sweep())
		l.on("a", "4")
		l.on("b", "2")
	})
}

// TestRefusedTogether has interfaces that are refused by every candidate at about the same time: what they have to ask
// then, they ask together.
func TestRefusedTogether(t *testing.T) {
	// refused moves n interfaces onto a standby that takes nothing for a while.
	refused := func(t *testing.T, n int, trouble func(*awssim.Instance)) []awssim.Call {
		t.Helper()
		w := fleet(n, instance("2", kind("big.1"), trouble))
		w.Instances[0].State = "stopped"
		l := newLab(t, w)
		l.sim.After(20*time.Second, func(w *awssim.World) { w.Instances[1].RefuseAttach, w.Instances[1].HungAttach = "", false })
		l.outcome(l.must(stateChange("1", "stopped")), plan.OutcomeMoved, "")
		return l.sim.Calls()
	}
	looks := func(calls []awssim.Call) int {
		n := 0
		for _, c := range calls {
			if c.Action == lookCall && !lookAt(c) {
				n++
			}
		}
		return n
	}
	for name, trouble := range map[string]func(*awssim.Instance){
		"refused":      func(in *awssim.Instance) { in.RefuseAttach = "UnsupportedOperation" },
		"out of state": func(in *awssim.Instance) { in.RefuseAttach = "IncorrectInstanceState" },
		"hung":         func(in *awssim.Instance) { in.HungAttach = true },
	} {
		bubble(t, name, func(t *testing.T) {
			calls := refused(t, 10, trouble)
			if one, ten := looks(refused(t, 1, trouble)), looks(calls); ten > 4*one {
				t.Errorf("%d looks at all interfaces for ten, %d for one", ten, one)
			}
			asked := map[string]bool{}
			for _, c := range calls {
				question := fmt.Sprint(c.Time.UnixNano(), c.Action, c.Params)
				if asked[question] {
					t.Errorf("asked twice at one instant: %s", c)
				}
				asked[question] = true
			}
		})
	}
}

// TestBudget counts the calls of one move, polls aside, and the rounds before the first change.
func TestBudget(t *testing.T) {
	stories := map[string]struct {
		world func() awssim.World
		event func() []byte
	}{
		"spot":               {func() awssim.World { return heir(named53(dnsName, "10.0.0.5"), more(instance("5", spot))) }, func() []byte { return spotWarning("1") }},
		"manual":             {func() awssim.World { return duo(named53(dnsName, "10.0.0.5")) }, func() []byte { return request(fields{"group": "db"}) }},
		"stopped, no member": {func() awssim.World { return heir(named53(dnsName, "10.0.0.5"), first(untagged, state("stopped"))) }, func() []byte { return stateChange("1", "stopped") }},
		"running":            {func() awssim.World { return heir(named53(dnsName, "10.0.0.5"), first(state("stopped"))) }, func() []byte { return stateChange("2", "running") }},
	}
	for name, story := range stories {
		for _, start := range []string{"cold", "warm"} {
			bubble(t, name+" "+start, func(t *testing.T) {
				l := newLab(t, story.world())
				if start == "warm" {
					l.must(story.event())
					l.change("a", byHand("1", 1))
					time.Sleep(time.Hour)
					l.started = time.Now()
				}
				before := len(l.sim.Calls())
				l.must(story.event())
				polls, ec2, dns := 0, 0, 0
				var first time.Time
				for _, c := range l.sim.Calls()[before:] {
					switch {
					case c.Service == "route53":
						dns++
					case lookAt(c):
						polls++
					default:
						ec2++
					}
					if c.Mutating && first.IsZero() {
						first = c.Time
					}
				}
				// Of the looks at the interface one is no poll: the one before the detach.
				// Where the state of a holder is the only reason, there is a second look at all, after a pause.
				most, pause := 9, time.Duration(0)
				if name == "running" {
					most, pause = 13, plan.ConfirmAfter+60*time.Millisecond
				}
				if ec2+1 > most || dns > 2 {
					t.Errorf("%d EC2 calls besides %d looks, %d of Route 53\n%s", ec2, polls, dns, l.log())
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
		anybody bool // an error is allowed
	}{
		"two warnings":                       {events: []func() []byte{spot1, spot1}},
		"two warnings, a little apart":       {events: []func() []byte{spot1, spot1}, apart: 70 * time.Millisecond},
		"four warnings":                      {events: []func() []byte{spot1, spot1, spot1, spot1}},
		"a warning and a request":            {events: []func() []byte{spot1, asked}},
		"a warning and a request to another": {events: []func() []byte{spot1, to4}, anybody: true},
		"a warning, a stop, one came up":     {events: []func() []byte{spot1, stopped1, running2}, change: first(state("stopped"))},
		"all":                                {events: []func() []byte{spot1, stopped1, running2, asked}, change: first(state("stopped"))},
		"all, apart":                         {events: []func() []byte{running2, stopped1, spot1, asked}, change: first(state("stopped")), apart: 130 * time.Millisecond, anybody: true},
		"requests to different targets":      {events: []func() []byte{to4, func() []byte { return request(fields{"group": "db", "target": instanceID("2")}) }}, anybody: true},
		"hung target":                        {events: []func() []byte{spot1, spot1}, change: func(w *awssim.World) { w.Instances[1].HungAttach = true }},
		"refusing target":                    {events: []func() []byte{spot1, spot1, spot1}, change: func(w *awssim.World) { w.Instances[1].RefuseAttach = "UnsupportedOperation" }},
		"hung guest":                         {events: []func() []byte{spot1, spot1}, change: first(hungGuest)},
		"stale reads":                        {events: []func() []byte{spot1, spot1, spot1}, change: func(w *awssim.World) { w.Timing.StaleReads = awssim.Duration(2 * time.Second) }},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			w := heir(brisk)
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
				if errs[n] != nil && !test.anybody {
					t.Errorf("event %d: %v", n, errs[n])
				}
				for _, i := range r.Interfaces {
					if i.Outcome == plan.OutcomeMoved || i.Outcome == plan.OutcomeAttached {
						moved++
						if e, _ := l.sim.Interface(i.Interface); !test.anybody && (e.Attachment == nil || e.Attachment.ID != i.Attachment) {
							t.Errorf("event %d: the report says %s on %s (%s), it is %+v", n, i.Interface, i.To, i.Attachment, e.Attachment)
						}
					}
				}
			}
			// Each attachment that was made and lasted is reported as moved by the one who made it.
			if n := l.accepted(attachCall); !test.anybody && (moved == 0 || n > 2 || (n > 1 && name != "hung target")) {
				t.Errorf("%d attaches, %d reports of a move\n%s\n%s", n, moved, show(reports), l.log())
			}
			time.Sleep(time.Minute)
			if name != "hung target" {
				for _, event := range test.events {
					if !test.anybody {
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
