package awssim

func stsOperations() map[string]operation {
	return map[string]operation{"GetCallerIdentity": {run: getCallerIdentity}}
}

// getCallerIdentity answers GetCallerIdentity. It needs no permission, and no policy can deny it (API reference of
// GetCallerIdentity).
func getCallerIdentity(e *exchange, out *xmlWriter) *refusal {
	out.text("Arn", e.callerARN())
	out.text("UserId", "AROASIMULATED0000000:"+e.caller())
	out.text("Account", e.acc.Account)
	return nil
}

// caller returns the name of the caller's session.
func (e *exchange) caller() string {
	if e.req.accessKey == "" {
		return "unsigned"
	}
	return e.req.accessKey
}

// callerARN returns the ARN of the session. All callers have the same role.
func (e *exchange) callerARN() string {
	return "arn:aws:sts::" + e.acc.Account + ":assumed-role/simulated/" + e.caller()
}
