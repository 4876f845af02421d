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

// pageSize is the most that the Describe calls give at once. Asking for pages also keeps a call out of
// the small token bucket of unfiltered and unpaginated calls ("Request throttling for the EC2 API").
const pageSize = 1000

// most values that one filter may have (EC2 API reference, "Filter").
const maxValues = 200

// ManagedInterfaces looks at all interfaces of the region that carry the group tag, in the order of their ids.
func (c *Client) ManagedInterfaces(ctx context.Context) ([]inventory.Interface, error) {
	return c.interfaces(ctx, "tag "+inventory.TagGroup, nil, filter("tag-key", inventory.TagGroup))
}

// InterfacesByID looks at the interfaces with the given ids. One that does not exist is not in the result: a filter
// does not fail for an unknown id, as a list of ids would. It asks once and does not retry: who polls has
// the next look coming, and slows down when EC2 throttles.
func (c *Client) InterfacesByID(ctx context.Context, ids []string) ([]inventory.Interface, error) {
	var all []inventory.Interface
	for chunk := range slices.Chunk(ids, maxValues) {
		found, err := c.interfaces(ctx, strings.Join(chunk, " "), once, filter("network-interface-id", chunk...))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func (c *Client) interfaces(ctx context.Context, on string, option func(*ec2.Options), filters ...types.Filter) ([]inventory.Interface, error) {
	var options []func(*ec2.Options)
	if option != nil {
		options = append(options, option)
	}
	pages := ec2.NewDescribeNetworkInterfacesPaginator(c.ec2, &ec2.DescribeNetworkInterfacesInput{
		Filters: filters, MaxResults: aws.Int32(pageSize),
	})
	var list []inventory.Interface
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, options...)
		if err != nil {
			return nil, translate("DescribeNetworkInterfaces", on, err)
		}
		for _, n := range page.NetworkInterfaces {
			list = append(list, toInterface(n))
		}
	}
	list = onceEach(list, func(e inventory.Interface) string { return e.ID })
	slices.SortFunc(list, func(a, b inventory.Interface) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

// onceEach keeps one item of each id. A list that changes between two pages may show an item on both; the one on
// the later page is kept, because that page was read later.
func onceEach[T any](list []T, id func(T) string) []T {
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

// AllMembers looks at the instances of all groups. As for the error, see [PartialError].
func (c *Client) AllMembers(ctx context.Context) ([]inventory.Instance, error) {
	found, err := c.instances(ctx, "tag "+inventory.TagGroup, filter("tag-key", inventory.TagGroup))
	return c.orByTags(ctx, found, err)
}

// Members looks at the instances whose group tag lists any of the groups. The filter matches a group's
// name anywhere in the tag, so the result may hold instances of other groups, too. As for the error, see
// [PartialError].
func (c *Client) Members(ctx context.Context, groups []string) ([]inventory.Instance, error) {
	var all []inventory.Instance
	var partial error
	for chunk := range slices.Chunk(groups, maxValues-2) { // by DescribeTags, two values more are asked for
		patterns := make([]string, len(chunk))
		for i, g := range chunk {
			patterns[i] = "*" + g + "*"
		}
		found, err := c.instances(ctx, "groups "+strings.Join(chunk, " "), filter("tag:"+inventory.TagGroup, patterns...))
		found, err = c.orByTags(ctx, found, err, filter("value", patterns...))
		all = append(all, found...)
		if partial, err = addPartial(partial, err); err != nil {
			return all, err
		}
	}
	return onceEach(all, instanceID), partial // one may be a member of groups of several chunks
}

// Instances looks at the instances with the given ids. One that EC2 does not know is not in the result. As
// for the error, see [PartialError].
func (c *Client) Instances(ctx context.Context, ids []string) ([]inventory.Instance, error) {
	var all []inventory.Instance
	var partial error
	for chunk := range slices.Chunk(ids, maxValues) {
		found, err := c.instances(ctx, strings.Join(chunk, " "), filter("instance-id", chunk...))
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

// Member looks at one instance if it carries the group tag.
func (c *Client) Member(ctx context.Context, id string) ([]inventory.Instance, error) {
	found, err := c.instances(ctx, id, filter("instance-id", id), filter("tag-key", inventory.TagGroup))
	return c.orByTags(ctx, found, err, filter("resource-id", id))
}

func (c *Client) instances(ctx context.Context, on string, filters ...types.Filter) ([]inventory.Instance, error) {
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
	return onceEach(list, instanceID), nil
}

// maxHalves is the most calls that [Client.Health] makes beside one for each hundred ids. They find the checks of
// a hundred instances but for two that EC2 does not know.
const maxHalves = 32

// Health asks for the status checks of instances. Those that are not running have none. One id that EC2 does not
// know fails a whole call (EC2 API reference, "Error codes", InvalidInstanceID.NotFound), so halves are asked about
// then, the large ones first. What was found is in the result beside the error, which is the last one.
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

// SpotRequests asks for the Spot requests of instances, by the instances' ids: a request that exists no more
// would fail a call that names it. An instance that no request names is not in the result: a persistent request
// may forget its instance while that still runs, so the absence of an answer proves nothing.
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

// Limits asks for what the instance types allow, those only that are not cached. A type that EC2 does
// not know is not in the result, and not cached.
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
