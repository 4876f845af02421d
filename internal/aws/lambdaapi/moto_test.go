package lambdaapi_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/eni-failover/eni-failover/internal/aws/lambdaapi"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/lambdasim"
	"github.com/eni-failover/eni-failover/internal/testing/mototest"
)

// transcript is what an account with the function f, whose variable GROUPS is db, answers to everything but an invocation.
func transcript(t *testing.T, c *lambdaapi.Client) []string {
	t.Helper()
	ctx := t.Context()
	var lines []string
	note := func(what string, err error, values ...any) {
		lines = append(lines, fmt.Sprintln(what, fault.ClassOf(err), fault.CodeOf(err), values))
	}
	functions, err := c.Functions(ctx)
	note("list", err, functions)
	for _, name := range []string{"f", "unknown"} {
		read := func() {
			n, reserved, err := c.ReservedConcurrency(ctx, name)
			note("read "+name, err, n, reserved)
		}
		read()
		note("reserve 5 of "+name, c.Reserve(ctx, name, 5))
		read()
		note("reserve 0 of "+name, c.Reserve(ctx, name, 0))
		read()
		note("unreserve "+name, c.Unreserve(ctx, name))
		read()
	}
	return lines
}

// The simulated Lambda answers as moto does, which is independent of it.
func TestMotoAgrees(t *testing.T) {
	server := mototest.Start(t)
	moto := lambda.NewFromConfig(mototest.Config(server.Endpoint))
	var code bytes.Buffer
	archive := zip.NewWriter(&code)
	if _, err := archive.Create("bootstrap"); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := moto.CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: aws.String("f"), Role: aws.String(server.FunctionRole()), Handler: aws.String("bootstrap"), Runtime: types.RuntimeProvidedal2023,
		Code: &types.FunctionCode{ZipFile: code.Bytes()}, Environment: &types.Environment{Variables: map[string]string{"GROUPS": "db"}},
	}); err != nil {
		t.Fatal(err)
	}
	want := transcript(t, lambdaapi.New(moto))
	got := transcript(t, connect(t, lambdasim.Function{Name: "f", Environment: map[string]string{"GROUPS": "db"}}))
	if len(want) != len(got) {
		t.Fatalf("moto answers %q; the simulation %q", want, got)
	}
	for n := range want {
		if want[n] != got[n] {
			t.Errorf("moto answers %q; the simulation %q", want[n], got[n])
		}
	}
}
