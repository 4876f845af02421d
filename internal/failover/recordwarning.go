package failover

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"

	"github.com/eni-failover/eni-failover/internal/record"
)

// recordWarning says what is wrong with a record and what to do: the command that corrects it, and the setting that lets
// this function correct it.
func recordWarning(r record.Result) string {
	const setting = "set REPAIR_RECORDS (RepairRecords in the template), and a later sweep puts it right"
	problem := fmt.Sprintf("record %s is %s: %s; next: ", r.Name, r.State, r.Detail)
	batch := changeBatch(r)
	if batch == "" {
		return problem + "correct or delete it by hand"
	}
	return fmt.Sprintf("%saws route53 change-resource-record-sets --hosted-zone-id %s --change-batch '%s'; or %s", problem, r.HostedZone, batch, setting)
}

// The parts of a change batch (Route 53 API reference, ChangeBatch).
type (
	changes struct{ Changes []change }
	change  struct {
		Action            string
		ResourceRecordSet recordSet
	}
	recordSet struct {
		Name, Type      string
		TTL             int
		ResourceRecords []value
	}
	value struct{ Value string }
)

// changeBatch returns the change, as JSON, that adds the missing addresses to the name. It is empty if the interface has no
// address of the record's family, since there is nothing to add then.
func changeBatch(r record.Result) string {
	const ttl = 60 // seconds
	var batch changes
	for _, a := range r.Want {
		if slices.Contains(r.Got, a) {
			continue
		}
		set := recordSet{Name: r.Name, Type: typeOf(a), TTL: ttl, ResourceRecords: []value{{a.String()}}}
		for _, shared := range r.Shared { // what the command does not list, it takes away
			if typeOf(shared) == set.Type {
				set.ResourceRecords = append(set.ResourceRecords, value{shared.String()})
			}
		}
		batch.Changes = append(batch.Changes, change{Action: "UPSERT", ResourceRecordSet: set})
	}
	text, err := json.Marshal(batch)
	if err != nil || len(batch.Changes) == 0 {
		return ""
	}
	return string(text)
}

// typeOf returns the type of the records that hold the address.
func typeOf(a netip.Addr) string {
	if a.Is4() {
		return "A"
	}
	return "AAAA"
}
