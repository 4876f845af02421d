package deploytest_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// argument is what a block of a configuration may contain.
type argument struct {
	list     bool
	block    string // the nested block that it is; empty: an attribute
	required bool
}

// schema is what the provider knows about one kind of resource. It is read from HashiCorp's bindings for JavaScript, which
// were generated from the provider's own schema.
type schema struct {
	arguments map[string]map[string]argument // by the name of the nested block, and by the argument's; "" is the resource itself
	values    map[string]bool                // what others may refer to
}

var (
	// An argument, the function that translates its value, and its name in JavaScript.
	schemaLine   = regexp.MustCompile(`(?m)^ +(\w+): (.+)\((?:this\._|struct\.)(\w+)[^)]*\),$`)
	schemaNested = regexp.MustCompile(`(?s)\nfunction (\w+)ToTerraform\(struct\) \{.*?return \{\n(.*?\n) +\}`)
	schemaTop    = regexp.MustCompile(`(?s)synthesizeAttributes\(\) \{\s+return \{\n(.*?\n) +\}`)
	schemaBlock  = regexp.MustCompile(`(?:^|\()(\w+)ToTerraform`)
	// A type with its properties; the one of the resource itself extends another.
	schemaType     = regexp.MustCompile(`(?s)\nexport interface (\w+)( extends cdktf\.\w+)? \{\n(.*?)\n\}`)
	schemaRequired = regexp.MustCompile(`(?m)^    readonly (\w+):`)
	schemaResource = regexp.MustCompile(`(?s)\nexport declare class \w+ extends cdktf\.Terraform(?:Resource|Provider) \{\n(.*)`)
	schemaValue    = regexp.MustCompile(`(?m)^    get (\w+)\(\)`)
)

// readSchema reads the schema of a kind of resource, or of the provider itself.
func readSchema(t *testing.T, kind string) schema {
	t.Helper()
	folder := strings.ReplaceAll(strings.TrimPrefix(kind, "aws_"), "_", "-")
	program := readFile(t, toolPath(t, providerVariable, filepath.Join(folder, "index.js")))
	types := readFile(t, toolPath(t, providerVariable, filepath.Join(folder, "index.d.ts")))
	required := make(map[string]bool) // by type and property
	for _, m := range schemaType.FindAllStringSubmatch(types, -1) {
		name := strings.ToLower(m[1][:1]) + m[1][1:]
		if m[2] != "" {
			name = ""
		}
		for _, property := range schemaRequired.FindAllStringSubmatch(m[3], -1) {
			required[name+"."+property[1]] = true
		}
	}
	s := schema{arguments: make(map[string]map[string]argument), values: make(map[string]bool)}
	add := func(block, body string) {
		s.arguments[block] = make(map[string]argument)
		for _, m := range schemaLine.FindAllStringSubmatch(body, -1) {
			a := argument{list: strings.Contains(m[2], "cdktf.listMapper("), required: required[block+"."+m[3]]}
			if nested := schemaBlock.FindStringSubmatch(m[2]); nested != nil {
				a.block = nested[1]
			}
			s.arguments[block][m[1]] = a
		}
	}
	for _, m := range schemaNested.FindAllStringSubmatch(program, -1) {
		add(m[1], m[2])
	}
	top, resource := schemaTop.FindStringSubmatch(program), schemaResource.FindStringSubmatch(types)
	if top == nil || resource == nil {
		t.Fatalf("the bindings have no %s", kind)
	}
	add("", top[1])
	for _, m := range schemaValue.FindAllStringSubmatch(resource[1], -1) {
		s.values[m[1]] = true
	}
	return s
}

// metaArguments are those that each resource may have.
var metaArguments = []string{"for_each", "depends_on", "lifecycle"}

// judgeSchema returns what the provider would not understand.
func (c configuration) judgeSchema(t *testing.T, schemas map[string]schema) []string {
	t.Helper()
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	known := func(kind string) schema {
		if _, found := schemas[kind]; !found {
			schemas[kind] = readSchema(t, kind)
		}
		return schemas[kind]
	}
	for _, block := range c.body.Blocks {
		switch block.Type {
		case "resource":
			known(block.Labels[0]).judge("", block.Labels[0], block.Body, fault)
		case "provider":
			known("provider").judge("", "provider", block.Body, fault)
		}
	}
	_ = hclsyntax.VisitAll(c.body, func(node hclsyntax.Node) hcl.Diagnostics {
		kind, value := reference(node)
		if value != "" && !known(kind).values[camelCase(value)] {
			fault("%s has no value %s", kind, value)
		}
		return nil
	})
	slices.Sort(faults)
	return faults
}

