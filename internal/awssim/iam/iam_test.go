package iam_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/awssim/iam"
)

const eni = "arn:aws:ec2:eu-west-1:123456789012:network-interface/eni-1"

// keys parses "name=value,value name=value" as condition keys.
func keys(text string) map[string][]string {
	keys := map[string][]string{}
	for field := range strings.FieldsSeq(text) {
		name, values, _ := strings.Cut(field, "=")
		keys[iam.Key(name)] = strings.Split(values, ",")
	}
	return keys
}

func parse(t *testing.T, statements ...string) []iam.Policy {
	t.Helper()
	policy, err := iam.Parse([]byte(`{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return []iam.Policy{policy}
}

func TestActionsAndResources(t *testing.T) {
	tests := []struct{ statement, action, resource, want string }{
		{`"Action": "ec2:AttachNetworkInterface", "Resource": "*"`, "ec2:AttachNetworkInterface", eni, "allowed"},
		{`"Action": "EC2:attachnetworkinterface", "Resource": "*"`, "ec2:AttachNetworkInterface", eni, "allowed"},
		{`"Action": ["ec2:Describe*", "ec2:?ttach*"], "Resource": "*"`, "ec2:AttachNetworkInterface", eni, "allowed"},
		{`"Action": "ec2:Attach", "Resource": "*"`, "ec2:AttachNetworkInterface", eni, "implicit-deny"},
		{`"Action": "*", "Resource": "*"`, "route53:GetChange", "*", "allowed"},
		{`"NotAction": "ec2:*", "Resource": "*"`, "ec2:AttachNetworkInterface", eni, "implicit-deny"},
		{`"NotAction": "ec2:*", "Resource": "*"`, "route53:GetChange", "*", "allowed"},
		{`"Action": "ec2:*", "Resource": "` + eni + `"`, "ec2:X", eni, "allowed"},
		{`"Action": "ec2:*", "Resource": "` + eni + `"`, "ec2:X", eni + "2", "implicit-deny"},
		{`"Action": "ec2:*", "Resource": "` + strings.ToUpper(eni[:3]) + `"`, "ec2:X", eni, "invalid"},
		{`"Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:network-interface/*"`, "ec2:X", eni, "allowed"},
		{`"Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:instance/*"`, "ec2:X", eni, "implicit-deny"},
		{`"Action": "ec2:*", "Resource": "arn:aws:ec2:::*"`, "ec2:X", eni, "implicit-deny"},
		{`"Action": "ec2:*", "Resource": "arn:aws:ec2:*:instance/*"`, "ec2:X", eni, "invalid"},
		{`"Action": "ec2:*", "Resource": "arn:aws:ec2:eu-west-1:123456789012:network-interface/eni-?"`, "ec2:X", eni, "allowed"},
		{`"Action": "ec2:*", "Resource": "arn:aws:ec2:eu-west-1:123456789012:network-interface/eni-??"`, "ec2:X", eni, "implicit-deny"},
		// An action without resources is on `*`, which an ARN does not cover.
		{`"Action": "ec2:*", "Resource": "arn:aws:ec2:eu-west-1:123456789012:instance/*"`, "ec2:DescribeInstances", "*", "implicit-deny"},
		{`"Action": "ec2:*", "NotResource": "` + eni + `"`, "ec2:X", eni, "implicit-deny"},
		{`"Action": "ec2:*", "NotResource": "` + eni + `"`, "ec2:X", eni + "2", "allowed"},
		// A star matches a colon only at the end of a segment.
		{`"Action": "a:*", "Resource": "arn:aws:a:r:1:group:*:name/g"`, "a:X", "arn:aws:a:r:1:group:u-u-i-d:name/g", "allowed"},
		{`"Action": "a:*", "Resource": "arn:aws:a:r:1:group*"`, "a:X", "arn:aws:a:r:1:group:uuid:name/g", "allowed"},
		{`"Action": "a:*", "Resource": "arn:aws:a:r:1:gr*/g"`, "a:X", "arn:aws:a:r:1:group:uuid:name/g", "implicit-deny"},
		{`"Action": "a:*", "Resource": "arn:aws:a:r:1:group?uuid"`, "a:X", "arn:aws:a:r:1:group:uuid", "implicit-deny"},
	}
	for _, test := range tests {
		name := fmt.Sprintf("{%s} for %s on %s", test.statement, test.action, test.resource)
		policy, err := iam.Parse([]byte(`{"Statement": {"Effect": "Allow", ` + test.statement + `}}`))
		if err != nil || test.want == "invalid" {
			if (err == nil) != (test.want != "invalid") {
				t.Errorf("%s: error %v", name, err)
			}
			continue
		}
		if got := iam.Decide([]iam.Policy{policy}, iam.Request{Action: test.action, Resource: test.resource}); string(got) != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestConditions(t *testing.T) {
	const tag = "aws:ResourceTag/eni-failover:group"
	tests := []struct {
		condition, keys string
		holds           bool
	}{
		{`"StringEquals": {"` + tag + `": "db"}`, tag + "=db", true},
		{`"StringEquals": {"` + tag + `": ["web", "db"]}`, tag + "=db", true},
		{`"StringEquals": {"` + tag + `": "DB"}`, tag + "=db", false},
		{`"StringEquals": {"` + tag + `": "d*"}`, tag + "=db", false},
		{`"StringEquals": {"` + tag + `": "db"}`, "", false},
		{`"StringEquals": {"AWS:resourcetag/ENI-failover:GROUP": "db"}`, tag + "=db", true}, // names are not case-sensitive
		{`"StringEqualsIfExists": {"` + tag + `": "db"}`, "", true},
		{`"StringEqualsIfExists": {"` + tag + `": "db"}`, tag + "=web", false},
		{`"StringEqualsIgnoreCase": {"` + tag + `": "DB"}`, tag + "=db", true},
		{`"StringNotEquals": {"` + tag + `": ["web", "db"]}`, tag + "=db", false},
		{`"StringNotEquals": {"` + tag + `": "web"}`, "", true},
		{`"StringNotEqualsIgnoreCase": {"` + tag + `": "DB"}`, tag + "=db", false},
		{`"StringLike": {"` + tag + `": "?*"}`, tag + "=db", true},
		{`"StringLike": {"` + tag + `": "?*"}`, tag + "=", false},
		{`"StringLike": {"` + tag + `": "?*"}`, "", false},
		{`"StringNotLike": {"` + tag + `": "d*"}`, tag + "=db", false},
		{`"Null": {"` + tag + `": "false"}`, tag + "=", true},
		{`"Null": {"` + tag + `": false}`, "", false},
		{`"Null": {"` + tag + `": "true"}`, "", true},
		{`"Null": {"` + tag + `": "true"}`, tag + "=db", false},
		{`"Bool": {"aws:SecureTransport": "true"}`, "aws:SecureTransport=true", true},
		{`"Bool": {"aws:SecureTransport": false}`, "aws:SecureTransport=true", false},
		{`"Bool": {"kms:GrantIsForAWSResource": "true"}`, "kms:GrantIsForAWSResource=false", false},
		{`"StringEquals": {"kms:ViaService": "ec2.eu-west-1.amazonaws.com"}`, "kms:ViaService=ec2.eu-west-1.amazonaws.com", true},
		{`"ArnLike": {"ec2:Vpc": "arn:aws:ec2:*:123456789012:vpc/vpc-*"}`, "ec2:Vpc=arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1", true},
		{`"ArnLike": {"ec2:Vpc": "arn:aws:ec2:*:vpc/vpc-*:x"}`, "ec2:Vpc=arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1", false},
		{`"ArnLike": {"ec2:Vpc": "arn:aws:*:::vpc/vpc-1"}`, "ec2:Vpc=arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1", false},
		{`"ArnEquals": {"ec2:Vpc": "arn:aws:ec2:*:*:vpc/vpc-1"}`, "ec2:Vpc=arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1", true},
		{`"ArnNotLike": {"ec2:Vpc": "arn:aws:ec2:*:*:vpc/vpc-1"}`, "ec2:Vpc=arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1", false},
		{`"StringLike": {"ec2:Vpc": "*/vpc-1"}`, "ec2:Vpc=arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1", true},
		{`"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}`, "aws:TagKeys=a", true},
		{`"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}`, "aws:TagKeys=a,c", false},
		{`"ForAllValues:StringEquals": {"aws:TagKeys": "a"}`, "", true}, // no value fails it
		{`"ForAllValues:StringNotEquals": {"aws:TagKeys": "a"}`, "aws:TagKeys=a,b", false},
		{`"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}`, "aws:TagKeys=b,a", true},
		{`"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}`, "aws:TagKeys=b", false},
		{`"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}`, "", false},
		{`"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "a"}`, "", true},
		{`"ForAllValues:StringLike": {"aws:TagKeys": "eni-failover:*"}`, "aws:TagKeys=eni-failover:left", true},
		// All keys of all operators must hold.
		{`"StringEquals": {"ec2:Region": "eu-west-1", "` + tag + `": "db"}`, "ec2:Region=eu-west-1", false},
		{`"StringEquals": {"ec2:Region": "eu-west-1"}, "Null": {"` + tag + `": "true"}`, "ec2:Region=eu-west-1", true},
		{`"StringEquals": {"ec2:Region": "eu-west-1"}, "Null": {"` + tag + `": "false"}`, "ec2:Region=eu-west-1", false},
	}
	for _, test := range tests {
		policies := parse(t, `{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {`+test.condition+`}}`)
		got := iam.Decide(policies, iam.Request{Action: "ec2:X", Resource: eni, Keys: keys(test.keys)})
		if (got == iam.Allowed) != test.holds {
			t.Errorf("{%s} with %q: %s", test.condition, test.keys, got)
		}
	}
}

func TestDenialPrevails(t *testing.T) {
	all := parse(t, `{"Effect": "Allow", "Action": "*", "Resource": "*"}`)
	not := parse(t, `{"Effect": "Deny", "Action": "ec2:X", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}`)
	for _, policies := range [][]iam.Policy{append(all, not...), append(not, all...)} {
		for region, want := range map[string]iam.Decision{"eu-west-1": iam.Allowed, "us-east-1": iam.ExplicitDeny} {
			if got := iam.Decide(policies, iam.Request{Action: "ec2:X", Resource: "*", Keys: keys("aws:RequestedRegion=" + region)}); got != want {
				t.Errorf("in %s: %s", region, got)
			}
		}
	}
	if got := iam.Decide(nil, iam.Request{Action: "ec2:X", Resource: "*"}); got != iam.ImplicitDeny {
		t.Errorf("without policies: %s", got)
	}
}

func TestParseErrors(t *testing.T) {
	statement := func(rest string) string {
		return `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"` + rest + `}}`
	}
	condition := func(text string) string { return statement(`, "Condition": {` + text + `}`) }
	tests := []struct{ document, want string }{
		{`[]`, "policy: json"},
		{`{`, "unexpected end"},
		{`{"Version": "2012-10-17"}`, "want a Statement"},
		{`{"Version": "2012-10-17", "Statement": []}`, "want a Statement"},
		{`{"Version": "2012-10-18", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`, `unknown Version "2012-10-18"`},
		{`{"Version": 2012, "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`, "unknown Version 2012"},
		{`{"version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`, `unknown element "version"`},
		{`{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Action": "*", "Resource": "*"}]}`, "statement 2: effect : want Allow or Deny"},
		{`{"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}`, `effect "allow"`},
		{statement(`, "Principal": "*"`), `unknown element "Principal"`},
		{statement(`, "NotAction": "*"`), "want either Action or NotAction"},
		{`{"Statement": {"Effect": "Allow", "Resource": "*"}}`, "want either Action or NotAction"},
		{`{"Statement": {"Effect": "Allow", "Action": [], "Resource": "*"}}`, "Action: want a string"},
		{`{"Statement": {"Effect": "Allow", "Action": null, "Resource": "*"}}`, "Action: want a string"},
		{`{"Statement": {"Effect": "Allow", "Action": 1, "Resource": "*"}}`, "Action: want a string"},
		{`{"Statement": {"Effect": "Allow", "Action": "DescribeInstances", "Resource": "*"}}`, `Action "DescribeInstances" is not valid`},
		{`{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "network-interface/*"}}`, "is not valid"},
		{`{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:ec2:*:*:instance/${ec2:InstanceID}"}}`, "is not valid"},
		{condition(`"StringEquals": "x"`), "want an object of objects"},
		{condition(`"StringEqual": {"ec2:Region": "x"}`), `condition StringEqual ec2:Region: unknown operator "StringEqual"`},
		{condition(`"NumericEquals": {"ec2:Region": "1"}`), `unknown operator "NumericEquals"`},
		{condition(`"ForallValues:StringEquals": {"aws:TagKeys": "x"}`), `unknown operator "ForallValues:StringEquals"`},
		{condition(`"StringEquals": {"ec2:Regoin": "x"}`), `unknown condition key "ec2:Regoin"`},
		{condition(`"StringEquals": {"aws:ResourceTag/": "x"}`), `unknown condition key "aws:ResourceTag/"`},
		{condition(`"StringEquals": {"aws:ResourceTag": "x"}`), `unknown condition key`},
		{condition(`"StringEquals": {"ec2:Region": []}`), "no value"},
		{condition(`"StringEquals": {"ec2:Region": 1}`), "want a string, or a list of strings"},
		{condition(`"StringEquals": {"ec2:Region": "${aws:PrincipalTag/region}"}`), "policy variables are not evaluated"},
		{condition(`"StringEquals": {"aws:TagKeys": "x"}`), "needs ForAllValues or ForAnyValue"},
		{condition(`"NullIfExists": {"ec2:Region": "true"}`), "neither IfExists nor a set operator"},
		{condition(`"ForAnyValue:Null": {"aws:TagKeys": "true"}`), "neither IfExists nor a set operator"},
		{condition(`"Null": {"ec2:Region": "yes"}`), "want true or false"},
		{condition(`"Bool": {"aws:SecureTransport": "yes"}`), "want true or false"},
		{condition(`"Bool": {"ec2:Region": "true"}`), "does not go with this key"},
		{condition(`"StringEquals": {"aws:SecureTransport": "true"}`), "does not go with this key"},
		{condition(`"ArnLike": {"ec2:Region": "arn:aws:ec2:r:1:vpc/v"}`), "does not go with this key"},
		{condition(`"ArnLike": {"ec2:Vpc": "vpc-1"}`), "want ARNs"},
	}
	for _, test := range tests {
		if _, err := iam.Parse([]byte(test.document)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s\n got %v\nwant %s", test.document, err, test.want)
		}
	}
	_, err := iam.Parse([]byte(`{"Statement": [{"Effect": "a"}, {"Effect": "b"}]}`))
	if err == nil || strings.Count(err.Error(), "statement ") != 6 {
		t.Errorf("want all that is wrong in one message: %v", err)
	}
}
