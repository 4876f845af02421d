// Package autoscalingapi is the edge to Auto Scaling: the only package that imports its SDK. It reads the lifecycle
// states of instances and completes lifecycle actions.
package autoscalingapi

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/eni-failover/eni-failover/internal/aws/awsfault"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// Client talks to Auto Scaling in one region. It is safe for concurrent use.
type Client struct{ api *autoscaling.Client }

// New wraps an SDK client.
func New(api *autoscaling.Client) *Client { return &Client{api: api} }

// States returns the lifecycle states of instances by instance id. An instance that is in no Auto Scaling group, or
// does not exist, has the state none.
func (c *Client) States(ctx context.Context, ids []string) (map[string]inventory.Scaling, error) {
	const maxIDs = 50 // Auto Scaling API reference, DescribeAutoScalingInstances
	states := map[string]inventory.Scaling{}
	for chunk := range slices.Chunk(ids, maxIDs) {
		for _, id := range chunk {
			states[id] = inventory.ScalingNone // unless a page shows it
		}
		// A page may have fewer instances than the call names, and a token for the rest.
		pages := autoscaling.NewDescribeAutoScalingInstancesPaginator(c.api, &autoscaling.DescribeAutoScalingInstancesInput{InstanceIds: chunk})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, translate("DescribeAutoScalingInstances", chunk[0], err)
			}
			for _, i := range page.AutoScalingInstances {
				states[aws.ToString(i.InstanceId)] = inventory.Scaling(aws.ToString(i.LifecycleState))
			}
		}
	}
	return states, nil
}

// Complete tells Auto Scaling to go on with the termination of an instance. It returns no error for an action that is
// over already: the action was completed before, or timed out.
func (c *Client) Complete(ctx context.Context, group, hook, token, instance string) error {
	in := &autoscaling.CompleteLifecycleActionInput{
		AutoScalingGroupName:  aws.String(group),
		LifecycleHookName:     aws.String(hook),
		LifecycleActionResult: aws.String("CONTINUE"),
		InstanceId:            aws.String(instance),
	}
	if token != "" {
		in.LifecycleActionToken = aws.String(token)
	}
	_, err := c.api.CompleteLifecycleAction(ctx, in)
	err = translate("CompleteLifecycleAction", hook+" of "+group+" for "+instance, err)
	if fault.CodeOf(err) == "ValidationError" {
		return nil // the action is over
	}
	return err
}

// translate makes a [*fault.Error] of the error that the SDK returned for a call about on.
func translate(call, on string, err error) error {
	return awsfault.Translate(awsfault.AutoScaling, call, on, err)
}
