package awssim_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// signed sends a request like a client of a service, and returns the reply's status, content type and body.
func signed(t *testing.T, sim *awssim.Sim, region, service, method, path, body string, header http.Header) (status int, kind, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://sim"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(req.Header, header)
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=me/20261123/"+region+"/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := sim.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	read, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(read)
}

// Each answer uses the protocol of its service, and says that this is a simulator and what it has.
func TestNotSimulated(t *testing.T) {
	sim, err := awssim.New(awssim.World{})
	if err != nil {
		t.Fatal(err)
	}
	const all = "it has autoscaling CompleteLifecycleAction, DescribeAutoScalingInstances; ec2 AttachNetworkInterface, "
	for _, c := range []struct {
		name, service, method, path, body string
		header                            http.Header
		kind, begins, says                string
	}{
		{"EC2", "ec2", "POST", "/", "Action=RunInstances&Version=2016-11-15", nil, "text/xml", "<Response><Errors><Error><Code>InvalidAction<", "ec2 RunInstances is not simulated; it has ec2 AttachNetworkInterface, "},
		{"Auto Scaling", "autoscaling", "POST", "/", "Action=DescribeAutoScalingGroups&Version=2011-01-01", nil, "text/xml", "<ErrorResponse ", "it has autoscaling CompleteLifecycleAction, DescribeAutoScalingInstances<"},
		{"Route 53", "route53", "GET", "/2013-04-01/hostedzone", "", nil, "text/xml", "<ErrorResponse ", "it has route53 ListHostedZonesByVPC, "},
		{"STS", "sts", "POST", "/", "Action=AssumeRole&Version=2011-06-15", nil, "text/xml", "<ErrorResponse ", "it has sts GetCallerIdentity<"},
		{"another Query service", "iam", "POST", "/", "Action=ListRoles&Version=2010-05-08", nil, "text/xml", "<ErrorResponse>", all},
		{"S3", "s3", "GET", "/", "", nil, "text/xml", "<Error><Code>InvalidAction<", all},
		{"JSON", "logs", "POST", "/", "{}", http.Header{"X-Amz-Target": {"Logs_20140328.DescribeLogGroups"}}, "application/x-amz-json", `{"__type":"InvalidAction"`, "logs DescribeLogGroups is not simulated; " + all},
		{"REST-JSON", "lambda", "GET", "/2015-03-31/functions", "", nil, "application/x-amz-json", `{"__type":"InvalidAction"`, "lambda GET /2015-03-31/functions is not simulated; " + all},
		{
			"CBOR", "monitoring", "POST", "/service/GraniteServiceVersion20100801/operation/DescribeAlarms", "\xa0",
			http.Header{"Smithy-Protocol": {"rpc-v2-cbor"}},
			"application/cbor", "\xa2\x79\x00\x06__type\x79\x00\x0dInvalidAction\x79\x00\x07message\x79", "monitoring DescribeAlarms is not simulated; " + all,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, kind, text := signed(t, sim, "eu-west-1", c.service, c.method, c.path, c.body, c.header)
			text = strings.TrimPrefix(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
			if status/100 != 4 || !strings.HasPrefix(kind, c.kind) || !strings.HasPrefix(text, c.begins) ||
				!strings.Contains(text, "This is a simulator, and ") || !strings.Contains(text, c.says) {
				t.Errorf("%d %s\n%s", status, kind, text)
			}
			if strings.HasPrefix(text, "{") && !json.Valid([]byte(text)) {
				t.Errorf("no JSON: %s", text)
			}
		})
	}
}

// The endpoint belongs to the account's region. A call that is signed for another region is told which.
func TestOtherRegion(t *testing.T) {
	sim, err := awssim.New(awssim.World{})
	if err != nil {
		t.Fatal(err)
	}
	const look = "Action=DescribeInstances&Version=2016-11-15"
	if status, _, text := signed(t, sim, "us-east-1", "ec2", "POST", "/", look, nil); status != http.StatusUnauthorized ||
		!strings.Contains(text, "<Code>AuthFailure</Code>") || !strings.Contains(text, "set AWS_REGION=eu-west-1, or --region eu-west-1") {
		t.Errorf("%d\n%s", status, text)
	}
	if status, _, text := signed(t, sim, "eu-west-1", "ec2", "POST", "/", look, nil); status != http.StatusOK {
		t.Errorf("%d\n%s", status, text)
	}
	// Route 53 is always signed for us-east-1.
	if status, _, text := signed(t, sim, "us-east-1", "route53", "GET", "/2013-04-01/hostedzonesbyvpc?vpcid=vpc-1&vpcregion=eu-west-1", "", nil); status != http.StatusOK {
		t.Errorf("%d\n%s", status, text)
	}
}

func TestCallerIdentity(t *testing.T) {
	sim, err := awssim.New(awssim.World{Account: "210987654321"})
	if err != nil {
		t.Fatal(err)
	}
	_, _, text := signed(t, sim, "us-east-1", "sts", "POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", nil)
	for _, want := range []string{
		`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`,
		"<Arn>arn:aws:sts::210987654321:assumed-role/simulated/me</Arn>", "<Account>210987654321</Account>", ":me</UserId>",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("want %s in\n%s", want, text)
		}
	}
}
