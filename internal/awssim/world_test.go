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
	const one = `{"instances": [{"id": "i-00000001", "az": "eu-west-1a"`
	tests := []struct{ name, text, want string }{
		{"empty", " \n", "world: it is empty; want a JSON object"},
		{"binary", "\x7fELF\xff\xfe", "world: it is not text in UTF-8"},
		{"cut off", "{\n", "world: line 2, column 1: unexpected end of JSON input; want one JSON object"},
		{"trailing comma", "{\n  \"instances\": [\n    {},\n  ]\n}", "world: line 4, column 3: invalid character ']' looking for beginning of value; want"},
		{"YAML", "region: eu-west-1\n", "world: line 1, column 1: invalid character 'r'"},
		{"comment", "{\n// mine\n}", "world: line 2, column 1: invalid character '/'"},
		{"more than one", `{} {}`, "world: line 1, column 4: invalid character '{' after top-level value; want one JSON object"},
		{"a list", `[]`, `world: []: want an object {…} with fields of account, autoScalingGroups, `},
		{"a name twice", "{\"region\": \"eu-west-1\",\n\"region\": \"eu-west-2\"}", `world: line 2: region: "region": the name is there twice`},
		{"a name of a tag twice", one + `, "tags": {"a": "1", "a": "1"}}]}`, `instances[0].tags.a: "a": the name is there twice`},
		{"unknown field", one + `, "tipe": "t3.nano"}]}`, `instances[0].tipe: "t3.nano": unknown field: want one of applicationStatus, autoScalingGroup, az, `},
		{"line of a field", "{\"instances\": [\n{\"id\": \"i-00000001\",\n\"az\": 5}]}", `world: line 3: instances[0].az: 5: want a string`},
		{"line of a field that is missing", "{\"instances\": [\n\n{\"id\": \"i-00000001\"}]}", `world: line 3: instances[0].az: "": required`},
		{"wrong kind", `{"interfaces": [{"id": "eni-00000001", "attachment": {"deviceIndex": "1"}}]}`, `interfaces[0].attachment.deviceIndex: "1": want an integer`},
		{"duration", `{"timing": {"detach": "2 s"}}`, `timing.detach: "2 s": want a duration that is not negative, in quotes, such as "500ms"`},
		{"duration as a number", `{"timing": {"detach": 600}}`, `timing.detach: 600: want a duration that is not negative, in quotes, such as "500ms"`},
		{"negative duration", `{"timing": {"detach": "-2s"}}`, `timing.detach: "-2s": want a duration that is not negative`},
		{"time", one + `, "launchTime": "yesterday"}]}`, `instances[0].launchTime: "yesterday": want a time as in RFC 3339, such as "2026-11-23T10:00:00Z"`},
		{"tags", one + `, "tags": {"k": 1}}]}`, `instances[0].tags.k: 1: want a string`},
		{"tags as EC2 has them", one + `, "tags": [{"Key": "k", "Value": "v"}]}]}`, `want an object of names with their values, such as {"Name": "db-1"}`},
		{"addresses as strings", `{"interfaces": [{"id": "eni-00000001", "privateIPs": ["10.0.0.1"]}]}`, `privateIPs[0]: "10.0.0.1": want an object {…} with fields of address, `},
		{"list", `{"zones": {}}`, `zones: {}: want a list`},
		{"state", one + `, "state": "walking"}]}`, `instances[0].state: "walking": want one of pending, running`},
		{"request that can't stop", one + `, "lifecycle": "spot", "spotBehavior": "stop", "spotType": "one-time"}]}`, `instances[0].spotType: "one-time": want one of persistent`},
		{"request of no type", one + `, "lifecycle": "spot", "spotType": "once"}]}`, `instances[0].spotType: "once": want one of , one-time, persistent`},
		{"zone of another region", `{"region": "us-east-1", "instances": [{"id": "i-00000001", "az": "eu-west-1a"}]}`, `instances[0].az: "eu-west-1a": want an Availability Zone of the region us-east-1, such as us-east-1a`},
		{"disrupted zone of another region", `{"disruptedAZs": ["us-east-1a"]}`, `disruptedAZs[0]: "us-east-1a": want an Availability Zone of the region eu-west-1`},
		{"type", one + `, "type": "t9.huge"}]}`, `"t9.huge": unknown type`},
		{"id", `{"interfaces": [{"id": "i-1", "az": "eu-west-1a"}]}`, `interfaces[0].id: "i-1": want an id that begins with eni-`},
		{"id without its digits", `{"instances": [{"id": "i-1", "az": "eu-west-1a"}]}`, `instances[0].id: "i-1": want i- and 8 or 17 of the digits 0-9 and a-f`},
		{"unattached without a zone", `{"interfaces": [{"id": "eni-00000001"}]}`, `interfaces[0].az: "": required of an interface that is not attached`},
		{"address", `{"interfaces": [{"id": "eni-00000001", "az": "eu-west-1a", "privateIPs": [{"address": "10.0.0"}]}]}`, `interfaces[0].privateIPs[0].address: "10.0.0": want an IPv4 address`},
		{"record", `{"zones": [{"id": "Z1", "name": "x", "records": [{"name": "y", "type": "A", "values": ["z"]}]}]}`, `zones[0].records[0]: "y. A": RRSet with DNS name y. is not permitted in zone x.`},
		{"record without values", `{"zones": [{"id": "Z1", "name": "x", "records": [{"name": "x", "type": "A"}]}]}`, `zones[0].records[0]: "x. A": want values, or an alias`},
		{"failure of a start", one + `, "failStart": "InsufficientInstanceCapacity"}]}`, `instances[0].failStart: "InsufficientInstanceCapacity": want one of Server.InsufficientInstanceCapacity, `},
		{"reason without a code", one + `, "stateReason": {"message": "no"}}]}`, `instances[0].stateReason.code: "": required`},
		{"volume of an unknown instance", `{"volumes": [{"id": "vol-00000001", "instance": "i-00000001"}]}`, `volumes[0].instance: "i-00000001": no such instance`},
		{"volume's id", one + `}], "volumes": [{"id": "vol-1", "instance": "i-00000001"}]}`, `volumes[0].id: "vol-1": want vol- and 8 or 17 of the digits`},
		{"key without encryption", one + `}], "volumes": [{"id": "vol-00000001", "instance": "i-00000001", "kmsKeyID": "arn:aws:kms:x"}]}`, `volumes[0].kmsKeyID: "arn:aws:kms:x": want an ARN, and only with encrypted true`},
		{"key by its alias", one + `}], "volumes": [{"id": "vol-00000001", "instance": "i-00000001", "encrypted": true, "kmsKeyID": "alias/x"}]}`, `volumes[0].kmsKeyID: "alias/x": want an ARN`},
		{"account", `{"account": "1"}`, `account: "1": want 12 digits`},
	}
	for _, test := range tests {
		_, err := awssim.ParseWorld(strings.NewReader(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
	// One error has all faults.
	_, err := awssim.ParseWorld(strings.NewReader(`{"region": 1, "account": 2}`))
	if err == nil || strings.Count(err.Error(), "want a string") != 2 {
		t.Errorf("two faults: %v", err)
	}
	// One fault gives one error, without errors for its consequences.
	for name, text := range map[string]string{
		"an unknown holder":   `{"interfaces": [{"id": "eni-00000001", "attachment": {"instance": "i-00000001", "deviceIndex": 1}}]}`,
		"an instance's twice": `{"instances": [{"id": "i-00000001", "az": "eu-west-1a"}, {"id": "i-00000001", "az": "eu-west-1a"}]}`,
	} {
		if _, err := awssim.ParseWorld(strings.NewReader(text)); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A world without timing gets the typical one; a world with timing keeps it.
func TestTimingOfAWorld(t *testing.T) {
	for text, want := range map[string]awssim.Timing{
		`{}`: awssim.TypicalTiming(), `{"timing": {}}`: {}, `{"timing": {"detach": "3s"}}`: {Detach: awssim.Duration(3 * time.Second)},
	} {
		w, err := awssim.ParseWorld(strings.NewReader("\ufeff" + text))
		if err != nil || w.Timing != want {
			t.Errorf("%s: %+v, %v", text, w.Timing, err)
		}
	}
}

func TestImpossibleWorlds(t *testing.T) {
	tests := []struct {
		name string
		edit func(*awssim.World)
		want string
	}{
		{"duplicate instance", func(w *awssim.World) { w.Instances[1].ID = holder }, `instances[1].id: "` + holder + `": duplicate`},
		{"duplicate interface", func(w *awssim.World) { w.Interfaces = append(w.Interfaces, interfaceOnStandby(service, 1)) }, "interfaces[1].id"},
		{"unknown holder", func(w *awssim.World) { w.Interfaces[0].Attachment.Instance = "i-x" }, "no such instance"},
		{"two at one index", func(w *awssim.World) {
			w.Interfaces = append(w.Interfaces, interfaceOnStandby("eni-2", 1), interfaceOnStandby("eni-3", 1))
		}, "has eni-2 at this index"},
		{"over the limit", func(w *awssim.World) {
			for _, id := range []string{"eni-2", "eni-3"} {
				w.Interfaces = append(w.Interfaces, interfaceOnStandby(id, len(w.Interfaces)+1))
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

// TestWorldAsJSON checks that a simulation's world can be written, read and run again.
func TestWorldAsJSON(t *testing.T) {
	w := pair()
	w.Zones = worldWithZones().Zones
	w.Volumes = pairWithVolumes().Volumes
	w.Instances[1].State, w.Instances[1].StateReason = "stopped", awssim.StateReason{Code: "Client.InternalError"}
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
	// A snapshot belongs to the caller.
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
