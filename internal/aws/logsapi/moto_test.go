package logsapi_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/aws/logsapi"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/testing/mototest"
)

// transcript is what an account whose log group has a line for each of the seconds 0 to 59 answers. Without a pattern: moto
// knows none for lines of JSON.
func transcript(t *testing.T, c *logsapi.Client, start time.Time) []string {
	t.Helper()
	var lines []string
	for _, window := range [][2]int{{0, 59}, {0, 30}, {30, 30}, {60, 90}} {
		line, found, err := c.Last(t.Context(), group, "", start.Add(time.Duration(window[0])*time.Second), start.Add(time.Duration(window[1])*time.Second))
		lines = append(lines, fmt.Sprintln(window, line.Text, line.Time.Sub(start), found, fault.ClassOf(err)))
	}
	_, _, err := c.Last(t.Context(), "another", "", start, start)
	return append(lines, fmt.Sprintln("another", fault.ClassOf(err), fault.CodeOf(err)))
}

// The simulated CloudWatch Logs answers as moto does, which is independent of it.
func TestMotoAgrees(t *testing.T) {
	server := mototest.Start(t)
	moto := cloudwatchlogs.NewFromConfig(mototest.Config(server.Endpoint))
	start := time.Now().Add(-time.Hour).Truncate(time.Second) // CloudWatch refuses lines of long ago
	sim, client := connect(t)
	var events []types.InputLogEvent
	for n := range 60 {
		at, text := start.Add(time.Duration(n)*time.Second), fmt.Sprint("line ", n)
		sim.Write(group, at, text)
		events = append(events, types.InputLogEvent{Timestamp: aws.Int64(at.UnixMilli()), Message: aws.String(text)})
	}
	stream := aws.String("stream")
	if _, err := moto.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(group)}); err != nil {
		t.Fatal(err)
	}
	if _, err := moto.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: aws.String(group), LogStreamName: stream}); err != nil {
		t.Fatal(err)
	}
	if _, err := moto.PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: aws.String(group), LogStreamName: stream, LogEvents: events}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(transcript(t, logsapi.New(moto), start), transcript(t, client, start)); d != "" {
		t.Errorf("-moto +simulated:\n%s", d)
	}
}
