package inventory_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// compareNetip lets cmp compare addresses and prefixes.
var compareNetip = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}

func attachment(change func(*inventory.Attachment)) *inventory.Attachment {
	a := &inventory.Attachment{ID: "eni-attach-1", Instance: id, InstanceOwner: "123456789012", Status: inventory.StatusAttached, DeviceIndex: 1}
	if change != nil {
		change(a)
	}
	return a
}

// TestSupported: never a primary interface, a requester-managed or operator-managed one, a type other than
// `interface`, one on another network card or attached by another account.
func TestSupported(t *testing.T) {
	tests := []struct {
		name   string
		change func(*inventory.Interface)
		want   bool
	}{
		{"attached", func(*inventory.Interface) {}, true},
		{"unattached", func(e *inventory.Interface) { e.Attachment = nil }, true},
		{"at index 15", func(e *inventory.Interface) { e.Attachment.DeviceIndex = 15 }, true},
		{"owners unknown", func(e *inventory.Interface) { e.Owner = "" }, true},
		{"instance's owner unknown", func(e *inventory.Interface) { e.Attachment.InstanceOwner = "" }, true},
		{"primary", func(e *inventory.Interface) { e.Attachment.DeviceIndex = 0 }, false},
		{"on another network card", func(e *inventory.Interface) { e.Attachment.NetworkCard = 1 }, false},
		{"another account's instance", func(e *inventory.Interface) { e.Attachment.InstanceOwner = "999999999999" }, false},
		{"requester-managed", func(e *inventory.Interface) { e.RequesterManaged = true }, false},
		{"operator-managed", func(e *inventory.Interface) { e.OperatorManaged = true }, false},
		{"requester-managed and unattached", func(e *inventory.Interface) { e.Attachment, e.RequesterManaged = nil, true }, false},
		{"efa", func(e *inventory.Interface) { e.Type = "efa" }, false},
		{"efa, unattached", func(e *inventory.Interface) { e.Attachment, e.Type = nil, "efa" }, false},
		{"trunk", func(e *inventory.Interface) { e.Type = "trunk" }, false},
		{"branch", func(e *inventory.Interface) { e.Type = "branch" }, false},
		{"a type to come", func(e *inventory.Interface) { e.Type = "quantum" }, false},
		{"no type", func(e *inventory.Interface) { e.Type = "" }, false},
		{"another case", func(e *inventory.Interface) { e.Type = "Interface" }, false},
	}
	for _, tt := range tests {
		e := inventory.Interface{ID: "eni-1", Type: inventory.TypeInterface, Owner: "123456789012", Attachment: attachment(nil)}
		tt.change(&e)
		if got := e.Supported(); got != tt.want {
			t.Errorf("%s: supported is %v", tt.name, got)
		}
	}
}

// TestAttachmentStates has every status of an interface with every status of its attachment.
func TestAttachmentStates(t *testing.T) {
	interfaceStatuses := []inventory.Status{inventory.StatusAvailable, inventory.StatusInUse, inventory.StatusAttaching, inventory.StatusDetaching, "associated", ""}
	for _, status := range interfaceStatuses {
		e := inventory.Interface{Status: status}
		if e.Detaching() || !e.Unattached() || e.Holder() != "" {
			t.Errorf("%q without attachment: detaching %v, unattached %v, holder %q", status, e.Detaching(), e.Unattached(), e.Holder())
		}
		for _, of := range []inventory.Status{inventory.StatusAttaching, inventory.StatusAttached, inventory.StatusDetaching, inventory.StatusDetached, ""} {
			e := inventory.Interface{Status: status, Attachment: attachment(func(a *inventory.Attachment) { a.Status = of })}
			detaching := of == inventory.StatusDetaching || status == inventory.StatusDetaching
			if e.Detaching() != detaching || e.Unattached() != (of == inventory.StatusDetached) || e.Holder() != id {
				t.Errorf("%q with attachment %q: detaching %v, unattached %v, holder %q", status, of, e.Detaching(), e.Unattached(), e.Holder())
			}
		}
	}
}

