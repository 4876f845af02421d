package settings_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/settings"
)

// readerOf makes a reader of an environment.
func readerOf(environment map[string]string) *settings.Reader {
	return settings.NewReader(func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	})
}

// read reads one variable X by one of the reader's methods.
func read[T any](value string, by func(r *settings.Reader, name string) T) (T, error) {
	r := readerOf(map[string]string{"X": value})
	got := by(r, "X")
	return got, r.Err()
}

func TestFlag(t *testing.T) {
	for value, want := range map[string]bool{"": false, " ": false, "false": false, "FALSE": false, "0": false, "true": true, "True": true, " true ": true, "1": true} {
		if got, err := read(value, (*settings.Reader).Flag); err != nil || got != want {
			t.Errorf("%q: %t, %v; want %t", value, got, err, want)
		}
	}
	for _, value := range []string{"yes", "on", "2", "true false"} {
		wantFault(t, value, (*settings.Reader).Flag, "true or false")
	}
}

func TestDuration(t *testing.T) {
	const byDefault = 7 * time.Second
	duration := func(r *settings.Reader, name string) time.Duration { return r.Duration(name, byDefault) }
	for value, want := range map[string]time.Duration{
		"": byDefault, "  ": byDefault, "0": 0, "0s": 0, "15s": 15 * time.Second, "1m30s": 90 * time.Second, " 1h ": time.Hour, "1.5h": 90 * time.Minute,
	} {
		if got, err := read(value, duration); err != nil || got != want {
			t.Errorf("%q: %s, %v; want %s", value, got, err, want)
		}
	}
	for _, value := range []string{"15", "-1m", "soon", "15 s", "1d"} {
		wantFault(t, value, duration, "a duration of 0 or more with its unit, like 15s or 10m")
	}
}

func TestDurationWithin(t *testing.T) {
	within := func(r *settings.Reader, name string) time.Duration {
		return r.DurationWithin(name, time.Minute, time.Second, time.Hour)
	}
	for value, want := range map[string]time.Duration{"": time.Minute, "1s": time.Second, " 1h ": time.Hour, "61s": 61 * time.Second} {
		if got, err := read(value, within); err != nil || got != want {
			t.Errorf("%q: %s, %v; want %s", value, got, err, want)
		}
	}
	for _, value := range []string{"0", "999ms", "1h1s", "60", "-1m", "soon"} {
		wantFault(t, value, within, "a duration from 1s to 1h0m0s with its unit, like 1m0s")
	}
}

func TestText(t *testing.T) {
	text := func(r *settings.Reader, name string) string {
		return r.Text(name, func(s string) bool { return s == "good" }, "good")
	}
	for value, want := range map[string]string{"": "", " ": "", " good ": "good"} {
		if got, err := read(value, text); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", value, got, err, want)
		}
	}
	wantFault(t, "bad", text, "good")
}

func TestGroups(t *testing.T) {
	for value, want := range map[string][]string{"": nil, " ": nil, "db": {"db"}, " db, web ,": {"db", "web"}, "a.b_C-9": {"a.b_C-9"}} {
		got, err := read(value, (*settings.Reader).Groups)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%q: %v %s", value, err, d)
		}
	}
	wantFault(t, "we*b", (*settings.Reader).Groups, "group names with commas between, each a group name, 1 to 64 of A-Z a-z 0-9 . _ -")
	wantFault(t, strings.Repeat("a", 65), (*settings.Reader).Groups, "group names with commas between")
}

// TestGroupsWithoutAName: a list of nothing must not be taken for all groups.
func TestGroupsWithoutAName(t *testing.T) {
	for _, value := range []string{",", ", ,"} {
		wantFault(t, value, (*settings.Reader).Groups, "at least one group name, or nothing for all groups")
	}
}

// TestEveryBadGroupIsNamed has the good names of the list beside the bad ones.
func TestEveryBadGroupIsNamed(t *testing.T) {
	_, err := read("db,we b,caf\u00e9", (*settings.Reader).Groups)
	var faulty *settings.Error
	if !errors.As(err, &faulty) || len(faulty.Faults) != 2 || !strings.Contains(err.Error(), `"we b"`) || !strings.Contains(err.Error(), `"caf`) {
		t.Errorf("%v; want a fault for each bad name", err)
	}
}

