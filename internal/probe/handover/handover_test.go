package handover_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/probe/handover"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

const (
	vpc  = "vpc-1"
	zone = "eu-west-1a"
)

// id makes the n-th id of a kind, like i-00000001.
func id(kind string, n int) string { return fmt.Sprintf("%s-%08x", kind, n) }

func member(n int) inventory.Instance {
	return inventory.Instance{
		ID: id("i", n), AZ: zone, VPC: vpc, State: inventory.StateRunning, Groups: []string{"db"},
		PrimaryAddress: netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}),
	}
}

func probed(n int, holder string) inventory.Interface {
	return inventory.Interface{
		ID: id("eni", n), Type: inventory.TypeInterface, AZ: zone, VPC: vpc, Group: "db", Status: inventory.StatusInUse,
		Attachment: &inventory.Attachment{ID: id("eni-attach", n), Instance: holder, DeviceIndex: 1, Status: inventory.StatusAttached},
		Addresses:  []inventory.Address{{IP: netip.AddrFrom4([4]byte{10, 1, byte(n >> 8), byte(n)}), Primary: true}},
		ProbeTag:   "tcp:5432 for:5s", Records: []string{"db.corp.internal", "other.corp.internal"},
	}
}

func snapshot(interfaces []inventory.Interface, instances ...inventory.Instance) inventory.Snapshot {
	s := inventory.Snapshot{Interfaces: interfaces, Instances: map[string]inventory.Instance{}}
	for _, in := range instances {
		s.Instances[in.ID] = in
	}
	return s
}

var settings = handover.Settings{VPC: vpc, Run: 65 * time.Second}

