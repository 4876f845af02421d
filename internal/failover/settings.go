package failover

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/settings"
)

// Settings are what a deployment configures, from environment variables.
type Settings struct {
	Policy plan.Policy
	// DryRun is whether nothing may be changed, whatever the event asks for.
	DryRun bool
	// RepairRecords is whether a wrong record is put right.
	RepairRecords bool
}

// ReadSettings reads the settings from environment variables by the function lookup. An unset or empty
// variable has its default. Its error is a [*settings.Error] that names all wrong variables at once.
func ReadSettings(lookup func(name string) (value string, ok bool)) (Settings, error) {
	r := settings.NewReader(lookup)
	s := Settings{
		Policy:        r.Policy(),
		DryRun:        r.Flag("DRY_RUN"),
		RepairRecords: r.Flag("REPAIR_RECORDS"),
	}
	r.Endpoint()
	s.Policy.DetachGrace = r.Duration("DETACH_GRACE", 15*time.Second)
	if err := r.Err(); err != nil {
		return Settings{}, err
	}
	return s, nil
}
