package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// timeline is what happened in a story.
type timeline struct {
	Story    string    `json:"story"`
	Title    string    `json:"title"`
	Incident time.Time `json:"incident"`
	Entries  []entry   `json:"entries"`
	Times    times     `json:"times"`

	world awssim.World // at the beginning
}

// times are the durations from the incident to each milestone, in milliseconds; zero if it was not reached.
type times struct {
	VerdictMs int64 `json:"verdictMs,omitempty"`
	// MovedMs is when the invocation that moved the interface returned.
	MovedMs int64 `json:"movedMs,omitempty"`
	// AnsweredMs is when the client was answered on the standby.
	AnsweredMs int64 `json:"answeredMs,omitempty"`
	// ReachedMs is when the tag eni-failover:reached was written.
	ReachedMs int64 `json:"reachedMs,omitempty"`
}

// entry is one line of a timeline.
type entry struct {
	At    time.Time `json:"time"`
	Actor string    `json:"actor"`
	Text  string    `json:"text"`
	// Until is when the last of several alike happened; zero if there was one.
	Until time.Time `json:"until,omitzero"`
	// Event is an event that the entry is about, and Report a report.
	Event  json.RawMessage  `json:"event,omitempty"`
	Report *failover.Report `json:"report,omitempty"`

	style style
}

// note adds an entry to the timeline. An entry without a time happens now.
func (s *stage) note(e entry) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timeline.Entries = append(s.timeline.Entries, e)
}

// mark sets a milestone to now, unless it has been reached before.
func (s *stage) mark(milestone *int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if *milestone == 0 {
		*milestone = time.Since(s.incident).Milliseconds()
	}
}

// sorted returns the timeline in the order of time.
func (l timeline) sorted() timeline {
	slices.SortStableFunc(l.Entries, func(a, b entry) int { return a.At.Compare(b.At) })
	return l
}

// questionKey is what is asked, and where.
type questionKey struct {
	check   string
	address netip.Addr
}

// streak is a row of questions that all met the same.
type streak struct {
	met         verdict.Evidence
	first, last time.Time
	count       int
}

// noteQuestion adds a question to the present streak, or begins another one.
func (s *stage) noteQuestion(key questionKey, asked time.Time, met verdict.Evidence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	present := s.questions[key]
	if present == nil || present.met != met {
		s.endStreak(key)
		present = &streak{met: met, first: asked}
		s.questions[key] = present
	}
	present.last = asked
	present.count++
}

// endStreak adds the present streak to the timeline. The caller holds the lock.
func (s *stage) endStreak(key questionKey) {
	present := s.questions[key]
	if present == nil {
		return
	}
	e := entry{At: present.first, Until: present.last, Actor: "probe", style: bad}
	e.Text = fmt.Sprintf("asks %s at %s: %s", key.check, key.address, cmp.Or(string(present.met), "answered"))
	if present.met == verdict.Answered {
		e.style = dim
	}
	if present.count > 1 {
		e.Text += fmt.Sprintf(" %d times, until %s", present.count, s.timeline.secondsAt(present.last))
	}
	s.timeline.Entries = append(s.timeline.Entries, e)
	delete(s.questions, key)
}

// endStreaks adds all streaks to the timeline.
func (s *stage) endStreaks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.questions {
		s.endStreak(key)
	}
}

// secondsAt returns an instant in seconds after the incident.
func (l timeline) secondsAt(at time.Time) string {
	return fmt.Sprintf("%.3f", at.Sub(l.Incident).Seconds())
}

// noteResult notes the result of a run of the probe.
func (s *stage) noteResult(result verdict.Event, data []byte) {
	e := entry{Actor: "probe", Event: data, style: dim}
	switch d := result.Detail; result.Type {
	case verdict.TypeUnreachable:
		s.mark(&s.timeline.Times.VerdictMs)
		var all []string
		for _, u := range d.Unreachable {
			all = append(all, s.verdictText(u))
			s.note(entry{Actor: "EC2", Text: "says of " + s.statusText(u.Instance), style: dim})
		}
		e.Text, e.style = result.Type+": "+strings.Join(all, "; "), bold
	case verdict.TypeReached:
		var all []string
		for _, r := range d.Reached {
			all = append(all, r.Interface+" on "+r.Attachment)
		}
		e.Text, e.style = result.Type+": "+strings.Join(all, ", ")+" has answered for the first time", bold
	default:
		e.Text = fmt.Sprintf("%s: %d questions, %d answers", result.Type, d.Asked, d.Answered)
	}
	s.note(e)
}

