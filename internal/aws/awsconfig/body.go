package awsconfig

import (
	"context"
	"io"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// plainBodies makes an SDK client send bodies that have no method WriteTo. The client closes a request's body as soon as the
// header of the reply is there. If net/http has not finished with the body by then, WriteTo fails with io.EOF, and net/http
// closes the connection before the reply's body is read: on a slow processor some replies are lost so. Read may be called after
// Close (smithy-go v1.28, transport/http/client.go and internal/io/safe.go; Go 1.26, net/http/transfer.go).
func plainBodies(stack *middleware.Stack) error {
	plain := middleware.BuildMiddlewareFunc("PlainBody",
		func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
			if r, ok := in.Request.(*smithyhttp.Request); ok {
				if body, ok := r.GetStream().(io.ReadSeeker); ok {
					changed, err := r.SetStream(struct{ io.ReadSeeker }{body})
					if err != nil {
						return middleware.BuildOutput{}, middleware.Metadata{}, err
					}
					in.Request = changed
				}
			}
			return next.HandleBuild(ctx, in)
		})
	return stack.Build.Add(plain, middleware.Before)
}
