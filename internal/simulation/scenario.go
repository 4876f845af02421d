package simulation

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// Scenario is what one seed draws, as plain data: the account, what happens in it, and the faults.
type Scenario struct {
	Seed     uint64
	World    awssim.World
	Settings map[string]string
	// Timeout is the function's: how much time an invocation has.
	Timeout time.Duration
	// Retries is how often Lambda invokes again after an error or a crash.
	Retries int
	// Skew is by how much AWS's clock is ahead of the function's.
	Skew time.Duration
	// Active is for how long things happen and faults are made; then everything that can be served must be,
	// within a bound.
	Active time.Duration
	// FirstSweep is when the sweep comes first, SweepEvery how often it comes.
	FirstSweep, SweepEvery time.Duration
	Happenings             []Happening
	Faults                 Faults
}

// Happening is one thing that happens in the account, or that somebody asks for.
type Happening struct {
	// ID names it: what is drawn about its events does not change when others are left out.
	ID   int
	At   time.Duration
	Kind string
	// Interface is what it is about, or whose holder at that moment; Instance the instance, where it is
	// about a certain one.
	Interface, Instance string
	// Text and Lasts are what else the kind needs.
	Text  string
	Lasts time.Duration
}

// epoch is when the clock of every synctest bubble starts.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant that Go can't express as one

// Draw draws the scenario of a seed.
func Draw(seed uint64) Scenario {
	d := newDraw(seed, "scenario")
	s := Scenario{
		Seed: seed, Timeout: 300 * time.Second,
		Active:     d.between(10*time.Second, 100*time.Second),
		SweepEvery: pickWeighted(d, []weighted[time.Duration]{{25, time.Minute}, {40, 2 * time.Minute}, {35, 5 * time.Minute}}),
	}
	s.FirstSweep = d.between(0, s.SweepEvery)
	s.Settings = drawSettings(d)
	if d.chance(8) {
		// More than the longest DETACH_GRACE: a detach that hangs is forced within one invocation, or never.
		s.Timeout = d.between(40*time.Second, time.Minute)
	}
	s.Retries = pickWeighted(d, []weighted[int]{{25, 0}, {15, 1}, {60, 2}})
	if d.chance(15) {
		s.Skew = d.between(-2*time.Second, 2*time.Second)
	}
	s.World = drawWorld(newDraw(seed, "account"))
	s.Happenings = drawHistory(newDraw(seed, "history"), s)
	s.Faults = drawFaults(newDraw(seed, "faults"))
	s.Faults.Hidden = drawHidden(newDraw(seed, "hidden"), s)
	return s
}

// drawSettings leaves most settings at their defaults.
func drawSettings(d draw) map[string]string {
	settings := map[string]string{}
	for _, choice := range []struct {
		name   string
		chance float64
		values []string
	}{
		{"DETACH_GRACE", 80, []string{"0s", "1s", "2s", "3s", "5s", "30s"}},
		{"COOLDOWN", 50, []string{"0s", "30s", "2m"}},
		{"IMPAIRED_AFTER", 50, []string{"0", "10s", "1m"}},
		{"ACT_ON_REBALANCE", 40, []string{"true"}},
		{"REPAIR_RECORDS", 40, []string{"true"}},
		{"DRY_RUN", 2, []string{"true"}},
		{"GROUPS", 8, []string{"db", "db,nat"}},
	} {
		if d.chance(choice.chance) {
			settings[choice.name] = pick(d, choice.values)
		}
	}
	return settings
}
