package ec2api

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// once keeps the SDK from repeating a change by itself after a lost reply: attach and detach take no
// client token, and only a look tells whether the first one took effect.
func once(o *ec2.Options) { o.RetryMaxAttempts = 1 }

func attempts(retry bool) []func(*ec2.Options) {
	if retry {
		return nil
	}
	return []func(*ec2.Options){once}
}

// Detach asks EC2 to take an interface off the attachment with the given id, and no other.
func (c *Client) Detach(ctx context.Context, attachment string, force bool) error {
	_, err := c.ec2.DetachNetworkInterface(ctx, detachInput(attachment, force), once)
	return translate("DetachNetworkInterface", attachment, err)
}

// TryDetach asks EC2 whether Detach would be allowed, and changes nothing. Dry runs spend the buckets that
// real moves need: without retry a throttled one is not repeated.
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

// TryAttach asks EC2 whether Attach would be allowed, and changes nothing; as for retry, see TryDetach.
func (c *Client) TryAttach(ctx context.Context, id, instance string, index int, retry bool) error {
	in := attachInput(id, instance, index)
	in.DryRun = aws.Bool(true)
	_, err := c.ec2.AttachNetworkInterface(ctx, in, attempts(retry)...)
	return translateDryRun("AttachNetworkInterface", id+" to "+instance, err)
}

// attachInput names network card 0 explicitly: on types with several cards EC2 has mistaken an index that
// is in use on another card for one that is taken when the card was left out.
func attachInput(id, instance string, index int) *ec2.AttachNetworkInterfaceInput {
	return &ec2.AttachNetworkInterfaceInput{
		NetworkInterfaceId: aws.String(id),
		InstanceId:         aws.String(instance),
		DeviceIndex:        aws.Int32(int32(index)), //nolint:gosec // the planner counts indexes from 1 up
		NetworkCardIndex:   aws.Int32(0),
	}
}

// markTime is the most that a hint is worth waiting for.
const markTime = 2 * time.Second

// WriteLeftTag writes on an interface which instance it is taken from.
func (c *Client) WriteLeftTag(ctx context.Context, id string, left inventory.LeftTag) error {
	ctx, cancel := context.WithTimeout(ctx, markTime)
	defer cancel()
	_, err := c.ec2.CreateTags(ctx, &ec2.CreateTagsInput{
		Resources: []string{id},
		Tags:      []types.Tag{{Key: aws.String(inventory.TagLeft), Value: aws.String(left.String())}},
	}, once)
	return translate("CreateTags", id, err)
}
