package trigger_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/trigger"
)

// first returns the first interface of a sample's trigger with a change.
func first(t *testing.T, name string, change func(*trigger.ProbedInterface)) trigger.Trigger {
	t.Helper()
	want := samples(t)[name]
	want.Unanswered, want.Answered = slices.Clone(want.Unanswered), slices.Clone(want.Answered)
	if want.Kind == trigger.KindReached {
		change(&want.Answered[0])
	} else {
		change(&want.Unanswered[0])
	}
	return want
}

// TestProbeMeaning has events that differ from the samples, in a way that must matter or must not.
func TestProbeMeaning(t *testing.T) {
	same := func(*trigger.ProbedInterface) {}
	long := strings.Repeat("é", 256)
	for name, tt := range map[string]struct {
		event []byte
		want  trigger.Trigger
	}{
		"absent: confirmed": {
			edit(t, "unreachable", "detail.interfaces.0.confirmed", nil), first(t, "unreachable", same),
		},
		"null: confirmed": {
			edit(t, "unreachable", "detail.interfaces.0.confirmed", raw("null")), first(t, "unreachable", same),
		},
		"not confirmed": {
			edit(t, "unreachable", "detail.interfaces.0.confirmed", false),
			first(t, "unreachable", func(p *trigger.ProbedInterface) { p.Unconfirmed = true }),
		},
		"no attachment": {
			edit(t, "unreachable", "detail.interfaces.0.attachmentId", nil),
			first(t, "unreachable", func(p *trigger.ProbedInterface) { p.Attachment = "" }),
		},
		"an evidence of a monitor's own": {
			edit(t, "unreachable", "detail.interfaces.0.evidence", long),
			first(t, "unreachable", func(p *trigger.ProbedInterface) { p.Evidence = long }),
		},
		"an IPv6 witness": {
			edit(t, "unreachable", "detail.interfaces.0.witness", "2001:db8::21"),
			first(t, "unreachable", func(p *trigger.ProbedInterface) { p.Witness = netip.MustParseAddr("2001:db8::21") }),
		},
		"a time with an offset": {
			edit(t, "unreachable", "detail.interfaces.0.since", "2026-11-23T11:00:00+01:00"),
			first(t, "unreachable", func(p *trigger.ProbedInterface) { p.Since = atTen.In(time.FixedZone("", 3600)) }),
		},
		"what the probe counts": {
			edit(t, "unreachable", "detail.asked", nil, "detail.isolated", "who knows", "detail.down", 7, "detail.omitted", raw("{}"), "detail.reached", raw("null")),
			first(t, "unreachable", same),
		},
		"no envelope but the type": {
			edit(t, "unreachable-monitor", "id", nil, "account", nil, "region", nil, "version", nil),
			withoutEnvelope(first(t, "unreachable-monitor", same)),
		},
		"no time, and an attachment for each interface": {
			edit(t, "unreachable", "time", nil), withoutTime(first(t, "unreachable", same)),
		},
		"null time, and an attachment for each interface": {
			edit(t, "unreachable", "time", raw("null")), withoutTime(first(t, "unreachable", same)),
		},
		"reached, without times": {
			edit(t, "reached", "time", nil, "detail.interfaces.0.reachedAt", nil),
			withoutTime(first(t, "reached", func(p *trigger.ProbedInterface) { p.ReachedAt = time.Time{} })),
		},
	} {
		t.Run(name, func(t *testing.T) { wantTrigger(t, tt.event, tt.want) })
	}
}

// TestVerdictWithoutATime: without a time, each interface has to name its attachment.
func TestVerdictWithoutATime(t *testing.T) {
	for _, event := range [][]byte{
		edit(t, "unreachable-monitor", "time", nil),
		edit(t, "unreachable", "time", nil, "detail.interfaces.1.attachmentId", nil),
	} {
		var bad *trigger.BadInputError
		if _, err := trigger.Parse(event); !errors.As(err, &bad) || bad.Field != "time" || !strings.Contains(bad.Accepted, "or an attachmentId for each interface") {
			t.Errorf("%v: %s", err, event)
		}
	}
}

// TestRest: what a verdict hands back is kept as it is, whatever it is, and does not make the verdict bad input.
func TestRest(t *testing.T) {
	for _, rest := range []string{`{"run":"5s","targets":[]}`, `7`, `"later"`, `{ "unknown" : [1] }`} {
		got, err := trigger.Parse(edit(t, "unreachable", "detail.rest", raw(rest)))
		if err != nil || strings.ReplaceAll(string(got.Rest), " ", "") != strings.ReplaceAll(rest, " ", "") || len(got.Unanswered) != 2 {
			t.Errorf("%s: %v, rest %s, %d interfaces", rest, err, got.Rest, len(got.Unanswered))
		}
	}
	for _, none := range []any{nil, raw("null")} {
		if got, err := trigger.Parse(edit(t, "unreachable", "detail.rest", none)); err != nil || got.Rest != nil {
			t.Errorf("%v: %v, rest %s", none, err, got.Rest)
		}
	}
}

