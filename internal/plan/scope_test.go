package plan_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

func showSelection(s plan.Selection) string {
	words := func(list []string) string { return strings.Join(list, ",") }
	certain := ""
	if s.OnlyIfMember == "" && len(s.Interfaces) > 0 {
		certain = " certain"
	}
	return fmt.Sprintf("%s | groups %s | zones %s | instances %s%s", words(s.Interfaces), words(s.Groups), words(s.AvailabilityZones), words(s.Instances), certain)
}

const noScope = " | groups  | zones  | instances "

// TestSelect: what the interfaces alone tell about an event. "The common case in a busy account is an event about an
// instance that has nothing to do with us: it costs one API call (two while some managed interface is unattached)".
func TestSelect(t *testing.T) {
	const (
		held     = "eni-1 on=i-a\neni-2 on=i-b az=b group=web"
		released = "eni-1 on=i-b status=detaching\neni-2 az=b group=web\neni-3 on=i-b\neni-4 status=detached on=i-c group=app"
		faulty   = "eni-1 on=i-a group=-"
	)
	tests := []struct{ interfaces, line, groups, want string }{
		// Events about an instance: the interfaces that are attached to it, in whatever status, and all released ones,
		// because the groups of the instance are not known yet.
		{held, "spot-interruption i-a", "", "eni-1 | groups db | zones a | instances i-a certain"},
		{held, "stopping i-a", "", "eni-1 | groups db | zones a | instances i-a certain"},
		{held, "stopped i-b", "", "eni-2 | groups web | zones b | instances i-b certain"},
		{held, "shutting-down i-a", "", "eni-1 | groups db | zones a | instances i-a certain"},
		{held, "terminated i-a", "", "eni-1 | groups db | zones a | instances i-a certain"},
		{held, "lifecycle i-a", "", "eni-1 | groups db | zones a | instances i-a certain"},
		{held, "rebalance i-a", "", "eni-1 | groups db | zones a | instances i-a certain"},
		{held, "alarm i-a", "", "eni-1 | groups db | zones a | instances i-a certain"},
		{held, "stopped i-x", "", noScope},
		{held, "alarm i-x", "", noScope},
		{"", "stopped i-a", "", noScope},
		{released, "stopped i-x", "", "eni-1,eni-2,eni-4 | groups app,db,web | zones a,b | instances i-b,i-c,i-x"},
		{released, "lifecycle i-x", "", "eni-1,eni-2,eni-4 | groups app,db,web | zones a,b | instances i-b,i-c,i-x"},
		{released, "alarm i-x", "", "eni-1,eni-2,eni-4 | groups app,db,web | zones a,b | instances i-b,i-c,i-x"},
		{released, "stopped i-b", "", "eni-1,eni-2,eni-3,eni-4 | groups app,db,web | zones a,b | instances i-b,i-c certain"},
		{"eni-1 on=i-a status=attaching", "stopped i-a", "", "eni-1 | groups db | zones a | instances i-a certain"},
		{"eni-1 on=i-a paused", "stopped i-a", "", "eni-1 | groups db | zones a | instances i-a certain"},
		{faulty, "stopped i-x", "", noScope},

		// An instance that came up: the interfaces of its groups.
		{held, "running i-c", "db", "eni-1 | groups db | zones a | instances i-a,i-c certain"},
		{held, "running i-c", "db,web", "eni-1,eni-2 | groups db,web | zones a,b | instances i-a,i-b,i-c certain"},
		{held, "running i-c", "app", noScope},
		{released, "running i-c", "db", "eni-1,eni-3 | groups db | zones a | instances i-b,i-c certain"},
		{faulty, "running i-c", "db", noScope},

		// Named by the probe: the instance of a verdict matters only if nothing else shows where the interface was.
		{held, "unreachable eni-1/eni-attach-1/i-a eni-9", "", "eni-1 | groups db | zones a | instances i-a certain"},
		{held, "unreachable eni-1/eni-attach-0/i-x", "", "eni-1 | groups db | zones a | instances i-a certain"},
		{held, "unreachable eni-2 eni-1", "", "eni-1,eni-2 | groups db,web | zones a,b | instances i-a,i-b certain"},
		{held, "unreachable eni-9", "", noScope},
		{released, "unreachable eni-1/eni-attach-1/i-a eni-2/eni-attach-2/i-x", "", "eni-1,eni-2 | groups db,web | zones a,b | instances i-a,i-b,i-x certain"},
		{held, "reached eni-1/eni-attach-1", "", noScope},

		// Named by an alarm or a request.
		{held, "alarm interface=eni-2", "", "eni-2 | groups web | zones b | instances i-b certain"},
		{held, "alarm group=db", "", "eni-1 | groups db | zones a | instances i-a certain"},
		{released, "alarm group=db", "", "eni-1,eni-3 | groups db | zones a | instances i-b certain"},
		{held, "manual group=web", "", "eni-2 | groups web | zones b | instances i-b certain"},
		{held, "manual group=web from=i-c target=i-d", "", "eni-2 | groups web | zones b | instances i-b,i-c,i-d certain"},
		{held, "manual interface=eni-1 target=i-a", "", "eni-1 | groups db | zones a | instances i-a certain"},
		{held, "manual interface=eni-9 target=i-a", "", noScope},
		{held, "manual group=app", "", noScope},
		{released, "manual group=app", "", "eni-4 | groups app | zones a | instances i-c certain"},
		{faulty, "manual group=db", "", noScope},

		// Schedules: all interfaces.
		{held, "sweep", "", "eni-1,eni-2 | groups db,web | zones a,b | instances i-a,i-b certain"},
		{held, "rehearsal", "", "eni-1,eni-2 | groups db,web | zones a,b | instances i-a,i-b certain"},
		{"", "sweep", "", noScope},

		// A Health event: the interfaces of the holders that it names.
		{held, "health i-a i-x", "", "eni-1 | groups db | zones a | instances i-a,i-x certain"},
		{held, "health i-x", "", noScope},
		{released, "health i-x", "", noScope},
		{held, "unknown", "", noScope},
	}
	for _, tt := range tests {
		s, _ := lines(tt.interfaces).build(t)
		var groups []string
		if tt.groups != "" {
			groups = strings.Split(tt.groups, ",")
		}
		if got := showSelection(plan.ScopeOf(readTrigger(t, tt.line)).Select(s.Interfaces, groups)); got != tt.want {
			t.Errorf("%s of\n%s\nselects %s\nwant    %s", tt.line, tt.interfaces, got, tt.want)
		}
	}
}

