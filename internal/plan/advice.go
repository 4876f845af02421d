package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// This file writes what a person reads about an interface that no instance can take: why, and the easiest thing to do
// about it. A group may have thousands of members, so a few are named and the others counted.

const (
	// maxRefused limits the members that a text names with the reasons against them.
	maxRefused = 8
	// maxOffered limits the members that a text offers instead of a target.
	maxOffered = 4
)

// title names an instance for a person: by its id, and by its name if it has one.
func title(in inventory.Instance) string {
	if in.Name == "" {
		return in.ID
	}
	return fmt.Sprintf("%s (%s)", in.ID, in.Name)
}

// few joins what is said of some instances, and counts the rest of all.
func few(said []string, all int) string {
	if n := all - len(said); n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(said, ", "), n)
	}
	return strings.Join(said, ", ")
}

// absent reports whether EC2 has been asked for the instance by its id, and did not show it.
func absent(in inventory.Instance) bool {
	return in.State == inventory.StateUnseen || in.State == inventory.StateMissing
}

// predicate says what a reason means for the instance, as the function does, unless it only means that the limits of its
// type are unknown.
func (d *decision) predicate(n need, in inventory.Instance, reason Reason) string {
	if d.unknownLimits(in, reason) {
		return "can't be told to have room for it (the limits of " + in.Type + " are unknown)"
	}
	return predicate(n, in, reason)
}

// unknownLimits reports whether an instance is refused because EC2 has not said what its type takes.
func (d *decision) unknownLimits(in inventory.Instance, reason Reason) bool {
	_, known := d.snapshot.Limits[in.Type]
	return !known && reason == ReasonNoSlot
}

// predicate says what a reason means for the instance: a sentence about it without its subject.
func predicate(n need, in inventory.Instance, reason Reason) string {
	e := n.e
	doomed := "is the one that it leaves"
	if in.ID != n.doomed {
		doomed = "does not answer either"
	}
	state := string(in.State)
	if absent(in) {
		state = "not known to EC2"
	}
	return map[Reason]string{
		ReasonNotAMember:       "is not a member of group " + e.Group,
		ReasonOtherAZ:          "is in " + cmp.Or(in.AZ, "another Availability Zone"),
		ReasonOtherVPC:         "is in " + cmp.Or(in.VPC, "another VPC"),
		ReasonNotRunning:       "is " + state,
		ReasonColdNotAllowed:   "is a cold standby, which START_STANDBYS does not allow to start",
		ReasonColdSpot:         "is " + state + ", and a Spot instance is never a cold standby",
		ReasonColdScaled:       "is " + state + ", and an instance of an Auto Scaling group is never a cold standby",
		ReasonDoomed:           doomed,
		ReasonInterrupted:      "is about to be interrupted by Spot",
		ReasonASGLeaving:       fmt.Sprintf("is %s in its Auto Scaling group", in.Scaling),
		ReasonSameSpotPool:     "is of the same Spot pool",
		ReasonImpaired:         "fails its status checks",
		ReasonNoSlot:           "has no free slot",
		ReasonTooManyAddresses: "takes fewer addresses per interface (" + in.Type + ")",
		ReasonPrefixNeedsNitro: "takes no prefixes (" + in.Type + ")",
	}[reason]
}

// verdict is a refused candidate with the remedy that would make it eligible.
type verdict struct {
	instance string
	reason   Reason
	remedy   remedy
}

// verdicts returns the verdicts on refused candidates, the easiest remedy first.
func (d *decision) verdicts(n *need, candidates []Candidate) []verdict {
	list := make([]verdict, 0, len(candidates))
	for _, c := range candidates {
		in := d.instance(c.Instance)
		list = append(list, verdict{c.Instance, c.Reason, d.remedy(n, &in)})
	}
	slices.SortStableFunc(list, func(a, b verdict) int { return cmp.Compare(a.remedy, b.remedy) })
	return list
}

