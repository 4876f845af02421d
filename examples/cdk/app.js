"use strict";

// Put your own ids here. A VPC by attributes needs no look-up, so `npm run synth` works without an account.
const { App, Stack } = require("aws-cdk-lib");
const ec2 = require("aws-cdk-lib/aws-ec2");
const { ScalingGroup } = require("./scaling-group");
const { Service } = require("./service");

const region = "eu-west-1";
const zone = "eu-west-1a";
const subnetId = "subnet-0a1b2c3d4e5f60001";

function inVpc(stack) {
  return {
    vpc: ec2.Vpc.fromVpcAttributes(stack, "Vpc", {
      vpcId: "vpc-0a1b2c3d4e5f60001", availabilityZones: [zone], privateSubnetIds: [subnetId], region,
    }),
    subnet: ec2.Subnet.fromSubnetAttributes(stack, "Subnet", { subnetId, availabilityZone: zone }),
    image: ec2.MachineImage.genericLinux({ [region]: "ami-0a1b2c3d4e5f60001" }),
    clients: ec2.Peer.ipv4("10.0.0.0/8"),
    probeSecurityGroup: ec2.SecurityGroup.fromSecurityGroupId(stack, "Probe", "sg-0a1b2c3d4e5f60009", { mutable: false }),
  };
}

const app = new App();
const service = new Stack(app, "db", { env: { region } });
new Service(service, "Service", { ...inVpc(service), port: 5432, group: "db", domain: "corp.internal" });
const gateway = new Stack(app, "gateway", { env: { region } });
new ScalingGroup(gateway, "Gateway", { ...inVpc(gateway), port: 443, group: "gateway" });
app.synth();
