package awssim

import (
	"strings"
	"time"
)

// bucket is a token bucket. A call takes one token, and is throttled if there is none. size is its capacity.
type bucket struct{ size, perSecond int }

// The buckets of the EC2 API are per account and region ("Request throttling for the Amazon EC2 API": the tables of
// bucket sizes and refill rates).
func nonMutatingBucket() bucket { return bucket{100, 20} }
func unfilteredBucket() bucket  { return bucket{50, 10} } // a Describe without filter and page size
func mutatingBucket() bucket    { return bucket{50, 5} }
func taggingBucket() bucket     { return bucket{100, 10} }
func startBucket() bucket       { return bucket{5, 2} }

// route53Bucket is Route 53's limit: five requests of any kind per second and account (Route 53 guide, "Quotas"). The
// size of a burst is not documented; it is one second's requests here.
func route53Bucket() bucket { return bucket{5, 5} }

// autoScalingBucket is shared by all actions of Auto Scaling, per account and region (AWS Knowledge Center, "How do I
// keep my Auto Scaling API calls from being throttled?"). AWS does not publish its figures; EC2's for Describe calls
// are used.
func autoScalingBucket() bucket { return nonMutatingBucket() }

// putEventsBucket is the one of EventBridge for PutEvents: the smallest quota of any region (EventBridge User Guide,
// "Quotas").
func putEventsBucket() bucket { return bucket{400, 400} }

// throttled takes a call's token, and refuses the call if there is none, before any other check: a DryRun and a denied
// call need a token, too. All callers share the buckets.
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

// bucketOf returns the bucket of a call, and its name. EC2 has one per action, and a separate one for the action's
// unfiltered calls.
func bucketOf(req *request) (string, bucket) {
	switch {
	case req.service == serviceRoute53:
		return serviceRoute53, route53Bucket()
	case req.service == serviceEvents:
		return serviceEvents, putEventsBucket()
	case req.service == serviceAutoScaling:
		return serviceAutoScaling, autoScalingBucket()
	case req.action == "CreateTags", req.action == "DeleteTags":
		return req.action, taggingBucket()
	case req.action == "StartInstances":
		return req.action, startBucket()
	case !strings.HasPrefix(req.action, "Describe"):
		return req.action, mutatingBucket()
	case asksForEverything(req):
		return req.action + " unfiltered", unfilteredBucket()
	default:
		return req.action, nonMutatingBucket()
	}
}

// asksForEverything reports whether a call is unfiltered, in AWS's sense: one of these actions, with neither filter nor
// page. The documentation does not count ids as a filter.
func asksForEverything(req *request) bool {
	switch req.action {
	case "DescribeInstances", "DescribeInstanceStatus", "DescribeNetworkInterfaces", "DescribeSpotInstanceRequests",
		"DescribeVolumes":
		return !req.params.Has("Filter.1.Name") && !req.params.Has("MaxResults") && !req.params.Has("NextToken")
	default:
		return false
	}
}

// take takes a token from a bucket, if there is one. The level of a bucket is stored as the instant at which it will be
// full: each token moves the instant by the time to refill one token.
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
