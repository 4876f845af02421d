package plan

import (
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// assign gives every item that is to be carried out a slot on the best candidate, one after the other, so
// that each sees what the ones before it took. An item for which none is left is stranded.
// The algorithm is Kuhn's for a maximum bipartite matching, with augmenting paths over instances with several slots.
func (d *decision) assign(items []Item) {
	for i := range items {
		if items[i].Settled == "" {
			items[i].Candidates = d.candidates(items[i].need)
			d.place(items, i, map[string]bool{})
		}
	}
	for i := range items {
		if items[i].Settled == "" {
			d.conclude(&items[i])
		}
	}
}

// assignEach is assign for plans that ask what would happen if a holder went now: one holder at a time, each
// with all the slots that there are.
func (d *decision) assignEach(items []Item) {
	byHolder := map[string][]int{}
	for i, item := range items {
		byHolder[item.From] = append(byHolder[item.From], i)
	}
	held := heldIn(d.snapshot)
	for _, indexes := range byHolder {
		d.slots = openSlotLedger(d.snapshot, held)
		group := make([]Item, len(indexes))
		for k, i := range indexes {
			group[k] = items[i]
		}
		d.assign(group)
		for k, i := range indexes {
			items[i] = group[k]
		}
	}
}

// place gives item i the best slot that is free, or one that another item can make room in. Instances in
// visited are being made room on already.
func (d *decision) place(items []Item, i int, visited map[string]bool) bool {
	e := items[i].Interface
	for _, c := range items[i].Candidates {
		// Its own slot is nobody else's, so making room for somebody does not concern it.
		if !c.Eligible || (visited[c.Instance] && c.Instance != e.Holder()) {
			continue
		}
		if slot, ok := d.slots.Reserve(c.Instance, e); ok {
			items[i].Choice = slot
			return true
		}
	}
	for _, c := range items[i].Candidates {
		if c.Eligible && !visited[c.Instance] && d.makeRoom(items, i, c.Instance, visited) {
			return true
		}
	}
	return false
}

// makeRoom gives item i a slot on a full instance if one of the items that took its slots can go elsewhere:
// nothing is stranded for the order in which the interfaces come.
func (d *decision) makeRoom(items []Item, i int, instance string, visited map[string]bool) bool {
	visited[instance] = true
	for j := range items {
		taken := items[j].Choice
		if taken.Instance != instance || taken.own || !d.place(items, j, visited) {
			continue
		}
		d.slots.Release(taken)
		items[i].Choice, _ = d.slots.Reserve(instance, items[i].Interface)
		return true
	}
	return false
}

// conclude names the candidates that have no slot left, and settles the item that got none: it is stranded, or refused
// if the request named the one instance that may have it.
func (d *decision) conclude(item *Item) {
	for k := range item.Candidates {
		c := &item.Candidates[k]
		if c.Eligible && c.Instance != item.Choice.Instance && d.slots.free(c.Instance, item.Interface) <= 0 {
			c.Eligible, c.Reason = false, ReasonNoSlot
		}
	}
	slices.SortStableFunc(item.Candidates, func(a, b Candidate) int { return count(b.Eligible) - count(a.Eligible) })
	if item.Choice.Instance != "" {
		return
	}
	if item.need.target != "" {
		d.refuseTarget(item)
	} else {
		d.strand(item)
	}
}

// candidates considers every instance for the interface: those that could take it first, best first, then
// the refused ones in the order of their ids. Slots are not looked at yet.
func (d *decision) candidates(n need) []Candidate {
	type ranked struct {
		Candidate
		rank rank
	}
	var eligible []ranked
	var refused []Candidate
	for _, in := range d.considered(n) {
		c := Candidate{Instance: in.ID, Reason: n.refuse(in, d.snapshot.Limits)}
		if c.Reason != "" {
			refused = append(refused, c)
			continue
		}
		c.Eligible, c.Unknown = true, unknown(in, d.snapshot.Limits)
		eligible = append(eligible, ranked{c, d.rank(n, in)})
	}
	slices.SortFunc(eligible, func(a, b ranked) int { return a.rank.compare(b.rank) })
	all := make([]Candidate, 0, len(eligible)+len(refused))
	for _, r := range eligible {
		all = append(all, r.Candidate)
	}
	return append(all, refused...)
}

// considered lists the instances to consider for the interface: its group's members as far as they
// exist, and the target that was asked for, so that the report shows why it is not taken.
func (d *decision) considered(n need) []inventory.Instance {
	var list []inventory.Instance
	for _, in := range d.membersOf(n.e.Group) {
		if !in.State.Ending() || in.ID == n.doomed || in.ID == n.target {
			list = append(list, in)
		}
	}
	if in, ok := d.snapshot.Instances[n.target]; ok && !in.MemberOf(n.e.Group) {
		list = append(list, in)
	}
	return list
}

// membersOf lists the members of a group in the order of their ids.
func (d *decision) membersOf(group string) []inventory.Instance {
	if d.members == nil {
		d.members = d.snapshot.MembersByGroup()
	}
	return d.members[group]
}
