package deploytest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// incident is a night of docs/runbook.md: an account in which something is wrong, the event that tells of it, and
// the alarm that wakes somebody. The page has the rest: the text that is seen, the commands, and what follows.
type incident struct {
	alarm string // that sounds; empty: none, the address is attached and yet nobody reaches the service
	table int    // of the dashboard, from the top, that has the text as a row

	parameters []string // of the deployment
	lost       string   // the permission that the role has lost
	world      []func(*awssim.World)
	event      func() []byte
	timeout    time.Duration // of the function; default: the template's
	mailed     bool          // whether the event fails, so that Lambda sends an e-mail of it
}

const (
	upper, lower = 0, 1 // the dashboard's tables
	theENIOnA    = "eni-attach-0a1b2c3d4e5f60001"
)

func incidents() map[string]incident {
	dead := []func(*awssim.World){wellMade, titled, inState("stopped")}
	return map[string]incident{
		"no-standby": {
			alarm: "StrandedAlarm", table: lower,
			world: []func(*awssim.World){wellMade, titled, inState("terminated"), without, unattached}, event: sweep,
		},
		"paused":           {alarm: "UnservedAlarm", table: lower, world: append(dead, paused), event: sweep},
		"dry-run":          {alarm: "UnservedAlarm", table: lower, parameters: []string{"DryRun=true"}, world: dead, event: sweep},
		"group-not-served": {alarm: "UnservedAlarm", table: lower, parameters: []string{"Groups=web"}, world: dead, event: sweep},
		"stuck-detaching": {
			alarm: "FailoverFailedAlarm", table: upper, parameters: []string{"DetachGrace=1s"},
			world: []func(*awssim.World){wellMade, titled, hung}, event: request, timeout: 5 * time.Second, mailed: true,
		},
		"cool-down": {
			alarm: "FailoverFailedAlarm", table: upper,
			world: []func(*awssim.World){wellMade, titled, impaired, justAttached}, event: alarm,
		},
		"permission-denied": {
			alarm: "PermissionDeniedAlarm", table: upper, lost: "ec2:DetachNetworkInterface",
			world: []func(*awssim.World){wellMade, titled}, event: rehearsal, mailed: true,
		},
		"wrong-record": {
			alarm: "WrongRecordAlarm", table: lower, parameters: []string{"RecordZones=" + theZone},
			world: []func(*awssim.World){wellMade, titled, misled}, event: rehearsal,
		},
		"unreachable": {world: []func(*awssim.World){wellMade, titled}, event: request, table: upper},
	}
}

// Each incident of the page, from the alarm to the end: the built function says what the page shows, in the metric
// that the alarm watches and in the table of the dashboard; the page's commands, run as they stand, put it right.
func TestRunbook(t *testing.T) {
	t.Setenv(awssim.ActionsVariable, "") // a person's calls are not the function's, whose role needs none of them
	cli := awsCLI(t)
	page := runbook(t)
	remedy := regexp.MustCompile(`{"networkInterfaceId"[^}]*}|aws [^;]*'`) // that a row gives to be sent or typed
	if got := page.names(); !slices.Equal(got, slices.Sorted(maps.Keys(incidents()))) {
		t.Fatalf("the page plays %q; want %q", got, slices.Sorted(maps.Keys(incidents())))
	}
	for name, night := range incidents() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := deploy(t, night.parameters...)
			a := newNight(t, s, night, cli)
			told := a.send(night.event())
			row, commands := page.fence(t, "seen", name), page.fence(t, "played", name)
			a.seen(told, row)
			if given := remedy.FindString(row); !strings.Contains(commands, given) {
				t.Errorf("the row gives %s, and the page does not use it: %s", given, commands)
			}

			said := a.typed(commands)
			want := page.expected(t, name)
			after := a.after(want, said)
			if !contains(after.report, want) {
				t.Errorf("afterwards: %s\nthe page says: %s", show(after.report), show(want))
			}
			if a.sounds(after) {
				t.Errorf("%s still sounds: %s", night.alarm, show(after.report))
			}
		})
	}
}

// toldOf is what is known of one invocation: the report as the log line has it, and the metrics.
type toldOf struct {
	report  map[string]any
	metrics map[metric][]float64
	error   string // as the caller and the e-mail have it
}

// sounds reports whether the alarm that the incident is about would sound for an invocation.
func (a *night) sounds(told toldOf) bool {
	if a.alarm == "" {
		return false
	}
	metrics, how := watched(a.stack, a.alarm)
	if strings.Contains(how, "<") {
		a.t.Fatalf("%s is about a lack: %s", a.alarm, how)
	}
	return slices.ContainsFunc(metrics, func(m metric) bool {
		return slices.ContainsFunc(told.metrics[m], func(v float64) bool { return v >= 1 })
	})
}

