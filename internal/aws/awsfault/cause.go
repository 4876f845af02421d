package awsfault

import (
	"errors"
	"net/url"
	"strings"
)

// maxCause is the most bytes of a cause: it is a part of one line that a person reads.
const maxCause = 160

// causeOf says why a call got no answer: what the HTTP client says, without the URL, or else the innermost error.
// The SDK's own text around it names the attempts and repeats the call.
func causeOf(err error) string {
	if sent, ok := errors.AsType[*url.Error](err); ok {
		return brief(sent.Err.Error())
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return brief(err.Error())
		}
		err = inner
	}
}

// brief makes one line of a text, and cuts it.
func brief(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxCause {
		text = strings.ToValidUTF8(text[:maxCause], "") + "…"
	}
	return text
}
