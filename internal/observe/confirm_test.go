package observe_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// TestSecondRead: the second read of the interfaces replaces the first, tells that a group was changed in between, and
// counts from when it was asked for. Without an answer the first read stays.
func TestSecondRead(t *testing.T) {
	paused := func(w *awssim.World) { w.Interfaces[0].Tags[inventory.TagPaused] = "true" }
	regrouped := func(w *awssim.World) { w.Interfaces[0].Tags[inventory.TagGroup] = "web" }
	unattached := func(w *awssim.World) { w.Interfaces[0].Attachment = nil }
	for name, test := range map[string]struct {
		change  func(*awssim.World)
		refused bool
		want    func(inventory.Interface) bool
	}{
		"nothing has changed": {func(*awssim.World) {}, false, func(e inventory.Interface) bool { return !e.Paused && !e.Regrouped && e.Holder() != "" }},
		"paused":              {paused, false, func(e inventory.Interface) bool { return e.Paused }},
		"regrouped":           {regrouped, false, func(e inventory.Interface) bool { return e.Regrouped && e.Group == "web" }},
		"unattached":          {unattached, false, func(e inventory.Interface) bool { return !e.UnattachedSince.IsZero() }},
		"no answer":           {paused, true, func(e inventory.Interface) bool { return !e.Paused }},
	} {
		inBubble(t, name, func(t *testing.T) {
			a := simulate(t, []awssim.Instance{instance("i-1"), instance("i-2")}, eni("eni-a", "i-1"))
			var members time.Time
			a.sim.Intercept(func(c awssim.Call) awssim.Fault {
				switch {
				case c.Action == "DescribeInstances":
					return awssim.Fault{After: func() { a.sim.Edit(test.change); members = time.Now() }}
				case test.refused && c.Action == "DescribeNetworkInterfaces" && c.Params.Get("Filter.1.Name") == "network-interface-id":
					return awssim.Fault{Code: "UnauthorizedOperation"}
				}
				return awssim.Fault{}
			})
			s := a.read(about(trigger.KindStopping, "i-1"))
			if !test.want(s.Interfaces[0]) {
				t.Errorf("%+v", s.Interfaces[0])
			}
			if read := !s.Look.Began.IsZero(); read == test.refused || (read && (s.Look.Began.Before(members) || s.Look.Began.Sub(members) > latency)) {
				t.Errorf("asked for a second time at %s, the members were answered at %s", s.Look.Began, members)
			}
		})
	}
}

// TestReadToConfirm: what two reads some seconds apart agree on is confirmed.
func TestReadToConfirm(t *testing.T) {
	for name, test := range map[string]struct {
		instance  awssim.Instance
		hides     int // reads of instances, from the first on, that do not show the instance
		state     inventory.State
		confirmed bool
	}{
		"not shown by either":     {instance("i-1"), 99, inventory.StateMissing, true},
		"not shown by the first":  {instance("i-1"), 2, inventory.StateRunning, false}, // by tag and by id
		"stopped in both":         {instance("i-1", stopped), 0, inventory.StateStopped, true},
		"running in both":         {instance("i-1"), 0, inventory.StateRunning, true},
		"stopped, then not shown": {instance("i-1", stopped), -1, inventory.StateStopped, true},
	} {
		inBubble(t, name, func(t *testing.T) {
			a := simulate(t, []awssim.Instance{test.instance, instance("i-2")}, eni("eni-a", "i-1"))
			n := 0
			a.sim.Intercept(func(c awssim.Call) awssim.Fault {
				if c.Action != "DescribeInstances" {
					return awssim.Fault{}
				}
				if n++; n <= test.hides || (test.hides < 0 && n > 1) {
					return awssim.Fault{Hide: []string{fullID("i-1")}}
				}
				return awssim.Fault{}
			})
			scope := scopeOf(trigger.KindSweep, "")
			first, err := a.observer.Read(a.ctx(), scope)
			if err != nil {
				t.Fatal(err)
			}
			read := time.Now()
			s, err := a.observer.ReadToConfirm(a.ctx(), scope, first, []string{fullID("i-1")})
			if in := s.Instances[fullID("i-1")]; err != nil || in.State != test.state || in.Confirmed != test.confirmed {
				t.Errorf("%v: %q, confirmed %t", err, in.State, in.Confirmed)
			}
			if s.At.Sub(read) < plan.ConfirmAfter {
				t.Errorf("the second read came %s after the first", s.At.Sub(read))
			}
			if s.Instances[fullID("i-2")].Confirmed {
				t.Error("an instance is confirmed that was not in doubt")
			}
		})
	}
}

// TestNoTimeToConfirm: one read proves nothing, also when there is no time for a second one.
func TestNoTimeToConfirm(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		a := simulate(t, []awssim.Instance{instance("i-1", stopped)}, eni("eni-a", "i-1"))
		first := a.read(trigger.Trigger{Kind: trigger.KindSweep})
		ctx, cancel := context.WithTimeout(t.Context(), plan.ConfirmAfter-time.Second)
		defer cancel()
		calls := len(a.sim.Calls())
		s, err := a.observer.ReadToConfirm(ctx, scopeOf(trigger.KindSweep, ""), first, []string{fullID("i-1")})
		if err == nil || !strings.Contains(err.Error(), fullID("i-1")) || s.Instances[fullID("i-1")].Confirmed || len(a.sim.Calls()) != calls {
			t.Errorf("%v: %+v", err, s.Instances)
		}
	})
}

// TestReadForReplan: a new plan gets what there is to know about its interfaces, about the instances that it names, and
// about the members.
func TestReadForReplan(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		a := simulate(t, []awssim.Instance{instance("i-1", nonMember), instance("i-2"), instance("i-3")},
			eni("eni-a", ""), eni("eni-b", "i-3"))
		s, err := a.observer.ReadForReplan(a.ctx(), []string{fullID("eni-a")}, []string{fullID("i-1")})
		if err != nil || len(s.Interfaces) != 2 || !slices.Equal(s.InstanceIDs(), []string{fullID("i-1"), fullID("i-2"), fullID("i-3")}) {
			t.Errorf("%v: %d interfaces, instances %v", err, len(s.Interfaces), s.InstanceIDs())
		}
		const want = `NetworkInterfaces(tag-key group)
Instances(tag:group *db*)
InstanceStatus(i-2, i-3) InstanceTypes(instance-type t3.small) Instances(instance-id i-1) NetworkInterfaces(network-interface-id eni-a)
`
		if got := a.rounds(); got != want {
			t.Errorf("calls\n%swant\n%s", got, want)
		}
	})
}
