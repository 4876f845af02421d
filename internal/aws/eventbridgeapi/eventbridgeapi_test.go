package eventbridgeapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/eni-failover/eni-failover/internal/aws/eventbridgeapi"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

const busARN = "arn:aws:events:eu-west-1:123456789012:event-bus/corp"

// withBus runs a test with a client for a bus of a simulated account.
func withBus(t *testing.T, bus string, test func(t *testing.T, sim *awssim.Sim, client *eventbridgeapi.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim, err := awssim.New(awssim.World{})
		if err != nil {
			t.Fatal(err)
		}
		cfg := simclient.Config(sim.Client())
		test(t, sim, eventbridgeapi.New(eventbridge.NewFromConfig(cfg), bus))
	})
}

func event(n, bytes int) eventbridgeapi.Event {
	detail := fmt.Sprintf(`{"n":%d,"pad":%q}`, n, strings.Repeat("x", bytes))
	return eventbridgeapi.Event{DetailType: "ENI Failover Moved", Time: time.Now(), Detail: json.RawMessage(detail)}
}

func TestPut(t *testing.T) {
	withBus(t, busARN, func(t *testing.T, sim *awssim.Sim, client *eventbridgeapi.Client) {
		if err := client.Put(t.Context(), []eventbridgeapi.Event{event(1, 0), event(2, 0)}); err != nil {
			t.Fatal(err)
		}
		got := sim.BusEvents()
		if len(got) != 2 || len(sim.Calls()) != 1 {
			t.Fatalf("%d events in %d calls; want 2 in 1", len(got), len(sim.Calls()))
		}
		first := got[0]
		if first.Bus != "corp" || first.Source != "eni-failover" || first.DetailType != "ENI Failover Moved" || string(first.Detail) != `{"n":1,"pad":""}` {
			t.Errorf("got %+v", first)
		}
		if want := time.Now().UTC().Truncate(time.Second); !first.Time.Equal(want) {
			t.Errorf("its time is %s; want %s", first.Time, want)
		}
	})
}

// TestBatches: a call has at most ten entries and 256 KB.
func TestBatches(t *testing.T) {
	for _, tt := range []struct{ events, bytes, calls int }{
		{0, 0, 0}, {1, 0, 1}, {10, 0, 1}, {11, 0, 2}, {25, 0, 3}, {3, 100 << 10, 2}, {4, 200 << 10, 4},
	} {
		withBus(t, "default", func(t *testing.T, sim *awssim.Sim, client *eventbridgeapi.Client) {
			var events []eventbridgeapi.Event
			for n := range tt.events {
				events = append(events, event(n, tt.bytes))
			}
			if err := client.Put(t.Context(), events); err != nil {
				t.Fatal(err)
			}
			if got := len(sim.BusEvents()); got != tt.events {
				t.Errorf("%d events arrived of %d", got, tt.events)
			}
			if got := len(sim.Calls()); got != tt.calls {
				t.Errorf("%d events of %d bytes took %d calls; want %d", tt.events, tt.bytes, got, tt.calls)
			}
		})
	}
}

// TestRefusedEntry: one entry that EventBridge refuses does not keep the others off the bus.
func TestRefusedEntry(t *testing.T) {
	withBus(t, "default", func(t *testing.T, sim *awssim.Sim, client *eventbridgeapi.Client) {
		bad := eventbridgeapi.Event{DetailType: "ENI Failover Failed", Detail: json.RawMessage("{")}
		err := client.Put(t.Context(), []eventbridgeapi.Event{event(1, 0), bad, event(3, 0)})
		if err == nil || !strings.Contains(err.Error(), `"ENI Failover Failed"`) || !strings.Contains(err.Error(), "MalformedDetail") {
			t.Errorf("err = %v; want the refused event and EventBridge's code", err)
		}
		if got := len(sim.BusEvents()); got != 2 {
			t.Errorf("%d events arrived; want 2", got)
		}
	})
}

// TestDenied: the policy of the deployed function limits it to one bus and to its own source.
func TestDenied(t *testing.T) {
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"events:PutEvents","Resource":"` + busARN + `",
		"Condition":{"StringEquals":{"events:source":"eni-failover"}}}]}`
	for bus, want := range map[string]fault.Class{busARN: fault.None, "corp": fault.None, "default": fault.Denied} {
		withBus(t, bus, func(t *testing.T, sim *awssim.Sim, client *eventbridgeapi.Client) {
			if err := sim.Policy(simclient.AccessKey, []byte(policy)); err != nil {
				t.Fatal(err)
			}
			if err := client.Put(t.Context(), []eventbridgeapi.Event{event(1, 0)}); fault.ClassOf(err) != want {
				t.Errorf("put on %s: %v; want class %q", bus, err, want)
			}
		})
	}
}
