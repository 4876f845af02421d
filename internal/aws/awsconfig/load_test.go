package awsconfig_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/awssim"
)

// environment returns the variables that Lambda sets, and more, given in pairs. It also sets them for the process, because
// the SDK's clients read some variables themselves.
func environment(t *testing.T, more ...string) func(string) (string, bool) {
	t.Helper()
	env := map[string]string{}
	lambda := []string{
		"AWS_REGION", "eu-west-1", "AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY", "secret", "AWS_SESSION_TOKEN", "token",
	}
	for pairs := append(lambda, more...); len(pairs) > 0; pairs = pairs[2:] {
		env[pairs[0]] = pairs[1]
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
	return lookup(env)
}

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}
}

// load returns the configuration from an environment without faults.
func load(t *testing.T, lookup func(string) (string, bool)) aws.Config {
	t.Helper()
	cfg, err := awsconfig.Load(lookup)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestLoad(t *testing.T) {
	sim, err := awssim.New(awssim.World{})
	if err != nil {
		t.Fatal(err)
	}
	var agent, token atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		agent.Store(r.UserAgent())
		token.Store(r.Header.Get("X-Amz-Security-Token"))
		sim.ServeHTTP(w, r)
	}))
	defer server.Close()
	cfg := load(t, environment(t, "AWS_ENDPOINT_URL", server.URL))
	if cfg.Region != "eu-west-1" {
		t.Errorf("region %q", cfg.Region)
	}
	ctx, counter := awsconfig.CountCalls(t.Context())
	if _, err := ec2.NewFromConfig(cfg).DescribeInstances(ctx, &ec2.DescribeInstancesInput{}); err != nil {
		t.Fatal(err)
	}
	calls := sim.Calls()
	if len(calls) != 1 || calls[0].AccessKey != "AKIDEXAMPLE" || token.Load() != "token" || counter.Calls()["DescribeInstances"] != 1 {
		t.Errorf("%v with token %q, counted %v", calls, token.Load(), counter.Calls())
	}
	if ua, _ := agent.Load().(string); !strings.Contains(ua, "app/eni-failover") {
		t.Errorf("user agent %q", ua)
	}
}

// hosts is an HTTP client that never answers and records the hosts of its requests.
type hosts []string

func (h *hosts) Do(r *http.Request) (*http.Response, error) {
	*h = append(*h, r.URL.Host)
	return nil, errors.New("no answer")
}

