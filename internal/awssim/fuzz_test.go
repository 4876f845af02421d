package awssim_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// queryBody returns the body of a Query request.
func queryBody(action string, params ...string) string {
	return "Action=" + action + "&Version=2016-11-15&" + strings.Join(params, "&")
}

// FuzzRequest sends arbitrary requests. Each gets a reply in XML and one line in the log. A refusal has a code. Neither
// a refusal nor a read has an effect.
func FuzzRequest(f *testing.F) {
	for _, body := range []string{
		queryBody("DescribeNetworkInterfaces", "Filter.1.Name=tag-key", "Filter.1.Value.1=eni-failover%3Agroup", "MaxResults=5"),
		queryBody("DescribeNetworkInterfaces", "NetworkInterfaceId.1="+service, "NextToken=x"),
		queryBody("DescribeInstances", "Filter.1.Name=network-interface.attachment.network-card-index", "Filter.1.Value.1=0", "InstanceId.1="+holder),
		queryBody("DescribeInstanceStatus", "IncludeAllInstances=true", "Filter.1.Name=system-status.status", "Filter.1.Value.1=ok"),
		queryBody("DescribeInstanceTypes", "InstanceType.1=t3.medium"), queryBody("DescribeTags", "Filter.1.Name=tag:x", "Filter.1.Value.1=%2A"),
		queryBody("DescribeVpcs"), queryBody("DescribeVolumes", "Filter.1.Name=attachment.instance-id", "Filter.1.Value.1="+holder), queryBody("DescribeSubnets", "SubnetId.1=x"), queryBody("DescribeSpotInstanceRequests", "Filter.1.Name=status-code"),
		queryBody("AttachNetworkInterface", "NetworkInterfaceId="+service, "InstanceId="+standby, "DeviceIndex=1", "NetworkCardIndex=0", "DryRun=true"),
		queryBody("DetachNetworkInterface", "AttachmentId=eni-attach-1", "Force=true"),
		queryBody("CreateTags", "ResourceId.1="+service, "Tag.1.Key=k", "Tag.1.Value=v"), queryBody("DeleteTags", "ResourceId.1="+service),
		queryBody("StartInstances", "InstanceId.1="+holder), queryBody("StopInstances", "InstanceId.1="+holder),
		queryBody("TerminateInstances", "InstanceId.1="+holder, "InstanceId.2="+standby),
		"Action=DescribeAutoScalingInstances&Version=2011-01-01&InstanceIds.member.1=" + holder,
		"Action=CompleteLifecycleAction&Version=2011-01-01&AutoScalingGroupName=g&LifecycleHookName=h&LifecycleActionResult=CONTINUE&InstanceId=" + holder,
		"Action=%zz", "", "Version=2016-11-15", ";",
	} {
		f.Add(http.MethodPost, "/", "", []byte(body))
	}
	f.Add(http.MethodGet, "/2013-04-01/hostedzonesbyvpc", "vpcid=vpc-1&vpcregion=eu-west-1&maxitems=1", []byte(nil))
	f.Add(http.MethodGet, "/2013-04-01/hostedzone/Z1/rrset", "name=db.corp.internal&type=A&maxitems=1", []byte(nil))
	f.Add(http.MethodGet, "/2013-04-01/change/C1", "", []byte(nil))
	f.Add(http.MethodPost, "/2013-04-01/hostedzone/Z1/rrset", "", []byte(`<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change><Action>UPSERT</Action>`+
		`<ResourceRecordSet><Name>\052.corp.internal</Name><Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>10.0.1.5</Value></ResourceRecord></ResourceRecords>`+
		`</ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`))
	f.Add(http.MethodDelete, "/2013-04-01/", "a=b", []byte(nil))
	f.Fuzz(func(t *testing.T, method, path, query string, body []byte) {
		w := pair()
		w.Timing = awssim.Timing{}
		w.Zones = worldWithZones().Zones
		sim, err := awssim.New(w)
		if err != nil {
			t.Fatal(err)
		}
		before := asJSON(t, sim.World())
		status, text := roundTrip(t, sim, &http.Request{
			Method: method, URL: &url.URL{Path: path, RawQuery: query}, Body: io.NopCloser(bytes.NewReader(body)),
		})
		code := wellFormedReply(t, text)
		if accepted := status == http.StatusOK; accepted != (code == "") {
			t.Errorf("status %d with code %q:\n%s", status, code, text)
		}
		calls := sim.Calls()
		if len(calls) != 1 || calls[0].Code != code || calls[0].Status != status {
			t.Errorf("log %v", calls)
		}
		after := sim.World()
		if changed := asJSON(t, after) != before; changed && (code != "" || !calls[0].Mutating) {
			t.Errorf("%s changed the account", calls[0])
		}
		if _, err := awssim.New(after); err != nil {
			t.Errorf("after %s the account is impossible: %v", calls[0], err)
		}
	})
}

