package verdict

import (
	"net/netip"
	"strconv"
	"time"
)

// Source is the source of the project's own events.
const Source = "eni-failover"

// The detail-types of a run's events.
const (
	TypeUnreachable = "ENI Failover Unreachable"
	TypeReached     = "ENI Failover Reached"
	TypeProbed      = "ENI Failover Probed"
)

// Reason says why a target that is down gets no verdict.
type Reason string

// The reasons.
const (
	None Reason = ""
	// NotArmed means that the target was never answered on this attachment. The port may be wrong, or the security
	// group closed.
	NotArmed Reason = "not-armed"
	// Isolated means that the prober itself was cut off, which explains the silence.
	Isolated Reason = "isolated"
)

// Event is the result of a run: a whole event that Lambda's on-success destination puts on the bus.
type Event struct {
	Source string    `json:"source"`
	Time   time.Time `json:"time"`
	Type   string    `json:"detail-type"`
	Detail Detail    `json:"detail"`
}

// Detail is the detail of all three types. In JSON the field interfaces has the verdicts, or else the reached targets.
type Detail struct {
	Unreachable []Unreachable `json:"-"`
	Reached     []Reached     `json:"-"`
	// Rest has the targets that need another run after a verdict; nil if none is left.
	Rest *Rest `json:"-"`

	// Asked and Answered count the questions to targets. All checks of a target are one question.
	Asked    int `json:"asked"`
	Answered int `json:"answered"`
	// Isolated reports whether the prober itself was cut off at some time.
	Isolated bool `json:"isolated"`
	// Down has the targets that are down at the end without a verdict.
	Down []Down `json:"down"`
	// Omitted counts what the event's size limit left out.
	Omitted *Omitted `json:"omitted,omitempty"`

	// Unasked counts the questions that never left the prober. It is for log and metrics.
	Unasked int `json:"-"`
}

// Unreachable is the verdict on one interface.
type Unreachable struct {
	Interface  string   `json:"networkInterfaceId"`
	Attachment string   `json:"attachmentId"`
	Instance   string   `json:"instanceId"`
	Check      string   `json:"check"`
	Evidence   Evidence `json:"evidence"`
	// Since is when the first unanswered question was asked.
	Since time.Time `json:"since"`
	// ReachedAt is when the last answer arrived, in this run or in the one whose rest it is; zero if none did.
	ReachedAt time.Time `json:"reachedAt,omitzero"`
	// Confirmed reports whether the prober's own trouble is ruled out.
	Confirmed bool       `json:"confirmed"`
	Witness   netip.Addr `json:"witness,omitzero"`
}

// Reached is a target that was not armed and has answered.
type Reached struct {
	Interface  string `json:"networkInterfaceId"`
	Attachment string `json:"attachmentId"`
	// ReachedAt is when the first answer arrived.
	ReachedAt time.Time `json:"reachedAt"`
}

// Down is a target that is down without a verdict.
type Down struct {
	Interface  string    `json:"networkInterfaceId"`
	Attachment string    `json:"attachmentId"`
	Check      string    `json:"check"`
	Evidence   Evidence  `json:"evidence"`
	Since      time.Time `json:"since"`
	Reason     Reason    `json:"reason"`
}

// Rest is the input of the next run. Run is the time that was left of this one, and never less than MinRun: at its end the
// sweep starts the next run, and a longer time would ask twice.
type Rest struct {
	Run     string   `json:"run"`
	Targets []Target `json:"targets"`
}

// Omitted counts the entries that do not fit into an event.
type Omitted struct {
	Interfaces int `json:"interfaces,omitempty"`
	Reached    int `json:"reached,omitempty"`
	Down       int `json:"down,omitempty"`
	Rest       int `json:"rest,omitempty"`
}

// FormatRun writes a length of a run in seconds, to the millisecond.
func FormatRun(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Milliseconds())/1000, 'f', -1, 64) + "s"
}

// Event returns the event of the run if it ends now.
func (r *Run) Event(now time.Time) Event {
	_, ready := r.Ready(now)
	d := Detail{Asked: r.asked, Answered: r.answered, Isolated: r.isolated, Down: []Down{}, Unasked: r.unasked}
	rest := Rest{Run: FormatRun(max(r.end.Sub(now), MinRun))}
	for _, t := range r.targets {
		if !t.Armed && !t.firstAnswer.IsZero() {
			d.Reached = append(d.Reached, Reached{t.Interface, t.Attachment, timestamp(t.firstAnswer)})
		}
		if t.down(now) && !r.report(&d, t, now) {
			continue
		}
		rest.Targets = append(rest.Targets, t.remaining())
	}
	e := Event{Source: Source, Time: timestamp(now), Type: TypeProbed}
	switch {
	case ready:
		e.Type = TypeUnreachable
		if len(rest.Targets) > 0 {
			d.Rest = &rest
		}
	case len(d.Reached) > 0:
		e.Type = TypeReached
	}
	e.Detail = d.fitToBus()
	return e
}

// report adds a target that is down to the detail. It reports whether the next run asks the target again.
func (r *Run) report(d *Detail, t *targetState, now time.Time) bool {
	found, last := r.judge(t, now), t.failed.last
	if found.reason != None {
		d.Down = append(d.Down, Down{t.Interface, t.Attachment, last.Check.String(), last.Evidence, timestamp(t.failed.since), found.reason})
		return true
	}
	u := Unreachable{
		Interface: t.Interface, Attachment: t.Attachment, Instance: t.Instance, Check: last.Check.String(), Evidence: last.Evidence,
		Since: timestamp(t.failed.since), Confirmed: found.confirmed, Witness: found.witness,
	}
	if at := t.lastReached(); !at.IsZero() {
		u.ReachedAt = timestamp(at)
	}
	d.Unreachable = append(d.Unreachable, u)
	return false
}

// timestamp returns an instant as it is published: in UTC, in milliseconds.
func timestamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
