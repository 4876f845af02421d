package readiness

import "encoding/json"

// A function's result is at most 6 MB (AWS Lambda Developer Guide, "Lambda quotas"), and becomes a little
// longer when it is written as JSON once more. Of that each list has its share.
const (
	maxFindingBytes   = 2 << 20
	maxInterfaceBytes = 2 << 20
	maxGroupBytes     = 1 << 20
)

// Limited returns the result with its lists cut to what a Lambda function may return; the summary says what
// was left out. The worst come first in each list, so the best is lost.
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

// cut returns the first of a list that take at most so many bytes as JSON, and how many it left out.
func cut[T any](list []T, most int) (first []T, omitted int) {
	size := 0
	for i := range list {
		b, err := json.Marshal(list[i])
		if err != nil {
			return list[:i], len(list) - i // nothing in it can fail to be written as JSON
		}
		if size += len(b) + 1; size > most {
			return list[:i], len(list) - i
		}
	}
	return list, 0
}
