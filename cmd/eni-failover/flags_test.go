package main

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
)

// An error is one line that names what is wrong and says what is accepted, or the next step.
func TestUsageErrors(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"stats"}, `command "stats" is not known; accepted: audit, `},
		{[]string{"plan"}, "the argument of plan is missing; accepted: the id of one instance"},
		{[]string{"plan", "db-a"}, `plan of "db-a"; accepted: the id of one instance`},
		{[]string{"plan", holderID, standbyID}, `plan of "` + standbyID + `"; accepted: the id of one instance`},
		{[]string{"status", "db"}, `"db" is left over; accepted: status without an argument`},
		{[]string{"status", "-region", "Ireland"}, `invalid value "Ireland" for flag -region: accepted: a region, like eu-west-1`},
		{[]string{"-endpoint", "localhost:4566", "status"}, `for flag -endpoint: accepted: a URL`},
		{[]string{"status", "-endpoint", "http://"}, `for flag -endpoint: accepted: a URL`},
		{[]string{"status", "-profile", ""}, "for flag -profile: accepted: "},
		{[]string{"status", "-verbose"}, "-verbose; -h lists the commands and their flags"},
	} {
		r := eniFailover(t, "", nil, tt.args...)
		if r.status != exitUsage || !strings.Contains(r.err, tt.want) || strings.Count(r.err, "\n") != 1 || r.out != "" {
			t.Errorf("%q: status %d, %q %q; want %q", tt.args, r.status, r.err, r.out, tt.want)
		}
	}
}

// The manual fits a terminal, and has every command and every flag.
func TestManual(t *testing.T) {
	for _, args := range [][]string{nil, {"-h"}, {"help"}, {"status", "-h"}, {"-json", "-help"}} {
		if r := eniFailover(t, "", nil, args...); r.status != exitOK || r.out != manual || r.err != "" {
			t.Errorf("%q: status %d, %q", args, r.status, r.err)
		}
	}
	for name, f := range commands() {
		if !strings.Contains(manual, "\n  "+name+" ") {
			t.Errorf("the manual has no command %s", name)
		}
		for flag := range strings.FieldsSeq(commonFlags + " " + f.flags) {
			if !strings.Contains(manual, " -"+flag) {
				t.Errorf("the manual has no flag -%s", flag)
			}
		}
	}
	for line := range strings.Lines(manual) {
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > display.DefaultWidth {
			t.Errorf("line %q", line)
		}
	}
	for _, name := range settingNames() {
		if !strings.Contains(manual, name) {
			t.Errorf("the manual has no setting %s", name)
		}
	}
	if names := slices.Sorted(maps.Keys(commands())); len(names) < 4 {
		t.Errorf("commands %q", names)
	}
}

// Flags may stand before and behind the command and its argument.
func TestFlagsAnywhere(t *testing.T) {
	a := serve(t, "healthy-pair.json")
	for _, args := range [][]string{
		{"-json", "-endpoint", a.url, "plan", holderID}, {"plan", "-json", holderID, "-endpoint", a.url}, {"plan", holderID, "-endpoint", a.url, "-json"},
	} {
		if r := eniFailover(t, "", nil, args...); r.status != exitOK || !strings.HasPrefix(r.out, "{") {
			t.Errorf("%q: status %d, %s", args, r.status, r.err)
		}
	}
}

// The credentials, the region and the endpoint are found as the AWS CLI finds them.
func TestOwnConfiguration(t *testing.T) {
	a := serve(t, "healthy-pair.json")
	dir := t.TempDir()
	files := map[string]string{
		"config":      "[profile ops]\nregion = eu-west-1\n[profile nowhere]\n[profile empty]\nregion = eu-west-1\n",
		"credentials": "[ops]\naws_access_key_id = AKIDOPS\naws_secret_access_key = secret\n[nowhere]\naws_access_key_id = AKIDOPS\naws_secret_access_key = secret\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": filepath.Join(dir, "config"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(dir, "credentials"), "AWS_ENDPOINT_URL": a.url,
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_PROFILE": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "",
	} {
		t.Setenv(name, value)
	}
	if r := eniFailover(t, "", nil, "status", "-profile", "ops"); r.status != exitOK || !strings.Contains(r.out, "eu-west-1") {
		t.Errorf("status %d, %s", r.status, r.err)
	}
	calls := a.sim.Calls()
	if len(calls) == 0 || slices.ContainsFunc(calls, func(c awssim.Call) bool { return c.AccessKey != "AKIDOPS" }) {
		t.Errorf("calls %+v", calls)
	}
	for _, tt := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"status", "-profile", "absent"}, exitUsage, `-profile or AWS_PROFILE is "absent"; accepted: a profile`},
		{[]string{"status", "-profile", "nowhere"}, exitUsage, "the region is missing; accepted: -region, AWS_REGION"},
		{[]string{"status", "-profile", "empty"}, exitFailed, "there are no AWS credentials ("},
	} {
		r := eniFailover(t, "", nil, tt.args...)
		if r.status != tt.status || !strings.Contains(r.err, tt.want) || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%q: status %d, %s; want %d, %s", tt.args, r.status, r.err, tt.status, tt.want)
		}
	}
}

// What AWS answers, or no answer at all, ends with the next step.
func TestErrorsOfCalls(t *testing.T) {
	for code, want := range map[string]string{
		"UnauthorizedOperation": "next: allow these credentials what `eni-failover policy` prints", "AuthFailure": "next: renew the credentials",
		"RequestExpired": "next: renew the credentials", "InvalidAction": "next: try again",
	} {
		a := serve(t, "healthy-pair.json")
		a.sim.Intercept(func(awssim.Call) awssim.Fault { return awssim.Fault{Code: code, Status: http.StatusBadRequest} })
		for _, args := range [][]string{{"status"}, {"audit"}, {"plan", holderID}} {
			r := a.ask(t, args...)
			if r.status != exitFailed || !strings.Contains(r.err, want) || strings.Count(r.err, "\n") != 1 || strings.Contains(r.err, "the function's role") {
				t.Errorf("%s, %s: status %d, %s", code, args, r.status, r.err)
			}
		}
	}
	silent := serve(t, "healthy-pair.json")
	silent.url = "http://127.0.0.1:1"
	if r := silent.ask(t, "status"); r.status != exitUsage || !strings.Contains(r.err, "connection refused; accepted: an address at which something answers") {
		t.Errorf("status %d, %s", r.status, r.err)
	}
}
