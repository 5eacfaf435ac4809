#!/bin/sh
# What `lastack explain` takes on seeded synthetic captures, against the least that any program takes which
# reads them by libpcap, and against tshark. All are run in turn, round after round, on the same machine in the
# same minutes: the ratios of the medians count, not the seconds.
# usage: explain_bench.sh SYNTHESIZE COUNT_FILE COUNT_PCAP MEASURE LASTACK
#   LASTACK_BENCH_ROUNDS=5  LASTACK_BENCH_CONNECTIONS="200000 2000000"
set -eu
synthesize=$1 count_file=$2 count_pcap=$3 measure=$4 lastack=$5
rounds=${LASTACK_BENCH_ROUNDS-5}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

# median FILE COLUMN
median() {
	cut -f "$2" "$1" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

# run NAME COMMAND...
run() {
	name=$1
	shift
	"$measure" "$folder/$name" "$@" >/dev/null 2>"$folder/error" || {
		echo "bench: $name failed: $(head -n 1 "$folder/error")" >&2
		echo "$name" >>"$folder/failed"
	}
}

# line NAME TITLE [TARGET]
line() {
	[ -s "$folder/$1" ] || return 0
	awk -v title="$2" -v target="${3-}" -v wall="$(median "$folder/$1" 1)" -v cpu="$(median "$folder/$1" 2)" \
		-v rss="$(median "$folder/$1" 3)" -v floor="$(median "$folder/count_pcap" 1)" 'BEGIN {
			printf "%-34s %8.3f s %8.3f s %8.1f MB %8.2f x  %s\n", title, wall, cpu, rss / 1024, wall / floor, target }'
}

has_explain() {
	"$lastack" explain --help >/dev/null 2>&1
}

# It is slow: in the first round, the middle one and the last, and not on what would take it minutes and all memory.
# is_for_tshark CONNECTIONS ROUND
is_for_tshark() {
	[ "$1" -le 500000 ] && command -v tshark >/dev/null &&
		{ [ "$2" = 1 ] || [ "$2" = $(((rounds + 1) / 2)) ] || [ "$2" = "$rounds" ]; }
}

# compare CONNECTIONS SNAPLEN EXPLAIN_TARGET
compare() {
	connections=$1 capture=$folder/capture.pcap
	"$synthesize" 1 "$1" "$2" >"$capture" 2>"$folder/truth" || return 1
	rm -f "$folder/count_pcap" "$folder/count_file" "$folder/explain" "$folder/explain_all" "$folder/tshark"
	cat "$capture" >/dev/null
	for round in $(seq "$rounds"); do
		! is_for_tshark "$1" "$round" || run tshark tshark -r "$capture" -q -z conv,tcp
		run count_pcap "$count_pcap" "$capture"
		run count_file "$count_file" "$capture"
		has_explain || continue
		run explain "$lastack" explain "$capture"
		run explain_all "$lastack" explain --all "$capture"
	done
	awk -F'\t' '$2 == "connections" || $2 == "segments" || $2 == "bytes" { printf "%s %s  ", $1, $2 } END { print "" }' "$folder/truth"
	printf '%-34s %10s %10s %11s %10s\n' "medians of $rounds rounds" clock CPU "at most" "clock/floor"
	line count_pcap "pcap_next_ex() alone: the floor"
	line count_file "own reader alone" "wanted: 0.35"
	line explain "lastack explain" "wanted: $3"
	line explain_all "lastack explain --all"
	line tshark "tshark -q -z conv,tcp (3 rounds)"
	[ ! -s "$folder/explain" ] || [ ! -s "$folder/tshark" ] ||
		awk -v slow="$(median "$folder/tshark" 1)" -v fast="$(median "$folder/explain" 1)" \
			'BEGIN { printf "lastack explain is %.0f times as fast as tshark (wanted: 60)\n", slow / fast }'
}

has_explain || echo "lastack has no word explain: left out" >&2
for connections in ${LASTACK_BENCH_CONNECTIONS-200000 2000000}; do
	# The larger one has shorter records, as the captures that the targets were set on.
	snaplen=540 wanted=1.5
	[ "$connections" -lt 1000000 ] || snaplen=310 wanted=2
	needed=$((connections * 3 / 2)) # KiB
	if [ "$(df -Pk "$folder" | awk 'NR == 2 { print $4 }')" -lt "$needed" ]; then
		echo "bench: no room for $connections connections ($needed KiB) in $folder: set TMPDIR" >&2
		continue
	fi
	compare "$connections" "$snaplen" "$wanted"
	echo
done
[ ! -e "$folder/failed" ]
