# A service at one private address, on an Auto Scaling group of one with a warm pool of one, for eni-failover.
#
# Nothing here attaches the interface: eni-failover does when the group's instance runs, and again with each new one.

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
  description = "The subnet of the interface and of the group; an interface can't leave its Availability Zone"
  type        = string
}

variable "clients" {
  description = "Who may use the service, as a CIDR block"
  type        = string
  default     = "10.0.0.0/8"
}

variable "port" {
  type    = number
  default = 443
}

variable "probe_security_group" {
  description = "The output ProbeSecurityGroupId of eni-failover"
  type        = string
}

variable "image" {
  description = "An image for arm64 with the service, which starts at boot"
  type        = string
}

variable "group" {
  type    = string
  default = "gateway"
}

resource "aws_network_interface" "service" {
  description     = "The address of the group ${var.group}"
  subnet_id       = var.subnet
  security_groups = [aws_security_group.service.id]
  tags = {
    "Name"               = var.group
    "eni-failover:group" = var.group
    "eni-failover:probe" = "tcp:${var.port} for:15s"
  }

  lifecycle {
    ignore_changes  = [attachment]
    prevent_destroy = true
  }
}

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

# The interface is not among the launch template's: that would bind it to the first instance.
resource "aws_launch_template" "member" {
  name_prefix            = "${var.group}-"
  image_id               = var.image
  instance_type          = "m7g.large"
  vpc_security_group_ids = [aws_security_group.member.id]

  metadata_options {
    http_tokens = "required"
  }

  tag_specifications {
    resource_type = "instance"
    tags = {
      "Name"               = var.group
      "eni-failover:group" = var.group
    }
  }
}

# Its tag allows eni-failover to complete the hook.
resource "aws_autoscaling_group" "member" {
  name_prefix         = "${var.group}-"
  min_size            = 1
  max_size            = 1
  desired_capacity    = 1
  vpc_zone_identifier = [var.subnet]
  health_check_type   = "EC2"

  health_check_grace_period = 60

  launch_template {
    id      = aws_launch_template.member.id
    version = aws_launch_template.member.latest_version
  }

  # An instance that the group ends keeps serving until the interface is elsewhere, or for five minutes. The function
  # completes only hooks whose name starts with eni-failover.
  initial_lifecycle_hook {
    name                 = "eni-failover-terminate"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_TERMINATING"
    heartbeat_timeout    = 300
    default_result       = "CONTINUE"
  }

  # A stopped instance that the group starts when it has lost the one that runs.
  warm_pool {
    pool_state = "Stopped"
    min_size   = 1
  }

  tag {
    key                 = "eni-failover:group"
    value               = var.group
    propagate_at_launch = false
  }

  depends_on = [aws_network_interface.service]
}

resource "aws_cloudwatch_metric_alarm" "dead" {
  alarm_name          = "${var.group}-dead"
  alarm_description   = "The service has put no heartbeat for three minutes. eni-failover:interface=${aws_network_interface.service.id}"
  namespace           = "Service/${var.group}"
  metric_name         = "Heartbeats"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 3
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
}

output "interface" {
  value = aws_network_interface.service.id
}

output "address" {
  value = aws_network_interface.service.private_ip
}
