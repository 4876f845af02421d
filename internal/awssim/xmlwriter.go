package awssim

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// xmlWriter writes a reply element by element, so that the code shows the reply's structure, and so that an `if` leaves
// out what does not apply, as AWS does.
type xmlWriter struct{ buf bytes.Buffer }

// in writes an element around the output of f.
func (x *xmlWriter) in(name string, f func()) {
	x.buf.WriteString("<" + name + ">")
	f()
	x.buf.WriteString("</" + name + ">")
}

// text writes an element with a text, which may be empty.
func (x *xmlWriter) text(name, value string) {
	x.buf.WriteString("<" + name + ">")
	_ = xml.EscapeText(&x.buf, []byte(value)) // a buffer never fails
	x.buf.WriteString("</" + name + ">")
}

// opt writes an element with a text, unless the text is empty.
func (x *xmlWriter) opt(name, value string) {
	if value != "" {
		x.text(name, value)
	}
}

func (x *xmlWriter) num(name string, value int) {
	x.text(name, strconv.Itoa(value))
}

func (x *xmlWriter) flag(name string, value bool) {
	x.text(name, strconv.FormatBool(value))
}

// instant writes a time as AWS does, in UTC with milliseconds, unless it is zero.
func (x *xmlWriter) instant(name string, t time.Time) {
	if !t.IsZero() {
		x.text(name, timestamp(t))
	}
}

// tags writes EC2's list of tags, in the order of keys.
func (x *xmlWriter) tags(tags map[string]string) {
	if len(tags) == 0 {
		return
	}
	x.in("tagSet", func() {
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			x.in("item", func() {
				x.text("key", key)
				x.text("value", tags[key])
			})
		}
	})
}

// document returns a whole reply: the root element with its namespace, and the output of f.
func document(root, namespace string, f func(x *xmlWriter)) []byte {
	x := &xmlWriter{}
	x.buf.WriteString(xml.Header)
	if namespace != "" {
		fmt.Fprintf(&x.buf, "<%s xmlns=%q>", root, namespace)
	} else {
		fmt.Fprintf(&x.buf, "<%s>", root)
	}
	f(x)
	fmt.Fprintf(&x.buf, "</%s>", root)
	return x.buf.Bytes()
}

func timestamp(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
