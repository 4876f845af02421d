package verdict

import "github.com/eni-failover/eni-failover/internal/probe/probetag"

// Evidence is what a question met that was not answered.
type Evidence string

// What a question can meet. The first four show that the host is there and the service is not; the last two are
// silence, which may be the prober's own trouble.
const (
	Refused Evidence = "refused"
	Reset   Evidence = "reset"
	TLS     Evidence = "tls"
	HTTP5xx Evidence = "http-5xx"
	Timeout Evidence = "timeout"
	NoRoute Evidence = "no-route"

	// Answered is no evidence: the check was answered.
	Answered Evidence = ""
	// Unasked is the prober's own fault: the question never left it, or the run ended first. It counts as nothing.
	Unasked Evidence = "unasked"
)

// Silent reports whether nothing at all came back.
func (e Evidence) Silent() bool { return e == Timeout || e == NoRoute }

// Question is what one question about a target met, all its checks taken together.
type Question struct {
	Evidence Evidence
	// Check is the one that Evidence is about; zero if all answered.
	Check probetag.Check
	// Heard reports whether anything came back from the address, an answer or a refusal.
	Heard bool
}

// Join makes one question of what each check met, in the order of the checks. All must answer. Of several that did
// not, one that the host itself refused tells more than silence.
func Join(checks []probetag.Check, met []Evidence) Question {
	var q Question
	for n, e := range met {
		if e == Unasked {
			return Question{Evidence: Unasked}
		}
		q.Heard = q.Heard || !e.Silent()
		if e != Answered && (q.Evidence == Answered || q.Evidence.Silent() && !e.Silent()) {
			q.Evidence, q.Check = e, checks[n]
		}
	}
	return q
}
