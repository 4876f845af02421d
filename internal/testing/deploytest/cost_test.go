package deploytest_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A metric, that is a name with its dimensions, costs for each hour in which it has a value (Amazon CloudWatch pricing).
// So the metrics that a healthy account measures in an hour are always paid for.
func TestMetricsThatAreAlwaysThere(t *testing.T) {
	row := regexp.MustCompile(`\| metrics \| (\d+) that are always there \((\d+) of the sweep, (\d+) of the audit\), at 0\.30; [^|]* \| ([0-9.]+) \|`)
	cells := row.FindStringSubmatch(readFile(t, filepath.Join(root, "docs", "deploy.md")))
	if cells == nil {
		t.Fatalf("docs/deploy.md has no row %s", row)
	}
	for name, s := range map[string]stack{"everything but the probe": deploy(t, everythingButTheProbe()...), "defaults": deploy(t)} {
		swept, audited := measuredAlways(t, s)
		all := len(swept) + len(audited)
		got := []string{fmt.Sprint(all), fmt.Sprint(len(swept)), fmt.Sprint(len(audited)), fmt.Sprintf("%.2f", 0.30*float64(all))}
		if strings.Join(got, " ") != strings.Join(cells[1:], " ") {
			t.Errorf("%s: a healthy account measures %v in an hour; docs/deploy.md says %v\n%v\n%v", name, got, cells[1:], slices.Collect(maps.Keys(swept)), slices.Collect(maps.Keys(audited)))
		}
	}
}

// measuredAlways returns the metrics of the failover and of the audit in an hour of a healthy account.
func measuredAlways(t *testing.T, s stack) (swept, audited map[metric][]float64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, s, world(readyAccount), policyDocuments(s.policies(t, "FailoverRole"), dropNothing))
		for range 60 {
			l.send(sweep())
			time.Sleep(time.Minute)
		}
		l.send(rehearsal())
		swept = readMetrics(t, l.emf.Bytes())
		audited = readMetrics(t, runAudit(t, s, world(readyAccount), policyDocuments(s.policies(t, "AuditRole"), dropNothing)).emf.Bytes())
	})
	return swept, audited
}

// The row about alarms counts the template's alarms and the metrics that they watch: an alarm costs per metric.
func TestAlarmsCost(t *testing.T) {
	s := deploy(t)
	watches := 0
	for _, id := range s.ofType("AWS::CloudWatch::Alarm") {
		metrics, _ := readAlarm(s, id)
		watches += len(metrics)
	}
	want := fmt.Sprintf("| alarms | %d, on %d metrics, at 0.10 | %.2f |", len(s.ofType("AWS::CloudWatch::Alarm")), watches, 0.10*float64(watches))
	if !strings.Contains(readFile(t, filepath.Join(root, "docs", "deploy.md")), want) {
		t.Errorf("docs/deploy.md has no row %s", want)
	}
}
