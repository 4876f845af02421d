package awssim

// stsOperations are the STS actions that there are.
func stsOperations() map[string]operation {
	return map[string]operation{"GetCallerIdentity": {run: getCallerIdentity}}
}

// getCallerIdentity answers GetCallerIdentity, which needs no permission, and which no policy can deny (API
// reference of GetCallerIdentity).
func getCallerIdentity(e *exchange, out *xmlWriter) *refusal {
	out.text("Arn", e.callerARN())
	out.text("UserId", "AROASIMULATED0000000:"+e.caller())
	out.text("Account", e.acc.Account)
	return nil
}

// caller is the name of the caller's session.
func (e *exchange) caller() string {
	if e.req.accessKey == "" {
		return "unsigned"
	}
	return e.req.accessKey
}

// callerARN is the session of the role that every caller has.
func (e *exchange) callerARN() string {
	return "arn:aws:sts::" + e.acc.Account + ":assumed-role/simulated/" + e.caller()
}
