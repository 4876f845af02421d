#!/usr/bin/env python3
"""Takes alerts of Prometheus's Alertmanager, and tells eni-failover that an interface is unreachable.

Run it beside Alertmanager, which calls it as a webhook. It needs the AWS CLI, with permission for
ec2:DescribeNetworkInterfaces and events:PutEvents.

usage: alertmanager.py [ADDRESS:PORT [BUS]]        default: 127.0.0.1:9095 default

An alert needs the label networkInterfaceId. With the label confirmed="true" its rule has ruled out that the monitor itself is cut
off. Only alerts that fire count, and only if they began on the attachment that the interface has now.
"""

import datetime
import http.server
import json
import subprocess
import sys


def aws(*args):
    """Runs the AWS CLI and returns its answer."""
    done = subprocess.run(["aws", *args, "--output", "json"], check=True, capture_output=True, text=True, timeout=30)
    return json.loads(done.stdout)


def instant(text):
    """Reads a time of Alertmanager or of EC2."""
    text = text.replace("Z", "+00:00")
    if "." in text:  # more digits than Python before 3.11 reads
        head, tail = text.split(".")
        digits = len(tail) - len(tail.lstrip("0123456789"))
        text = head + tail[digits:]
    return datetime.datetime.fromisoformat(text)


def attachment(interface):
    """The attachment of an interface, as EC2 has it; None if there is none."""
    found = aws("ec2", "describe-network-interfaces", "--network-interface-ids", interface)
    return found["NetworkInterfaces"][0].get("Attachment")


def unreachable(alert):
    """The interface of an alert, as eni-failover takes it; None if the alert says nothing about the present attachment."""
    labels = alert["labels"]
    interface = labels.get("networkInterfaceId")
    if alert["status"] != "firing" or not interface:
        return None
    now = attachment(interface)
    if not now or instant(alert["startsAt"]) <= instant(now["AttachTime"]):
        return None
    return {
        "networkInterfaceId": interface,
        "attachmentId": now["AttachmentId"],
        "check": labels["alertname"],
        "since": alert["startsAt"],
        "confirmed": labels.get("confirmed") == "true",
    }


def tell(alerts, bus):
    """Puts one event about all of them on the bus."""
    interfaces = {}
    for alert in alerts:
        entry = unreachable(alert)
        if entry:
            interfaces[entry["networkInterfaceId"]] = entry
    if not interfaces:
        return
    answer = aws("events", "put-events", "--entries", json.dumps([{
        "EventBusName": bus, "Source": "eni-failover", "DetailType": "ENI Failover Unreachable",
        "Detail": json.dumps({"interfaces": list(interfaces.values())}),
    }]))
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"the bus refused the event: {answer}")
    print("reported", ", ".join(interfaces), flush=True)


class Webhook(http.server.BaseHTTPRequestHandler):
    """Alertmanager repeats what is not answered with a status of 200."""

    bus = "default"

    def do_POST(self):
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            tell(json.loads(body)["alerts"], self.bus)
            status = 200
        except (KeyError, TypeError, ValueError) as fault:
            print("not an alert:", repr(fault), file=sys.stderr, flush=True)
            status = 400
        except (OSError, RuntimeError, subprocess.SubprocessError) as fault:
            print("failed:", fault, getattr(fault, "stderr", ""), file=sys.stderr, flush=True)
            status = 503
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        """Each report is printed; requests are not."""


def main():
    address, _, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9095").rpartition(":")
    Webhook.bus = sys.argv[2] if len(sys.argv) > 2 else "default"
    http.server.ThreadingHTTPServer((address, int(port)), Webhook).serve_forever()


if __name__ == "__main__":
    main()
