package audit

import (
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/settings"
)

// ReadSettings reads the settings from environment variables, which lookup returns. An unset or empty variable has its
// default. The error is a [*settings.Error] that names all wrong variables at once.
func ReadSettings(lookup func(name string) (value string, ok bool)) (readiness.Settings, error) {
	r := settings.NewReader(lookup)
	s := readiness.Settings{
		Policy: r.Policy(), AlertsUnsubscribed: r.Flag("ALERTS_UNSUBSCRIBED"), ProbeVPC: r.VPC("PROBE_VPC"), StartKeys: r.Keys("START_KEYS"),
	}
	r.Endpoint()
	if err := r.Err(); err != nil {
		return readiness.Settings{}, err
	}
	return s, nil
}
