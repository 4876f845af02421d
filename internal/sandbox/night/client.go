package night

import (
	"context"
	"net/netip"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

// client is what a client finds at the address of a managed interface.
type client struct {
	Interface string
	address   netip.Addr

	// The run's lock guards what it met last, and since when it has been answered or not.
	met   verdict.Evidence
	since time.Time
}

// useService acts as a client of all services. It notes when the answers end, and when they begin again.
func (r *run) useService(ctx context.Context) {
	for pace.Wait(ctx, clientEvery) {
		for _, c := range r.clients {
			met := r.services.meets(c.address)
			r.mu.Lock()
			changed := (met == verdict.Answered) != (c.met == verdict.Answered)
			silent := time.Since(c.since)
			c.met = met
			if changed {
				c.since = time.Now()
			}
			r.mu.Unlock()
			if changed {
				r.noteService(ctx, c, met, silent)
			}
		}
	}
}

// noteService notes that what a client meets has changed. Until now it has been the other way for a while.
func (r *run) noteService(ctx context.Context, c *client, met verdict.Evidence, before time.Duration) {
	own := c.Interface == interfaceID
	if met != verdict.Answered {
		if own {
			r.setTime(&r.timeline.Times.UnansweredMs)
		}
		text := "gets no answer at " + c.address.String() + ": " + string(met)
		r.note(Entry{Actor: "client", Text: text, Style: display.Bad})
		r.live.happen(ctx, happened{what: momentUnanswered, of: c.Interface, text: "A client " + text + "."})
		return
	}
	if own {
		r.setTime(&r.timeline.Times.AnsweredMs)
	}
	w := r.session.Sim().World()
	text := "is answered at " + c.address.String() + " again, by " + session.Label(w, holderOf(w, c.Interface))
	r.note(Entry{Actor: "client", Text: text, Style: display.Good})
	r.live.happen(ctx, happened{what: momentAnswered, of: c.Interface, text: "The client " + text + ", after {outage}.", outage: before})
}

// holderOf returns the instance that an interface is on; empty if there is none.
func holderOf(w awssim.World, id string) string {
	if e, _ := findInterface(w, id); e.Attachment != nil {
		return e.Attachment.Instance
	}
	return ""
}
