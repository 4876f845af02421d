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

// incident is an incident of docs/runbook.md: an account in which something is wrong, the event that reports it, and the
// alarm that sounds. The page has the rest: the text that a person sees, the commands, and the report at the end.
type incident struct {
	alarm string // empty: none sounds, the interface is attached, and the service is not reachable
	table int    // the dashboard's table that has the text as a row

	parameters []string // of the deployment
	lost       string   // the permission that the role has lost
	world      []func(*awssim.World)
	event      func() []byte
	timeout    time.Duration // of the function; default: the template's
	fails      bool          // the event ends with an error, which has the text
	mailed     bool          // an e-mail has the text
}

const (
	eventsTable, schedulesTable = 0, 1 // the dashboard's tables
	attachmentID                = "eni-attach-0a1b2c3d4e5f60001"
)

func incidents() map[string]incident {
	dead := []func(*awssim.World){readyAccount, namedInstances, inState("stopped")}
	return map[string]incident{
		"no-standby": {
			alarm: "StrandedAlarm", table: schedulesTable,
			world: []func(*awssim.World){readyAccount, namedInstances, inState("terminated"), standbyStopped, unattached}, event: sweep,
		},
		"paused":           {alarm: "UnservedAlarm", table: schedulesTable, world: append(dead, paused), event: sweep},
		"dry-run":          {alarm: "UnservedAlarm", table: schedulesTable, parameters: []string{"DryRun=true"}, world: dead, event: sweep},
		"group-not-served": {alarm: "UnservedAlarm", table: schedulesTable, parameters: []string{"Groups=web"}, world: dead, event: sweep},
		"stuck-detaching": {
			alarm: "FailoverFailedAlarm", table: eventsTable, parameters: []string{"DetachGrace=1s"},
			world: []func(*awssim.World){readyAccount, namedInstances, hungGuest}, event: request, timeout: 24 * time.Second, fails: true, mailed: true,
		},
		"cool-down": {
			alarm: "FailoverFailedAlarm", table: eventsTable,
			world: []func(*awssim.World){readyAccount, namedInstances, impaired, justAttached}, event: alarm,
		},
		"permission-denied": {
			alarm: "PermissionDeniedAlarm", table: eventsTable, lost: "ec2:DetachNetworkInterface",
			world: []func(*awssim.World){readyAccount, namedInstances}, event: rehearsal, fails: true,
		},
		"wrong-record": {
			alarm: "WrongRecordAlarm", table: schedulesTable, parameters: []string{"RecordZones=" + zoneID},
			world: []func(*awssim.World){readyAccount, namedInstances, wrongRecord}, event: rehearsal,
		},
		"unreachable": {world: []func(*awssim.World){readyAccount, namedInstances}, event: request, table: eventsTable},
	}
}

// Each incident of the page, from the alarm to the end: the built function reports what the page shows, in the metric that
// the alarm watches and in the table of the dashboard. The page's commands, run unchanged, repair it.
func TestRunbook(t *testing.T) {
	t.Setenv(awssim.ActionsVariable, "") // a person's calls are not the function's, whose role needs none of them
	cli := awsCLI(t)
	page := runbook(t)
	remedy := regexp.MustCompile(`{"networkInterfaceId"[^}]*}|aws [^;]*'`) // what a row tells a person to send or to type
	if got := page.names(); !slices.Equal(got, slices.Sorted(maps.Keys(incidents()))) {
		t.Fatalf("the page plays %q; want %q", got, slices.Sorted(maps.Keys(incidents())))
	}
	for name, inc := range incidents() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := deploy(t, inc.parameters...)
			a := newIncidentLab(t, s, inc, cli)
			inv := a.send(inc.event())
			row, commands := page.fence(t, "seen", name), page.fence(t, "played", name)
			a.checkSeen(inv, row)
			if given := remedy.FindString(row); !strings.Contains(commands, given) && !strings.Contains(commands, moveCommand(t, given)) {
				t.Errorf("the row gives %s, and the page does not use it: %s", given, commands)
			}

			output := a.runCommands(commands)
			want := page.expected(t, name)
			after := a.lastStep(want, output)
			if !contains(after.report, want) {
				t.Errorf("afterwards: %s\nthe page says: %s", toJSON(after.report), toJSON(want))
			}
			if a.sounds(after) {
				t.Errorf("%s still sounds: %s", inc.alarm, toJSON(after.report))
			}
		})
	}
}

// moveCommand returns the command of this project that sends a request.
func moveCommand(t *testing.T, request string) string {
	t.Helper()
	var r struct {
		Interface string `json:"networkInterfaceId"`
		From      string
		Force     bool
	}
	if err := json.Unmarshal([]byte(request), &r); err != nil {
		return "no request"
	}
	command := "eni-failover move " + r.Interface + " -from " + r.From
	if r.Force {
		command += " -force"
	}
	return command
}

// invocation is what one invocation left behind: the report as the log line has it, and the metrics.
type invocation struct {
	report  map[string]any
	metrics map[metric][]float64
	error   string // the message that the caller and the e-mail get
}

