package failover_test

import (
	"reflect"
	"strings"
	"testing"
)

// wantError checks an error's type, by the name that Lambda reports, and what its message says.
func wantError(t *testing.T, err error, typeName string, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error; want a %s", typeName)
		return
	}
	if got := reflect.TypeOf(err).Elem().Name(); got != typeName {
		t.Errorf("error %s (%v); want a %s", got, err, typeName)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q; want it to say %q", err, part)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error of several lines: %q", err)
	}
}
