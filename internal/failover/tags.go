package failover

import (
	"fmt"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// tagFaults are the instances that have a malformed tag.
type tagFaults struct {
	byID map[string]inventory.Instance
	// ungrouped are those whose group tag is malformed, in the order of their ids: they may be meant for any group.
	ungrouped []inventory.Instance
}

// add takes in the instances of a snapshot.
func (t *tagFaults) add(s inventory.Snapshot) {
	for _, id := range s.InstanceIDs() {
		t.addInstances(s.Instances[id])
	}
}

// addInstances takes in instances, the first time that they come.
func (t *tagFaults) addInstances(list ...inventory.Instance) {
	if t.byID == nil {
		t.byID = map[string]inventory.Instance{}
	}
	for _, in := range list {
		if _, known := t.byID[in.ID]; known || len(in.TagFaults) == 0 {
			continue
		}
		t.byID[in.ID] = in
		if slices.ContainsFunc(in.TagFaults, func(f inventory.TagFault) bool { return f.Tag == inventory.TagGroup }) {
			t.ungrouped = append(t.ungrouped, in)
		}
	}
}

// warnings names the malformed tags that bear on an interface: its own, those of its candidates, and those of
// instances beside it that could be candidates if their group tag were right.
func (t *tagFaults) warnings(item plan.Item, candidates []CandidateReport) []string {
	var list []string
	for _, f := range item.Interface.TagFaults {
		list = append(list, f.String())
	}
	if item.Settled != "" && item.Settled != plan.OutcomeStranded {
		return list
	}
	told := map[string]bool{}
	tell := func(in inventory.Instance) {
		for _, f := range in.TagFaults {
			list = append(list, fmt.Sprintf("%s: %s", in.ID, f))
		}
		told[in.ID] = true
	}
	for _, c := range candidates {
		tell(t.byID[c.Instance])
	}
	for _, in := range t.ungrouped {
		if !told[in.ID] && in.AZ == item.Interface.AZ && in.VPC == item.Interface.VPC {
			tell(in)
		}
	}
	return list
}
