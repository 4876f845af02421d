// Package simclient configures SDK clients that talk to a simulated AWS in memory. It imports no service of the SDK, so
// that a test compiles the services that it uses and no other.
package simclient

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
)

const (
	// Region is the region of the clients.
	Region = "eu-west-1"
	// AccessKey is the access key with which clients sign unless they are given other credentials.
	AccessKey = "AKIDEXAMPLE"
)

// Config returns a configuration as the functions have it: of clients that wait and retry as [awsconfig.Tune] says.
// They send their requests through wire, which is a simulation's Client or a transport around it.
func Config(wire aws.HTTPClient) aws.Config { return awsconfig.Tune(Untuned(wire)) }

// Untuned returns a configuration of clients that wait and retry as the SDK does by itself.
func Untuned(wire aws.HTTPClient) aws.Config {
	return aws.Config{Region: Region, HTTPClient: wire, Credentials: Credentials(AccessKey)}
}

// Credentials returns credentials with an access key, by which a simulation tells callers apart.
func Credentials(accessKey string) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(accessKey, "secret", "")
}
