package verdict_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// randomTimeline draws targets on one to three holders, their state in each second (up, or down in one way for a
// while), and cuts in which nothing gets through.
func randomTimeline(t *testing.T, rng *rand.Rand) (line timeline, text string) {
	t.Helper()
	const seconds, run = 60, 40
	cut := make([]bool, seconds)
	if rng.IntN(2) == 0 {
		from := rng.IntN(run)
		for s := from; s < min(seconds, from+1+rng.IntN(20)); s++ {
			cut[s] = true
		}
	}
	row := func(alphabet string) string {
		var b strings.Builder
		met := alphabet[0]
		for s := range seconds {
			if rng.IntN(8) == 0 {
				met = alphabet[rng.IntN(len(alphabet))]
			}
			switch {
			case cut[s]:
				b.WriteByte('.')
			default:
				b.WriteByte(met)
			}
		}
		return b.String()
	}
	var rows []string
	for n := range 1 + rng.IntN(4) {
		words := []string{fmt.Sprintf("t%d i-%d for:%ds timeout:%dms", n, rng.IntN(3), 2+rng.IntN(8), 100+rng.IntN(3000))}
		if rng.IntN(2) == 0 {
			words = append(words, "armed")
		}
		if rng.IntN(2) == 0 {
			words = append(words, "witness=10.0.9.9")
		}
		if rng.IntN(2) == 0 {
			until := 1 + rng.IntN(11) // some are too long ago
			words = append(words, fmt.Sprintf("silent=-%ds,-%ds,%d", until+rng.IntN(9), until, 1+rng.IntN(9)))
		}
		rows = append(rows, strings.Join(words, " ")+" | "+row([]string{"++++rx5t.n!s", "++.", ".", "+r"}[rng.IntN(4)]))
	}
	rows = append(rows, "10.0.9.9 | "+row("+."), fmt.Sprintf("run %ds", run))
	text = strings.Join(rows, "\n") + "\n"
	return parseTimeline(t, text), text
}

// The invariants are checked against the timeline itself, not against the run's state.
func TestInvariants(t *testing.T) {
	tally := map[string]int{}
	for seed := range uint64(4000) {
		line, text := randomTimeline(t, rand.New(rand.NewPCG(seed, 1)))
		r, now := line.play()
		e := r.Event(now)
		tally[e.Type]++
		for _, wrong := range line.wrong(e, now, tally) {
			t.Errorf("seed %d: %s\n%s%s", seed, wrong, text, describe(e))
		}
		if t.Failed() {
			return
		}
	}
	for _, want := range []string{verdict.TypeUnreachable, verdict.TypeReached, verdict.TypeProbed, "confirmed", "unconfirmed", "witness", "isolated", "overdue", "outlived", "continued"} {
		if tally[want] < 20 {
			t.Errorf("%s came %d times: the timelines are not varied enough (%v)", want, tally[want], tally)
		}
	}
	t.Log(tally)
}

// question is one question of a timeline.
type question struct {
	asked, ended time.Time
	met          byte
}

// questions returns the questions to target n that ended by an instant.
func (line timeline) questions(n int, by time.Time) []question {
	var list []question
	for second := range line.seconds {
		asked := start.Add(time.Duration(second)*time.Second + time.Duration(n)*10*time.Millisecond)
		met := at(line.met[n], second)
		if ended := asked.Add(latency(met, line.targets[n].Probe.Timeout)); !ended.After(by) {
			list = append(list, question{asked, ended, met})
		}
	}
	return list
}

func (line timeline) wrong(e verdict.Event, now time.Time, tally map[string]int) []string {
	var wrong []string
	verdicts := map[string]verdict.Unreachable{}
	for _, u := range e.Detail.Unreachable {
		verdicts[u.Interface] = u
	}
	for n, target := range line.targets {
		list := line.questions(n, now)
		u, down := verdicts[target.Interface]
		if down {
			wrong = append(wrong, line.wrongVerdict(n, u, list, now, tally)...)
		} else if line.overdue(n, list, now) {
			wrong = append(wrong, target.Interface+" is down for too long without a verdict")
		}
		if refusing(list, target.Probe.For, now) {
			tally["overdue"]++ // the target is certainly down
		}
	}
	if e.Detail.Isolated {
		tally["isolated"]++
	}
	return append(wrong, line.wrongEnd(e, now, tally)...)
}

// wrongEnd returns what is wrong with the time at which the run ended.
func (line timeline) wrongEnd(e verdict.Event, now time.Time, tally map[string]int) []string {
	var wrong []string
	if e.Type != verdict.TypeUnreachable && (now.Before(start.Add(line.run)) || line.waits(now)) {
		wrong = append(wrong, "it ended too early")
	}
	if now.After(start.Add(line.run)) {
		tally["outlived"]++
		if !line.waits(now.Add(-1)) {
			wrong = append(wrong, "it ended too late")
		}
	}
	return wrong
}

// goesOn returns the beginning of the silence that a run goes on with; zero if it does not.
func goesOn(target verdict.Target) time.Time {
	if target.Silent.Questions == 0 || start.Sub(target.Silent.Until) > 10*time.Second {
		return time.Time{}
	}
	return target.Silent.Since
}

