// Command probe is the Lambda function that asks services inside a VPC whether they answer. It only wires the parts
// together; the story is in package internal/probe. It has no settings, and no SDK: it has no access to AWS.
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
	runtime.GOMAXPROCS(1) // at 128 MB it has a fourteenth of a processor, which a second one would share
	metrics := emf.New(os.Stdout, lambdacontext.FunctionName)
	lambda.Start(function{prober: probe.New(probe.RealNetwork(), metrics, lambdacontext.NewLogger())})
}

// function adapts the prober to Lambda's raw form: the input's bytes are checked by package verdict, so that bad input
// gets a message that names the field.
type function struct{ prober *probe.Prober }

// Invoke carries out one run and returns the event that Lambda's destination puts on the bus.
func (f function) Invoke(ctx context.Context, input []byte) ([]byte, error) {
	event, err := f.prober.Run(ctx, input)
	if err != nil {
		return nil, err
	}
	return json.Marshal(event)
}