// roundTrip sends a request, and returns status and body of the reply.
func roundTrip(t *testing.T, sim *awssim.Sim, r *http.Request) (status int, text []byte) {
	t.Helper()
	reply, err := sim.RoundTripper().RoundTrip(r.WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	text, err = io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, text
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wellFormedReply parses a whole reply, and returns its error code.
func wellFormedReply(t *testing.T, text []byte) (code string) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(text))
	var path []string
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return code
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		switch token := token.(type) {
		case xml.StartElement:
			path = append(path, token.Name.Local)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			switch strings.Join(path, "/") {
			case "Response/Errors/Error/Code", "ErrorResponse/Error/Code":
				code += string(token)
			}
		}
	}
}

// FuzzParseWorld reads arbitrary worlds. A refusal has a text. An accepted world can be simulated, written, and read
// again without a difference.
func FuzzParseWorld(f *testing.F) {
	for _, w := range []awssim.World{{}, pair(), unattachedPair(), tenMembers(0), worldWithZones()} {
		text, err := json.Marshal(w)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"timing": {"detach": "2s"}, "instances": [{"id": "i-00000001", "az": "eu-west-1a", "state": "terminated"}], "tokenBuckets": true}`))
	f.Add([]byte(`{"interfaces": [{"id": "eni-00000001", "attachment": {"instance": "i-00000001", "deviceIndex": 1e2}}], "disruptedAZs": [""]}`))
	f.Add([]byte(`{"instanceTypes": [{"name": "x", "maximumInterfaces": 2, "cardInterfaces": [1, 1], "ipv4PerInterface": 1}]}`))
	f.Add([]byte(`{"policies": [{"document": {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "<*", "Resource": "*"}]}}], "region": "a", "region": "b"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		w, err := awssim.ParseWorld(bytes.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "world: ") {
				t.Errorf("error %q", err)
			}
			return
		}
		if len(w.Instances)+len(w.Interfaces)+len(w.Zones) > 100 {
			return // larger inputs add nothing to what follows
		}
		sim, err := awssim.New(w)
		if err != nil {
			t.Fatalf("read, and refused: %v", err)
		}
		first := sim.World()
		again, err := awssim.ParseWorld(strings.NewReader(asJSON(t, first)))
		if err != nil {
			t.Fatalf("written, and refused: %v", err)
		}
		if diff := cmp.Diff(asJSON(t, first), asJSON(t, again)); diff != "" {
			t.Errorf("written, and read again (-written +read):\n%s", diff)
		}
	})
}

// FuzzWildcard compares a filter pattern with an equivalent regular expression.
func FuzzWildcard(f *testing.F) {
	for _, seed := range [][2]string{
		{"db", "db"}, {"*", ""}, {"?", "ü"}, {"*db*", "web db x"}, {`\*`, "*"}, {`a\`, `a\`}, {"a*b?c", "abbbc"}, {"**", "x"}, {`\\?`, `\x`}, {"[a]", "a"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, value string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(value) || len(pattern)+len(value) > 200 {
			return
		}
		w := unattachedPair()
		w.Interfaces[0].Tags = map[string]string{"k": value}
		sim, err := awssim.New(w)
		if err != nil {
			t.Fatal(err)
		}
		body := queryBody("DescribeNetworkInterfaces", url.Values{"Filter.1.Name": {"tag:k"}, "Filter.1.Value.1": {pattern}}.Encode())
		status, text := roundTrip(t, sim, &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, Body: io.NopCloser(strings.NewReader(body))})
		got := bytes.Contains(text, []byte("<networkInterfaceId>"+service))
		if want := meaning(pattern).MatchString(value); status != http.StatusOK || got != want {
			t.Errorf("%q matches %q: %v, want %v (status %d)", pattern, value, got, want, status)
		}
	})
}

// meaning returns the regular expression for a filter's pattern.
func meaning(pattern string) *regexp.Regexp {
	var b strings.Builder
	escaped := false
	for _, c := range pattern {
		switch {
		case escaped:
			b.WriteString(regexp.QuoteMeta(string(c)))
			escaped = false
		case c == '\\':
			escaped = true
		case c == '*':
			b.WriteString(".*")
		case c == '?':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	if escaped {
		b.WriteString(`\\`)
	}
	return regexp.MustCompile(`(?s)\A` + b.String() + `\z`)
}
