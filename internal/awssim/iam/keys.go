package iam

import "strings"

// keyKind is the type of a condition key's value.
type keyKind string

const (
	stringKey  keyKind = "string"
	stringsKey keyKind = "strings" // several values: needs ForAllValues or ForAnyValue
	boolKey    keyKind = "bool"
	arnKey     keyKind = "arn"
)

// takes reports whether an operator, by its name without quantifier, applies to keys of this kind. A string operator
// compares ARNs, too.
func (k keyKind) takes(operator string) bool {
	switch {
	case operator == "Bool":
		return k == boolKey
	case strings.HasPrefix(operator, "Arn"):
		return k == arnKey
	default:
		return k != boolKey
	}
}

// kindOf returns the type of a key in the form of [Key], false if the key is unknown. (Service Authorization Reference:
// EC2, Auto Scaling, Route 53, EventBridge, KMS; IAM User Guide, "AWS global condition context keys".)
func kindOf(key string) (keyKind, bool) {
	for _, prefix := range []string{"aws:resourcetag/", "ec2:resourcetag/", "autoscaling:resourcetag/", "aws:requesttag/"} {
		if tag, found := strings.CutPrefix(key, prefix); found {
			return stringKey, tag != ""
		}
	}
	switch key {
	case "aws:requestedregion", "ec2:region", "ec2:createaction", "ec2:availabilityzone", "ec2:instanceid",
		"ec2:instancetype", "ec2:networkinterfaceid", "events:source", "events:detail-type",
		"kms:viaservice":
		return stringKey, true
	case "ec2:vpc", "ec2:subnet", "lambda:sourcefunctionarn":
		return arnKey, true
	case "aws:securetransport", "aws:viaawsservice", "kms:grantisforawsresource":
		return boolKey, true
	case "aws:tagkeys", "route53:vpcs", "route53:changeresourcerecordsetsnormalizedrecordnames",
		"route53:changeresourcerecordsetsrecordtypes", "route53:changeresourcerecordsetsactions":
		return stringsKey, true
	default:
		return "", false
	}
}
