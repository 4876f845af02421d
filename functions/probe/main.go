// Command probe is the Lambda function that asks services inside a VPC whether they answer. It only connects the parts;
// the story is in package internal/probe. It has no settings, no SDK and no access to AWS.
package main

import (
	"context"
	"encoding/json"
	"os"
	"runtime"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/probe"
)

func main() {
	runtime.GOMAXPROCS(1) // with 128 MB it has a fourteenth of a processor, which a second thread would have to share
	metrics := emf.New(os.Stdout, lambdacontext.FunctionName)
	lambda.Start(function{prober: probe.New(probe.RealNetwork(), metrics, lambdacontext.NewLogger())})
}

// function adapts the prober to Lambda's raw form. Package verdict checks the input's bytes, so that an error names the
// field.
type function struct{ prober *probe.Prober }

// Invoke carries out one run and returns the event, which Lambda's destination puts on the bus.
func (f function) Invoke(ctx context.Context, input []byte) ([]byte, error) {
	event, err := f.prober.Run(ctx, input)
	if err != nil {
		return nil, err
	}
	return json.Marshal(event)
}
