package readiness_test

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/testing/worldtext"
)

// account is what an audit is given. Beside the lines of package worldtext it has these:
//
//	record eni-1 db.corp.internal STATE DETAIL…   the record check of a name, STATE being a state or the cause of an unverified one;
//	                                              a later line on the same name replaces it
//	gap TEXT…                                     a question that AWS did not answer; without a text: all were answered
//	undescribed i-a i-b                           instances that EC2 could not describe
//	alerts-unsubscribed                           the deployment says that its alarms have no subscriber; =no: it does not
//	probe-vpc VPC                                 the VPC of the deployment's probe; without one: it has no probe
//	start-keys KEY,KEY                            the keys with which the deployment may start cold standbys
type account struct {
	world        *worldtext.World
	records      map[string]string // "STATE DETAIL…" by "interface name"
	gaps         []string
	undescribed  []string
	unsubscribed bool
	probeVPC     string
	startKeys    []string
}

func newAccount() *account { return &account{world: worldtext.New(), records: map[string]string{}} }

func (a *account) clone() *account {
	return &account{
		world: a.world.Clone(), records: maps.Clone(a.records), gaps: slices.Clone(a.gaps), undescribed: a.undescribed, unsubscribed: a.unsubscribed,
		probeVPC: a.probeVPC, startKeys: a.startKeys,
	}
}

func (a *account) add(t *testing.T, lines string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch kind {
		case "record":
			words := strings.SplitN(rest, " ", 3)
			if len(words) < 3 {
				t.Fatalf("%q: want an interface, a name and a state", line)
			}
			a.records[words[0]+" "+words[1]] = words[2]
		case "gap":
			if a.gaps = append(a.gaps, rest); rest == "" {
				a.gaps = nil
			}
		case "undescribed":
			a.undescribed = strings.Fields(rest)
		case "alerts-unsubscribed", "alerts-unsubscribed=no":
			a.unsubscribed = kind == "alerts-unsubscribed"
		case "probe-vpc":
			a.probeVPC = rest
		case "start-keys":
			a.startKeys = strings.Split(rest, ",")
		default:
			a.world.Add(line)
		}
	}
}

func (a *account) inspect(t *testing.T) readiness.Result {
	t.Helper()
	s, policy := a.world.Build(t)
	s.Gaps, s.Undescribed = a.gaps, a.undescribed
	names := map[string][]record.Result{}
	for _, key := range slices.Sorted(maps.Keys(a.records)) {
		id, name, _ := strings.Cut(key, " ")
		state, detail, _ := strings.Cut(a.records[key], " ")
		e, found := s.Interface(id)
		if !found {
			t.Fatalf("the record of %s: no interface %s", name, id)
		}
		r := record.Result{Name: name, State: record.State(state), Detail: detail, Want: wanted(e)}
		switch cause := record.Cause(state); cause {
		case record.CauseThrottled, record.CauseDenied, record.CauseOutOfTime, record.CauseUnavailable, record.CauseRefused,
			record.CauseForeignZone, record.CauseAmbiguousZone:
			r.State, r.Cause = record.Unverified, cause
		}
		names[id] = append(names[id], r)
	}
	settings := readiness.Settings{Policy: policy, AlertsUnsubscribed: a.unsubscribed, ProbeVPC: a.probeVPC, StartKeys: a.startKeys}
	return readiness.Inspect(s, names, settings, worldtext.Now())
}

func wanted(e inventory.Interface) []netip.Addr {
	var list []netip.Addr
	for _, address := range e.Addresses {
		list = append(list, address.IP)
	}
	return list
}

// show writes a result for the files in testdata: a verdict for each interface, what each group survives, and the
// findings with their texts.
func show(r readiness.Result) string {
	var b strings.Builder
	for _, v := range r.Interfaces {
		b.WriteString(showVerdict(v))
	}
	for _, g := range r.Groups {
		fmt.Fprintf(&b, "group %s: %d of %d ready, members %d, losses %d", g.Group, g.Ready, g.Interfaces, g.Members, g.Losses)
		if g.LossesNote != "" {
			fmt.Fprintf(&b, " %s", g.LossesNote)
		}
		if g.Weakest != "" {
			fmt.Fprintf(&b, ", weakest %s", g.Weakest)
		}
		b.WriteString("\n")
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s %s %s", f.Severity, f.ID, f.Resource)
		if f.Group != "" && f.Group != f.Resource {
			fmt.Fprintf(&b, ", group %s", f.Group)
		}
		if len(f.Instances) > 0 {
			fmt.Fprintf(&b, ", instances %s", strings.Join(f.Instances, " "))
		}
		fmt.Fprintf(&b, "\n    %s\n    %s\n", f.Problem, f.Action)
	}
	return b.String()
}

func showVerdict(v readiness.Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s on %s", v.Interface, cmp.Or(v.Holder, "no instance"))
	if !v.Served {
		b.WriteString(", unserved")
	}
	fmt.Fprintf(&b, ": %s, %s", v.Trigger, v.Outcome)
	if v.Reason != "" {
		fmt.Fprintf(&b, " (%s)", v.Reason)
	}
	if v.Outcome == plan.OutcomePlanned {
		fmt.Fprintf(&b, " -> %s index %d", v.To, v.DeviceIndex)
	}
	b.WriteString("\n")
	for _, c := range v.Candidates {
		fmt.Fprintf(&b, "    %s", c.Instance)
		if c.Start {
			b.WriteString(" (to be started)")
		}
		if !c.Eligible {
			fmt.Fprintf(&b, " %s", c.Reason)
		}
		if len(c.Unknown) > 0 {
			fmt.Fprintf(&b, " (unknown: %s)", strings.Join(c.Unknown, ", "))
		}
		b.WriteString("\n")
	}
	return b.String()
}
