package deploytest_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

// grant is an action that a statement allows.
type grant struct{ sid, action string }

// policy is a policy of a role, as the template has it.
type policy struct {
	PolicyName     string
	PolicyDocument struct {
		Version   string
		Statement []map[string]any
	}
}

// policies are the two policies of a role: the first lets Lambda run the function, the second is for its task.
func (s stack) policies(tb testing.TB, role string) []policy {
	tb.Helper()
	list := s.inlinePolicies(tb, role)
	if len(list) != 2 {
		tb.Fatalf("policies of %s: %s", role, toJSON(list))
	}
	return list
}

// inlinePolicies are all policies in a role itself.
func (s stack) inlinePolicies(tb testing.TB, role string) []policy {
	tb.Helper()
	var list []policy
	if err := json.Unmarshal([]byte(toJSON(s.prop(role, "Policies"))), &list); err != nil {
		tb.Fatalf("policies of %s: %v: %s", role, err, toJSON(s.prop(role, "Policies")))
	}
	return list
}

func sid(statement map[string]any) string {
	s, ok := statement["Sid"].(string)
	if !ok {
		panic("statement without a Sid: " + toJSON(statement))
	}
	return s
}

// asStrings are the values of a statement's element, which is one string or a list.
func asStrings(v any) []string {
	var all []string
	for _, x := range asList(v) {
		all = append(all, x.(string)) //nolint:errcheck // IAM knows nothing else
	}
	return all
}

// grantsOf lists each statement with each of its actions.
func grantsOf(policies []policy) []grant {
	var all []grant
	for _, p := range policies {
		for _, statement := range p.PolicyDocument.Statement {
			for _, action := range asStrings(statement["Action"]) {
				all = append(all, grant{sid(statement), action})
			}
		}
	}
	return all
}

// policyDocuments are the policies as IAM reads them, without the grants that drop selects.
func policyDocuments(policies []policy, drop func(grant) bool) [][]byte {
	var all [][]byte
	for _, p := range policies {
		q := p
		q.PolicyDocument.Statement = nil
		for _, statement := range p.PolicyDocument.Statement {
			keep := slices.DeleteFunc(asStrings(statement["Action"]), func(action string) bool { return drop(grant{sid(statement), action}) })
			if len(keep) == 0 {
				continue
			}
			reduced := maps.Clone(statement)
			reduced["Action"] = keep
			q.PolicyDocument.Statement = append(q.PolicyDocument.Statement, reduced)
		}
		if len(q.PolicyDocument.Statement) > 0 {
			all = append(all, []byte(toJSON(q.PolicyDocument)))
		}
	}
	return all
}

func dropNothing(grant) bool { return false }
