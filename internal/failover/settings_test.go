package failover_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/settings"
)

func read(pairs map[string]string) (failover.Settings, error) {
	return failover.ReadSettings(func(name string) (string, bool) {
		v, ok := pairs[name]
		return v, ok
	})
}

func TestSettings(t *testing.T) {
	s, err := read(nil)
	if err != nil || s.DryRun || s.RepairRecords || s.Policy.Groups != nil || s.Policy.DetachGrace != 15*time.Second ||
		s.Policy.Cooldown != 10*time.Minute || s.Policy.ImpairedAfter != 5*time.Minute {
		t.Errorf("defaults: %+v, %v", s, err)
	}
	empty, err := read(map[string]string{"GROUPS": "", "DRY_RUN": " ", "DETACH_GRACE": "", "COOLDOWN": "", "IMPAIRED_AFTER": "", "REPAIR_RECORDS": ""})
	if err != nil || !reflect.DeepEqual(empty, s) {
		t.Errorf("empty: %+v, %v", empty, err)
	}
	s, err = read(map[string]string{
		"GROUPS": " db, web ,", "DRY_RUN": "TRUE", "DETACH_GRACE": "1m30s", "COOLDOWN": "0", "IMPAIRED_AFTER": "0s", "REPAIR_RECORDS": "1",
	})
	if err != nil || !s.DryRun || !s.RepairRecords || !reflect.DeepEqual(s.Policy.Groups, []string{"db", "web"}) || s.Policy.DetachGrace != 90*time.Second ||
		s.Policy.Cooldown != 0 || s.Policy.ImpairedAfter != 0 {
		t.Errorf("set: %+v, %v", s, err)
	}
}

// TestBadSettings has one message that names every wrong variable, its value and what is accepted.
func TestBadSettings(t *testing.T) {
	bad := map[string]string{
		"GROUPS": "db,we*b", "DRY_RUN": "perhaps", "DETACH_GRACE": "15", "COOLDOWN": "-1m", "IMPAIRED_AFTER": "soon", "REPAIR_RECORDS": "yes please",
		"AWS_ENDPOINT_URL": "localhost:4566",
	}
	_, err := read(bad)
	var faulty *settings.Error
	if !errors.As(err, &faulty) || len(faulty.Faults) != len(bad) || strings.Contains(err.Error(), "\n") {
		t.Fatalf("%v", err)
	}
	for name, value := range bad {
		if name == "GROUPS" {
			value = "we*b"
		}
		if !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), value) {
			t.Errorf("does not name %s %q: %v", name, value, err)
		}
	}
	for _, fault := range faulty.Faults {
		if !strings.Contains(fault, "accepted:") {
			t.Errorf("does not say what is accepted: %s", fault)
		}
	}
}

// TestGroupsThatServeNobody: a GROUPS that names nobody must not be taken for all groups.
func TestGroupsThatServeNobody(t *testing.T) {
	for _, value := range []string{",", " , ,"} {
		if s, err := read(map[string]string{"GROUPS": value}); err == nil && len(s.Policy.Groups) == 0 {
			t.Errorf("%q serves all groups", value)
		}
	}
}

// TestEndpoint has what the SDK would take for a URL, to fail with at the first event.
func TestEndpoint(t *testing.T) {
	for _, good := range []string{"", " ", "http://localhost:4566", "https://vpce-1.ec2.eu-west-1.vpce.amazonaws.com", "http://[::1]:4566/"} {
		if _, err := read(map[string]string{"AWS_ENDPOINT_URL": good}); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"localhost:4566", "not a url", "ftp://x", "//localhost", "http://", "http://:4566", "http://a b", "localhost"} {
		_, err := read(map[string]string{"AWS_ENDPOINT_URL": bad})
		want := fmt.Sprintf("AWS_ENDPOINT_URL is %q; accepted: a URL that begins with http:// or https://", bad)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", bad, err, want)
		}
	}
}
