package readiness_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/eni-failover/eni-failover/internal/readiness"
)

// checkForm checks what holds of every result: the texts are sentences, each finding has its link, the numbers of the
// summary are those of the lists, and an interface that is not ready has a finding that says why.
func checkForm(t *testing.T, r readiness.Result) {
	t.Helper()
	severities := map[readiness.Severity]int{}
	for _, f := range r.Findings {
		severities[f.Severity]++
		if !begins(f.Problem) || !strings.HasSuffix(f.Problem, ".") || len(f.Problem) > 400 {
			t.Errorf("%s %s: the problem %q is not a sentence", f.ID, f.Resource, f.Problem)
		}
		if !begins(f.Action) || len(f.Action) > 400 || !strings.HasSuffix(f.Action, ".") && !strings.Contains(f.Action, ": aws ") {
			t.Errorf("%s %s: the action %q is neither a sentence nor one with a command at its end", f.ID, f.Resource, f.Action)
		}
		if strings.Contains(f.Problem+f.Action, "  ") || strings.Contains(f.Problem+f.Action, "..") {
			t.Errorf("%s %s: %q, %q", f.ID, f.Resource, f.Problem, f.Action)
		}
		if f.Link != home+"docs/findings.md#"+strings.ToLower(string(f.ID)) {
			t.Errorf("%s: link %s", f.ID, f.Link)
		}
	}
	var unready, unserved int
	for _, v := range r.Interfaces {
		if !v.Served {
			unserved++
		}
		if v.Ready {
			continue
		}
		if r.Interfaces[unready].Ready {
			t.Errorf("%s is not ready, and comes after one that is", v.Interface)
		}
		unready++
		if !slices.ContainsFunc(r.Findings, func(f readiness.Finding) bool { return f.Resource == v.Interface && f.Severity != readiness.Info }) {
			t.Errorf("%s is not ready, and no finding says why", v.Interface)
		}
	}
	s := r.Summary
	if s.Interfaces != len(r.Interfaces) || s.Unready != unready || s.Ready != s.Interfaces-unready || s.Unserved != unserved || s.Groups != len(r.Groups) ||
		s.Critical != severities[readiness.Critical] || s.Warning != severities[readiness.Warning] || s.Info != severities[readiness.Info] {
		t.Errorf("summary %+v of %d interfaces, %d of them not ready, %d not served, and findings %v", s, len(r.Interfaces), unready, unserved, severities)
	}
}

// begins reports whether a text begins like a sentence: with a capital letter, a number, an id or a domain name.
func begins(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	word, _, _ := strings.Cut(text, " ")
	return unicode.IsUpper(first) || unicode.IsDigit(first) || strings.ContainsAny(word, "-.")
}
