package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// row is a line of the timeline.
type row struct {
	at   time.Time
	who  string
	text string
	dim  bool // of little interest
}

// timeline tells what happened, in the order of time: the calls, those made at the same time in one row and
// the looks of a wait in one row, and what became of the account by itself.
func (t *trial) timeline() []row {
	rows := []row{{at: t.start, who: "event", text: t.eventName()}}
	tracks := map[string]*track{}
	for _, m := range t.moments() {
		if m.call == nil {
			for _, track := range tracks {
				track.flush()
			}
			rows = append(rows, t.changeRow(*m.change)...)
			continue
		}
		tr, ok := tracks[m.call.Service]
		if !ok {
			tr = &track{history: t.history, latency: time.Duration(t.sent.Timing.Call), start: t.start}
			tracks[m.call.Service] = tr
		}
		tr.add(*m.call)
	}
	for _, service := range slices.Sorted(maps.Keys(tracks)) {
		tracks[service].flush()
		rows = append(rows, tracks[service].rows...)
	}
	rows = append(rows, row{at: t.end, who: "function", text: "returns: " + string(t.report.Outcome)})
	slices.SortStableFunc(rows, func(a, b row) int { return a.at.Compare(b.at) })
	return rows
}

// moment is a call or a change.
type moment struct {
	at     time.Time
	call   *awssim.Call
	change *change
}

func (t *trial) moments() []moment {
	var list []moment
	for i := range t.history.calls {
		list = append(list, moment{at: t.history.calls[i].Time, call: &t.history.calls[i]})
	}
	for i := range t.history.changes {
		list = append(list, moment{at: t.history.changes[i].at, change: &t.history.changes[i]})
	}
	slices.SortStableFunc(list, func(a, b moment) int { return a.at.Compare(b.at) })
	return list
}

// changeRow tells what became of an interface or an instance, unless a call's row has told it.
func (t *trial) changeRow(c change) []row {
	text := ""
	calls := t.history.attempts(c.id)
	detach, wasDetached := lastAccepted(calls, detachAction, c.at)
	attach, wasAttached := lastAccepted(calls, attachAction, c.at)
	switch {
	case c.now.state == c.was.state:
		text = remarks(c)
	case c.now.state == "detaching", c.now.state == "attaching":
		return nil
	case c.now.state == free && wasDetached && c.was.state == "detaching":
		text = fmt.Sprintf("%s is free, %s after the detach", c.id, seconds(c.at.Sub(detach.Time)))
	case c.now.state == attached && wasAttached:
		text = fmt.Sprintf("%s is attached, %s after the attach", c.id, seconds(c.at.Sub(attach.Time)))
	default:
		text = c.id + " is " + c.now.state
	}
	return []row{{at: c.at, who: "account", text: text}}
}

// remarks says what is new about an instance whose state is the same.
func remarks(c change) string {
	var list []string
	if c.now.spot != c.was.spot {
		list = append(list, "the Spot request of "+c.id+" is "+c.now.spot)
	}
	if c.now.scaling != c.was.scaling {
		list = append(list, "Auto Scaling says of "+c.id+": "+c.now.scaling)
	}
	if c.now.checks != c.was.checks {
		list = append(list, "status checks of "+c.id+": "+c.now.checks)
	}
	return strings.Join(list, "; ")
}

// track is the calls to one service on their way into rows.
type track struct {
	history history
	latency time.Duration
	start   time.Time
	rows    []row

	round   []awssim.Call // made at the same time
	polls   []awssim.Call // looks, and tries that were refused like the one before
	refusal string        // of the last try
}

// add takes in the next call.
func (tr *track) add(c awssim.Call) {
	tried := ""
	if c.Mutating && !accepted(c) {
		tried = c.Action + c.Params.Encode() + c.Code
	}
	if len(tr.round) > 0 && !c.Time.Before(tr.round[0].Time.Add(tr.latency)) {
		tr.flushRound()
	}
	if isLook(c) || (tried != "" && tried == tr.refusal) {
		tr.polls = append(tr.polls, c)
		return
	}
	if c.Mutating {
		tr.refusal = tried
	}
	if len(tr.round) == 0 {
		tr.flushPolls()
	}
	tr.round = append(tr.round, c)
}

func (tr *track) flush() {
	tr.flushRound()
	tr.flushPolls()
}

// flushRound makes a row of the calls that were made at the same time, with plus signs between them.
func (tr *track) flushRound() {
	if len(tr.round) == 0 {
		return
	}
	first := tr.round[0]
	r := row{at: first.Time, who: serviceName(first.Service), text: tr.callText(first)}
	if len(tr.round) > 1 {
		r.text = tally(tr.round)
	}
	tr.rows = append(tr.rows, r)
	tr.round = nil
}

