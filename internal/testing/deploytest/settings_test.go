package deploytest_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/audit"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// environment looks up a function's environment variables.
func environment(s stack, function string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := s.prop(function, "Environment", "Variables", name).(string)
		return value, ok
	}
}

// A deployment with nothing but defaults has the function's own defaults. Only the bus is none by the function's default.
func TestDefaultsAreTheFunctions(t *testing.T) {
	s := deploy(t, "EventBus=")
	got, err := failover.ReadSettings(environment(s, "FailoverFunction"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := failover.ReadSettings(func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-function's own +template's):\n%s", diff)
	}
}

func TestSettingsReachTheFunction(t *testing.T) {
	s := deploy(t, "Groups=db,web", "DryRun=true", "DetachGrace=1m30s", "Cooldown=2h", "ImpairedAfter=0", "ActOnRebalance=true",
		"StartStandbys=true", "StartSettle=45s", "RecordZones=Z1", "RepairRecords=true")
	got, err := failover.ReadSettings(environment(s, "FailoverFunction"))
	if err != nil {
		t.Fatal(err)
	}
	want := failover.Settings{
		Policy: plan.Policy{
			Groups: []string{"db", "web"}, DetachGrace: 90 * time.Second, Cooldown: 2 * time.Hour, ImpairedAfter: 0, ActOnRebalance: true,
			StartStandbys: true, StartSettle: 45 * time.Second,
		},
		DryRun: true, RepairRecords: true, EventBus: "default", ProbeRun: 65 * time.Second,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

// docs/concepts.md has a row for each setting that the failover reads, and no other; docs/findings.md names those that only the
// audit reads.
func TestSettingsAreDocumented(t *testing.T) {
	read := map[string]bool{}
	record := func(name string) (string, bool) {
		read[name] = true
		return "", false
	}
	if _, err := failover.ReadSettings(record); err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(readFile(t, filepath.Join(root, "docs", "concepts.md")), "\n## Settings\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|").FindAllStringSubmatch(section, -1) {
		rows[row[1]] = true
	}
	if diff := cmp.Diff(read, rows); diff != "" {
		t.Errorf("settings (-read by the failover +docs/concepts.md):\n%s", diff)
	}
	if _, err := audit.ReadSettings(record); err != nil {
		t.Fatal(err)
	}
	page := readFile(t, filepath.Join(root, "docs", "findings.md"))
	for name := range read {
		if !rows[name] && !strings.Contains(page, "`"+name) {
			t.Errorf("no page has the audit's setting %s", name)
		}
	}
}

// docs/concepts.md has a row for each tag that the code knows, and no other.
func TestTagsAreDocumented(t *testing.T) {
	known, rows := map[string]bool{}, map[string]bool{}
	for _, pattern := range []string{"internal/inventory/*.go", "internal/probe/probetag/*.go"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, tag := range regexp.MustCompile(`"(eni-failover:[a-z]+)"`).FindAllStringSubmatch(readFile(t, file), -1) {
				known[tag[1]] = true
			}
		}
	}
	for _, row := range regexp.MustCompile("(?m)^\\| [A-Za-z ]+ \\| `(eni-failover:[a-z]+)` \\|").FindAllStringSubmatch(readFile(t, filepath.Join(root, "docs", "concepts.md")), -1) {
		rows[row[1]] = true
	}
	if diff := cmp.Diff(known, rows); diff != "" || len(known) < 8 {
		t.Errorf("tags (-known to the code +docs/concepts.md):\n%s", diff)
	}
}

// Go finds the bundle of certificate authorities by itself, and reads no folder of certificates.
func TestAuthoritiesAreReadOnce(t *testing.T) {
	s := deploy(t)
	for _, function := range []string{"FailoverFunction", "AuditFunction"} {
		lookup := environment(s, function)
		if file, set := lookup("SSL_CERT_FILE"); set {
			t.Errorf("%s: SSL_CERT_FILE is %q, and may not exist in a later image", function, file)
		}
		folder, set := lookup("SSL_CERT_DIR")
		if _, err := os.Stat(folder); !set || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: SSL_CERT_DIR is %q (%v); want a folder that does not exist", function, folder, err)
		}
	}
}

// allowedPattern reads a parameter's pattern from the template's text, so that fuzzing needs no Python.
func allowedPattern(tb testing.TB, parameter string) *regexp.Regexp {
	tb.Helper()
	text := readFile(tb, filepath.Join(root, "template.yaml"))
	_, rest, found := strings.Cut(text, "\n  "+parameter+":\n    Type:")
	if !found {
		tb.Fatalf("no parameter %s", parameter)
	}
	_, rest, _ = strings.Cut(rest, "AllowedPattern: ")
	line, _, _ := strings.Cut(rest, "\n")
	return regexp.MustCompile(line)
}

// A value that a parameter's pattern accepts is a good setting: a bad one must fail at the deployment, not at 3 a.m.
func FuzzPatternsAcceptOnlySettings(f *testing.F) {
	for _, seed := range []string{"", "0", "15s", "1h2m3s", "99999h99999h99999h", "007s", "0ms", "db", "a,b.c_d-e", "1s1", "s", "5m 1s", "1.5h", strings.Repeat("a", 64)} {
		f.Add(seed)
	}
	patterns := map[string]*regexp.Regexp{}
	names := map[string]string{"Groups": "GROUPS", "DetachGrace": "DETACH_GRACE", "Cooldown": "COOLDOWN", "ImpairedAfter": "IMPAIRED_AFTER", "StartSettle": "START_SETTLE"}
	for parameter := range names {
		patterns[parameter] = allowedPattern(f, parameter)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for parameter, name := range names {
			if !patterns[parameter].MatchString(value) {
				continue
			}
			_, err := failover.ReadSettings(func(n string) (string, bool) {
				if n == name {
					return value, true
				}
				return "", false
			})
			if err != nil {
				t.Errorf("%s=%q passes %s: %v", parameter, value, patterns[parameter], err)
			}
		}
	})
}

// A list of keys that the pattern accepts is one that the audit accepts. (An alias would be a resource for which a policy
// allows nothing.)
func FuzzStartKeysAcceptsOnlyKeys(f *testing.F) {
	pattern := allowedPattern(f, "StartKeys")
	for _, seed := range []string{"", volumeKey, volumeKey + "," + volumeKey, "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-0a", "arn:aws:kms:eu-west-1:123456789012:alias/a", volumeKey + "/b"} {
		f.Add(seed)
	}
	if !pattern.MatchString(volumeKey + ",arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef") {
		f.Errorf("%s accepts no keys", pattern)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if !pattern.MatchString(value) {
			return
		}
		set, err := audit.ReadSettings(func(name string) (string, bool) {
			if name == "START_KEYS" {
				return value, true
			}
			return "", false
		})
		if err != nil || (value != "" && len(set.StartKeys) != 1+strings.Count(value, ",")) {
			t.Errorf("%q passes %s: %v, %v", value, pattern, set.StartKeys, err)
		}
	})
}
