package simulation

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// Scenario is what one seed draws, as plain data.
type Scenario struct {
	Seed     uint64
	World    awssim.World
	Settings map[string]string
	// Timeout is the function's timeout.
	Timeout time.Duration
	// Retries limits Lambda's retries after an error or a crash.
	Retries int
	// Skew is the time by which AWS's clock is ahead of the function's.
	Skew time.Duration
	// Active limits the time of happenings and faults. After it the account must recover.
	Active time.Duration
	// FirstSweep is the time of the first sweep, and SweepEvery the time between two.
	FirstSweep, SweepEvery time.Duration
	Happenings             []Happening
	Faults                 Faults
}

// Happening is something that happens in the account, or a request.
type Happening struct {
	// ID seeds what is drawn about its events, which does not change when another happening is left out.
	ID   int
	At   time.Duration
	Kind string
	// Interface is the interface that it is about, or whose holder at that moment it is about. Instance is used where
	// there is none.
	Interface, Instance string
	// Text is the variant, and Lasts a time that the kind uses.
	Text  string
	Lasts time.Duration
}

// epoch is the start time of every synctest bubble.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // Go has no constants of this type

// Draw returns the scenario of a seed.
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
		// This is more than the longest DETACH_GRACE. With less, a hung detach would never be forced.
		s.Timeout = d.between(40*time.Second, time.Minute)
	}
	s.Retries = pickWeighted(d, []weighted[int]{{25, 0}, {15, 1}, {60, 2}})
	if d.chance(15) {
		s.Skew = d.between(-2*time.Second, 2*time.Second)
	}
	s.World = drawWorld(newDraw(seed, "account"))
	s.Happenings = drawHistory(newDraw(seed, "history"), s)
	s.Faults = drawFaults(newDraw(seed, "faults"))
	if d := newDraw(seed, "probe"); d.chance(25) {
		addProbe(d, &s)
	} else if d.chance(20) {
		s.Settings["EVENT_BUS"] = busName
	}
	if d := newDraw(seed, "cold"); d.chance(30) {
		addCold(d, &s)
	}
	if d := newDraw(seed, "storm"); d.chance(0.5) {
		addStorm(d, &s)
	}
	s.Faults.Hidden = drawHidden(newDraw(seed, "hidden"), s)
	return s
}

// drawSettings leaves many settings at their defaults.
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
