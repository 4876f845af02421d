package ec2api

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// once keeps the SDK from repeating a change by itself after a lost answer: attach and detach take no client token,
// and only a look shows whether the first attempt took effect.
func once(o *ec2.Options) { o.RetryMaxAttempts = 1 }

func attempts(retry bool) []func(*ec2.Options) {
	if retry {
		return nil
	}
	return []func(*ec2.Options){once}
}

// Detach asks EC2 to end the attachment with the given id, and no other attachment of its interface.
func (c *Client) Detach(ctx context.Context, attachment string, force bool) error {
	_, err := c.ec2.DetachNetworkInterface(ctx, detachInput(attachment, force), once)
	return translate("DetachNetworkInterface", attachment, err)
}

// TryDetach asks EC2 whether it would allow Detach, and changes nothing. Dry runs take tokens from the buckets that real
// moves need: without retry, a throttled dry run is not repeated.
func (c *Client) TryDetach(ctx context.Context, attachment string, retry bool) error {
	in := detachInput(attachment, false)
	in.DryRun = aws.Bool(true)
	_, err := c.ec2.DetachNetworkInterface(ctx, in, attempts(retry)...)
	return translateDryRun("DetachNetworkInterface", attachment, err)
}

func detachInput(attachment string, force bool) *ec2.DetachNetworkInterfaceInput {
	in := &ec2.DetachNetworkInterfaceInput{AttachmentId: aws.String(attachment)}
	if force {
		in.Force = aws.Bool(true)
	}
	return in
}

// Attach asks EC2 to attach an interface to an instance at a device index of network card 0, and returns
// the new attachment's id.
func (c *Client) Attach(ctx context.Context, id, instance string, index int) (attachment string, err error) {
	out, err := c.ec2.AttachNetworkInterface(ctx, attachInput(id, instance, index), once)
	if err != nil {
		return "", translate("AttachNetworkInterface", id+" to "+instance, err)
	}
	return aws.ToString(out.AttachmentId), nil
}

// TryAttach asks EC2 whether it would allow Attach, and changes nothing. Retry is as in TryDetach.
func (c *Client) TryAttach(ctx context.Context, id, instance string, index int, retry bool) error {
	in := attachInput(id, instance, index)
	in.DryRun = aws.Bool(true)
	_, err := c.ec2.AttachNetworkInterface(ctx, in, attempts(retry)...)
	return translateDryRun("AttachNetworkInterface", id+" to "+instance, err)
}

// attachInput names network card 0 explicitly. Without it, on instance types with several cards, EC2 has taken an index
// that was in use on another card for a taken one (Cilium pull request 42512).
func attachInput(id, instance string, index int) *ec2.AttachNetworkInterfaceInput {
	return &ec2.AttachNetworkInterfaceInput{
		NetworkInterfaceId: aws.String(id),
		InstanceId:         aws.String(instance),
		DeviceIndex:        aws.Int32(int32(index)), //nolint:gosec // the planner counts indexes from 1 up
		NetworkCardIndex:   aws.Int32(0),
	}
}

// tagTime limits the time of writing a tag, which is only a hint to later invocations.
const tagTime = 2 * time.Second

// WriteLeftTag writes on an interface the tag that names the instance which it leaves.
func (c *Client) WriteLeftTag(ctx context.Context, id string, left inventory.LeftTag) error {
	return c.writeTag(ctx, id, inventory.TagLeft, left.String())
}

// WriteReachedTag writes on an interface the tag that names the attachment on which the probe has been answered.
func (c *Client) WriteReachedTag(ctx context.Context, id, attachment string) error {
	return c.writeTag(ctx, id, inventory.TagReached, attachment)
}

// writeTag writes a tag on an interface, with one attempt.
func (c *Client) writeTag(ctx context.Context, id, key, value string) error {
	ctx, cancel := context.WithTimeout(ctx, tagTime)
	defer cancel()
	_, err := c.ec2.CreateTags(ctx, &ec2.CreateTagsInput{
		Resources: []string{id}, Tags: []types.Tag{{Key: aws.String(key), Value: aws.String(value)}},
	}, once)
	return translate("CreateTags", id, err)
}
