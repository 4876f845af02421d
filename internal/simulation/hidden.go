package simulation

import (
	"slices"
	"strconv"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// Hiding is a time in which most reads of EC2 do not show an existing instance or interface. It is shorter than the
// time for which the function disbelieves its absence. Nothing is hidden twice: an invocation whose reads between the two
// times all fail could not tell them from one absence that lasts.
type Hiding struct {
	ID          string
	From, Lasts time.Duration
}

// drawHidden draws what is hidden, and when: at the first sweep, or at a happening.
func drawHidden(d draw, s Scenario) []Hiding {
	var list []Hiding
	if s.Faults.calm() {
		return nil
	}
	for range pickWeighted(d, []weighted[int]{{40, 0}, {40, 1}, {20, 2}}) {
		h := Hiding{ID: drawHiddenID(d, s.World), Lasts: d.between(time.Second, maxStale)}
		h.From = pick(d, s.Happenings).At + d.between(0, 2*time.Second)
		if d.chance(50) {
			h.From = s.FirstSweep
		}
		again := func(o Hiding) bool { return o.ID == h.ID }
		if h.From+h.Lasts < s.Active && !slices.ContainsFunc(list, again) {
			list = append(list, h)
		}
	}
	return list
}

// drawHiddenID returns most often the holder of an interface.
func drawHiddenID(d draw, w awssim.World) string {
	what := pickWeighted(d, []weighted[string]{{60, "holder"}, {20, "instance"}, {20, "interface"}})
	if what == "instance" || len(w.Interfaces) == 0 {
		return pick(d, w.Instances).ID
	}
	e := pick(d, w.Interfaces)
	if what == "holder" && e.Attachment != nil {
		return e.Attachment.Instance
	}
	return e.ID
}

// hiddenFrom returns the ids that a call does not show. The call takes effect at the instant at.
func (r *run) hiddenFrom(inv *invocation, c awssim.Call, at time.Time) []string {
	s := &r.scenario
	if c.Service != "ec2" || c.Mutating || s.Faults.WithoutKinds[faultHidden] || r.quiet {
		return nil
	}
	const most = 90 // percent; reads at the same moment may differ
	if s.roll("hide", inv.name, c.Action, strconv.Itoa(inv.byAction[c.Action])) > most {
		return nil
	}
	var ids []string
	for _, h := range s.Faults.Hidden {
		if t := at.Sub(r.start); t >= h.From && t < h.From+h.Lasts {
			ids = append(ids, h.ID)
			r.count(faultHidden)
		}
	}
	return ids
}

// without returns the account without some instances and interfaces.
func without(w *awssim.World, ids []string) *awssim.World {
	if len(ids) == 0 {
		return w
	}
	c := *w
	c.Instances = slices.DeleteFunc(slices.Clone(w.Instances), func(in awssim.Instance) bool { return slices.Contains(ids, in.ID) })
	c.Interfaces = slices.DeleteFunc(slices.Clone(w.Interfaces), func(e awssim.Interface) bool { return slices.Contains(ids, e.ID) })
	return &c
}
