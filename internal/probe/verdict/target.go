package verdict

import (
	"slices"
	"time"
)

// Interval is the time between two questions to a target.
const Interval = time.Second

// minQuestions is how many questions in a row nobody must have answered.
const minQuestions = 3

// state is what is known of a target.
type state struct {
	Target

	// firstAnswer and lastAnswer are when answers came; zero if none did in this run.
	firstAnswer, lastAnswer time.Time
	// answeredAsk is when the latest of the answered questions was asked.
	answeredAsk time.Time
	// heard is when something last came from the address, be it a refusal.
	heard time.Time
	// quietSince is when the first question was asked of those that nothing was heard of since; zero if all were heard.
	quietSince time.Time
	// pending has the questions that are under way, in the order in which they were asked.
	pending []pending
	failed  series
}

// pending is a question that is under way.
type pending struct {
	asked time.Time
	// connected reports whether something had been heard just before, so that the prober was not cut off.
	connected bool
}

// series is an unbroken series of questions that were not answered. An answer replaces it by the empty one.
type series struct {
	count int
	// since is when the first was asked.
	since time.Time
	// asked and ended are those of the last one asked, and last is what it met.
	asked, ended time.Time
	last         Question
	// connected is that of the last one asked.
	connected bool
}

// with returns the series with one more question. Questions may end in another order than they were asked in.
func (s series) with(p pending, ended time.Time, q Question) series {
	if s.count == 0 || p.asked.Before(s.since) {
		s.since = p.asked
	}
	if s.count == 0 || p.asked.After(s.asked) {
		s.asked, s.ended, s.last, s.connected = p.asked, ended, q, p.connected
	}
	s.count++
	return s
}

// upBefore reports whether the target has been answered on this very attachment.
func (s *state) upBefore() bool { return s.Armed || !s.firstAnswer.IsZero() }

// ask notes that a question is asked.
func (s *state) ask(p pending) {
	s.pending = append(s.pending, p)
	if s.quietSince.IsZero() {
		s.quietSince = p.asked
	}
}

// met notes what the question met that was asked at asked.
func (s *state) met(asked, ended time.Time, q Question) {
	n := slices.IndexFunc(s.pending, func(p pending) bool { return p.asked.Equal(asked) })
	question := s.pending[n]
	s.pending = slices.Delete(s.pending, n, n+1)
	if q.Heard {
		s.heard = ended
	}
	if q.Heard || q.Evidence == Unasked && s.quietSince.Equal(asked) {
		s.quietSince = s.firstPendingAfter(asked)
	}
	switch {
	case q.Evidence == Unasked:
	case q.Evidence == Answered:
		if s.firstAnswer.IsZero() {
			s.firstAnswer = ended
		}
		s.lastAnswer = ended
		if asked.After(s.answeredAsk) {
			s.answeredAsk = asked
		}
		s.failed = series{}
	case asked.After(s.answeredAsk): // else a later question has been answered already
		s.failed = s.failed.with(question, ended, q)
	}
}

func (s *state) firstPendingAfter(asked time.Time) time.Time {
	for _, p := range s.pending {
		if p.asked.After(asked) {
			return p.asked
		}
	}
	return time.Time{}
}

// downAt is when the target is down if no question ends before; it is only sure once minQuestions were not answered.
func (s *state) downAt() time.Time { return s.failed.since.Add(s.Probe.For) }

// down reports whether nobody has answered for long enough. A question that is under way may still be answered, so the
// time is up with the end of a question, or when none is under way that was asked within the time.
func (s *state) down(now time.Time) bool {
	at := s.downAt()
	if s.failed.count < minQuestions || now.Before(at) {
		return false
	}
	return len(s.pending) == 0 || !s.pending[0].asked.Before(at) || !s.failed.ended.Before(at)
}
