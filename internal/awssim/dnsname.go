package awssim

import (
	"fmt"
	"slices"
	"strings"
)

// normalName returns a domain name as Route 53 keeps it: in lower case, with the trailing dot, and with a three-digit
// octal escape for each byte other than a-z 0-9 - _ and the dots between labels (Route 53 guide, "DNS domain name
// format"). It accepts both forms: `*.x` and `\052.X.` are the same name.
func normalName(name string) (string, error) {
	var out strings.Builder
	label := 0 // length of the current label in bytes
	for n := 0; n < len(name); n++ {
		c := name[n]
		if c == '.' {
			if label == 0 {
				return "", fmt.Errorf("domain name %q: empty label", name)
			}
			label = 0
			out.WriteByte('.')
			continue
		}
		if c == '\\' {
			code, err := octal(name[n+1:])
			if err != nil {
				return "", fmt.Errorf("domain name %q: %w", name, err)
			}
			c = code
			n += 3
		}
		if label++; label > 63 {
			return "", fmt.Errorf("domain name %q: label of more than 63 bytes", name)
		}
		writeNormal(&out, c)
	}
	if out.Len() == 0 {
		return "", fmt.Errorf("domain name %q: want a name such as db.corp.internal", name)
	}
	if label > 0 {
		out.WriteByte('.')
	}
	return out.String(), nil
}

func writeNormal(out *strings.Builder, c byte) {
	switch {
	case 'A' <= c && c <= 'Z':
		out.WriteByte(c + 'a' - 'A')
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
		out.WriteByte(c)
	default:
		fmt.Fprintf(out, `\%03o`, c)
	}
}

// octal parses the three octal digits after a backslash.
func octal(digits string) (byte, error) {
	if len(digits) < 3 {
		return 0, fmt.Errorf(`escape \%s: want three octal digits`, digits)
	}
	code := 0
	for _, d := range digits[:3] {
		if d < '0' || d > '7' {
			return 0, fmt.Errorf(`escape \%s: want three octal digits`, digits[:3])
		}
		code = code*8 + int(d-'0')
	}
	if code > 255 {
		return 0, fmt.Errorf(`escape \%s: above \377`, digits[:3])
	}
	return byte(code), nil
}

// sortKey returns a key that sorts names as Route 53 lists them: by the labels in reverse order, as ASCII, including
// the trailing dot (API reference of ListResourceRecordSets). An escape sorts by its characters.
func sortKey(normal string) string {
	labels := strings.Split(strings.TrimSuffix(normal, "."), ".")
	slices.Reverse(labels)
	return strings.Join(labels, ".") + "."
}

// inZone reports whether a name is the zone's name or below it. Both are in normal form.
func inZone(name, zone string) bool {
	return name == zone || strings.HasSuffix(name, "."+zone)
}
