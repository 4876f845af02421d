package simulation

import (
	"cmp"
	"slices"
	"time"
)

// happeningKinds returns the kinds of happenings with their weights. happening.go and unannounced.go carry them out.
func happeningKinds() []weighted[string] {
	return []weighted[string]{
		{16, "interruption"},
		{12, "terminate"},
		{8, "stop"},
		{5, "start"},
		{8, "crash"},
		{4, "impaired"},
		{3, "recover"},
		{7, "alarm"},
		{5, "false-alarm"},
		{8, "lifecycle"},
		{4, "rebalance"},
		{2, "health"},
		{2, "rehearsal"},
		{10, "request"},
		{2, "pause"},
		{2, "unpause"},
		{2, "regroup-interface"},
		{2, "regroup-instance"},
		{3, "detach-by-hand"},
		{2, "attach-by-hand"},
		{4, "launch"},
		{3, "disruption"},
		{3, "hang-guest"},
		{2, "hang-attach"},
		{2, "refuse-attach"},
		{3, "refused-everywhere"},
		{1, "delete-interface"},
		{2, "change-record"},
		{2, "unmark"},
		{2, "late-event"},
		{1, "junk"},
		{1, "foreign-event"},
		{3, "extra-sweep"},
	}
}

// drawHistory draws the happenings of the scenario's active time.
func drawHistory(d draw, s Scenario) []Happening {
	var list []Happening
	n := pickWeighted(d, []weighted[int]{{45, 1}, {32, 2}, {14, 3}, {6, 4}, {3, 7}})
	for id := range n {
		h := Happening{
			ID: id, At: d.between(0, s.Active*3/4), Kind: pickWeighted(d, happeningKinds()), Lasts: d.between(time.Second, time.Minute),
		}
		if len(s.World.Interfaces) > 0 && d.chance(75) {
			h.Interface = pick(d, s.World.Interfaces).ID
		}
		h.Instance = pick(d, s.World.Instances).ID
		h.Text = drawText(d, h.Kind)
		if id > 0 && d.chance(20) {
			// Close to the happening before, so that invocations overlap.
			h.At = list[id-1].At + d.between(0, 3*time.Second)
		}
		list = append(list, h)
	}
	slices.SortStableFunc(list, byTime)
	return list
}

func byTime(a, b Happening) int { return cmp.Compare(a.At, b.At) }

// drawText draws the variant of a happening.
func drawText(d draw, kind string) string {
	switch kind {
	case "alarm", "crash", "false-alarm":
		return pickWeighted(d, []weighted[string]{
			{35, "status"}, {20, "interface"}, {20, "group"}, {8, "suppressed"}, {9, "no-data-before"}, {8, "old"},
		})
	case "lifecycle":
		return pickWeighted(d, []weighted[string]{{70, "eni-failover"}, {15, "eni-failover-blue"}, {15, "drain"}})
	case "request":
		return pickWeighted(d, []weighted[string]{
			{25, "interface"}, {15, "group"}, {15, "target"}, {15, "bare-target"}, {10, "from"}, {8, "force"}, {7, "dry-run"}, {5, "hostile"},
		})
	case "late-event":
		return pick(d, []string{"stopped", "terminated", "stopping", "shutting-down", "running", "spot"})
	case "refuse-attach", "refused-everywhere":
		return pick(d, []string{"UnsupportedOperation", "AttachmentLimitExceeded", "IncorrectInstanceState", "InvalidParameterValue", "ServiceUnavailable"})
	case "junk":
		return pick(d, []string{`{`, `[]`, `"x"`, `{"group":7}`, `{"Records":[]}`, `{"group":"db","target":"i-1","colour":"red"}`, `null`})
	}
	return ""
}
