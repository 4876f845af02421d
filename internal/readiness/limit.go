package readiness

import "encoding/json"

// A function's result is at most 6 MB (AWS Lambda Developer Guide, "Lambda quotas"). It becomes a little longer when the
// runtime quotes it as JSON once more. Each list has its share of the rest.
const (
	maxFindingBytes   = 2 << 20
	maxInterfaceBytes = 2 << 20
	maxGroupBytes     = 1 << 20
)

// Limited returns the result with its lists cut to what a Lambda function may return. The summary says how much was left
// out. Each list has the worst first, so what is left out matters least.
func (r Result) Limited() Result {
	var o Omitted
	r.Findings, o.Findings = cut(r.Findings, maxFindingBytes)
	r.Interfaces, o.Interfaces = cut(r.Interfaces, maxInterfaceBytes)
	r.Groups, o.Groups = cut(r.Groups, maxGroupBytes)
	if o != (Omitted{}) {
		r.Summary.Omitted = &o
	}
	return r
}

// cut returns the beginning of a list that takes at most maxBytes as JSON, and counts what it left out.
func cut[T any](list []T, maxBytes int) (first []T, omitted int) {
	size := 0
	for i := range list {
		b, err := json.Marshal(list[i])
		if err != nil {
			return list[:i], len(list) - i // not reached: all these types can be written as JSON
		}
		if size += len(b) + 1; size > maxBytes {
			return list[:i], len(list) - i
		}
	}
	return list, 0
}
