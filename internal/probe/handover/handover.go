// Package handover makes the requests that the sweep hands to the probe: which interfaces are asked, at which address,
// and by which witnesses the prober tells their silence from its own. It is pure; the sweep puts the requests on the bus.
package handover

import (
	"encoding/json"
	"net/netip"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// The limits of one request. One run of the probe asks all targets of its request each second.
const (
	MaxTargets = 200
	// MaxBytes limits the JSON of a request, so that it fits every target that a rule may have (EventBridge takes 256 KB).
	MaxBytes = 100_000
)

// maxWitnesses limits the witnesses of one target: each costs bytes, and one that answers is enough.
const maxWitnesses = 5

// Settings say which interfaces this deployment's probe serves.
type Settings struct {
	// VPC is the VPC that the probe is in.
	VPC string
	// Run is how long one run asks.
	Run time.Duration
	// Policy decides which interfaces may be moved. The others are not asked: their verdict could change nothing.
	Policy plan.Policy
}

// Requests returns what the probe is to ask, in requests that keep the limits. There is none if no interface wants a
// probe.
func Requests(s inventory.Snapshot, settings Settings) []verdict.Rest {
	witnesses, minute := witnessesIn(s), int(max(0, s.At.Unix())/60)
	var list []verdict.Rest
	bytes := 0
	for _, e := range s.Interfaces {
		if !probed(s, settings, e) {
			continue
		}
		t := target(e, witnesses.of(e, minute))
		size := sizeOf(grown(t))
		last := len(list) - 1
		if last < 0 || len(list[last].Targets) == MaxTargets || bytes+size > MaxBytes {
			list = append(list, verdict.Rest{Run: verdict.FormatRun(settings.Run)})
			last++
			bytes = sizeOf(list[last])
		}
		list[last].Targets = append(list[last].Targets, t)
		bytes += size
	}
	return list
}

// UnreachedAfter limits the time that a service may take to answer on a new attachment.
const UnreachedAfter = 5 * time.Minute

// CountUnreached counts the interfaces that the probe asks and that have not answered it for too long on the attachment
// that they are on: while that is so, the probe can't act on them.
func CountUnreached(s inventory.Snapshot, settings Settings) int {
	n := 0
	for _, e := range s.Interfaces {
		if probed(s, settings, e) && !e.Reached() && s.At.Sub(e.Attachment.AttachTime) > UnreachedAfter {
			n++
		}
	}
	return n
}

// grown returns a target as large as the rest of a run may make it, so that a rest keeps the limit, too.
func grown(t verdict.Target) verdict.Target {
	t.Armed, t.ReachedAt = true, time.UnixMilli(999).UTC()
	return t
}

// sizeOf returns the length of a value in JSON, with the comma that separates it from the next one.
func sizeOf(v any) int {
	text, err := json.Marshal(v)
	if err != nil {
		return MaxBytes // plain strings, addresses and booleans never fail
	}
	return len(text) + 1
}

// probed reports whether this deployment's probe asks an interface: only a prober in the same VPC reaches it.
func probed(s inventory.Snapshot, settings Settings, e inventory.Interface) bool {
	return e.VPC == settings.VPC && NeedsProbe(s, settings.Policy, e)
}

// NeedsProbe reports whether an interface is to be probed, by a prober in its VPC: its tag asks for that, it may be
// moved, and it is attached to an instance that is not going away. What a holder that goes away leaves is healed
// without a probe.
func NeedsProbe(s inventory.Snapshot, policy plan.Policy, e inventory.Interface) bool {
	if e.ProbeTag == "" || !e.ProbeAddress().IsValid() {
		return false
	}
	if a := e.Attachment; a == nil || a.Status != inventory.StatusAttached || e.Detaching() {
		return false
	}
	if reason, _ := policy.Untouchable(e); reason != "" {
		return false
	}
	return !s.Instances[e.Holder()].State.Leaving()
}

func target(e inventory.Interface, witnesses []netip.Addr) verdict.Target {
	t := verdict.Target{
		Interface: e.ID, Attachment: e.Attachment.ID, Instance: e.Holder(), Address: e.ProbeAddress(),
		Tag: e.ProbeTag, Armed: e.Reached(), Witnesses: witnesses,
	}
	if len(e.Records) > 0 {
		t.Host = e.Records[0]
	}
	return t
}

// place is where the witnesses of an interface run.
type place struct{ group, zone, vpc string }

// candidates are the instances that can be witnesses, by place, in the order of their ids.
type candidates map[place][]inventory.Instance

// witnessesIn returns the running members of all groups.
func witnessesIn(s inventory.Snapshot) candidates {
	c := candidates{}
	for _, id := range s.InstanceIDs() {
		in := s.Instances[id]
		if in.State != inventory.StateRunning || !in.PrimaryAddress.IsValid() {
			continue
		}
		for _, group := range in.Groups {
			at := place{group, in.AZ, in.VPC}
			c[at] = append(c[at], in)
		}
	}
	return c
}

// of returns the primary addresses of running members of the interface's group in its zone. If there are too many, each
// minute begins with another one, since those that do not admit the prober prove nothing. The holder comes last: its host may
// be as silent as the interface.
func (c candidates) of(e inventory.Interface, minute int) []netip.Addr {
	var list, holder []netip.Addr
	for _, in := range c[place{e.Group, e.AZ, e.VPC}] {
		if in.ID == e.Holder() {
			holder = append(holder, in.PrimaryAddress)
		} else {
			list = append(list, in.PrimaryAddress)
		}
	}
	if len(list) > maxWitnesses {
		first := minute % len(list)
		list = slices.Concat(list[first:], list[:first])
	}
	list = append(list, holder...)
	return list[:min(len(list), maxWitnesses)]
}
