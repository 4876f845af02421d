package deploytest_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The cost of metrics is by the metric, that is by name and dimensions, and by the hour in which there is a value of it
// (Amazon CloudWatch pricing). So what a healthy account measures in an hour is what is always paid for.
func TestMetricsThatAreAlwaysThere(t *testing.T) {
	row := regexp.MustCompile(`\| metrics \| (\d+) that are always there \((\d+) of the sweep, (\d+) of the audit\), at 0\.30; [^|]* \| ([0-9.]+) \|`)
	cells := row.FindStringSubmatch(readFile(t, filepath.Join(root, "docs", "deploy.md")))
	if cells == nil {
		t.Fatalf("docs/deploy.md has no row %s", row)
	}
	for name, s := range map[string]stack{"everything": everything(t), "defaults": deploy(t)} {
		swept, audited := map[metric]bool{}, map[metric]bool{}
		synctest.Test(t, func(t *testing.T) {
			l := newLab(t, s, world(wellMade), documents(s.policies(t, "FailoverRole"), nothing))
			for range 60 {
				l.send(sweep())
				time.Sleep(time.Minute)
			}
			l.send(rehearsal())
			for m := range series(t, l.emf.Bytes()) {
				swept[m] = true
			}
			for m := range series(t, runAudit(t, s, world(wellMade), documents(s.policies(t, "AuditRole"), nothing)).emf.Bytes()) {
				audited[m] = true
			}
		})
		all := len(swept) + len(audited)
		got := []string{fmt.Sprint(all), fmt.Sprint(len(swept)), fmt.Sprint(len(audited)), fmt.Sprintf("%.2f", 0.30*float64(all))}
		if strings.Join(got, " ") != strings.Join(cells[1:], " ") {
			t.Errorf("%s: a healthy account measures %v in an hour; docs/deploy.md says %v\n%v\n%v", name, got, cells[1:], swept, audited)
		}
	}
}

// The row about alarms counts those of the template, and the metrics that they watch: an alarm costs by the metric.
func TestAlarmsCost(t *testing.T) {
	s := deploy(t)
	watches := 0
	for _, id := range s.of("AWS::CloudWatch::Alarm") {
		metrics, _ := watched(s, id)
		watches += len(metrics)
	}
	want := fmt.Sprintf("| alarms | %d, on %d metrics, at 0.10 | %.2f |", len(s.of("AWS::CloudWatch::Alarm")), watches, 0.10*float64(watches))
	if !strings.Contains(readFile(t, filepath.Join(root, "docs", "deploy.md")), want) {
		t.Errorf("docs/deploy.md has no row %s", want)
	}
}