func TestAddresses(t *testing.T) {
	e := inventory.Interface{
		Addresses: []inventory.Address{{IP: netip.MustParseAddr("10.0.0.6")}, {IP: netip.MustParseAddr("10.0.0.5"), Primary: true}},
		IPv6:      []netip.Addr{netip.MustParseAddr("2001:db8::1")},
		Prefixes:  []netip.Prefix{netip.MustParsePrefix("10.0.1.0/28"), netip.MustParsePrefix("2001:db8:1::/80"), netip.MustParsePrefix("2001:db8:2::/80")},
	}
	if e.CountIPv4() != 3 || e.CountIPv6() != 3 {
		t.Errorf("%d IPv4 and %d IPv6: a prefix counts as one address", e.CountIPv4(), e.CountIPv6())
	}
	if got := e.PrimaryIPv4().String(); got != "10.0.0.5" {
		t.Errorf("primary address %s", got)
	}
	if (inventory.Interface{}).PrimaryIPv4().IsValid() {
		t.Error("a primary address of none")
	}
}

func TestStates(t *testing.T) {
	for state, want := range map[inventory.State]struct{ leaving, ending bool }{
		inventory.StateUnasked: {false, false}, inventory.StateUnseen: {false, false}, inventory.StatePending: {false, false}, inventory.StateRunning: {false, false}, "rebooting": {false, false},
		inventory.StateStopping: {true, false}, inventory.StateStopped: {true, false},
		inventory.StateShuttingDown: {true, true}, inventory.StateTerminated: {true, true}, inventory.StateMissing: {true, true},
	} {
		if state.Leaving() != want.leaving || state.Ending() != want.ending {
			t.Errorf("%q: leaving %v, ending %v", state, state.Leaving(), state.Ending())
		}
	}
	for scaling, want := range map[inventory.Scaling]struct{ leaving, terminating bool }{
		"": {false, false}, "none": {false, false}, "InService": {false, false}, "Pending": {false, false}, "Pending:Wait": {false, false}, "Quarantined": {false, false},
		"Standby": {true, false}, "EnteringStandby": {true, false}, "Detaching": {true, false}, "Detached": {true, false},
		"Terminating": {true, true}, "Terminating:Wait": {true, true}, "Terminating:Proceed": {true, true}, "Terminated": {true, true},
		"Warmed:Pending": {true, false}, "Warmed:Running": {true, false}, "Warmed:Stopped": {true, false}, "Warmed:Hibernated": {true, false}, "Warmed:Terminating:Wait": {true, false},
		"ReplacingRootVolume": {true, false}, "ReplacingRootVolume:Wait": {true, false}, "ReplacingRootVolume:Proceed": {true, false}, "RootVolumeReplaced": {false, false},
	} {
		if scaling.Leaving() != want.leaving || scaling.Terminating() != want.terminating {
			t.Errorf("%q: leaving %v, terminating %v", scaling, scaling.Leaving(), scaling.Terminating())
		}
	}
}

// TestHealth: a check is impaired only if EC2 says so; what is unknown is neither healthy nor impaired. The
// application on an instance is none of its checks.
func TestHealth(t *testing.T) {
	checks := []inventory.Check{inventory.CheckUnknown, inventory.CheckOK, inventory.CheckImpaired, inventory.CheckInitializing, inventory.CheckInsufficient}
	for _, system := range checks {
		for _, instance := range checks {
			for _, ebs := range checks {
				h := inventory.Health{System: system, Instance: instance, EBS: ebs, Application: inventory.CheckImpaired}
				if want := slices.Contains([]inventory.Check{system, instance, ebs}, inventory.CheckImpaired); h.Impaired() != want {
					t.Errorf("%+v: impaired is %v", h, h.Impaired())
				}
			}
		}
	}
}

