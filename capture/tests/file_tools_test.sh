#!/bin/sh
# Capture files as other programs write them: our reader and libpcap find the same in each. And what the
# generator says of its capture, tshark says too.
# usage: file_tools_test.sh SYNTHESIZE COUNT_FILE COUNT_PCAP
set -eu
# shellcheck source=../../harness/tests/tap.sh
. "$(dirname "$0")/../../harness/tests/tap.sh"
synthesize=$1 count_file=$2 count_pcap=$3
capture=$tap_dir/capture.pcap
connections=4000
"$synthesize" 1 "$connections" >"$capture" 2>"$tap_dir/truth"

# same FILE [WHAT]: both readers sum up the same, of more than nothing; the second may read another file.
same() {
	"$count_file" -s "$1" >"$tap_dir/saw" && "$count_pcap" -s "${2-$1}" >"$tap_dir/want" &&
		! grep -q '^0 records' "$tap_dir/want" && diff "$tap_dir/want" "$tap_dir/saw"
}

from_pipe() {
	"$count_file" -s "$capture" >"$tap_dir/want"
	"$@" <"$capture" | "$count_file" -s - >"$tap_dir/saw"
	diff "$tap_dir/want" "$tap_dir/saw"
}

# by_tool NAME TOOL COMMAND...: a file that the command makes of the capture.
by_tool() {
	name=$1 tool=$2
	shift 2
	command -v "$tool" >/dev/null || { skip "$name" "needs $tool: not installed"; return 0; }
	"$tool" "$@" >/dev/null 2>&1 || :
	check "$name" same "$tap_dir/made"
	rm -f "$tap_dir/made"
}

# What the generator wrote is deterministic, in time's order, and what it says.
repeats() {
	"$synthesize" 1 "$connections" 2>/dev/null | cmp - "$capture" &&
		! "$synthesize" 2 "$connections" 2>/dev/null | cmp -s - "$capture"
}

truth() {
	awk -F'\t' -v what="$1" '$2 == what { print $1 }' "$tap_dir/truth"
}

segments_told() {
	[ "$("$count_pcap" "$capture")" = "$(truth segments) records" ] &&
		[ "$(wc -c <"$capture")" = "$(truth bytes)" ]
}

connections_found() {
	found=$(tshark -r "$capture" -q -z conv,tcp 2>/dev/null | grep -c '<->')
	echo "tshark: $found; generator: $(truth connections)"
	[ "$found" = "$(truth connections)" ] && [ "$(truth connections)" = "$connections" ]
}

check "the generator's capture" same "$capture"
check "the same seed, the same capture" repeats
check "the generator's counts" segments_told
check "from a pipe" from_pipe cat
check "from a pipe, compressed" from_pipe gzip
for format in pcap nsecpcap pcapng modpcap; do
	by_tool "editcap -F $format" editcap -F "$format" "$capture" "$tap_dir/made"
done
by_tool "editcap -F pcapng, cut short by snaplen" editcap -s 60 -F pcapng "$capture" "$tap_dir/made"
by_tool "tcpdump, microseconds" tcpdump --micro -r "$capture" -w "$tap_dir/made"
by_tool "tcpdump, nanoseconds" tcpdump --nano -r "$capture" -w "$tap_dir/made"
if command -v tshark >/dev/null; then
	check "tshark finds as many connections" connections_found
else
	skip "tshark finds as many connections" "needs tshark: not installed"
fi
tap_end
