package logsapi_test

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/eni-failover/eni-failover/internal/aws/logsapi"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/logssim"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

const group = "stack-FailoverLogs-1"

// connect makes a client of a simulated CloudWatch Logs.
func connect(t *testing.T) (*logssim.Logs, *logsapi.Client) {
	t.Helper()
	logs := logssim.New()
	logs.Create(group)
	server := httptest.NewServer(logs)
	t.Cleanup(server.Close)
	return logs, logsapi.New(cloudwatchlogs.NewFromConfig(aws.Config{
		Region: simclient.Region, BaseEndpoint: aws.String(server.URL), Credentials: simclient.Credentials(simclient.AccessKey),
	}))
}

// The last line that matches is found on whichever page it is, and only between the two instants.
func TestLast(t *testing.T) {
	logs, client := connect(t)
	start := time.UnixMilli(1_800_000_000_000)
	for n := range 100 {
		logs.Write(group, start.Add(time.Duration(n)*time.Second), fmt.Sprintf(`{"message":"failover","outcome":"moved","n":"%d"}`, n))
	}
	logs.Write(group, start.Add(30*time.Second), "no JSON")
	for _, test := range []struct {
		pattern  string
		from, to int // seconds
		want     int // -1: nothing is found
	}{
		{`{ $.message = "failover" }`, 0, 1000, 99},
		{`{ $.message = "failover" }`, 0, 50, 50},
		{`{ $.message = "failover" }`, 99, 99, 99},
		{`{ $.message = "failover" }`, 100, 200, -1},
		{`{ $.message = "audit" }`, 0, 1000, -1},
		{`{ ($.n = "3") || ($.n = "7") }`, 0, 1000, 7},
	} {
		line, found, err := client.Last(t.Context(), group, test.pattern, start.Add(time.Duration(test.from)*time.Second), start.Add(time.Duration(test.to)*time.Second))
		want := fmt.Sprintf(`{"message":"failover","outcome":"moved","n":"%d"}`, test.want)
		if err != nil || found != (test.want >= 0) || found && (line.Text != want || !line.Time.Equal(start.Add(time.Duration(test.want)*time.Second))) {
			t.Errorf("%+v: %+v, %t, %v", test, line, found, err)
		}
	}
}

func TestErrors(t *testing.T) {
	logs, client := connect(t)
	read := func(name, pattern string) error {
		_, _, err := client.Last(t.Context(), name, pattern, time.Unix(0, 0), time.Now())
		return err
	}
	if err := read("another", ""); fault.ClassOf(err) != fault.Gone {
		t.Errorf("no such group: %v", err)
	}
	if err := read(group, "{ nonsense }"); fault.ClassOf(err) != fault.Invalid {
		t.Errorf("a bad pattern: %v", err)
	}
	logs.Deny()
	if err := read(group, ""); fault.ClassOf(err) != fault.Denied {
		t.Errorf("denied: %v", err)
	}
}
