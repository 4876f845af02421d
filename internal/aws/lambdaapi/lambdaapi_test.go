package lambdaapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/aws/lambdaapi"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/lambdasim"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// connect makes a client of a simulated Lambda with these functions.
func connect(t *testing.T, functions ...lambdasim.Function) *lambdaapi.Client {
	t.Helper()
	server := httptest.NewServer(lambdasim.New(functions...))
	t.Cleanup(server.Close)
	return lambdaapi.New(lambda.NewFromConfig(aws.Config{Region: simclient.Region, BaseEndpoint: aws.String(server.URL), Credentials: simclient.Credentials(simclient.AccessKey)}))
}

// The functions are listed page by page.
func TestFunctions(t *testing.T) {
	var functions []lambdasim.Function
	for n := range 120 {
		functions = append(functions, lambdasim.Function{Name: fmt.Sprintf("f%03d", n)})
	}
	functions[70].Environment = map[string]string{"GROUPS": "db"}
	got, err := connect(t, functions...).Functions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var want []lambdaapi.Function
	for _, f := range functions {
		env := map[string]string{}
		if f.Environment != nil {
			env = f.Environment
		}
		want = append(want, lambdaapi.Function{Name: f.Name, Environment: env})
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestInvoke(t *testing.T) {
	calls := 0
	c := connect(t, lambdasim.Function{Name: "f", Handle: func(_ context.Context, event []byte) ([]byte, *lambdasim.Error) {
		calls++
		if string(event) == `"bad"` {
			return nil, &lambdasim.Error{Type: "BadInputError", Message: "bad input: event is a string"}
		}
		return []byte(`{"got":` + string(event) + `}`), nil
	}})
	answer, err := c.Invoke(t.Context(), "f", []byte(`{"group":"db"}`))
	if err != nil || string(answer) != `{"got":{"group":"db"}}` || calls != 1 {
		t.Errorf("%s, %v, %d calls", answer, err, calls)
	}
	_, err = c.Invoke(t.Context(), "f", []byte(`"bad"`))
	if failed, ok := errors.AsType[*lambdaapi.FunctionError](err); !ok || failed.Type != "BadInputError" || failed.Message != "bad input: event is a string" || calls != 2 {
		t.Errorf("%v, %d calls", err, calls)
	}
}

// A function for which nothing is reserved is not invoked, with one attempt.
func TestReservedConcurrency(t *testing.T) {
	ctx := t.Context()
	c := connect(t, lambdasim.Function{Name: "f", Handle: func(context.Context, []byte) ([]byte, *lambdasim.Error) { return []byte("null"), nil }})
	check := func(wantN int, wantReserved bool) {
		t.Helper()
		if n, reserved, err := c.ReservedConcurrency(ctx, "f"); err != nil || n != wantN || reserved != wantReserved {
			t.Errorf("%d, %t, %v; want %d, %t", n, reserved, err, wantN, wantReserved)
		}
	}
	check(0, false)
	if err := c.Reserve(ctx, "f", 5); err != nil {
		t.Error(err)
	}
	check(5, true)
	if err := c.Reserve(ctx, "f", 0); err != nil {
		t.Error(err)
	}
	check(0, true)
	if _, err := c.Invoke(ctx, "f", []byte("{}")); fault.ClassOf(err) != fault.Throttled {
		t.Errorf("%v; want it throttled", err)
	}
	if err := c.Unreserve(ctx, "f"); err != nil {
		t.Error(err)
	}
	check(0, false)
	if _, err := c.Invoke(ctx, "f", []byte("{}")); err != nil {
		t.Error(err)
	}
}

func TestUnknownFunction(t *testing.T) {
	ctx := t.Context()
	c := connect(t)
	_, invoke := c.Invoke(ctx, "f", []byte("{}"))
	_, _, read := c.ReservedConcurrency(ctx, "f")
	for call, err := range map[string]error{
		"Invoke": invoke, "GetFunctionConcurrency": read, "PutFunctionConcurrency": c.Reserve(ctx, "f", 1), "DeleteFunctionConcurrency": c.Unreserve(ctx, "f"),
	} {
		if fault.ClassOf(err) != fault.Gone || !strings.HasPrefix(err.Error(), call+" of f: gone (ResourceNotFoundException") {
			t.Errorf("%s: %v", call, err)
		}
	}
}
