package awssim

// Namespaces of the reply documents.
const (
	namespaceEC2         = "http://ec2.amazonaws.com/doc/2016-11-15/"
	namespaceRoute53     = "https://route53.amazonaws.com/doc/2013-04-01/"
	namespaceAutoScaling = "http://autoscaling.amazonaws.com/doc/2011-01-01/"
)

// envelope wraps a reply, or a refusal, in the document of its service.
func envelope(req *request, requestID string, out *xmlWriter, refused *refusal) []byte {
	if refused != nil {
		return errorDocument(req.service, requestID, refused)
	}
	root := req.action + "Response"
	body := out.buf.Bytes()
	switch req.service {
	case serviceRoute53:
		return document(root, namespaceRoute53, func(x *xmlWriter) { x.buf.Write(body) })
	case serviceAutoScaling:
		return document(root, namespaceAutoScaling, func(x *xmlWriter) {
			x.in(req.action+"Result", func() { x.buf.Write(body) })
			x.in("ResponseMetadata", func() { x.text("RequestId", requestID) })
		})
	default:
		return document(root, namespaceEC2, func(x *xmlWriter) {
			x.text("requestId", requestID)
			x.buf.Write(body)
		})
	}
}

// errorDocument is the error shape of a service. A refusal without a code is not from the service.
func errorDocument(service, requestID string, r *refusal) []byte {
	switch {
	case r.code == "":
		return []byte("<html><body>" + r.message + "</body></html>")
	case service == serviceEC2:
		return document("Response", "", func(x *xmlWriter) {
			x.in("Errors", func() {
				x.in("Error", func() {
					x.text("Code", r.code)
					x.text("Message", r.message)
				})
			})
			x.text("RequestID", requestID)
		})
	case len(r.list) > 0:
		// Only InvalidChangeBatch has a list; its root is the code.
		return document(r.code, namespaceRoute53, func(x *xmlWriter) {
			x.in("Messages", func() {
				for _, m := range r.list {
					x.text("Message", m)
				}
			})
			x.text("RequestId", requestID)
		})
	}
	namespace, kind := namespaceRoute53, "Sender"
	if service == serviceAutoScaling {
		namespace = namespaceAutoScaling
	}
	if r.status >= 500 {
		kind = "Receiver"
	}
	return document("ErrorResponse", namespace, func(x *xmlWriter) {
		x.in("Error", func() {
			x.text("Type", kind)
			x.text("Code", r.code)
			x.text("Message", r.message)
		})
		x.text("RequestId", requestID)
	})
}
