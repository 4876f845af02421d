package ident_test

import (
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/ident"
)

// hostile are strings that are not valid as an id or a name of any kind.
var hostile = []string{
	"", " ", "*", "?", "-", "\n", "\x00", "../x", "a b", "a,b", "a\n", "\na", "ä", "𝖆", "a\x00", "a\u202e", "a'b", `a"b`, "a&b=c", "${x}",
}

func TestIDs(t *testing.T) {
	tests := []struct {
		id                 string
		instance, attached bool // a valid instance id; a valid network interface id
	}{
		{"i-0a1b2c3d", true, false},
		{"i-0a1b2c3d4e5f60718", true, false},
		{"i-00000000", true, false},
		{"i-ffffffffffffffffff", false, false},
		{"i-0a1b2c3", false, false},
		{"i-0a1b2c3d4", false, false},
		{"i-0a1b2c3d4e5f6071", false, false},
		{"i-0a1b2c3d4e5f607181", false, false},
		{"i-0A1B2C3D", false, false},
		{"I-0a1b2c3d", false, false},
		{"i-0a1b2c3g", false, false},
		{"i0a1b2c3d", false, false},
		{"i-", false, false},
		{"mi-0a1b2c3d4e5f60718", false, false}, // Systems Manager's managed nodes
		{" i-0a1b2c3d", false, false},
		{"i-0a1b2c3d ", false, false},
		{"i-0a1b2c3d\n", false, false},
		{"i-0a1b2c3*", false, false},
		{"eni-0a1b2c3d", false, true},
		{"eni-0a1b2c3d4e5f60718", false, true},
		{"eni-0a1b2c3d4", false, false},
		{"eni-0a1b2c3d\n", false, false},
		{"ENI-0a1b2c3d", false, false},
		{"eni-attach-0a1b2c3d", false, false},
		{"xeni-0a1b2c3d", false, false},
	}
	for _, tt := range tests {
		if got := ident.ValidInstanceID(tt.id); got != tt.instance {
			t.Errorf("ValidInstanceID(%q) = %v", tt.id, got)
		}
		if got := ident.ValidInterfaceID(tt.id); got != tt.attached {
			t.Errorf("ValidInterfaceID(%q) = %v", tt.id, got)
		}
	}
	for id, want := range map[string]bool{
		"eni-attach-0a1b2c3d": true, "eni-attach-0a1b2c3d4e5f60001": true, "eni-attach-0a1b2c3": false, "eni-0a1b2c3d": false,
		"eni-attach-0a1b2c3d*": false, "": false, "Eni-attach-0a1b2c3d": false,
	} {
		if got := ident.ValidAttachmentID(id); got != want {
			t.Errorf("ValidAttachmentID(%q) = %v", id, got)
		}
	}
	for _, id := range hostile {
		if ident.ValidInstanceID(id) || ident.ValidInterfaceID(id) || ident.ValidInstanceID("i-0a1b2c3d"+id) != (id == "") || ident.ValidInterfaceID("eni-0a1b2c3d"+id) != (id == "") {
			t.Errorf("%q is valid, or behind an id", id)
		}
	}
}

// TestGroup: 1 to 64 of `A-Z a-z 0-9 . _ -`.
func TestGroup(t *testing.T) {
	for c := range rune(0x250) {
		want := strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", c)
		if got := ident.ValidGroup(string(c)); got != want {
			t.Errorf("ValidGroup(%q) = %v", string(c), got)
		}
		if got := ident.ValidGroup("a" + string(c) + "a"); got != want {
			t.Errorf("ValidGroup(%q) = %v", "a"+string(c)+"a", got)
		}
	}
	for name, want := range map[string]bool{
		"": false, strings.Repeat("a", 64): true, strings.Repeat("a", 65): false, "db": true, "-": true, "db ": false, "db\n": false, "ａ": false,
	} {
		if got := ident.ValidGroup(name); got != want {
			t.Errorf("ValidGroup(%q) = %v", name, got)
		}
	}
}

func TestZoneID(t *testing.T) {
	for id, want := range map[string]bool{
		"Z1": true, "Z2ABCDEFGHIJKL": true, "Z0123456789ABCDEFGHIJ": true, "Z" + strings.Repeat("0", 31): true, "Z" + strings.Repeat("0", 32): false,
		"": false, "z2abc": false, "Z2-1": false, "/hostedzone/Z2ABC": false, "Z2 ": false, "Z2\n": false, "Z2*": false,
	} {
		if got := ident.ValidZoneID(id); got != want {
			t.Errorf("ValidZoneID(%q) = %v", id, got)
		}
	}
}

