package failover

import (
	"fmt"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// tagFaults collects the instances that have malformed tags.
type tagFaults struct {
	byID map[string]inventory.Instance
	// ungrouped are those with a malformed group tag: each may be meant for any group. Those of one snapshot are in the
	// order of their ids.
	ungrouped []inventory.Instance
}

// add adds the instances of a snapshot that are not known yet.
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

// warnings names the malformed tags that concern an interface: its own, those of its candidates, and those of instances in
// its Availability Zone and VPC that would be candidates if their group tag were valid.
func (t *tagFaults) warnings(item plan.Item, candidates []plan.Candidate) []string {
	var list []string
	for _, f := range item.Interface.TagFaults {
		list = append(list, f.String())
	}
	if item.Settled != "" && item.Settled != plan.OutcomeStranded {
		return list // no candidate was asked for, so the tags of instances do not matter
	}
	named := map[string]bool{}
	name := func(in inventory.Instance) {
		for _, f := range in.TagFaults {
			list = append(list, fmt.Sprintf("%s: %s", in.ID, f))
		}
		named[in.ID] = true
	}
	for _, c := range candidates {
		name(t.byID[c.Instance])
	}
	for _, in := range t.ungrouped {
		if !named[in.ID] && in.AZ == item.Interface.AZ && in.VPC == item.Interface.VPC {
			name(in)
		}
	}
	return list
}
