// Package deploytest proves template.yaml: that a person finds in it no parameter, permission, rule, schedule,
// alarm or setting that does not do what it says. It has tests only.
//
// The template is rendered as a deployment would (render.py, with SAM's own translator), the rules' patterns
// are judged by AWS's own engine (ruler, from Maven), and failover and audit run to the end under exactly their
// roles' policies: in the simulator, which enforces resources and conditions, and in moto, which others wrote.
//
// The tests need a Python that has aws-sam-cli, and Java; without them they are skipped, unless the environment
// says that they are required, as in CI:
//
//	ENI_FAILOVER_SAM              folder of the SAM CLI's virtual environment
//	ENI_FAILOVER_RULER            folder with Event Ruler's jars
//	ENI_FAILOVER_BUILT            folder with two builds of `make sam-build`, in arm64 and amd64
//	ENI_FAILOVER_AWSCLI           folder of the AWS CLI's virtual environment; without it, aws of the PATH
//	ENI_FAILOVER_REQUIRE_DEPLOY   1: fail where one of these is missing
package deploytest
