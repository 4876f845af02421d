package awssim

import (
	"slices"
	"strconv"
	"strings"
)

// maxFilterValues limits the filter values in one request (EC2 guide, "List and filter using the CLI and API").
const maxFilterValues = 200

// filter is one Filter.N of a Describe call. An item passes if one of its values matches one of the filter's.
type filter struct {
	name   string
	values []string
}

// fields returns an item's values for a filter's name, none if it lacks the attribute. It reports whether the action
// knows the filter, which does not depend on the item.
type fields[T any] func(item T, name string) (values []string, known bool)

// filters reads the filters of a call and refuses unknown ones. item can be the zero value.
func filters[T any](e *exchange, field fields[T], item T) ([]filter, *refusal) {
	var list []filter
	total := 0
	for n := 1; ; n++ {
		prefix := "Filter." + strconv.Itoa(n)
		if !e.req.params.Has(prefix + ".Name") {
			break
		}
		f := filter{name: e.req.params.Get(prefix + ".Name"), values: e.list(prefix + ".Value")}
		if _, known := field(item, f.name); !known {
			return nil, refuse("InvalidParameterValue", "The filter '%s' is invalid", f.name)
		}
		if len(f.values) == 0 {
			return nil, refuse("MissingParameter", "The request must contain the parameter %s.Value", prefix)
		}
		total += len(f.values)
		list = append(list, f)
	}
	if total > maxFilterValues {
		return nil, refuse("FilterLimitExceeded",
			"The maximum number of filter values specified on a single call is %d", maxFilterValues)
	}
	return list, nil
}

// passes reports whether an item passes all filters.
func passes[T any](item T, list []filter, field fields[T]) bool {
	for _, f := range list {
		values, _ := field(item, f.name)
		if !slices.ContainsFunc(values, f.matches) {
			return false
		}
	}
	return true
}

func (f filter) matches(value string) bool {
	return slices.ContainsFunc(f.values, func(pattern string) bool { return wildcard(pattern, value) })
}

// tagField is the part of a fields function for the tags of a resource.
func tagField(tags map[string]string, name string) (values []string, known bool) {
	if name == "tag-key" {
		for key := range tags {
			values = append(values, key)
		}
		return values, true
	}
	key, found := strings.CutPrefix(name, "tag:")
	if value, tagged := tags[key]; found && tagged {
		values = []string{value}
	}
	return values, found
}

// nonEmpty returns an attribute's value as a list, which is empty if the value is.
func nonEmpty(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

func flagValue(value bool) []string {
	return []string{strconv.FormatBool(value)}
}
