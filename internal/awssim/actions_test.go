package awssim_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

func TestActionsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "actions")
	t.Setenv(awssim.ActionsVariable, path)
	for range 2 {
		r := newRegion(t, pair())
		for range 2 {
			if _, err := r.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{}); err != nil {
				t.Fatal(err)
			}
		}
		_, _ = r.ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{VpcIds: []string{"vpc-1"}}) // even a refused call is listed
		_, _ = r.ec2.DescribeImages(t.Context(), &ec2.DescribeImagesInput{})                      // but none that is not simulated
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const each = "awssim.test ec2:DescribeInstances\nawssim.test ec2:DescribeVpcs\n"
	if string(got) != each+each {
		t.Errorf("noted %q; want each action once for each simulation", got)
	}
}
