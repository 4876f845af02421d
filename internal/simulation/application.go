package simulation

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/probe/probetag"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// application is what an instance has at an interface's address while it holds the interface. It is drawn from the
// seed, so that an instance that is launched later has one, too.
type application struct {
	// starts is the time from the attach or the launch until it answers.
	starts time.Duration
	// never is what questions meet if it never answers: a wrong port, or a closed security group. It is empty if the
	// application answers.
	never verdict.Evidence
}

func (s *Scenario) application(iface, instance string) application {
	a := application{starts: time.Duration(s.roll("application-starts", iface, instance) / 100 * float64(20*time.Second))}
	if s.roll("application-slow", iface, instance) < 60 {
		a.starts /= 20 // most are there at once
	}
	switch never := s.roll("application-never", iface, instance); {
	case never < 6:
		a.never = verdict.Refused
	case never < 12:
		a.never = verdict.Timeout
	}
	return a
}

// breakdown is the failure of an application on one instance.
type breakdown struct {
	since time.Time
	// until is when it ends by itself; zero if it lasts until the instance is launched again.
	until    time.Time
	evidence verdict.Evidence
}

func (b breakdown) has(at time.Time, in *awssim.Instance) bool {
	return !b.since.IsZero() && (b.until.IsZero() || at.Before(b.until)) && !in.LaunchTime.After(b.since)
}

// breakApplication carries out a happening: the application at an interface's address breaks down.
func (r *run) breakApplication(h Happening) {
	e := findInterface(r.now(), h.Interface)
	if e == nil || e.Attachment == nil {
		return
	}
	b := breakdown{since: time.Now(), evidence: verdict.Evidence(h.Text)}
	if h.Lasts > 0 {
		b.until = b.since.Add(h.Lasts)
	}
	r.count(h.Kind)
	r.probing.breakdowns[e.ID+holderOf(e)] = b
}

// meets returns what a question to an interface meets now, if the prober is not cut off.
func (r *run) meets(e *awssim.Interface, c probetag.Check) verdict.Evidence {
	w, now := r.now(), time.Now()
	in := findInstance(w, holderOf(e))
	if in == nil || in.State != "running" || e.Attachment.Status != "attached" || in.InstanceStatus == "impaired" {
		return verdict.Timeout
	}
	app := r.scenario.application(e.ID, in.ID)
	if app.never != verdict.Answered {
		return app.never
	}
	if now.Before(e.Attachment.AttachTime.Add(app.starts)) || now.Before(in.LaunchTime.Add(app.starts)) {
		return verdict.Refused
	}
	b := r.probing.breakdowns[e.ID+in.ID]
	switch {
	case !b.has(now, in):
		return verdict.Answered
	case b.evidence == verdict.HTTP5xx && c.Kind == probetag.TCP, b.evidence == verdict.TLS && c.Kind != probetag.HTTPS:
		return verdict.Answered // the application fails on a higher layer than the check asks
	}
	return b.evidence
}

// deadForEver reports whether a check of an interface's probe is unanswered because of a breakdown that does not end.
func (r *run) deadForEver(e *awssim.Interface) bool {
	if e.Attachment == nil {
		return false
	}
	b := r.probing.breakdowns[e.ID+holderOf(e)]
	in := findInstance(r.now(), holderOf(e))
	if in == nil || !b.has(time.Now(), in) || !b.until.IsZero() {
		return false
	}
	return slices.ContainsFunc(checksOf(e.Tags[probetag.Name]), func(c probetag.Check) bool {
		return r.meets(e, c) != verdict.Answered
	})
}

// reached reports whether the probe has been answered on an attachment: all checks of the tag.
func (r *run) reached(attachment, tag string) bool {
	checks := checksOf(tag)
	return r.probing.answered[attachment] || len(checks) > 0 && !slices.ContainsFunc(checks, func(c probetag.Check) bool {
		return !r.probing.answered[attachment+c.String()]
	})
}

// checksOf returns the checks of a tag; none if it is malformed.
func checksOf(tag string) []probetag.Check {
	p, err := probetag.Parse(tag)
	if err != nil {
		return nil
	}
	return p.Checks
}
