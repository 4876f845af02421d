"""Renders the SAM template as CloudFormation would deploy it, as JSON on standard output.

usage: render.py TEMPLATE STACK, with a list of deployments on standard input: [{"Region": …, "Parameters": {…}}]

SAM's own translator expands the template. Then everything that CloudFormation resolves is resolved: parameters
with their defaults and constraints, Rules, Conditions, Mappings, and the intrinsic functions, with made-up but
well-formed names for what only exists after a deployment. A reference to what is not there is an error; so is an
intrinsic function that this does not know. The output has an object for each deployment: Parameters (values),
Resources and Outputs, or Refused, CloudFormation's reason.
"""

import copy
import json
import os
import re
import sys

from samtranslator.translator.transform import transform as sam
from samtranslator.yaml_helper import yaml_parse

ACCOUNT = "123456789012"
NO_VALUE = object()
PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


class Refused(Exception):
    """What CloudFormation would refuse the deployment for."""


def partition(region):
    return next((p for prefix, p in PARTITIONS.items() if region.startswith(prefix)), "aws")


class ManagedPolicies:
    """SAM asks for AWS's managed policies before it knows that no function here uses one."""

    def load(self):
        return {}


def transform(template, parameters, region):
    """SAM's expansion, without a look at an account."""
    os.environ["AWS_DEFAULT_REGION"] = region
    template = copy.deepcopy(template)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            code = resource["Properties"]
            if not code["CodeUri"].startswith("s3://"):
                code["CodeUri"] = "s3://artefacts/" + code["CodeUri"].strip("/")  # what `sam package` does
    return sam(template, dict(parameters), ManagedPolicies())


def values(declared, given):
    """The parameters' values, if they keep to the parameters' constraints."""
    for name in given:
        if name not in declared:
            raise Refused("there is no parameter %s" % name)
    checked = {}
    for name, p in declared.items():
        value = str(given.get(name, p.get("Default")))
        allowed = [str(v) for v in p.get("AllowedValues", [value])]
        pattern = p.get("AllowedPattern")
        if value not in allowed or (pattern and not re.fullmatch(pattern, value)):
            raise Refused("parameter %s is %r: %s" % (name, value, p.get("ConstraintDescription", allowed)))
        if p["Type"] == "Number" and not re.fullmatch(r"-?[0-9.]+", value):
            raise Refused("parameter %s is %r: no number" % (name, value))
        if p["Type"] == "Number" and not (p.get("MinValue", float("-inf")) <= float(value) <= p.get("MaxValue", float("inf"))):
            raise Refused("parameter %s is %r: out of bounds" % (name, value))
        checked[name] = value
    return checked


