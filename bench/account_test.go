package bench_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/eventbridgeapi"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/testing/lambdarun"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

const (
	vpc     = "vpc-0d0d0d0d0d0d0d0d0"
	holder  = "i-00000000000000001"
	standby = "i-00000000000000002"
	// callTime is the time of one call, with request and reply.
	callTime = 20 * time.Millisecond
)

// account is a Spot instance that holds n interfaces with a name each, and a standby.
func account(n int, detach time.Duration) awssim.World {
	w := awssim.World{
		InstanceTypes: []awssim.InstanceType{{Name: "big.1", MaximumInterfaces: n + 1, IPv4PerInterface: 10}},
		Timing:        awssim.Timing{Call: awssim.Duration(callTime), Detach: awssim.Duration(detach)},
		Zones:         []awssim.Zone{{ID: "ZCORP", Name: "corp.internal", VPCs: []string{vpc}}},
	}
	for id, lifecycle := range map[string]string{holder: "spot", standby: ""} {
		w.Instances = append(w.Instances, awssim.Instance{
			ID: id, Type: "big.1", AZ: "eu-west-1a", VPC: vpc, State: "running", Lifecycle: lifecycle,
			Tags: map[string]string{"eni-failover:group": "db"},
		})
	}
	for k := range n {
		name, address := fmt.Sprintf("s%05d.corp.internal", k), fmt.Sprintf("10.100.%d.%d", k>>8, k&255)
		w.Interfaces = append(w.Interfaces, awssim.Interface{
			ID: fmt.Sprintf("eni-%017x", k), AZ: "eu-west-1a", VPC: vpc, PrivateIPs: []awssim.PrivateIP{{Address: address}},
			Tags:       map[string]string{"eni-failover:group": "db", "eni-failover:record": name},
			Attachment: &awssim.Attachment{Instance: holder, DeviceIndex: k + 1},
		})
		w.Zones[0].Records = append(w.Zones[0].Records, awssim.Record{Name: name, Type: "A", TTL: 60, Values: []string{address}})
	}
	return w
}

// simulate starts the simulation of an account.
func simulate(tb testing.TB, w awssim.World) *awssim.Sim {
	tb.Helper()
	sim, err := awssim.New(w)
	if err != nil {
		tb.Fatal(err)
	}
	return sim
}

// newHandler makes the failover's handler on a simulated account, with empty caches, as after a cold start. It puts events
// on a bus.
func newHandler(tb testing.TB, sim *awssim.Sim) *failover.Handler {
	tb.Helper()
	settings, err := failover.ReadSettings(func(name string) (string, bool) {
		values := map[string]string{"EVENT_BUS": "default", "DETACH_GRACE": "60s"}
		return values[name], values[name] != ""
	})
	if err != nil {
		tb.Fatal(err)
	}
	cfg := simclient.Config(sim.Client())
	return failover.New(settings, cfg.Region, failover.Clients{
		EC2: ec2api.New(ec2.NewFromConfig(cfg)), Records: route53api.New(route53.NewFromConfig(awsconfig.Paced(cfg, failover.RecordRate())), cfg.Region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(cfg)), Bus: eventbridgeapi.New(eventbridge.NewFromConfig(cfg), settings.EventBus),
	}, emf.New(io.Discard, "bench"), slog.New(slog.DiscardHandler))
}

// spotWarning is the event that warns of a Spot interruption.
func spotWarning(tb testing.TB, instance string) []byte {
	tb.Helper()
	event, err := json.Marshal(map[string]any{
		"version": "0", "id": "12345678-1234-1234-1234-123456789012", "source": "aws.ec2", "detail-type": "EC2 Spot Instance Interruption Warning",
		"account": lambdarun.DefaultAccount, "region": simclient.Region, "time": time.Now().UTC().Format(time.RFC3339), "resources": []string{},
		"detail": map[string]string{"instance-id": instance, "instance-action": "terminate"},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return event
}
