package awsconfig_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/awsconfig"
)

// asked is an HTTP client that answers nothing and notes which host it was asked for.
type asked struct{ host string }

func (a *asked) Do(r *http.Request) (*http.Response, error) {
	a.host = r.URL.Host
	return nil, errors.New("no answer")
}

// TestEmptyEndpoint: the template sets AWS_ENDPOINT_URL in every deployment, since sam local can set only what is
// there, and leaves it empty. Then the endpoint is AWS's own.
func TestEmptyEndpoint(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_ENDPOINT_URL": "", "AWS_EC2_METADATA_DISABLED": "true", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
	} {
		t.Setenv(name, value)
	}
	cfg, err := awsconfig.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := &asked{}
	cfg.HTTPClient, cfg.Retryer = client, func() aws.Retryer { return aws.NopRetryer{} }
	if _, err := ec2.NewFromConfig(cfg).DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{}); err == nil {
		t.Error("an answer of nobody")
	}
	if client.host != "ec2.eu-west-1.amazonaws.com" {
		t.Errorf("asked %q", client.host)
	}
}
