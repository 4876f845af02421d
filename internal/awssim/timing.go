package awssim

import (
	"errors"
	"time"
)

// Duration is a time.Duration that JSON writes as Go does: "2s", "1m30s".
type Duration time.Duration

// MarshalText writes the duration as Go does.
func (d Duration) MarshalText() ([]byte, error) {
	return []byte(time.Duration(d).String()), nil
}

// UnmarshalText reads a duration as Go writes it; negative ones are refused.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v < 0 {
		return errors.New("want a duration that is not negative, such as 500ms or 2m")
	}
	*d = Duration(v)
	return nil
}

// TypicalTiming is that of a world that is read and says nothing of its own: of the order of what EC2 takes, so that a
// move lasts a few seconds.
func TypicalTiming() Timing {
	return Timing{
		Call: Duration(50 * time.Millisecond), Detach: Duration(2 * time.Second), Attach: Duration(time.Second),
		Stop: Duration(10 * time.Second), Start: Duration(10 * time.Second), Terminate: Duration(20 * time.Second),
		Propagation: Duration(30 * time.Second),
	}
}

// Timing is how long things take. What is left out takes no time; a world that is read from JSON without any `timing`
// gets what is typical: a call 50ms, a detach 2s, an attach 1s, a stop and a start 10s, a termination 20s, the
// propagation of a record 30s.
type Timing struct {
	Call        Duration `json:"call,omitzero"`        // one API call, request and reply together
	Detach      Duration `json:"detach,omitzero"`      // a graceful detach, from `detaching` to free
	Attach      Duration `json:"attach,omitzero"`      // from `attaching` to `attached`
	Stop        Duration `json:"stop,omitzero"`        // from `stopping` to `stopped`
	Start       Duration `json:"start,omitzero"`       // from `pending` to `running`
	Terminate   Duration `json:"terminate,omitzero"`   // from `shutting-down` to `terminated`
	Propagation Duration `json:"propagation,omitzero"` // from PENDING to INSYNC of a Route 53 change
	StaleReads  Duration `json:"staleReads,omitzero"`  // Describe shows the account as of this long ago
	// Remember is how far back one read can be made stale by a test's fault. What is not wanted is not
	// remembered: it costs a copy of the account's items at each change.
	Remember Duration `json:"remember,omitzero"`
}
