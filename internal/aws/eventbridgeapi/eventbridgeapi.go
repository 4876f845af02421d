// Package eventbridgeapi is the edge to EventBridge: the only package that imports its SDK. It puts events on one bus.
package eventbridgeapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/eni-failover/eni-failover/internal/aws/awsfault"
)

// Source is the source of every event that this project puts on a bus.
const Source = "eni-failover"

// The limits of one call (EventBridge API Reference, PutEvents; User Guide, "Calculating PutEvents event entry size").
// AWS has raised the size since, but an older endpoint may keep the old limit, and so do other targets on the way: SNS
// and SQS take 256 KB.
const (
	maxEntries = 10
	maxBytes   = 256 << 10
	// entryBytes is added to the size of each entry for source, detail-type and time.
	entryBytes = 100
)

// Event is one event to put on the bus.
type Event struct {
	DetailType string
	// Resources name what the event is about, for the patterns of rules.
	Resources []string
	// Time is when the event happened.
	Time time.Time
	// Detail is a JSON object. An event whose detail exceeds the limit of a call is refused by EventBridge.
	Detail json.RawMessage
}

// Client puts events on one bus. It is safe for concurrent use.
type Client struct {
	api *eventbridge.Client
	bus string
}

// New wraps an SDK client for a bus, given by its name or ARN.
//
// EventBridge accepts events for a bus that does not exist, and drops them without an error (aws/aws-cli issue 9186): a
// wrong name shows nowhere.
func New(api *eventbridge.Client, bus string) *Client { return &Client{api: api, bus: bus} }

// Put puts events on the bus, in as few calls as the limits allow. Its error joins what EventBridge refused and the calls
// that failed; the other events are on the bus all the same. A lost reply can put an event twice.
func (c *Client) Put(ctx context.Context, events []Event) error {
	var errs []error
	for _, batch := range batches(events) {
		errs = append(errs, c.put(ctx, batch))
	}
	return errors.Join(errs...)
}

func (c *Client) put(ctx context.Context, events []Event) error {
	in := &eventbridge.PutEventsInput{}
	for _, e := range events {
		in.Entries = append(in.Entries, types.PutEventsRequestEntry{
			EventBusName: aws.String(c.bus), Source: aws.String(Source), DetailType: aws.String(e.DetailType),
			Resources: e.Resources, Time: aws.Time(e.Time), Detail: aws.String(string(e.Detail)),
		})
	}
	out, err := c.api.PutEvents(ctx, in)
	if err != nil {
		return awsfault.Translate(awsfault.EventBridge, "PutEvents", c.bus, err)
	}
	var errs []error
	for n, entry := range out.Entries {
		if code := aws.ToString(entry.ErrorCode); code != "" {
			errs = append(errs, fmt.Errorf("PutEvents of %q on %s: %s (%s)", events[n].DetailType, c.bus, code, aws.ToString(entry.ErrorMessage)))
		}
	}
	return errors.Join(errs...)
}

// batches cuts events into calls that keep the limits.
func batches(events []Event) [][]Event {
	var all [][]Event
	size := 0
	for _, e := range events {
		bytes := len(e.Detail) + entryBytes
		last := len(all) - 1
		if last < 0 || len(all[last]) == maxEntries || size+bytes > maxBytes {
			all, size = append(all, nil), 0
			last++
		}
		all[last] = append(all[last], e)
		size += bytes
	}
	return slices.Clip(all)
}
