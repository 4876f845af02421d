package iam

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// condition is one key of one operator in a Condition block. It holds if the key's value in the request matches one of
// its values.
type condition struct {
	key      string // in the form of [Key]
	values   []string
	set      quantifier
	ifExists bool // holds if the request lacks the key
	operator operator
}

// quantifier is a set operator, the prefix of an operator.
type quantifier string

const (
	single quantifier = ""
	forAll quantifier = "ForAllValues:"
	forAny quantifier = "ForAnyValue:"
)

// operator compares a value of the policy with a value of the request.
type operator struct {
	matches func(want, got string) bool
	negated bool // holds if no value of the policy matches
	null    bool // tests whether the key is present; its values are true (absent) or false
}

// operatorNamed returns an operator by its name without quantifier and IfExists (IAM User Guide, "IAM JSON policy
// elements: Condition operators"). Operators for numbers, dates, binaries and addresses are missing: no known key has
// such a value.
func operatorNamed(name string) (operator, bool) {
	equal := func(want, got string) bool { return want == got }
	switch name {
	case "StringEquals":
		return operator{matches: equal}, true
	case "StringNotEquals":
		return operator{matches: equal, negated: true}, true
	case "StringEqualsIgnoreCase", "Bool":
		return operator{matches: strings.EqualFold}, true
	case "StringNotEqualsIgnoreCase":
		return operator{matches: strings.EqualFold, negated: true}, true
	case "StringLike":
		return operator{matches: matches}, true
	case "StringNotLike":
		return operator{matches: matches, negated: true}, true
	case "ArnLike", "ArnEquals": // the two behave identically
		return operator{matches: matchesARN}, true
	case "ArnNotLike", "ArnNotEquals":
		return operator{matches: matchesARN, negated: true}, true
	case "Null":
		return operator{null: true}, true
	default:
		return operator{}, false
	}
}

// newCondition returns a valid condition. operator is the name in the document, with quantifier and IfExists.
func newCondition(operator, key string, values []string) (condition, error) {
	c := condition{key: Key(key), values: values}
	name := operator
	for _, q := range []quantifier{forAll, forAny} {
		if rest, found := strings.CutPrefix(name, string(q)); found {
			c.set, name = q, rest
		}
	}
	name, c.ifExists = strings.CutSuffix(name, "IfExists")
	var known bool
	if c.operator, known = operatorNamed(name); !known {
		return c, fmt.Errorf("unknown operator %q", operator)
	}
	kind, known := kindOf(c.key)
	if !known {
		return c, fmt.Errorf("unknown condition key %q", key)
	}
	return c, c.check(name, kind)
}

// check returns what is wrong with a condition whose operator and key are known.
func (c condition) check(name string, kind keyKind) error {
	isBool := func(v string) bool { return v == "true" || v == "false" }
	isARN := func(v string) bool { return strings.Count(v, ":") >= arnParts-1 }
	isVariable := func(v string) bool { return strings.Contains(v, "${") }
	switch {
	case len(c.values) == 0:
		return errors.New("no value")
	case slices.ContainsFunc(c.values, isVariable):
		return fmt.Errorf("policy variables are not evaluated: %q", c.values)
	case c.operator.null && (c.ifExists || c.set != single):
		return errors.New("the operator Null takes neither IfExists nor a set operator")
	case (c.operator.null || name == "Bool") && slices.ContainsFunc(c.values, not(isBool)):
		return fmt.Errorf("want true or false, not %q", c.values)
	case c.operator.null:
		return nil
	case !kind.takes(name):
		return fmt.Errorf("the operator %s does not go with this key, whose type is %s", name, kind)
	case strings.HasPrefix(name, "Arn") && slices.ContainsFunc(c.values, not(isARN)):
		return fmt.Errorf("want ARNs, not %q", c.values)
	case c.set == single && kind == stringsKey:
		return errors.New("a key of several values needs ForAllValues or ForAnyValue")
	}
	return nil
}

func not(f func(string) bool) func(string) bool {
	return func(v string) bool { return !f(v) }
}

// holds evaluates a condition. If the request lacks the key, a negated operator holds and another one does not, and
// ForAllValues holds, since no value fails it.
func (c condition) holds(keys map[string][]string) bool {
	got, present := keys[c.key]
	switch {
	case c.operator.null:
		return slices.Contains(c.values, fmt.Sprint(!present))
	case !present && c.ifExists:
		return true
	case c.set == forAll:
		return !slices.ContainsFunc(got, not(c.passes))
	case c.set == forAny:
		return slices.ContainsFunc(got, c.passes)
	case !present:
		return c.operator.negated
	default:
		return !slices.ContainsFunc(got, not(c.passes)) // a single value
	}
}

// passes reports whether one value of the request meets the condition.
func (c condition) passes(got string) bool {
	hit := slices.ContainsFunc(c.values, func(want string) bool { return c.operator.matches(want, got) })
	return hit != c.operator.negated
}
