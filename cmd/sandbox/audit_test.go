package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/readiness"
)

// audited runs the audit and reads its result.
func audited(t *testing.T, args ...string) readiness.Result {
	t.Helper()
	r := sandbox(t, "", nil, append([]string{"-audit", "-json"}, args...)...)
	var result readiness.Result
	if err := json.Unmarshal([]byte(r.out), &result); err != nil || r.status != exitOK || r.err != "" {
		t.Fatalf("status %d, %v, standard error %q\n%s", r.status, err, r.err, r.out)
	}
	return result
}

func TestAuditOfTheAccountThatIsNotReady(t *testing.T) {
	result := audited(t)
	seen := map[readiness.ID]readiness.Severity{}
	for _, f := range result.Findings {
		seen[f.ID] = f.Severity
	}
	want := map[readiness.ID]readiness.Severity{
		readiness.NoStandbyInAZ: readiness.Critical, readiness.StandbyElsewhere: readiness.Info, readiness.StandbyIndexTaken: readiness.Info, readiness.RecordMismatch: readiness.Critical,
		readiness.StandbyOvercommitted: readiness.Critical, readiness.StandbySameSpotPool: readiness.Warning, readiness.DeleteOnTermination: readiness.Critical,
		readiness.StandbyImpaired: readiness.Critical, readiness.TagMalformed: readiness.Warning, readiness.RecordMissing: readiness.Critical,
		readiness.InterfacePaused: readiness.Warning, readiness.InterfaceOnDeadInstance: readiness.Critical, readiness.GroupWithoutInterface: readiness.Warning,
	}
	if d := cmp.Diff(want, seen); d != "" {
		t.Errorf("%s\n%s", d, result.Summary.Text)
	}

	r := sandbox(t, "", nil, "-audit")
	// All but the two times are the same.
	_, text, _ := strings.Cut(r.out, "\n")
	_, told, _ := strings.Cut(result.Text(display.DefaultWidth), "\n")
	if r.status != exitOK || r.err != "" || text != told {
		t.Errorf("status %d, standard error %q; the text is not that of the result: %s", r.status, r.err, cmp.Diff(told, text))
	}
	for line := range strings.Lines(r.out) {
		line = strings.TrimSuffix(line, "\n")
		copied := strings.HasPrefix(line, "    aws ") || strings.HasPrefix(line, "  https://") // whole, to be copied
		long := utf8.RuneCountInString(line) > display.DefaultWidth && !copied
		if long || strings.HasSuffix(line, " ") || strings.Contains(line, "\x1b") {
			t.Errorf("a line is too wide, has trailing blanks or escapes: %q", line)
		}
	}
}

func TestAuditOfAnAccountOfYourOwn(t *testing.T) {
	ready := fastWorld(t)
	ready.Instances, ready.Interfaces = ready.Instances[:2], ready.Interfaces[:1]
	if r := audited(t, "-world", worldFile(t, ready)); len(r.Findings) > 0 || r.Summary.Ready != 1 {
		t.Errorf("findings in a ready account:\n%s", r.Summary.Text)
	}
	alone := ready
	alone.Instances = alone.Instances[:1]
	if r := audited(t, "-world", worldFile(t, alone)); len(r.Findings) != 1 || r.Findings[0].ID != readiness.NoStandbyInAZ {
		t.Errorf("want one finding, that there is no standby:\n%s", r.Summary.Text)
	}
	if r := audited(t, "-world", worldFile(t, awssim.World{})); r.Summary.Interfaces != 0 || !strings.Contains(r.Summary.Text, "nothing is protected") {
		t.Errorf("an empty account:\n%s", r.Summary.Text)
	}
}

func TestAuditLogsAndObeysSettings(t *testing.T) {
	r := sandbox(t, "", []string{"GROUPS=web"}, "-audit", "-v")
	if r.status != exitOK || !strings.Contains(r.err, `"msg":"finding"`) || !strings.Contains(r.err, `"FindingsCritical":2`) || strings.Contains(r.out, "cache") {
		t.Errorf("status %d, log %s\n%s", r.status, r.err, r.out)
	}
	for _, flags := range [][]string{{"-audit", "-event", "-"}, {"-audit", "-keep-time"}, {"-serve", ":0", "-audit"}} {
		if r := sandbox(t, "", nil, flags...); r.status != exitUsage || !strings.Contains(r.err, "does not go with") {
			t.Errorf("%v: status %d, %s", flags, r.status, r.err)
		}
	}
	printed := sandbox(t, "", nil, "-audit", "-print-world")
	if again := sandbox(t, printed.out, nil, "-audit", "-world", "-"); printed.status != exitOK || again.status != exitOK {
		t.Errorf("the printed account can't be used: %s", fmt.Sprint(printed.err, again.err))
	}
}

// TestAuditReadsTheSettingsOfTheAudit: those that the failover does not have, and those that it needs others for.
func TestAuditReadsTheSettingsOfTheAudit(t *testing.T) {
	const key = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001"
	w := fastWorld(t)
	w.Instances, w.Interfaces = w.Instances[:2], w.Interfaces[:1]
	w.Interfaces[0].Tags["eni-failover:probe"] = "tcp:5432"
	w.Interfaces[0].VPC = "vpc-0a1b2c3d4e5f60001"
	for n := range w.Instances {
		w.Instances[n].VPC = w.Interfaces[0].VPC
	}
	standby := &w.Instances[1]
	standby.State, standby.Tags["eni-failover:start"] = "stopped", "true"
	w.Volumes = []awssim.Volume{{ID: "vol-0a1b2c3d4e5f60001", Instance: standby.ID, Encrypted: true, KMSKeyID: key}}
	for _, test := range []struct {
		env        []string
		want, none []readiness.ID
	}{
		{
			[]string{"START_STANDBYS=true"},
			[]readiness.ID{readiness.ProbeNotDeployed, readiness.ColdStandbyKey},
			[]readiness.ID{readiness.AlertsNotSubscribed},
		},
		{
			[]string{"START_STANDBYS=true", "PROBE_VPC=" + w.Interfaces[0].VPC, "START_KEYS=" + key, "ALERTS_UNSUBSCRIBED=true"},
			[]readiness.ID{readiness.AlertsNotSubscribed},
			[]readiness.ID{readiness.ProbeNotDeployed, readiness.ColdStandbyKey},
		},
	} {
		r := sandbox(t, "", test.env, "-audit", "-json", "-world", worldFile(t, w))
		for _, id := range test.want {
			if !strings.Contains(r.out, `"`+string(id)+`"`) {
				t.Errorf("%v: no finding %s; status %d, %s\n%s", test.env, id, r.status, r.err, r.out)
			}
		}
		for _, id := range test.none {
			if strings.Contains(r.out, `"`+string(id)+`"`) {
				t.Errorf("%v: the finding %s\n%s", test.env, id, r.out)
			}
		}
	}
	for _, args := range [][]string{{"-audit"}, {"-invoke", "audit"}} {
		r := sandbox(t, "", []string{"START_KEYS=alias/aws/ebs", "ALERTS_UNSUBSCRIBED=perhaps"}, args...)
		if r.status != exitUsage || !strings.Contains(r.err, `START_KEYS is "alias/aws/ebs"`) || !strings.Contains(r.err, `ALERTS_UNSUBSCRIBED is "perhaps"`) {
			t.Errorf("%v: status %d, %s", args, r.status, r.err)
		}
	}
}
