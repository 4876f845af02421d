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
		return errors.New(`want a Go duration that is not negative, such as "500ms" or "2m"`)
	}
	*d = Duration(v)
	return nil
}

// Timing is how long things take. Zero is: at once.
type Timing struct {
	Call        Duration `json:"call,omitzero"`        // one API call, request and reply together
	Detach      Duration `json:"detach,omitzero"`      // a graceful detach, from `detaching` to free
	Attach      Duration `json:"attach,omitzero"`      // from `attaching` to `attached`
	Stop        Duration `json:"stop,omitzero"`        // from `stopping` to `stopped`
	Start       Duration `json:"start,omitzero"`       // from `pending` to `running`
	Terminate   Duration `json:"terminate,omitzero"`   // from `shutting-down` to `terminated`
	Propagation Duration `json:"propagation,omitzero"` // from PENDING to INSYNC of a Route 53 change
	StaleReads  Duration `json:"staleReads,omitzero"`  // Describe shows the account as of this long ago
	// Remember is how far back one read can be stale by [Fault].Stale. What is not wanted is not
	// remembered: it costs a copy of the account's items at each change.
	Remember Duration `json:"remember,omitzero"`
}
