#!/bin/sh
# Asks PostgreSQL each second whether it answers a query, and reports the interface as unreachable after three failures in
# a row. The failover then moves the interface, if its own rules allow it. Run it under systemd, on an instance of the VPC
# that is not a member of the group, with permission for ec2:DescribeNetworkInterfaces and events:PutEvents.
#
# usage: INTERFACE=eni-… PGHOST=10.0.1.10 [WITNESS=10.0.1.21] [BUS=default] postgres.sh
#
# PGHOST is the address of the interface. PGUSER, PGPASSFILE and the other variables of libpq say how to log in. WITNESS is
# the own address of the standby. If it reacts while PGHOST does not, this machine is not cut off, so the report is
# confirmed. Otherwise the failover acts only if EC2 agrees.
set -eu
: "${INTERFACE:?the id of the interface}" "${PGHOST:?the address of the interface}"
export PGCONNECT_TIMEOUT=1

answers() { timeout 2 psql -XAtqc 'SELECT 1' >/dev/null 2>&1; }

# reacts succeeds if the witness accepts or refuses a connection: pg_isready fails with 2 if nothing comes back.
reacts() {
	[ -n "${WITNESS:-}" ] || return 1
	status=0
	pg_isready -q -t 1 -h "$WITNESS" || status=$?
	[ "$status" -lt 2 ]
}

# remember keeps the attachment on which PostgreSQL has just answered, or nothing if EC2 does not say.
remember() {
	on=$(aws ec2 describe-network-interfaces --network-interface-ids "$INTERFACE" \
		--query 'NetworkInterfaces[0].Attachment.AttachmentId' --output text) || on=
	case $on in eni-attach-*) ;; *) on= ;; esac
}

# report names the attachment on which PostgreSQL answered last: a late report can't move the interface off another one.
report() {
	confirmed=false
	if reacts; then confirmed=true; fi
	detail="{\\\"interfaces\\\":[{\\\"networkInterfaceId\\\":\\\"$INTERFACE\\\",\\\"attachmentId\\\":\\\"$on\\\",\\\"check\\\":\\\"SELECT 1\\\",\\\"confirmed\\\":$confirmed}]}"
	aws events put-events --entries \
		"[{\"EventBusName\":\"${BUS:-default}\",\"Source\":\"eni-failover\",\"DetailType\":\"ENI Failover Unreachable\",\"Detail\":\"$detail\"}]"
}

on=    # the attachment on which it has answered; empty before the first answer: then nothing is reported
failed=0
while :; do
	if answers; then
		if [ "$failed" -gt 0 ] || [ -z "$on" ]; then remember; fi
		failed=0
	else
		failed=$((failed + 1))
		# Again every half minute, since the cool-down or the want of a standby may have held it back.
		if [ -n "$on" ] && [ $((failed % 30)) -eq 3 ]; then report || true; fi
	fi
	sleep 1
done
