// Command audit is the Lambda function that judges whether the next failover would work. It only wires the parts together;
// the story is in package internal/audit.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/audit"
	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/emf"
)

func main() {
	f, err := wire()
	if err != nil {
		// If the runtime exits during init, Lambda shows what it wrote, so the message has to say everything.
		fmt.Fprintln(os.Stderr, "eni-failover audit: "+err.Error())
		os.Exit(1)
	}
	lambda.Start(f)
}

// function adapts the auditor to Lambda's raw form.
type function struct{ auditor *audit.Auditor }

func wire() (function, error) {
	settings, err := audit.ReadSettings(os.LookupEnv)
	if err != nil {
		return function{}, err
	}
	cfg, err := awsconfig.Load(os.LookupEnv)
	if err != nil {
		return function{}, err
	}
	clients := audit.Clients{
		EC2:     ec2api.New(ec2.NewFromConfig(awsconfig.Paced(cfg, audit.EC2Rate()))),
		Records: route53api.New(route53.NewFromConfig(awsconfig.Paced(cfg, audit.RecordRate())), cfg.Region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(awsconfig.Paced(cfg, audit.ScalingRate()))),
	}
	metrics := emf.New(os.Stdout, lambdacontext.FunctionName)
	return function{auditor: audit.New(settings, cfg.Region, clients, metrics, lambdacontext.NewLogger())}, nil
}

// Invoke audits the account and region in which the function runs. The content of the event does not matter, nor does its
// account or region: the event only says that it is time, and the audit changes nothing.
func (f function) Invoke(ctx context.Context, _ []byte) ([]byte, error) {
	result, err := f.auditor.Run(ctx)
	if err != nil {
		return nil, err
	}
	return json.Marshal(result.Limited())
}