// verdictText is a verdict in words.
func (s *stage) verdictText(u verdict.Unreachable) string {
	text := fmt.Sprintf("%s, %s since %s, ", u.Interface, u.Evidence, s.timeline.secondsAt(u.Since))
	if u.ReachedAt.IsZero() {
		text += "no answer in this run"
	} else {
		text += "last answer at " + s.timeline.secondsAt(u.ReachedAt)
	}
	switch {
	case !u.Evidence.Silent():
		return text + ", confirmed: the host itself says so"
	case u.Confirmed:
		return text + ", confirmed: the witness " + u.Witness.String() + " answers"
	}
	return text + ", not confirmed"
}

// statusText is what EC2 says of an instance.
func (s *stage) statusText(id string) string {
	w := s.session.now().World()
	in := findInstance(&w, id)
	if in == nil {
		return id + ": nothing"
	}
	return fmt.Sprintf("%s: %s, instance status %s, system status %s", label(w, id), in.State, in.InstanceStatus, in.SystemStatus)
}

// invocation is one invocation of the failover.
type invocation struct {
	name, caller string
	start        time.Time
	report       failover.Report
	err          error
}

// noteInvocation notes an invocation. If it found nothing to do, or ended as an earlier one did, then only its calls that
// can change something are noted.
func (s *stage) noteInvocation(inv invocation) {
	end := s.returnOf(inv)
	quiet := inv.err == nil && (inv.report.Outcome == plan.OutcomeNothingToDo || inv.report.Outcome == plan.OutcomeIgnored || inv.report.Outcome == plan.OutcomeSuperseded)
	again := s.endedBefore(end.Text)
	if quiet || again {
		end.Text, end.style = joinNonEmpty(" ", inv.name+":", string(inv.report.Outcome), reasonText(inv.report.Reason)), dim
	} else {
		s.note(entry{At: inv.start, Actor: "failover", Text: "gets " + inv.name, style: bold})
	}
	for _, c := range fold(s.callsOf(inv.caller, quiet || again)) {
		e := entry{At: c.at, Actor: c.service, Text: c.text}
		if c.times > 1 {
			e.Until = c.last
			e.Text += fmt.Sprintf(", %d times until %s", c.times, s.timeline.secondsAt(c.last))
		}
		if c.look {
			e.style = dim
		}
		s.note(e)
	}
	s.note(end)
}

// endedBefore reports whether an earlier invocation ended like this.
func (s *stage) endedBefore(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.timeline.Entries, func(e entry) bool { return e.Report != nil && e.Text == text })
}

// callsOf returns the calls of an invocation, or only those that can change something.
func (s *stage) callsOf(caller string, onlyMutating bool) []callLine {
	return slices.DeleteFunc(s.session.calls(), func(c callLine) bool { return c.caller != caller || onlyMutating && !c.mutating })
}

// returnOf is the entry of an invocation's return.
func (s *stage) returnOf(inv invocation) entry {
	r := inv.report
	e := entry{Actor: "failover", Report: &r, style: outcomeStyle(r.Outcome, inv.err)}
	e.Text = joinNonEmpty(" ", "returns", string(r.Outcome), reasonText(r.Reason))
	if r.Reason == plan.ReasonReached {
		s.mark(&s.timeline.Times.ReachedMs)
	}
	w := s.session.now().World()
	for _, i := range r.Interfaces {
		if goes(i) {
			e.Text += fmt.Sprintf(": %s from %s to %s", i.Interface, label(w, i.From), label(w, i.To))
		}
		if i.Forced {
			e.Text += ", by force"
		}
		if goes(i) && i.Interface == storyInterface {
			s.mark(&s.timeline.Times.MovedMs)
		}
	}
	if inv.err != nil {
		kind, message := errorText(inv.err)
		e.Text += "; " + kind + ": " + message
	}
	return e
}
