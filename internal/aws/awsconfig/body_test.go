package awsconfig_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
)

// bodies keeps the bodies of requests, and answers nothing of use.
type bodies struct{ kept []io.ReadCloser }

func (b *bodies) Do(r *http.Request) (*http.Response, error) {
	b.kept = append(b.kept, r.Body)
	return &http.Response{StatusCode: http.StatusBadRequest, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

// TestBodyAfterReply: what net/http does with a body after the client has closed it is no error, which would end the connection
// before the reply is read.
func TestBodyAfterReply(t *testing.T) {
	var client bodies
	api := ec2.NewFromConfig(awsconfig.Tune(aws.Config{
		Region: "eu-west-1", HTTPClient: &client, Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "token"),
	}))
	_, err := api.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{})
	if err == nil || len(client.kept) == 0 || client.kept[0] == nil {
		t.Fatalf("%v, %d bodies", err, len(client.kept))
	}
	if _, err := io.Copy(io.Discard, client.kept[0]); err != nil {
		t.Error(err)
	}
	if _, err := client.kept[0].Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("%v; want the end", err)
	}
}
