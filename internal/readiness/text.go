package readiness

import (
	"fmt"
	"strings"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/textfmt"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

const (
	// textWidth is the most columns of a line of the summary's text.
	textWidth = 100
	// maxRows is how many rows a section of the text has; the lists have them all.
	maxRows = 40
)

// Render returns the result with its text, as it is by now: who sets the region or a finding has it written
// anew.
func (r Result) Render() Result {
	r.Summary.Text = r.Text(textWidth)
	return r
}

// Text writes the result for a person, in lines of at most so many columns, words that are longer and commands
// aside.
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
	t.rows("If the holder went now", r.fates())
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

// fates are rows with what would become of each interface.
func (r Result) fates() [][]string {
	var rows [][]string
	for _, v := range r.Interfaces {
		holder := v.Holder
		if holder == "" {
			holder = "nobody"
		}
		rows = append(rows, []string{v.Interface, v.Group, holder, "-> " + v.fate()})
	}
	return rows
}

func (v Verdict) fate() string {
	switch {
	case v.Ready && v.Trigger == trigger.KindSweep:
		return v.To + " with the next sweep"
	case v.Ready:
		return v.To
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

// survival are rows with what each group survives.
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

// text is a text in the making.
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

// rows writes a section, its first rows only if there are many.
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

// findings writes what to do: of each finding all there is, but those for information by their kinds.
func (t *text) findings(list []Finding) {
	told := 0
	for _, f := range list {
		if f.Severity == Info {
			continue
		}
		if told++; told <= maxRows {
			t.finding(f)
		}
	}
	if told > maxRows {
		t.line("", "")
		t.line("", fmt.Sprintf("... and %d more findings, see the log", told-maxRows))
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
	// A command stays in one line, whatever its length, so that it can be copied.
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

// infos are rows with the kinds of findings that are for information, and what they are about.
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
