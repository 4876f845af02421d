package record

import "strings"

// Name is a domain name in normal form: lower case, with a trailing dot, and with an octal escape for every
// character but a-z 0-9 - _ and the dots between the labels. Route 53 answers in this form. Two names are
// one exactly if their normal forms are equal.
type Name string

// Normalize returns the normal form of a domain name. Route 53 ignores case and takes a letter's escape for
// the letter; a backslash that begins no escape is a character like any other (Route 53 Developer Guide,
// "DNS domain name format").
func Normalize(name string) Name {
	var b strings.Builder
	separated := false
	for name != "" {
		var octet byte
		var escaped bool
		octet, escaped, name = firstOctet(name)
		separated = octet == '.' && !escaped
		if separated {
			b.WriteByte('.')
			continue
		}
		writeOctet(&b, octet)
	}
	if !separated {
		b.WriteByte('.')
	}
	return Name(b.String())
}

// firstOctet takes the first octet off a name that is not empty. A dot that was escaped belongs to its
// label; a dot that was not escaped ends the label.
func firstOctet(name string) (octet byte, escaped bool, rest string) {
	if len(name) < 4 || name[0] != '\\' || name[1] < '0' || name[1] > '3' || !isOctal(name[2]) || !isOctal(name[3]) {
		return name[0], false, name[1:]
	}
	return (name[1]-'0')<<6 | (name[2]-'0')<<3 | (name[3] - '0'), true, name[4:]
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

// writeOctet writes one octet of a label in normal form.
func writeOctet(b *strings.Builder, octet byte) {
	if octet >= 'A' && octet <= 'Z' {
		octet += 'a' - 'A'
	}
	if octet >= 'a' && octet <= 'z' || octet >= '0' && octet <= '9' || octet == '-' || octet == '_' {
		b.WriteByte(octet)
		return
	}
	b.WriteByte('\\')
	b.WriteByte('0' + octet>>6)
	b.WriteByte('0' + octet>>3&7)
	b.WriteByte('0' + octet&7)
}

// covers reports whether a zone named n can hold a record named other: other is n, or ends in n at the border
// of a label. In normal form a bare dot is always such a border.
func (n Name) covers(other Name) bool {
	return n == "." || other == n || strings.HasSuffix(string(other), "."+string(n))
}

// plain returns the name as a person writes it.
func (n Name) plain() string {
	if n == "." {
		return "."
	}
	return strings.TrimSuffix(string(n), ".")
}
