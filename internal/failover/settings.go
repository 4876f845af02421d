package failover

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/ident"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// Settings are what a deployment configures, from environment variables.
type Settings struct {
	Policy plan.Policy
	// DryRun is whether nothing may be changed, whatever the event asks for.
	DryRun bool
	// RepairRecords is whether a wrong record is put right.
	RepairRecords bool
}

// SettingsError names every setting that can't be used.
type SettingsError struct {
	// Faults has a sentence for each: the variable, its value and what is accepted.
	Faults []string
}

func (e *SettingsError) Error() string { return "bad settings: " + strings.Join(e.Faults, "; ") }

// ReadSettings reads the settings from environment variables by the function lookup. An unset or empty
// variable has its default. Its error is a [*SettingsError] that names all wrong variables at once.
func ReadSettings(lookup func(name string) (value string, ok bool)) (Settings, error) {
	r := reader{lookup: lookup}
	s := Settings{
		Policy: plan.Policy{
			Groups:        r.groups("GROUPS"),
			DetachGrace:   r.duration("DETACH_GRACE", 15*time.Second),
			Cooldown:      r.duration("COOLDOWN", 10*time.Minute),
			ImpairedAfter: r.duration("IMPAIRED_AFTER", 5*time.Minute),

			ActOnRebalance: r.flag("ACT_ON_REBALANCE"),
		},
		DryRun:        r.flag("DRY_RUN"),
		RepairRecords: r.flag("REPAIR_RECORDS"),
	}
	if len(r.faults) > 0 {
		return Settings{}, &SettingsError{Faults: r.faults}
	}
	return s, nil
}

type reader struct {
	lookup func(string) (string, bool)
	faults []string
}

func (r *reader) get(name string) string {
	value, _ := r.lookup(name)
	return strings.TrimSpace(value)
}

func (r *reader) fault(name, value, accepted string) {
	r.faults = append(r.faults, fmt.Sprintf("%s is %q; accepted: %s", name, value, accepted))
}

func (r *reader) flag(name string) bool {
	value := r.get(name)
	if value == "" {
		return false
	}
	b, err := strconv.ParseBool(value)
	if err != nil {
		r.fault(name, value, "true or false")
	}
	return b
}

func (r *reader) duration(name string, byDefault time.Duration) time.Duration {
	value := r.get(name)
	if value == "" {
		return byDefault
	}
	d, err := time.ParseDuration(value)
	if value == "0" {
		d, err = 0, nil
	}
	if err != nil || d < 0 {
		r.fault(name, value, "a duration of 0 or more with its unit, like 15s or 10m")
	}
	return d
}

func (r *reader) groups(name string) []string {
	var groups []string
	if r.get(name) != "" && strings.Trim(r.get(name), ", ") == "" {
		r.fault(name, r.get(name), "at least one group name, or nothing for all groups")
	}
	for group := range strings.SplitSeq(r.get(name), ",") {
		group = strings.TrimSpace(group)
		switch {
		case group == "":
		case !ident.ValidGroup(group):
			r.fault(name, group, "group names with commas between, each "+ident.AcceptedGroup)
		default:
			groups = append(groups, group)
		}
	}
	return groups
}
