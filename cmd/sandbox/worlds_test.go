package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Every world in examples/ shows what docs/world.md says of it.
func TestSampleWorlds(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: their detaches and attaches take as long as EC2's")
	}
	t.Parallel()
	const first = "i-0000000000000000a"
	wants := map[string]struct {
		args, env []string
		status    int
		want      conclusion
		says      []string
	}{
		"healthy-pair.json":         {[]string{"-interrupt", first}, nil, exitOK, conclusion{Outcome: plan.OutcomeMoved}, []string{"record db.corp.internal: ok"}},
		"no-standby.json":           {[]string{"-interrupt", first}, nil, exitFailed, conclusion{plan.OutcomeStranded, plan.ReasonNoStandby}, []string{"stopped"}},
		"scaling-group-of-one.json": {[]string{"-event", "events/sweep-scheduler.json"}, nil, exitOK, conclusion{Outcome: plan.OutcomeAttached}, []string{"i-0000000000000000b (nat)"}},
		"two-groups.json":           {[]string{"-interrupt", first}, nil, exitOK, conclusion{Outcome: plan.OutcomeMoved}, []string{"(host-c)"}},
		"denied.json":               {[]string{"-interrupt", first}, nil, exitFailed, conclusion{plan.OutcomeFailed, plan.ReasonDenied}, []string{"allow ec2:DetachNetworkInterface"}},
		"cold-standby.json": {
			[]string{"-interrupt", first},
			[]string{"START_STANDBYS=true", "START_SETTLE=1s"},
			exitOK,
			conclusion{Outcome: plan.OutcomeMoved},
			[]string{
				"chosen i-0000000000000000c (db-c)", "startable i-0000000000000000b (db-b)", "cold-spot i-0000000000000000d (db-d)",
				"to i-0000000000000000c (db-c), which was started", "after the event: start ",
			},
		},
		"hung-guest.json": {[]string{"-interrupt", first}, []string{"DETACH_GRACE=1s"}, exitOK, conclusion{Outcome: plan.OutcomeMoved}, []string{", by force"}},
	}
	files, err := filepath.Glob("../../examples/worlds/*.json")
	if err != nil || len(files) != len(wants) {
		t.Errorf("%d worlds, want %d (%v)", len(files), len(wants), err)
	}
	doc, err := os.ReadFile("../../docs/world.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			t.Parallel() // they take their time
			w, ok := wants[name]
			if !ok || !strings.Contains(string(doc), "| `"+name+"` |") {
				t.Fatal("this world is not in the table, or not in docs/world.md")
			}
			r := sandbox(t, "", w.env, append(w.args, "-world", file)...)
			if got := r.report(t); r.status != w.status || got != w.want {
				t.Errorf("status %d, %v; want %d, %v\n%s%s", r.status, got, w.status, w.want, r.out, r.err)
			}
			for _, text := range w.says {
				if !strings.Contains(flat(r.out), text) {
					t.Errorf("%q is not on the page\n%s", text, r.out)
				}
			}
			checkPage(t, r.out)
		})
	}
}

// A terminated holder keeps its interfaces until it has ended. With the times of EC2 that takes 20 seconds.
func TestTerminatedHolder(t *testing.T) {
	t.Parallel()
	r := sandbox(t, "", nil, "-world", worldFile(t, fastWorld(t)), "-terminate", holderID)
	if got := r.report(t); r.status != exitOK || got != (conclusion{Outcome: plan.OutcomeMoved}) || !strings.Contains(flat(r.out), "IncorrectState") {
		t.Errorf("status %d, %v\n%s%s", r.status, got, r.out, r.err)
	}
}

// A rehearsal finds a missing permission, too.
func TestRehearsalOfADeniedMove(t *testing.T) {
	t.Parallel()
	r := sandbox(t, "", nil, "-world", "../../examples/worlds/denied.json", "-event", "events/rehearsal.json")
	if !strings.Contains(r.out, "UnauthorizedOperation") {
		t.Errorf("status %d\n%s%s", r.status, r.out, r.err)
	}
}

// A change is a sample with the ids of the account.
func TestChangesAreEvents(t *testing.T) {
	w := fastWorld(t)
	w.Region, w.Account, w.Instances, w.Interfaces = "eu-central-1", "210987654321", w.Instances[:1], nil
	w.Instances[0].AZ, w.Zones = "eu-central-1a", nil
	w.Instances[0].ID, w.Instances[0].SpotBehavior = "i-0fedcba9876543210", "stop"
	for flag, want := range map[string]trigger.Kind{
		"interrupt": trigger.KindSpotInterruption, "stop": trigger.KindStopping, "terminate": trigger.KindShuttingDown,
	} {
		e, err := change{flag, changeSamples()[flag], "i-0fedcba9876543210"}.event(w)
		if err != nil {
			t.Fatal(err)
		}
		got, err := trigger.Parse(e.Data)
		if err != nil || got.Kind != want || got.Instance != "i-0fedcba9876543210" || got.Region != "eu-central-1" || got.Account != "210987654321" || got.Time.IsZero() {
			t.Errorf("%s: %+v, %v", flag, got, err)
		}
		for _, of := range []string{"eu-west-1", "123456789012\"", holderID} {
			if strings.Contains(string(e.Data), of) {
				t.Errorf("%s: %s of the sample has stayed:\n%s", flag, of, e.Data)
			}
		}
		if flag == "interrupt" && !strings.Contains(string(e.Data), `"instance-action": "stop"`) {
			t.Errorf("an interruption that stops:\n%s", e.Data)
		}
	}
}

// An event of another account or Region, or about nothing in this account, comes with the way to one that is.
func TestAdviceForEventsOfAnother(t *testing.T) {
	const advice = "-interrupt, -stop or -terminate with one of"
	world := fastWorld(t)
	world.Region, world.Zones = "us-east-1", nil
	for i := range world.Instances {
		world.Instances[i].AZ = strings.Replace(world.Instances[i].AZ, "eu-west-1", "us-east-1", 1)
	}
	r := sandbox(t, "", nil, "-world", worldFile(t, world))
	if r.status != exitFailed || !strings.Contains(flat(r.out), advice+" "+holderID+".") {
		t.Errorf("another region: status %d\n%s%s", r.status, r.out, r.err)
	}
	pair := "../../examples/worlds/healthy-pair.json"
	if r := sandbox(t, "", nil, "-world", pair); r.report(t).Outcome != plan.OutcomeIgnored || !strings.Contains(flat(r.out), advice+" i-0000000000000000a.") {
		t.Errorf("other ids: status %d\n%s%s", r.status, r.out, r.err)
	}
	if r := sandbox(t, "", nil, "-world", worldFile(t, fastWorld(t))); strings.Contains(flat(r.out), advice) {
		t.Errorf("advice where there is no need\n%s", r.out)
	}
}
