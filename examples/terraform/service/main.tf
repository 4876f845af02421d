# A service at one private address, with a holder, a standby and a cold standby for eni-failover.
#
# Nothing here attaches the interface: eni-failover does, within two sweeps after the apply, and to the member with the lowest
# priority. So a later apply has nothing to undo.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {
  # eni-failover and the people on call write these tags. Without this, each apply would remove them.
  ignore_tags {
    keys = ["eni-failover:left", "eni-failover:reached", "eni-failover:paused"]
  }
}

variable "vpc" {
  type = string
}

variable "subnet" {
  description = "The subnet of the interface and of all members; an interface can't leave its Availability Zone"
  type        = string
}

variable "clients" {
  description = "Who may use the service, as a CIDR block"
  type        = string
  default     = "10.0.0.0/8"
}

variable "port" {
  type    = number
  default = 5432
}

variable "probe_security_group" {
  description = "The output ProbeSecurityGroupId of eni-failover"
  type        = string
}

variable "image" {
  description = "An image for arm64 with the service. An id, not a look-up of the latest one, because a new image replaces the instances"
  type        = string
}

variable "group" {
  type    = string
  default = "db"
}

variable "domain" {
  type    = string
  default = "corp.internal"
}

# There is no attachment, neither here nor as a resource of its own. The provider reads the one that there is, and
# compares it with nothing.
resource "aws_network_interface" "service" {
  description     = "The address of the group ${var.group}"
  subnet_id       = var.subnet
  security_groups = [aws_security_group.service.id]
  tags = {
    "Name"                = var.group
    "eni-failover:group"  = var.group
    "eni-failover:record" = "${var.group}.${var.domain}"
    "eni-failover:probe"  = "tcp:${var.port} for:15s"
  }

  lifecycle {
    ignore_changes  = [attachment]
    prevent_destroy = true
  }
}

resource "aws_route53_zone" "private" {
  name = var.domain
  vpc {
    vpc_id = var.vpc
  }
}

resource "aws_route53_record" "service" {
  zone_id = aws_route53_zone.private.zone_id
  name    = "${var.group}.${var.domain}"
  type    = "A"
  ttl     = 60
  records = [aws_network_interface.service.private_ip]
}

# The interface's group lets the clients and the probe in.
resource "aws_security_group" "service" {
  description = "The address of the service"
  vpc_id      = var.vpc

  ingress {
    description = "Clients"
    protocol    = "tcp"
    from_port   = var.port
    to_port     = var.port
    cidr_blocks = [var.clients]
  }
  ingress {
    description     = "The probe of eni-failover"
    protocol        = "tcp"
    from_port       = var.port
    to_port         = var.port
    security_groups = [var.probe_security_group]
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

# The members' own group lets the probe in, too: a member that answers is a witness.
resource "aws_security_group" "member" {
  description = "Primary interfaces of the members"
  vpc_id      = var.vpc

  ingress {
    description     = "The probe of eni-failover"
    protocol        = "tcp"
    from_port       = var.port
    to_port         = var.port
    security_groups = [var.probe_security_group]
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

locals {
  members = {
    "1" = { type = "m7g.large", tags = { "eni-failover:priority" = "10" } }
    "2" = { type = "m7g.large", tags = { "eni-failover:priority" = "20" } }
    # Stop it once it has booted: aws ec2 stop-instances. Do not declare its state with aws_ec2_instance_state: an apply
    # would stop it again while it serves. Another type than the holder's, because shortages go by type.
    "cold" = { type = "m6g.large", tags = { "eni-failover:priority" = "90", "eni-failover:start" = "true" } }
  }
}

resource "aws_instance" "member" {
  for_each               = local.members
  ami                    = var.image
  instance_type          = each.value.type
  subnet_id              = var.subnet
  vpc_security_group_ids = [aws_security_group.member.id]

  metadata_options {
    http_tokens = "required"
  }

  tags = merge({
    "Name"               = "${var.group}-${each.key}"
    "eni-failover:group" = var.group
  }, each.value.tags)

  # A destroy ends the instances before the interface.
  depends_on = [aws_network_interface.service]
}

# EC2's own view of each running member. eni-failover acts on an alarm about the instance that holds the interface.
resource "aws_cloudwatch_metric_alarm" "status" {
  for_each            = toset(["1", "2"])
  alarm_name          = "${var.group}-${each.key}-status"
  alarm_description   = "${var.group}-${each.key} fails its status checks"
  namespace           = "AWS/EC2"
  metric_name         = "StatusCheckFailed"
  dimensions          = { InstanceId = aws_instance.member[each.key].id }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 2
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "missing"
}

# The service's own view. It puts Heartbeats each minute; a person puts Maintenance while work is planned.
resource "aws_cloudwatch_metric_alarm" "silent" {
  alarm_name          = "${var.group}-silent"
  alarm_description   = "The service has put no heartbeat for three minutes"
  namespace           = "Service/${var.group}"
  metric_name         = "Heartbeats"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 3
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
}

resource "aws_cloudwatch_metric_alarm" "maintenance" {
  alarm_name          = "${var.group}-maintenance"
  alarm_description   = "A person works on the service"
  namespace           = "Service/${var.group}"
  metric_name         = "Maintenance"
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
}

# The description says which interface the alarm is about. That makes it a reason to move.
resource "aws_cloudwatch_composite_alarm" "dead" {
  alarm_name        = "${var.group}-dead"
  alarm_description = "The service is silent, and nobody works on it. eni-failover:interface=${aws_network_interface.service.id}"
  alarm_rule        = "ALARM(${aws_cloudwatch_metric_alarm.silent.alarm_name}) AND NOT ALARM(${aws_cloudwatch_metric_alarm.maintenance.alarm_name})"
}

output "interface" {
  value = aws_network_interface.service.id
}

output "address" {
  value = aws_network_interface.service.private_ip
}

output "cold_standby" {
  description = "Stop it once it has booted"
  value       = aws_instance.member["cold"].id
}
