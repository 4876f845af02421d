package observe_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// census takes a census and inspects it, as an audit does.
func (a *account) census() inventory.Snapshot {
	a.t.Helper()
	s, err := a.observer.Census(a.ctx())
	if err != nil {
		a.t.Fatal(err)
	}
	a.observer.Inspect(a.ctx(), &s)
	return s
}

// TestCensus: a census knows all members, also without any interface, and the holders that are not members. Its two
// first questions are asked at the same time.
func TestCensus(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		a := simulate(t, []awssim.Instance{instance("i-1", nonMember), instance("i-2", spot), instance("i-9", nonMember)}, eni("eni-a", "i-1"))
		s := a.census()
		if len(s.Instances) != 2 || s.Instances[fullID("i-1")].State != inventory.StateRunning || s.Instances[fullID("i-2")].Health.System != inventory.CheckOK {
			t.Errorf("%+v", s.Instances)
		}
		const want = `Instances(tag-key group) NetworkInterfaces(tag-key group)
Instances(instance-id i-1)
InstanceStatus(i-1, i-2) InstanceTypes(instance-type t3.small) SpotInstanceRequests(instance-id i-2)
`
		if got := a.rounds(); got != want {
			t.Errorf("calls\n%swant\n%s", got, want)
		}
	})
	inBubble(t, "without interfaces", func(t *testing.T) {
		a := simulate(t, []awssim.Instance{instance("i-2")})
		if s := a.census(); len(s.Instances) != 1 {
			t.Errorf("%+v", s.Instances)
		}
	})
}

// TestReadVolumeKeys: the keys of stopped cold standbys are read, and of no other instance. What some calls did not answer
// leaves the keys of the others known.
func TestReadVolumeKeys(t *testing.T) {
	const key = "arn:aws:kms:eu-west-1:123456789012:key/a"
	encrypted := func(w *awssim.World) {
		for n, in := range w.Instances {
			w.Volumes = append(w.Volumes, awssim.Volume{ID: fmt.Sprintf("vol-%017x", n), Instance: in.ID, Encrypted: true, KMSKeyID: key})
		}
	}
	instances := []awssim.Instance{
		instance("i-1", startTag("true")), instance("i-2", stopped), instance("i-3", stopped, startTag("true")), instance("i-4", stopped, startTag("false")),
	}
	inBubble(t, "", func(t *testing.T) {
		a := simulate(t, instances, eni("eni-a", "i-1"))
		a.sim.Edit(encrypted)
		s := a.census()
		asked := len(a.sim.Calls())
		a.observer.ReadVolumeKeys(a.ctx(), &s)
		for id, in := range s.Instances {
			if want := id == fullID("i-3"); slices.Equal(in.VolumeKeys, []string{key}) != want || !want && in.VolumeKeys != nil {
				t.Errorf("%s: keys %v", id, in.VolumeKeys)
			}
		}
		if len(a.sim.Calls()) != asked+1 || len(s.Gaps) > 0 {
			t.Errorf("%d calls, gaps %q", len(a.sim.Calls())-asked, s.Gaps)
		}
	})
	inBubble(t, "no answer", func(t *testing.T) {
		a := simulate(t, instances, eni("eni-a", "i-1"))
		a.sim.Edit(encrypted)
		s := a.census()
		a.refuse("DescribeVolumes", "UnauthorizedOperation", always)
		a.observer.ReadVolumeKeys(a.ctx(), &s)
		if len(s.Gaps) != 1 || !strings.Contains(s.Gaps[0], "DescribeVolumes") || s.Instances[fullID("i-3")].VolumeKeys != nil {
			t.Errorf("gaps %q, keys %v", s.Gaps, s.Instances[fullID("i-3")].VolumeKeys)
		}
	})
	inBubble(t, "some answers", func(t *testing.T) {
		var many []awssim.Instance
		for n := range 1100 { // the ids of the first thousand are asked about one call after the other
			many = append(many, instance(fmt.Sprintf("i-%04x", n), stopped, startTag("true")))
		}
		a := simulate(t, many, eni("eni-a", ""))
		a.sim.Edit(encrypted)
		s := a.census()
		a.refuse("DescribeVolumes", "UnauthorizedOperation", func(n int) bool { return n == 1 })
		a.observer.ReadVolumeKeys(a.ctx(), &s)
		known := 0
		for _, in := range s.Instances {
			if in.VolumeKeys != nil {
				known++
			}
		}
		if len(s.Gaps) != 1 || known != 100 && known != 1000 {
			t.Errorf("%d gaps, the keys of %d instances are known", len(s.Gaps), known)
		}
	})
}

// TestCensusConfirms: a holder that is not a member is missing only if two answers, some seconds apart, do not show it.
func TestCensusConfirms(t *testing.T) {
	for name, test := range map[string]struct {
		answers []awssim.Fault // to the questions about the holder; the last one holds for the rest
		state   inventory.State
		gaps    int
	}{
		"shown":                     {[]awssim.Fault{{}}, inventory.StateRunning, 0},
		"never shown":               {[]awssim.Fault{{Hide: []string{fullID("i-1")}}}, inventory.StateMissing, 0},
		"shown the second time":     {[]awssim.Fault{{Hide: []string{fullID("i-1")}}, {}}, inventory.StateRunning, 0},
		"no answer the second time": {[]awssim.Fault{{Hide: []string{fullID("i-1")}}, {Code: "InternalError"}}, inventory.StateUnseen, 0},
		"never an answer":           {[]awssim.Fault{{Code: "InternalError"}}, inventory.StateUnasked, 1},
	} {
		inBubble(t, name, func(t *testing.T) {
			a := simulate(t, []awssim.Instance{instance("i-1", nonMember), instance("i-2")}, eni("eni-a", "i-1"))
			start := time.Now()
			a.sim.Intercept(func(c awssim.Call) awssim.Fault {
				if c.Action != "DescribeInstances" || !strings.Contains(c.Params.Encode(), fullID("i-1")) {
					return awssim.Fault{}
				}
				if time.Since(start) < plan.ConfirmAfter {
					return test.answers[0]
				}
				return test.answers[len(test.answers)-1]
			})
			s := a.census()
			if in := s.Instances[fullID("i-1")]; in.State != test.state || len(s.Gaps) != test.gaps {
				t.Errorf("%q, gaps %q\n%s", in.State, s.Gaps, a.rounds())
			}
		})
	}
}

// TestCensusInsists: a census has all the time of its context for the interfaces and members. Both errors are told.
func TestCensusInsists(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		const limit = time.Minute
		a := simulate(t, []awssim.Instance{instance("i-1")}, eni("eni-a", "i-1"))
		a.sim.Intercept(func(awssim.Call) awssim.Fault { return awssim.Fault{Code: "RequestLimitExceeded"} })
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		_, err := a.observer.Census(ctx)
		if err == nil || !strings.Contains(err.Error(), "DescribeNetworkInterfaces") || !strings.Contains(err.Error(), "DescribeInstances") {
			t.Errorf("error: %v", err)
		}
		if took := time.Since(a.started); took < limit-6*time.Second || took > limit+time.Millisecond {
			t.Errorf("gave up after %s of %s", took, limit)
		}
	})
}