// TestEndpoint has texts that the SDK would accept, only to fail with the first call.
func TestEndpoint(t *testing.T) {
	for _, value := range []string{"", " ", "http://localhost:4566", "https://vpce-1.ec2.eu-west-1.vpce.amazonaws.com", "http://[::1]:4566/"} {
		r := readerOf(map[string]string{"AWS_ENDPOINT_URL": value})
		if r.Endpoint(); r.Err() != nil {
			t.Errorf("%q: %v", value, r.Err())
		}
	}
	for _, value := range []string{"localhost:4566", "not a url", "ftp://x", "//localhost", "http://", "http://:4566", "http://a b", "localhost"} {
		r := readerOf(map[string]string{"AWS_ENDPOINT_URL": value})
		r.Endpoint()
		want := fmt.Sprintf("bad settings: AWS_ENDPOINT_URL is %q; accepted: a URL that begins with http:// or https://, like http://localhost:4566", value)
		if err := r.Err(); err == nil || err.Error() != want {
			t.Errorf("%q: %v; want %s", value, err, want)
		}
	}
}

func TestPolicy(t *testing.T) {
	r := readerOf(nil)
	want := plan.Policy{Cooldown: 10 * time.Minute, ImpairedAfter: 5 * time.Minute}
	if d := cmp.Diff(want, r.Policy()); d != "" || r.Err() != nil {
		t.Errorf("defaults: %v %s", r.Err(), d)
	}
	r = readerOf(map[string]string{"GROUPS": "db", "COOLDOWN": "1m", "IMPAIRED_AFTER": "0", "ACT_ON_REBALANCE": "true", "DETACH_GRACE": "bad, and not the policy's"})
	want = plan.Policy{Groups: []string{"db"}, Cooldown: time.Minute, ActOnRebalance: true}
	if d := cmp.Diff(want, r.Policy()); d != "" || r.Err() != nil {
		t.Errorf("set: %v %s", r.Err(), d)
	}
}

// TestAllFaultsAtOnce: one error names every wrong variable with its value and what is accepted, in the order in which
// they are read.
func TestAllFaultsAtOnce(t *testing.T) {
	r := readerOf(map[string]string{"GROUPS": "we*b", "COOLDOWN": "-1m", "IMPAIRED_AFTER": "5m", "ACT_ON_REBALANCE": "perhaps", "DETACH_GRACE": "15"})
	r.Policy()
	r.Duration("DETACH_GRACE", 0)
	const duration = "a duration of 0 or more with its unit, like 15s or 10m"
	want := &settings.Error{Faults: []string{
		`GROUPS is "we*b"; accepted: group names with commas between, each a group name, 1 to 64 of A-Z a-z 0-9 . _ -`,
		`COOLDOWN is "-1m"; accepted: ` + duration,
		`ACT_ON_REBALANCE is "perhaps"; accepted: true or false`,
		`DETACH_GRACE is "15"; accepted: ` + duration,
	}}
	var got *settings.Error
	if !errors.As(r.Err(), &got) {
		t.Fatalf("%v; want a *settings.Error", r.Err())
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if message := "bad settings: " + strings.Join(want.Faults, "; "); got.Error() != message {
		t.Errorf("%s; want %s", got.Error(), message)
	}
}

// TestHostileValues keep the message in one line.
func TestHostileValues(t *testing.T) {
	_, err := read("a\nERROR forged line", (*settings.Reader).Flag)
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v; want one line", err)
	}
}

// wantFault reads a value that can't be used, and wants an error that names it and what is accepted.
func wantFault[T any](t *testing.T, value string, by func(r *settings.Reader, name string) T, accepted string) {
	t.Helper()
	_, err := read(value, by)
	want := fmt.Sprintf("X is %q; accepted: %s", strings.TrimSpace(value), accepted)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%q: %v; want %s", value, err, want)
	}
}
