// Package mototest runs Python's moto, an independent simulation of AWS, for a test: the server on a
// loopback port, a proxy in front of it that records every call, and builders for an account.
//
// moto is a second opinion on AWS beside internal/awssim. It is a lenient one: attach ignores Availability Zones,
// limits and states, detach is instant, lists have one page, Spot instances have no Spot request. A test that needs such
// a rule adds it with [Server.Intercept].
//
// A machine without moto skips these tests; pip install 'moto[server]' provides it.
package mototest
