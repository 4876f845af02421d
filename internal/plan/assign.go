package plan

import (
	"iter"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// assign gives every item that is to be carried out a slot on its best candidate. The items take turns, so that each
// sees the slots that the ones before it took, and an item is stranded only if no order of the turns would help it: this
// is Kuhn's algorithm for a maximum bipartite matching of interfaces and slots, whose augmenting paths [decision.place]
// and [decision.makeRoom] follow.
//
// The others are items of other invocations: see [decision.others].
func (d *decision) assign(items, others []Item) {
	d.placeTogether(items, others)
	// An item keeps a slot once it has one, though another may become its choice. So only now is it known which items get
	// none, and which candidates are full.
	for i := range items {
		if items[i].Settled == "" {
			d.conclude(&items[i])
		}
	}
}

// placeEach gives every item that is to be carried out and has no slot yet one, as far as there are any.
func (d *decision) placeEach(items []Item) {
	for i := range items {
		if items[i].Settled == "" && items[i].Choice.Instance == "" {
			items[i].Candidates = d.candidates(&items[i].need)
			d.place(items, i, map[string]bool{})
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
		d.assign(group, nil)
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
		if slot, ok := d.slots.reserve(c.Instance, &items[i].need); ok {
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
	if !d.slots.reserved(instance) {
		return false // no item has taken a slot on it
	}
	for j := range items {
		taken := items[j].Choice
		// An item that keeps the slot which it occupies on its holder makes room for no other.
		if taken.Instance != instance || taken.own || !d.place(items, j, visited) {
			continue
		}
		d.slots.Release(taken)
		if slot, ok := d.slots.reserve(instance, &items[i].need); ok {
			items[i].Choice = slot
			return true
		}
	}
	return false
}

// conclude marks the candidates that have no slot left. It settles an item without a slot: the item is refused if the
// request has named its target, and stranded otherwise.
func (d *decision) conclude(item *Item) {
	full := false
	for k := range item.Candidates {
		c := &item.Candidates[k]
		if c.Eligible && c.Instance != item.Choice.Instance && d.slots.freeFor(c.Instance, &item.need) <= 0 {
			c.Eligible, c.Reason, full = false, ReasonNoSlot, true
		}
	}
	if full {
		slices.SortStableFunc(item.Candidates, func(a, b Candidate) int { return count(b.Eligible) - count(a.Eligible) })
	}
	to := d.arrivedOn(item.Interface)
	switch {
	case item.Choice.Instance != "":
	case item.need.target != "":
		d.refuseTarget(item)
	case to != "" && to != item.Doomed:
		item.Settled, item.Reason, item.Detail = OutcomeSuperseded, ReasonMovedByOther, "another invocation or a person attaches it to "+to
	default:
		d.strand(item)
	}
}

// member is an instance that may be a candidate, with what is the same for every interface.
type member struct {
	*inventory.Instance

	unknown    []string // what is not known of it
	bootsUntil *time.Time
}

// newMember makes the member of an instance.
func (d *decision) newMember(in *inventory.Instance) *member {
	return &member{Instance: in, unknown: unknown(in, d.snapshot.Limits), bootsUntil: d.bootsUntil(in)}
}

// ranked is an eligible candidate with its rank.
type ranked struct {
	rank

	member *member
}

// candidates judges every instance that is considered for the interface: first those that could take it, best first,
// then the refused ones in the order of their ids. Whether a slot is left is not judged here. Only the list is made anew
// for each interface, since there may be a thousand interfaces with a thousand candidates each.
func (d *decision) candidates(n *need) []Candidate {
	d.eligible, d.order, d.refused = d.eligible[:0], d.order[:0], d.refused[:0]
	var doomed *inventory.Instance
	if in, ok := d.snapshot.Instances[n.doomed]; ok {
		doomed = &in
	}
	for m := range d.considered(n) {
		if reason := n.refuse(m.Instance, d.snapshot.Limits); reason != "" {
			d.refused = append(d.refused, Candidate{Instance: m.ID, Reason: reason})
		} else {
			d.eligible = append(d.eligible, ranked{d.rank(n, doomed, m), m})
		}
	}
	// The rank depends on the slots that are reserved by now: several interfaces of one holder are spread.
	for k := range d.eligible {
		d.order = append(d.order, &d.eligible[k])
	}
	slices.SortFunc(d.order, func(a, b *ranked) int { return a.compare(&b.rank) })
	all := make([]Candidate, 0, len(d.order)+len(d.refused))
	for _, r := range d.order {
		all = append(all, Candidate{
			Instance: r.member.ID, Eligible: true, Unknown: r.member.unknown,
			Start: startable(r.member.Instance), Pending: r.member.State == inventory.StatePending, BootsUntil: r.member.bootsUntil,
		})
	}
	return append(all, d.refused...)
}

// considered iterates over the instances to consider for the interface: the members of its group that exist, and the target
// of the request and the doomed instance in any case, so that the report shows why they are not taken.
func (d *decision) considered(n *need) iter.Seq[*member] {
	return func(yield func(*member) bool) {
		for _, m := range d.membersOf(n.e.Group) {
			if (!m.State.Ending() || m.ID == n.doomed || m.ID == n.target) && !yield(m) {
				return
			}
		}
		if in, ok := d.snapshot.Instances[n.target]; ok && !in.MemberOf(n.e.Group) {
			yield(d.newMember(&in))
		}
	}
}

// membersOf lists the members of a group in the order of their ids.
func (d *decision) membersOf(group string) []*member {
	if d.groups == nil {
		d.groups, d.members = d.snapshot.MembersByGroup(), map[string][]*member{}
	}
	list, ok := d.members[group]
	if !ok {
		for _, in := range d.groups[group] {
			list = append(list, d.newMember(in))
		}
		d.members[group] = list
	}
	return list
}
