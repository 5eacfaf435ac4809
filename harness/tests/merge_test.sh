#!/bin/sh
# Record files of many machines as one: parts are the whole, what agrees is one, what does not is unstable.
# usage: merge_test.sh LASTACK CASES-FOLDER RESULTS-DATA-FOLDER
set -u
lastack=$1 cases=$2 data=$3
. "$(dirname "$0")/tap.sh"
export LASTACK_CASES="$cases" LASTACK_MUST_RUN=0 LC_ALL=C
a=$data/machine-a.record b=$data/machine-b.record c=$data/machine-c.record

# as_committed FILE WORD OPTION...: b agrees with a and knows more, c does not agree.
as_committed() {
	file=$1
	shift
	"$lastack" "$@" "$a" "$b" "$c" | diff "$data/$file" -
}

# The order of the machines decides which of two different behaviours is named first, and nothing else.
in_any_order() {
	for order in "$a $c $b" "$b $a $c" "$b $c $a" "$c $a $b" "$c $b $a"; do
		# shellcheck disable=SC2086 # three paths
		"$lastack" matrix $order | sed 's/unstable: RST,ACK or FIN/unstable: FIN or RST,ACK/' |
			diff "$data/machines.md" - || { echo "in the order $order"; return 1; }
	done
}

twice_is_once() {
	"$lastack" matrix "$a" >"$tap_dir/once" && "$lastack" matrix "$a" "$a" | diff "$tap_dir/once" - &&
		"$lastack" export "$a" >"$tap_dir/once" && "$lastack" export "$a" "$a" | diff "$tap_dir/once" -
}

# Deals the records of a real run out to three files, as if three machines had shared it.
deal_out() {
	timeout 1000 "$lastack" run -q -o "$tap_dir/whole.record" linger self-connect >"$tap_dir/summary" 2>&1
	awk -v folder="$tap_dir" '/^record /{ n++ } !/^#/ { print > (folder "/part-" n * 7 % 3 ".record") }' "$tap_dir/whole.record"
	for part in 0 1 2; do
		echo "# complete $(grep -c '^record ' "$tap_dir/part-$part.record")" >>"$tap_dir/part-$part.record"
	done
	[ "$(cat "$tap_dir"/part-[012].record | grep -c '^record ')" = "$(grep -c '^record ' "$tap_dir/whole.record")" ]
}

parts_are_the_whole() {
	"$lastack" "$@" "$tap_dir/whole.record" >"$tap_dir/whole" || return 1
	for order in "0 1 2" "2 0 1" "1 2 0"; do
		# shellcheck disable=SC2046,SC2086 # three paths
		"$lastack" "$@" $(printf "$tap_dir/part-%s.record " $order) | cmp "$tap_dir/whole" - ||
			{ echo "in the order $order"; return 1; }
	done
}

# What a guest sends has no verdicts; the export finds the same ones as the run did.
observed_is_judged() {
	sed 's/^end .*/end/' "$tap_dir/whole.record" >"$tap_dir/observed.record"
	"$lastack" export "$tap_dir/whole.record" >"$tap_dir/whole" || return 1
	"$lastack" export "$tap_dir/observed.record" | cmp "$tap_dir/whole" -
}

case_nobody_has_stays_unjudged() {
	sed 's/^end .*/end/; s,^record  linger/,record  elsewhere/,' "$tap_dir/whole.record" >"$tap_dir/observed.record"
	"$lastack" export "$tap_dir/observed.record" >"$tap_dir/ktap" || return 1
	holds "$tap_dir/ktap" "# SKIP not judged" && grep -q '^    ok [0-9]* ipv4$' "$tap_dir/ktap"
}

check "three machines in Markdown" as_committed machines.md matrix
check "three machines in JSON" as_committed machines.json matrix --format json
check "three machines in KTAP" as_committed machines.ktap export
check "three machines in any order" in_any_order
check "a record given twice is one" twice_is_once
check "a run is dealt out" deal_out
for format in md html csv json; do
	check "the parts are the whole, $format" parts_are_the_whole matrix --format $format
done
check "the parts are the whole, KTAP" parts_are_the_whole export
check "the parts are the whole, KCIDB" parts_are_the_whole export --format kcidb
check "what was only observed is judged" observed_is_judged
check "a case that is not here stays unjudged" case_nobody_has_stays_unjudged
tap_end