func TestSnapshot(t *testing.T) {
	s := inventory.Snapshot{Instances: map[string]inventory.Instance{}}
	for _, n := range []int{3, 1, 2} {
		s.Add(inventory.Instance{ID: fmt.Sprint("i-", n), Groups: []string{"db"}[:n%2]})
	}
	s.Add(inventory.Instance{ID: "i-2", Type: "t3.nano", Groups: []string{"db", "web", "db"}})
	if got := s.InstanceIDs(); !slices.Equal(got, []string{"i-1", "i-2", "i-3"}) {
		t.Errorf("ids %v", got)
	}
	var members []string
	for _, in := range s.MembersByGroup()["db"] {
		members = append(members, in.ID+" "+in.Type)
	}
	if !slices.Equal(members, []string{"i-1 ", "i-2 t3.nano", "i-3 "}) {
		t.Errorf("members %q", members)
	}
	if got := s.MembersByGroup()["other"]; len(got) != 0 {
		t.Errorf("members %v of a group without any", got)
	}
	for n, status := range []inventory.Status{inventory.StatusAttached, inventory.StatusAttaching, inventory.StatusDetaching} {
		s.Interfaces = append(s.Interfaces, inventory.Interface{ID: fmt.Sprint("eni-", n), Attachment: attachment(func(a *inventory.Attachment) { a.Status = status })})
	}
	s.Interfaces = append(s.Interfaces, inventory.Interface{ID: "eni-9"})
	if e, ok := s.Interface("eni-1"); !ok || e.Attachment.Status != inventory.StatusAttaching {
		t.Errorf("found %+v, %v", e, ok)
	}
	if _, ok := s.Interface("eni-7"); ok {
		t.Error("found an interface that is not there")
	}
}

// TestUnattachedSince: an interface is unattached since the first of the reads in a row that show it so.
func TestUnattachedSince(t *testing.T) {
	first, second, third := time.Unix(100, 0), time.Unix(105, 0), time.Unix(110, 0)
	on := &inventory.Attachment{ID: "eni-attach-1", Instance: "i-1", Status: inventory.StatusAttached}
	s := inventory.Snapshot{Interfaces: []inventory.Interface{{ID: "eni-1"}, {ID: "eni-2", Attachment: on}, {ID: "eni-3"}}}
	s.StampUnattached(first)
	s.Update(second, inventory.Interface{ID: "eni-1"}, inventory.Interface{ID: "eni-2"}, inventory.Interface{ID: "eni-3", Attachment: on})
	s.Update(third, inventory.Interface{ID: "eni-2"})
	for i, want := range []time.Time{first, second, {}} {
		if got := s.Interfaces[i].UnattachedSince; !got.Equal(want) {
			t.Errorf("%s is unattached since %s, want %s", s.Interfaces[i].ID, got, want)
		}
	}
}

// TestUpdate: a second read replaces the first, and tells that a group tag has changed meanwhile. An interface that it does
// not show stays, since one read proves no loss, and a new one is not in scope.
func TestUpdate(t *testing.T) {
	s := inventory.Snapshot{Interfaces: []inventory.Interface{{ID: "eni-1", Group: "db"}, {ID: "eni-2", Group: "db"}, {ID: "eni-3", Group: "db"}}}
	s.Update(time.Time{}, inventory.Interface{ID: "eni-2", Group: "db", Paused: true}, inventory.Interface{ID: "eni-3", Group: "web"}, inventory.Interface{ID: "eni-4", Group: "db"})
	want := []inventory.Interface{{ID: "eni-1", Group: "db"}, {ID: "eni-2", Group: "db", Paused: true}, {ID: "eni-3", Group: "web", Regrouped: true}}
	if diff := cmp.Diff(want, s.Interfaces, compareNetip); diff != "" {
		t.Errorf("interfaces (-want +got):\n%s", diff)
	}
}

