package awssim_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func TestTags(t *testing.T) {
	r := newRegion(t, unattachedPair())
	create := func(id, key, value string) error {
		_, err := r.ec2.CreateTags(t.Context(), &ec2.CreateTagsInput{Resources: []string{id}, Tags: []types.Tag{{Key: &key, Value: &value}}})
		return err
	}
	remove := func(id, key string, value *string) {
		t.Helper()
		if _, err := r.ec2.DeleteTags(t.Context(), &ec2.DeleteTagsInput{Resources: []string{id}, Tags: []types.Tag{{Key: &key, Value: value}}}); err != nil {
			t.Error(err)
		}
	}
	for _, err := range []error{create(service, "left", "i-1"), create(service, "left", "i-2"), create(holder, "left", "i-3")} {
		if err != nil {
			t.Error(err)
		}
	}
	remove(service, "left", aws.String("another value"))
	remove(holder, "left", nil)
	remove(holder, "never there", nil)
	out, err := r.ec2.DescribeTags(t.Context(), &ec2.DescribeTagsInput{Filters: filtersOf("key=left,eni-failover:group resource-type=network-interface,instance")})
	if err != nil {
		t.Fatal(err)
	}
	var got string
	for _, tag := range out.Tags {
		got += fmt.Sprintln(*tag.ResourceId, tag.ResourceType, *tag.Key, *tag.Value)
	}
	want := service + " network-interface eni-failover:group db\n" + service + " network-interface left i-2\n" +
		holder + " instance eni-failover:group db\n" + standby + " instance eni-failover:group db\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"reserved":         {create(service, "aws:x", ""), "InvalidParameterValue"},
		"unknown resource": {create("eni-0ffffffffffffffff", "k", ""), "InvalidNetworkInterfaceID.NotFound"},
		"no id at all":     {create("something", "k", ""), "InvalidID"},
	} {
		if code(test.err) != test.want {
			t.Errorf("%s: %v", name, test.err)
		}
	}
	for n := range 49 {
		err = create(service, fmt.Sprint("k", n), "")
	}
	if code(err) != "TagLimitExceeded" {
		t.Errorf("51st tag: %v", err)
	}
}
