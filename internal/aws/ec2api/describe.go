package ec2api

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// pageSize is the largest page of the Describe calls. A call that asks for pages also stays out of the small
// token bucket of calls without filters and pages ("Request throttling for the Amazon EC2 API").
const pageSize = 1000

// maxValues limits the values of one filter (EC2 API reference, "Filter").
const maxValues = 200

// ManagedInterfaces describes all interfaces of the region that have the group tag, in the order of their ids.
func (c *Client) ManagedInterfaces(ctx context.Context) ([]inventory.Interface, error) {
	return c.describeInterfaces(ctx, "tag "+inventory.TagGroup, nil, filter("tag-key", inventory.TagGroup))
}

// ManagedInterfacesOnce does the same as [Client.ManagedInterfaces], but asks for the first page in one attempt: for a caller
// that asks again at its own pace, and wants to know when EC2 throttles.
func (c *Client) ManagedInterfacesOnce(ctx context.Context) ([]inventory.Interface, error) {
	return c.describeInterfaces(ctx, "tag "+inventory.TagGroup, once, filter("tag-key", inventory.TagGroup))
}

// InterfacesByID describes the interfaces with the given ids. An interface that does not exist is not in the result: a
// filter does not fail for an unknown id, as a list of ids would. Each call is one attempt: a caller that polls asks
// again soon, and slows down when EC2 throttles.
func (c *Client) InterfacesByID(ctx context.Context, ids []string) ([]inventory.Interface, error) {
	var all []inventory.Interface
	for chunk := range slices.Chunk(ids, maxValues) {
		found, err := c.describeInterfaces(ctx, strings.Join(chunk, " "), once, filter("network-interface-id", chunk...))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// describeInterfaces describes the interfaces that pass the filters. The first page is asked for with the option first, unless that is nil.
func (c *Client) describeInterfaces(ctx context.Context, on string, first func(*ec2.Options), filters ...types.Filter) ([]inventory.Interface, error) {
	pages := ec2.NewDescribeNetworkInterfacesPaginator(c.ec2, &ec2.DescribeNetworkInterfacesInput{
		Filters: filters, MaxResults: aws.Int32(pageSize),
	})
	var list []inventory.Interface
	for n := 0; pages.HasMorePages(); n++ {
		var options []func(*ec2.Options)
		if first != nil && n == 0 {
			options = append(options, first)
		}
		page, err := pages.NextPage(ctx, options...)
		if err != nil {
			return nil, translate("DescribeNetworkInterfaces", on, err)
		}
		for _, n := range page.NetworkInterfaces {
			list = append(list, toInterface(n))
		}
	}
	list = lastOfEach(list, func(e inventory.Interface) string { return e.ID })
	slices.SortFunc(list, func(a, b inventory.Interface) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

// lastOfEach keeps one item of each id. A list that changes between two pages may show an item on both; lastOfEach keeps
// the item of the later page, because that page was read later.
func lastOfEach[T any](list []T, id func(T) string) []T {
	at := make(map[string]int, len(list))
	kept := list[:0]
	for _, item := range list {
		if n, again := at[id(item)]; again && id(item) != "" {
			kept[n] = item
			continue
		}
		at[id(item)] = len(kept)
		kept = append(kept, item)
	}
	return kept
}

func instanceID(in inventory.Instance) string { return in.ID }

// AllMembers describes the instances of all groups. Its error may be a [PartialError].
func (c *Client) AllMembers(ctx context.Context) ([]inventory.Instance, error) {
	found, err := c.describeInstances(ctx, "tag "+inventory.TagGroup, filter("tag-key", inventory.TagGroup))
	return c.orByTags(ctx, found, err)
}

// Members describes the instances whose group tag lists any of the groups. The filter matches a group's name anywhere
// in the tag, so the result may also have instances of other groups. Its error may be a [PartialError].
func (c *Client) Members(ctx context.Context, groups []string) ([]inventory.Instance, error) {
	var all []inventory.Instance
	var partial error
	for chunk := range slices.Chunk(groups, maxValues-2) { // DescribeTags is asked with two values more
		patterns := make([]string, len(chunk))
		for i, g := range chunk {
			patterns[i] = "*" + g + "*"
		}
		found, err := c.describeInstances(ctx, "groups "+strings.Join(chunk, " "), filter("tag:"+inventory.TagGroup, patterns...))
		found, err = c.orByTags(ctx, found, err, filter("value", patterns...))
		all = append(all, found...)
		if partial, err = addPartial(partial, err); err != nil {
			return all, err
		}
	}
	return lastOfEach(all, instanceID), partial // one may be a member of groups of several chunks
}

// FindInstances describes the instances with the given ids. An instance that EC2 does not know is not in the result.
// Its error may be a [PartialError].
func (c *Client) FindInstances(ctx context.Context, ids []string) ([]inventory.Instance, error) {
	var all []inventory.Instance
	var partial error
	for chunk := range slices.Chunk(ids, maxValues) {
		found, err := c.describeInstances(ctx, strings.Join(chunk, " "), filter("instance-id", chunk...))
		if fault.ClassOf(err) == fault.Unavailable && ctx.Err() == nil {
			found, err = c.byID(ctx, chunk)
		}
		all = append(all, found...)
		if partial, err = addPartial(partial, err); err != nil {
			return all, err
		}
	}
	return all, partial
}

// FindMember describes one instance if it has the group tag. Its error may be a [PartialError].
func (c *Client) FindMember(ctx context.Context, id string) ([]inventory.Instance, error) {
	found, err := c.describeInstances(ctx, id, filter("instance-id", id), filter("tag-key", inventory.TagGroup))
	return c.orByTags(ctx, found, err, filter("resource-id", id))
}

func (c *Client) describeInstances(ctx context.Context, on string, filters ...types.Filter) ([]inventory.Instance, error) {
	pages := ec2.NewDescribeInstancesPaginator(c.ec2, &ec2.DescribeInstancesInput{
		Filters: filters, MaxResults: aws.Int32(pageSize),
	})
	var list []inventory.Instance
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, translate("DescribeInstances", on, err)
		}
		list = append(list, toInstances(page.Reservations)...)
	}
	return lastOfEach(list, instanceID), nil
}

// maxHalves limits the calls that [Client.Health] makes in addition to one for each hundred ids. They suffice to find
// the checks of a hundred instances of which EC2 does not know two.
const maxHalves = 32

// Health returns the status checks of instances, which only running instances have. One id that EC2 does not know fails
// a whole call (EC2 API reference, "Error codes", InvalidInstanceID.NotFound), so Health then asks about halves, the
// large ones first. Beside an error the result has the checks that were found; the error is the last one.
func (c *Client) Health(ctx context.Context, ids []string) (map[string]inventory.Health, error) {
	const maxIDs = 100 // EC2 API reference, DescribeInstanceStatus
	health := map[string]inventory.Health{}
	asks := slices.Collect(slices.Chunk(ids, maxIDs))
	var refused error
	for left := len(asks) + maxHalves; len(asks) > 0 && left > 0; left-- {
		some := asks[0]
		asks = asks[1:]
		out, err := c.ec2.DescribeInstanceStatus(ctx, &ec2.DescribeInstanceStatusInput{InstanceIds: some})
		err = translate("DescribeInstanceStatus", strings.Join(some, " "), err)
		if err == nil {
			for _, s := range out.InstanceStatuses {
				health[aws.ToString(s.InstanceId)] = toHealth(s)
			}
			continue
		}
		if refused = err; fault.ClassOf(err) != fault.Candidate {
			break
		}
		if len(some) > 1 {
			asks = append(asks, some[:len(some)/2], some[len(some)/2:])
		}
	}
	return health, refused
}

// SpotRequests returns the Spot requests of instances by instance id. It asks with the instances' ids, because a call
// fails that names a request which does not exist any more. An instance without a request is not in the result, which
// proves nothing: a persistent request may forget its instance while that still runs.
func (c *Client) SpotRequests(ctx context.Context, ids []string) (map[string]inventory.SpotRequest, error) {
	counts := map[string]types.SpotInstanceRequest{} // by instance
	for chunk := range slices.Chunk(ids, maxValues) {
		pages := ec2.NewDescribeSpotInstanceRequestsPaginator(c.ec2, &ec2.DescribeSpotInstanceRequestsInput{
			Filters: []types.Filter{filter("instance-id", chunk...)}, MaxResults: aws.Int32(pageSize),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, translate("DescribeSpotInstanceRequests", strings.Join(chunk, " "), err)
			}
			for _, r := range page.SpotInstanceRequests {
				id := aws.ToString(r.InstanceId)
				if other, known := counts[id]; !known || supersedes(r, other) {
					counts[id] = r
				}
			}
		}
	}
	found := map[string]inventory.SpotRequest{}
	for id, r := range counts {
		found[id] = toSpotRequest(r)
	}
	return found, nil
}

// Limits returns the limits of instance types. It asks only for the types that are not cached. A type that EC2 does
// not know is neither in the result nor cached.
func (c *Client) Limits(ctx context.Context, names []string) (map[string]inventory.Limits, error) {
	limits, missing := c.cached(names)
	for chunk := range slices.Chunk(missing, maxValues) {
		pages := ec2.NewDescribeInstanceTypesPaginator(c.ec2, &ec2.DescribeInstanceTypesInput{
			Filters: []types.Filter{filter("instance-type", chunk...)}, MaxResults: aws.Int32(100),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return limits, translate("DescribeInstanceTypes", strings.Join(chunk, " "), err)
			}
			for _, t := range page.InstanceTypes {
				if t.NetworkInfo != nil {
					limits[string(t.InstanceType)] = c.cache(t)
				}
			}
		}
	}
	return limits, nil
}

func (c *Client) cached(names []string) (found map[string]inventory.Limits, missing []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found = map[string]inventory.Limits{}
	for _, name := range names {
		if l, ok := c.limits[name]; ok {
			found[name] = l
		} else {
			missing = append(missing, name)
		}
	}
	return found, missing
}

func (c *Client) cache(t types.InstanceTypeInfo) inventory.Limits {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := toLimits(t)
	c.limits[string(t.InstanceType)] = l
	return l
}

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: aws.String(name), Values: values}
}
