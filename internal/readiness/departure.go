package readiness

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Departure says what would happen if one instance went away now.
type Departure struct {
	Instance string `json:"instance"`
	// Trigger is the event that would come first: spot-interruption for a running Spot instance, else stopping.
	Trigger trigger.Kind `json:"trigger"`
	// Reason says why nothing would happen, and Detail explains that to a person; both are empty if Interfaces has something.
	Reason plan.Reason `json:"reason"`
	Detail string      `json:"detail,omitempty"`
	// Interfaces are those that the instance holds, and the unattached and detaching ones of its groups in its Availability
	// Zone, by id.
	Interfaces []Departing `json:"interfaces"`
}

// Departing is an interface that an instance would leave.
type Departing struct {
	Verdict

	// Next says what a person can do about an interface without an eligible standby; empty for others.
	Next string `json:"next,omitempty"`
}

// Depart plans for the departure of an instance as a failover would. It differs from the verdicts of [Inspect] in what it is
// asked: there, an interface that needs healing is planned as the next sweep would do it. The snapshot and the names are as
// in Inspect.
func Depart(s inventory.Snapshot, names map[string][]record.Result, p plan.Policy, id string, now time.Time) Departure {
	w := newWorld(s, p, now)
	left, kind := (&future{world: w}).depart(id)
	d := Departure{Instance: id, Trigger: kind, Reason: left.Ignored, Detail: left.Detail, Interfaces: []Departing{}}
	for _, item := range left.Items {
		x := w.subject(item, kind).shortened()
		d.Interfaces = append(d.Interfaces, Departing{Verdict: x.verdict(names[item.Interface.ID]), Next: item.Next})
	}
	return d
}
