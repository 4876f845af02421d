package session

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/events"
	"github.com/eni-failover/eni-failover/internal/awssim"
)

// Event is what is sent to the handler.
type Event struct {
	Name string // for a person: its file or its flag
	Data []byte
}

// Change is something that happens to an instance. Its event is made from a sample.
type Change struct {
	Sample   string // a file of the package events
	Instance string // its id
}

// Event returns the sample with the instance, the account and the Region of the world w, which must have the instance. w is
// complete, as [awssim.Sim.World] returns it.
func (c Change) Event(w awssim.World) []byte {
	in := FindInstance(&w, c.Instance)
	data, err := events.Samples.ReadFile(c.Sample)
	if in == nil || err != nil {
		panic("session: no event " + c.Sample + " about " + c.Instance) // a fault of the caller
	}
	return []byte(strings.NewReplacer(
		"eu-west-1a", in.AZ, "eu-west-1", w.Region, "123456789012", w.Account, "i-0a1b2c3d4e5f60001", in.ID, "i-0a1b2c3d4e5f60002", in.ID,
		`"instance-action": "terminate"`, `"instance-action": "`+cmp.Or(in.SpotBehavior, "terminate")+`"`,
	).Replace(string(data)))
}

// HappeningAt moves an event's time, and by as much all other times in it, so that it happens at the instant now.
// An event without a time of its own, or with one that can't be read, is not changed: the handler says what is wrong.
func (e Event) HappeningAt(now time.Time) Event {
	var envelope struct{ Time time.Time }
	if json.Unmarshal(e.Data, &envelope) != nil || envelope.Time.IsZero() {
		return e
	}
	by := now.Sub(envelope.Time)
	// CloudWatch writes offsets without a colon.
	times := regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)`)
	e.Data = times.ReplaceAllFunc(e.Data, func(text []byte) []byte {
		for _, offset := range []string{"Z07:00", "-0700"} {
			if t, err := time.Parse("2006-01-02T15:04:05"+offset, string(text)); err == nil {
				return t.Add(by).UTC().AppendFormat(nil, "2006-01-02T15:04:05.000"+offset)
			}
		}
		return text
	})
	return e
}