class Stack:
    """A translated template with values for its parameters."""

    def __init__(self, template, name, region, parameters):
        self.template, self.name, self.region, self.parameters = template, name, region, parameters
        self.check_rules()

    def check_rules(self):
        for name, rule in self.template.get("Rules", {}).items():
            if "RuleCondition" in rule and not self.resolve(rule["RuleCondition"]):
                continue
            for a in rule["Assertions"]:
                if not self.resolve(a["Assert"]):
                    raise Refused("rule %s: %s" % (name, a["AssertDescription"]))

    def render(self):
        resources = {}
        for name, r in self.template["Resources"].items():
            if self.exists(name):
                resources[name] = dict(r, Properties=self.resolve(r.get("Properties", {})))
        outputs = {}
        for name, o in self.template.get("Outputs", {}).items():
            if "Condition" not in o or self.condition(o["Condition"]):
                outputs[name] = self.resolve(o["Value"])
        return {"Parameters": self.parameters, "Resources": resources, "Outputs": outputs}

    def exists(self, name):
        r = self.template["Resources"][name]
        return "Condition" not in r or self.condition(r["Condition"])

    def condition(self, name):
        return self.resolve(self.template["Conditions"][name])

    def resolve(self, v):
        if isinstance(v, list):
            return [x for x in map(self.resolve, v) if x is not NO_VALUE]
        if not isinstance(v, dict):
            return v
        if len(v) == 1:
            (key, argument), = v.items()
            if key in ("Ref", "Condition") and isinstance(argument, str):
                return self.ref(argument) if key == "Ref" else self.condition(argument)
            if key.startswith("Fn::"):
                return self.function(key[4:], argument)
        resolved = {k: self.resolve(x) for k, x in v.items()}
        return {k: x for k, x in resolved.items() if x is not NO_VALUE}

    def function(self, name, a):
        if name == "If":
            return self.resolve(a[1] if self.condition(a[0]) else a[2])
        if name == "Sub":
            return self.sub(*(a if isinstance(a, list) else (a, {})))
        if name == "GetAtt":
            target, _, attribute = a.partition(".") if isinstance(a, str) else (a[0], "", a[1])
            return self.attribute(target, attribute)
        a = self.resolve(a)
        if name == "Equals":
            return str(a[0]) == str(a[1])
        if name == "Not":
            return not a[0]
        if name == "And":
            return all(a)
        if name == "Or":
            return any(a)
        if name == "Join":
            return a[0].join(a[1])
        if name == "Split":
            return a[1].split(a[0])
        if name == "Select":
            return a[1][int(a[0])]
        if name == "FindInMap":
            return self.template["Mappings"][a[0]][str(a[1])][a[2]]
        raise Refused("Fn::%s is not known here" % name)

    def sub(self, text, names):
        values = {k: self.resolve(v) for k, v in names.items()}

        def replace(match):
            name = match.group(1)
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in values:
                return str(values[name])
            target, dot, attribute = name.partition(".")
            return str(self.attribute(target, attribute) if dot else self.ref(name))

        return re.sub(r"\$\{([^}]*)\}", replace, text)

    def ref(self, name):
        pseudo = {
            "AWS::AccountId": ACCOUNT, "AWS::Region": self.region, "AWS::Partition": partition(self.region),
            "AWS::StackName": self.name, "AWS::NoValue": NO_VALUE, "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        kind = self.kind(name)
        if kind in ("AWS::SNS::Topic", "AWS::SNS::Subscription"):
            return self.arn(kind, name)
        if kind == "AWS::SQS::Queue":
            return "https://sqs.%s.amazonaws.com/%s/%s" % (self.region, ACCOUNT, self.physical(name))
        return self.physical(name)

    def kind(self, name):
        if name not in self.template["Resources"]:
            raise Refused("there is no resource or parameter %s" % name)
        if not self.exists(name):
            raise Refused("resource %s is not made under these parameters, but is referred to" % name)
        return self.template["Resources"][name]["Type"]

    def physical(self, name):
        """The name that CloudFormation gives: stack, logical id, and a part that differs each time."""
        return "%s-%s-1A2B3C4D5E6F" % (self.name, name)

    def attribute(self, name, attribute):
        kind = self.kind(name)
        if attribute == "Arn":
            return self.arn(kind, name)
        if (kind, attribute) == ("AWS::SQS::Queue", "QueueName"):
            return self.physical(name)
        if (kind, attribute) == ("AWS::EC2::SecurityGroup", "GroupId"):
            return "sg-0a1b2c3d4e5f60001"
        raise Refused("%s of %s (%s) is not known here" % (attribute, name, kind))

    def arn(self, kind, name):
        forms = {
            "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
            "AWS::IAM::Role": "iam::{account}:role/{name}",
            "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
            "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
            "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
            "AWS::SNS::Subscription": "sns:{region}:{account}:{name}:1a2b3c4d",
            "AWS::Events::Rule": "events:{region}:{account}:rule/{name}",
            "AWS::CloudWatch::Alarm": "cloudwatch:{region}:{account}:alarm:{name}",
        }
        if kind not in forms:
            raise Refused("the ARN of %s (%s) is not known here" % (name, kind))
        form = "arn:{partition}:" + forms[kind]
        return form.format(partition=partition(self.region), region=self.region, account=ACCOUNT, name=self.physical(name))


def deploy(template, name, region, parameters):
    """What becomes of one deployment: a stack, or why it is refused."""
    try:
        checked = values(template["Parameters"], parameters)
        return Stack(transform(template, parameters, region), name, region, checked).render()
    except Refused as e:
        return {"Refused": str(e)}


def main(path, name):
    with open(path, encoding="utf-8") as f:
        template = yaml_parse(f.read())
    results = [deploy(template, name, d["Region"], d["Parameters"]) for d in json.load(sys.stdin)]
    json.dump(results, sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