// TestScopeOfReplan: what a new plan has to know about interfaces that are unattached by then.
func TestScopeOfReplan(t *testing.T) {
	s, _ := lines("eni-1", "eni-2 az=b group=web", "eni-3 on=i-c", "eni-4 on=i-d group=app").build(t)
	for _, tt := range []struct {
		ids, instances []string
		want           string
	}{
		{[]string{"eni-1"}, []string{"i-a"}, "eni-1 | groups db | zones a | instances i-a certain"},
		{[]string{"eni-2", "eni-1"}, []string{"i-b", "", "i-a", "i-b"}, "eni-1,eni-2 | groups db,web | zones a,b | instances i-a,i-b certain"},
		{[]string{"eni-3"}, []string{""}, "eni-3 | groups db | zones a | instances i-c certain"},
		{[]string{"eni-9"}, []string{"i-a"}, noScope}, // it was deleted
		{nil, []string{"i-a"}, noScope},
	} {
		if got := showSelection(plan.ScopeOfReplan(tt.ids, tt.instances).Select(s.Interfaces, nil)); got != tt.want {
			t.Errorf("%v and %v select %s\nwant   %s", tt.ids, tt.instances, got, tt.want)
		}
	}
}

// TestScopeIsEnough: the plan is the same on a snapshot that holds only what the scope selects: the members of its
// groups, and the instances that it names.
func TestScopeIsEnough(t *testing.T) {
	random(t, *rounds/4, func(t *testing.T, r *rand.Rand) {
		s := crowdedSnapshot(r, true)
		tr := randomTrigger(r)
		var groups []string
		if tr.Kind == trigger.KindRunning {
			groups = s.Instances[tr.Instance].Groups
		}
		scope := plan.ScopeOf(tr).Select(s.Interfaces, groups)
		want := plan.Decide(tr, s, policyOfOracle, now)
		cut := s
		cut.Instances = map[string]inventory.Instance{}
		for _, group := range scope.Groups {
			for _, in := range s.MembersByGroup()[group] {
				cut.Add(*in)
			}
		}
		for _, id := range scope.Instances {
			if in, ok := s.Instances[id]; ok {
				cut.Add(in)
			}
		}
		if in, ok := s.Instances[tr.Instance]; ok && len(scope.Groups) == 0 && tr.Kind == trigger.KindRunning {
			cut.Add(in) // it was asked for first
		}
		got := plan.Decide(tr, cut, policyOfOracle, now)
		if len(scope.Groups) == 0 {
			settled := tr.Kind == trigger.KindRunning || len(tr.Answered) > 0 // by the interfaces alone
			if placed(want) > 0 || (len(want.Items) > 0 && !settled) {
				t.Errorf("%+v concerns nothing by what it selects, and yet\n%s", tr, show(want))
			}
			return
		}
		if show(got) != show(want) {
			t.Errorf("%+v: planned\n%sand, on what is selected (%s),\n%s", tr, show(want), showSelection(scope), show(got))
		}
	})
}

