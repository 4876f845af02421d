package verdict

import (
	"cmp"
	"encoding/json"
	"slices"
)

// maxEventBytes limits an event's JSON. Lambda's destination puts it on the bus together with the run's input, which
// the sweep keeps under 100 KB, and the bus accepts 256 KB (EventBridge, "PutEvents event entry size").
const maxEventBytes = 128 << 10

// maxDownBytes limits the part for targets without a verdict, and maxReachedBytes the part for reached targets. The
// verdicts get the rest, and the next run's targets what they leave.
const (
	maxDownBytes     = 16 << 10
	maxReachedBytes  = 24 << 10
	maxEnvelopeBytes = 1 << 10
)

// fitToBus returns the detail cut to the size limit, and counts what is left out in Omitted. Confirmed verdicts come
// first.
func (d Detail) fitToBus() Detail {
	var o Omitted
	room := maxEventBytes - maxEnvelopeBytes
	d.Down, o.Down = takeFitting(d.Down, maxDownBytes, &room)
	d.Reached, o.Reached = takeFitting(d.Reached, maxReachedBytes, &room)
	slices.SortStableFunc(d.Unreachable, func(a, b Unreachable) int { return cmp.Compare(rank(a), rank(b)) })
	d.Unreachable, o.Interfaces = takeFitting(d.Unreachable, room, &room)
	if d.Rest != nil {
		rest := *d.Rest
		rest.Targets, o.Rest = takeFitting(rest.Targets, room, &room)
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

// takeFitting returns the first entries of a list that fit into maxBytes, subtracts their size from room, and counts
// the others.
func takeFitting[T any](list []T, maxBytes int, room *int) (kept []T, omitted int) {
	size := 0
	for n, v := range list {
		text, err := json.Marshal(v)
		if err != nil { // no type here can fail to marshal
			text = nil
		}
		if size+len(text)+1 > maxBytes {
			*room -= size
			return list[:n], len(list) - n
		}
		size += len(text) + 1
	}
	*room -= size
	return list, 0
}

// MarshalJSON writes the detail in the form of its type: interfaces has the verdicts, or else the reached targets.
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
