package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// object is a JSON object. Names in a policy are case-sensitive, while encoding/json ignores case.
type object = map[string]json.RawMessage

// Parse reads a policy document. Its error names all faults, by statement.
func Parse(document []byte) (Policy, error) {
	var doc object
	if err := json.Unmarshal(document, &doc); err != nil {
		return Policy{}, fmt.Errorf("policy: %w", err)
	}
	errs := unknownElements(doc, "Version", "Id", "Statement")
	// The older version has no policy variables, which Parse refuses anyway.
	version := ""
	if raw, given := doc["Version"]; given && json.Unmarshal(raw, &version) != nil ||
		given && version != "2012-10-17" && version != "2008-10-17" {
		errs = append(errs, fmt.Errorf("unknown Version %s", raw))
	}
	var policy Policy
	raws, err := oneOrMore[object](doc["Statement"])
	if err != nil || len(raws) == 0 {
		errs = append(errs, errors.New("want a Statement, or a list of them"))
	}
	for n, raw := range raws {
		s, faults := parseStatement(raw)
		for _, fault := range faults {
			errs = append(errs, fmt.Errorf("statement %d: %w", n+1, fault))
		}
		policy.statements = append(policy.statements, s)
	}
	if len(errs) > 0 {
		return Policy{}, fmt.Errorf("policy: %w", errors.Join(errs...))
	}
	return policy, nil
}

func parseStatement(raw object) (s statement, errs []error) {
	errs = unknownElements(raw, "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")
	switch effect := string(raw["Effect"]); effect {
	case `"Allow"`, `"Deny"`:
		s.deny = effect == `"Deny"`
	default:
		errs = append(errs, fmt.Errorf("effect %s: want Allow or Deny", effect))
	}
	var err error
	if s.actions, err = parseList(raw, "Action", validAction); err != nil {
		errs = append(errs, err)
	}
	if s.resources, err = parseList(raw, "Resource", validResource); err != nil {
		errs = append(errs, err)
	}
	if block, given := raw["Condition"]; given {
		var faults []error
		s.conditions, faults = parseConditions(block)
		errs = append(errs, faults...)
	}
	return s, errs
}

// parseList reads an element or its Not form. Exactly one of them must be present.
func parseList(raw object, name string, valid func(string) bool) (list, error) {
	positive, is := raw[name]
	negative, isNot := raw["Not"+name]
	if is == isNot {
		return list{}, fmt.Errorf("want either %s or Not%s", name, name)
	}
	l := list{inverted: isNot}
	var err error
	if l.patterns, err = oneOrMore[string](slices.Concat(positive, negative)); err != nil || len(l.patterns) == 0 {
		return l, fmt.Errorf("%s: want a string, or a list of strings", name)
	}
	for _, pattern := range l.patterns {
		if !valid(pattern) {
			return l, fmt.Errorf("%s %q is not valid", name, pattern)
		}
	}
	return l, nil
}

func validAction(pattern string) bool {
	service, action, found := strings.Cut(pattern, ":")
	return pattern == "*" || (found && service != "" && action != "" && !strings.ContainsAny(pattern, "${ "))
}

func validResource(pattern string) bool {
	return pattern == "*" ||
		strings.HasPrefix(pattern, "arn:") && strings.Count(pattern, ":") >= arnParts-1 && !strings.Contains(pattern, "${")
}

// parseConditions reads a Condition block, in the order of operators and keys. All its conditions must hold.
func parseConditions(raw json.RawMessage) (conditions []condition, errs []error) {
	var block map[string]object
	if err := json.Unmarshal(raw, &block); err != nil {
		return nil, []error{errors.New("condition: want an object of objects")}
	}
	for _, operator := range slices.Sorted(maps.Keys(block)) {
		for _, key := range slices.Sorted(maps.Keys(block[operator])) {
			values, err := conditionValues(block[operator][key])
			var c condition
			if err == nil {
				c, err = newCondition(operator, key, values)
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("condition %s %s: %w", operator, key, err))
			}
			conditions = append(conditions, c)
		}
	}
	return conditions, errs
}

// conditionValues reads the values of a key. A boolean may be unquoted.
func conditionValues(raw json.RawMessage) ([]string, error) {
	parsed, err := oneOrMore[any](raw)
	values := make([]string, len(parsed))
	for n, v := range parsed {
		switch v := v.(type) {
		case string:
			values[n] = v
		case bool:
			values[n] = fmt.Sprint(v)
		default:
			err = errors.New("no string")
		}
	}
	if err != nil {
		return nil, errors.New("want a string, or a list of strings")
	}
	return values, nil
}

// oneOrMore reads a value or a list of values.
func oneOrMore[T any](raw json.RawMessage) ([]T, error) {
	if bytes.HasPrefix(raw, []byte("[")) {
		var many []T
		err := json.Unmarshal(raw, &many)
		return many, err
	}
	var one T
	if bytes.Equal(raw, []byte("null")) {
		return nil, errors.New("null")
	}
	err := json.Unmarshal(raw, &one)
	return []T{one}, err
}

func unknownElements(raw object, known ...string) (errs []error) {
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		if !slices.Contains(known, name) {
			errs = append(errs, fmt.Errorf("unknown element %q: want one of %s", name, strings.Join(known, ", ")))
		}
	}
	return errs
}
