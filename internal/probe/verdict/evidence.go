package verdict

import "github.com/eni-failover/eni-failover/internal/probe/probetag"

// Evidence says why a question is unanswered.
type Evidence string

// The first four mean that the host is up and the service is not. Timeout and NoRoute are silence, for which the prober
// itself may be the cause.
const (
	Refused Evidence = "refused"
	Reset   Evidence = "reset"
	TLS     Evidence = "tls"
	HTTP5xx Evidence = "http-5xx"
	Timeout Evidence = "timeout"
	NoRoute Evidence = "no-route"

	// Answered is the absence of evidence.
	Answered Evidence = ""
	// Unasked means that the question never left the prober, or that the run ended first. It counts as nothing.
	Unasked Evidence = "unasked"
)

// Silent reports whether nothing came back.
func (e Evidence) Silent() bool { return e == Timeout || e == NoRoute }

// Outcome is the outcome of one question to a target, with all its checks.
type Outcome struct {
	Evidence Evidence
	// Check is the check that Evidence is about; zero if all were answered.
	Check probetag.Check
	// Heard reports whether the address reacted, with an answer or a refusal.
	Heard bool
}

// Join combines the evidence of the checks, in their order. All must be answered. A check that the host itself refused
// says more than a silent one, and wins.
func Join(checks []probetag.Check, met []Evidence) Outcome {
	var q Outcome
	for n, e := range met {
		if e == Unasked {
			return Outcome{Evidence: Unasked}
		}
		q.Heard = q.Heard || !e.Silent()
		if e != Answered && (q.Evidence == Answered || q.Evidence.Silent() && !e.Silent()) {
			q.Evidence, q.Check = e, checks[n]
		}
	}
	return q
}
