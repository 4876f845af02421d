package simulation

import (
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// relief is an interface that an invocation takes off its holder, which needs a reason.
type relief struct {
	*run
	inv *invocation
	e   *awssim.Interface
}

// is reports whether the holder was so in any state that the invocation can have been shown; nil stands for a
// holder that is not there.
func (r relief) is(so func(in *awssim.Instance) bool) bool {
	return r.sawInstance(r.inv, r.e.Attachment.Instance, so)
}

// isThere is is for a holder that must be there.
func (r relief) isThere(so func(in *awssim.Instance) bool) bool {
	return r.is(func(in *awssim.Instance) bool { return in != nil && so(in) })
}

// justified reports whether something dooms the holder to this invocation.
func (r relief) justified() bool {
	ev, about := r.inv.event, r.inv.event.Instance == r.e.Attachment.Instance
	switch ev.Kind {
	case "stopping", "stopped", "shutting-down", "terminated":
		return about && (r.is(leaving) || r.inv.blind)
	case "spot-interruption":
		return about && r.interrupted()
	case "lifecycle":
		return about && (r.inv.blind || r.is(func(in *awssim.Instance) bool {
			return in == nil || (in.LifecycleState != "InService" && in.LifecycleState != "Standby")
		}))
	case "alarm":
		return (about || r.named()) && r.alarmed() && !r.young(ev.Alarm.since)
	case "rebalance":
		return about && r.settings.Policy.ActOnRebalance && !r.young(time.Now())
	case "manual":
		return r.requested()
	case "sweep", "running":
		return r.needsHelp()
	}
	return false
}

// young reports whether the holder had the interface for so short a time that it is left alone.
func (r relief) young(at time.Time) bool {
	return at.Sub(r.e.Attachment.AttachTime) < r.settings.Policy.Cooldown && !returned(r.e) && !r.givenBack()
}

// givenBack reports whether somebody may have given the interface to the doomed host in the middle of the
// invocation's move, which makes that host no healthier.
func (r relief) givenBack() bool {
	return r.e.Attachment.AttachTime.After(r.inv.began) || r.wasLoose()
}

// wasLoose reports whether the invocation was shown the interface unattached or on its way off: it then may
// have begun to attach it elsewhere.
func (r relief) wasLoose() bool {
	return r.saw(r.inv, func(w *awssim.World) bool {
		seen := findInterface(w, r.e.ID)
		return seen != nil && (seen.Attachment == nil || seen.Attachment.Status == "detaching")
	})
}

// interrupted reports whether a Spot interruption is so, or fresh enough to be believed.
func (r relief) interrupted() bool {
	fresh := r.inv.began.Sub(r.inv.event.Time) <= 152*time.Second
	spot := r.isThere(func(in *awssim.Instance) bool { return in.Lifecycle == "spot" })
	return r.inv.blind || r.is(leaving) || r.isThere(interrupted) || (fresh && spot)
}

// requested reports whether a person asks for the move, and has not got it already.
func (r relief) requested() bool {
	ev, a := r.inv.event, r.e.Attachment
	fits := r.named() && (ev.From == "" || ev.From == a.Instance) && ev.Target != a.Instance
	return fits && (ev.Bare || a.AttachTime.Before(ev.Time) || returned(r.e) || r.wasLoose())
}

// needsHelp reports whether a holder is to be relieved without an event about it.
func (r relief) needsHelp() bool {
	age, after := time.Since(r.e.Attachment.AttachTime), r.settings.Policy.ImpairedAfter
	longImpaired := r.isThere(func(in *awssim.Instance) bool {
		return after > 0 && impaired(in) && time.Since(in.ImpairedSince) >= after
	})
	stuck := r.e.Attachment.Status == "attaching" && age > 5*time.Minute
	return stuck || r.is(leaving) || r.isThere(interrupted) || r.isThere(terminating) ||
		(longImpaired && (age >= r.settings.Policy.Cooldown || r.givenBack()))
}

// alarmed reports whether EC2 bears an alarm out, or at least does not contradict it.
func (r relief) alarmed() bool {
	a := r.inv.event.Alarm
	if a.suppressed || r.inv.began.Sub(a.since) > 10*time.Minute+time.Second {
		return false
	}
	if a.noDataBefore {
		return r.isThere(impaired)
	}
	// Of an instance that was not shown to it the invocation knows no status check.
	return !a.statusCheck || r.inv.blind || r.inv.hidden[r.e.Attachment.Instance] || r.is(func(in *awssim.Instance) bool {
		return in == nil || in.State != "running" || in.SystemStatus != "ok" || in.InstanceStatus != "ok"
	})
}

// named reports whether the event names the interface, or the group that it was in when the invocation looked.
func (r relief) named() bool {
	ev := r.inv.event
	return ev.Interface == r.e.ID || (ev.Group != "" && r.saw(r.inv, func(w *awssim.World) bool {
		seen := findInterface(w, r.e.ID)
		return seen != nil && seen.Tags[tagGroup] == ev.Group
	}))
}

// returned reports whether an interface is where `left` says that it was taken from: a move of ours that
// gave it back.
func returned(e *awssim.Interface) bool {
	instance, _, _ := strings.Cut(e.Tags[tagLeft], " ")
	return instance != "" && instance == holderOf(e)
}