// strand settles an item whose interface no member of the group can take: Detail says why, and Next what to do.
func (d *decision) strand(item *Item) {
	e := item.Interface
	for _, c := range item.Candidates {
		if in := d.instance(c.Instance); d.unknownLimits(in, c.Reason) {
			d.doubt(in) // the second read asks for the limits again
		}
	}
	list := d.verdicts(&item.need, item.Candidates)
	item.Settled, item.Reason = OutcomeStranded, ReasonNoStandby
	known, unknown := d.undescribed()
	item.Detail, item.Next = fmt.Sprintf("no instance%s is a member of group %s%s", known, e.Group, unknown), d.nextStep(e, list)
	if unknown != "" {
		item.Next = "nothing if EC2 recovers, the next sweep asks again; else " + item.Next
	}
	if len(list) == 0 {
		return
	}
	var said []string
	for _, v := range list[:min(len(list), maxRefused)] {
		in := d.instance(v.instance)
		said = append(said, title(in)+" "+d.predicate(item.need, in, v.reason))
	}
	none := fmt.Sprintf("none of the %d members of group %s%s can", len(list), e.Group, known)
	if len(list) == 1 {
		none = fmt.Sprintf("the only member of group %s%s can't", e.Group, known)
	}
	item.Detail = fmt.Sprintf("%s take it (%s)%s", none, few(said, len(list)), unknown)
}

// undescribed says that there may be more members than those that EC2 could describe; empty if it could describe all.
func (d *decision) undescribed() (known, unknown string) {
	list := d.snapshot.Undescribed
	if len(list) == 0 {
		return "", ""
	}
	return " that EC2 could describe", "; it could not describe " + few(list[:min(len(list), maxRefused)], len(list))
}

// nextStep says what would give an interface a standby: the easiest remedy for a member, else one more member.
func (d *decision) nextStep(e inventory.Interface, list []verdict) string {
	if len(list) > 0 && list[0].remedy != noRemedy {
		in, where := d.instance(list[0].instance), ""
		if in.State != inventory.StateRunning {
			where = ", " + string(in.State)
		}
		step := list[0].remedy.request(title(in), e.Group) + where + ", in " + in.AZ
		if list[0].reason == ReasonColdNotAllowed {
			step += "; to have it started when it is needed, set START_STANDBYS (StartStandbys in the template) to true"
		}
		return step
	}
	for _, v := range list {
		if in := d.instance(v.instance); d.unknownLimits(in, v.reason) {
			return "allow ec2:DescribeInstanceTypes if it is denied; a retry or the next sweep asks again"
		}
	}
	// No member can be helped: one more is needed, and it must not have what the others lack.
	kind := "a standby"
	for _, v := range list {
		if v.reason == ReasonSameSpotPool {
			kind = "an On-Demand standby, or one of another instance type,"
		}
		if v.reason == ReasonTooManyAddresses || v.reason == ReasonPrefixNeedsNitro {
			kind = "a standby of a type that takes the interface's addresses"
		}
	}
	return fmt.Sprintf("launch %s in %s (%s), tagged %s=%s", kind, e.AZ, e.VPC, inventory.TagGroup, e.Group)
}

// refuseTarget refuses an item of a request whose target can't take the interface: Detail says what the target lacks, and
// Next which member could have it instead.
func (d *decision) refuseTarget(item *Item) {
	n, e, target := item.need, item.Interface, d.instance(item.need.target)
	item.Settled, item.Refused, item.Reason = OutcomeFailed, true, ReasonNotObserved
	why := "could not be asked about"
	if k := slices.IndexFunc(item.Candidates, func(c Candidate) bool { return c.Instance == target.ID }); k >= 0 {
		item.Reason = item.Candidates[k].Reason
		why = d.predicate(n, target, item.Reason)
	}
	switch {
	case absent(target):
		why = "is not known to EC2"
	case item.Reason == ReasonOtherAZ, item.Reason == ReasonOtherVPC:
		why += fmt.Sprintf(", and the interface in %s (%s)", e.AZ, e.VPC)
	}
	held := ""
	if e.Unattached() {
		held = ", which is attached to no instance"
	}
	item.Detail = fmt.Sprintf("%s can't take %s%s: it %s", title(target), e.ID, held, why)

	var steps []string
	if r := d.remedy(&n, &target); r != noRemedy {
		steps = append(steps, r.request("it", e.Group))
	}
	// The request may name another target, so the others are judged as if it had named none.
	n.target = ""
	others := d.candidates(&n)
	if able := d.able(n, others); able != "" {
		steps = append(steps, "name one that can: "+able)
	} else if len(steps) == 0 {
		steps = append(steps, "no other member can take it either, so "+d.nextStep(e, d.verdicts(&n, others)))
	}
	item.Next = strings.Join(steps, ", or ")
}