// sounds reports whether the alarm that the incident is about would sound for an invocation.
func (a *incidentLab) sounds(inv invocation) bool {
	if a.alarm == "" {
		return false
	}
	metrics, how := readAlarm(a.stack, a.alarm)
	if strings.Contains(how, "<") {
		a.t.Fatalf("%s is about a lack: %s", a.alarm, how)
	}
	return slices.ContainsFunc(metrics, func(m metric) bool {
		return slices.ContainsFunc(inv.metrics[m], func(v float64) bool { return v >= 1 })
	})
}

// checkSeen checks that a person sees what the page shows: the alarm, the row of the dashboard, and the e-mail.
func (a *incidentLab) checkSeen(inv invocation, want string) {
	a.t.Helper()
	if a.alarm != "" && !a.sounds(inv) {
		a.t.Errorf("%s does not sound: %v", a.alarm, inv.metrics)
	}
	for n, table := range dashboardTables(a.t, a.stack) {
		if got := filterMatches(a.t, table.filter, inv.report); got != (n == a.table) {
			a.t.Errorf("table %d has the row: %t; want %t: %s", n, got, n == a.table, toJSON(inv.report))
		}
	}
	text := fmt.Sprint(inv.report["outcome"]) // a success has no more text
	for _, field := range []string{"detail", "error"} {
		if output, ok := inv.report[field].(string); ok {
			text = output
		}
	}
	if !matches(text, strings.TrimSpace(want)) {
		a.t.Errorf("the row says\n%s\nand the page\n%s", text, want)
	}
	if fails := inv.error != ""; fails != a.fails || (fails && inv.error != text) {
		a.t.Errorf("it ends with an error: %t, %q; want %t, %q", fails, inv.error, a.fails, text)
	}
	var mails []string
	for _, e := range a.sim.BusEvents() {
		event := decodedEvent(a.t, []byte(toJSON(e)))
		if e.DetailType == "ENI Failover Failed" && at(event, "detail", "first") == true {
			mails = append(mails, mail(a.t, a.stack, "FailedMail", event))
		}
	}
	said := strings.ReplaceAll(text, `"`, "'")
	if (len(mails) == 1) != a.mailed || len(mails) > 1 || (a.mailed && !strings.Contains(mails[0], said)) {
		a.t.Errorf("e-mails %q; want one: %t, with %q", mails, a.mailed, said)
	}
}

// lastStep is the invocation that the page expects to end the incident: one of the page's own commands, or the next sweep
// or rehearsal.
func (a *incidentLab) lastStep(want map[string]any, output string) invocation {
	a.t.Helper()
	switch kind := at(want, "trigger", "kind"); kind {
	case "sweep":
		return a.send(sweep())
	case "rehearsal":
		return a.send(rehearsal())
	case "manual":
		if !strings.Contains(output, fmt.Sprintf(`"outcome":%q`, want["outcome"])) && !strings.Contains(output, fmt.Sprintf("Outcome: %s\n", want["outcome"])) {
			a.t.Errorf("the command does not print the report: %s", output)
		}
		return a.lastInvocation()
	default:
		a.t.Fatalf("the page expects an event of kind %v", kind)
		return invocation{}
	}
}

// page is docs/runbook.md.
type page string

func runbook(t *testing.T) page {
	t.Helper()
	return page(readFile(t, filepath.Join(root, "docs", "runbook.md")))
}

// names are the names of the page's incidents, sorted.
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

// expected is the part of the last report that the page shows.
func (p page) expected(t *testing.T, name string) map[string]any {
	t.Helper()
	var want map[string]any
	if err := json.Unmarshal([]byte(p.fence(t, "expected", name)), &want); err != nil {
		t.Fatalf("expected: %s: %v", name, err)
	}
	return want
}

// section is the text under a heading of the third level.
func (p page) section(t *testing.T, title string) string {
	t.Helper()
	_, rest, found := strings.Cut(string(p), "\n### "+title+"\n")
	if !found {
		t.Fatalf("the page has no section %s", title)
	}
	text, _, _ := strings.Cut(rest, "\n### ")
	return text
}

// matches compares a text with one of the page, in which an ellipsis stands for any text.
func matches(text, pattern string) bool {
	var parts []string
	for part := range strings.SplitSeq(pattern, "…") {
		parts = append(parts, regexp.QuoteMeta(part))
	}
	return regexp.MustCompile(`^` + strings.Join(parts, ".+") + `$`).MatchString(text)
}

// contains reports whether a value has everything that part has; its lists may be longer.
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

// An alarm's section begins with the alarm's own text, and an incident is in the section of its alarm.
func TestRunbookHasTheAlarmsTexts(t *testing.T) {
	s, p := deployEverything(t), runbook(t)
	for _, id := range s.ofType("AWS::CloudWatch::Alarm") {
		text, _, _ := strings.Cut(s.text(t, id, "AlarmDescription"), " See http")
		quoted, _, _ := strings.Cut(strings.TrimPrefix(p.section(t, id), "\n"), "\n\n")
		if got := strings.ReplaceAll(strings.TrimPrefix(quoted, "> "), "\n> ", " "); got != text {
			t.Errorf("section %s begins with %q; want the alarm's text %q", id, got, text)
		}
	}
	for name, inc := range incidents() {
		title := inc.alarm
		if title == "" {
			title = "Nothing alarms, but the service is unreachable"
		}
		if !strings.Contains(p.section(t, title), "<!-- played: "+name+" -->") {
			t.Errorf("%s is not played in the section %s", name, title)
		}
	}
}
