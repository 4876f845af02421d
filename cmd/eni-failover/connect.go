package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/audit"
	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/lambdaapi"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/observe"
)

const (
	// dummyKey is the access key for an endpoint that is not AWS, and its secret.
	dummyKey = "sandbox"
	// sandboxRegion is the region of the sandbox's account.
	sandboxRegion = "eu-west-1"
)

// connect returns the configuration of the clients: with the person's own credentials and region, as the AWS CLI finds
// them; for an endpoint of its own, with credentials that mean nothing.
func (c command) connect(ctx context.Context) (aws.Config, error) {
	if c.endpoint != "" {
		if err := answers(ctx, c.endpoint); err != nil {
			return aws.Config{}, usage("-endpoint is %q: %w; accepted: an address at which something answers, like a running `go run ./cmd/sandbox -serve`", c.endpoint, err)
		}
		region, _ := c.env("AWS_REGION")
		return aws.Config{
			Region: cmp.Or(c.region, region, sandboxRegion), BaseEndpoint: aws.String(c.endpoint),
			Credentials: credentials.NewStaticCredentialsProvider(dummyKey, dummyKey, ""),
		}, nil
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(c.region), config.WithSharedConfigProfile(c.profile), config.WithAppID("eni-failover"))
	if err != nil {
		if missing, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
			return cfg, usage("-profile or AWS_PROFILE is %q; accepted: a profile in the AWS configuration files (aws configure list-profiles)", missing.Profile)
		}
		return cfg, usage("the AWS configuration can't be used: %w", err)
	}
	if cfg.Region == "" {
		return cfg, usage("the region is missing; accepted: -region, AWS_REGION, or a region in the profile")
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return cfg, fmt.Errorf("there are no AWS credentials (%s); next: aws configure, aws sso login, or -profile", oneLine(err))
	}
	return cfg, nil
}

// answers checks that something accepts connections at an endpoint. An observation would try for a minute: it insists on an
// answer, since AWS may be slow when it is needed most.
func answers(ctx context.Context, endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil {
		return err
	}
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return err
	}
	return connection.Close()
}

// oneLine returns an error's text on one line. Joined errors have a line each.
func oneLine(err error) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; ")), " ")
}

// auditClients returns the clients of an audit, which leave most of EC2's API quota to the failover.
func auditClients(cfg aws.Config) audit.Clients {
	cfg = awsconfig.Tune(cfg)
	return audit.Clients{
		EC2:     ec2api.New(ec2.NewFromConfig(awsconfig.Paced(cfg, audit.EC2Rate()))),
		Records: route53api.New(route53.NewFromConfig(awsconfig.Paced(cfg, audit.RecordRate())), cfg.Region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(awsconfig.Paced(cfg, audit.ScalingRate()))),
	}
}

// ec2Client returns the client of EC2 for the call of a person, which has nothing to wait for.
func ec2Client(cfg aws.Config) *ec2api.Client {
	return ec2api.New(ec2.NewFromConfig(awsconfig.Tune(cfg)))
}

// lambdaClient returns the client of Lambda. It waits for as long as a function runs.
func lambdaClient(cfg aws.Config) *lambdaapi.Client { return lambdaapi.New(lambda.NewFromConfig(cfg)) }

// The permissions that a command needs, as the command policy prints them.
const (
	reads   = "policy"
	changes = "policy changes"
)

// explain adds the next step to the error of a call, which is the person's and not a function's. The policy is reads or
// changes.
func explain(err error, policy string) error {
	if observed, ok := errors.AsType[*observe.ObserveError](err); ok {
		err = observed.Err
	}
	next := "try again"
	switch fault.CodeOf(err) {
	case "AuthFailure", "InvalidClientTokenId", "SignatureDoesNotMatch", "IncompleteSignature", "RequestExpired", "ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException":
		return fmt.Errorf("%s; next: renew the credentials (aws sso login, aws configure), or check the clock", oneLine(err))
	}
	switch class := fault.ClassOf(err); {
	case class == fault.Denied:
		next = "allow these credentials what `eni-failover " + policy + "` prints"
	case class == fault.Gone:
		next = "check its name, -region and -profile"
	case fault.Unanswered(err):
		next = "check -region, -endpoint and the network"
	}
	return fmt.Errorf("%s; next: %s", oneLine(err), next)
}
