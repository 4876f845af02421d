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

// xmlWriter writes a reply element by element. It is written by hand so that a reply's shape can be
// read from the code that fills it, and so that leaving an element out, which AWS does with what does
// not apply, is a plain `if`.
type xmlWriter struct{ buf bytes.Buffer }

// in writes an element around what f writes.
func (x *xmlWriter) in(name string, f func()) {
	x.buf.WriteString("<" + name + ">")
	f()
	x.buf.WriteString("</" + name + ">")
}

// text writes an element with text, empty or not.
func (x *xmlWriter) text(name, value string) {
	x.buf.WriteString("<" + name + ">")
	_ = xml.EscapeText(&x.buf, []byte(value)) // a buffer does not fail
	x.buf.WriteString("</" + name + ">")
}

// opt writes an element with text, unless the text is empty.
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

// instant writes a time as AWS does: UTC with milliseconds. Left out if it is zero.
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

// document is a whole reply: root element, namespace, and what f writes.
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
