package ec2api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/textfmt"
)

// While an Availability Zone is disrupted, a DescribeInstances that names no instance, or an instance in that zone,
// fails as a whole; it works with ids of other zones only (EC2 API reference, DescribeInstances). A failover in a
// healthy zone is needed just then, so this file gets the ids from DescribeTags and describes instances by id.

// PartialError names the instances that could not be described. The result beside it has the others.
type PartialError struct {
	IDs []string
	// Err is the reason.
	Err error
}

// maxNamed limits the instances that the message names.
const maxNamed = 5

func (e *PartialError) Error() string {
	return "not to be described: " + textfmt.List(e.IDs, " ", maxNamed) + ": " + e.Err.Error()
}

func (e *PartialError) Unwrap() error { return e.Err }

// Absent returns those of the ids about which EC2 has answered without showing an instance. The other arguments are
// what [Client.FindInstances] or [Client.KnownInstances] returned for the ids.
func Absent(ids []string, found []inventory.Instance, err error) []string {
	partial, ok := errors.AsType[*PartialError](err)
	if err != nil && !ok {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		return (partial != nil && slices.Contains(partial.IDs, id)) ||
			slices.ContainsFunc(found, func(in inventory.Instance) bool { return in.ID == id })
	})
}

// orByTags takes the result of describing instances by tag. If EC2 did not answer, orByTags lists the ids of the
// instances that have the group tag and match the filters, and describes those.
func (c *Client) orByTags(ctx context.Context, found []inventory.Instance, err error, filters ...types.Filter) ([]inventory.Instance, error) {
	if fault.ClassOf(err) != fault.Unavailable || ctx.Err() != nil {
		return found, err
	}
	ids, tagErr := c.tagged(ctx, filters)
	if tagErr != nil {
		return nil, fmt.Errorf("%w, and %w", err, tagErr)
	}
	return c.byID(ctx, ids)
}

// tagged lists the ids of the instances that have the group tag and match the filters.
func (c *Client) tagged(ctx context.Context, filters []types.Filter) ([]string, error) {
	pages := ec2.NewDescribeTagsPaginator(c.ec2, &ec2.DescribeTagsInput{
		Filters:    append([]types.Filter{filter("resource-type", "instance"), filter("key", inventory.TagGroup)}, filters...),
		MaxResults: aws.Int32(pageSize),
	})
	var ids []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, translate("DescribeTags", "tag "+inventory.TagGroup, err)
		}
		for _, t := range page.Tags {
			ids = append(ids, aws.ToString(t.ResourceId))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// KnownInstances is [Client.FindInstances] for instances that exist as far as the caller knows. It needs no failed call
// first while a zone is disrupted, but more calls if an instance does not exist.
func (c *Client) KnownInstances(ctx context.Context, ids []string) ([]inventory.Instance, error) {
	return c.byID(ctx, ids)
}

// byID describes instances by their ids. Where EC2 does not answer for all of them together, it asks about halves.
func (c *Client) byID(ctx context.Context, ids []string) ([]inventory.Instance, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	out, err := c.ec2.DescribeInstances(ctx, &ec2.DescribeInstancesInput{InstanceIds: ids}, onlyThrottles)
	if err == nil {
		return toInstances(out.Reservations), nil
	}
	err = translate("DescribeInstances", strings.Join(ids, " "), err)
	class := fault.ClassOf(err)
	switch {
	case ctx.Err() != nil, class != fault.Unavailable && class != fault.Candidate:
		return nil, &PartialError{IDs: ids, Err: err}
	case len(ids) == 1 && class == fault.Candidate:
		return nil, nil // EC2 knows no such instance
	case len(ids) == 1:
		return nil, &PartialError{IDs: ids, Err: err}
	}
	half := len(ids) / 2
	left, leftErr := c.byID(ctx, ids[:half])
	right, rightErr := c.byID(ctx, ids[half:])
	return append(left, right...), joinPartial(leftErr, rightErr)
}

// onlyThrottles makes the SDK repeat only calls that were throttled: after any other failure byID asks about halves.
func onlyThrottles(o *ec2.Options) { o.Retryer = throttleRetryer{o.Retryer} }

type throttleRetryer struct{ aws.Retryer }

// IsErrorRetryable is asked by the SDK after each attempt.
func (throttleRetryer) IsErrorRetryable(err error) bool {
	return fault.ClassOf(translate("", "", err)) == fault.Throttled
}

// addPartial adds the error of one more chunk to the partial error so far. It returns any other error as it is: the
// caller gives up.
func addPartial(partial, err error) (joined, other error) {
	if _, ok := errors.AsType[*PartialError](err); err != nil && !ok {
		return partial, err
	}
	return joinPartial(partial, err), nil
}

// joinPartial makes one error of the errors of two halves.
func joinPartial(a, b error) error {
	left, okLeft := errors.AsType[*PartialError](a)
	right, okRight := errors.AsType[*PartialError](b)
	switch {
	case okLeft && okRight:
		return &PartialError{IDs: slices.Concat(left.IDs, right.IDs), Err: left.Err}
	case okLeft:
		return left
	case okRight:
		return right
	}
	return nil
}
