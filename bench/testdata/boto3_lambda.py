"""The Lambda function that people write today, to compare with: find what the instance holds, detach it, wait with
boto3's waiter, attach it to the standby."""

import sys
import time

import boto3

ec2 = boto3.client(
    "ec2",
    endpoint_url=sys.argv[1],
    region_name="eu-west-1",
    aws_access_key_id="AKIDEXAMPLE",
    aws_secret_access_key="secret",
)


def handler(event, _context):
    instance = event["detail"]["instance-id"]
    interfaces = ec2.describe_network_interfaces(
        Filters=[
            {"Name": "attachment.instance-id", "Values": [instance]},
            {"Name": "tag-key", "Values": ["eni-failover:group"]},
        ]
    )["NetworkInterfaces"]
    for interface in interfaces:
        group = {tag["Key"]: tag["Value"] for tag in interface["TagSet"]}["eni-failover:group"]
        members = ec2.describe_instances(
            Filters=[
                {"Name": "tag:eni-failover:group", "Values": [group]},
                {"Name": "instance-state-name", "Values": ["running"]},
            ]
        )
        standby = next(
            member["InstanceId"]
            for reservation in members["Reservations"]
            for member in reservation["Instances"]
            if member["InstanceId"] != instance
        )
        ec2.detach_network_interface(AttachmentId=interface["Attachment"]["AttachmentId"])
        ec2.get_waiter("network_interface_available").wait(NetworkInterfaceIds=[interface["NetworkInterfaceId"]])
        ec2.attach_network_interface(
            NetworkInterfaceId=interface["NetworkInterfaceId"], InstanceId=standby, DeviceIndex=1
        )


start = time.monotonic()
handler({"detail": {"instance-id": sys.argv[2]}}, None)
print(time.monotonic() - start)
