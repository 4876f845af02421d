package night

import (
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

// moment is something that happens in a night and deserves a sentence. A story says which moments it goes through.
type moment string

const (
	momentCalm       moment = "calm"       // nothing has happened yet
	momentIncident   moment = "incident"   // a happening of the story, or an act of a person
	momentInvoked    moment = "invoked"    // the function has got an event that is not the sweep's
	momentReturned   moment = "returned"   // the function returns something that is new
	momentYielded    moment = "yielded"    // the function returns from an event that is not the sweep's, with nothing of its own to tell
	momentVerdict    moment = "verdict"    // the probe has found a service unreachable
	momentReached    moment = "reached"    // the probe has reached a service for the first time on an attachment
	momentUnanswered moment = "unanswered" // a client gets no answer any more
	momentAnswered   moment = "answered"   // it is answered again
	momentDetaching  moment = "detaching"  // an interface leaves its instance
	momentAvailable  moment = "available"  // an interface is on no instance
	momentAttaching  moment = "attaching"  // an interface is given to an instance
	momentAttached   moment = "attached"   // EC2 calls it attached
	momentStarting   moment = "starting"   // an instance starts
	momentRunning    moment = "running"    // it runs
	momentStopping   moment = "stopping"   // it is on its way down
	momentGone       moment = "gone"       // it is stopped or terminated
	momentEnd        moment = "end"        // the story has been told
)

// happened is a moment with its subject: an interface, an instance or an event.
type happened struct {
	what moment
	// of is the id of an interface or an instance, if the moment is about one.
	of string
	// text is the sentence of the moment where the story has none of its own.
	text string
	// outage is the time without an answer, for the place {outage} of a sentence.
	outage time.Duration
}

// interfaceMoments lists what has happened to the managed interfaces between two looks.
func interfaceMoments(before, now awssim.World) []happened {
	var list []happened
	for _, e := range now.Interfaces {
		was, found := findInterface(before, e.ID)
		if !found || !managed(e) || attachmentOf(was) == attachmentOf(e) {
			continue
		}
		h := happened{of: e.ID}
		switch a := e.Attachment; {
		case a == nil:
			h.what, h.text = momentAvailable, "No instance has "+nameOf(e)+" now, and nothing answers at its address."
		case a.Status == "detaching":
			h.what, h.text = momentDetaching, "EC2 takes "+nameOf(e)+" off "+shortName(now, a.Instance)+"."
		case a.Status == "attaching":
			h.what, h.text = momentAttaching, "EC2 attaches "+nameOf(e)+" to "+shortName(now, a.Instance)+"."
		default:
			h.what, h.text = momentAttached, "EC2 says that "+nameOf(e)+" is attached to "+shortName(now, a.Instance)+"."
		}
		list = append(list, h)
	}
	return list
}

// attachmentOf returns an attachment as a value that can be compared; zero if there is none.
func attachmentOf(e awssim.Interface) awssim.Attachment {
	if e.Attachment == nil {
		return awssim.Attachment{}
	}
	return *e.Attachment
}

// instanceMoments lists what has happened to the instances between two looks.
func instanceMoments(before, now awssim.World) []happened {
	var list []happened
	for _, in := range now.Instances {
		was := session.FindInstance(&before, in.ID)
		if was == nil || was.State == in.State {
			continue
		}
		h := happened{of: in.ID, text: "EC2 says that " + shortName(now, in.ID) + " is " + in.State + "."}
		switch in.State {
		case "pending":
			h.what = momentStarting
		case "running":
			h.what = momentRunning
		case "stopping", "shutting-down":
			h.what = momentStopping
		default:
			h.what = momentGone
		}
		list = append(list, h)
	}
	return list
}

// step is a moment that a story goes through, with its sentence.
type step struct {
	what moment
	// of is the instance that the moment is about; the database's interface or any event if it is empty.
	of   string
	text string
}

// fits reports whether a moment is the one of the step.
func (s step) fits(h happened) bool {
	return s.what == h.what && (s.of == h.of || s.of == "" && (h.of == "" || h.of == interfaceID))
}

// fill puts the facts of a moment into a sentence.
func (h happened) fill(text string) string {
	return strings.ReplaceAll(text, "{outage}", display.Seconds(h.outage))
}

// plot is how far a night has come in its story.
type plot struct {
	steps []toldStep
	// next is the index of the first step that has not happened.
	next int
}

// toldStep is a step, and when it happened.
type toldStep struct {
	step

	at float64 // seconds after the incident
	// happened reports whether it has happened. A step that was skipped has not.
	happened bool
	// free reports whether the story does not have it: a person has brought it about.
	free bool
}

// add goes on to the step of a moment, if it is the next one. Once a person has interfered, steps may be skipped, and a moment
// that the story does not have gets a step of its own.
func (p *plot) add(h happened, at float64, interfered bool) {
	for n := p.next; n < len(p.steps) && (n == p.next || interfered); n++ {
		if p.steps[n].fits(h) {
			p.steps[n].happened, p.steps[n].at = true, at
			p.steps[n].text = h.fill(p.steps[n].text)
			p.next = n + 1
			return
		}
	}
	if h.text == "" || !interfered {
		return
	}
	free := toldStep{step: step{what: h.what, of: h.of, text: h.fill(h.text)}, at: at, happened: true, free: true}
	p.steps = slices.Insert(p.steps, p.next, free)
	p.next++
}
