// Command echo is a function that does what its event asks for.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do   string `json:"do"`
	Text string `json:"text"`
}

// EchoError is a named error: its name reaches the caller.
type EchoError struct{ text string }

func (e *EchoError) Error() string { return e.text }

func main() {
	if fault := os.Getenv("INIT_FAULT"); fault != "" {
		fmt.Fprintln(os.Stderr, "init:", fault)
		os.Exit(3)
	}
	lambda.Start(handle)
}

func handle(ctx context.Context, e event) (json.RawMessage, error) {
	switch e.Do {
	case "fail":
		return nil, &EchoError{e.Text}
	case "panic":
		panic(e.Text)
	case "exit":
		os.Exit(4)
	case "hang":
		time.Sleep(time.Hour) // past the deadline, as a handler that ignores its context
	case "flood":
		return json.Marshal(strings.Repeat("x", 6<<20))
	case "env":
		return json.Marshal(os.Environ())
	}
	lambdacontext.NewLogger().InfoContext(ctx, e.Text)
	lc, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	return json.Marshal(map[string]any{
		"text":      e.Text,
		"arn":       lc.InvokedFunctionArn,
		"remaining": time.Until(deadline).Seconds(),
	})
}
