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

// stack is the template as a deployment makes it: everything that CloudFormation resolves is resolved.
type stack struct {
	Parameters map[string]string
	Resources  map[string]resource
	Outputs    map[string]string
}

type resource struct {
	Type       string
	Properties map[string]any
}

// deployment is where and with what parameters the template is deployed; the others have their defaults.
type deployment struct {
	Region     string
	Parameters map[string]string
}

// rendering is what becomes of a deployment.
type rendering struct {
	stack

	// Refused is CloudFormation's reason; empty: it was deployed.
	Refused string
}

// with is a deployment with parameters that are given as NAME=VALUE.
func with(parameters ...string) deployment {
	d := deployment{Region: region, Parameters: map[string]string{}}
	for _, p := range parameters {
		name, value, _ := strings.Cut(p, "=")
		d.Parameters[name] = value
	}
	return d
}

// renderings has what was rendered before, by deployment.
var renderings = struct {
	sync.Mutex

	known map[string]rendering
}{known: map[string]rendering{}}

// deploy renders the template with these parameters, NAME=VALUE each.
func deploy(tb testing.TB, parameters ...string) stack {
	tb.Helper()
	r := render(tb, with(parameters...))[0]
	if r.Refused != "" {
		tb.Fatalf("deploy with %q: refused: %s", parameters, r.Refused)
	}
	return r.stack
}

// render renders deployments, all that are not known yet in one go: Python takes half a second to start.
func render(tb testing.TB, deployments ...deployment) []rendering {
	tb.Helper()
	renderings.Lock()
	defer renderings.Unlock()
	var missing []deployment
	for _, d := range deployments {
		if _, ok := renderings.known[show(d)]; !ok {
			missing = append(missing, d)
		}
	}
	if len(missing) > 0 {
		rendered := renderFile(tb, filepath.Join(root, "template.yaml"), missing...)
		for i, d := range missing {
			renderings.known[show(d)] = rendered[i]
		}
	}
	var results []rendering
	for _, d := range deployments {
		results = append(results, renderings.known[show(d)])
	}
	return results
}

// renderFile renders deployments of a template.
func renderFile(tb testing.TB, template string, deployments ...deployment) []rendering {
	tb.Helper()
	out, bad, err := run(tb, []byte(show(deployments)), tool(tb, samVariable, "bin/python"), "render.py", template, stackName)
	if err != nil {
		tb.Fatalf("render: %v\n%s", err, bad)
	}
	var rendered []rendering
	if err := json.Unmarshal(out, &rendered); err != nil {
		tb.Fatalf("render: %v", err)
	}
	return rendered
}

// of lists the logical ids of the resources of a type, in order.
func (s stack) of(kind string) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(s.Resources)) {
		if s.Resources[id].Type == kind {
			ids = append(ids, id)
		}
	}
	return ids
}

// at follows keys and indices through a value; nil where there is nothing.
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

// prop follows a path through a resource's properties.
func (s stack) prop(id string, path ...any) any { return at(s.Resources[id].Properties, path...) }

// text is prop for what must be a string.
func (s stack) text(tb testing.TB, id string, path ...any) string {
	tb.Helper()
	v, ok := s.prop(id, path...).(string)
	if !ok {
		tb.Fatalf("%s %v is %v; want a string", id, path, s.prop(id, path...))
	}
	return v
}

// arn and physical are the names that render.py gives to what only a deployment names.
func physical(id string) string { return stackName + "-" + id + "-1A2B3C4D5E6F" }

func arn(service, id string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, region, account, physical(id))
}

func functionARN(id string) string {
	return fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", region, account, physical(id))
}

// list is a value that may be one or several.
func list(v any) []any {
	if v == nil {
		return nil
	}
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}

func show(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(err)
	}
	return string(b)
}
