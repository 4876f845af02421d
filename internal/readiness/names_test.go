package readiness

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/record"
)

// TestPublishedStates: an audit's result tells the zones that a person has to do something about from what a later audit
// may read.
func TestPublishedStates(t *testing.T) {
	results := []record.Result{
		{State: record.OK},
		{State: record.Mismatch},
		{State: record.Unverified, Cause: record.CauseThrottled},
		{State: record.Unverified, Cause: record.CauseAmbiguousZone},
		{State: record.Unverified, Cause: record.CauseForeignZone},
	}
	text, err := json.Marshal(published(results))
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for n, want := range []string{"ok", "mismatch", "unverified", "ambiguous-zone", "foreign-zone"} {
		if got[n]["state"] != want {
			t.Errorf("result %d is published as %v, want %s", n, got[n], want)
		}
	}
	if results[4].State != record.Unverified {
		t.Errorf("the results of the check are now %+v", results)
	}
	if d := cmp.Diff([]record.Result{}, published(nil)); d != "" {
		t.Errorf("no names: %s", d)
	}
}
