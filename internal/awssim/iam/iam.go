// Package iam evaluates identity-based IAM policies, as far as the simulated account needs them. [Parse] reads a policy
// document, and [Decide] says whether policies allow a request. The package knows the condition keys of the simulated
// actions. An unknown operator, key, element or policy variable is an error of Parse, never a condition that silently
// holds or fails.
//
// The rules are in the IAM User Guide: "IAM JSON policy element reference" for the document, "Policy evaluation logic"
// for the decision.
package iam

import (
	"slices"
	"strings"
)

// Decision is the result of an evaluation.
type Decision string

// The decisions. Only Allowed lets a request through.
const (
	Allowed      Decision = "allowed"
	ImplicitDeny Decision = "implicit-deny" // no statement allows the request
	ExplicitDeny Decision = "explicit-deny" // a statement denies the request, whatever others allow
)

// Request is one action on one resource. A call that names several resources is one request for each, and all must be
// allowed.
type Request struct {
	Action   string // ec2:AttachNetworkInterface
	Resource string // an ARN; `*` for an action without resources
	// Keys has the values of the condition keys, by [Key]. A missing key is absent from the request, which is not the
	// same as empty.
	Keys map[string][]string
}

// Key returns a condition key's name in the form of [Request].Keys. Names are not case-sensitive, nor are the tag keys
// in them.
func Key(name string) string { return strings.ToLower(name) }

// Policy is a parsed policy document.
type Policy struct{ statements []statement }

type statement struct {
	deny       bool
	actions    list // compared case-insensitively
	resources  list
	conditions []condition
}

// list is an Action or Resource element, or if inverted, a NotAction or NotResource.
type list struct {
	patterns []string
	inverted bool
}

// Decide evaluates policies together. A denial in one of them prevails, and a request that none allows is denied.
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
