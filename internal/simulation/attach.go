package simulation

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// judgeAttach judges an attach.
func (r *run) judgeAttach(inv *invocation, c awssim.Call, f awssim.Fault) {
	id, target := c.Params.Get("NetworkInterfaceId"), c.Params.Get("InstanceId")
	if c.Params.Get("NetworkCardIndex") != "0" {
		r.violate("card-zero", "%s attaches %s to network card %q", inv.name, id, c.Params.Get("NetworkCardIndex"))
	}
	if index, err := strconv.Atoi(c.Params.Get("DeviceIndex")); err != nil || index < 1 {
		r.violate("card-zero", "%s attaches %s at index %q", inv.name, id, c.Params.Get("DeviceIndex"))
	}
	e, ok := r.touchable(inv, id, f)
	if !ok {
		return
	}
	r.answeredBefore(inv, id, c.Action)
	r.judgeSecondLook(inv, id, f)
	r.judgeTarget(inv, e, target, f)
}

// judgeSecondLook judges whether the invocation has known for five seconds that the interface is unattached. It need
// not wait in a move that it has begun, for a request, or if the holder ends.
func (r *run) judgeSecondLook(inv *invocation, id string, f awssim.Fault) {
	if inv.touched[id] || slices.Contains([]string{"manual", "shutting-down", "terminated"}, inv.event.Kind) {
		return
	}
	since := inv.unattached[id].at
	// The look that shows it attached again was answered when the attach had been sent, or was made for another interface.
	if before := inv.attachedAgain[id]; since.IsZero() && (before.elsewhere || before.at.After(r.askedAt(f).Add(-2*phases))) {
		since = before.unattached.at
	}
	if since.IsZero() || time.Since(since) < 5*time.Second {
		r.violate("second-look", "%s attaches %s, which it has known to be unattached for %s", inv.name, id, ago(since))
	}
}

// judgeTarget judges whether the interface may go to an instance.
func (r *run) judgeTarget(inv *invocation, e *awssim.Interface, target string, f awssim.Fault) {
	// could reports whether any state that the invocation was shown matches.
	could := func(match func(in *awssim.Instance) bool) bool {
		return r.sawInstance(inv, target, func(in *awssim.Instance) bool { return in != nil && match(in) })
	}
	wants := func(rule, why string, match func(in *awssim.Instance) bool) bool {
		if could(match) {
			return true
		}
		r.violate(rule, "%s attaches %s to %s, which %s", inv.name, e.ID, target, why)
		return false
	}
	if !wants("same-zone", "is in another Availability Zone", func(in *awssim.Instance) bool { return in.AZ == e.AZ }) ||
		!wants("same-vpc", "is in another VPC", func(in *awssim.Instance) bool { return in.VPC == e.VPC }) ||
		!wants("running-target", "does not run", func(in *awssim.Instance) bool { return in.State == "running" }) {
		return
	}
	if inv.isOrigin(e, target) {
		r.judgeReturn(inv, e, target, f)
		return
	}
	if inv.event.Instance == target && inv.event.Kind != "running" {
		r.violate("doomed-target", "%s attaches %s to %s, which the event is about", inv.name, e.ID, target)
	}
	group := func(in *awssim.Instance) bool {
		return memberOf(in.Tags, e.Tags[tagGroup]) || r.saw(inv, func(w *awssim.World) bool {
			seen := findInterface(w, e.ID)
			return seen != nil && memberOf(in.Tags, seen.Tags[tagGroup])
		})
	}
	wants("member-target", "is not a member of "+e.Tags[tagGroup], group)
	if !inv.blind && !inv.notShown[target] {
		wants("interrupted-target", "is interrupted", func(in *awssim.Instance) bool { return !interrupted(in) })
		wants("leaving-target", "leaves its Auto Scaling group", func(in *awssim.Instance) bool { return !leavingGroup(in) })
	}
}

// isOrigin reports whether the invocation took the interface off this instance, or may have. The origin may have left
// the group, and may be doomed.
func (inv *invocation) isOrigin(e *awssim.Interface, target string) bool {
	// A standby whose last slot another invocation took while it started is not asked: it is as good as refused.
	full := len(inv.shownFull) > 1 || len(inv.shownFull) == 1 && !inv.shownFull[target]
	begun := inv.touched[e.ID] || inv.attempts[e.ID] > 0 || inv.targetStopped || full || inv.byAction[actionStart] > 0
	from := inv.origin[e.ID]
	v, _ := inv.event.verdictOn(e.ID)
	about := (target == inv.event.Instance && inv.event.Kind != "running") || target == inv.event.From || target == v.Instance
	return begun && (target == from || target == inv.firstHolder[e.ID] || about || (from == "" && strings.HasPrefix(e.Tags[tagLeft], target)))
}

// judgeReturn judges whether an interface may go back to its origin.
func (r *run) judgeReturn(inv *invocation, e *awssim.Interface, target string, f awssim.Fault) {
	about := inv.event.Instance == target && inv.event.Kind != "running"
	switch ends := slices.Contains([]string{"shutting-down", "terminated"}, inv.event.Kind); {
	case about && ends:
		r.violate("doomed-target", "%s attaches %s to %s, which ends", inv.name, e.ID, target)
	case about && inv.attempts[e.ID] == 0 && couldTake(r.now(), e, target) && couldTake(r.worldAt(r.askedAt(f)), e, target):
		r.violate("doomed-target", "%s gives %s back to %s before any standby refused it", inv.name, e.ID, target)
	}
}

// couldTake reports whether another instance than but could take the interface in a state of the account.
func couldTake(w *awssim.World, e *awssim.Interface, but string) bool {
	in := standby(w, e, false, but)
	return in != nil && !in.HungAttach && in.RefuseAttach == ""
}
