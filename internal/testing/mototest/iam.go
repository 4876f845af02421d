package mototest

import (
	"encoding/xml"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// never is more calls than a test makes: so many may pass before moto asks for permission.
const never = "1000000000"

// Caller makes a user with a policy in moto's IAM and returns the configuration to call with in its name, by
// way of the proxy. Until [Server.Enforce] moto lets everybody do everything.
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
	// moto takes a GET's query for its body when it checks the signature, unless the body's hash is a header.
	cfg.APIOptions = append(cfg.APIOptions, v4.AddContentSHA256HeaderMiddleware)
	return cfg
}

// Enforce makes moto ask for permission from now on, of actions: it knows neither resources nor conditions
// (it checks against the resource `*` and takes a condition for a denial), so a policy must have none.
// Account's own calls are then denied, too.
func (s *Server) Enforce() { s.authorizeAfter("0") }

// Relax makes moto let everybody do everything again.
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

// iam calls moto's IAM, past the proxy. The signature says which service is meant; nobody checks it yet.
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
