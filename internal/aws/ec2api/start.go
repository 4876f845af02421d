package ec2api

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// StartInstance asks EC2 to start a stopped instance. A call names one instance, because a refusal for one of several
// refuses them all. To start an instance that is pending or running succeeds and changes nothing. Nil does not promise that
// the instance runs soon, or at all: EC2 may stop it again, and then says why in the state reason.
func (c *Client) StartInstance(ctx context.Context, id string) error {
	_, err := c.ec2.StartInstances(ctx, &ec2.StartInstancesInput{InstanceIds: []string{id}}, once)
	return translate("StartInstances", id, err)
}

// TryStartInstance asks EC2 whether it would allow StartInstance, and changes nothing. It proves the permission, and neither
// the capacity nor the use of the keys of the instance's volumes. Retry is as in TryDetach.
func (c *Client) TryStartInstance(ctx context.Context, id string, retry bool) error {
	in := &ec2.StartInstancesInput{InstanceIds: []string{id}, DryRun: aws.Bool(true)}
	_, err := c.ec2.StartInstances(ctx, in, attempts(retry)...)
	return translateDryRun("StartInstances", id, err)
}
