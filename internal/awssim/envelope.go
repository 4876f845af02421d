package awssim

// Namespaces of the reply documents.
const (
	namespaceEC2         = "http://ec2.amazonaws.com/doc/2016-11-15/"
	namespaceRoute53     = "https://route53.amazonaws.com/doc/2013-04-01/"
	namespaceAutoScaling = "http://autoscaling.amazonaws.com/doc/2011-01-01/"
	namespaceSTS         = "https://sts.amazonaws.com/doc/2011-06-15/"
)

// envelope returns the document of a reply or a refusal.
func envelope(req *request, requestID string, out *xmlWriter, refused *refusal) []byte {
	if refused != nil {
		return errorDocument(req.protocol, namespaceOf(req.service), requestID, refused)
	}
	root := req.action + "Response"
	body := out.buf.Bytes()
	switch req.service {
	case serviceRoute53:
		return document(root, namespaceRoute53, func(x *xmlWriter) { x.buf.Write(body) })
	case serviceEvents:
		return body
	case serviceAutoScaling, serviceSTS:
		return document(root, namespaceOf(req.service), func(x *xmlWriter) {
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

func namespaceOf(service string) string {
	switch service {
	case serviceRoute53:
		return namespaceRoute53
	case serviceAutoScaling:
		return namespaceAutoScaling
	case serviceSTS:
		return namespaceSTS
	}
	return ""
}

// errorDocument returns a refusal in the form of a protocol. A refusal without a code is not from the service.
func errorDocument(p protocol, namespace, requestID string, r *refusal) []byte {
	if r.code == "" {
		return []byte("<html><body>" + r.message + "</body></html>")
	}
	kind := "Sender"
	if r.status >= 500 {
		kind = "Receiver"
	}
	switch p {
	case protocolJSON:
		return jsonError(r)
	case protocolCBOR:
		return cborError(r)
	case protocolS3:
		return document("Error", "", func(x *xmlWriter) {
			x.text("Code", r.code)
			x.text("Message", r.message)
			x.text("RequestId", requestID)
		})
	case protocolEC2:
		return document("Response", "", func(x *xmlWriter) {
			x.in("Errors", func() {
				x.in("Error", func() {
					x.text("Code", r.code)
					x.text("Message", r.message)
				})
			})
			x.text("RequestID", requestID)
		})
	case protocolQuery:
	}
	// Route 53 has this form, too, also for a batch of changes, with the faults in Message. The API model has another
	// document for that, <InvalidChangeBatch><Messages>, but botocore finds neither code nor message in it, and reports
	// of AWS's answers show both.
	return document("ErrorResponse", namespace, func(x *xmlWriter) {
		x.in("Error", func() {
			x.text("Type", kind)
			x.text("Code", r.code)
			x.text("Message", r.message)
		})
		x.text("RequestId", requestID)
	})
}
