package ec2api

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// Pause writes on an interface the tag that has it left alone. No function does so; people do, by a command.
func (c *Client) Pause(ctx context.Context, id string) error {
	_, err := c.ec2.CreateTags(ctx, &ec2.CreateTagsInput{
		Resources: []string{id}, Tags: []types.Tag{{Key: aws.String(inventory.TagPaused), Value: aws.String("true")}},
	})
	return translate("CreateTags", id, err)
}

// Unpause removes that tag, whatever its value is.
func (c *Client) Unpause(ctx context.Context, id string) error {
	_, err := c.ec2.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: []string{id}, Tags: []types.Tag{{Key: aws.String(inventory.TagPaused)}}})
	return translate("DeleteTags", id, err)
}
