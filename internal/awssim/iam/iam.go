// Package iam evaluates identity-based IAM policies as far as the simulated account needs them: [Parse]
// reads a policy document, [Decide] says whether policies let a request through. It knows the condition
// keys of the actions that are simulated. What it does not know (an operator, a key, an element, a
// policy variable) is an error of Parse, never a condition that holds or fails without a word.
//
// The rules are those of the IAM User Guide: "IAM JSON policy element reference" for the document,
// "Policy evaluation logic" for the decision.
package iam

import (
	"slices"
	"strings"
)

// Decision is the outcome of an evaluation.
type Decision string

// The decisions. Only the first lets a request through.
const (
	Allowed      Decision = "allowed"
	ImplicitDeny Decision = "implicit-deny" // no statement allows it
	ExplicitDeny Decision = "explicit-deny" // a statement denies it, whatever others allow
)

// Request is one action on one resource. An action that names several resources is a request for each,
// and all of them must be allowed.
type Request struct {
	Action   string // ec2:AttachNetworkInterface
	Resource string // an ARN; `*` for an action that knows no resources
	// Keys are the condition keys with their values, by [Key]. A key that is not there is absent from
	// the request, which is not the same as empty.
	Keys map[string][]string
}

// Key is a condition key's name in the form in which [Request].Keys has it: names are not
// case-sensitive, the tag keys in them included.
func Key(name string) string { return strings.ToLower(name) }

// Policy is a parsed document.
type Policy struct{ statements []statement }

type statement struct {
	deny       bool
	actions    list // compared without case
	resources  list
	conditions []condition
}

// list is an Action or Resource element, or, inverted, a NotAction or NotResource.
type list struct {
	patterns []string
	inverted bool
}

// Decide evaluates policies together: a denial in one of them prevails, and without any allowance the
// request is denied.
func Decide(policies []Policy, r Request) Decision {
	decision := ImplicitDeny
	for _, p := range policies {
		for _, s := range p.statements {
			if !s.applies(r) {
				continue
			}
			if s.deny {
				return ExplicitDeny
			}
			decision = Allowed
		}
	}
	return decision
}

func (s statement) applies(r Request) bool {
	action := strings.ToLower(r.Action)
	if !s.actions.covers(func(pattern string) bool { return matches(strings.ToLower(pattern), action) }) {
		return false
	}
	if !s.resources.covers(func(pattern string) bool { return matchesResource(pattern, r.Resource) }) {
		return false
	}
	for _, c := range s.conditions {
		if !c.holds(r.Keys) {
			return false
		}
	}
	return true
}

func (l list) covers(matches func(pattern string) bool) bool {
	return slices.ContainsFunc(l.patterns, matches) != l.inverted
}
