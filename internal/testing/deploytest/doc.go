// Package deploytest tests template.yaml: each parameter, permission, rule, schedule, alarm and setting does what it
// says. It has tests only.
//
// render.py renders the template as a deployment would, with SAM's own translator (stack_test.go). AWS's own engine
// matches the rules' patterns (ruler, from Maven). Failover and audit run under exactly their roles' policies: in the simulator,
// which enforces resources and conditions (lab_test.go), and in moto, which others wrote (moto_test.go). The incidents of
// docs/runbook.md are played with the built function and the AWS CLI (incidentlab_test.go).
//
// The tests need a Python that has aws-sam-cli, and Java. Without them they are skipped, unless the environment
// requires them, as in CI:
//
//	ENI_FAILOVER_SAM              folder of the SAM CLI's virtual environment
//	ENI_FAILOVER_RULER            folder with Event Ruler's jars
//	ENI_FAILOVER_BUILT            folder with two builds of `make sam-build`, in arm64 and amd64
//	ENI_FAILOVER_AWSCLI           folder of the AWS CLI's virtual environment; without it, aws of the PATH
//	ENI_FAILOVER_CDK              folder with the node_modules of examples/cdk
//	ENI_FAILOVER_TERRAFORM_AWS    folder with HashiCorp's bindings for the resources of examples/terraform
//	ENI_FAILOVER_PROMETHEUS       folder with the programs of Prometheus, blackbox exporter and Alertmanager, in usr/bin
//	ENI_FAILOVER_REQUIRE_DEPLOY   1: fail where one of these is missing
package deploytest
