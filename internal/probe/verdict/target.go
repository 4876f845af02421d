package verdict

import (
	"slices"
	"time"
)

// Interval is the time between two questions to a target.
const Interval = time.Second

// minQuestions is the number of unanswered questions in a row that a verdict needs.
const minQuestions = 3

// maxGap limits the time between the last question of a run and the beginning of the next one that goes on with its silences.
// Longer ago, a service may have come and gone again.
const maxGap = 10 * time.Second

// targetState is what a run knows of a target.
type targetState struct {
	Target

	// before is the silence that the run goes on with; zero if there is none, or since an answer.
	before Silence
	// provenFrom is when the first question is asked whose silence counts if the run goes on with one: by then each other
	// target and each witness has been asked, too.
	provenFrom time.Time
	// firstAnswer and lastAnswer are when answers arrived; zero if none did in this run.
	firstAnswer, lastAnswer time.Time
	// latestAnswered is when the latest of the answered questions was asked.
	latestAnswered time.Time
	// lastHeard is when the address last reacted, with an answer or a refusal.
	lastHeard time.Time
	// silentSince is when the first question was asked after which nothing was heard; zero if all questions were heard.
	silentSince time.Time
	// pending has the questions in flight, in the order in which they were asked.
	pending []pending
	failed  failures
}

// pending is a question in flight.
type pending struct {
	asked time.Time
	// heardBefore reports whether any address reacted just before, so that the prober was not cut off.
	heardBefore bool
}

// failures is a row of questions without an answer. An answer replaces it by an empty one.
type failures struct {
	count int
	// since is when the first question was asked.
	since time.Time
	// asked and ended belong to the last question, and last is its outcome.
	asked, ended time.Time
	last         Outcome
	// heardBefore belongs to the last question.
	heardBefore bool
}

// newTargetState returns the state of a target at the start of a run.
func newTargetState(t Target, start time.Time) *targetState {
	s := &targetState{Target: t}
	if t.Armed && t.Silent.Questions > 0 && start.Sub(t.Silent.Until).Abs() <= maxGap {
		s.before, s.provenFrom = t.Silent, start.Add(Interval)
	}
	return s
}

// continues reports whether the run goes on with a silence of the run before.
func (s *targetState) continues() bool { return s.before.Questions > 0 }

// add returns the failures with one more question. Questions may end in another order than they were asked in.
func (s failures) add(p pending, ended time.Time, q Outcome) failures {
	if s.count == 0 || p.asked.Before(s.since) {
		s.since = p.asked
	}
	if s.count == 0 || p.asked.After(s.asked) {
		s.asked, s.ended, s.last, s.heardBefore = p.asked, ended, q, p.heardBefore
	}
	s.count++
	return s
}

// reachedBefore reports whether the target was answered on this attachment, in this run or an earlier one.
func (s *targetState) reachedBefore() bool { return s.Armed || !s.firstAnswer.IsZero() }

// lastReached returns when the last answer arrived, in this run or in the one whose rest it is; zero if it is unknown.
func (s *targetState) lastReached() time.Time {
	if s.lastAnswer.IsZero() {
		return s.ReachedAt
	}
	return s.lastAnswer
}

// remaining returns the target for the next run. A silent one gets its last answer: a verdict without any is taken for one
// that repeats an earlier verdict.
func (s *targetState) remaining() Target {
	t := s.Target
	t.Armed, t.Witnesses = s.reachedBefore(), s.askedWitnesses()
	switch {
	case s.lastAnswer.IsZero(): // silent since the run before
	case s.unansweredSince().IsZero():
		t.ReachedAt = time.Time{}
	default:
		t.ReachedAt = timestamp(s.lastAnswer)
	}
	t.Silent = Silence{}
	switch {
	case !t.Armed:
	case s.failed.count > 0:
		t.Silent = Silence{timestamp(s.failed.since), timestamp(s.failed.asked), s.failed.count}
	case s.continues():
		t.Silent = s.before
	}
	return t
}

// unansweredSince returns when the first question was asked after the last one that was answered, or zero. It may still be
// in flight.
func (s *targetState) unansweredSince() time.Time {
	if s.failed.count == 0 && s.continues() {
		return s.before.Since
	}
	since, pending := s.failed.since, s.firstPendingAfter(s.latestAnswered)
	if since.IsZero() || !pending.IsZero() && pending.Before(since) {
		return pending
	}
	return since
}

// addQuestion records that a question is asked.
func (s *targetState) addQuestion(p pending) {
	s.pending = append(s.pending, p)
	if s.silentSince.IsZero() {
		s.silentSince = p.asked
	}
}

// endQuestion records the outcome of the question that was asked at the instant asked.
func (s *targetState) endQuestion(asked, ended time.Time, q Outcome) {
	n := slices.IndexFunc(s.pending, func(p pending) bool { return p.asked.Equal(asked) })
	question := s.pending[n]
	s.pending = slices.Delete(s.pending, n, n+1)
	if q.Heard {
		s.lastHeard = ended
	}
	if q.Heard || q.Evidence == Unasked && s.silentSince.Equal(asked) {
		s.silentSince = s.firstPendingAfter(asked)
	}
	switch {
	case q.Evidence == Answered:
		if s.firstAnswer.IsZero() {
			s.firstAnswer = ended
		}
		s.lastAnswer = ended
		if asked.After(s.latestAnswered) {
			s.latestAnswered = asked
		}
		s.failed, s.before = failures{}, Silence{}
	case q.Evidence != Unasked && asked.After(s.latestAnswered): // otherwise a later question has been answered
		if s.failed.count == 0 {
			s.failed.count, s.failed.since = s.before.Questions, s.before.Since
		}
		s.failed = s.failed.add(question, ended, q)
	}
}

func (s *targetState) firstPendingAfter(asked time.Time) time.Time {
	for _, p := range s.pending {
		if p.asked.After(asked) {
			return p.asked
		}
	}
	return time.Time{}
}

// downAt returns when the target is down if no question ends before. The time is valid only after minQuestions
// unanswered questions.
func (s *targetState) downAt() time.Time { return s.failed.since.Add(s.Probe.For) }

// down reports whether no answer came for long enough. A question in flight may still be answered. The target is down
// when a question ends after the time is over, or when no question in flight was asked within the time.
func (s *targetState) down(now time.Time) bool {
	at := s.downAt()
	if s.failed.count < minQuestions || now.Before(at) || s.failed.last.Evidence.Silent() && s.failed.asked.Before(s.provenFrom) {
		return false
	}
	return len(s.pending) == 0 || !s.pending[0].asked.Before(at) || !s.failed.ended.Before(at)
}
