package iam

import (
	"strings"
	"unicode/utf8"
)

// matches compares with wildcards: `*` stands for any characters, `?` for one.
func matches(pattern, value string) bool { return glob(pattern, value, false) }

// matchesResource compares an ARN with a Resource element. A wildcard stays within a segment, except for a `*` at the
// end of a segment, which may match beyond it (IAM User Guide, "IAM JSON policy elements: Resource").
func matchesResource(pattern, arn string) bool { return glob(pattern, arn, true) }

// matchesARN compares ARNs like ArnLike: each of the six parts separately (IAM User Guide, "IAM JSON policy elements:
// Condition operators").
func matchesARN(pattern, arn string) bool {
	patterns, parts := strings.SplitN(pattern, ":", arnParts), strings.SplitN(arn, ":", arnParts)
	if len(patterns) != arnParts || len(parts) != arnParts {
		return false
	}
	for n, part := range parts {
		if !matches(patterns[n], part) {
			return false
		}
	}
	return true
}

// arnParts is the number of parts of an ARN: arn, partition, service, region, account, resource.
const arnParts = 6

// glob compares a value with a pattern. If segments is set, wildcards respect colons as in [matchesResource].
func glob(pattern, value string, segments bool) bool {
	for pattern != "" {
		size := 1
		switch {
		case pattern[0] == '*':
			return star(pattern[1:], value, segments)
		case value == "":
			return false
		case pattern[0] == '?':
			if value[0] == ':' && segments {
				return false
			}
			_, size = utf8.DecodeRuneInString(value)
		case pattern[0] != value[0]:
			return false
		}
		pattern, value = pattern[1:], value[size:]
	}
	return value == ""
}

// star compares the pattern after a star with what follows the star's match, which may be of any length.
func star(rest, value string, segments bool) bool {
	stops := segments && rest != "" && rest[0] != ':'
	for {
		if glob(rest, value, segments) {
			return true
		}
		if value == "" || (stops && value[0] == ':') {
			return false
		}
		_, size := utf8.DecodeRuneInString(value) // a star matches whole characters
		value = value[size:]
	}
}
