package night

import (
	"cmp"
	"strings"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// Report is the report of an invocation of the failover, and its explanation.
type Report struct {
	Invocation int    `json:"invocation"` // its number
	AtMs       int64  `json:"atMs"`       // when it was returned
	Event      string `json:"event"`      // what it got
	Outcome    string `json:"outcome"`
	Reason     string `json:"reason,omitempty"`
	Meaning    string `json:"meaning"` // of the outcome, and of the reason if there is one
	Tone       string `json:"tone"`
	// Lines explain it: what became of each interface, and why.
	Lines []ReportLine `json:"lines"`
	// Considered lists the instances that were considered.
	Considered []Considered `json:"considered"`
	// Phases are the durations of the parts of the move.
	Phases []Phase `json:"phases"`
	// ErrorType is the type of the error that the function returned; empty if it succeeded. Error is its message, if nothing
	// above says it.
	ErrorType string `json:"errorType,omitempty"`
	Error     string `json:"error,omitempty"`
	// JSON is the report itself.
	JSON failover.Report `json:"json"`
}

// ReportLine is a sentence of an explanation.
type ReportLine struct {
	Text string `json:"text"`
	Tone string `json:"tone"`
}

// Considered is an instance that was considered for an interface.
type Considered struct {
	Interface string `json:"interface"`
	Instance  string `json:"instance"` // its name
	Verdict   string `json:"verdict"`  // chosen, eligible, or the code of the reason against it
	Tone      string `json:"tone"`
	Detail    string `json:"detail,omitempty"` // the meaning of the code, and more if there is more to say
}

// Phase is a part of a move.
type Phase struct {
	Name string `json:"name"`
	Ms   int64  `json:"ms"`
}

// newReport explains the report of an invocation on an account.
func newReport(inv invocation, w awssim.World, at int64) Report {
	report := inv.report.Limited()
	r := Report{
		Invocation: invocationOf(inv.caller), AtMs: at, Event: inv.name, Outcome: string(report.Outcome), Reason: string(report.Reason),
		Tone: toneOf(display.OutcomeStyle(report.Outcome, inv.err != nil)), Lines: []ReportLine{}, Considered: []Considered{}, Phases: []Phase{}, JSON: report,
	}
	meaning := meanings()
	r.Meaning = display.Join(" ", sentenceOf(meaning[r.Outcome]), sentenceOf(meaning[r.Reason]))
	for _, i := range report.Interfaces {
		r.explain(i, inv.err != nil, w, meaning)
	}
	if len(report.Interfaces) == 0 && report.Detail != "" && inv.err == nil {
		r.line(display.Plain, report.Detail)
	}
	for _, unknown := range report.Unknown {
		r.line(display.Warn, "could not be asked: "+unknown)
	}
	for _, warning := range report.Warnings {
		r.line(display.Warn, warning)
	}
	if failed := display.ErrorOf(inv.err); failed != nil {
		r.ErrorType = failed.Type
		if len(r.Lines) == 0 {
			r.Error = failed.Message
		}
	}
	return r
}

// line adds a sentence.
func (r *Report) line(s display.Style, text string) {
	r.Lines = append(r.Lines, ReportLine{Text: text, Tone: toneOf(s)})
}

// explain explains what became of an interface.
func (r *Report) explain(i failover.InterfaceReport, failed bool, w awssim.World, meaning map[string]string) {
	r.line(display.OutcomeStyle(i.Outcome, failed), interfaceText(i, w))
	for _, c := range i.Candidates {
		r.Considered = append(r.Considered, considered(i, c, w, meaning))
	}
	if display.Goes(i) {
		r.Phases = phases(i.Phases)
	}
	for _, record := range i.Records {
		if record.Name != "" {
			r.line(display.Plain, "The name "+record.Name+" is checked beside the move: "+display.Join("; ", string(record.State), record.Detail)+".")
		}
	}
	for _, warning := range i.Warnings {
		r.line(display.Warn, warning)
	}
}

// interfaceText says what became of an interface.
func interfaceText(i failover.InterfaceReport, w awssim.World) string {
	text := i.Interface + ": " + display.Join(" ", string(i.Outcome), display.ReasonText(i.Reason))
	if display.Goes(i) {
		text += " from " + cmp.Or(shortName(w, i.From), "no instance") + " to " + shortName(w, i.To)
	}
	if i.Started {
		text += ", which was started for it"
	}
	if i.Forced {
		text += ", by force"
	}
	return display.Join(". ", text, sentenceOf(i.Detail))
}

// considered puts the verdict on a candidate into words.
func considered(i failover.InterfaceReport, candidate plan.Candidate, w awssim.World, meaning map[string]string) Considered {
	c := Considered{Interface: i.Interface, Instance: shortName(w, candidate.Instance), Verdict: string(candidate.Reason), Tone: "dim"}
	c.Detail = display.Join(" ", meaning[c.Verdict], candidate.Detail)
	switch {
	case candidate.Instance == i.To && display.Goes(i):
		c.Verdict, c.Tone = "chosen", "good"
	case candidate.Eligible && candidate.Start:
		c.Verdict, c.Tone = "could be started", "plain"
	case candidate.Eligible:
		c.Verdict, c.Tone = "eligible", "plain"
	}
	if len(candidate.Unknown) > 0 {
		c.Detail = display.Join("; ", c.Detail, "not known: "+strings.Join(candidate.Unknown, ", "))
	}
	return c
}

// sentenceOf makes a sentence of a text; nothing of nothing.
func sentenceOf(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}

// phases lists the parts of a move that took time.
func phases(p failover.Phases) []Phase {
	var list []Phase
	for _, phase := range []Phase{{"start", p.StartMs}, {"detach", p.DetachMs}, {"attach", p.AttachMs}, {"verify", p.VerifyMs}} {
		if phase.Ms > 0 {
			list = append(list, phase)
		}
	}
	return list
}