// waits reports whether a run has to go on after its end: whether a target that was up is without an answer since before the
// end, and not for so long that a verdict would be overdue.
func (line timeline) waits(now time.Time) bool {
	for n, target := range line.targets {
		up, since := target.Armed, goesOn(target)
		soon := time.Time{}
		if !since.IsZero() {
			soon = start.Add(3*time.Second + target.Probe.Timeout)
		}
		for _, q := range line.questions(n, now.Add(time.Minute)) {
			over := !q.ended.After(now)
			switch {
			case q.asked.After(now) || over && q.met == '!':
			case over && (q.met == '+' || q.met == 's'):
				up, since, soon = true, time.Time{}, time.Time{}
			case since.IsZero():
				since = q.asked
			}
		}
		if up && !since.IsZero() && since.Before(start.Add(line.run)) && (now.Before(since.Add(target.Probe.For+target.Probe.Timeout+time.Second)) || now.Before(soon)) {
			return true
		}
	}
	return false
}

// wrongVerdict returns the faults of one verdict.
func (line timeline) wrongVerdict(n int, u verdict.Unreachable, list []question, now time.Time, tally map[string]int) []string {
	var wrong []string
	target, up, failed, here, second := line.targets[n], line.targets[n].Armed, 0, 0, 0
	for _, q := range list {
		switch {
		case q.met == '+' || q.met == 's':
			up = true
			if q.ended.After(u.Since) && q.asked.After(u.Since) {
				wrong = append(wrong, "it was answered within the time")
			}
		case q.met != '!' && !q.asked.Before(u.Since):
			here++
			if q.asked.Sub(start) >= time.Second {
				second++
			}
		}
	}
	failed = here
	if u.Since.Before(start) {
		tally["continued"]++
		failed += target.Silent.Questions
		if !u.Since.Equal(goesOn(target)) || here == 0 || u.Evidence.Silent() && second == 0 {
			wrong = append(wrong, fmt.Sprintf("a silence since %v with %d and %d questions", u.Since.Sub(start), here, second))
		}
	}
	if !up {
		wrong = append(wrong, "it was never up")
	}
	if failed < 3 || now.Sub(u.Since) < target.Probe.For-time.Millisecond {
		wrong = append(wrong, fmt.Sprintf("only %d questions in %v", failed, now.Sub(u.Since)))
	}
	if !u.Evidence.Silent() {
		tally["confirmed"]++
		if !u.Confirmed || u.Witness.IsValid() {
			wrong = append(wrong, "evidence from the host itself is always confirmed, without a witness")
		}
		return wrong
	}
	if u.Confirmed != u.Witness.IsValid() {
		wrong = append(wrong, "silence must be confirmed exactly if there is a witness")
	}
	if u.Confirmed {
		tally["witness"]++
		if !line.heard(u.Witness, target.Instance, now) {
			wrong = append(wrong, "the witness was not heard at that moment")
		}
		if line.cutDuring(list) {
			wrong = append(wrong, "the last question was asked while nothing got through")
		}
		return wrong
	}
	tally["unconfirmed"]++
	return wrong
}

// heard reports whether the witness reacted within the last two seconds of the timeline.
func (line timeline) heard(w netip.Addr, holder string, now time.Time) bool {
	if row, ok := line.witnesses[w]; ok {
		second := int(now.Sub(start) / time.Second)
		return strings.Contains(row[max(0, second-2):min(second+1, len(row))], "+")
	}
	for n, target := range line.targets {
		if target.Address != w || target.Instance == holder {
			continue
		}
		for _, q := range line.questions(n, now) {
			if !strings.ContainsRune(".n!", rune(q.met)) && now.Sub(q.ended) <= 2*time.Second {
				return true
			}
		}
	}
	return false
}

// cutDuring reports whether nothing in the timeline got through in the two seconds before the last unanswered question.
func (line timeline) cutDuring(list []question) bool {
	last := list[len(list)-1]
	for _, q := range list {
		if q.met != '!' && q.asked.After(last.asked) || last.met == '!' {
			last = q
		}
	}
	second := int(last.asked.Sub(start) / time.Second)
	rows := append([]string{}, line.met...)
	for _, row := range line.witnesses {
		rows = append(rows, row)
	}
	for _, row := range rows {
		if strings.Trim(row[max(0, second-2):second+1], ".n!") != "" {
			return false
		}
	}
	return true
}

// overdue reports whether an armed or reached target has refused for so long that a verdict is due.
func (line timeline) overdue(n int, list []question, now time.Time) bool {
	target, up := line.targets[n], line.targets[n].Armed
	for _, q := range list {
		up = up || q.met == '+' || q.met == 's'
	}
	return up && refusing(list, target.Probe.For+time.Second+target.Probe.Timeout, now)
}

// refusing reports whether at least three last questions were refused, over at least this time.
func refusing(list []question, long time.Duration, now time.Time) bool {
	count := 0
	for i := len(list) - 1; i >= 0 && list[i].met == 'r'; i-- {
		if count++; count >= 3 && now.Sub(list[i].asked) >= long {
			return true
		}
	}
	return false
}
