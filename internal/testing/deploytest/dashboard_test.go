package deploytest_test

import (
	"encoding/json"
	"fmt"
	"testing"
)

// dashboardBody is the dashboard's body.
func dashboardBody(t *testing.T, s stack) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal([]byte(s.text(t, "FailoverDashboard", "DashboardBody")), &body); err != nil {
		t.Fatalf("the dashboard is not JSON: %v", err)
	}
	return body
}

// Every line of the dashboard shows something that is measured, and every alarm is on the dashboard.
func TestDashboardShowsWhatIsMeasured(t *testing.T) {
	known := awsMetrics()
	for _, run := range measuredRuns(t) {
		for m := range run {
			known[m] = true
		}
	}
	for name, s := range map[string]stack{"everything": deployEverything(t), "defaults": deploy(t)} {
		t.Run(name, func(t *testing.T) { checkDashboard(t, s, known) })
	}
}

func checkDashboard(t *testing.T, s stack, known map[metric]bool) {
	t.Helper()
	alarms, taken := map[string]bool{}, map[string]bool{}
	for _, w := range asList(dashboardBody(t, s)["widgets"]) {
		for _, cell := range gridCells(w) {
			if taken[cell] {
				t.Errorf("two widgets at %s", cell)
			}
			taken[cell] = true
		}
		for _, alarm := range asList(at(w, "properties", "alarms")) {
			alarms[fmt.Sprint(alarm)] = true
		}
		shown := shownMetrics(w)
		for _, m := range shown {
			if !known[m] {
				t.Errorf("nothing measures %v", m)
			}
		}
		if at(w, "type") == "metric" && (len(shown) == 0 || at(w, "properties", "region") != region) {
			t.Errorf("widget %s", toJSON(w))
		}
	}
	for _, id := range s.ofType("AWS::CloudWatch::Alarm") {
		if !alarms["arn:aws:cloudwatch:"+region+":"+account+":alarm:"+physical(id)] {
			t.Errorf("%s is not on the dashboard", id)
		}
	}
	if got, want := len(alarms), len(s.ofType("AWS::CloudWatch::Alarm")); got != want {
		t.Errorf("%d alarms on the dashboard; want %d", got, want)
	}
}

// gridCells are the places of a widget on the dashboard's grid of 24 columns.
func gridCells(w any) []string {
	n := func(name string) int { return int(at(w, name).(float64)) } //nolint:errcheck // a widget has all four
	var all []string
	for x := n("x"); x < n("x")+n("width"); x++ {
		for y := n("y"); y < n("y")+n("height"); y++ {
			all = append(all, fmt.Sprintf("%d,%d", x, y))
		}
	}
	if n("x")+n("width") > 24 {
		all = append(all, "beyond the edge", "beyond the edge")
	}
	return all
}

// shownMetrics are the series of a widget. A dot repeats what the line above has in its place (CloudWatch API
// reference, "Dashboard Body Structure and Syntax").
func shownMetrics(w any) []metric {
	var all []metric
	var above [4]string
	for _, line := range asList(at(w, "properties", "metrics")) {
		var m [4]string
		for i := range m {
			if m[i] = fmt.Sprint(at(line, i)); m[i] == "." {
				m[i] = above[i]
			}
		}
		above = m
		all = append(all, metric{m[0], m[1], m[2] + "=" + m[3]})
	}
	return all
}
