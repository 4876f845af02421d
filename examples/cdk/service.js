"use strict";

const { Duration, Tags } = require("aws-cdk-lib");
const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");
const ec2 = require("aws-cdk-lib/aws-ec2");
const route53 = require("aws-cdk-lib/aws-route53");
const { Construct } = require("constructs");

/**
 * A service at one private address, with a holder, a standby and a cold standby for eni-failover.
 *
 * Nothing here attaches the interface: eni-failover does, within two sweeps after the deployment, and to the member with
 * the lowest priority. So a later deployment has nothing to undo.
 *
 * Properties: vpc, subnet (of the interface and of all members), image (for arm64, with a fixed id), port, clients (an
 * ec2.IPeer), probeSecurityGroup (the output ProbeSecurityGroupId of eni-failover), group, domain.
 */
class Service extends Construct {
  constructor(scope, id, props) {
    super(scope, id);
    const { vpc, subnet, image, port, clients, probeSecurityGroup, group, domain } = props;
    const tcp = ec2.Port.tcp(port);

    // The interface's group lets the clients and the probe in.
    const serviceGroup = new ec2.SecurityGroup(this, "ServiceSecurityGroup", { vpc, description: "The address of the service" });
    serviceGroup.addIngressRule(clients, tcp, "Clients");
    serviceGroup.addIngressRule(probeSecurityGroup, tcp, "The probe of eni-failover");
    // The members' own group lets the probe in, too: a member that answers is a witness.
    const memberGroup = new ec2.SecurityGroup(this, "MemberSecurityGroup", { vpc, description: "Primary interfaces of the members" });
    memberGroup.addIngressRule(probeSecurityGroup, tcp, "The probe of eni-failover");

    const name = `${group}.${domain}`;
    this.networkInterface = new ec2.CfnNetworkInterface(this, "Interface", {
      description: `The address of the group ${group}`,
      subnetId: subnet.subnetId,
      groupSet: [serviceGroup.securityGroupId],
    });
    Tags.of(this.networkInterface).add("eni-failover:group", group);
    Tags.of(this.networkInterface).add("eni-failover:record", name);
    Tags.of(this.networkInterface).add("eni-failover:probe", `tcp:${port} for:15s`);

    const zone = new route53.PrivateHostedZone(this, "Zone", { vpc, zoneName: domain });
    new route53.CfnRecordSet(this, "Record", {
      hostedZoneId: zone.hostedZoneId,
      name,
      type: "A",
      ttl: "60",
      resourceRecords: [this.networkInterface.attrPrimaryPrivateIpAddress],
    });

    const member = (memberId, instanceClass, tags) => {
      const instance = new ec2.Instance(this, memberId, {
        vpc,
        vpcSubnets: { subnets: [subnet] },
        instanceType: ec2.InstanceType.of(instanceClass, ec2.InstanceSize.LARGE),
        machineImage: image,
        securityGroup: memberGroup,
        httpTokens: ec2.HttpTokens.REQUIRED,
      });
      Tags.of(instance).add("eni-failover:group", group);
      for (const [key, value] of Object.entries(tags)) Tags.of(instance).add(key, value);
      // A deletion of the stack ends the instances before the interface.
      instance.node.addDependency(this.networkInterface);
      return instance;
    };
    const holder = member("Holder", ec2.InstanceClass.M7G, { "eni-failover:priority": "10" });
    const standby = member("Standby", ec2.InstanceClass.M7G, { "eni-failover:priority": "20" });
    // Stop it once it has booted: aws ec2 stop-instances. Another type than the holder's, because shortages go by type.
    member("ColdStandby", ec2.InstanceClass.M6G, { "eni-failover:priority": "90", "eni-failover:start": "true" });

    // EC2's own view of each running member. eni-failover acts on an alarm about the instance that holds the interface.
    for (const [alarmId, instance] of [["HolderAlarm", holder], ["StandbyAlarm", standby]]) {
      new cloudwatch.Alarm(this, alarmId, {
        alarmDescription: "The instance fails its status checks",
        metric: new cloudwatch.Metric({
          namespace: "AWS/EC2",
          metricName: "StatusCheckFailed",
          dimensionsMap: { InstanceId: instance.instanceId },
          statistic: "Maximum",
          period: Duration.minutes(1),
        }),
        evaluationPeriods: 2,
        threshold: 1,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      });
    }
    // The service's own view. It puts Heartbeats each minute; a person puts Maintenance while work is planned.
    const own = (metricName, statistic) =>
      new cloudwatch.Metric({ namespace: `Service/${group}`, metricName, statistic, period: Duration.minutes(1) });
    const silent = new cloudwatch.Alarm(this, "SilentAlarm", {
      alarmDescription: "The service has put no heartbeat for three minutes",
      metric: own("Heartbeats", "Sum"),
      evaluationPeriods: 3,
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
    const maintenance = new cloudwatch.Alarm(this, "MaintenanceAlarm", {
      alarmDescription: "A person works on the service",
      metric: own("Maintenance", "Maximum"),
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    // The description says which interface the alarm is about. That makes it a reason to move.
    new cloudwatch.CompositeAlarm(this, "DeadAlarm", {
      alarmDescription: `The service is silent, and nobody works on it. eni-failover:interface=${this.networkInterface.ref}`,
      alarmRule: cloudwatch.AlarmRule.allOf(
        cloudwatch.AlarmRule.fromAlarm(silent, cloudwatch.AlarmState.ALARM),
        cloudwatch.AlarmRule.not(cloudwatch.AlarmRule.fromAlarm(maintenance, cloudwatch.AlarmState.ALARM)),
      ),
    });
  }
}

module.exports = { Service };