// TestTarget: the sweep's request, to the letter of what the probe takes.
func TestTarget(t *testing.T) {
	e := probed(1, id("i", 1))
	e.ReachedTag = e.Attachment.ID
	got := handover.Requests(snapshot([]inventory.Interface{e}, member(1), member(2), member(3)), settings)
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"run":"65s","targets":[{"networkInterfaceId":"eni-00000001","attachmentId":"eni-attach-00000001","instanceId":"i-00000001",` +
		`"address":"10.1.0.1","probe":"tcp:5432 for:5s","host":"db.corp.internal","armed":true,"witnesses":["10.0.0.2","10.0.0.3","10.0.0.1"]}]}]`
	if d := cmp.Diff(want, string(text)); d != "" {
		t.Error(d)
	}
}

// TestWhoIsAsked: each change of an interface that is asked, and whether it is asked then.
func TestWhoIsAsked(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(e *inventory.Interface, holder *inventory.Instance)
		want   bool
	}{
		"as it is":          {func(*inventory.Interface, *inventory.Instance) {}, true},
		"without a tag":     {func(e *inventory.Interface, _ *inventory.Instance) { e.ProbeTag = "" }, false},
		"another VPC":       {func(e *inventory.Interface, _ *inventory.Instance) { e.VPC = "vpc-2" }, false},
		"paused":            {func(e *inventory.Interface, _ *inventory.Instance) { e.Paused = true }, false},
		"unsupported":       {func(e *inventory.Interface, _ *inventory.Instance) { e.RequesterManaged = true }, false},
		"no group":          {func(e *inventory.Interface, _ *inventory.Instance) { e.Group = "" }, false},
		"unattached":        {func(e *inventory.Interface, _ *inventory.Instance) { e.Attachment = nil }, false},
		"attaching":         {func(e *inventory.Interface, _ *inventory.Instance) { e.Attachment.Status = inventory.StatusAttaching }, false},
		"detaching":         {func(e *inventory.Interface, _ *inventory.Instance) { e.Attachment.Status = inventory.StatusDetaching }, false},
		"holder stops":      {func(_ *inventory.Interface, in *inventory.Instance) { in.State = inventory.StateStopping }, false},
		"holder terminated": {func(_ *inventory.Interface, in *inventory.Instance) { in.State = inventory.StateTerminated }, false},
		"holder unknown":    {func(_ *inventory.Interface, in *inventory.Instance) { in.State = inventory.StateUnasked }, true},
		"no address":        {func(e *inventory.Interface, _ *inventory.Instance) { e.Addresses = nil }, false},
		"IPv6 only": {func(e *inventory.Interface, _ *inventory.Instance) {
			e.Addresses, e.IPv6 = nil, []netip.Addr{netip.MustParseAddr("2001:db8::5")}
		}, true},
	} {
		e, holder := probed(1, id("i", 1)), member(1)
		tt.change(&e, &holder)
		got := handover.Requests(snapshot([]inventory.Interface{e}, holder), settings)
		if (len(got) == 1) != tt.want {
			t.Errorf("%s: %d requests; asked should be %v", name, len(got), tt.want)
		}
	}
	elsewhere := settings
	elsewhere.Policy = plan.Policy{Groups: []string{"web"}}
	if got := handover.Requests(snapshot([]inventory.Interface{probed(1, id("i", 1))}, member(1)), elsewhere); len(got) != 0 {
		t.Errorf("a group that this deployment does not serve is asked: %v", got)
	}
}

// TestArmed: an answer on another attachment does not count.
func TestArmed(t *testing.T) {
	for tag, want := range map[string]bool{"": false, id("eni-attach", 1): true, id("eni-attach", 2): false} {
		e := probed(1, id("i", 1))
		e.ReachedTag = tag
		got := handover.Requests(snapshot([]inventory.Interface{e}, member(1)), settings)
		if got[0].Targets[0].Armed != want {
			t.Errorf("reached on %q: armed is %v", tag, !want)
		}
	}
}

// TestWitnesses: the running members of the group in the zone and VPC, the holder last.
func TestWitnesses(t *testing.T) {
	with := func(n int, change func(*inventory.Instance)) inventory.Instance {
		in := member(n)
		change(&in)
		return in
	}
	got := handover.Requests(snapshot([]inventory.Interface{probed(1, id("i", 1))},
		member(1), member(2),
		with(3, func(in *inventory.Instance) { in.State = inventory.StateStopped }),
		with(4, func(in *inventory.Instance) { in.AZ = "eu-west-1b" }),
		with(5, func(in *inventory.Instance) { in.VPC = "vpc-2" }),
		with(6, func(in *inventory.Instance) { in.Groups = []string{"web"} }),
		with(7, func(in *inventory.Instance) { in.PrimaryAddress = netip.Addr{} }),
		with(8, func(in *inventory.Instance) { in.Groups = []string{"web", "db"} }),
	), settings)
	want := []netip.Addr{netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.0.8"), netip.MustParseAddr("10.0.0.1")}
	if !slices.Equal(got[0].Targets[0].Witnesses, want) {
		t.Errorf("witnesses are %v; want %v", got[0].Targets[0].Witnesses, want)
	}
}

// TestWitnessesInTurn: of many members each is a witness once in a while, with sweeps every one, two and five minutes. The
// holder is none, since its host may be as silent.
func TestWitnessesInTurn(t *testing.T) {
	for _, members := range []int{6, 7, 10, 11, 12, 30} {
		var instances []inventory.Instance
		for n := range members + 1 {
			instances = append(instances, member(n+1))
		}
		for _, between := range []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute} {
			s := snapshot([]inventory.Interface{probed(1, id("i", 1))}, instances...)
			s.At = time.Date(2026, time.November, 23, 10, 0, 59, 0, time.UTC)
			taken := map[netip.Addr]bool{}
			for range members {
				witnesses := handover.Requests(s, settings)[0].Targets[0].Witnesses
				if again := handover.Requests(s, settings)[0].Targets[0].Witnesses; len(witnesses) != 5 || !slices.Equal(witnesses, again) {
					t.Errorf("%d members at %v: witnesses are %v, and then %v", members, s.At, witnesses, again)
				}
				for _, w := range witnesses {
					taken[w] = true
				}
				s.At = s.At.Add(between)
			}
			if len(taken) != members || taken[member(1).PrimaryAddress] {
				t.Errorf("sweeps every %v: %d of %d members are witnesses in turn", between, len(taken), members)
			}
		}
	}
}

// TestLimits: "at most 200 targets an event, under 100 KB", each target once, and each request is one that the probe takes.
func TestLimits(t *testing.T) {
	var instances []inventory.Instance
	for n := range 50 {
		instances = append(instances, member(n+1))
	}
	for _, tt := range []struct {
		interfaces int
		tag        string
		requests   int
	}{
		{0, "tcp:1", 0},
		{1, "tcp:1", 1},
		{200, "tcp:1", 1},
		{201, "tcp:1", 2},
		{1000, "tcp:1", 5},
		{400, "http:80/" + strings.Repeat("x", 240), 3},
	} {
		var list []inventory.Interface
		for n := range tt.interfaces {
			e := probed(n+1, id("i", 1+n%50))
			e.ProbeTag = tt.tag
			if len(tt.tag) > 100 {
				e.Records = []string{strings.Repeat("a-long-label.", 10) + "internal"}
			}
			list = append(list, e)
		}
		got := handover.Requests(snapshot(list, instances...), settings)
		if len(got) != tt.requests {
			t.Errorf("%d interfaces make %d requests; want %d", tt.interfaces, len(got), tt.requests)
		}
		seen := map[string]bool{}
		for _, r := range got {
			text, err := json.Marshal(r)
			if err != nil || len(text) >= handover.MaxBytes || len(r.Targets) > handover.MaxTargets {
				t.Errorf("a request has %d bytes and %d targets (%v)", len(text), len(r.Targets), err)
			}
			in, err := verdict.ParseInput(text)
			if err != nil {
				t.Fatalf("the probe refuses the request: %v", err)
			}
			for n, target := range in.Targets {
				seen[target.Interface] = true
				in.Targets[n].Armed, in.Targets[n].ReachedAt = true, time.Date(2026, time.November, 23, 10, 0, 0, 123e6, time.UTC)
			}
			rest, err := json.Marshal(verdict.Rest{Run: "42.555s", Targets: in.Targets})
			if err != nil || len(rest) >= handover.MaxBytes {
				t.Errorf("the rest of a run, with all targets silent, has %d bytes (%v)", len(rest), err)
			}
		}
		if len(seen) != tt.interfaces {
			t.Errorf("%d of %d interfaces are asked", len(seen), tt.interfaces)
		}
	}
}

// TestCountUnreached counts the interfaces that are asked and have not answered on their attachments for too long.
func TestCountUnreached(t *testing.T) {
	now := time.Date(2026, time.November, 23, 10, 0, 0, 0, time.UTC)
	var list []inventory.Interface
	for n, change := range []func(*inventory.Interface){
		func(*inventory.Interface) {},                                        // counts
		func(e *inventory.Interface) { e.ReachedTag = id("eni-attach", 99) }, // counts: another attachment
		func(e *inventory.Interface) { e.ReachedTag = e.Attachment.ID },
		func(e *inventory.Interface) { e.Attachment.AttachTime = now.Add(-handover.UnreachedAfter) },
		func(e *inventory.Interface) { e.Paused = true },
		func(e *inventory.Interface) { e.ProbeTag = "" },
	} {
		e := probed(n+1, id("i", 1))
		e.Attachment.AttachTime = now.Add(-handover.UnreachedAfter - time.Second)
		change(&e)
		list = append(list, e)
	}
	s := snapshot(list, member(1))
	s.At = now
	if got := handover.CountUnreached(s, settings); got != 2 {
		t.Errorf("%d are unreached; want 2", got)
	}
}
