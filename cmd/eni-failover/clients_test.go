package main

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/eni-failover/eni-failover/internal/aws/lambdaapi"
)

// config is the configuration with which the command calls the account.
func (a *account) config(t *testing.T) aws.Config {
	t.Helper()
	cfg, err := command{options: options{endpoint: a.url}, env: func(string) (string, bool) { return "", false }}.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func lambdaClientOf(t *testing.T, a *account) *lambdaapi.Client {
	t.Helper()
	return lambdaClient(a.config(t))
}

// createTag writes a tag with the command's credentials, and returns EC2's error code; empty if it was written.
func (a *account) createTag(t *testing.T, id, key string) string {
	t.Helper()
	_, err := ec2.NewFromConfig(a.config(t)).CreateTags(t.Context(), &ec2.CreateTagsInput{
		Resources: []string{id}, Tags: []types.Tag{{Key: aws.String(key), Value: aws.String("x")}},
	})
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}
