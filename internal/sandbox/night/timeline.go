package night

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/probe/probetag"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// Timeline is what happened in a story.
type Timeline struct {
	Story    string    `json:"story"`
	Title    string    `json:"title"`
	Incident time.Time `json:"incident"`
	Entries  []Entry   `json:"entries"`
	Times    Times     `json:"times"`

	World awssim.World `json:"-"` // at the beginning
}

// Times are the durations from the incident to each milestone, in milliseconds; zero if it was not reached.
type Times struct {
	// VerdictMs is the time of the probe's first verdict.
	VerdictMs int64 `json:"verdictMs,omitempty"`
	// StartMs is the time of the first start that EC2 accepted, and RunningMs the time at which a started instance ran.
	StartMs   int64 `json:"startMs,omitempty"`
	RunningMs int64 `json:"runningMs,omitempty"`
	// DetachMs is the time of the first detach that EC2 accepted.
	DetachMs int64 `json:"detachMs,omitempty"`
	// UnansweredMs is the time of the client's first request without an answer.
	UnansweredMs int64 `json:"unansweredMs,omitempty"`
	// MovedMs is the time at which the invocation that moved the interface returned.
	MovedMs int64 `json:"movedMs,omitempty"`
	// AnsweredMs is the time of the client's first answer from the standby.
	AnsweredMs int64 `json:"answeredMs,omitempty"`
	// ReachedMs is the time at which the tag eni-failover:reached was written.
	ReachedMs int64 `json:"reachedMs,omitempty"`
}

// Entry is something that happened, or several things that are alike.
type Entry struct {
	At    time.Time `json:"time"`
	Actor string    `json:"actor"`
	Text  string    `json:"text"`
	// Until is the time of the last of several; zero if there is one.
	Until time.Time `json:"until,omitzero"`
	// Event is the event that the entry is about, and Report what an invocation returned.
	Event  json.RawMessage  `json:"event,omitempty"`
	Report *failover.Report `json:"report,omitempty"`

	Style display.Style `json:"-"`
}

// note adds an entry to the timeline, and shows it to a person who watches.
func (r *run) note(e Entry) { r.live.tell(r.keep(e)) }

// keep adds an entry to the timeline, and returns it. An entry without a time happens now.
func (r *run) keep(e Entry) Entry {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.timeline.Entries = append(r.timeline.Entries, e)
	return e
}

// setTime sets the time of a milestone to now, unless it has been reached before.
func (r *run) setTime(milestone *int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if *milestone == 0 {
		*milestone = time.Since(r.incident).Milliseconds()
	}
}

// firstAccepted returns the time of the first call of an action that took effect, as the milestones count it.
func (r *run) firstAccepted(action string) int64 {
	for _, c := range r.session.Sim().Calls() {
		if c.Action == action && c.Code == "" && c.Lost == "" {
			return c.Time.Sub(r.incident).Round(time.Millisecond).Milliseconds()
		}
	}
	return 0
}

// sorted returns the timeline in the order of time.
func (l Timeline) sorted() Timeline {
	slices.SortStableFunc(l.Entries, func(a, b Entry) int { return a.At.Compare(b.At) })
	return l
}

// SecondsAt returns an instant in seconds after the incident.
func (l Timeline) SecondsAt(at time.Time) string {
	return fmt.Sprintf("%.3f", at.Sub(l.Incident).Seconds())
}

// secondsAt is [Timeline.SecondsAt] while the timeline is being written.
func (r *run) secondsAt(at time.Time) string { return Timeline{Incident: r.incident}.SecondsAt(at) }

// PromisedVerdict returns the longest time from the incident to the verdict, by the interface's tag.
func (l Timeline) PromisedVerdict() time.Duration {
	n := slices.IndexFunc(l.World.Interfaces, func(e awssim.Interface) bool { return e.ID == interfaceID })
	tag, err := probetag.Parse(l.World.Interfaces[n].Tags[probetag.Name])
	if err != nil {
		panic(err) // the story's account is wrong
	}
	return tag.For + verdict.Interval + tag.Timeout
}
