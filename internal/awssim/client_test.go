package awssim_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/smithy-go"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// region is a simulation with real SDK clients on its in-memory transport.
type region struct {
	*awssim.Sim
	ec2         *ec2.Client
	route53     *route53.Client
	autoscaling *autoscaling.Client
}

// newRegion starts a simulation. The clients make one attempt per call, so that the wire log shows exactly the test's
// calls.
func newRegion(t *testing.T, w awssim.World) *region {
	t.Helper()
	sim, err := awssim.New(w)
	if err != nil {
		t.Fatal(err)
	}
	return connect(sim, sim.Client(), "")
}

// connect returns clients that reach a simulation through an HTTP client, at an endpoint if one is given.
func connect(sim *awssim.Sim, client *http.Client, endpoint string) *region {
	cfg := simclient.Untuned(client)
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	if endpoint != "" {
		cfg.BaseEndpoint = &endpoint
	}
	return &region{sim, ec2.NewFromConfig(cfg), route53.NewFromConfig(cfg), autoscaling.NewFromConfig(cfg)}
}

func (r *region) attach(ctx context.Context, iface, instance string, index int32) (string, error) {
	out, err := r.ec2.AttachNetworkInterface(ctx, &ec2.AttachNetworkInterfaceInput{
		NetworkInterfaceId: &iface, InstanceId: &instance, DeviceIndex: &index, NetworkCardIndex: aws.Int32(0),
	})
	if err != nil {
		return "", err
	}
	return *out.AttachmentId, nil
}

func (r *region) detach(ctx context.Context, attachment string, force bool) error {
	_, err := r.ec2.DetachNetworkInterface(ctx, &ec2.DetachNetworkInterfaceInput{AttachmentId: &attachment, Force: &force})
	return err
}

// code returns the API error code of an error: "" for nil, the error's text if it is not an API error.
func code(err error) string {
	var api smithy.APIError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &api):
		return api.ErrorCode()
	default:
		return err.Error()
	}
}

// The ids in pair.
const (
	holder  = "i-0000000000000000a"
	standby = "i-0000000000000000b"
	service = "eni-00000000000000001"
	zoneA   = "eu-west-1a"
)

// pair returns the smallest useful world: an interface on its holder, and a standby.
func pair() awssim.World {
	return awssim.World{
		Timing: awssim.Timing{
			Call:   awssim.Duration(20 * time.Millisecond),
			Detach: awssim.Duration(2 * time.Second),
			Attach: awssim.Duration(time.Second),
		},
		Instances: []awssim.Instance{
			{ID: holder, AZ: zoneA, Tags: map[string]string{"eni-failover:group": "db"}},
			{ID: standby, AZ: zoneA, Tags: map[string]string{"eni-failover:group": "db"}},
		},
		Interfaces: []awssim.Interface{{
			ID: service, PrivateIPs: []awssim.PrivateIP{{Address: "10.0.1.5"}},
			Tags:       map[string]string{"eni-failover:group": "db"},
			Attachment: &awssim.Attachment{Instance: holder, DeviceIndex: 1},
		}},
	}
}
