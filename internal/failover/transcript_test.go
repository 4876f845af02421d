package failover_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

var update = flag.Bool("update", false, "rewrite the golden transcripts in testdata")

// TestTranscripts tells the main stories call by call, so that a diff shows order and timing.
func TestTranscripts(t *testing.T) {
	stories := map[string]struct {
		world  func() awssim.World
		faults func(*lab) []faultRule
		event  func() []byte
		limit  time.Duration
	}{
		"irrelevant": {world: func() awssim.World { return oneStandby() }, event: func() []byte { return spotWarning("9") }},
		"spot": {
			world: func() awssim.World { return twoStandbys(withRecord(dnsName, "10.0.0.5")) },
			event: func() []byte { return spotWarning("1") },
		},
		"two-interfaces": {
			world: func() awssim.World { return twoStandbys(withInterfaces(eni("b", "1", atIndex(2)))) },
			event: func() []byte { return spotWarning("1") },
		},
		"next-candidate": {
			world: func() awssim.World {
				return twoStandbys(func(w *awssim.World) { w.Instances[1].RefuseAttach = "UnsupportedOperation" })
			},
			event: func() []byte { return spotWarning("1") },
		},
		"hung-guest": {world: func() awssim.World { return twoStandbys(withHolder(hungGuest)) }, event: func() []byte { return spotWarning("1") }},
		"stopping": {
			world: func() awssim.World { return twoStandbys(withHolder(inState("stopping"))) },
			faults: func(l *lab) []faultRule {
				l.sim.After(20*time.Second, func(w *awssim.World) { w.Instances[0].State = "stopped" })
				return nil
			},
			event: func() []byte { return stateChange("1", "stopping") },
		},
		"unattached": {
			world: func() awssim.World { return twoStandbys(func(w *awssim.World) { w.Interfaces[0].Attachment = nil }) },
			event: func() []byte { return stateChange("2", "running") },
		},
		"manual": {world: func() awssim.World { return onDemandGroup() }, event: func() []byte { return request(fields{"group": "db", "target": instanceID("4")}) }},
		"manual-dry-run": {
			world: func() awssim.World { return onDemandGroup() },
			event: func() []byte { return request(fields{"group": "db", "dryRun": true}) },
		},
		"returned": {
			world: func() awssim.World { return onDemandGroup() },
			faults: func(*lab) []faultRule {
				return []faultRule{{action: attachCall, when: func(c awssim.Call) bool { return !toInstance("1")(c) }, fault: awssim.Fault{Code: "AttachmentLimitExceeded"}}}
			},
			event: func() []byte { return request(fields{"group": "db"}) },
		},
		"lost-replies": {
			world: func() awssim.World { return twoStandbys() },
			faults: func(*lab) []faultRule {
				return []faultRule{
					{action: detachCall, times: 1, fault: awssim.Fault{LoseReply: true}},
					{action: attachCall, times: 1, fault: awssim.Fault{LoseReply: true}},
				}
			},
			event: func() []byte { return spotWarning("1") },
		},
		"out-of-time": {
			world: func() awssim.World { return onDemandGroup(withHolder(hungGuest)) }, limit: 20 * time.Second,
			event: func() []byte { return request(fields{"group": "db"}) },
		},
	}
	for _, name := range slices.Sorted(maps.Keys(stories)) {
		story := stories[name]
		got := ""
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, story.world(), "EVENT_BUS", "")
			if story.faults != nil {
				l.injectFaults(story.faults(l)...)
			}
			limit := story.limit
			if limit == 0 {
				limit = 5 * time.Minute
			}
			r, err := l.sendFor(limit, story.event())
			got = l.transcript() + "\n" + show(r) + "\n"
			if err != nil {
				got += fmt.Sprintf("\n%T: %v\n", err, err)
			}
		})
		path := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		golden, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(golden), got); d != "" {
			t.Errorf("%s (run with -update if this is wanted):\n%s", name, d)
		}
	}
}

// transcript lists the calls with their virtual time from the start. Equal looks in a row are one line.
func (l *lab) transcript() string {
	var b strings.Builder
	looks := 0
	var last time.Duration
	flush := func() {
		if looks > 0 {
			fmt.Fprintf(&b, "%9s  … %d more looks\n", last, looks)
		}
		looks = 0
	}
	before := ""
	for _, c := range l.sim.Calls() {
		at := c.Time.Sub(l.started).Round(time.Millisecond)
		line := c.Action
		for _, name := range slices.Sorted(maps.Keys(c.Params)) {
			if name != "MaxResults" {
				line += " " + strings.TrimPrefix(name, "Filter.1.") + "=" + strings.Join(c.Params[name], ",")
			}
		}
		line += fmt.Sprintf(" → %d", c.Status)
		if c.Code != "" {
			line += " " + c.Code
		}
		if c.Lost != "" {
			line += fmt.Sprintf(" (%s)", c.Lost)
		}
		if line == before && isPoll(c) {
			looks, last = looks+1, at
			continue
		}
		flush()
		before = line
		fmt.Fprintf(&b, "%9s  %s\n", at, line)
	}
	flush()
	return b.String()
}
