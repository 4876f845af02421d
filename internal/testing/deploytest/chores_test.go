package deploytest_test

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// chore is what a person does without an alarm: the account before it, and what must be true of the account after it.
type chore struct {
	world []func(*awssim.World)
	done  func(a *incidentLab, w awssim.World) bool
}

// otherAddress is where the page brings the service up while its zone is impaired.
const otherAddress = "10.0.16.7"

func chores() map[string]chore {
	on := func(instance string) func(*incidentLab, awssim.World) bool {
		return func(_ *incidentLab, w awssim.World) bool {
			at := w.Interfaces[0].Attachment
			return at != nil && at.Instance == instance
		}
	}
	isPaused := func(_ *incidentLab, w awssim.World) bool {
		_, tagged := w.Interfaces[0].Tags["eni-failover:paused"]
		return tagged
	}
	isOn := func(a *incidentLab, _ awssim.World) bool {
		_, reserved := a.functions.Reserved(physical("FailoverFunction"))
		return !reserved
	}
	startedLongAgo := func(w *awssim.World) { w.Instances[1].LaunchTime = time.Now().Add(-2 * time.Hour) }
	onStandby := func(w *awssim.World) { w.Interfaces[0].Attachment.Instance = standby }
	return map[string]chore{
		"fail-back":        {world: []func(*awssim.World){onStandby}, done: on(holder)},
		"maintenance-move": {done: on(standby)},
		"pause":            {done: isPaused},
		// The holder has stopped in the meantime: the next sweep moves the interface.
		"unpause": {world: []func(*awssim.World){paused, inState("stopped")}, done: func(a *incidentLab, w awssim.World) bool {
			a.send(sweep())
			return !isPaused(a, w) && on(standby)(a, a.sim.World())
		}},
		"drill-dry-run": {done: func(a *incidentLab, w awssim.World) bool {
			return on(holder)(a, w) && a.lastInvocation().report["outcome"] == "planned"
		}},
		"drill-move":        {done: on(standby)},
		"drill-back":        {world: []func(*awssim.World){onStandby}, done: on(holder)},
		"off-and-on":        {done: isOn},
		"deploy-off-and-on": {done: isOn},
		"deploy-move":       {done: on(standby)},
		// The page pauses, and ends that.
		"deploy-pause": {world: []func(*awssim.World){paused}, done: func(a *incidentLab, w awssim.World) bool { return !isPaused(a, w) }},
		"cold-back": {world: []func(*awssim.World){onStandby}, done: func(a *incidentLab, w awssim.World) bool {
			return on(holder)(a, w) && w.Instances[1].State != "running"
		}},
		// The standby holds nothing, and was started long ago.
		"cold-schedule": {world: []func(*awssim.World){startedLongAgo}, done: func(_ *incidentLab, w awssim.World) bool { return w.Instances[1].State != "running" }},
		// EC2 still says that the holder runs, so without the pause the sweep would put the record back.
		"zone": {world: []func(*awssim.World){standbyStopped}, done: func(a *incidentLab, w awssim.World) bool {
			a.send(sweep())
			return isPaused(a, w) && slices.Equal(addressesOf(a.sim.World()), []string{otherAddress})
		}},
	}
}

// addressesOf are the addresses that the service's name has.
func addressesOf(w awssim.World) []string {
	for _, r := range w.Zones[0].Records {
		if strings.TrimSuffix(r.Name, ".") == recordName && r.Type == "A" {
			return r.Values
		}
	}
	return nil
}

// choresOf is a page with the names of this account in place of its own.
func choresOf(text string) page {
	return page(strings.NewReplacer("FAILOVER_FUNCTION_NAME", "$FUNCTION", "ENI_ID", eniID).Replace(text))
}

// Each chore of docs/runbook.md and of other pages does what the page says, by the page's commands.
func TestChores(t *testing.T) {
	t.Setenv(awssim.ActionsVariable, "") // a person's calls are not the function's, whose role needs none of them
	cli := awsCLI(t)
	page := runbook(t)
	for _, name := range []string{"drill.md", "deploy.md", "cold-standby.md"} {
		page += choresOf(readFile(t, filepath.Join(root, "docs", name)))
	}
	var named []string
	for _, m := range regexp.MustCompile(`(?m)^<!-- chore: (\S+) -->$`).FindAllStringSubmatch(string(page), -1) {
		named = append(named, m[1])
	}
	slices.Sort(named)
	if want := slices.Sorted(maps.Keys(chores())); !slices.Equal(named, want) {
		t.Fatalf("the pages have the chores %q; want %q", named, want)
	}
	for name, c := range chores() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab := incident{world: append([]func(*awssim.World){readyAccount, namedInstances}, c.world...)}
			a := newIncidentLab(t, deploy(t, "RecordZones="+zoneID, "RepairRecords=true"), lab, cli)
			if c.done(a, a.sim.World()) && !strings.HasSuffix(name, "off-and-on") {
				t.Fatal("it is done before anything was typed")
			}
			output := a.runCommands(page.fence(t, "chore", name))
			if !c.done(a, a.sim.World()) {
				t.Errorf("it is not done\n%s", output)
			}
		})
	}
}
