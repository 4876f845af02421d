package failover

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/ident"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
	"github.com/eni-failover/eni-failover/internal/settings"
)

// Settings are the settings of a deployment, from environment variables.
type Settings struct {
	Policy plan.Policy
	// DryRun forbids every change, whatever the event asks for.
	DryRun bool
	// RepairRecords allows correcting wrong records.
	RepairRecords bool
	// EventBus is the name or the ARN of the bus for events to others; empty if there is none.
	EventBus string
	// ProbeVPC is the VPC that the probe is in; empty if there is no probe.
	ProbeVPC string
	// ProbeRun is the duration of one run of the probe.
	ProbeRun time.Duration
}

// ReadSettings reads the settings from the environment variables that lookup finds. An unset or blank variable has its
// default. The error is a [*settings.Error] that names all wrong variables.
func ReadSettings(lookup func(name string) (value string, ok bool)) (Settings, error) {
	r := settings.NewReader(lookup)
	s := Settings{
		Policy:        r.Policy(),
		DryRun:        r.Flag("DRY_RUN"),
		RepairRecords: r.Flag("REPAIR_RECORDS"),
	}
	s.EventBus = r.Text("EVENT_BUS", ident.ValidEventBus, ident.AcceptedEventBus)
	s.ProbeVPC = r.VPC("PROBE_VPC")
	s.ProbeRun = r.DurationWithin("PROBE_RUN", 65*time.Second, verdict.MinRun, verdict.MaxRun)
	r.Endpoint()
	s.Policy.DetachGrace = r.Duration("DETACH_GRACE", 15*time.Second)
	s.Policy.StartSettle = r.Duration("START_SETTLE", 30*time.Second)
	if err := r.Err(); err != nil {
		return Settings{}, err
	}
	return s, nil
}
