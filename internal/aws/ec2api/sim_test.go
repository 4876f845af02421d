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

// holderAndStandby returns an account with a holder of the service's interface, and a standby.
func holderAndStandby() awssim.World {
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

// simulate returns a simulated account and a client of it.
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

// elapsedSince returns the time since start in whole milliseconds: the simulator takes up to 100 µs to notice that a call
// was given up.
func elapsedSince(start time.Time) time.Duration {
	return time.Since(start).Truncate(time.Millisecond)
}

// faultOnAll returns an interceptor that makes a fault of every call.
func faultOnAll(f awssim.Fault) func(awssim.Call) awssim.Fault {
	return func(awssim.Call) awssim.Fault { return f }
}

// faultOnFirst returns an interceptor that makes a fault of the first n calls.
func faultOnFirst(n int, f awssim.Fault) func(awssim.Call) awssim.Fault {
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

// fixedAnswer is a transport that gives every call one answer, for answers that the simulator, and most likely EC2, never
// gives.
type fixedAnswer string

func (b fixedAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"text/xml"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(string(b))), ContentLength: int64(len(b)),
	}, nil
}

// clientAnswered returns a client that gets one answer to every call.
func clientAnswered(action, body string) *ec2api.Client {
	return clientOn(&http.Client{Transport: fixedAnswer(fmt.Sprintf("<%sResponse><requestId>r</requestId>%s</%sResponse>", action, body, action))})
}
