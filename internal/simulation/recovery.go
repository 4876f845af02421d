package simulation

import (
	"fmt"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// recoveryLimit limits the time from the last fault until each interface with an eligible standby is served. It is the
// sum of the five minutes after which a sweep takes off an interface that hangs in attaching, one minute for an
// invocation's waits, two sweeps, and the settings' waits before an impaired holder is relieved. A cold standby may be started
// after another one whose start hangs.
func (r *run) recoveryLimit() time.Duration {
	p := r.settings.Policy
	limit := 6*time.Minute + 2*r.scenario.SweepEvery + p.Cooldown + p.ImpairedAfter
	if p.StartStandbys {
		limit += 3*time.Minute + p.StartSettle
	}
	return limit
}

// settled reports, at a sweep, whether nothing more will happen. At the limit it judges the account.
func (r *run) settled() bool {
	late := time.Since(r.start) > r.scenario.Active+r.recoveryLimit()
	if !late {
		if r.quietSweeps++; r.quietSweeps < 2 || r.pending > 0 {
			return false
		}
		return len(r.unserved(false)) == 0
	}
	for _, problem := range r.unserved(true) {
		r.violate("served-in-the-end", "%s after %s without a fault", problem, time.Since(r.start)-r.scenario.Active)
	}
	return true
}

// unserved lists the interfaces that should be on another instance and have an eligible standby. Unless due is set, it
// also lists those that are due only later.
func (r *run) unserved(due bool) []string {
	w := r.now()
	if r.settings.DryRun {
		return nil
	}
	var list []string
	for n := range w.Interfaces {
		e := &w.Interfaces[n]
		if !movable(e) || paused(e) || !r.serves(e.Tags[tagGroup]) {
			continue
		}
		if why, serves := r.unfit(w, e, due); why != "" && (r.spare(w, e, !serves) || r.coldSpare(w, e)) {
			list = append(list, fmt.Sprintf("%s is %s", e.ID, why))
		}
	}
	return list
}

// spare reports whether an instance is left that takes the interface and finishes the attach, and that the function
// gets to: a function with little time may spend all of it on a better standby that hangs, each time again.
func (r *run) spare(w *awssim.World, e *awssim.Interface, nothingToLose bool) bool {
	hurried := r.scenario.Timeout < 2*time.Minute+r.settings.Policy.DetachGrace
	spare := false
	for n := range w.Instances {
		switch in := &w.Instances[n]; {
		case in.HungAttach && hurried && fits(e, in):
			return false
		case in.ID != holderOf(e) && !in.HungAttach && eligible(w, e, in, nothingToLose):
			spare = true
		}
	}
	return spare
}

// coldSpare reports whether a cold standby is left that starts and takes the interface, and that the function gets to.
func (r *run) coldSpare(w *awssim.World, e *awssim.Interface) bool {
	hurried := r.scenario.Timeout < 2*time.Minute+r.settings.Policy.DetachGrace
	if hurried && slices.ContainsFunc(w.Instances, func(in awssim.Instance) bool { return in.HungStart || in.HungAttach }) {
		return false
	}
	return r.coldStandby(w, e, holderOf(e)) != nil
}

// unfit returns why an interface should not stay where it is, empty if it may. It reports whether the holder still
// serves.
func (r *run) unfit(w *awssim.World, e *awssim.Interface, due bool) (why string, serves bool) {
	a := e.Attachment
	if a == nil {
		return "unattached", false
	}
	in := findInstance(w, a.Instance)
	p := r.settings.Policy
	switch {
	case leaving(in):
		return "on " + a.Instance + ", which is gone", false
	case a.Status == "detaching":
		return "detaching", false
	case a.Status == "attaching":
		if due && time.Since(a.AttachTime) < 5*time.Minute+2*r.scenario.SweepEvery {
			return "", false
		}
		return "attaching", false
	case interrupted(in), terminating(in):
		return "on " + a.Instance + ", which is about to go", true
	case !due && r.mustBeRelieved(w, e):
		return "on " + a.Instance + ", where its application is dead", true
	case impaired(in) && p.ImpairedAfter > 0:
		wait := max(p.ImpairedAfter-time.Since(in.ImpairedSince), p.Cooldown-time.Since(a.AttachTime)) + 2*r.scenario.SweepEvery
		if due && wait > 0 {
			return "", true
		}
		return "on " + a.Instance + ", which is impaired", true
	}
	return "", true
}