// TestBadProbe: each field that an event of the probe can get wrong, and the name that the error gives it.
func TestBadProbe(t *testing.T) {
	const item = "detail.interfaces.0."
	const named = "detail.interfaces[0]."
	for _, tt := range []struct {
		sample, path string
		value        any
		field        string
	}{
		{"unreachable-monitor", "time", nil, "time"},
		{"unreachable", "time", "now", "time"},
		{"unreachable", "detail", nil, "detail"},
		{"unreachable", "detail", "none", "detail"},
		{"unreachable", "detail.interfaces", nil, "detail.interfaces"},
		{"unreachable", "detail.interfaces", raw("[]"), "detail.interfaces"},
		{"unreachable", "detail.interfaces", raw("null"), "detail.interfaces"},
		{"unreachable", "detail.interfaces", raw("{}"), "detail.interfaces"},
		{"unreachable", "detail.interfaces", eni1, "detail.interfaces"},
		{"unreachable", "detail.interfaces.0", eni1, "detail.interfaces[0]"},
		{"unreachable", "detail.interfaces.1", raw("null"), "detail.interfaces[1]"},
		{"unreachable", "detail.networkInterfaceId", eni1, `detail."networkInterfaceId"`},
		{"unreachable", "detail.dryRun", true, `detail."dryRun"`},
		{"unreachable", item + "networkInterfaceId", nil, named + "networkInterfaceId"},
		{"unreachable", item + "networkInterfaceId", "eni-*", named + "networkInterfaceId"},
		{"unreachable", item + "networkInterfaceId", 7, named + "networkInterfaceId"},
		{"unreachable", item + "networkInterfaceId", eni2, "detail.interfaces[1].networkInterfaceId"}, // named twice
		{"unreachable", item + "attachmentId", eni1, named + "attachmentId"},
		{"unreachable", item + "attachmentId", "", named + "attachmentId"},
		{"unreachable", item + "instanceId", "10.0.0.5", named + "instanceId"},
		{"unreachable", item + "check", "", named + "check"},
		{"unreachable", item + "check", "tcp:1\n", ""}, // blanks around a text are dropped
		{"unreachable", item + "check", "tcp:1\ntcp:2", named + "check"},
		{"unreachable", item + "evidence", strings.Repeat("x", 257), named + "evidence"},
		{"unreachable", item + "evidence", "\u202e", named + "evidence"},
		{"unreachable", item + "since", "10:00", named + "since"},
		{"unreachable", item + "since", 1700000000, named + "since"},
		{"unreachable", item + "since", "0001-01-01T00:00:00Z", named + "since"},
		{"unreachable", item + "reachedAt", "", named + "reachedAt"},
		{"unreachable", item + "confirmed", "false", named + "confirmed"},
		{"unreachable", item + "confirmed", 0, named + "confirmed"},
		{"unreachable", item + "witness", "10.0.0", named + "witness"},
		{"unreachable", item + "witness", "fe80::1%eth0", named + "witness"},
		{"unreachable", item + "interfaceId", eni1, named + `"interfaceId"`},

		{"unreachable", "detail.reached", raw("{}"), "detail.reached"},
		{"unreachable", "detail.reached", raw(`[{"networkInterfaceId":"eni-1"}]`), "detail.reached[0].networkInterfaceId"},

		{"reached", "detail.interfaces", nil, "detail.interfaces"},
		{"reached", "detail.interfaces.0", raw("[]"), "detail.interfaces[0]"},
		{"reached", "detail.rest", raw("{}"), `detail."rest"`},
		{"reached", "detail.target", instance1, `detail."target"`},
		{"reached", item + "networkInterfaceId", "", named + "networkInterfaceId"},
		{"reached", item + "attachmentId", nil, named + "attachmentId"},
		{"reached", item + "attachmentId", "eni-attach-1", named + "attachmentId"},
		{"reached", item + "reachedAt", "soon", named + "reachedAt"},
		{"reached", item + "instanceId", instance1, named + `"instanceId"`},
	} {
		t.Run(fmt.Sprint(tt.sample, " ", tt.path, " ", tt.value), func(t *testing.T) {
			event := edit(t, tt.sample, tt.path, tt.value)
			if tt.field == "" {
				if _, err := trigger.Parse(event); err != nil {
					t.Error(err)
				}
				return
			}
			bad := wantBad(t, event, tt.field)
			if tt.value == nil && bad.Value != "" || tt.value != nil && bad.Value == "" {
				t.Errorf("the error gives the value %q of %v", bad.Value, tt.value)
			}
		})
	}
}

// TestOwnEventsForOthers: what the project itself puts on the bus for others asks nothing of the failover.
func TestOwnEventsForOthers(t *testing.T) {
	for _, detailType := range []string{"ENI Failover Probe", "ENI Failover Probed", "ENI Failover Moved", "ENI Failover Failed"} {
		wantIgnored(t, edit(t, "unreachable-monitor", "detail-type", detailType), "no action for events of type "+detailType)
	}
}

func withoutEnvelope(t trigger.Trigger) trigger.Trigger {
	t.ID, t.Account, t.Region = "", "", ""
	return t
}

func withoutTime(t trigger.Trigger) trigger.Trigger {
	t.Time = time.Time{}
	return t
}
