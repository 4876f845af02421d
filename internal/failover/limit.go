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

// maxReportBytes is the most that a report takes as JSON. It is a log line, of which CloudWatch Logs takes 256 KB
// from Lambda; the function's result, at most 6 MB (Lambda Developer Guide, "Lambda quotas"); and Lambda puts the
// result into a message to SNS, of 256 KB at most with the event in it (SNS, "Amazon SNS endpoints and quotas").
// The smallest of them decides, less 64 KB for the event and the envelope.
const maxReportBytes = 192 << 10

const (
	// maxCandidates is how many candidates of an interface are told. The eligible ones come first.
	maxCandidates = 20
	// maxWarnings is how many warnings of an interface are told, and how many gaps of a report.
	maxWarnings = 10
	// maxDetailBytes is how long an explanation may be, and maxSummaryBytes that of the whole event.
	maxDetailBytes  = 1000
	maxSummaryBytes = 6000
)

// Omitted counts what a report leaves out for its size. Candidates and Records are those of the interfaces that
// are listed.
type Omitted struct {
	Interfaces int `json:"interfaces,omitempty"`
	Candidates int `json:"candidates,omitempty"`
	Records    int `json:"records,omitempty"`
}

// Limited returns the report as it is told. Of each interface it has the first candidates. If that takes too much,
// the interfaces that went well keep only the candidate that was chosen and the records that are not ok; if that
// still does, the most severe interfaces are kept. Omitted counts the rest.
func (r *Report) Limited() Report {
	told := *r
	told.Detail = textfmt.Shorten(r.Detail, maxSummaryBytes)
	told.Unknown = firstFew(r.Unknown)
	told.Interfaces = []InterfaceReport{}
	most := maxReportBytes - jsonBytes(told)
	list := make([]InterfaceReport, len(r.Interfaces))
	for n := range r.Interfaces {
		list[n] = r.Interfaces[n].limited()
	}
	if jsonBytes(list) > most {
		for n := range list {
			list[n] = list[n].essential()
		}
	}
	kept := maxSevere(list, most)
	o := Omitted{Interfaces: len(list) - len(kept)}
	for _, n := range kept {
		told.Interfaces = append(told.Interfaces, list[n])
		o.Candidates += list[n].OmittedCandidates
		o.Records += len(r.Interfaces[n].Records) - len(list[n].Records)
	}
	if o != (Omitted{}) {
		told.Omitted = &o
	}
	return told
}

// limited returns an interface's report with its lists and texts cut.
func (r *InterfaceReport) limited() InterfaceReport {
	told := r.withCandidates(r.Candidates[:min(len(r.Candidates), maxCandidates)])
	told.Detail = textfmt.Shorten(r.Detail, maxDetailBytes)
	told.Warnings = firstFew(r.Warnings)
	return told
}

// essential returns an interface's report without what nobody misses of one that went well.
func (r *InterfaceReport) essential() InterfaceReport {
	if r.Outcome == plan.OutcomeFailed || r.Outcome == plan.OutcomeStranded {
		return *r
	}
	chosen := slices.IndexFunc(r.Candidates, func(c plan.Candidate) bool { return c.Instance == r.To })
	told := r.withCandidates(r.Candidates[max(0, chosen) : chosen+1])
	told.Records = []RecordReport{}
	for _, found := range r.Records {
		if found.State != record.OK && found.State != record.NotConfigured {
			told.Records = append(told.Records, found)
		}
	}
	return told
}

// withCandidates returns an interface's report with some of its candidates, and counts the others.
func (r *InterfaceReport) withCandidates(some []plan.Candidate) InterfaceReport {
	told := *r
	told.OmittedCandidates += len(r.Candidates) - len(some)
	told.Candidates = append([]plan.Candidate{}, some...)
	return told
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

// firstFew cuts a list of texts, and each of them.
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

// jsonBytes is how long a value is as JSON.
func jsonBytes(v any) int {
	text, err := json.Marshal(v)
	if err != nil {
		return 0 // nothing in it can fail to be written as JSON
	}
	return len(text)
}