// able names the candidates that could take an interface, best first; empty if there are none.
func (d *decision) able(n need, candidates []Candidate) string {
	var said []string
	all := 0
	for _, c := range candidates {
		if !c.Eligible || d.slots.freeFor(c.Instance, &n) <= 0 {
			continue
		}
		if all++; all <= maxOffered {
			said = append(said, title(d.instance(c.Instance)))
		}
	}
	return few(said, all)
}

// remedy is the one thing that would make a refused instance eligible. An easier remedy has a smaller value.
type remedy int

const (
	await    remedy = iota // it is pending
	start                  // it is stopped
	enlist                 // it is not a member of the group
	unlock                 // it is in Standby in its Auto Scaling group
	freeSlot               // it is full
	repair                 // its status checks fail
	noRemedy
)

// remedy finds the easiest remedy for an instance: the first after which the rules of eligibility would not refuse it.
func (d *decision) remedy(n *need, in *inventory.Instance) remedy {
	if in.AZ != n.e.AZ || in.VPC != n.e.VPC || in.State.Ending() {
		return noRemedy
	}
	// Each remedy is tried alone: an instance that needs two of them is not offered.
	room := d.slots.freeFor(in.ID, &need{e: n.e}) > 0
	for r := range noRemedy {
		if !r.helps(in, n.e.Group) || room == (r == freeSlot) {
			continue
		}
		after, cured := *n, r.cure(*in, n.e.Group)
		if cured.State != in.State {
			after.doomed, after.alsoDoomed = "", nil // an instance that has stopped may serve again once it was started
		}
		if after.refuse(&cured, d.snapshot.Limits) == "" {
			return r
		}
	}
	return noRemedy
}

// helps reports whether the instance has what the remedy is for.
func (r remedy) helps(in *inventory.Instance, group string) bool {
	switch r {
	case await:
		return in.State == inventory.StatePending
	case start:
		// Only EC2 restarts a Spot instance that it has interrupted ("Spot Instance interruptions"), and Auto Scaling
		// replaces one that is stopped ("Health checks for instances in an Auto Scaling group").
		return in.State == inventory.StateStopped && !in.Spot && in.ScalingGroup == ""
	case enlist:
		return !in.MemberOf(group)
	case unlock:
		return in.Scaling == inventory.ScalingStandby
	case repair:
		return in.Health.Impaired()
	case freeSlot:
		return true
	case noRemedy:
	}
	return false
}

// cure returns the instance as it would be after the remedy.
func (r remedy) cure(in inventory.Instance, group string) inventory.Instance {
	switch r {
	case await, start:
		in.State = inventory.StateRunning
	case enlist:
		in.Groups = append(slices.Clone(in.Groups), group)
	case unlock:
		in.Scaling = inventory.ScalingInService
	case repair:
		in.Health = inventory.Health{}
	case freeSlot, noRemedy: // its slots are not part of it
	}
	return in
}

// request says the remedy for an instance, as a request to a person.
func (r remedy) request(instance, group string) string {
	return map[remedy]string{
		await:    "wait for " + instance,
		start:    "start " + instance,
		enlist:   fmt.Sprintf("add %s to group %s (its tag %s)", instance, group, inventory.TagGroup),
		unlock:   "return " + instance + " to service in its Auto Scaling group",
		freeSlot: "detach an interface from " + instance,
		repair:   "repair " + instance,
	}[r]
}
