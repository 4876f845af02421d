package simulation

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/probe/probetag"
)

// Verdict is what an event says of an interface that does not answer, and what the model knows of it.
type Verdict struct {
	Interface, Attachment, Instance string
	Confirmed                       bool
	// Probed reports whether the verdict is the probe's, and not that of a monitor.
	Probed bool
	// LastAsked is when the last question before the verdict was asked, and LastAlive when the last one was asked that the
	// application would have answered.
	LastAsked, LastAlive time.Time
}

// verdictLife is the age beyond which a verdict changes nothing.
const verdictLife = 10 * time.Minute

// verdictOn returns the event's verdict on an interface.
func (e Event) verdictOn(id string) (Verdict, bool) {
	n := slices.IndexFunc(e.Verdicts, func(v Verdict) bool { return v.Interface == id })
	if n < 0 {
		return Verdict{}, false
	}
	return e.Verdicts[n], true
}

// judgeVerdict judges whether an interface may be taken off its holder because it does not answer.
func (r takeoff) judgeVerdict() {
	ev, a := r.inv.event, r.e.Attachment
	v, named := ev.verdictOn(r.e.ID)
	// Our own return makes a new attachment, and the retry of the verdict that caused it acts on that. The clocks of the event
	// and of EC2 may differ.
	const slack = 2 * time.Second
	returned := backAtOrigin(r.e) && ev.Time.Before(a.AttachTime.Add(slack))
	blame := func(rule, why string) {
		r.violate(rule, "%s takes %s off %s (%s): %s", r.inv.name, r.e.ID, a.Instance, a.ID, why)
	}
	switch {
	case !named:
		blame("healthy-holder", "the event does not name it")
	case r.inv.began.Sub(ev.Time) > verdictLife+time.Second:
		blame("old-verdict", "the event is from "+ev.Time.Format(time.RFC3339))
	case v.Attachment != "" && v.Attachment != a.ID && !returned:
		blame("same-attachment", "the verdict is about "+v.Attachment)
	case r.inCooldown(ev.Time):
		blame("cooldown", "the attachment is from "+a.AttachTime.Format(time.RFC3339))
	case !v.Confirmed && !r.saidUnwell():
		blame("confirmed", "the verdict is unconfirmed, and EC2 says nothing against the holder")
	case v.Probed && !r.reached(v.Attachment, r.e.Tags[probetag.Name]):
		blame("reached-first", "the probe was never answered on this attachment")
	case v.Probed && v.Confirmed && !v.LastAsked.After(v.LastAlive):
		blame("prober-cut-off", "the application was alive when it was asked last")
	case v.Probed && v.Confirmed && ev.Time.Sub(v.LastAlive) < forOf(r.e) && !r.cutOffSince(v.LastAlive):
		blame("dead-for-long-enough", "the application was alive at "+v.LastAlive.Format(time.RFC3339Nano))
	}
}

// forOf returns how long an interface's application must be down for a verdict.
func forOf(e *awssim.Interface) time.Duration {
	p, err := probetag.Parse(e.Tags[probetag.Name])
	if err != nil {
		return 0 // it is not probed
	}
	return p.For
}

// cutOffSince reports whether the prober was cut off after an instant. What it then missed counts as silence.
func (r *run) cutOffSince(t time.Time) bool {
	return slices.ContainsFunc(r.scenario.Faults.CutOff, func(c Window) bool { return t.Before(r.start.Add(c.From + c.Lasts)) })
}

// saidUnwell reports whether the invocation can have been shown that the holder does not run, or that a status check is
// other than ok.
func (r takeoff) saidUnwell() bool {
	return r.sawHolder(func(in *awssim.Instance) bool {
		return in == nil || in.State != "running" || in.SystemStatus != "ok" || in.InstanceStatus != "ok"
	})
}

// judgeReachedTag judges the tag that records that the probe was answered. A tag for an attachment that is over changes
// nothing: only the present one counts.
func (r *run) judgeReachedTag(inv *invocation, id, attachment string) {
	e := findInterface(r.now(), id)
	switch {
	case !slices.Contains(inv.event.Reached, attachment):
		r.violate("reached-first", "%s records that %s was reached on %s, which the event does not say", inv.name, id, attachment)
	case e != nil && e.Attachment != nil && e.Attachment.ID == attachment && !r.reached(attachment, e.Tags[probetag.Name]):
		r.violate("reached-first", "%s records that %s was reached on %s, which it never was", inv.name, id, attachment)
	}
}

// probed reports whether an interface is to be asked: it wants a probe, and its verdict can change something.
func (r *run) probed(w *awssim.World, e *awssim.Interface) bool {
	_, err := probetag.Parse(e.Tags[probetag.Name])
	a := e.Attachment
	return err == nil && a != nil && a.Status == "attached" && e.VPC == r.settings.ProbeVPC && movable(e) && !paused(e) &&
		r.serves(e.Tags[tagGroup]) && !leaving(findInstance(w, a.Instance))
}

// relieveLimit limits the time from the death of an application, after the last fault, until its interface is on a
// standby: `for` and two sweeps, since a run may have ended early, and two minutes for the verdict and the move.
func (r *run) relieveLimit(e *awssim.Interface) time.Duration {
	return forOf(e) + 2*r.scenario.SweepEvery + 2*time.Minute
}

// mustBeRelieved reports whether an interface's application is dead for ever and the probe can find it out: it was reached
// before, and there is a standby, which is a witness, too.
func (r *run) mustBeRelieved(w *awssim.World, e *awssim.Interface) bool {
	if r.settings.DryRun || !r.probed(w, e) || e.Tags[tagReached] != e.Attachment.ID {
		return false // a dry run relieves nothing
	}
	return r.deadForEver(e) && r.spare(w, e, false)
}

// judgeDead judges at a sweep whether the interfaces of dead applications have been relieved in time.
func (r *run) judgeDead() {
	w, dead := r.now(), map[string]time.Time{}
	for n := range w.Interfaces {
		e := &w.Interfaces[n]
		if !r.mustBeRelieved(w, e) {
			continue
		}
		a := e.Attachment
		since, found := r.probing.deadSince[a.ID]
		if !found {
			since = time.Now()
		}
		dead[a.ID] = since
		cooled := a.AttachTime.Add(r.settings.Policy.Cooldown)
		if late := min(time.Since(since), time.Since(cooled)); late > r.relieveLimit(e) {
			r.violate("dead-relieved", "the application of %s on %s has been dead for %s with a standby", e.ID, a.Instance, late)
		}
	}
	r.probing.deadSince = dead
}