// seen checks that a person sees what the page shows: the alarm, the row of the dashboard, and the e-mail.
func (a *night) seen(told toldOf, want string) {
	a.t.Helper()
	if a.alarm != "" && !a.sounds(told) {
		a.t.Errorf("%s does not sound: %v", a.alarm, told.metrics)
	}
	for n, table := range tables(a.t, a.stack) {
		if got := holds(a.t, table.filter, told.report); got != (n == a.table) {
			a.t.Errorf("table %d has the row: %t; want %t: %s", n, got, n == a.table, show(told.report))
		}
	}
	text := fmt.Sprint(told.report["outcome"]) // where all went well, there is no more to say
	for _, field := range []string{"detail", "error"} {
		if said, ok := told.report[field].(string); ok {
			text = said
		}
	}
	if !matches(text, strings.TrimSpace(want)) {
		a.t.Errorf("the row says\n%s\nand the page\n%s", text, want)
	}
	if mailed := told.error != ""; mailed != a.mailed || (mailed && told.error != text) {
		a.t.Errorf("an e-mail of it: %t, %q; want %t, %q", mailed, told.error, a.mailed, text)
	}
}

// after is the invocation that the page expects to end the incident: one of the page's own commands, or the next
// sweep or rehearsal.
func (a *night) after(want map[string]any, said string) toldOf {
	a.t.Helper()
	switch kind := at(want, "trigger", "kind"); kind {
	case "sweep":
		return a.send(sweep())
	case "rehearsal":
		return a.send(rehearsal())
	case "manual":
		if !strings.Contains(said, fmt.Sprintf(`"outcome":%q`, want["outcome"])) {
			a.t.Errorf("the command does not print the report: %s", said)
		}
		return a.lastTold()
	default:
		a.t.Fatalf("the page expects an event of kind %v", kind)
		return toldOf{}
	}
}

// page is docs/runbook.md.
type page string

func runbook(t *testing.T) page {
	t.Helper()
	return page(readFile(t, filepath.Join(root, "docs", "runbook.md")))
}

// names are those of the incidents that the page plays, sorted.
func (p page) names() []string {
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^<!-- played: (\S+) -->$`).FindAllStringSubmatch(string(p), -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return names
}

// fence returns the fence behind the comment of a kind for an incident.
func (p page) fence(t *testing.T, kind, name string) string {
	t.Helper()
	fence := regexp.MustCompile("(?s)\n<!-- "+kind+": "+regexp.QuoteMeta(name)+" -->\n```[a-z]*\n(.*?)```\n").FindAllStringSubmatch(string(p), -1)
	if len(fence) != 1 {
		t.Fatalf("the page has %d fences %s: %s; want one", len(fence), kind, name)
	}
	return fence[0][1]
}

// expected is the part of a report that the page says ends the incident.
func (p page) expected(t *testing.T, name string) map[string]any {
	t.Helper()
	var want map[string]any
	if err := json.Unmarshal([]byte(p.fence(t, "expected", name)), &want); err != nil {
		t.Fatalf("expected: %s: %v", name, err)
	}
	return want
}

// section is what stands under a heading of the third level.
func (p page) section(t *testing.T, title string) string {
	t.Helper()
	_, rest, found := strings.Cut(string(p), "\n### "+title+"\n")
	if !found {
		t.Fatalf("the page has no section %s", title)
	}
	text, _, _ := strings.Cut(rest, "\n### ")
	return text
}

// matches compares a text with one of the page, where an ellipsis stands for what differs from time to time.
func matches(text, pattern string) bool {
	var parts []string
	for part := range strings.SplitSeq(pattern, "…") {
		parts = append(parts, regexp.QuoteMeta(part))
	}
	return regexp.MustCompile(`^` + strings.Join(parts, ".+") + `$`).MatchString(text)
}

// contains reports whether a value has all that another one has; lists may go on.
func contains(v, part any) bool {
	switch part := part.(type) {
	case map[string]any:
		for key := range part {
			if !contains(at(v, key), part[key]) {
				return false
			}
		}
		return true
	case []any:
		for n := range part {
			if !contains(at(v, n), part[n]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(v, part)
}

// An alarm's section begins with the alarm's own text, which a person has before the page; an incident is in the
// section of its alarm.
func TestRunbookHasTheAlarmsTexts(t *testing.T) {
	s, p := deploy(t), runbook(t)
	for _, id := range s.of("AWS::CloudWatch::Alarm") {
		text, _, _ := strings.Cut(s.text(t, id, "AlarmDescription"), " See http")
		quoted, _, _ := strings.Cut(strings.TrimPrefix(p.section(t, id), "\n"), "\n\n")
		if got := strings.ReplaceAll(strings.TrimPrefix(quoted, "> "), "\n> ", " "); got != text {
			t.Errorf("section %s begins with %q; want the alarm's text %q", id, got, text)
		}
	}
	for name, night := range incidents() {
		title := night.alarm
		if title == "" {
			title = "Nothing alarms, but the service is unreachable"
		}
		if !strings.Contains(p.section(t, title), "<!-- played: "+name+" -->") {
			t.Errorf("%s is not played in the section %s", name, title)
		}
	}
}
