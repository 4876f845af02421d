package awssim

import (
	"encoding/binary"
	"encoding/hex"
	"hash/fnv"
	"net/netip"
	"strings"
)

// derivedID returns an id in EC2's long form (17 hexadecimal digits) that depends only on its arguments. So ids are the
// same in every run, in any order of calls.
func derivedID(prefix string, of ...string) string {
	h := fnv.New128a()
	_, _ = h.Write([]byte(prefix + strings.Join(of, "\x00")))
	return prefix + hex.EncodeToString(h.Sum(nil))[:17]
}

// derivedUUID returns a string in the form of a UUID that depends only on a name.
func derivedUUID(of string) string {
	h := fnv.New128a()
	_, _ = h.Write([]byte(of))
	d := hex.EncodeToString(h.Sum(nil))
	return strings.Join([]string{d[:8], d[8:12], d[12:16], d[16:20], d[20:]}, "-")
}

// derivedMAC returns a locally administered MAC address that depends only on an interface id.
func derivedMAC(id string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	digits := hex.EncodeToString(h.Sum(nil))
	octets := []string{"02"}
	for n := 0; n < 10; n += 2 {
		octets = append(octets, digits[n:n+2])
	}
	return strings.Join(octets, ":")
}

// unusedAddress returns an unused address in 10.0.0.0/8. The search starts at an address that depends on the id.
func unusedAddress(id string, used map[string]bool) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	for n := h.Sum32(); ; n++ {
		var octets [4]byte
		binary.BigEndian.PutUint32(octets[:], n)
		octets[0] = 10
		if octets[3] < 4 || octets[3] == 255 { // reserved by AWS in a /24
			continue
		}
		address := netip.AddrFrom4(octets).String()
		if !used[address] {
			used[address] = true
			return address
		}
	}
}

// privateDNSName returns EC2's name for a private address. Only in us-east-1 the name has another form.
func privateDNSName(address, region string) string {
	return "ip-" + strings.ReplaceAll(address, ".", "-") + "." + region + ".compute.internal"
}

// azID returns an Availability Zone id for a zone's name, such as euw1-az1 for eu-west-1a. Real ids differ between
// accounts.
func azID(az, region string) string {
	letter, found := strings.CutPrefix(az, region)
	if !found || len(letter) != 1 || letter[0] < 'a' || letter[0] > 'z' {
		return az + "-id"
	}
	continent, rest, _ := strings.Cut(region, "-")
	short := []byte(continent)
	for part := range strings.SplitSeq(rest, "-") {
		short = append(short, part[:min(1, len(part))]...)
	}
	return string(short) + "-az" + string('1'+letter[0]-'a')
}
