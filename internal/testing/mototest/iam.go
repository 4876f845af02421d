package mototest

import (
	"encoding/xml"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// never is the number of calls that moto lets pass before it checks permissions: more than a test makes.
const never = "1000000000"

// Caller makes a user with a policy in moto's IAM, and returns the configuration of clients that call as this user,
// through the proxy. moto checks no permissions before [Server.Enforce].
func (s *Server) Caller(policy string) aws.Config {
	s.tb.Helper()
	const user = "caller"
	s.iam(url.Values{"Action": {"CreateUser"}, "UserName": {user}})
	s.iam(url.Values{
		"Action": {"PutUserPolicy"}, "UserName": {user}, "PolicyName": {"all"}, "PolicyDocument": {policy},
	})
	var created struct {
		ID     string `xml:"CreateAccessKeyResult>AccessKey>AccessKeyId"`
		Secret string `xml:"CreateAccessKeyResult>AccessKey>SecretAccessKey"`
	}
	answer := s.iam(url.Values{"Action": {"CreateAccessKey"}, "UserName": {user}})
	if err := xml.Unmarshal([]byte(answer.Body), &created); err != nil || created.ID == "" {
		s.tb.Fatalf("access key of %s: %v\n%s", user, err, answer.Body)
	}
	cfg := Config(s.Endpoint)
	cfg.Credentials = credentials.NewStaticCredentialsProvider(created.ID, created.Secret, "")
	// When moto checks the signature of a GET, it hashes the query as the body, unless a header has the body's hash.
	cfg.APIOptions = append(cfg.APIOptions, v4.AddContentSHA256HeaderMiddleware)
	return cfg
}

// FunctionRole makes a role that Lambda may assume, and returns its ARN.
func (s *Server) FunctionRole() string {
	s.tb.Helper()
	answer := s.iam(url.Values{"Action": {"CreateRole"}, "RoleName": {"function"}, "AssumeRolePolicyDocument": {
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`,
	}})
	var created struct {
		ARN string `xml:"CreateRoleResult>Role>Arn"`
	}
	if err := xml.Unmarshal([]byte(answer.Body), &created); err != nil || created.ARN == "" {
		s.tb.Fatalf("role of a function: %v\n%s", err, answer.Body)
	}
	return created.ARN
}

// Enforce makes moto check permissions from now on, for actions only: it compares with the resource `*`, and takes a
// condition for a denial, so a policy must have neither. It denies Account's own calls too.
func (s *Server) Enforce() { s.authorizeAfter("0") }

// Relax turns moto's check of permissions off.
func (s *Server) Relax() { s.authorizeAfter(never) }

func (s *Server) authorizeAfter(calls string) {
	s.tb.Helper()
	answer, err := s.forward(s.tb.Context(), request{
		method: http.MethodPost, uri: "/moto-api/reset-auth", header: http.Header{"Content-Type": {"text/plain"}}, body: []byte(calls),
	})
	if err != nil || answer.Status != http.StatusOK {
		s.tb.Fatalf("set moto's authorization: %v %+v", err, answer)
	}
}

// iam calls moto's IAM directly. moto reads the service from the signature, and does not check it yet.
func (s *Server) iam(form url.Values) Answer {
	s.tb.Helper()
	form.Set("Version", "2010-05-08")
	answer, err := s.forward(s.tb.Context(), request{
		method: http.MethodPost, uri: "/", body: []byte(form.Encode()), header: http.Header{
			"Content-Type":  {"application/x-www-form-urlencoded"},
			"Authorization": {"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0"},
		},
	})
	if err != nil || answer.Status != http.StatusOK {
		s.tb.Fatalf("%s: %v %+v", form.Get("Action"), err, answer)
	}
	return answer
}
