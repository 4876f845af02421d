package deploytest_test

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/eni-failover/eni-failover/internal/aws/eventbridgeapi"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// failoverCaller returns an account and a configuration of clients in it that have the failover's role.
func failoverCaller(t *testing.T, s stack) (*awssim.Sim, aws.Config) {
	t.Helper()
	sim, err := awssim.New(world())
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Policy(accessKey, policyDocuments(s.policies(t, "FailoverRole"), dropNothing)...); err != nil {
		t.Fatal(err)
	}
	cfg := simclient.Config(sim.Client())
	cfg.Credentials = simclient.Credentials(accessKey)
	return sim, cfg
}

// The failover's role lets it put events of its own source on the deployment's bus only. These are real calls in the
// simulator, which takes the condition keys from what is sent.
func TestFailoverMayPutEvents(t *testing.T) {
	s := deployEverything(t)
	for _, test := range []struct {
		name, bus, source string
		want              bool
	}{
		{"its bus", "default", eventbridgeapi.Source, true},
		{"its bus by ARN", arnOfBus("default"), eventbridgeapi.Source, true},
		{"another bus", "corp", eventbridgeapi.Source, false},
		{"as Lambda", "default", "lambda", false},
		{"as a monitor of another name", "default", "acme.monitor", false},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim, cfg := failoverCaller(t, s)
			_, err := eventbridge.NewFromConfig(cfg).PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
				EventBusName: aws.String(test.bus), Source: aws.String(test.source), DetailType: aws.String("ENI Failover Moved"),
				Time: aws.Time(time.Now()), Detail: aws.String("{}"),
			}}})
			if put := len(sim.BusEvents()) == 1; put != test.want || (err == nil) != test.want {
				t.Errorf("%s: %v, put: %t; want it allowed: %t", test.name, err, put, test.want)
			}
		})
	}
}

// The failover's role lets it write its two tags on interfaces of groups, and no other tag.
func TestFailoverMayWriteItsTags(t *testing.T) {
	s := deployEverything(t)
	for _, test := range []struct {
		resource string
		keys     []string
		want     bool
	}{
		{eniID, []string{"eni-failover:left"}, true},
		{eniID, []string{"eni-failover:reached"}, true},
		{eniID, []string{"eni-failover:left", "eni-failover:reached"}, true},
		{eniID, []string{"eni-failover:group"}, false},
		{eniID, []string{"eni-failover:paused"}, false},
		{eniID, []string{"eni-failover:probe"}, false},
		{eniID, []string{"eni-failover:reached", "Name"}, false},
		{standby, []string{"eni-failover:reached"}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim, cfg := failoverCaller(t, s)
			in := &ec2.CreateTagsInput{Resources: []string{test.resource}}
			for _, key := range test.keys {
				in.Tags = append(in.Tags, ec2types.Tag{Key: aws.String(key), Value: aws.String("x")})
			}
			before, _ := json.Marshal(sim.World()) // it is read from JSON, too
			_, err := ec2.NewFromConfig(cfg).CreateTags(t.Context(), in)
			after, _ := json.Marshal(sim.World())
			if written := string(before) != string(after); written != test.want || (err == nil) != test.want {
				t.Errorf("%v on %s: %v, written: %t; want it allowed: %t", test.keys, test.resource, err, written, test.want)
			}
		})
	}
}
