package awssim

import (
	"encoding/base64"
	"iter"
	"strconv"
	"strings"
)

// window is the page that a Describe call requests.
type window struct {
	action string
	size   int    // 0 means everything
	repeat string // key of an item that every page after the first repeats
	after  string // key of the last item of the page before
}

// window reads MaxResults and NextToken. ids is the name of the action's list of ids, if the two cannot be combined.
func (e *exchange) window(largest int, ids string) (window, *refusal) {
	w := window{action: e.req.action, repeat: e.repeat}
	if size := e.req.params.Get("MaxResults"); size != "" {
		n, err := strconv.Atoi(size)
		switch {
		case err != nil || n > largest:
			return w, refuse("InvalidParameterValue",
				"Value ( %s ) for parameter maxResults is invalid. Expecting a value smaller than or equal to %d.", size, largest)
		case n < 5:
			return w, refuse("InvalidParameterValue",
				"Value ( %s ) for parameter maxResults is invalid. Expecting a value greater than or equal to 5.", size)
		case ids != "" && e.req.params.Has(ids+".1"):
			return w, refuse("InvalidParameterCombination", "The parameter %sSet cannot be used with the parameter maxResults", lowerFirst(ids))
		}
		w.size = n
	}
	if token := e.req.params.Get("NextToken"); token != "" {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		action, after, found := strings.Cut(string(raw), "\n")
		if err != nil || !found || action != w.action {
			return w, refuse("InvalidNextToken", "The specified nextToken is invalid")
		}
		w.after = after
	}
	return w, nil
}

func (w window) token(after string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(w.action + "\n" + after))
}

// page returns one page of all items, which come in the order of their keys, and the token for the next page, "" at the
// end. The token is the last key, so items that come or go between two pages neither repeat nor hide others, unless a
// fault repeats one.
func page[T any](w window, all iter.Seq[T], key func(T) string, keep func(T) bool) (items []T, token string) {
	full := w.size
	for item := range all {
		switch repeated := w.after != "" && key(item) == w.repeat; {
		case !keep(item) || (key(item) <= w.after && !repeated):
			continue
		case key(item) <= w.after:
			full++ // in addition to the page's own items
		}
		if w.size > 0 && len(items) == full {
			return items, w.token(key(items[full-1]))
		}
		items = append(items, item)
	}
	return items, ""
}
