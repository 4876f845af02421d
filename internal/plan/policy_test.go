package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
)

// "the state's timestamp is over 10 minutes old".
func TestExpired(t *testing.T) {
	for line, stale := range map[string]bool{
		"alarm i-a since=10m":                true,
		"alarm i-a since=10m1s":              true,
		"alarm i-a since=9m59s":              false,
		"alarm interface=eni-1 since=11m":    true,
		"alarm i-a since=1s ago=1h":          false,
		"spot-interruption i-a ago=1h":       false,
		"stopped i-a ago=24h":                false,
		"manual group=db ago=24h":            false,
		"sweep ago=never":                    false,
		"alarm i-a since=never":              true,
		"alarm i-a since=-1m":                false,
		"unreachable eni-1 ago=10m1s":        true,
		"unreachable eni-1 ago=9m59s":        false,
		"reached eni-1/eni-attach-1 ago=1h":  false,
		"alarm group=db since=10m ago=never": true,
	} {
		tr := readTrigger(t, line)
		if strings.Contains(line, "since=10m ") || strings.HasSuffix(line, "since=10m") {
			tr.Alarm.Since = tr.Alarm.Since.Add(-time.Millisecond) // exactly 10 minutes are not over 10 minutes
			exact := tr
			exact.Alarm.Since = now.Add(-10 * time.Minute)
			if reason, _ := plan.Expired(exact, now); reason != "" {
				t.Errorf("%s: exactly 10 minutes is %s", line, reason)
			}
		}
		reason, detail := plan.Expired(tr, now)
		if (reason == plan.ReasonStale) != stale || (detail != "") != stale {
			t.Errorf("%s: %q, %q", line, reason, detail)
		}
	}
}

// TestUntouchable has the order of the reasons; there is none against a healthy interface.
func TestUntouchable(t *testing.T) {
	policy := plan.Policy{Groups: []string{"db"}}
	for line, want := range map[string]plan.Reason{
		"eni-1":                                "",
		"eni-1 on=i-a":                         "",
		"eni-1 paused":                         plan.ReasonPaused,
		"eni-1 kind=efa":                       plan.ReasonUnsupportedInterface,
		"eni-1 kind=efa paused":                plan.ReasonUnsupportedInterface,
		"eni-1 on=i-a index=0":                 plan.ReasonUnsupportedInterface,
		"eni-1 group=web paused kind=efa":      plan.ReasonGroupNotServed,
		"eni-1 group=- paused kind=efa":        plan.ReasonNoValidGroup,
		"eni-1 group=web":                      plan.ReasonGroupNotServed,
		"eni-1 regrouped":                      plan.ReasonRegrouped,
		"eni-1 on=i-a account=theirs":          plan.ReasonUnsupportedInterface,
		"eni-1 on=i-a card=1 status=detaching": plan.ReasonUnsupportedInterface,
	} {
		s, _ := lines(line).build(t)
		reason, detail := policy.Untouchable(s.Interfaces[0])
		if reason != want || (detail == "") != (want == "") {
			t.Errorf("%s: %q, %q; want %q", line, reason, detail, want)
		}
	}
	if (plan.Policy{}).Serves("x") != true || policy.Serves("db") != true || policy.Serves("web") || policy.Serves("") {
		t.Error("served: all without GROUPS, else those in it")
	}
}
