package awsconfig

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Load reads the SDK's own settings that concern a Lambda function from the environment, and applies [Tune]. Its error
// names every variable that can't be used.
//
// It replaces the SDK's package config, whose single sign-on and shared files cost a third of a cold start. So Load reads
// no profile, no file but AWS_CA_BUNDLE, and no source of credentials but the environment: Lambda and `sam local` put the
// credentials there (Lambda Developer Guide, "Working with Lambda environment variables"), and replace the environment
// before they expire.
func Load(lookup func(name string) (value string, ok bool)) (aws.Config, error) {
	e := environment{lookup: lookup}
	cfg := aws.Config{
		Region:       cmp.Or(e.get("AWS_REGION"), e.get("AWS_DEFAULT_REGION")),
		Credentials:  e.credentials(),
		DefaultsMode: aws.DefaultsModeInRegion,
		AppID:        "eni-failover",
	}
	if cfg.Region == "" {
		e.fault("AWS_REGION is missing; accepted: the region of the interfaces, like eu-west-1")
	}
	if url := e.get("AWS_ENDPOINT_URL"); url != "" {
		cfg.BaseEndpoint = aws.String(url)
	}
	cfg.ConfigSources = []any{e.endpoints()}
	cfg.HTTPClient = newHTTPClient(e.authorities())
	if len(e.faults) > 0 {
		return aws.Config{}, errors.New("bad AWS settings: " + strings.Join(e.faults, "; "))
	}
	return Tune(cfg), nil
}

// environment reads variables and collects their faults. Blanks around a value do not count, as in the function's own
// settings, and a blank variable counts as unset: the template sets AWS_ENDPOINT_URL to nothing.
type environment struct {
	lookup func(name string) (value string, ok bool)
	faults []string
}

func (e *environment) get(name string) string {
	value, _ := e.lookup(name)
	return strings.TrimSpace(value)
}

func (e *environment) fault(format string, args ...any) {
	e.faults = append(e.faults, fmt.Sprintf(format, args...))
}

// credentials returns the credentials of the function's role. They outlive the process, so nothing refreshes them.
func (e *environment) credentials() aws.CredentialsProvider {
	for _, name := range [...]string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		if e.get(name) == "" {
			e.fault("%s is missing; accepted: credentials in the environment, as Lambda and sam local give them", name)
		}
	}
	return credentials.NewStaticCredentialsProvider(
		e.get("AWS_ACCESS_KEY_ID"), e.get("AWS_SECRET_ACCESS_KEY"), e.get("AWS_SESSION_TOKEN"))
}

// authorities returns the certificate authorities to trust instead of the system's; nil for the system's.
func (e *environment) authorities() *x509.CertPool {
	const name = "AWS_CA_BUNDLE"
	path := e.get(name)
	if path == "" {
		return nil
	}
	accepted := "a file of certificates in PEM form"
	bundle, err := os.ReadFile(path) //nolint:gosec // a person who may set the function's environment may choose which authorities it trusts
	if err != nil {
		e.fault("%s can't be read (%v); accepted: %s", name, err, accepted)
		return nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(bundle) {
		e.fault("%s is %q, a file without a certificate; accepted: %s", name, path, accepted)
	}
	return pool
}

// endpoints chooses between the endpoints of a service. Clients find it among the configuration's sources and call its
// methods, as they do with the settings that the SDK's package config has read.
type endpoints struct {
	fips      aws.FIPSEndpointState
	dualStack aws.DualStackEndpointState
	get       func(name string) string
}

func (e *environment) endpoints() endpoints {
	s := endpoints{get: e.get}
	if on, set := e.flag("AWS_USE_FIPS_ENDPOINT"); on {
		s.fips = aws.FIPSEndpointStateEnabled
	} else if set {
		s.fips = aws.FIPSEndpointStateDisabled
	}
	if on, set := e.flag("AWS_USE_DUALSTACK_ENDPOINT"); on {
		s.dualStack = aws.DualStackEndpointStateEnabled
	} else if set {
		s.dualStack = aws.DualStackEndpointStateDisabled
	}
	return s
}

// flag reads true or false, in any case, as the SDK does.
func (e *environment) flag(name string) (on, set bool) {
	switch value := e.get(name); {
	case value == "":
		return false, false
	case strings.EqualFold(value, "true"):
		return true, true
	case !strings.EqualFold(value, "false"):
		e.fault("%s is %q; accepted: true or false", name, value)
	}
	return false, true
}

// GetUseFIPSEndpoint tells clients whether to use endpoints with validated cryptography, as in GovCloud.
func (s endpoints) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	return s.fips, s.fips != aws.FIPSEndpointStateUnset, nil
}

// GetUseDualStackEndpoint tells clients whether to use endpoints with IPv6 addresses.
func (s endpoints) GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error) {
	return s.dualStack, s.dualStack != aws.DualStackEndpointStateUnset, nil
}

// GetServiceBaseEndpoint tells a client the endpoint that is set for its service alone. The SDK names the service by its
// id, like "Route 53".
func (s endpoints) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	url := s.get("AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(service, " ", "_")))
	return url, url != "", nil
}
