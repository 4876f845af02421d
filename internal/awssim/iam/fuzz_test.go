package iam_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/eni-failover/eni-failover/internal/awssim/iam"
)

// requests returns example requests.
func requests() []iam.Request {
	return []iam.Request{
		{Action: "ec2:DescribeInstances", Resource: "*", Keys: keys("ec2:Region=eu-west-1 aws:RequestedRegion=eu-west-1 aws:SecureTransport=true")},
		{Action: "ec2:AttachNetworkInterface", Resource: eni, Keys: keys("aws:ResourceTag/eni-failover:group=db ec2:Vpc=arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1")},
		{Action: "ec2:CreateTags", Resource: eni, Keys: keys("aws:TagKeys=a,b aws:RequestTag/a=1")},
		{Action: "route53:ChangeResourceRecordSets", Resource: "arn:aws:route53:::hostedzone/Z1", Keys: keys("route53:ChangeResourceRecordSetsActions=CREATE,DELETE")},
		{Action: "x", Resource: ""},
	}
}

// FuzzParse reads arbitrary policies. A refusal has a text. An accepted policy means the same without blanks, allows at
// most what a policy for everything allows, and nothing together with a denial of everything.
func FuzzParse(f *testing.F) {
	for _, statement := range []string{
		`{"Effect": "Allow", "Action": "*", "Resource": "*"}`,
		`[{"Sid": "a", "Effect": "Deny", "NotAction": ["ec2:Describe*", "s3:*"], "NotResource": "arn:aws:ec2:*:*:instance/*"}]`,
		`{"Effect": "Allow", "Action": "ec2:*Tags", "Resource": "*", "Condition": {"ForAllValues:StringLikeIfExists": {"aws:TagKeys": ["a", "?"]}}}`,
		`{"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": {"Null": {"aws:ResourceTag/x": true}, "Bool": {"aws:SecureTransport": "true"}}}`,
		`{"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": {"ArnNotLike": {"ec2:Vpc": "arn:aws:ec2:*:*:vpc/*"}}}`,
		`{"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": {"ForAnyValue:StringNotEqualsIgnoreCase": {"route53:VPCs": "x"}}}`,
		`null`, `[null]`, `{}`,
	} {
		f.Add([]byte(`{"Version": "2012-10-17", "Id": "x", "Statement": ` + statement + `}`))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		policy, err := iam.Parse(document)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "policy: ") {
				t.Errorf("error %q", err)
			}
			return
		}
		if bytes.Count(document, []byte("*")) > 20 {
			return // each star costs time
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, document); err != nil {
			t.Fatalf("it is no JSON: %v", err)
		}
		again, err := iam.Parse(compact.Bytes())
		if err != nil {
			t.Fatalf("without blanks: %v", err)
		}
		everything := parse(t, `{"Effect": "Allow", "Action": "*", "Resource": "*"}`)
		nothing := parse(t, `{"Effect": "Deny", "Action": "*", "Resource": "*"}`)
		for _, r := range requests() {
			decision := iam.Decide([]iam.Policy{policy}, r)
			if other := iam.Decide([]iam.Policy{again}, r); other != decision {
				t.Errorf("%s: %s, and without blanks %s", r.Action, decision, other)
			}
			want := iam.Allowed
			if decision == iam.ExplicitDeny {
				want = iam.ExplicitDeny
			}
			if got := iam.Decide(append(everything, policy), r); got != want {
				t.Errorf("%s: %s, and with everything allowed %s", r.Action, decision, got)
			}
			if got := iam.Decide(append(nothing, policy), r); got != iam.ExplicitDeny {
				t.Errorf("%s with everything denied: %s", r.Action, got)
			}
		}
	})
}

// FuzzMatch compares patterns, as conditions and as Resource elements, with equivalent regular expressions.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{"db", "db"}, {"*", ""}, {"?*", "ü"}, {"a*:b", "a:x:b"}, {"a*b", "a:b"}, {"gr*/x", "group:u:n/x"}, {"g?x", "g:x"}, {"**", ":"}, {"*?:*", "a:b:c"}, {"*??", "를"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, value string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(value) {
			return
		}
		if strings.Contains(pattern, "${") || strings.Count(pattern, "*") > 6 || len(pattern)+len(value) > 100 {
			return
		}
		quoted, err := json.Marshal(pattern)
		if err != nil {
			t.Fatal(err)
		}
		like := parse(t, `{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"ec2:Region": `+string(quoted)+`}}}`)
		got := iam.Decide(like, iam.Request{Action: "a:b", Resource: "*", Keys: map[string][]string{iam.Key("ec2:Region"): {value}}})
		if want := meaning(pattern, false).MatchString(value); (got == iam.Allowed) != want {
			t.Errorf("%q is like %q: %s, want %v", value, pattern, got, want)
		}
		const prefix = "arn:aws:s:r:1:"
		covering := parse(t, `{"Effect": "Allow", "Action": "*", "Resource": "`+prefix+string(quoted)[1:]+`}`)
		got = iam.Decide(covering, iam.Request{Action: "a:b", Resource: prefix + value})
		if want := meaning(pattern, true).MatchString(value); (got == iam.Allowed) != want {
			t.Errorf("%q covers %q: %s, want %v", pattern, value, got, want)
		}
	})
}

// meaning returns the regular expression for a pattern; with segments, for an ARN.
func meaning(pattern string, segments bool) *regexp.Regexp {
	var b strings.Builder
	rest := pattern
	for _, c := range pattern {
		rest = rest[utf8.RuneLen(c):]
		switch {
		case c == '*' && segments && rest != "" && rest[0] != ':':
			b.WriteString("[^:]*")
		case c == '*':
			b.WriteString(".*")
		case c == '?' && segments:
			b.WriteString("[^:]")
		case c == '?':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return regexp.MustCompile(`(?s)\A` + b.String() + `\z`)
}
