package failover

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// reportOf makes a report of n interfaces with so many candidates each. The last ones are stranded.
func reportOf(n, candidates, failed int) Report {
	r := Report{
		Outcome: plan.OutcomeMoved, Trigger: TriggerReport{Kind: trigger.KindRehearsal, ID: "12345678-1234-1234-1234-123456789012"},
		Calls: map[string]int{"DescribeNetworkInterfaces": 10},
	}
	for k := range n {
		i := InterfaceReport{
			Interface: fmt.Sprintf("eni-%017x", k), Group: fmt.Sprintf("g%05d", k/4), Outcome: plan.OutcomePlanned,
			From: fmt.Sprintf("i-%017x", 0), To: fmt.Sprintf("i-%017x", candidates-1), Attachment: fmt.Sprintf("eni-attach-%017x", k), DeviceIndex: 1,
			Records: []record.Result{{Name: fmt.Sprintf("s%05d.corp.internal", k), State: record.OK, HostedZone: "Z0123456789ABCDEFGHIJ", Want: []netip.Addr{netip.MustParseAddr("10.0.0.1")}}},
		}
		if k >= n-failed {
			i.Outcome, i.Reason, i.Records[0].State = plan.OutcomeStranded, plan.ReasonNoStandby, record.Mismatch
		}
		for c := range candidates {
			i.Candidates = append(i.Candidates, plan.Candidate{Instance: fmt.Sprintf("i-%017x", c), Reason: plan.ReasonNotRunning})
		}
		i.Candidates[candidates-1].Eligible, i.Candidates[candidates-1].Reason = true, ""
		slices.Reverse(i.Candidates)
		r.Interfaces = append(r.Interfaces, i)
	}
	return r
}

// logBytes returns the length of a report's log line.
func logBytes(t *testing.T, r Report) int {
	t.Helper()
	var log bytes.Buffer
	h := &Handler{log: slog.New(slog.NewJSONHandler(&log, nil))}
	h.logReport(t.Context(), r, slog.LevelError, &FailedError{message: strings.Repeat("x", 8000)})
	return log.Len()
}

// TestLimited: a limited report is never larger than Lambda, CloudWatch Logs and SNS take, and says what is missing.
func TestLimited(t *testing.T) {
	tests := []struct {
		name                          string
		interfaces, candidates, wrong int
		wantListed                    int // at least
	}{
		{"10,000 interfaces rehearsed", 10000, 8, 100, 300},
		{"1,000 interfaces moved among 100 members", 1000, 100, 0, 300},
		{"1,000 interfaces stranded among 100 members", 1000, 100, 1000, 60},
		{"600 interfaces rehearsed", 600, 8, 1, 300},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			whole := reportOf(tt.interfaces, tt.candidates, tt.wrong)
			before := jsonBytes(whole)
			r := whole.Limited()
			if n, line := jsonBytes(r), logBytes(t, whole); n > maxReportBytes || line > 240<<10 {
				t.Errorf("the result has %d bytes, the log line %d; want at most %d and 240 KB", n, line, maxReportBytes)
			} else {
				t.Logf("%d bytes of the whole; result %d, log line %d, %d interfaces listed", before, n, line, len(r.Interfaces))
			}
			if r.Omitted == nil || r.Omitted.Interfaces != tt.interfaces-len(r.Interfaces) || len(r.Interfaces) < tt.wantListed {
				t.Fatalf("%d interfaces listed, omitted %+v", len(r.Interfaces), r.Omitted)
			}
			candidates, records, wrong := 0, 0, 0
			for _, i := range r.Interfaces {
				if tt.candidates != len(i.Candidates)+i.OmittedCandidates || len(i.Candidates) == 0 || i.Candidates[0].Instance != i.To {
					t.Fatalf("interface %+v; want its candidates counted, and the chosen one first", i)
				}
				candidates += i.OmittedCandidates
				records += 1 - len(i.Records)
				if i.Outcome == plan.OutcomeStranded {
					wrong++
					if len(i.Candidates) != min(tt.candidates, maxCandidates) || len(i.Records) != 1 {
						t.Fatalf("interface %+v; want the candidates and records of one that went wrong", i)
					}
				}
			}
			if r.Omitted.Candidates != candidates || r.Omitted.Records != records || (wrong < tt.wrong && wrong != len(r.Interfaces)) {
				t.Errorf("omitted %+v, lacks %d candidates and %d records; %d of %d that went wrong are listed", r.Omitted, candidates, records, wrong, tt.wrong)
			}
			if !slices.IsSortedFunc(r.Interfaces, func(a, b InterfaceReport) int { return strings.Compare(a.Interface, b.Interface) }) {
				t.Error("the interfaces are not in the order of their ids")
			}
			if jsonBytes(whole) != before {
				t.Error("the report itself was changed")
			}
		})
	}
}

// TestLimitedLeavesSmallReportsAlone: nothing is missing from a report of a few interfaces.
func TestLimitedLeavesSmallReportsAlone(t *testing.T) {
	whole := reportOf(5, 8, 1)
	want, got := indentedJSON(t, whole), indentedJSON(t, whole.Limited())
	if got != want {
		t.Errorf("limited:\n%s\nwant:\n%s", got, want)
	}
}

// TestLimitedTexts: texts and lists of texts are cut, and keep the next step.
func TestLimitedTexts(t *testing.T) {
	r := reportOf(1, 1, 1)
	long := strings.Repeat("i-0a1b2c3d4e5f60001 not-running, ", 1000) + "; next: start one"
	r.Detail, r.Unknown = strings.Repeat(long, 2), slices.Repeat([]string{long}, 50)
	r.Interfaces[0].Detail, r.Interfaces[0].Warnings = long, slices.Repeat([]string{long}, 50)
	got := r.Limited()
	if len(got.Detail) > maxSummaryBytes+50 || !strings.HasSuffix(got.Detail, "; next: start one") {
		t.Errorf("%d bytes: %s", len(got.Detail), got.Detail)
	}
	for _, s := range []string{got.Interfaces[0].Detail, got.Unknown[0], got.Interfaces[0].Warnings[9]} {
		if len(s) > maxDetailBytes+50 || !strings.HasSuffix(s, "; next: start one") {
			t.Errorf("%d bytes: %s", len(s), s)
		}
	}
	if len(got.Unknown) != 11 || got.Unknown[10] != "and 40 more" || len(got.Interfaces[0].Warnings) != 11 {
		t.Errorf("unknown %q", got.Unknown)
	}
}

// TestErrorAboutThousandMembers: an error shortens each detail, and counts the interfaces that it leaves out.
func TestErrorAboutThousandMembers(t *testing.T) {
	var list []interfaceResult
	for n := range 30 {
		item := plan.Item{Interface: inventory.Interface{ID: fmt.Sprintf("eni-%017x", n), Group: "db"}, Settled: plan.OutcomeStranded, Reason: plan.ReasonNoStandby}
		item.Detail = strings.Repeat("i-00000000000000000 is stopped, ", 1000)
		list = append(list, planned(item))
	}
	err := errorOf(plan.Plan{}, list)
	if err == nil || len(err.Error()) > 8000 || !strings.Contains(err.Error(), "bytes left out") || !strings.Contains(err.Error(), "and 25 more, see the report") {
		t.Errorf("%d bytes: %v", len(err.Error()), err)
	}
}

func indentedJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
