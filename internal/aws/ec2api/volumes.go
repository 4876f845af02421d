package ec2api

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// volumePageSize is the largest page of DescribeVolumes that the API reference has named.
const volumePageSize = 500

// VolumeKeys returns the ARNs of the KMS keys that encrypt the volumes of instances, by instance id, in order and each once.
// The start of an instance needs them all, those of its data volumes, too. An instance without an encrypted volume is not in
// the result. A key is the customer's own or the AWS managed one: the answer does not tell.
func (c *Client) VolumeKeys(ctx context.Context, ids []string) (map[string][]string, error) {
	keys := map[string][]string{}
	for chunk := range slices.Chunk(ids, maxValues-1) { // the second filter has a value, too
		pages := ec2.NewDescribeVolumesPaginator(c.ec2, &ec2.DescribeVolumesInput{
			Filters:    []types.Filter{filter("attachment.instance-id", chunk...), filter("encrypted", "true")},
			MaxResults: aws.Int32(volumePageSize),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, translate("DescribeVolumes", strings.Join(chunk, " "), err)
			}
			for _, v := range page.Volumes {
				addKey(keys, chunk, v)
			}
		}
	}
	for id, list := range keys {
		slices.Sort(list)
		keys[id] = slices.Compact(list)
	}
	return keys, nil
}

// addKey adds the key of a volume to each of the instances that have it: with Multi-Attach there may be several.
func addKey(keys map[string][]string, instances []string, v types.Volume) {
	key := aws.ToString(v.KmsKeyId)
	if key == "" {
		return
	}
	for _, a := range v.Attachments {
		if id := aws.ToString(a.InstanceId); slices.Contains(instances, id) {
			keys[id] = append(keys[id], key)
		}
	}
}
