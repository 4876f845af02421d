package awssim

import (
	"strings"
	"time"
)

// bucket is a token bucket: a call takes one token, and is throttled when there is none. It holds at most
// so many, and gets so many a second.
type bucket struct{ size, perSecond int }

// The buckets of the EC2 API, each per account and region ("Request throttling for the Amazon EC2 API":
// the tables of bucket sizes and refill rates).
func nonMutating() bucket { return bucket{100, 20} }
func unfiltered() bucket  { return bucket{50, 10} } // Describe without filter and page
func mutating() bucket    { return bucket{50, 5} }
func tagging() bucket     { return bucket{100, 10} }

// route53Calls is Route 53's: five requests a second and account, of all kinds together (Route 53 guide,
// "Quotas"). How many may come at once is not said; what a second allows.
func route53Calls() bucket { return bucket{5, 5} }

// autoScalingCalls is Auto Scaling's, which all of its actions share, per account and region (AWS
// Knowledge Center, "How do I keep my Auto Scaling API calls from being throttled?"). Its figures are not
// published: EC2's for calls that mostly look are taken.
func autoScalingCalls() bucket { return nonMutating() }

// putEventsCalls is EventBridge's for PutEvents: the smallest figure of any region (EventBridge User Guide, "Quotas").
func putEventsCalls() bucket { return bucket{400, 400} }

// throttled takes the token that a call needs, and refuses the call if there is none, before anything
// else is judged: a DryRun needs one like any other, and so does a call that is denied. All callers share
// the buckets.
func (s *Sim) throttled(req *request, now time.Time) *refusal {
	if !s.acc.TokenBuckets {
		return nil
	}
	name, b := bucketOf(req)
	if s.take(name, b, now) {
		return nil
	}
	if req.service == serviceEC2 {
		return refuse("RequestLimitExceeded", "Request limit exceeded.")
	}
	if req.service == serviceEvents {
		return refuse("ThrottlingException", "Rate exceeded")
	}
	return refuse("Throttling", "Rate exceeded")
}

// bucketOf is the bucket that a call takes from, and its name. EC2 has one per action; the calls of an
// action that ask for everything at once have one of their own.
func bucketOf(req *request) (string, bucket) {
	switch {
	case req.service == serviceRoute53:
		return serviceRoute53, route53Calls()
	case req.service == serviceEvents:
		return serviceEvents, putEventsCalls()
	case req.service == serviceAutoScaling:
		return serviceAutoScaling, autoScalingCalls()
	case req.action == "CreateTags", req.action == "DeleteTags":
		return req.action, tagging()
	case !strings.HasPrefix(req.action, "Describe"):
		return req.action, mutating()
	case asksForEverything(req):
		return req.action + " unfiltered", unfiltered()
	default:
		return req.action, nonMutating()
	}
}

// asksForEverything says whether a call is one of those that AWS wants filtered or in pages, and is
// neither. Ids are neither, as far as the documentation goes.
func asksForEverything(req *request) bool {
	switch req.action {
	case "DescribeInstances", "DescribeInstanceStatus", "DescribeNetworkInterfaces", "DescribeSpotInstanceRequests":
		return !req.params.Has("Filter.1.Name") && !req.params.Has("MaxResults") && !req.params.Has("NextToken")
	default:
		return false
	}
}

// take takes a token out of a bucket, if there is one. The bucket's level is kept as the instant at which
// it will be full again: with every token taken, that moves on by the time in which one token comes.
func (s *Sim) take(name string, b bucket, now time.Time) bool {
	each := time.Second / time.Duration(b.perSecond)
	full := s.full[name]
	if full.Before(now) {
		full = now
	}
	if full.Sub(now) > each*time.Duration(b.size-1) {
		return false
	}
	s.full[name] = full.Add(each)
	return true
}
