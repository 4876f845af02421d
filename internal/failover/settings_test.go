package failover_test

import (
	"errors"
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