// flushPolls makes a row of the looks of a wait.
func (tr *track) flushPolls() {
	if len(tr.polls) == 0 {
		return
	}
	first, last := tr.polls[0], tr.polls[len(tr.polls)-1]
	looks := slices.DeleteFunc(slices.Clone(tr.polls), func(c awssim.Call) bool { return !isLook(c) })
	var words []string
	if n := len(looks); n > 0 {
		words = append(words, plural(n, "look"))
	}
	if n := len(tr.polls) - len(looks); n > 0 {
		words = append(words, plural(n, "more refusal"))
	}
	r := row{at: first.Time, who: serviceName(first.Service), text: "... " + strings.Join(words, ", "), dim: true}
	if len(tr.polls) > 1 {
		r.text += " until " + seconds(last.Time.Sub(tr.start))
	}
	if len(looks) > 0 {
		r.text += ": " + tr.shown(looks[len(looks)-1])
	}
	tr.rows = append(tr.rows, r)
	tr.polls = nil
}

// shown says what a look showed.
func (tr *track) shown(look awssim.Call) string {
	if look.Code != "" {
		return look.Code
	}
	counts := map[string]int{}
	for _, id := range filterValues(look, "network-interface-id") {
		c := tr.history.at(id, look.Time)
		state := c.state
		if holder := tr.history.at(c.instance, look.Time).state; holder != "running" && holder != "" {
			state += ", the instance " + holder
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

// isLook reports whether a call is one of those that follow interfaces on their way.
func isLook(c awssim.Call) bool {
	return c.Action == "DescribeNetworkInterfaces" && len(filterValues(c, "network-interface-id")) > 0
}

// filterValues are the values of one of a Describe's filters.
func filterValues(c awssim.Call, name string) []string {
	var values []string
	for n := 1; c.Params.Has(fmt.Sprintf("Filter.%d.Name", n)); n++ {
		if c.Params.Get(fmt.Sprintf("Filter.%d.Name", n)) != name {
			continue
		}
		for m := 1; c.Params.Has(fmt.Sprintf("Filter.%d.Value.%d", n, m)); m++ {
			values = append(values, c.Params.Get(fmt.Sprintf("Filter.%d.Value.%d", n, m)))
		}
	}
	return values
}

// tally counts calls by what they are and what came of them.
func tally(calls []awssim.Call) string {
	counts := map[string]int{}
	for _, c := range calls {
		counts[c.Action+forceText(c)+resultText(c)]++
	}
	var words []string
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		if n := counts[what]; n > 1 {
			what = fmt.Sprintf("%d x %s", n, what)
		}
		words = append(words, what)
	}
	return strings.Join(words, " + ")
}

// callText says what a call asks for, and what came of it if that is not plain.
func (tr *track) callText(c awssim.Call) string {
	get := c.Params.Get
	text := c.Action
	switch c.Action {
	case detachAction:
		text += " " + cmp.Or(tr.history.owner(get("AttachmentId")), get("AttachmentId")) + forceText(c)
	case attachAction:
		text += fmt.Sprintf(" %s to %s at index %s", get("NetworkInterfaceId"), get("InstanceId"), get("DeviceIndex"))
	case "CreateTags":
		text += fmt.Sprintf(" %s on %s", get("Tag.1.Key"), get("ResourceId.1"))
	case "ListHostedZonesByVPC":
		text += " " + get("vpcid")
	case "ListResourceRecordSets":
		text += " " + strings.TrimSuffix(get("name"), ".")
	default:
		text += cmp.Or(filterText(c), get("change"), "")
	}
	return text + resultText(c)
}

func forceText(c awssim.Call) string {
	if c.Action == detachAction && c.Params.Get("Force") == "true" {
		return ", by force"
	}
	return ""
}

// filterText shows the filters of a Describe.
func filterText(c awssim.Call) string {
	var text strings.Builder
	for n := 1; c.Params.Has(fmt.Sprintf("Filter.%d.Name", n)); n++ {
		name := c.Params.Get(fmt.Sprintf("Filter.%d.Name", n))
		values := filterValues(c, name)
		if len(values) > 2 {
			values = []string{fmt.Sprintf("(%d values)", len(values))}
		}
		text.WriteString(" " + name + "=" + strings.Join(values, ","))
	}
	return text.String()
}

// resultText says what came of a call; nothing if it was simply done.
func resultText(c awssim.Call) string {
	switch {
	case c.Lost != "":
		return ": " + string(c.Lost)
	case c.Code == "DryRunOperation":
		return ": would be allowed"
	case c.Code != "":
		return ": refused, " + c.Code
	}
	return ""
}

func serviceName(service string) string {
	switch service {
	case "ec2":
		return "EC2"
	case "route53":
		return "Route 53"
	case "autoscaling":
		return "Scaling"
	}
	return service
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// seconds shows a duration as the page does everywhere: in seconds, to the millisecond.
func seconds(d time.Duration) string {
	return fmt.Sprintf("%.3f s", d.Seconds())
}
