package simulation

import (
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// takeoff is a detach of an interface from its holder. It needs a reason.
type takeoff struct {
	*run
	inv *invocation
	e   *awssim.Interface
}

// sawHolder reports whether the invocation can have been shown a state in which the holder matches; match gets nil if
// the holder does not exist.
func (r takeoff) sawHolder(match func(in *awssim.Instance) bool) bool {
	return r.sawInstance(r.inv, r.e.Attachment.Instance, match)
}

// sawPresentHolder is sawHolder for a holder that must exist.
func (r takeoff) sawPresentHolder(match func(in *awssim.Instance) bool) bool {
	return r.sawHolder(func(in *awssim.Instance) bool { return in != nil && match(in) })
}

// justified reports whether the event and EC2 doom the holder.
func (r takeoff) justified() bool {
	ev, about := r.inv.event, r.inv.event.Instance == r.e.Attachment.Instance
	switch ev.Kind {
	case "stopping", "stopped", "shutting-down", "terminated":
		return about && (r.sawHolder(leaving) || r.inv.blind)
	case "spot-interruption":
		return about && r.interrupted()
	case "lifecycle":
		return about && (r.inv.blind || r.sawHolder(func(in *awssim.Instance) bool {
			return in == nil || (in.LifecycleState != "InService" && in.LifecycleState != "Standby")
		}))
	case "alarm":
		return (about || r.named()) && r.alarmed() && !r.inCooldown(ev.Alarm.since)
	case "rebalance":
		return about && r.settings.Policy.ActOnRebalance && !r.inCooldown(time.Now())
	case "manual":
		return r.requested()
	case "sweep", "running":
		return r.needsHelp()
	}
	return false
}

// inCooldown reports whether the cooldown protects the holder at an instant.
func (r takeoff) inCooldown(at time.Time) bool {
	return at.Sub(r.e.Attachment.AttachTime) < r.settings.Policy.Cooldown && !backAtOrigin(r.e) && !r.givenBack()
}

// givenBack reports whether the doomed holder may have got the interface during the invocation's move, which does not
// make the holder healthier.
func (r takeoff) givenBack() bool {
	return r.e.Attachment.AttachTime.After(r.inv.began) || r.wasReleased()
}

// wasReleased reports whether the invocation was shown the interface unattached or detaching. It then may have begun to
// attach it elsewhere.
func (r takeoff) wasReleased() bool {
	return r.saw(r.inv, func(w *awssim.World) bool {
		seen := findInterface(w, r.e.ID)
		return seen != nil && (seen.Attachment == nil || seen.Attachment.Status == "detaching")
	})
}

// interrupted reports whether EC2 confirms a Spot interruption, or the warning is fresh enough to be believed.
func (r takeoff) interrupted() bool {
	fresh := r.inv.began.Sub(r.inv.event.Time) <= 152*time.Second
	spot := r.sawPresentHolder(func(in *awssim.Instance) bool { return in.Lifecycle == "spot" })
	return r.inv.blind || r.sawHolder(leaving) || r.sawPresentHolder(interrupted) || (fresh && spot)
}

// requested reports whether a person requests the move, and it has not been made yet.
func (r takeoff) requested() bool {
	ev, a := r.inv.event, r.e.Attachment
	fits := r.named() && (ev.From == "" || ev.From == a.Instance) && ev.Target != a.Instance
	return fits && (ev.Bare || a.AttachTime.Before(ev.Time) || backAtOrigin(r.e) || r.wasReleased())
}

// needsHelp reports whether the holder is doomed without an event about it.
func (r takeoff) needsHelp() bool {
	age, after := time.Since(r.e.Attachment.AttachTime), r.settings.Policy.ImpairedAfter
	longImpaired := r.sawPresentHolder(func(in *awssim.Instance) bool {
		return after > 0 && impaired(in) && time.Since(in.ImpairedSince) >= after
	})
	stuck := r.e.Attachment.Status == "attaching" && age > 5*time.Minute
	return stuck || r.sawHolder(leaving) || r.sawPresentHolder(interrupted) || r.sawPresentHolder(terminating) ||
		(longImpaired && (age >= r.settings.Policy.Cooldown || r.givenBack()))
}

// alarmed reports whether EC2 confirms an alarm, or at least does not contradict it.
func (r takeoff) alarmed() bool {
	a := r.inv.event.Alarm
	if a.suppressed || r.inv.began.Sub(a.since) > 10*time.Minute+time.Second {
		return false
	}
	if a.noDataBefore {
		return r.sawPresentHolder(impaired)
	}
	// The invocation knows no status check of an instance that it was not shown.
	return !a.statusCheck || r.inv.blind || r.inv.notShown[r.e.Attachment.Instance] || r.sawHolder(func(in *awssim.Instance) bool {
		return in == nil || in.State != "running" || in.SystemStatus != "ok" || in.InstanceStatus != "ok"
	})
}

// named reports whether the event names the interface, or the group that it had when the invocation looked.
func (r takeoff) named() bool {
	ev := r.inv.event
	return ev.Interface == r.e.ID || (ev.Group != "" && r.saw(r.inv, func(w *awssim.World) bool {
		seen := findInterface(w, r.e.ID)
		return seen != nil && seen.Tags[tagGroup] == ev.Group
	}))
}

// backAtOrigin reports whether an interface is on the instance that its `left` tag names: our own move has given it
// back.
func backAtOrigin(e *awssim.Interface) bool {
	instance, _, _ := strings.Cut(e.Tags[tagLeft], " ")
	return instance != "" && instance == holderOf(e)
}
