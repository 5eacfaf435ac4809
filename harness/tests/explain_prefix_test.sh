#!/bin/sh
# Every prefix of committed captures and of some made now: see explain_prefix_test.c.
# usage: explain_prefix_test.sh LASTACK PREFIX-TEST CASES-FOLDER GOLDEN-FOLDER
set -u
lastack=$1 prefix_test=$2 golden=$4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export LASTACK_CASES="$3"
# Where no namespace can be had there are only the committed ones.
LASTACK_MUST_RUN=0 timeout 300 "$lastack" run -q -o none -p "$folder" unread/close unread/hidden-behind-fin \
	abort/zero-linger-resets abort/vanished-peer-answers-with-bare-reset after-close/first-send-succeeds \
	listener/close-resets-the-queue listener/full-queue-drops-the-syn fin-wait-2/linger2-negative-close \
	timeout/keepalive-dead-peer timeout/user-timeout-data validation/reset-in-the-window \
	validation/challenged-peer-starts-anew simultaneous/open self-connect/close link/firewall-resets-data >"$folder/summary" 2>&1
set -- "$golden"/lo_raw.pcap "$golden"/any_sll2.pcap
for capture in "$folder"/*.ipv4.pcap; do
	[ ! -f "$capture" ] || set -- "$@" "$capture"
done
"$prefix_test" "$@"
