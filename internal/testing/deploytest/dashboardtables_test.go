package deploytest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
)

// logLine is the line that a deployment of the failover logs about an event in an account.
func logLine(t *testing.T, event func() []byte, change ...func(*awssim.World)) (line map[string]any) {
	t.Helper()
	s := deploy(t, "RecordZones="+zoneID)
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		l := newLab(t, s, world(change...), nil)
		l.handler = l.newHandler(s, slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{ReplaceAttr: lambdaNames})))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		_, _ = l.handler.Handle(ctx, event(), account) // the line has the error
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, log.String())
		}
	})
	return line
}

// lambdaNames gives the message the name that it has in Lambda's JSON format.
func lambdaNames(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.MessageKey {
		a.Key = "message"
	}
	return a
}

// dashboardTable is a query of the dashboard: which lines it selects, and which fields it shows.
type dashboardTable struct{ filter, fields string }

// dashboardTables are the dashboard's queries, from the top.
func dashboardTables(t *testing.T, s stack) []dashboardTable {
	t.Helper()
	var all []dashboardTable
	for _, w := range asList(dashboardBody(t, s)["widgets"]) {
		query, ok := at(w, "properties", "query").(string)
		if !ok {
			continue
		}
		parts := strings.Split(query, " | ")
		if len(parts) != 5 || !strings.HasPrefix(parts[1], "filter ") || !strings.HasPrefix(parts[2], "fields ") {
			t.Fatalf("query %q", query)
		}
		all = append(all, dashboardTable{strings.TrimPrefix(parts[1], "filter "), strings.TrimPrefix(parts[2], "fields ")})
	}
	return all
}

// Each line that needs a person is in its own table, with the next step. Sweeps, which repeat theirs each minute, are in a
// table of their own, so that they push no event out.
func TestTablesShowWhatNeedsAPerson(t *testing.T) {
	const events, schedules = 0, 1
	young := func(w *awssim.World) {
		w.Interfaces[0].Attachment.AttachTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	tests := map[string]struct {
		line  map[string]any
		table int // -1: none
		says  []string
	}{
		"all is well":                {logLine(t, sweep, readyAccount), -1, nil},
		"moved":                      {logLine(t, spotWarning, readyAccount), events, nil},
		"moved, a wrong record":      {logLine(t, spotWarning), events, []string{"next: aws route53"}},
		"stranded":                   {logLine(t, spotWarning, standbyStopped), events, []string{standby + " is stopped", "next: start " + standby + ", stopped, in eu-west-1a"}},
		"swept, stranded":            {logLine(t, sweep, standbyStopped, inState("stopped")), schedules, []string{standby + " is stopped", "next: start " + standby + ", stopped, in eu-west-1a"}},
		"swept, paused and dead":     {logLine(t, sweep, paused, inState("stopped")), schedules, []string{"next: remove the tag"}},
		"in the cool-down":           {logLine(t, alarm, impaired, young), events, []string{"COOLDOWN", `"networkInterfaceId"`}},
		"a verdict in the cool-down": {logLine(t, verdictOnHolder, readyAccount, probedServices(true), young), events, []string{"COOLDOWN", `"networkInterfaceId"`}},
		"rehearsed, wrong record":    {logLine(t, rehearsal), schedules, []string{"next: aws route53"}},
	}
	tables := dashboardTables(t, deploy(t))
	if len(tables) != 2 {
		t.Fatalf("%d tables", len(tables))
	}
	for name, tt := range tests {
		for n, table := range tables {
			if got := filterMatches(t, table.filter, tt.line); got != (n == tt.table) {
				t.Errorf("%s: table %d shows it: %t; want %t: %s", name, n, got, n == tt.table, toJSON(tt.line))
			}
		}
		if tt.table < 0 {
			continue
		}
		text := fmt.Sprint(tt.line["detail"])
		if tt.line["error"] != nil {
			text = fmt.Sprint(tt.line["error"])
		}
		for _, want := range tt.says {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q does not say %q", name, text, want)
			}
		}
		if fields := tables[tt.table].fields; !strings.Contains(fields, "detail") || (tt.line["error"] != nil && !strings.Contains(fields, "coalesce(error, detail)")) {
			t.Errorf("%s: the table shows %s, and not what is said", name, fields)
		}
	}
}

// Logs Insights extracts the first 200 fields of a line, so the fields that the tables show come before the interfaces.
func TestFieldsComeFirst(t *testing.T) {
	var log bytes.Buffer
	r := failover.Report{Outcome: "stranded", Reason: "no-standby", Detail: "why", Interfaces: []failover.InterfaceReport{{}}, Unknown: []string{"x"}}
	slog.New(slog.NewJSONHandler(&log, nil)).LogAttrs(t.Context(), slog.LevelInfo, "failover", slog.Any("", &r))
	before, _, _ := strings.Cut(log.String(), `"interfaces"`)
	for _, name := range []string{"outcome", "reason", "detail", "trigger", "dryRun"} {
		if !strings.Contains(before, `"`+name+`":`) {
			t.Errorf("%s comes after the interfaces: %s", name, log.String())
		}
	}
}

// filterMatches evaluates a filter of Logs Insights, with what the dashboard's filters use: =, !=, in, and, or, parentheses.
func filterMatches(t *testing.T, filter string, line map[string]any) bool {
	t.Helper()
	e := &filterParser{t: t, line: line, words: regexp.MustCompile(`'[^']*'|[\w.]+|!=|[=()\[\],]`).FindAllString(filter, -1)}
	v := e.or()
	if len(e.words) > 0 {
		t.Fatalf("filter %q: not understood from %q on", filter, e.words)
	}
	return v
}

// filterParser evaluates a filter on a line while it parses it.
type filterParser struct {
	t     *testing.T
	line  map[string]any
	words []string // not parsed yet
}

func (e *filterParser) next() string {
	if len(e.words) == 0 {
		e.t.Fatal("the filter ends too early")
	}
	w := e.words[0]
	e.words = e.words[1:]
	return w
}

func (e *filterParser) take(word string) bool {
	if len(e.words) == 0 || e.words[0] != word {
		return false
	}
	e.words = e.words[1:]
	return true
}

func (e *filterParser) or() bool {
	v := e.and()
	for e.take("or") {
		right := e.and()
		v = v || right
	}
	return v
}

func (e *filterParser) and() bool {
	v := e.comparison()
	for e.take("and") {
		right := e.comparison()
		v = v && right
	}
	return v
}

func (e *filterParser) comparison() bool {
	if e.take("(") {
		v := e.or()
		e.next()
		return v
	}
	var path []any
	for part := range strings.SplitSeq(e.next(), ".") {
		path = append(path, part)
	}
	value := fmt.Sprintf("'%v'", at(e.line, path...))
	switch e.next() {
	case "=":
		return value == e.next()
	case "!=":
		return value != e.next()
	}
	e.next() // the bracket after in
	found := false
	for w := e.next(); w != "]"; w = e.next() {
		found = found || w == value
	}
	return found
}
