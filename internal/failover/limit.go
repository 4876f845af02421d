package failover

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/textfmt"
)

// maxReportBytes limits a report as JSON. It is a log line, which CloudWatch Logs takes from Lambda up to 256 KB. It is the
// function's result, which may have 6 MB (Lambda Developer Guide, "Lambda quotas"). And Lambda puts the result, together
// with the event, into a message to SNS, which may have 256 KB (SNS, "Amazon SNS endpoints and quotas"). 64 KB are left for
// the event and the envelope.
const maxReportBytes = 192 << 10

const (
	// maxCandidates limits the candidates of an interface. The eligible ones come first.
	maxCandidates = 20
	// maxWarnings limits the warnings of an interface, and the gaps and the warnings of a report.
	maxWarnings = 10
	// maxDetailBytes limits an explanation, maxSummaryBytes that of the whole event.
	maxDetailBytes  = 1000
	maxSummaryBytes = 6000
)

// Omitted counts what a report leaves out because of its size. Candidates and Records count those of the listed interfaces.
type Omitted struct {
	Interfaces int `json:"interfaces,omitempty"`
	Candidates int `json:"candidates,omitempty"`
	Records    int `json:"records,omitempty"`
}

// Limited returns the report cut to the size that is logged and returned. Each interface keeps its first candidates. If
// that is too large, the interfaces that went well keep only the chosen candidate and the records that are not ok. If that
// is still too large, only the interfaces with the most severe outcomes are kept. Omitted counts the rest.
func (r *Report) Limited() Report {
	cut := *r
	cut.Detail = textfmt.Shorten(r.Detail, maxSummaryBytes)
	cut.Unknown, cut.Warnings = firstFew(r.Unknown), firstFew(r.Warnings)
	cut.Interfaces = []InterfaceReport{}
	room := maxReportBytes - jsonBytes(cut)
	list := make([]InterfaceReport, len(r.Interfaces))
	for n := range r.Interfaces {
		list[n] = r.Interfaces[n].limited()
	}
	if jsonBytes(list) > room {
		for n := range list {
			list[n] = list[n].essential()
		}
	}
	kept := maxSevere(list, room) // all of them, in most reports
	o := Omitted{Interfaces: len(list) - len(kept)}
	for _, n := range kept {
		cut.Interfaces = append(cut.Interfaces, list[n])
		o.Candidates += list[n].OmittedCandidates
		o.Records += len(r.Interfaces[n].Records) - len(list[n].Records)
	}
	if o != (Omitted{}) {
		cut.Omitted = &o
	}
	return cut
}

// limited returns an interface's report with its lists and texts cut.
func (r *InterfaceReport) limited() InterfaceReport {
	cut := r.withCandidates(r.Candidates[:min(len(r.Candidates), maxCandidates)])
	cut.Detail = textfmt.Shorten(r.Detail, maxDetailBytes)
	cut.Warnings = firstFew(r.Warnings)
	return cut
}

// essential returns an interface's report. If the interface went well, only the chosen candidate and the records that are
// not ok are kept.
func (r *InterfaceReport) essential() InterfaceReport {
	if r.Outcome == plan.OutcomeFailed || r.Outcome == plan.OutcomeStranded {
		return *r
	}
	chosen := slices.IndexFunc(r.Candidates, func(c plan.Candidate) bool { return c.Instance == r.To })
	cut := r.withCandidates(r.Candidates[max(0, chosen) : chosen+1])
	cut.Records = []record.Result{}
	for _, found := range r.Records {
		if found.State != record.OK && found.State != record.NotConfigured {
			cut.Records = append(cut.Records, found)
		}
	}
	return cut
}

// withCandidates returns an interface's report with only some of its candidates, and counts the others.
func (r *InterfaceReport) withCandidates(some []plan.Candidate) InterfaceReport {
	cut := *r
	cut.OmittedCandidates += len(r.Candidates) - len(some)
	cut.Candidates = append([]plan.Candidate{}, some...)
	return cut
}

// maxSevere returns the indexes, ascending, of the interfaces with the most severe outcomes that together take at most
// maxBytes.
func maxSevere(list []InterfaceReport, maxBytes int) []int {
	order := inOrder(len(list))
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(severity(list[a].Outcome), severity(list[b].Outcome))
	})
	size, fit := 0, 0
	for fit < len(order) {
		if size += jsonBytes(list[order[fit]]) + 1; size > maxBytes {
			break
		}
		fit++
	}
	kept := order[:fit]
	slices.Sort(kept)
	return kept
}

// firstFew limits a list of texts, and the length of each.
func firstFew(list []string) []string {
	if len(list) == 0 {
		return list
	}
	var few []string
	for _, s := range list[:min(len(list), maxWarnings)] {
		few = append(few, textfmt.Shorten(s, maxDetailBytes))
	}
	if n := len(list) - len(few); n > 0 {
		few = append(few, fmt.Sprintf("and %d more", n))
	}
	return few
}

// jsonBytes returns the length of a value as JSON.
func jsonBytes(v any) int {
	text, err := json.Marshal(v)
	if err != nil {
		return 0 // nothing in it can fail to be written as JSON
	}
	return len(text)
}
