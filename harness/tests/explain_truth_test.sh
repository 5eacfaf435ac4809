#!/bin/sh
# 20 000 connections that end in 18 ways, among them some with the addresses and ports of earlier ones: explain
# finds exactly as many, and of each cause as many as the generator made. Where bytes cannot decide between two
# causes, the two together.
# usage: explain_truth_test.sh SYNTHESIZE LASTACK
set -eu
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"
synthesize=$1 lastack=$2
connections=20000
# The same seed gives the same capture; any other should do as well.
"$synthesize" "${LASTACK_TEST_SEED-1}" "$connections" 2>"$tap_dir/truth" >"$tap_dir/capture.pcap"
"$lastack" explain --json "$tap_dir/capture.pcap" 2>"$tap_dir/error" | tail -n 1 >"$tap_dir/summary"

# made PREFIX: connections whose kind of ending begins so.
made() {
	awk -F'\t' -v prefix="$1" 'index($2, prefix) == 1 { n += $1 } END { print n + 0 }' "$tap_dir/truth"
}

# found CAUSE...
found() {
	for cause in "$@"; do
		grep -o "\"$cause\":{\"connections\":[0-9]*" "$tap_dir/summary" | sed 's/.*://'
	done | awk '{ n += $1 } END { print n + 0 }'
}

# agree WANT SAW
agree() {
	echo "want $1, saw $2"
	[ "$1" -gt 0 ] && [ "$1" = "$2" ]
}

has_all() {
	cat "$tap_dir/error"
	agree "$connections" "$(grep -o '"connections":[0-9]*' "$tap_dir/summary" | head -n 1 | sed 's/.*://')" &&
		grep -q '"note":null' "$tap_dir/summary"
}

check "every connection, those of earlier addresses and ports too" has_all
check "there were such" test "$(made 'of addresses and ports that had ended before')" -gt 100
check "orderly" agree "$(made graceful)" "$(found orderly)"
check "unread data or zero linger" agree "$(($(made 'unread data') + $(made 'zero linger')))" "$(found unread-data abort)"
check "data after close" agree "$(made 'data after close')" "$(found data-after-close)"
check "refused" agree "$(made refused)" "$(found refused)"
check "half-open" agree "$(made half-open)" "$(found state-lost)"
check "connect timeout" agree "$(made 'connect timeout')" "$(found syn-unanswered backlog-overflow)"
check "retransmission timeout" agree "$(made 'retransmission timeout')" "$(found retransmission-timeout)"
check "keepalive timeout" agree "$(made 'keepalive timeout')" "$(found keepalive-timeout)"
check "left open" agree "$(made 'left open')" "$(found open)"
tap_end