// TestEndpoints: the SDK chooses the endpoints. The right hosts are from the tables of the AWS General Reference, "Amazon
// EC2 endpoints and quotas" and those of the other services.
func TestEndpoints(t *testing.T) {
	tests := map[string]struct {
		env                       []string
		ec2, autoscaling, route53 string
	}{
		"AWS's own": {nil, "ec2.eu-west-1.amazonaws.com", "autoscaling.eu-west-1.amazonaws.com", "route53.amazonaws.com"},
		"China": {
			[]string{"AWS_REGION", "cn-north-1"},
			"ec2.cn-north-1.amazonaws.com.cn", "autoscaling.cn-north-1.amazonaws.com.cn", "route53.amazonaws.com.cn",
		},
		"only the default region": {
			[]string{"AWS_REGION", "", "AWS_DEFAULT_REGION", "us-east-2"},
			"ec2.us-east-2.amazonaws.com", "autoscaling.us-east-2.amazonaws.com", "route53.amazonaws.com",
		},
		"FIPS": {
			[]string{"AWS_REGION", "us-east-1", "AWS_USE_FIPS_ENDPOINT", "true"},
			"ec2-fips.us-east-1.amazonaws.com", "autoscaling-fips.us-east-1.amazonaws.com", "route53-fips.amazonaws.com",
		},
		"dual stack": {
			[]string{"AWS_USE_DUALSTACK_ENDPOINT", "TRUE"},
			"ec2.eu-west-1.api.aws", "autoscaling.eu-west-1.api.aws", "route53.global.api.aws",
		},
		"FIPS and dual stack": {
			[]string{"AWS_REGION", "us-east-1", "AWS_USE_FIPS_ENDPOINT", "true", "AWS_USE_DUALSTACK_ENDPOINT", "true"},
			"ec2-fips.us-east-1.api.aws", "autoscaling-fips.us-east-1.api.aws", "route53-fips.global.api.aws",
		},
		"neither": {
			[]string{"AWS_USE_FIPS_ENDPOINT", "False", "AWS_USE_DUALSTACK_ENDPOINT", "false"},
			"ec2.eu-west-1.amazonaws.com", "autoscaling.eu-west-1.amazonaws.com", "route53.amazonaws.com",
		},
		// The template sets AWS_ENDPOINT_URL in every deployment, since sam local can set only variables of the template.
		"empty": {
			[]string{"AWS_ENDPOINT_URL", "", "AWS_USE_FIPS_ENDPOINT", "", "AWS_USE_DUALSTACK_ENDPOINT", "", "AWS_CA_BUNDLE", ""},
			"ec2.eu-west-1.amazonaws.com", "autoscaling.eu-west-1.amazonaws.com", "route53.amazonaws.com",
		},
		"blank": {
			[]string{
				"AWS_ENDPOINT_URL", " ", "AWS_ENDPOINT_URL_EC2", "\t", "AWS_USE_FIPS_ENDPOINT", " ", "AWS_CA_BUNDLE", " ",
				"AWS_REGION", " ", "AWS_DEFAULT_REGION", "eu-west-1",
			},
			"ec2.eu-west-1.amazonaws.com", "autoscaling.eu-west-1.amazonaws.com", "route53.amazonaws.com",
		},
		"blanks around": {
			[]string{
				"AWS_ENDPOINT_URL", " http://127.0.0.1:4566 ", "AWS_ENDPOINT_URL_EC2", " http://127.0.0.1:1\n", "AWS_REGION", " us-east-2 ",
				"AWS_USE_DUALSTACK_ENDPOINT", "false ",
			},
			"127.0.0.1:1", "127.0.0.1:4566", "127.0.0.1:4566",
		},
		"one URL": {
			[]string{"AWS_ENDPOINT_URL", "http://127.0.0.1:4566"},
			"127.0.0.1:4566", "127.0.0.1:4566", "127.0.0.1:4566",
		},
		"a URL for one service": {
			[]string{"AWS_ENDPOINT_URL_EC2", "https://vpce-1.example"},
			"vpce-1.example", "autoscaling.eu-west-1.amazonaws.com", "route53.amazonaws.com",
		},
		"a URL for each service": {
			[]string{
				"AWS_ENDPOINT_URL", "http://127.0.0.1:4566", "AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:1",
				"AWS_ENDPOINT_URL_AUTO_SCALING", "http://127.0.0.1:2", "AWS_ENDPOINT_URL_ROUTE_53", "http://127.0.0.1:3",
			},
			"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := load(t, environment(t, tt.env...))
			var got hosts
			cfg.HTTPClient, cfg.Retryer = &got, func() aws.Retryer { return aws.NopRetryer{} }
			_, err1 := ec2.NewFromConfig(cfg).DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{})
			_, err2 := autoscaling.NewFromConfig(cfg).DescribeAutoScalingInstances(t.Context(), &autoscaling.DescribeAutoScalingInstancesInput{})
			_, err3 := route53.NewFromConfig(cfg).ListHostedZonesByVPC(t.Context(), &route53.ListHostedZonesByVPCInput{
				VPCId: aws.String("vpc-1"), VPCRegion: "eu-west-1",
			})
			want := hosts{tt.ec2, tt.autoscaling, tt.route53}
			if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
				t.Errorf("asked %q, want %q\n%v\n%v\n%v", got, want, err1, err2, err3)
			}
		})
	}
}

// TestBadEnvironment: one message names every variable that is missing or wrong.
func TestBadEnvironment(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		env  map[string]string
		want []string
	}{
		"missing": {nil, []string{"AWS_REGION is missing", "AWS_ACCESS_KEY_ID is missing", "AWS_SECRET_ACCESS_KEY is missing"}},
		"wrong": {
			map[string]string{
				"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
				"AWS_USE_FIPS_ENDPOINT": "1", "AWS_USE_DUALSTACK_ENDPOINT": "yes", "AWS_CA_BUNDLE": "/none/ca.pem",
			},
			[]string{
				`AWS_USE_FIPS_ENDPOINT is "1"; accepted: true or false`, `AWS_USE_DUALSTACK_ENDPOINT is "yes"`,
				"AWS_CA_BUNDLE can't be read (open /none/ca.pem: no such file or directory)",
			},
		},
		"an empty bundle": {
			map[string]string{
				"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_CA_BUNDLE": empty,
			},
			[]string{"AWS_CA_BUNDLE is ", "without a certificate"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := awsconfig.Load(lookup(tt.env))
			if err == nil || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%v; want an error of one line", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v; want %s named", err, want)
				}
			}
		})
	}
}