// judge reports what a block has that its schema does not have, and what it lacks.
func (s schema) judge(block, path string, body *hclsyntax.Body, fault func(string, ...any)) {
	arguments := s.arguments[block]
	present := make(map[string]bool)
	for name, attribute := range body.Attributes {
		present[name] = true
		a, found := arguments[name]
		_, list := attribute.Expr.(*hclsyntax.TupleConsExpr)
		switch {
		case block == "" && slices.Contains(metaArguments, name):
		case !found || a.block != "":
			fault("%s has no attribute %s", path, name)
		case a.list != list:
			fault("%s.%s: it is a list %v, and should be %v", path, name, list, a.list)
		}
	}
	for _, inner := range body.Blocks {
		present[inner.Type] = true
		a, found := arguments[inner.Type]
		switch {
		case block == "" && slices.Contains(metaArguments, inner.Type):
		case !found || a.block == "":
			fault("%s has no block %s", path, inner.Type)
		default:
			s.judge(a.block, path+"."+inner.Type, inner.Body, fault)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(arguments)) {
		if arguments[name].required && !present[name] {
			fault("%s lacks %s", path, name)
		}
	}
}

// reference is the kind of resource and the value that an expression refers to; the value is empty if it does not.
func reference(node hclsyntax.Node) (kind, value string) {
	var steps hcl.Traversal
	switch e := node.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		steps = e.Traversal
	case *hclsyntax.RelativeTraversalExpr: // aws_instance.member[each.key].id
		index, ok := e.Source.(*hclsyntax.IndexExpr)
		if !ok {
			return "", ""
		}
		collection, ok := index.Collection.(*hclsyntax.ScopeTraversalExpr)
		if !ok {
			return "", ""
		}
		steps = slices.Concat(collection.Traversal, e.Traversal)
	}
	if len(steps) < 3 || !strings.HasPrefix(steps.RootName(), "aws_") {
		return "", ""
	}
	for _, step := range steps[2:] {
		if attribute, ok := step.(hcl.TraverseAttr); ok {
			return steps.RootName(), attribute.Name
		}
	}
	return "", ""
}

// camelCase is a name as JavaScript has it.
func camelCase(name string) string {
	words := strings.Split(name, "_")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// The provider knows each name in the examples, and misses none.
func TestExampleTerraformNames(t *testing.T) {
	t.Parallel()
	schemas := make(map[string]schema)
	for name, c := range configurations(t) {
		if faults := c.judgeSchema(t, schemas); len(faults) > 0 {
			t.Errorf("%s:\n%s", name, strings.Join(faults, "\n"))
		}
	}
	all := configurations(t)
	for _, c := range []struct{ file, from, to, want string }{
		{"service", "subnet_id       =", "subnet          =", "aws_network_interface has no attribute subnet"},
		{"service", "  subnet_id       = var.subnet\n", "", "aws_network_interface lacks subnet_id"},
		{"service", "security_groups = [aws_security_group.service.id]", "security_groups = aws_security_group.service.id", "aws_network_interface.security_groups: it is a list false"},
		{"service", "description     = ", "attachment = ", "aws_network_interface has no attribute attachment"},
		{"service", "aws_network_interface.service.private_ip]", "aws_network_interface.service.address]", "aws_network_interface has no value address"},
		{"service", "aws_instance.member[each.key].id", "aws_instance.member[each.key].instance_id", "aws_instance has no value instance_id"},
		{"service", `aws_instance.member["cold"].id`, `aws_instance.member["cold"].name`, "aws_instance has no value name"},
		{"service", "metadata_options {", "metadata {", "aws_instance has no block metadata"},
		{"service", "http_tokens =", "tokens =", "aws_instance.metadata_options has no attribute tokens"},
		{"service", "ignore_tags {", "ignored_tags {", "provider has no block ignored_tags"},
		{"scaling-group", "    lifecycle_transition =", "    transition =", "aws_autoscaling_group.initial_lifecycle_hook lacks lifecycle_transition"},
		{"scaling-group", "    propagate_at_launch = false\n", "", "aws_autoscaling_group.tag lacks propagate_at_launch"},
	} {
		source := strings.Replace(string(all[c.file].source), c.from, c.to, 1)
		if source == string(all[c.file].source) {
			t.Errorf("%s has no %q", c.file, c.from)
		}
		if faults := parseConfiguration(t, []byte(source)).judgeSchema(t, schemas); !strings.Contains(strings.Join(faults, "\n"), c.want) {
			t.Errorf("%q is not found, but %q", c.want, faults)
		}
	}
}
