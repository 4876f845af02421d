package verdict

import (
	"cmp"
	"encoding/json"
	"slices"
)

// maxEventBytes is the most that an event takes as JSON. Lambda's destination puts it on the bus together with the
// run's input, which the sweep keeps under 100 KB, and the bus takes 256 KB (EventBridge, "PutEvents event entry size").
const maxEventBytes = 128 << 10

// maxDownBytes is the most of it that the targets without a verdict take, and maxReachedBytes those reached. The rest
// of the room is the verdicts', and what they leave is for the targets to ask further.
const (
	maxDownBytes     = 16 << 10
	maxReachedBytes  = 24 << 10
	maxEnvelopeBytes = 1 << 10
)

// limited returns the detail with at most as much as the bus takes, and counts the rest in Omitted. Confirmed verdicts
// come first.
func (d Detail) limited() Detail {
	var o Omitted
	room := maxEventBytes - maxEnvelopeBytes
	d.Down, o.Down = fitting(d.Down, maxDownBytes, &room)
	d.Reached, o.Reached = fitting(d.Reached, maxReachedBytes, &room)
	slices.SortStableFunc(d.Unreachable, func(a, b Unreachable) int { return cmp.Compare(rank(a), rank(b)) })
	d.Unreachable, o.Interfaces = fitting(d.Unreachable, room, &room)
	if d.Rest != nil {
		rest := *d.Rest
		rest.Targets, o.Rest = fitting(rest.Targets, room, &room)
		d.Rest = &rest
		if len(rest.Targets) == 0 {
			d.Rest = nil
		}
	}
	if o != (Omitted{}) {
		d.Omitted = &o
	}
	return d
}

func rank(u Unreachable) int {
	if u.Confirmed {
		return 0
	}
	return 1
}

// fitting returns the first of a list that take at most so many bytes, takes them off the room, and counts the others.
func fitting[T any](list []T, most int, room *int) (kept []T, omitted int) {
	size := 0
	for n, v := range list {
		text, err := json.Marshal(v)
		if err != nil { // nothing in it can fail to be written as JSON
			text = nil
		}
		if size+len(text)+1 > most {
			*room -= size
			return list[:n], len(list) - n
		}
		size += len(text) + 1
	}
	*room -= size
	return list, 0
}

// MarshalJSON writes the detail in the form of its type: interfaces are verdicts, or else what was reached.
func (d Detail) MarshalJSON() ([]byte, error) {
	type plain Detail // without this method
	switch {
	case len(d.Unreachable) > 0:
		return json.Marshal(struct {
			Interfaces []Unreachable `json:"interfaces"`
			Rest       *Rest         `json:"rest,omitempty"`
			Reached    []Reached     `json:"reached,omitempty"`
			plain
		}{d.Unreachable, d.Rest, d.Reached, plain(d)})
	case len(d.Reached) > 0:
		return json.Marshal(struct {
			Interfaces []Reached `json:"interfaces"`
			plain
		}{d.Reached, plain(d)})
	}
	return json.Marshal(plain(d))
}
