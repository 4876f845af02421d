package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// wireLog is what the sandbox notes of the account before each call, beside the simulator's own log: of which
// interface each attachment was, and what a look at interfaces shows. It is safe for concurrent use.
type wireLog struct {
	mu sync.Mutex
	// owner is the interface of each attachment that ever was: a detach names the attachment only, and once it
	// is over the account has forgotten it.
	owner map[string]string
	// looks are what each repetition of a look showed, by the look's parameters.
	looks map[string][]string
}

// watch notes the account before each call from now on.
func watch(sim *awssim.Sim) *wireLog {
	l := &wireLog{owner: map[string]string{}, looks: map[string][]string{}}
	sim.Intercept(func(c awssim.Call) awssim.Fault {
		return awssim.Fault{Before: func() { l.note(c, sim.World()) }}
	})
	return l
}

func (l *wireLog) note(c awssim.Call, w awssim.World) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range w.Interfaces {
		if e.Attachment != nil {
			l.owner[e.Attachment.ID] = e.ID
		}
	}
	if ids := lookedAt(c); len(ids) > 0 {
		l.looks[c.Params.Encode()] = append(l.looks[c.Params.Encode()], states(w, ids))
	}
}

// attachment is the interface of an attachment, or the attachment itself if it never was.
func (l *wireLog) attachment(id string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if owner, ok := l.owner[id]; ok {
		return owner
	}
	return id
}

// lookedAt are the interfaces that a call follows on their way; none if it is another call.
func lookedAt(c awssim.Call) []string {
	if c.Action != "DescribeNetworkInterfaces" {
		return nil
	}
	ids := numbered(c, "NetworkInterfaceId", "")
	for n, name := range numbered(c, "Filter", ".Name") {
		if name == "network-interface-id" {
			ids = append(ids, numbered(c, fmt.Sprintf("Filter.%d.Value", n+1), "")...)
		}
	}
	return ids
}

// states says how interfaces are doing: one word for each state that some are in, with their number if there
// are several states.
func states(w awssim.World, ids []string) string {
	counts := map[string]int{}
	for _, e := range w.Interfaces {
		if !slices.Contains(ids, e.ID) {
			continue
		}
		state := "unattached"
		if a := e.Attachment; a != nil {
			state = a.Status
			if in := find(&w, a.Instance); in != nil && in.State != "running" {
				state += ", the instance " + in.State
			}
		}
		counts[state]++
	}
	var words []string
	for _, state := range slices.Sorted(maps.Keys(counts)) {
		if len(counts) == 1 {
			return state
		}
		words = append(words, fmt.Sprintf("%d %s", counts[state], state))
	}
	return strings.Join(words, ", ")
}

// row is a line of the page's wire log: a call, and those like it that followed.
type row struct {
	at, last time.Time
	who      string
	text     string
	times    int
	look     bool
}

// rows makes the rows of the calls, in the order of time. A call like one of the last two of its service, with the
// same result, is counted in that one's row: so a wait, whose looks and attempts alternate, is two rows.
func (l *wireLog) rows(calls []awssim.Call) []row {
	const near = 2
	var list []row
	recent := map[string][]int{} // service → its last rows, by index
	asked := map[string]int{}
	for _, c := range calls {
		r := row{at: c.Time, last: c.Time, who: serviceName(c.Service), text: l.text(c), times: 1}
		if ids := lookedAt(c); len(ids) > 0 {
			key := c.Params.Encode()
			r.look = true
			r.text = joinNonEmpty(": ", r.text, l.look(key, asked[key]))
			asked[key]++
		}
		r.text = joinNonEmpty(": ", r.text, resultText(c))
		rows := recent[c.Service]
		like := slices.IndexFunc(rows, func(i int) bool { return list[i].text == r.text })
		if like >= 0 {
			same := &list[rows[like]]
			same.times, same.last = same.times+1, r.at
			continue
		}
		list = append(list, r)
		rows = append(rows, len(list)-1)
		recent[c.Service] = rows[max(0, len(rows)-near):]
	}
	return list
}

// look is what the n-th look with these parameters showed.
func (l *wireLog) look(key string, n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n < len(l.looks[key]) {
		return l.looks[key][n]
	}
	return ""
}