func TestAccountID(t *testing.T) {
	for id, want := range map[string]bool{
		"123456789012": true, "000000000000": true, "": false, "12345678901": false, "1234567890123": false, "12345678901a": false,
		"12345678901 ": false, "12345678901\n": false, "１２３４": false,
	} {
		if got := ident.ValidAccountID(id); got != want {
			t.Errorf("ValidAccountID(%q) = %v", id, got)
		}
	}
}

func TestRegion(t *testing.T) {
	for name, want := range map[string]bool{
		"eu-west-1": true, "us-gov-east-1": true, strings.Repeat("a", 64): true, strings.Repeat("a", 65): false, "": false, "EU-WEST-1": false,
		"eu_west_1": false, "eu-west-1\n": false, "*": false, "é": false,
	} {
		if got := ident.ValidRegion(name); got != want {
			t.Errorf("ValidRegion(%q) = %v", name, got)
		}
	}
}

func TestRecordName(t *testing.T) {
	label63 := strings.Repeat("a", 63)
	long := strings.Join([]string{label63, label63, label63, strings.Repeat("a", 61)}, ".") // 255 octets with the root
	tests := []struct {
		name string
		want bool
	}{
		{"db.corp.internal", true},
		{"db.corp.internal.", true},
		{"db", true},
		{"db.", true},
		{"DB.Corp", true},
		{"_ldap._tcp.corp", true},
		{"1.2.3", true},
		{"-a-.b", true},
		{"*.corp.internal", true},
		{`\052.corp.internal`, true},
		{`a\056b.corp`, true},
		{`\000.corp`, true},
		{`\377.corp`, true},
		{`\400.corp`, false}, // more than an octet
		{`\477.corp`, false},
		{`\777.corp`, false},
		{`\08a.corp`, false},
		{`\05`, false},
		{`a\.b`, false},
		{`a\`, false},
		{"", false},
		{".", false},
		{"..", false},
		{".a", false},
		{"a..b", false},
		{"a...", false},
		{"a b", false},
		{"a\tb", false},
		{"a\n", false},
		{"é.corp", false},
		{"a/b", false},
		{"a@b", false},
		{"http://a.b", false},
		{"10.0.0.5:53", false},
		{label63, true},
		{label63 + "a", false},
		{label63 + ".b", true},
		{strings.Repeat(`\052`, 63), true},
		{strings.Repeat(`\052`, 64), false},
		{long, true},
		{long + ".", true},
		{long + "a", false},
		{long + ".a", false},
		{strings.Repeat("a.", 127), true},
		{strings.Repeat("a.", 128), false},
	}
	for _, tt := range tests {
		if got := ident.ValidRecordName(tt.name); got != tt.want {
			t.Errorf("ValidRecordName(%q) = %v", tt.name, got)
		}
	}
}

func TestVPCID(t *testing.T) {
	for id, want := range map[string]bool{"vpc-0d0d0d0d": true, "vpc-0d0d0d0d0d0d0d0d0": true, "": false, "vpc-1": false, "subnet-0d0d0d0d": false, "vpc-*": false} {
		if got := ident.ValidVPCID(id); got != want {
			t.Errorf("ValidVPCID(%q) = %v", id, got)
		}
	}
}

func TestEventBus(t *testing.T) {
	const arn = "arn:aws:events:eu-west-1:123456789012:"
	for bus, want := range map[string]bool{
		"default": true, "corp-bus_1.a/b": true, strings.Repeat("a", 256): true, arn + "event-bus/corp": true,
		"arn:aws-cn:events:cn-north-1:123456789012:event-bus/default": true,
		"": false, "a bus": false, strings.Repeat("a", 257): false, "corp:bus": false, "arn:": false, arn + "rule/corp": false, arn + "event-bus/": false,
		"arn:aws:sns:eu-west-1:123456789012:event-bus/corp": false, "arn:aws:events:eu-west-1:12:event-bus/corp": false,
	} {
		if got := ident.ValidEventBus(bus); got != want {
			t.Errorf("ValidEventBus(%q) = %v", bus, got)
		}
	}
}
