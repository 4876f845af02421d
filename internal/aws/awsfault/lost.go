package awsfault

import (
	"errors"
	"io"
	"net"

	"github.com/aws/smithy-go"
)

// ReplyLost reports whether a reply began, and the connection ended before the rest of it came. Its HTTP status alone says
// nothing: without the error's code, a refusal for now looks like one for good.
func ReplyLost(err error) bool {
	if _, ok := errors.AsType[*smithy.DeserializationError](err); !ok {
		return false
	}
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