// randomProbed says something of an interface: of its attachment (see attach), of another one, or of none.
func randomProbed(r *rand.Rand, id, instance string) trigger.ProbedInterface {
	return trigger.ProbedInterface{
		Interface: id, Attachment: mostly(r, "eni-attach-"+id, "", "eni-attach-before"), Instance: mostly(r, "", instance), Unconfirmed: r.IntN(4) == 0,
	}
}

func randomTrigger(r *rand.Rand) trigger.Trigger {
	tr := trigger.Trigger{Time: now, Kind: pick(r, trigger.KindStopped, trigger.KindLifecycle, trigger.KindRunning, trigger.KindSweep, trigger.KindManual, trigger.KindAlarm, trigger.KindHealth, trigger.KindRehearsal, trigger.KindUnreachable, trigger.KindReached)}
	instance := fmt.Sprintf("i-%d", r.IntN(4))
	switch tr.Kind { //nolint:exhaustive // the others are about one instance
	case trigger.KindManual, trigger.KindAlarm:
		tr.Alarm.Since = now
		if r.IntN(2) == 0 {
			tr.Group = pick(r, "db", "web", "app")
		} else {
			tr.Interface = fmt.Sprintf("eni-%d", r.IntN(5))
		}
		if tr.Kind == trigger.KindManual && r.IntN(2) == 0 {
			tr.From = instance
		}
		if tr.Kind == trigger.KindManual && r.IntN(2) == 0 {
			tr.Target = fmt.Sprintf("i-%d", r.IntN(4))
		}
	case trigger.KindHealth:
		tr.Instances = []string{instance, "i-9"}
	case trigger.KindUnreachable, trigger.KindReached:
		for k := range 1 + r.IntN(2) {
			p := randomProbed(r, fmt.Sprintf("eni-%d", 2*k+r.IntN(2)), instance)
			if tr.Kind == trigger.KindUnreachable && (k == 0 || r.IntN(2) == 0) {
				tr.Unanswered = append(tr.Unanswered, p)
			}
			if tr.Kind == trigger.KindReached || r.IntN(4) == 0 {
				p.Attachment = cmp.Or(p.Attachment, "eni-attach-before")
				tr.Answered = append(tr.Answered, p)
			}
		}
	case trigger.KindSweep, trigger.KindRehearsal:
	default:
		tr.Instance = instance
	}
	return tr
}
