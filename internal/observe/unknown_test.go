package observe_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// TestUnknown: a question of the last round that is not answered leaves what it asks for unknown, is named, and does not
// keep the other answers back.
func TestUnknown(t *testing.T) {
	for action, unknown := range map[string]func(inventory.Snapshot) bool{
		"DescribeInstanceStatus": func(s inventory.Snapshot) bool {
			return s.Instances[fullID("i-1")].Health == inventory.Health{}
		},
		"DescribeSpotInstanceRequests": func(s inventory.Snapshot) bool {
			return s.Instances[fullID("i-1")].Interruption == inventory.InterruptionUnknown
		},
		"DescribeAutoScalingInstances": func(s inventory.Snapshot) bool {
			return s.Instances[fullID("i-1")].Scaling == inventory.ScalingUnknown
		},
		"DescribeInstanceTypes": func(s inventory.Snapshot) bool { return len(s.Limits) == 0 },
	} {
		inBubble(t, action, func(t *testing.T) {
			known := func(s inventory.Snapshot) int {
				n := 0
				in := s.Instances[fullID("i-1")]
				for _, is := range []bool{
					in.Health.System == inventory.CheckOK, in.Interruption == inventory.InterruptionNone,
					in.Scaling == inventory.ScalingInService, s.Limits["t3.small"].Interfaces > 0, !s.Look.Began.IsZero(),
				} {
					if is {
						n++
					}
				}
				return n
			}
			a := simulate(t, []awssim.Instance{instance("i-1", spot, scaled)}, eni("eni-a", "i-1"))
			if s := a.read(about(trigger.KindStopping, "i-1")); unknown(s) || known(s) != 5 || len(s.Gaps) != 0 {
				t.Fatalf("%d of 5 are known, gaps %q", known(s), s.Gaps)
			}
			b := simulate(t, []awssim.Instance{instance("i-1", spot, scaled)}, eni("eni-a", "i-1"))
			b.refuse(action, "UnauthorizedOperation", always)
			s := b.read(about(trigger.KindStopping, "i-1"))
			if !unknown(s) || known(s) != 4 {
				t.Errorf("%d of 5 are known: %+v", known(s), s)
			}
			if len(s.Gaps) != 1 || !strings.Contains(s.Gaps[0], action) || !strings.Contains(s.Gaps[0], "UnauthorizedOperation") {
				t.Errorf("gaps %q", s.Gaps)
			}
		})
	}
}

// TestUnknownInTime: the questions that a plan can do without are given up after some seconds.
func TestUnknownInTime(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		a := simulate(t, []awssim.Instance{instance("i-1")}, eni("eni-a", "i-1"))
		a.sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Action == "DescribeInstanceStatus" || c.Action == "DescribeInstanceTypes" {
				return awssim.Fault{Delay: time.Hour}
			}
			return awssim.Fault{}
		})
		s := a.read(about(trigger.KindStopping, "i-1"))
		if took := time.Since(a.started); took > 4*time.Second || len(s.Gaps) != 2 {
			t.Errorf("after %s: gaps %q", took, s.Gaps)
		}
	})
}

// TestPartialMembers: while an Availability Zone is disrupted, the members that can't be described are named and missing
// from the snapshot, and the plan is made on the others.
func TestPartialMembers(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		inOtherZone := instance("i-3")
		inOtherZone.AZ = "eu-west-1b"
		a := simulate(t, []awssim.Instance{instance("i-1"), instance("i-2"), inOtherZone}, eni("eni-a", "i-1"))
		a.sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Action == "DescribeInstances" && (c.Params.Has("Filter.1.Name") || strings.Contains(c.Params.Encode(), fullID("i-3"))) {
				return awssim.Fault{Code: "InternalError"}
			}
			return awssim.Fault{}
		})
		s := a.read(about(trigger.KindStopping, "i-1"))
		if _, shown := s.Instances[fullID("i-3")]; shown || len(s.Instances) != 2 || s.Instances[fullID("i-2")].State != inventory.StateRunning {
			t.Errorf("instances %v", s.InstanceIDs())
		}
		if len(s.Gaps) != 1 || !strings.Contains(s.Gaps[0], fullID("i-3")) {
			t.Errorf("gaps %q", s.Gaps)
		}
	})
}

// TestNonMembers: an instance that is not a member is described by its id. One that EC2 does not show is unseen; one
// that EC2 gives no answer about is not in the snapshot.
func TestNonMembers(t *testing.T) {
	for name, test := range map[string]struct {
		fault awssim.Fault
		state inventory.State
		gaps  int
	}{
		"shown":       {awssim.Fault{}, inventory.StateRunning, 0},
		"not shown":   {awssim.Fault{Hide: []string{fullID("i-1")}}, inventory.StateUnseen, 0},
		"no answer":   {awssim.Fault{Code: "InternalError"}, inventory.StateUnasked, 1},
		"not allowed": {awssim.Fault{Code: "UnauthorizedOperation"}, inventory.StateUnasked, 1},
	} {
		inBubble(t, name, func(t *testing.T) {
			a := simulate(t, []awssim.Instance{instance("i-1", nonMember), instance("i-2")}, eni("eni-a", "i-1"))
			a.sim.Intercept(func(c awssim.Call) awssim.Fault {
				if c.Action == "DescribeInstances" && strings.Contains(c.Params.Encode(), fullID("i-1")) {
					return test.fault
				}
				return awssim.Fault{}
			})
			s := a.read(about(trigger.KindStopping, "i-1"))
			if in := s.Instances[fullID("i-1")]; in.State != test.state || in.Confirmed || len(s.Gaps) != test.gaps {
				t.Errorf("%q, gaps %q", in.State, s.Gaps)
			}
		})
	}
}

// TestChecksOfNonMembers: whether a holder that is not a member is impaired is asked for where it decides
// something, and nowhere else.
func TestChecksOfNonMembers(t *testing.T) {
	for _, kind := range []trigger.Kind{trigger.KindAlarm, trigger.KindSweep, trigger.KindStopping} {
		inBubble(t, string(kind), func(t *testing.T) {
			impaired := instance("i-1", nonMember)
			impaired.InstanceStatus = "impaired"
			a := simulate(t, []awssim.Instance{impaired, instance("i-2")}, eni("eni-a", "i-1"))
			event := about(kind, "i-1")
			if kind == trigger.KindSweep {
				event = about(kind, "")
			}
			if s := a.read(event); s.Instances[fullID("i-1")].Health.Impaired() == (kind == trigger.KindStopping) {
				t.Errorf("%+v", s.Instances[fullID("i-1")].Health)
			}
		})
	}
}
