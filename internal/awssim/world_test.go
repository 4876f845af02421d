package awssim_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

func TestParseWorldErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no JSON", `{`, "unexpected EOF"},
		{"more than one", `{} {}`, "want one object"},
		{"unknown field", `{"instances": [{"id": "i-1", "az": "a", "tipe": "t3.nano"}]}`, `instances[0].tipe: "t3.nano": unknown field: want one of applicationStatus, autoScalingGroup, az, `},
		{"wrong kind", `{"interfaces": [{"id": "eni-1", "attachment": {"deviceIndex": "1"}}]}`, `interfaces[0].attachment.deviceIndex: "1": want an integer`},
		{"duration", `{"timing": {"detach": "2 s"}}`, `timing.detach: "2 s": want a Go duration`},
		{"negative duration", `{"timing": {"detach": "-2s"}}`, `timing.detach: "-2s": want a Go duration that is not negative`},
		{"time", `{"instances": [{"id": "i-1", "az": "a", "launchTime": "yesterday"}]}`, `instances[0].launchTime: "yesterday"`},
		{"tags", `{"instances": [{"id": "i-1", "az": "a", "tags": {"k": 1}}]}`, `instances[0].tags.k: 1: want a string`},
		{"list", `{"zones": {}}`, `zones: {}: want a list`},
		{"state", `{"instances": [{"id": "i-1", "az": "a", "state": "walking"}]}`, `instances[0].state: "walking": want one of pending, running`},
		{"request that can't stop", `{"instances": [{"id": "i-1", "az": "a", "lifecycle": "spot", "spotBehavior": "stop", "spotType": "one-time"}]}`, `instances[0].spotType: "one-time": want one of persistent`},
		{"request of no type", `{"instances": [{"id": "i-1", "az": "a", "lifecycle": "spot", "spotType": "once"}]}`, `instances[0].spotType: "once": want one of , one-time, persistent`},
		{"no zone", `{"instances": [{"id": "i-1"}]}`, `instances[0].az: "": required`},
		{"type", `{"instances": [{"id": "i-1", "az": "a", "type": "t9.huge"}]}`, `"t9.huge": unknown type`},
		{"id", `{"interfaces": [{"id": "i-1", "az": "a"}]}`, `interfaces[0].id: "i-1": want an id that begins with eni-`},
		{"address", `{"interfaces": [{"id": "eni-1", "az": "a", "privateIPs": [{"address": "10.0.0"}]}]}`, `interfaces[0].privateIPs[0].address: "10.0.0": want an IPv4 address`},
		{"record", `{"zones": [{"id": "Z1", "name": "x", "records": [{"name": "y", "type": "A", "values": ["z"]}]}]}`, `zones[0].records[0]: "y. A": RRSet with DNS name y. is not permitted in zone x.`},
		{"account", `{"account": "1"}`, `account: "1": want 12 digits`},
	}
	for _, test := range tests {
		_, err := awssim.ParseWorld(strings.NewReader(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
	// All faults come in one message.
	_, err := awssim.ParseWorld(strings.NewReader(`{"region": 1, "account": 2}`))
	if err == nil || strings.Count(err.Error(), "want a string") != 2 {
		t.Errorf("two faults: %v", err)
	}
}

func TestImpossibleWorlds(t *testing.T) {
	tests := []struct {
		name string
		edit func(*awssim.World)
		want string
	}{
		{"duplicate instance", func(w *awssim.World) { w.Instances[1].ID = holder }, `instances[1].id: "` + holder + `": duplicate`},
		{"duplicate interface", func(w *awssim.World) { w.Interfaces = append(w.Interfaces, another(service, 1)) }, "interfaces[1].id"},
		{"unknown holder", func(w *awssim.World) { w.Interfaces[0].Attachment.Instance, w.Interfaces[0].AZ = "i-x", zoneA }, "no such instance"},
		{"two at one index", func(w *awssim.World) { w.Interfaces = append(w.Interfaces, another("eni-2", 1), another("eni-3", 1)) }, "has eni-2 at this index"},
		{"over the limit", func(w *awssim.World) {
			for _, id := range []string{"eni-2", "eni-3"} {
				w.Interfaces = append(w.Interfaces, another(id, len(w.Interfaces)+1))
			}
			w.Instances[1].Type = "t3.micro"
		}, "its type t3.micro takes 2"},
		{"other zone", func(w *awssim.World) { w.Interfaces[0].AZ = "eu-west-1b" }, "it is in eu-west-1a, the interface in eu-west-1b"},
		{"no such card", func(w *awssim.World) { w.Interfaces[0].Attachment.NetworkCard = 1 }, "networkCard"},
		{"address twice", func(w *awssim.World) {
			w.Interfaces[0].PrivateIPs = []awssim.PrivateIP{{Address: "10.0.1.5"}, {Address: "10.0.1.5"}}
		}, "has it"},
		{"two primaries", func(w *awssim.World) {
			w.Interfaces[0].PrivateIPs = []awssim.PrivateIP{{Address: "10.0.1.5", Primary: true}, {Address: "10.0.1.6", Primary: true}}
		}, "want one primary address"},
	}
	for _, test := range tests {
		w := pair()
		test.edit(&w)
		if _, err := awssim.New(w); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// TestWorldAsJSON sees to it that what a simulation shows can be written, read and run again.
func TestWorldAsJSON(t *testing.T) {
	w := pair()
	w.Zones = zones().Zones
	w.Instances[1].LaunchTime = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	sim, err := awssim.New(w)
	if err != nil {
		t.Fatal(err)
	}
	before := sim.World()
	text, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	read, err := awssim.ParseWorld(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(read)
	if err != nil || string(again) != string(text) {
		t.Errorf("%v: wrote\n%s\nread\n%s", err, text, again)
	}
	// And a snapshot is nobody's but the caller's.
	before.Interfaces[0].Tags["x"] = "y"
	before.Zones[0].Records[0].Values[0] = "10.9.9.9"
	if after := sim.World(); after.Interfaces[0].Tags["x"] != "" || reflect.DeepEqual(after.Zones, before.Zones) {
		t.Error("a change of a snapshot changed the simulation")
	}
}

func TestDefaults(t *testing.T) {
	sim, err := awssim.New(awssim.World{Instances: []awssim.Instance{
		{ID: "i-1", AZ: "eu-west-1a", Lifecycle: "spot"}, {ID: "i-2", AZ: "eu-west-1a", State: "terminated"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	w := sim.World()
	i := w.Instances[0]
	if w.Region != "eu-west-1" || i.Type != "t3.medium" || i.State != "running" || i.SpotStatus != "fulfilled" ||
		i.SystemStatus != "ok" || time.Since(i.LaunchTime) < time.Hour {
		t.Errorf("defaults %+v", i)
	}
	if len(w.Interfaces) != 1 || w.Interfaces[0].Attachment.Instance != "i-1" || !w.Interfaces[0].Attachment.DeleteOnTermination ||
		len(w.Interfaces[0].PrivateIPs) != 1 || w.Interfaces[0].VPC != i.VPC {
		t.Errorf("interfaces %+v", w.Interfaces)
	}
	sim.Edit(func(w *awssim.World) { w.Instances = append(w.Instances, awssim.Instance{ID: "i-3", AZ: "eu-west-1b"}) })
	if n := len(sim.World().Interfaces); n != 2 {
		t.Errorf("%d interfaces after an instance was added", n)
	}
}
