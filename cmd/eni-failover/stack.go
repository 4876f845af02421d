package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/eni-failover/eni-failover/internal/aws/lambdaapi"
)

// deployment is a stack of the template, as far as its functions tell.
type deployment struct {
	stack           string // its name, of which CloudFormation may have cut the end
	failover, audit lambdaapi.Function
}

// deployedName is the form of the names that CloudFormation gives to the template's functions: the stack, which may be cut,
// the logical id and random characters ("Name type" in the CloudFormation Template Reference).
func deployedName() *regexp.Regexp {
	return regexp.MustCompile(`^(.+)-(FailoverFunction|AuditFunction)-[A-Za-z0-9]+$`)
}

// findDeployment finds the deployment that -stack names or, without it, the only one of the region.
func (c command) findDeployment(ctx context.Context, cfg aws.Config) (deployment, error) {
	functions, err := lambdaClient(cfg).Functions(ctx)
	if err != nil {
		return deployment{}, explain(err, commands()[c.name].policy)
	}
	byStack := map[string]deployment{}
	var names []string
	for _, f := range functions {
		m := deployedName().FindStringSubmatch(f.Name)
		if m == nil || c.stack != "" && !strings.HasPrefix(c.stack, m[1]) {
			continue
		}
		d := byStack[m[1]]
		d.stack = m[1]
		if m[2] == "FailoverFunction" {
			d.failover = f
			names = append(names, m[1])
		} else {
			d.audit = f
		}
		byStack[m[1]] = d
	}
	slices.Sort(names)
	if slices.Contains(names, c.stack) {
		names = []string{c.stack}
	}
	switch {
	case len(names) == 1:
		return byStack[names[0]], nil
	case len(names) > 1:
		return deployment{}, usage("%s has several deployments; accepted: -stack with one of %s", cfg.Region, strings.Join(names, ", "))
	case c.stack != "":
		return deployment{}, usage("-stack is %q, and %s has no function of such a deployment; accepted: the name of its stack; check -region and -profile, too", c.stack, cfg.Region)
	}
	return deployment{}, fmt.Errorf("%s has no deployment of eni-failover; next: check -region and -profile, or deploy it (docs/deploy.md)", cfg.Region)
}
