package awsfault

import (
	"errors"
	"net/url"
	"strings"
)

// maxCause limits the bytes of a cause, which is a part of one line that a person reads.
const maxCause = 160

// causeOf says why a call got no answer. It takes the HTTP client's text without the URL, or else the text of the
// innermost error: the SDK's text around it names the attempts and repeats the call.
func causeOf(err error) string {
	if sent, ok := errors.AsType[*url.Error](err); ok {
		return oneLine(sent.Err.Error())
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return oneLine(err.Error())
		}
		err = inner
	}
}

// oneLine makes one short line of a text.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxCause {
		text = strings.ToValidUTF8(text[:maxCause], "") + "…"
	}
	return text
}