// TestInterruptionOf: a status code stays when its interruption is over, so it counts only while the instance runs.
func TestInterruptionOf(t *testing.T) {
	const unknown, none, pending = inventory.InterruptionUnknown, inventory.InterruptionNone, inventory.InterruptionPending
	states := map[inventory.State]inventory.Interruption{
		inventory.StateRunning: pending, inventory.StateUnasked: unknown,
		inventory.StatePending: none, inventory.StateStopping: none, inventory.StateStopped: none,
		inventory.StateShuttingDown: none, inventory.StateTerminated: none, inventory.StateMissing: none,
	}
	for state, want := range states {
		if got := (inventory.SpotRequest{Interruption: pending}).InterruptionOf(state); got != want {
			t.Errorf("%q: got %q, want %q", state, got, want)
		}
		for _, other := range []inventory.Interruption{unknown, none} {
			if got := (inventory.SpotRequest{Interruption: other}).InterruptionOf(state); got != other {
				t.Errorf("%q: got %q, want %q", state, got, other)
			}
		}
	}
}

// TestConfirm has two reads, and what they say together about one instance.
func TestConfirm(t *testing.T) {
	tests := []struct {
		earlier, later, want inventory.State
		confirmed            bool
	}{
		{inventory.StateUnseen, inventory.StateUnseen, inventory.StateMissing, true},
		{inventory.StateStopped, inventory.StateUnseen, inventory.StateStopped, true},
		{inventory.StateTerminated, inventory.StateUnseen, inventory.StateTerminated, true},
		{inventory.StateStopped, inventory.StateStopping, inventory.StateStopping, true},
		{inventory.StateUnseen, inventory.StateStopped, inventory.StateStopped, true},
		{inventory.StateRunning, inventory.StateRunning, inventory.StateRunning, true},
		{inventory.StatePending, inventory.StateRunning, inventory.StateRunning, true},
		{inventory.StateRunning, inventory.StateUnseen, inventory.StateUnseen, false},
		{inventory.StateUnseen, inventory.StateRunning, inventory.StateRunning, false},
		{inventory.StateUnseen, inventory.StateUnasked, inventory.StateUnasked, false},
		{inventory.StateUnasked, inventory.StateUnseen, inventory.StateUnseen, false},
	}
	for _, test := range tests {
		read := func(state inventory.State) inventory.Snapshot {
			return inventory.Snapshot{Instances: map[string]inventory.Instance{"i-1": {ID: "i-1", State: state}, "i-2": {ID: "i-2", State: state}}}
		}
		s := read(test.later)
		s.Confirm(read(test.earlier), []string{"i-1", "i-3"})
		if in := s.Instances["i-1"]; in.State != test.want || in.Confirmed != test.confirmed {
			t.Errorf("%q, then %q: %q, confirmed %t", test.earlier, test.later, in.State, in.Confirmed)
		}
		if in := s.Instances["i-2"]; in.State != test.later || in.Confirmed || len(s.Instances) != 2 {
			t.Errorf("changed what was not asked for: %+v", s.Instances)
		}
	}
}

// TestConfirmUnattached has two reads of an interface that may have been attached in between.
func TestConfirmUnattached(t *testing.T) {
	first := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	read := func(at, since time.Time) inventory.Snapshot {
		return inventory.Snapshot{At: at, Interfaces: []inventory.Interface{{ID: "eni-1", UnattachedSince: since}}}
	}
	second := first.Add(5 * time.Second)
	for _, test := range []struct{ earlier, later, want time.Time }{
		{first, second, first},
		{first, second.Add(1), second.Add(1)}, // attached when the second read began
		{first, time.Time{}, time.Time{}},
		{time.Time{}, second, second},
	} {
		s := read(second, test.later)
		s.Confirm(read(first, test.earlier), nil)
		if got := s.Interfaces[0].UnattachedSince; !got.Equal(test.want) {
			t.Errorf("unattached since %s, then %s: %s, want %s", test.earlier, test.later, got, test.want)
		}
	}
}
