"use strict";

const { Duration, Tags } = require("aws-cdk-lib");
const autoscaling = require("aws-cdk-lib/aws-autoscaling");
const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");
const ec2 = require("aws-cdk-lib/aws-ec2");
const { Construct } = require("constructs");

/**
 * A service at one private address, on an Auto Scaling group of one with a warm pool of one, for eni-failover.
 *
 * Nothing here attaches the interface: eni-failover does when the group's instance runs, and again with each new one.
 *
 * Properties: vpc, subnet (of the interface and of the group), image (for arm64, with a fixed id), port, clients (an
 * ec2.IPeer), probeSecurityGroup (the output ProbeSecurityGroupId of eni-failover), group.
 */
class ScalingGroup extends Construct {
  constructor(scope, id, props) {
    super(scope, id);
    const { vpc, subnet, image, port, clients, probeSecurityGroup, group } = props;
    const tcp = ec2.Port.tcp(port);

    const serviceGroup = new ec2.SecurityGroup(this, "ServiceSecurityGroup", { vpc, description: "The address of the service" });
    serviceGroup.addIngressRule(clients, tcp, "Clients");
    serviceGroup.addIngressRule(probeSecurityGroup, tcp, "The probe of eni-failover");
    const memberGroup = new ec2.SecurityGroup(this, "MemberSecurityGroup", { vpc, description: "Primary interfaces of the members" });
    memberGroup.addIngressRule(probeSecurityGroup, tcp, "The probe of eni-failover");

    this.networkInterface = new ec2.CfnNetworkInterface(this, "Interface", {
      description: `The address of the group ${group}`,
      subnetId: subnet.subnetId,
      groupSet: [serviceGroup.securityGroupId],
    });
    Tags.of(this.networkInterface).add("eni-failover:group", group);
    Tags.of(this.networkInterface).add("eni-failover:probe", `tcp:${port} for:15s`);

    // The interface is not among the launch template's: that would bind it to the first instance.
    const launchTemplate = new ec2.LaunchTemplate(this, "LaunchTemplate", {
      machineImage: image,
      instanceType: ec2.InstanceType.of(ec2.InstanceClass.M7G, ec2.InstanceSize.LARGE),
      securityGroup: memberGroup,
      httpTokens: ec2.LaunchTemplateHttpTokens.REQUIRED,
    });
    Tags.of(launchTemplate).add("eni-failover:group", group);
    const scalingGroup = new autoscaling.AutoScalingGroup(this, "ScalingGroup", {
      vpc,
      vpcSubnets: { subnets: [subnet] },
      launchTemplate,
      minCapacity: 1,
      maxCapacity: 1,
    });
    scalingGroup.node.addDependency(this.networkInterface);
    // It allows eni-failover to complete the hook.
    Tags.of(scalingGroup).add("eni-failover:group", group);
    // An instance that the group ends keeps serving until the interface is elsewhere, or for five minutes. The function
    // completes only hooks whose name starts with eni-failover.
    scalingGroup.addLifecycleHook("Hook", {
      lifecycleHookName: "eni-failover-terminate",
      lifecycleTransition: autoscaling.LifecycleTransition.INSTANCE_TERMINATING,
      heartbeatTimeout: Duration.minutes(5),
      defaultResult: autoscaling.DefaultResult.CONTINUE,
    });
    // A stopped instance that the group starts when it has lost the one that runs.
    scalingGroup.addWarmPool({ poolState: autoscaling.PoolState.STOPPED, minSize: 1 });

    new cloudwatch.Alarm(this, "DeadAlarm", {
      alarmDescription: `The service has put no heartbeat for three minutes. eni-failover:interface=${this.networkInterface.ref}`,
      metric: new cloudwatch.Metric({ namespace: `Service/${group}`, metricName: "Heartbeats", statistic: "Sum", period: Duration.minutes(1) }),
      evaluationPeriods: 3,
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
  }
}

module.exports = { ScalingGroup };
