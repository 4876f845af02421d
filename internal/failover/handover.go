package failover

import (
	"context"
	"encoding/json"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/eventbridgeapi"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/probe/handover"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

const (
	// handOverTime limits the time in which a sweep asks for the probe. Healing waits for it.
	handOverTime = 3 * time.Second
	// handBackTime limits the time in which a verdict's rest is handed back. A service that is down waits for it.
	handBackTime = time.Second
)

// handOver asks the probe for a run over all interfaces that want one, before a sweep heals anything: what is healed
// takes minutes. A dry run asks, too, since asking changes nothing.
func (h *Handler) handOver(ctx context.Context, r *result, s inventory.Snapshot) {
	if h.settings.ProbeVPC == "" || r.trigger.Kind != trigger.KindSweep {
		return
	}
	settings := handover.Settings{VPC: h.settings.ProbeVPC, Run: h.settings.ProbeRun, Policy: h.settings.Policy}
	r.unreached = handover.CountUnreached(s, settings)
	var requests []json.RawMessage
	for _, request := range handover.Requests(s, settings) {
		detail, err := json.Marshal(request)
		if err != nil {
			continue // plain strings, addresses and booleans never fail
		}
		requests = append(requests, detail)
	}
	ctx, cancel := context.WithTimeout(ctx, handOverTime)
	defer cancel()
	h.askForProbe(ctx, r, requests)
}

// handBack hands the rest of a verdict back to the probe, before anything is read: otherwise the other targets would be
// left alone until the next sweep. A retry of the event does not: the first attempt did, and sweeps hand all targets over.
// A rest that the probe would refuse is dropped; the verdict counts all the same.
func (h *Handler) handBack(ctx context.Context, r *result, t trigger.Trigger) {
	rest := t.Rest
	if h.bus == nil || h.settings.ProbeVPC == "" || rest == nil || time.Since(t.Time) > retryDelay {
		return
	}
	if _, err := verdict.ParseInput(rest); err != nil {
		r.addBusFault(handOverFailures, "the verdict's rest was not handed back to the probe: "+err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(ctx, handBackTime)
	defer cancel()
	h.askForProbe(ctx, r, []json.RawMessage{rest})
}

// askForProbe puts requests for the probe on the bus. They name its VPC, so that the rules of several deployments on one
// bus can tell them apart. A failure is not an error: the next sweep asks again, and what moves interfaces does not need it.
func (h *Handler) askForProbe(ctx context.Context, r *result, requests []json.RawMessage) {
	var list []eventbridgeapi.Event
	for _, detail := range requests {
		list = append(list, eventbridgeapi.Event{DetailType: typeProbe, Resources: []string{h.settings.ProbeVPC}, Time: time.Now(), Detail: detail})
	}
	if h.bus == nil {
		if len(list) > 0 {
			r.addBusFault(handOverFailures, "the probe was not asked for: PROBE_VPC is set, and EVENT_BUS, on which it is asked for, is not")
		}
		return
	}
	if err := h.bus.Put(ctx, list); err != nil {
		r.addBusFault(handOverFailures, "the probe was not asked for: "+err.Error())
	}
}
