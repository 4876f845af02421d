package simulation

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// The detail-types that the function puts on the bus.
const (
	typeProbe  = "ENI Failover Probe"
	typeMoved  = "ENI Failover Moved"
	typeFailed = "ENI Failover Failed"
)

const actionPut = "PutEvents"

// routeEvents does what the rules on the bus do with the events that an invocation has just put there, and judges them.
func (r *run) routeEvents(inv *invocation) {
	events := r.sim.BusEvents()
	for _, e := range events[r.probing.routed:] {
		if e.Bus != busName || e.Source != verdict.Source {
			r.violate("own-bus", "%s puts an event of %s on the bus %s", inv.name, e.Source, e.Bus)
		}
		switch e.DetailType {
		case typeProbe:
			r.judgeRequest(inv, e)
			name := strings.ReplaceAll(inv.name, "#", ".") + "/" + strconv.Itoa(inv.handedOver)
			inv.handedOver++
			r.requestProbe(name, e.Detail)
		case typeMoved, typeFailed:
			r.judgeTold(inv, e)
		default:
			r.violate("own-bus", "%s puts an event of type %q on the bus", inv.name, e.DetailType)
		}
	}
	r.probing.routed = len(events)
}

// requestProbe hands a request to the probe. Like every event it may be lost, doubled or late.
func (r *run) requestProbe(name string, detail []byte) {
	copies, wait := r.fate(name, "probe")
	for n := range copies {
		// The copies arrive one after the other.
		r.after(wait+pauseBetween(n), func() { r.startRun(name+strings.Repeat("'", n), detail) })
	}
}

// judgeRequest judges a request for the probe: who makes it, whether the probe accepts it, and whether each target that
// counts as reached has been reached.
func (r *run) judgeRequest(inv *invocation, e awssim.BusEvent) {
	if inv.event.Kind != "sweep" && inv.event.Kind != "unreachable" {
		r.violate("own-bus", "%s asks for the probe", inv.name)
	}
	in, err := verdict.ParseInput(e.Detail)
	if err != nil {
		r.violate("probe-input", "%s asks for the probe with %s: %v", inv.name, e.Detail, err)
		return
	}
	for _, t := range in.Targets {
		inv.handed[t.Interface] = true
		// The prober knows addresses only: in a run during which the interface moves, the next attachment may have answered.
		if t.Armed && onAttachment(r.now(), t.Attachment) != nil && !r.reached(t.Attachment, t.Tag) {
			r.violate("reached-first", "%s says that %s was reached on %s, which it never was", inv.name, t.Interface, t.Attachment)
		}
	}
}

// judgeTold judges an event for others: what moved is attached where the event says.
func (r *run) judgeTold(inv *invocation, e awssim.BusEvent) {
	var told failover.InterfaceReport
	if err := json.Unmarshal(e.Detail, &told); err != nil {
		r.violate("true-event", "%s puts %s: %v", inv.name, e.Detail, err)
		return
	}
	r.tally.Probe[e.DetailType]++
	inv.told[told.Interface] = true
	moved := told.Outcome == plan.OutcomeMoved || told.Outcome == plan.OutcomeAttached
	if moved != (e.DetailType == typeMoved) || r.settings.DryRun {
		r.violate("true-event", "%s puts %s for an interface that it %s", inv.name, e.DetailType, told.Outcome)
	}
	if moved && !r.saw(inv, func(w *awssim.World) bool {
		a := onAttachment(w, told.Attachment)
		return a != nil && a.ID == told.Interface && holderOf(a) == told.To
	}) {
		r.violate("true-event", "%s tells that %s is on %s, which it never was", inv.name, told.Interface, told.To)
	}
}

// judgeEvents judges whether an invocation told others of each interface that it moved, or failed to move.
func (r *run) judgeEvents(inv *invocation, report failover.Report, failed bool, calls []awssim.Call) {
	const reserve = 8 * time.Second
	if r.settings.EventBus == "" || r.settings.DryRun || report.DryRun || failedPut(calls) || time.Until(inv.end) < reserve {
		return
	}
	for _, i := range report.Interfaces {
		moved := i.Outcome == plan.OutcomeMoved || i.Outcome == plan.OutcomeAttached
		undone := failed && (i.Outcome == plan.OutcomeFailed || i.Outcome == plan.OutcomeStranded)
		if (moved || undone && inv.event.Kind != "sweep") && !inv.told[i.Interface] {
			r.violate("told", "%s does not tell that %s is %s", inv.name, i.Interface, i.Outcome)
		}
	}
}

// judgeHandedOver judges whether a sweep without a fault asked for the probe of each interface that wants one, and whether
// a verdict's first invocation asked for the rest of the run.
func (r *run) judgeHandedOver(inv *invocation, calls []awssim.Call) {
	if !r.quiet || inv.blind || r.settings.ProbeVPC == "" || failedPut(calls) {
		return
	}
	// What is left of a run that ended long ago is no longer worth another one: the next sweep comes soon.
	const fresh = 40 * time.Second
	if inv.event.Kind == "unreachable" && strings.HasSuffix(inv.name, "#0") && inv.began.Sub(inv.event.Time) < fresh {
		for _, id := range inv.event.Rest {
			if !inv.handed[id] {
				r.violate("handed-over", "%s does not ask for the rest of the run: %s", inv.name, id)
			}
		}
	}
	if inv.event.Kind != "sweep" || len(inv.looks) == 0 {
		return
	}
	w := inv.looks[0].shown
	for n := range w.Interfaces {
		if e := &w.Interfaces[n]; r.probed(w, e) && !inv.handed[e.ID] {
			r.violate("handed-over", "%s does not ask for the probe of %s", inv.name, e.ID)
		}
	}
}

// failedPut reports whether a call that puts events failed or got no answer. A refusal may come without an error code.
func failedPut(calls []awssim.Call) bool {
	for _, c := range calls {
		if c.Action == actionPut && (c.Status != http.StatusOK || c.Lost != "") {
			return true
		}
	}
	return false
}
