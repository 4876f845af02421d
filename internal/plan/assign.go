package plan

import (
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// assign gives every item that is to be carried out a slot on its best candidate. The items take turns, so that each
// sees the slots that the ones before it took, and an item is stranded only if no order of the turns would help it: this
// is Kuhn's algorithm for a maximum bipartite matching of interfaces and slots, whose augmenting paths [decision.place]
// and [decision.makeRoom] follow.
func (d *decision) assign(items []Item) {
	for i := range items {
		if items[i].Settled == "" {
			items[i].Candidates = d.candidates(items[i].need)
			d.place(items, i, map[string]bool{})
		}
	}
	// An item keeps a slot once it has one, though another may become its choice. So only now is it known which items get
	// none, and which candidates are full.
	for i := range items {
		if items[i].Settled == "" {
			d.conclude(&items[i])
		}
	}
}

// assignEach assigns slots for a plan that asks what would happen if a holder went now. The holders go one at a time, so
// the items of each have all the slots that there are.
func (d *decision) assignEach(items []Item) {
	byHolder := map[string][]int{}
	for i, item := range items {
		byHolder[item.From] = append(byHolder[item.From], i)
	}
	held := heldIn(d.snapshot)
	for _, indexes := range byHolder {
		d.slots = newSlotLedger(d.snapshot, held)
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

// place gives item i the best free slot, or one that another item can leave for a slot elsewhere. The visited instances
// are those on which the path so far makes room already.
func (d *decision) place(items []Item, i int, visited map[string]bool) bool {
	e := items[i].Interface
	for _, c := range items[i].Candidates {
		// Its own slot can't be given to another item, so a visited holder can still keep the interface.
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

// makeRoom gives item i a slot on a full instance, if one of the items that took its slots can go elsewhere.
func (d *decision) makeRoom(items []Item, i int, instance string, visited map[string]bool) bool {
	visited[instance] = true
	for j := range items {
		taken := items[j].Choice
		// An item that keeps the slot which it occupies on its holder makes room for no other.
		if taken.Instance != instance || taken.own || !d.place(items, j, visited) {
			continue
		}
		d.slots.Release(taken)
		items[i].Choice, _ = d.slots.Reserve(instance, items[i].Interface)
		return true
	}
	return false
}

// conclude marks the candidates that have no slot left. It settles an item without a slot: the item is refused if the
// request has named its target, and stranded otherwise.
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

// candidates judges every instance that is considered for the interface: first those that could take it, best first,
// then the refused ones in the order of their ids. Whether a slot is left is not judged here.
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
		c.Start, c.Pending, c.BootsUntil = startable(in), in.State == inventory.StatePending, d.bootsUntil(in)
		eligible = append(eligible, ranked{c, d.rank(n, in)})
	}
	// The rank depends on the slots that are reserved by now: several interfaces of one holder are spread.
	slices.SortFunc(eligible, func(a, b ranked) int { return a.rank.compare(b.rank) })
	all := make([]Candidate, 0, len(eligible)+len(refused))
	for _, r := range eligible {
		all = append(all, r.Candidate)
	}
	return append(all, refused...)
}

// considered lists the instances to consider for the interface: the members of its group that exist, and the target of
// the request and the doomed instance in any case, so that the report shows why they are not taken.
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
