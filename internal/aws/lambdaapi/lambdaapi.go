// Package lambdaapi is the edge to Lambda: the only package that imports its SDK. It finds functions, invokes one, and
// switches it off and on by its reserved concurrency. No function of this project uses it; people do, by a command.
package lambdaapi

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/eni-failover/eni-failover/internal/aws/awsfault"
)

// Client talks to Lambda. It is safe for concurrent use.
type Client struct{ api *lambda.Client }

// New wraps an SDK client.
func New(api *lambda.Client) *Client { return &Client{api: api} }

// Function is a function of the account, in the client's region.
type Function struct {
	Name string
	// Environment holds its variables.
	Environment map[string]string
	// LogGroup is the name of the log group that it writes to, LogLevel the lowest level of the lines that Lambda keeps; empty
	// if it keeps all.
	LogGroup, LogLevel string
}

// Functions lists all functions of the region.
func (c *Client) Functions(ctx context.Context) ([]Function, error) {
	var list []Function
	pages := lambda.NewListFunctionsPaginator(c.api, &lambda.ListFunctionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, awsfault.Translate(awsfault.Lambda, "ListFunctions", "the region", err)
		}
		for _, f := range page.Functions {
			found := Function{Name: aws.ToString(f.FunctionName), Environment: map[string]string{}}
			if f.Environment != nil {
				maps.Copy(found.Environment, f.Environment.Variables)
			}
			if f.LoggingConfig != nil {
				found.LogGroup, found.LogLevel = aws.ToString(f.LoggingConfig.LogGroup), string(f.LoggingConfig.ApplicationLogLevel)
			}
			list = append(list, found)
		}
	}
	return list, nil
}

// FunctionError is an error that a function returned, or that ended it, as Lambda reports it.
type FunctionError struct {
	// Type is the name of the error's Go type, or of Lambda's own kind of failure.
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

// Invoke invokes a function with an event and waits for its answer, with one attempt: an event that is sent twice might be
// carried out twice. The error is a [*FunctionError] if the function failed.
func (c *Client) Invoke(ctx context.Context, function string, event []byte) (answer []byte, err error) {
	out, err := c.api.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String(function), InvocationType: types.InvocationTypeRequestResponse, Payload: event,
	}, func(o *lambda.Options) { o.RetryMaxAttempts = 1 })
	switch {
	case err != nil:
		return nil, awsfault.Translate(awsfault.Lambda, "Invoke", function, err)
	case out.FunctionError == nil:
		return out.Payload, nil
	}
	failed := &FunctionError{}
	if err := json.Unmarshal(out.Payload, failed); err != nil {
		return nil, fmt.Errorf("the function failed (%s) with an answer that is no error of Lambda's: %q", *out.FunctionError, out.Payload)
	}
	return nil, failed
}

// ReservedConcurrency returns the number of invocations that are reserved for a function, which limits it, too. reserved
// is false if none are.
func (c *Client) ReservedConcurrency(ctx context.Context, function string) (n int, reserved bool, err error) {
	out, err := c.api.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: aws.String(function)})
	if err != nil {
		return 0, false, awsfault.Translate(awsfault.Lambda, "GetFunctionConcurrency", function, err)
	}
	return int(aws.ToInt32(out.ReservedConcurrentExecutions)), out.ReservedConcurrentExecutions != nil, nil
}

// Reserve reserves so many invocations for a function. With 0, Lambda invokes it no more.
func (c *Client) Reserve(ctx context.Context, function string, n int32) error {
	_, err := c.api.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{FunctionName: aws.String(function), ReservedConcurrentExecutions: aws.Int32(n)})
	return awsfault.Translate(awsfault.Lambda, "PutFunctionConcurrency", function, err)
}

// Unreserve removes the reservation of a function, so that only the account's limit limits it.
func (c *Client) Unreserve(ctx context.Context, function string) error {
	_, err := c.api.DeleteFunctionConcurrency(ctx, &lambda.DeleteFunctionConcurrencyInput{FunctionName: aws.String(function)})
	return awsfault.Translate(awsfault.Lambda, "DeleteFunctionConcurrency", function, err)
}
