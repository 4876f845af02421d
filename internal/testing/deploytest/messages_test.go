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
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// failure is a failover that fails: what comes of it until a person does something.
type failure struct {
	// metrics has all values that the invocations measured.
	metrics map[metric][]float64
	// told has the events that they put on the bus.
	told map[string]any
	// errors counts the invocations that ended with an error, and dropped the events on which each attempt did.
	errors, dropped float64
}

// attempts are the times of Lambda's attempts after the event ("How Lambda handles errors and retries with asynchronous
// invocation").
func attempts() []time.Duration { return []time.Duration{0, time.Minute, 3 * time.Minute} }

// playFailure lets the failover fail on events, each with Lambda's retries and a sweep after it. drop is an action that
// the role lacks.
func playFailure(t *testing.T, drop string, events []func() []byte, change ...func(*awssim.World)) failure {
	t.Helper()
	s := deployEverything(t)
	f := failure{told: map[string]any{}}
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, s, world(change...), policyDocuments(s.policies(t, "FailoverRole"), func(g grant) bool { return g.action == drop }))
		for _, newEvent := range events {
			sent, event := time.Now(), newEvent()
			failed := 0
			for _, after := range attempts() {
				time.Sleep(time.Until(sent.Add(after)))
				if l.invoke(event) == nil {
					break
				}
				failed++
			}
			f.errors += float64(failed)
			if failed == len(attempts()) {
				f.dropped++
			}
			if l.invoke(sweep()) != nil {
				f.errors++
			}
		}
		f.metrics = readMetrics(t, l.emf.Bytes())
		for n, e := range l.told() {
			f.told[fmt.Sprintf("event %d", n)] = e
		}
	})
	return f
}

// failures are the rows of the table in docs/runbook.md.
func failures(t *testing.T) map[string]failure {
	t.Helper()
	const detach = "ec2:DetachNetworkInterface"
	probed := probedServices(true)
	// The first run of the probe has seen the service answer; those after it have not.
	laterVerdict := func() []byte { return verdictOf(func(v map[string]any) { delete(v, "reachedAt") }) }
	verdicts := []func() []byte{verdictOnHolder, laterVerdict, laterVerdict}
	young := func(w *awssim.World) {
		w.Interfaces[0].Attachment.AttachTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when a bubble's time begins
	}
	stopped := func() []byte { return stateChange(holder, "stopped") }
	all := map[string]failure{
		"the time ran out":                 playFailure(t, "", []func() []byte{request}, hungGuest),
		"EC2 denies it":                    playFailure(t, detach, []func() []byte{spotWarning}),
		"no standby":                       playFailure(t, "", []func() []byte{stopped}, inState("stopped"), standbyStopped),
		"the bus takes no events":          playFailure(t, "events:PutEvents", []func() []byte{stopped}, inState("stopped"), standbyStopped),
		"a dead service, no standby":       playFailure(t, "", verdicts, probed, standbyStopped),
		"a dead service, in the cool-down": playFailure(t, "", verdicts, probed, young),
	}
	// A crash leaves nothing but Lambda's own error; the next sweep does the work.
	crash := playFailure(t, "", nil)
	crash.errors, crash.dropped = float64(len(attempts())), 1
	all["the function crashes"] = crash
	return all
}

// messages are what a failure sends to Alerts: the alarms that sound, and the rules that match, each as often as it does.
func (f failure) messages(t *testing.T, s stack) []string {
	t.Helper()
	values := maps.Clone(f.metrics)
	values[metric{"AWS/Lambda", "Errors", "FunctionName=" + physical("FailoverFunction")}] = []float64{f.errors}
	values[metric{"AWS/Lambda", "AsyncEventsDropped", "FunctionName=" + physical("FailoverFunction")}] = []float64{f.dropped}
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
