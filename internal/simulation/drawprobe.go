package simulation

import (
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/probe/probetag"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

const (
	tagReached = "eni-failover:reached"
	busName    = "corp"
	// runOverlap is the time by which a run of the probe is longer than the time between two sweeps.
	runOverlap = 5 * time.Second
)

// Window is a time of a scenario, counted from its start.
type Window struct{ From, Lasts time.Duration }

// addProbe adds to a scenario what the probe asks and meets. Its sweeps are frequent, and its active time is longer, so
// that an application can be reached before it dies.
func addProbe(d draw, s *Scenario) {
	s.SweepEvery = pickWeighted(d, []weighted[time.Duration]{{80, time.Minute}, {20, 2 * time.Minute}})
	s.FirstSweep = d.between(0, 15*time.Second)
	s.Active = d.between(time.Minute, 3*time.Minute)
	s.Settings["EVENT_BUS"] = pick(d, []string{busName, "arn:aws:events:" + region + ":" + account + ":event-bus/" + busName})
	s.Settings["PROBE_VPC"] = mainVPC
	if d.chance(3) {
		s.Settings["PROBE_VPC"] = otherVPC
	}
	s.Settings["PROBE_RUN"] = (s.SweepEvery + runOverlap).String()
	for n := range s.World.Interfaces {
		addProbeTags(d, &s.World.Interfaces[n])
	}
	if d.chance(50) {
		addStandby(d, s)
	}
	s.Happenings = append(s.Happenings, drawBreakdowns(d, *s)...)
	if d.chance(20) {
		addDoubleBreakdown(d, s)
	}
	slices.SortStableFunc(s.Happenings, byTime)
	s.Faults.Probe = pickWeighted(d, []weighted[float64]{{35, 0}, {35, 15}, {30, 40}})
	for range pickWeighted(d, []weighted[int]{{50, 0}, {35, 1}, {15, 2}}) {
		s.Faults.CutOff = append(s.Faults.CutOff, Window{d.between(0, s.Active*3/4), d.between(2*time.Second, s.Active/4)})
	}
}

// addStandby adds a plain standby of all groups, so that a verdict can lead to a move.
func addStandby(d draw, s *Scenario) {
	s.World.Instances = append(s.World.Instances, awssim.Instance{
		ID: nthInstance(len(s.World.Instances)), AZ: zoneA, VPC: mainVPC, Type: pick(d, []string{"t3.small", "m5.large"}),
		State: "running", LaunchTime: epoch.Add(-d.between(10*time.Second, time.Hour).Truncate(time.Second)),
		Tags: map[string]string{tagGroup: strings.Join(groupNames(), " ")},
	})
}

// addProbeTags draws the tags of an interface. The probe may have been answered on the attachment before the history
// begins.
func addProbeTags(d draw, e *awssim.Interface) {
	value := pickWeighted(d, []weighted[string]{{30, "tcp:5432"}, {20, "http:8080/health"}, {20, "https:443"}, {15, "tcp:5432 http:8080/health"}})
	value += pickWeighted(d, []weighted[string]{{30, ""}, {25, " for:2s"}, {30, " for:5s"}, {15, " for:20s"}})
	value += pickWeighted(d, []weighted[string]{{70, ""}, {15, " timeout:250ms"}, {15, " timeout:3s"}})
	if d.chance(7) {
		value = pick(d, []string{"tcp:0", "smtp:25", "for:5s", "tcp:5432 for:1s", ""})
	}
	if d.chance(90) {
		e.Tags[probetag.Name] = value
	}
	if e.Attachment == nil {
		return
	}
	e.Attachment.ID = "eni-attach-" + e.ID[len("eni-"):]
	switch pickWeighted(d, []weighted[int]{{55, 0}, {35, 1}, {10, 2}}) {
	case 0:
		e.Tags[tagReached] = e.Attachment.ID
	case 2:
		e.Tags[tagReached] = pick(d, []string{"eni-attach-0abcdef0123456789", "an attachment"})
	}
}

// drawBreakdowns draws how applications fail, and what monitors say.
func drawBreakdowns(d draw, s Scenario) []Happening {
	var list []Happening
	if len(s.World.Interfaces) == 0 {
		return nil
	}
	for n := range pickWeighted(d, []weighted[int]{{10, 0}, {50, 1}, {30, 2}, {10, 3}}) {
		h := Happening{ID: 500 + n, At: d.between(2*time.Second, s.Active), Interface: pick(d, s.World.Interfaces).ID}
		h.Kind = pickWeighted(d, []weighted[string]{{55, happeningDies}, {25, happeningRestarts}, {20, happeningMonitor}})
		h.Text = drawBreakdown(d, h.Kind)
		if h.Kind == happeningRestarts {
			h.Lasts = d.between(500*time.Millisecond, 25*time.Second) // less or more than the probe's for
		}
		if n > 0 && d.chance(40) {
			// Close to the breakdown before, so that one verdict names both.
			h.At = list[n-1].At + d.between(0, 2*time.Second)
		}
		list = append(list, h)
	}
	return list
}

// addDoubleBreakdown lets the applications of two interfaces of a group die together, on two instances, so that one verdict
// names both.
func addDoubleBreakdown(d draw, s *Scenario) {
	list := s.World.Interfaces
	for n := range list {
		for m := range n {
			one, other := &list[m], &list[n]
			if one.Tags[tagGroup] != other.Tags[tagGroup] || holderOf(one) == holderOf(other) || one.Attachment == nil || other.Attachment == nil {
				continue
			}
			at := d.between(10*time.Second, s.Active)
			for k, e := range []*awssim.Interface{one, other} {
				e.Tags[probetag.Name], e.Tags[tagReached] = "tcp:5432 for:5s", e.Attachment.ID
				s.Happenings = append(s.Happenings, Happening{ID: 510 + k, At: at, Kind: happeningDies, Interface: e.ID, Text: string(verdict.Refused)})
			}
			return
		}
	}
}

// drawBreakdown draws what questions meet, or what a monitor says.
func drawBreakdown(d draw, kind string) string {
	switch kind {
	case happeningDies:
		return string(pickWeighted(d, []weighted[verdict.Evidence]{
			{40, verdict.Timeout}, {20, verdict.Refused}, {10, verdict.Reset}, {15, verdict.HTTP5xx}, {15, verdict.TLS},
		}))
	case happeningMonitor:
		return pick(d, []string{"bare", "bare", "attachment", "unconfirmed", "older-attachment", "old"})
	}
	return string(verdict.Refused)
}

// The kinds of happenings that are drawn with the probe.
const (
	// happeningDies breaks an application down for ever, and happeningRestarts for some time.
	happeningDies, happeningRestarts = "application-dies", "application-restarts"
	// happeningMonitor is an event from a monitor of the user's own.
	happeningMonitor = "monitor"
)
