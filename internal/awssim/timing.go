package awssim

import (
	"errors"
	"time"
)

// Duration is a time.Duration that JSON writes in Go's form: "2s", "1m30s".
type Duration time.Duration

// MarshalText writes the duration in Go's form.
func (d Duration) MarshalText() ([]byte, error) {
	return []byte(time.Duration(d).String()), nil
}

// UnmarshalText reads a duration in Go's form. It refuses negative ones.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v < 0 {
		return errors.New("want a duration that is not negative, such as 500ms or 2m")
	}
	*d = Duration(v)
	return nil
}

// TypicalTiming returns the timing of a world that is read without any. It is of the order of EC2's, so that a move
// takes a few seconds. A start took 16.4 s to 16.6 s on six instance types (brevdev/ec2-coldboot-research).
func TypicalTiming() Timing {
	return Timing{
		Call: Duration(50 * time.Millisecond), Detach: Duration(2 * time.Second), Attach: Duration(time.Second),
		Stop: Duration(10 * time.Second), Start: Duration(17 * time.Second), Terminate: Duration(20 * time.Second),
		Propagation: Duration(30 * time.Second),
	}
}

// Timing has the duration of each action. A missing field takes no time. A world that is read from JSON without any
// `timing` gets typical values: a call 50ms, a detach 2s, an attach 1s, a stop 10s, a start 17s, a termination 20s, the
// propagation of a record 30s.
type Timing struct {
	Call        Duration `json:"call,omitzero"`        // one API call, with request and reply
	Detach      Duration `json:"detach,omitzero"`      // a graceful detach, from `detaching` to unattached
	Attach      Duration `json:"attach,omitzero"`      // from `attaching` to `attached`
	Stop        Duration `json:"stop,omitzero"`        // from `stopping` to `stopped`
	Start       Duration `json:"start,omitzero"`       // from `pending` to `running`, or to `stopped` if the start fails
	Terminate   Duration `json:"terminate,omitzero"`   // from `shutting-down` to `terminated`
	Propagation Duration `json:"propagation,omitzero"` // a Route 53 change, from PENDING to INSYNC
	StaleReads  Duration `json:"staleReads,omitzero"`  // the age of the state that a Describe shows
	// Remember limits the age of the state that a test's fault can show to one read. A greater value costs memory: a
	// copy of the account's items for each change.
	Remember Duration `json:"remember,omitzero"`
}
