// Package logsapi is the edge to CloudWatch Logs: the only package that imports its SDK. It finds the last line of a log that
// matches a pattern. No function of this project uses it; people do, by a command.
package logsapi

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/eni-failover/eni-failover/internal/aws/awsfault"
)

// Client talks to CloudWatch Logs. It is safe for concurrent use.
type Client struct{ api *cloudwatchlogs.Client }

// New wraps an SDK client.
func New(api *cloudwatchlogs.Client) *Client { return &Client{api: api} }

// Line is a line of a log, with the time at which it was written.
type Line struct {
	Time time.Time
	Text string
}

// Last returns the last line of a log group, of those from one instant to another, that matches a filter pattern
// (CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live
// Tail"); found is false if none does. It reads all lines in between, since the API goes forward only.
func (c *Client) Last(ctx context.Context, group, pattern string, from, to time.Time) (last Line, found bool, err error) {
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(c.api, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String(group), FilterPattern: aws.String(pattern),
		StartTime: aws.Int64(from.UnixMilli()), EndTime: aws.Int64(to.UnixMilli()),
	})
	for pages.HasMorePages() { // a page may be empty, and not the last
		page, err := pages.NextPage(ctx)
		if err != nil {
			return Line{}, false, awsfault.Translate(awsfault.Logs, "FilterLogEvents", group, err)
		}
		for _, e := range page.Events {
			if at := time.UnixMilli(aws.ToInt64(e.Timestamp)); !found || !at.Before(last.Time) {
				last, found = Line{Time: at, Text: aws.ToString(e.Message)}, true
			}
		}
	}
	return last, found, nil
}
