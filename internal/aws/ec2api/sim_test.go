package ec2api_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

const (
	region  = "eu-west-1"
	zoneA   = "eu-west-1a"
	holder  = "i-0000000000000000a"
	standby = "i-0000000000000000b"
	service = "eni-0000000000000000c"
	holding = "eni-attach-0000000000000000d"
)

var group = map[string]string{"eni-failover:group": "db"}

// pair is a holder with the service's interface, and a standby.
func pair() awssim.World {
	return awssim.World{
		Timing: awssim.Timing{Call: awssim.Duration(20 * time.Millisecond), Detach: awssim.Duration(time.Second)},
		Instances: []awssim.Instance{
			{ID: holder, AZ: zoneA, Tags: group, Lifecycle: "spot"}, {ID: standby, AZ: zoneA, Tags: group},
		},
		Interfaces: []awssim.Interface{{
			ID: service, Tags: group, Attachment: &awssim.Attachment{ID: holding, Instance: holder, DeviceIndex: 1},
		}},
	}
}

// simulate starts an account, and a client on it.
func simulate(t *testing.T, w awssim.World) (*awssim.Sim, *ec2api.Client) {
	t.Helper()
	sim, err := awssim.New(w)
	if err != nil {
		t.Fatal(err)
	}
	return sim, clientOn(sim.Client())
}

func clientOn(wire aws.HTTPClient) *ec2api.Client {
	return ec2api.New(ec2.NewFromConfig(simclient.Config(wire)))
}

// bubble runs a subtest in fake time.
func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// waited is the time since start in whole milliseconds: the simulation takes up to 100 µs to let go of a call that
// is given up.
func waited(start time.Time) time.Duration {
	return time.Since(start).Truncate(time.Millisecond)
}

// always makes an interceptor that does the same to every call.
func always(f awssim.Fault) func(awssim.Call) awssim.Fault {
	return func(awssim.Call) awssim.Fault { return f }
}

// times makes an interceptor that does the same to the first n calls.
func times(n int, f awssim.Fault) func(awssim.Call) awssim.Fault {
	var mu sync.Mutex
	return func(awssim.Call) awssim.Fault {
		mu.Lock()
		defer mu.Unlock()
		if n--; n >= 0 {
			return f
		}
		return awssim.Fault{}
	}
}

// bare is a transport that answers every call with the same words, for answers that the simulator, and
// most likely EC2, never gives.
type bare string

func (b bare) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"text/xml"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(string(b))), ContentLength: int64(len(b)),
	}, nil
}

// answering makes a client that gets an answer of this form to every call.
func answering(action, body string) *ec2api.Client {
	return clientOn(&http.Client{Transport: bare(fmt.Sprintf("<%sResponse><requestId>r</requestId>%s</%sResponse>", action, body, action))})
}
