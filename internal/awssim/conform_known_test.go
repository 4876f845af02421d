package awssim_test

// knownDifference is an accepted difference between the simulator and moto: its subject, the behaviour of each, and why
// ours is right, with AWS's document if there is one. at has the places of the difference, as patterns of a step and of
// a field.
type knownDifference struct {
	rule, ours, motos, why string
	at                     [][2]string
}

// knownDifferences returns all accepted differences. docs/simulator.md shows them as a table.
func knownDifferences() []knownDifference {
	const errorOf = "error"
	return []knownDifference{
		// Attachments.
		{
			"an attach of an interface in use", "`InvalidNetworkInterface.InUse`", "attached a second time",
			"an interface has one attachment at a time (Error codes for the Amazon EC2 API)",
			[][2]string{{"attach what is in use: *", errorOf}},
		},
		{
			"an attach at a taken device index, or at the primary's", "`InvalidParameterValue`", "two interfaces at one index",
			"an index is used once on an instance (AttachNetworkInterface; the text of the error is known from many reports)",
			[][2]string{{"attach at an index taken: *", errorOf}, {"attach as primary: *", errorOf}},
		},
		{
			"an attach in another Availability Zone", "`InvalidParameterCombination`", "attached",
			"interface and instance must be in one zone (EC2 User Guide, Elastic network interfaces)",
			[][2]string{{"attach in another zone: *", errorOf}},
		},
		{
			"an attach over the limit of the instance type", "`AttachmentLimitExceeded`", "attached",
			"the limit depends on the instance type (EC2 User Guide, Maximum IP addresses per network interface)",
			[][2]string{{"attach over the limit: attach @service*", errorOf}},
		},
		{
			"detach of a primary interface", "`OperationNotPermitted`", "detached",
			"it cannot be detached (EC2 User Guide, Elastic network interfaces)",
			[][2]string{{"detach a primary interface: *", errorOf}},
		},
		{
			"DeleteOnTermination of a primary interface", "true", "false, and cannot be set",
			"true is the default of the interface that an instance is launched with (EC2 User Guide, Network interface basics)",
			[][2]string{{"*", "*[*-primary].Attachment.DeleteOnTermination"}},
		},
		{
			"DeleteOnTermination by an attachment that does not exist", "`InvalidAttachmentID.NotFound`", "accepted",
			"AWS documents the error (Error codes for the Amazon EC2 API)",
			[][2]string{{"modify: modify @service keep eni-attach-0fff*", errorOf}},
		},
		{
			"source/destination check of an instance", "that of its only interface; with several interfaces `InvalidInstanceID`", "the instance's own; no interface shows it",
			"EC2 requires the interface's id (the text of the error is known from many reports)",
			[][2]string{{"modify: interfaces id=@standby-primary", "*.SourceDestCheck"}, {"modify: check @holder false", errorOf}},
		},
		// Instance states.
		{
			"what a terminated instance leaves", "its primary interface is deleted, the others are unattached; it no longer has addresses, subnet and VPC",
			"all interfaces stay attached, and it keeps its addresses",
			"DeleteOnTermination decides, when the termination is complete (EC2 User Guide, Network interface basics)",
			[][2]string{
				{"terminate: interfaces", "NetworkInterfaces*"},
				{"terminate: instances*", "*.NetworkInterfaces[*"},
				{"terminate: instances*", "*].PrivateIpAddress"},
				{"terminate: instances*", "*].PrivateDnsName"},
				{"terminate: instances*", "*].SubnetId"},
				{"terminate: instances*", "*].VpcId"},
			},
		},
		{
			"start, stop of or attach to a terminated instance", "`IncorrectInstanceState`", "accepted",
			"`terminated` is the final state (EC2 User Guide, Instance state changes)",
			[][2]string{{"terminate: start *", errorOf}, {"terminate: stop *", errorOf}, {"terminate: attach *", errorOf}},
		},
		{
			"a repeated state change", "accepted; the state does not change", "made again",
			"a repeated call is accepted, and changes nothing (StartInstances, StopInstances, TerminateInstances)",
			[][2]string{
				{"stop and start: *, time 2", "*.CurrentState.*"},
				{"stop and start: start @holder,@standby", "*[holder].CurrentState.*"},
				{"terminate: terminate @holder", "*.CurrentState.*"},
			},
		},
		{
			"stop of a Spot instance with a one-time request", "`UnsupportedOperation`", "stopped",
			"only a persistent request can start it again (EC2 User Guide, Stop a Spot Instance)",
			[][2]string{{"stop and start: stop @far-instance", errorOf}},
		},
		{
			"Spot requests", "each Spot instance has one", "an instance from RunInstances has none",
			"RunInstances makes a request for a Spot instance (EC2 User Guide, Create a Spot Instance request)",
			[][2]string{{"Spot: Spot requests*", "SpotInstanceRequests*"}, {"*", "*.SpotInstanceRequestId"}},
		},
		{
			"a Spot request that does not exist", "`InvalidSpotInstanceRequestID.NotFound`", "an empty list",
			"one unknown id fails the call (Error codes for the Amazon EC2 API)",
			[][2]string{{"Spot: Spot requests id=*", errorOf}},
		},
		// Replies of Describe calls.
		{
			"Availability Zone ids", "wherever a zone's name is", "only of subnets",
			"the replies have them (DescribeNetworkInterfaces, DescribeInstances, DescribeInstanceStatus)",
			[][2]string{{"*", "*AvailabilityZoneId"}},
		},
		{
			"Operator", "says whether a service manages the interface", "missing",
			"the reply has it (DescribeNetworkInterfaces)",
			[][2]string{{"*", "*.Operator.Managed"}},
		},
		{
			"private DNS names", "also of interfaces; in the region's domain", "only of instances, in the domain of us-east-1",
			"other regions have `REGION.compute.internal` (VPC User Guide, DNS attributes for your VPC)",
			[][2]string{{"*", "*PrivateDnsName"}},
		},
		{
			"health status in Auto Scaling", "`HEALTHY`", "`Healthy`",
			"this reply has it in capitals (DescribeAutoScalingInstances, examples)",
			[][2]string{{"scaling: *", "*.HealthStatus"}},
		},
		// Filters and pages.
		{
			"filters that moto lacks", "supported", "HTTP 500 without an error document",
			"the actions document them (DescribeNetworkInterfaces, DescribeInstances)",
			[][2]string{
				{"interfaces: interfaces attachment.*", errorOf},
				{"instances: instances instance-state-code=*", errorOf},
				{"instances: instances instance-lifecycle=*", errorOf},
				{"instances: instances network-interface.*", errorOf},
			},
		},
		{
			"a filter that does not exist", "`InvalidParameterValue`", "HTTP 500 without an error document",
			"it is the caller's fault, not the server's (Error codes for the Amazon EC2 API)",
			[][2]string{{"*: * no-such-filter=x", errorOf}},
		},
		{
			"instances by availability-zone", "those in the zone", "none",
			"the action documents the filter (DescribeInstances)",
			[][2]string{{"instances: instances availability-zone=*", "Reservations*"}},
		},
		{
			"wildcards in instance-type", "supported", "taken literally",
			"filters support wildcards (EC2 User Guide, Filter resources)",
			[][2]string{{"instances: instances instance-type=*", "Reservations*"}},
		},
		{
			"filters of status checks and zones", "supported", "ignored",
			"the action documents them (DescribeInstanceStatus)",
			[][2]string{{"status: status system-status.status=*", "InstanceStatuses*"}, {"status: status availability-zone=*", "InstanceStatuses*"}},
		},
		{
			"tags by tag:KEY", "those with that key and value", "all tags",
			"the action documents the filter (DescribeTags)",
			[][2]string{{"tags: tags tag:*", "Tags*"}},
		},
		{
			"pages", "of 5 items to the action's limit, with a token", "one page with all items; any size is accepted",
			"MaxResults is from 5 to 1,000, 500 or 100 (each action)",
			[][2]string{
				{"interfaces: interfaces max=5", "N*"}, {"*: * max=4", errorOf}, {"*: * max=1001", errorOf}, {"*: * max=101", errorOf},
			},
		},
		{
			"a page of ids", "`InvalidParameterCombination`", "a page",
			"MaxResults cannot be combined with ids (DescribeNetworkInterfaces, DescribeInstanceStatus, DescribeVolumes)",
			[][2]string{{"interfaces: interfaces max=5 id=*", errorOf}, {"status: status max=5 id=*", errorOf}, {"volumes: volumes max=5 id=*", errorOf}},
		},
		{
			"malformed ids", "`….Malformed`", "`….NotFound`",
			"AWS documents a code for each (Error codes for the Amazon EC2 API)",
			[][2]string{
				{"*: * id=i-nonsense", errorOf},
				{"volumes: volumes id=vol-nonsense", errorOf},
				{"interfaces: interfaces id=@holder", errorOf},
				{"* i-nonsense at *", errorOf},
				{"stop and start: start i-nonsense", errorOf},
				{"detach refused: detach @service", errorOf},
			},
		},
		{
			"DryRun with unknown ids", "`….NotFound`", "`DryRunOperation`",
			"permissions are about resources, which must be found first (Actions, resources, and condition keys for Amazon EC2)",
			[][2]string{{"dry runs: attach dry eni-*", errorOf}, {"dry runs: detach dry eni-*", errorOf}},
		},
		// Tags.
		{
			"tags of unknown ids", "`….NotFound`, and none of the call's resources is tagged", "accepted",
			"the resource must exist (CreateTags, DeleteTags)",
			[][2]string{{"tags: tag *eni-0fff*", errorOf}, {"tags: untag eni-0fff*", errorOf}, {"tags: tags key=k", "Tags*"}},
		},
		{
			"limits of tags", "`InvalidParameterValue`", "accepted",
			"keys have up to 128 characters, values up to 256; `aws:` is reserved; a key occurs once (EC2 User Guide, Tag restrictions)",
			[][2]string{
				{"tags: tag @service aws:*", errorOf},
				{"tags: tag @service kkk*", errorOf},
				{"tags: tag @service k=vvv*", errorOf},
				{"tags: tag @service k=1 k=2", errorOf},
			},
		},
		{
			"DeleteTags without tags", "deletes all tags of the resource", "deletes none",
			"a call without tags deletes all (DeleteTags)",
			[][2]string{{"tags: tags resource-id=@service, time *", "Tags*"}, {"tags: interfaces tag-key=empty", "*.TagSet[*"}},
		},
		// Route 53.
		{
			"the region of a VPC", "a VPC of that region has the zone", "any region",
			"the region must be that of the VPC (ListHostedZonesByVPC)",
			[][2]string{{"zones: zones of @vpc in us-east-1", "HostedZoneSummaries*"}},
		},
		{
			"MaxItems of a list of zones", "in the reply", "missing",
			"the reply has it (ListHostedZonesByVPC)",
			[][2]string{{"zones: zones of *", "MaxItems"}},
		},
		{
			"name servers", "some of Route 53's", "others", "their names do not matter: nothing queries them",
			[][2]string{
				{"*: records of *", "*internal. NS].ResourceRecords[*"}, {"*: records of *", "*internal. SOA].ResourceRecords[*"},
			},
		},
		{
			"ids of changes", "one for each change", "one for all", "GetChange needs it (ChangeResourceRecordSets)",
			[][2]string{{"records*: change*", "ChangeInfo.Id"}},
		},
		{
			"a change that does not exist", "`NoSuchChange`", "in sync", "AWS documents the error (GetChange)",
			[][2]string{{"records refused: change status of *", errorOf}},
		},
		{
			"case and escapes in names", "names are compared and returned in lower case, `*` as `\\052`", "kept as written; a zone's name in capitals is a different name",
			"Route 53 ignores case, and returns escapes (Route 53 Developer Guide, DNS domain name format)",
			[][2]string{
				{"records: change zone: CREATE NEW.*", errorOf},
				{"records: records of @zone new.*", "*"},
				{"records: records of @zone ?.corp.internal*", "ResourceRecordSets*"},
			},
		},
		{
			"CREATE of a record that exists", "`InvalidChangeBatch`", "creates a second one",
			"CREATE requires a new record (ChangeResourceRecordSets)",
			[][2]string{{"records refused: change zone: CREATE db.corp.internal A*", errorOf}},
		},
		{
			"DELETE that does not match", "`InvalidChangeBatch`", "`InvalidInput`, or deletes what once had those values",
			"a batch is invalid unless all values match (ChangeResourceRecordSets)",
			[][2]string{
				{"records refused: change zone: DELETE *", errorOf}, {"records refused: records of @zone db.corp.internal A 1", "ResourceRecordSets*"},
			},
		},
		{
			"DELETE with the values in another order", "deletes", "`InvalidInput`", "the values are a set (RFC 2181, section 5)",
			[][2]string{{"records as sets: *", errorOf}},
		},
		{
			"impossible values", "`InvalidChangeBatch`", "accepted",
			"an A record has IPv4 addresses, each once, and a CNAME stands alone (Route 53 Developer Guide, Supported DNS record types)",
			[][2]string{
				{"records refused: change zone: CREATE new.*", errorOf}, {"records refused: change zone: CREATE db.corp.internal CNAME*", errorOf},
			},
		},
	}
}
