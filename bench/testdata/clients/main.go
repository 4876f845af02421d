// Command clients makes the four SDK clients of the failover and calls what it calls, and does nothing else. Its cold start is
// what no function with these clients can do without.
package main

import (
	"context"
	"errors"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/route53"
)

func main() {
	cfg := aws.Config{Region: os.Getenv("AWS_REGION"), Credentials: aws.AnonymousCredentials{}}
	computing, scaling := ec2.NewFromConfig(cfg), autoscaling.NewFromConfig(cfg)
	names, bus := route53.NewFromConfig(cfg), eventbridge.NewFromConfig(cfg)
	lambda.Start(func(ctx context.Context) error {
		_, interfaces := computing.DescribeNetworkInterfaces(ctx, nil)
		_, instances := computing.DescribeInstances(ctx, nil)
		_, statuses := computing.DescribeInstanceStatus(ctx, nil)
		_, types := computing.DescribeInstanceTypes(ctx, nil)
		_, requests := computing.DescribeSpotInstanceRequests(ctx, nil)
		_, detached := computing.DetachNetworkInterface(ctx, nil)
		_, attached := computing.AttachNetworkInterface(ctx, nil)
		_, begun := computing.StartInstances(ctx, nil)
		_, tagged := computing.CreateTags(ctx, nil)
		_, members := scaling.DescribeAutoScalingInstances(ctx, nil)
		_, completed := scaling.CompleteLifecycleAction(ctx, nil)
		_, zones := names.ListHostedZonesByVPC(ctx, nil)
		_, records := names.ListResourceRecordSets(ctx, nil)
		_, changed := names.ChangeResourceRecordSets(ctx, nil)
		_, told := bus.PutEvents(ctx, nil)
		return errors.Join(interfaces, instances, statuses, types, requests, detached, attached, begun, tagged,
			members, completed, zones, records, changed, told)
	})
}
