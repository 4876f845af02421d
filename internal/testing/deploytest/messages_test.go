package deploytest_test

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// failure is a failover that fails, with all that comes of it until a person does something.
type failure struct {
	// runs are the metrics of the invocations: the event's, and those of the sweeps after it.
	runs []map[metric][]float64
	// attempts counts those of Lambda, each of which ended with an error; reported those with a report.
	attempts, reported float64
	// told has the events that the invocations put on the bus, by a name.
	told map[string]any
}

// failures are played with Lambda's two retries and a sweep.
func failures(t *testing.T) map[string]failure {
	t.Helper()
	told := func(outcome string) map[string]any {
		first := busEvent(t, "failed.json", setValue(outcome, "detail", "outcome"))
		again := busEvent(t, "failed.json", setValue(outcome, "detail", "outcome"), setValue(false, "detail", "first"))
		return map[string]any{"the first attempt": first, "the second attempt": again, "the third attempt": again}
	}
	return map[string]failure{
		"the time ran out": {
			runs: []map[metric][]float64{measure(t, request, "", hungGuest), measure(t, sweep, "", hungGuest)}, attempts: 3, reported: 3, told: told("failed"),
		},
		"EC2 denies it": {
			runs:     []map[metric][]float64{measure(t, spotWarning, "ec2:DetachNetworkInterface"), measure(t, sweep, "ec2:DetachNetworkInterface")},
			attempts: 3, reported: 3, told: told("failed"),
		},
		"no standby": {
			runs:     []map[metric][]float64{measure(t, spotWarning, "", standbyStopped), measure(t, sweep, "", inState("stopped"), standbyStopped)},
			attempts: 3, reported: 3, told: told("stranded"),
		},
		"the function crashes": {
			runs: []map[metric][]float64{measure(t, sweep, "", inState("stopped"))}, attempts: 3,
		},
	}
}

// messages are what a failure sends to Alerts: the alarms that sound, and the rules that match, in order.
func (f failure) messages(t *testing.T, s stack) []string {
	t.Helper()
	errors := metric{"AWS/Lambda", "Errors", "FunctionName=" + physical("FailoverFunction")}
	dropped := metric{"AWS/Lambda", "AsyncEventsDropped", "FunctionName=" + physical("FailoverFunction")}
	values := map[metric][]float64{errors: {f.attempts}, dropped: {1}, functionMetric("FailoverFunction", "ReportedErrors"): {f.reported}}
	for _, run := range f.runs {
		for m := range run {
			values[m] = append(values[m], run[m]...)
		}
	}
	var all []string
	for _, id := range s.ofType("AWS::CloudWatch::Alarm") {
		if s.prop(id, "ComparisonOperator") == "LessThanThreshold" {
			continue // on a lack of sweeps or of runs, which go on
		}
		if slices.Contains(asList(s.prop(id, "AlarmActions")), any(arn("sns", "Alerts"))) && alarmValue(t, s, id, values) >= 1 {
			all = append(all, id)
		}
	}
	for _, rules := range matchingPatterns(t, rulePatterns(s), f.told) {
		for _, rule := range rules {
			if at(s.prop(rule, "Targets"), 0, "Arn") == arn("sns", "Alerts") {
				all = append(all, rule)
			}
		}
	}
	slices.Sort(all)
	return all
}

// alarmValue is what an alarm compares with its threshold: the greatest value of a metric, or the expression of the sums.
func alarmValue(t *testing.T, s stack, id string, values map[metric][]float64) float64 {
	t.Helper()
	metrics, _ := readAlarm(s, id)
	expression, ids := "", map[string]float64{}
	n := 0
	for _, q := range asList(s.prop(id, "Metrics")) {
		if at(q, "ReturnData") == true {
			expression = fmt.Sprint(at(q, "Expression"))
			continue
		}
		if measured := values[metrics[n]]; measured != nil {
			sum := 0.0
			for _, v := range measured {
				sum += v
			}
			ids[fmt.Sprint(at(q, "Id"))] = sum
		}
		n++
	}
	if expression == "" {
		return slices.Max(append([]float64{0}, values[metrics[0]]...))
	}
	m := &metricMath{t: t, ids: ids, words: regexp.MustCompile(`[A-Za-z]+|\d+|[(),>+-]`).FindAllString(expression, -1)}
	v := m.sum()
	if len(m.words) > 0 {
		t.Fatalf("expression %q: not understood from %q on", expression, m.words)
	}
	return v
}

// metricMath is what is left of an expression of CloudWatch's metric math: sums of FILL, IF, names and numbers. A metric
// without data is not a number until FILL makes it one.
type metricMath struct {
	t     *testing.T
	ids   map[string]float64
	words []string
}

func (m *metricMath) next() string {
	if len(m.words) == 0 {
		m.t.Fatal("the expression ends too early")
	}
	w := m.words[0]
	m.words = m.words[1:]
	return w
}

func (m *metricMath) sum() float64 {
	v := m.term()
	for len(m.words) > 0 && (m.words[0] == "+" || m.words[0] == "-") {
		if m.next() == "+" {
			v += m.term()
		} else {
			v -= m.term()
		}
	}
	return v
}

func (m *metricMath) term() float64 {
	word := m.next()
	if n, err := strconv.ParseFloat(word, 64); err == nil {
		return n
	}
	if len(m.words) == 0 || m.words[0] != "(" {
		if v, ok := m.ids[word]; ok {
			return v
		}
		return math.NaN()
	}
	var arguments []float64
	for m.next() != ")" { // the parenthesis, and then the commas
		v := m.sum()
		if len(m.words) > 0 && m.words[0] == ">" {
			m.next()
			right := m.sum()
			v = map[bool]float64{true: 1}[v > right]
		}
		arguments = append(arguments, v)
		if len(m.words) > 0 && m.words[0] == ")" {
			m.next()
			break
		}
	}
	switch {
	case word == "FILL" && len(arguments) == 2:
		if math.IsNaN(arguments[0]) {
			return arguments[1]
		}
		return arguments[0]
	case word == "IF" && len(arguments) == 3:
		if arguments[0] != 0 {
			return arguments[1]
		}
		return arguments[2]
	}
	m.t.Fatalf("%s with %d arguments is not known here", word, len(arguments))
	return 0
}

// One failed failover sends at most three messages, those that docs/runbook.md says. At night each further one is a reason
// to switch the mail off.
func TestMessagesOfOneFailure(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| (.+) \\| ((?:`[A-Za-z]+`(?:, )?)+) \\| .+ \\|$")
	_, section, _ := strings.Cut(readFile(t, filepath.Join(root, "docs", "runbook.md")), "\n## What one failed failover sends\n")
	section, _, _ = strings.Cut(section, "\n## ")
	want := map[string][]string{}
	for _, cells := range row.FindAllStringSubmatch(section, -1) {
		want[cells[1]] = slices.Sorted(strings.SplitSeq(strings.ReplaceAll(cells[2], "`", ""), ", "))
	}
	got := map[string][]string{}
	s := deployEverything(t)
	all := failures(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		got[name] = all[name].messages(t, s)
		if len(got[name]) > 3 {
			t.Errorf("%s: %d messages: %v", name, len(got[name]), got[name])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages (-docs/runbook.md +template.yaml):\n%s", diff)
	}
}
