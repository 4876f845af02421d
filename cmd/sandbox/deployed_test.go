package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/eni-failover/eni-failover/internal/aws/lambdaapi"
	"github.com/eni-failover/eni-failover/internal/aws/logsapi"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// The served account has the failover behind Lambda's API, as a deployment has.
func TestServedFunction(t *testing.T) {
	s := startServing(t)
	cfg := aws.Config{Region: "eu-west-1", BaseEndpoint: aws.String(s.url), Credentials: credentials.NewStaticCredentialsProvider("any", "any", "")}
	client := lambdaapi.New(lambda.NewFromConfig(cfg))
	functions, err := client.Functions(t.Context())
	if err != nil || len(functions) != 2 {
		t.Fatalf("%+v, %v", functions, err)
	}
	answer, err := client.Invoke(t.Context(), failoverName, []byte(`{"group":"db","target":"`+standbyID+`"}`))
	var report failover.Report
	if err != nil || json.Unmarshal(answer, &report) != nil || report.Outcome != plan.OutcomeMoved || s.holder(t) != standbyID {
		t.Errorf("%s, %v, on %s", answer, err, s.holder(t))
	}
	line, found, err := logsapi.New(cloudwatchlogs.NewFromConfig(cfg)).Last(t.Context(), functions[1].LogGroup, `{ $.message = "failover" }`, time.Now().Add(-time.Minute), time.Now())
	if err != nil || !found || !strings.Contains(line.Text, `"outcome":"moved"`) {
		t.Errorf("the log of %s has %+v, %t, %v", functions[1].Name, line, found, err)
	}
	_, err = client.Invoke(t.Context(), failoverName, []byte(`{"group":"db"}`))
	if failed, ok := errors.AsType[*lambdaapi.FunctionError](err); !ok || failed.Type != "BadInputError" {
		t.Errorf("%v", err)
	}
	if _, err = client.Invoke(t.Context(), auditName, []byte(`{}`)); err == nil || !strings.Contains(err.Error(), "next: go run ./cmd/eni-failover audit") {
		t.Errorf("%v", err)
	}
	if text := s.end(t); !strings.Contains(text, "Lambda    Invoke "+failoverName) || !strings.Contains(text, "EC2       DetachNetworkInterface") {
		t.Errorf("the calls are not shown:\n%s", text)
	}
}
