package verdict

import (
	"net/netip"
	"time"
)

// Source is the source of the events of this project.
const Source = "eni-failover"

// The detail-types of the events that a run returns.
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
	// NotArmed is for a target that was never answered on this attachment: a wrong port, a closed security group.
	NotArmed Reason = "not-armed"
	// Isolated is for silence that is the prober's own trouble.
	Isolated Reason = "isolated"
)

// Event is what a run returns, a whole event: Lambda's on-success destination puts it on the bus.
type Event struct {
	Source string    `json:"source"`
	Time   time.Time `json:"time"`
	Type   string    `json:"detail-type"`
	Detail Detail    `json:"detail"`
}

// Detail is the detail of all three types. Unreachable and Reached have Interfaces, of which one is set.
type Detail struct {
	Unreachable []Unreachable `json:"-"`
	Reached     []Reached     `json:"-"`
	// Rest is what to ask further after a verdict; nil if no target is left.
	Rest *Rest `json:"-"`

	// Asked and Answered count the questions about targets, all checks of one being one question.
	Asked    int `json:"asked"`
	Answered int `json:"answered"`
	// Isolated reports whether the prober itself was cut off at some time.
	Isolated bool `json:"isolated"`
	// Down has the targets that are down at the end without a verdict.
	Down []Down `json:"down"`
	// Omitted counts what was left out for the event's size.
	Omitted *Omitted `json:"omitted,omitempty"`

	// Unasked counts the questions that never left the prober. It is for log and metrics.
	Unasked int `json:"-"`
}

// Unreachable is a verdict.
type Unreachable struct {
	Interface  string   `json:"networkInterfaceId"`
	Attachment string   `json:"attachmentId"`
	Instance   string   `json:"instanceId"`
	Check      string   `json:"check"`
	Evidence   Evidence `json:"evidence"`
	// Since is when the first question without an answer was asked.
	Since time.Time `json:"since"`
	// ReachedAt is when the last answer came; zero if none did in this run.
	ReachedAt time.Time `json:"reachedAt,omitzero"`
	// Confirmed reports whether it can't be the prober's own trouble.
	Confirmed bool       `json:"confirmed"`
	Witness   netip.Addr `json:"witness,omitzero"`
}

// Reached is a target that was not armed and answered.
type Reached struct {
	Interface  string `json:"networkInterfaceId"`
	Attachment string `json:"attachmentId"`
	// ReachedAt is when the first answer came.
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

// Rest is the input of a run that carries on. Run is what was left of this one: by its end the sweep has asked for
// the next run, and a longer one would only ask twice.
type Rest struct {
	Run     string   `json:"run"`
	Targets []Target `json:"targets"`
}

// Omitted counts what an event leaves out for its size.
type Omitted struct {
	Interfaces int `json:"interfaces,omitempty"`
	Reached    int `json:"reached,omitempty"`
	Down       int `json:"down,omitempty"`
	Rest       int `json:"rest,omitempty"`
}

// Event returns what the run amounts to if it ends now.
func (r *Run) Event(now time.Time) Event {
	_, ready := r.Ready(now)
	d := Detail{Asked: r.asked, Answered: r.answered, Isolated: r.isolated, Down: []Down{}, Unasked: r.unasked}
	rest := Rest{Run: max(r.end.Sub(now).Truncate(time.Millisecond), MinRun).String()}
	for _, t := range r.targets {
		if !t.Armed && !t.firstAnswer.IsZero() {
			d.Reached = append(d.Reached, Reached{t.Interface, t.Attachment, stamp(t.firstAnswer)})
		}
		if t.down(now) && !r.tell(&d, t, now) {
			continue
		}
		carried := t.Target
		carried.Armed, carried.Witnesses = t.upBefore(), t.askedWitnesses()
		rest.Targets = append(rest.Targets, carried)
	}
	e := Event{Source: Source, Time: stamp(now), Type: TypeProbed}
	switch {
	case ready:
		e.Type = TypeUnreachable
		if len(rest.Targets) > 0 {
			d.Rest = &rest
		}
	case len(d.Reached) > 0:
		e.Type = TypeReached
	}
	e.Detail = d.limited()
	return e
}

// tell adds a target that is down to the detail, and reports whether it is to be asked further.
func (r *Run) tell(d *Detail, t *state, now time.Time) bool {
	found, last := r.find(t, now), t.failed.last
	if found.reason != None {
		d.Down = append(d.Down, Down{t.Interface, t.Attachment, last.Check.String(), last.Evidence, stamp(t.failed.since), found.reason})
		return true
	}
	u := Unreachable{
		Interface: t.Interface, Attachment: t.Attachment, Instance: t.Instance, Check: last.Check.String(), Evidence: last.Evidence,
		Since: stamp(t.failed.since), Confirmed: found.confirmed, Witness: found.witness,
	}
	if !t.lastAnswer.IsZero() {
		u.ReachedAt = stamp(t.lastAnswer)
	}
	d.Unreachable = append(d.Unreachable, u)
	return false
}

// stamp is how an instant is told: in UTC, to the millisecond.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
