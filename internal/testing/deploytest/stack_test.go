package deploytest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

const (
	account   = "123456789012"
	region    = simclient.Region
	stackName = "eni-failover"
)

// stack is the deployed template, with everything resolved that CloudFormation resolves.
type stack struct {
	Parameters map[string]string
	Resources  map[string]resource
	Outputs    map[string]string
}

type resource struct {
	Type       string
	Properties map[string]any
}

// deployment says where and with which parameters the template is deployed; other parameters have their defaults.
type deployment struct {
	Region     string
	Parameters map[string]string
}

// rendering is the result of a deployment.
type rendering struct {
	stack

	// Refused is CloudFormation's reason; empty: it was deployed.
	Refused string
}

// deploymentWith is a deployment with parameters that are given as NAME=VALUE.
func deploymentWith(parameters ...string) deployment {
	d := deployment{Region: region, Parameters: map[string]string{}}
	for _, p := range parameters {
		name, value, _ := strings.Cut(p, "=")
		d.Parameters[name] = value
	}
	return d
}

// renderings caches what was rendered, by deployment.
var renderings = struct {
	sync.Mutex

	known map[string]rendering
}{known: map[string]rendering{}}

// deploy renders the template with these parameters, NAME=VALUE each.
func deploy(tb testing.TB, parameters ...string) stack {
	tb.Helper()
	r := render(tb, deploymentWith(parameters...))[0]
	if r.Refused != "" {
		tb.Fatalf("deploy with %q: refused: %s", parameters, r.Refused)
	}
	return r.stack
}

// render renders deployments. Those that are not cached are rendered together, since Python takes half a second to start.
func render(tb testing.TB, deployments ...deployment) []rendering {
	tb.Helper()
	renderings.Lock()
	defer renderings.Unlock()
	var missing []deployment
	for _, d := range deployments {
		if _, ok := renderings.known[toJSON(d)]; !ok {
			missing = append(missing, d)
		}
	}
	if len(missing) > 0 {
		rendered := renderFile(tb, filepath.Join(root, "template.yaml"), missing...)
		for i, d := range missing {
			renderings.known[toJSON(d)] = rendered[i]
		}
	}
	var results []rendering
	for _, d := range deployments {
		results = append(results, renderings.known[toJSON(d)])
	}
	return results
}

// renderFile renders deployments of a template.
func renderFile(tb testing.TB, template string, deployments ...deployment) []rendering {
	tb.Helper()
	out, bad, err := runCommand(tb, []byte(toJSON(deployments)), toolPath(tb, samVariable, "bin/python"), "render.py", template, stackName)
	if err != nil {
		tb.Fatalf("render: %v\n%s", err, bad)
	}
	var rendered []rendering
	if err := json.Unmarshal(out, &rendered); err != nil {
		tb.Fatalf("render: %v", err)
	}
	return rendered
}

// ofType lists the logical ids of the resources of a type, in order.
func (s stack) ofType(kind string) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(s.Resources)) {
		if s.Resources[id].Type == kind {
			ids = append(ids, id)
		}
	}
	return ids
}

// at returns what is at a path of keys and indices in a value; nil if there is nothing.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				return nil
			}
			v = m[step]
		case int:
			l, ok := v.([]any)
			if !ok || step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

// prop returns what is at a path in a resource's properties.
func (s stack) prop(id string, path ...any) any { return at(s.Resources[id].Properties, path...) }

// text is prop for a value that must be a string.
func (s stack) text(tb testing.TB, id string, path ...any) string {
	tb.Helper()
	v, ok := s.prop(id, path...).(string)
	if !ok {
		tb.Fatalf("%s %v is %v; want a string", id, path, s.prop(id, path...))
	}
	return v
}

// physical is the name that render.py gives to a resource that CloudFormation names. arn has it too.
func physical(id string) string { return stackName + "-" + id + "-1A2B3C4D5E6F" }

func arn(service, id string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, region, account, physical(id))
}

func functionARN(id string) string {
	return fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", region, account, physical(id))
}

// asList returns the elements of a list, or a single value as a list.
func asList(v any) []any {
	if v == nil {
		return nil
	}
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}

func toJSON(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(err)
	}
	return string(b)
}
