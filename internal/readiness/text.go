package readiness

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/textfmt"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

const (
	// textWidth limits the columns of a line of the summary's text.
	textWidth = 100
	// maxRows limits the rows of a section of the text; the lists of the result have them all.
	maxRows = 40
)

// Render returns the result with its text written anew. A caller that has changed the result, the region for example,
// calls it.
func (r Result) Render() Result {
	r.Summary.Text = r.Text(textWidth)
	return r
}

// Text returns the result as people read it, in lines of at most width columns. Long words and commands are not broken.
func (r Result) Text(width int) string {
	t := &text{width: width}
	where := ""
	if r.Summary.Region != "" {
		where = " of " + r.Summary.Region
	}
	t.line("", fmt.Sprintf("eni-failover audit%s, %s", where, r.Summary.Time))
	t.line("", "")
	t.table([][]string{
		{"interfaces", r.readiness()},
		{"groups", fmt.Sprintf("%d, with %s", r.Summary.Groups, number(r.Summary.Members, "member", "members"))},
		{"findings", fmt.Sprintf("%d critical, %d warning, %d info", r.Summary.Critical, r.Summary.Warning, r.Summary.Info)},
	})
	t.rows("If the holder went now", r.departures())
	t.rows("How many losses in a row each group survives", r.survival())
	t.findings(r.Findings)
	return t.String()
}

func (r Result) readiness() string {
	s := r.Summary
	if s.Interfaces == 0 {
		return "none carries the tag eni-failover:group: nothing is protected"
	}
	words := fmt.Sprintf("%d, all of them ready", s.Interfaces)
	if s.Unready > 0 {
		words = fmt.Sprintf("%d, of which %d not ready", s.Interfaces, s.Unready)
	}
	if s.Unserved > 0 {
		words += fmt.Sprintf("; %d without a running holder now", s.Unserved)
	}
	return words
}

// departures returns a row for each interface: where it would go if its holder went now.
func (r Result) departures() [][]string {
	var rows [][]string
	for _, v := range r.Interfaces {
		holder := v.Holder
		if holder == "" {
			holder = "no instance"
		}
		rows = append(rows, []string{v.Interface, v.Group, holder, "-> " + v.destination()})
	}
	return rows
}

func (v Verdict) destination() string {
	to := v.To
	if v.starts() {
		to += " after its start"
	}
	switch {
	case v.Ready && v.Trigger == trigger.KindSweep:
		return to + " with the next sweep"
	case v.Ready:
		return to
	case v.Outcome == plan.OutcomeIgnored:
		return fmt.Sprintf("left alone (%s)", v.Reason)
	}
	var against []string
	for _, c := range v.Candidates {
		if c.Instance != v.Holder {
			against = append(against, fmt.Sprintf("%s %s", c.Instance, c.Reason))
		}
	}
	if len(against) == 0 {
		return "nowhere: no other instance is in the group"
	}
	return "nowhere: " + few(against)
}

// starts reports whether the interface would go to a cold standby.
func (v Verdict) starts() bool {
	return slices.ContainsFunc(v.Candidates, func(c plan.Candidate) bool { return c.Instance == v.To && c.Start })
}

// survival returns a row for each group: how many losses it survives.
func (r Result) survival() [][]string {
	var rows [][]string
	for _, g := range r.Groups {
		losses := fmt.Sprint(g.Losses)
		switch g.LossesNote {
		case LossesOrMore:
			losses += " or more"
		case LossesAtMost:
			losses += " at most"
		}
		what := fmt.Sprintf("%s, %s", number(g.Interfaces, "interface", "interfaces"), number(g.Members, "member", "members"))
		if g.Weakest != "" {
			what += "; then " + g.Weakest + " has no service"
		}
		rows = append(rows, []string{g.Group, losses, what})
	}
	return rows
}

// text is a text that is being written.
type text struct {
	strings.Builder

	width int
}

func (t *text) line(lead, words string) {
	for _, line := range textfmt.Hang(lead, words, t.width) {
		t.WriteString(line + "\n")
	}
}

func (t *text) table(rows [][]string) {
	for i, lead := range textfmt.Leads(2, rows) {
		t.line(lead, rows[i][len(rows[i])-1])
	}
}

// rows writes a section with a title, and at most maxRows of its rows.
func (t *text) rows(title string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	t.line("", "")
	t.line("", title)
	t.table(rows[:min(len(rows), maxRows)])
	if n := len(rows) - maxRows; n > 0 {
		t.line("  ", fmt.Sprintf("... and %d more", n))
	}
}

// findings writes each finding with what to do about it. Those for information are only listed by their kinds.
func (t *text) findings(list []Finding) {
	written := 0
	for _, f := range list {
		if f.Severity == Info {
			continue
		}
		if written++; written <= maxRows {
			t.finding(f)
		}
	}
	if written > maxRows {
		t.line("", "")
		t.line("", fmt.Sprintf("... and %d more findings, see the log", written-maxRows))
	}
	t.rows("For information", infos(list))
}

func (t *text) finding(f Finding) {
	head := fmt.Sprintf("%-8s  %s  %s", strings.ToUpper(string(f.Severity)), f.ID, f.Resource)
	if f.Group != "" && f.Group != f.Resource {
		head += ", group " + f.Group
	}
	t.line("", "")
	t.line("", head)
	t.line("  ", f.Problem)
	// A command is one line, whatever its length, so that people can copy it.
	advice, command, ok := strings.Cut(f.Action, ": aws ")
	if ok {
		advice += ":"
	}
	t.line("  ", advice)
	if ok {
		t.WriteString("    aws " + command + "\n")
	}
	t.line("  ", f.Link)
}

// infos returns a row for each kind of finding that is for information: the resources that have it.
func infos(list []Finding) [][]string {
	var rows [][]string
	resources := map[ID][]string{}
	for _, f := range list {
		if f.Severity == Info {
			resources[f.ID] = append(resources[f.ID], f.Resource)
		}
	}
	for _, id := range IDs() {
		if len(resources[id]) > 0 {
			rows = append(rows, []string{string(id), few(resources[id])})
		}
	}
	return rows
}
