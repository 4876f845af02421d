package readiness_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/testing/worldtext"
)

// depart plans for the departure of an instance of the account that the lines describe.
func depart(t *testing.T, id, lines string) readiness.Departure {
	t.Helper()
	a := newAccount()
	a.add(t, lines)
	s, policy := a.world.Build(t)
	return readiness.Depart(s, nil, policy, id, worldtext.Now())
}

func TestDepart(t *testing.T) {
	const pair = "i-a\ni-b\neni-1 on=i-a\n"
	for _, tt := range []struct{ name, of, lines, want string }{
		{"of a holder", "i-a", pair, "stopping: eni-1 i-a -> i-b"},
		{"of a Spot holder", "i-a", "i-a spot\ni-b\neni-1 on=i-a\n", "spot-interruption: eni-1 i-a -> i-b"},
		{"of the standby", "i-b", pair, "stopping: not-concerned"},
		{"of an unknown instance", "i-z", pair, "stopping: not-concerned"},
		{"without a standby", "i-a", "i-a\ni-b az=b\neni-1 on=i-a\n", "stopping: eni-1 i-a stranded (no-standby), next: "},
		{"of a paused interface", "i-a", pair + "eni-1 paused\n", "stopping: eni-1 i-a ignored (paused)"},
		// A sweep would give it to i-a, which holds nothing. But i-a is the one that goes.
		{"with an unattached interface", "i-a", "i-a priority=1\ni-b\neni-1\n", "stopping: eni-1  -> i-b"},
	} {
		d := depart(t, tt.of, tt.lines)
		got := string(d.Trigger) + ": " + string(d.Reason)
		for _, e := range d.Interfaces {
			got += e.Interface + " " + e.Holder
			if e.Outcome == plan.OutcomePlanned {
				got += " -> " + e.To
			} else {
				got += fmt.Sprintf(" %s (%s)", e.Outcome, e.Reason)
			}
			if e.Next != "" {
				got += ", next: "
			}
		}
		if got != tt.want {
			t.Errorf("the departure %s is %q; want %q", tt.name, got, tt.want)
		}
		if (d.Reason == "") == (len(d.Interfaces) == 0) || d.Reason != "" && d.Detail == "" {
			t.Errorf("%s: %+v", tt.name, d)
		}
	}
}

// A departure lists as many candidates as an audit does, and counts the others.
func TestDepartureIsLimited(t *testing.T) {
	var lines strings.Builder
	lines.WriteString("i-a\neni-1 on=i-a\n")
	for n := range 30 {
		fmt.Fprintf(&lines, "i-s%02d\n", n)
	}
	d := depart(t, "i-a", lines.String())
	if e := d.Interfaces[0]; len(e.Candidates) != 20 || e.OmittedCandidates != 11 || e.Trigger != d.Trigger {
		t.Errorf("%d candidates, %d omitted", len(e.Candidates), e.OmittedCandidates)
	}
}
