// Command failover is the Lambda function that moves interfaces to a standby. It only wires the parts
// together; the story is in package internal/failover.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/eventbridgeapi"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
)

func main() {
	f, err := wire()
	if err != nil {
		// Lambda reports a runtime that exits during its init as Runtime.ExitError and shows what the runtime
		// wrote, so the message has to say everything.
		fmt.Fprintln(os.Stderr, "eni-failover: "+err.Error())
		os.Exit(1)
	}
	lambda.Start(f)
}

// function adapts the handler to Lambda's raw form: package trigger checks the event's bytes, so that the error for
// bad input names the field.
type function struct {
	handler *failover.Handler
	// checkAccount is off under sam local, whose context has a made-up account.
	checkAccount bool
}

func wire() (function, error) {
	settings, err := failover.ReadSettings(os.LookupEnv)
	if err != nil {
		return function{}, err
	}
	cfg, err := awsconfig.Load(os.LookupEnv)
	if err != nil {
		return function{}, err
	}
	clients := failover.Clients{
		EC2:     ec2api.New(ec2.NewFromConfig(cfg)),
		Records: route53api.New(route53.NewFromConfig(awsconfig.Paced(cfg, failover.RecordRate())), cfg.Region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(cfg)),
	}
	if settings.EventBus != "" {
		clients.Bus = eventbridgeapi.New(eventbridge.NewFromConfig(cfg), settings.EventBus)
	}
	metrics := emf.New(os.Stdout, lambdacontext.FunctionName)
	handler := failover.New(settings, cfg.Region, clients, metrics, lambdacontext.NewLogger())
	_, local := os.LookupEnv("AWS_SAM_LOCAL")
	return function{handler: handler, checkAccount: !local}, nil
}

// Invoke handles one event.
func (f function) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	account := ""
	if lc, ok := lambdacontext.FromContext(ctx); ok && f.checkAccount {
		account = accountOf(lc.InvokedFunctionArn)
	}
	report, err := f.handler.Handle(ctx, event, account)
	if err != nil {
		return nil, err
	}
	return json.Marshal(report.Limited())
}

// accountOf returns the account in a function's ARN, arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME. It returns
// nothing for any other text.
func accountOf(arn string) string {
	parts := strings.Split(arn, ":")
	if len(parts) < 7 || parts[0] != "arn" {
		return ""
	}
	return parts[4]
}
