package ec2api_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// TestAbsent: an instance is absent only if EC2 has answered about it.
func TestAbsent(t *testing.T) {
	ids, found := []string{"i-1", "i-2", "i-3"}, []inventory.Instance{{ID: "i-2"}}
	failure := errors.New("no answer")
	for name, test := range map[string]struct {
		err  error
		want []string
	}{
		"all are answered":  {nil, []string{"i-1", "i-3"}},
		"some are answered": {&ec2api.PartialError{IDs: []string{"i-3"}, Err: failure}, []string{"i-1"}},
		"none is answered":  {failure, nil},
	} {
		if got := ec2api.Absent(ids, found, test.err); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
	if !slices.Equal(ids, []string{"i-1", "i-2", "i-3"}) {
		t.Errorf("the ids were changed: %v", ids)
	}
}
