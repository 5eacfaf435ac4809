#!/bin/sh
# lastack run --shard: the parts together are the whole, no run is in two of them, and misuse is said.
# usage: shard_test.sh LASTACK CASES-FOLDER
set -u
lastack=$1 cases=$2
. "$(dirname "$0")/tap.sh"
export LASTACK_CASES="$cases" LASTACK_MUST_RUN=0
topic=self-connect

# runs_of FILE ARGUMENT...: which runs it did.
runs_of() {
	file=$1
	shift
	timeout 300 "$lastack" run -q -o "$tap_dir/record" "$@" >"$tap_dir/summary" 2>&1 || :
	sed -n 's/^record  *\([^ ]*\) \([^ ]*\) .*/\1 \2/p' "$tap_dir/record" >"$tap_dir/$file"
}

parts_are_the_whole() {
	runs_of whole "$topic"
	[ "$(wc -l <"$tap_dir/whole")" -gt 8 ] || { echo "want more than 8 runs in $topic"; return 1; }
	: >"$tap_dir/parts"
	for part in 1 2 3; do
		runs_of part --shard "$part/3" "$topic"
		[ -s "$tap_dir/part" ] || { echo "part $part is empty"; return 1; }
		cat "$tap_dir/part" >>"$tap_dir/parts"
	done
	sort "$tap_dir/whole" >"$tap_dir/want"
	sort "$tap_dir/parts" | diff "$tap_dir/want" -
}

observed_parts_are_the_whole() {
	: >"$tap_dir/parts"
	for part in 1 2 3; do
		timeout 300 "$lastack" observe --shard "$part/3" -o "$tap_dir/record" "$topic" || return 1
		sed -n 's/^record  *\([^ ]*\) \([^ ]*\) .*/\1 \2/p' "$tap_dir/record" >"$tap_dir/part"
		holds "$tap_dir/record" "# complete $(wc -l <"$tap_dir/part")" || return 1
		cat "$tap_dir/part" >>"$tap_dir/parts"
	done
	sort "$tap_dir/parts" | diff "$tap_dir/want" -
}

summary_says_which_part() {
	runs_of part --shard 2/3 "$topic"
	holds "$tap_dir/summary" "part 2 of 3: "
}

is_the_same_again() {
	runs_of once --shard 1/3 "$topic"
	runs_of again --shard=1/3 "$topic"
	cmp "$tap_dir/once" "$tap_dir/again"
}

# A part of a selection is that selection's part of the whole, so another machine may select otherwise.
does_not_depend_on_the_selection() {
	runs_of part --shard 1/2 "$topic" simultaneous
	runs_of alone --shard 1/2 "$topic"
	grep "^$topic/" "$tap_dir/part" | diff - "$tap_dir/alone"
}

# Three variants, a thousand parts: most have none of them.
empty_part_is_no_trouble() {
	for part in 1 2 3 4; do
		timeout 300 "$lastack" run --shard "$part/1000" -o "$tap_dir/record" "$topic" >"$tap_dir/summary" 2>&1 ||
			{ echo "exit status $?"; cat "$tap_dir/summary"; return 1; }
	done
	"$lastack" matrix "$tap_dir/record" >/dev/null
}

refuses() {
	"$lastack" run --shard "$1" -o none "$topic" >"$tap_dir/stdout" 2>"$tap_dir/stderr"
	[ $? = 2 ] || { echo "want exit status 2"; return 1; }
	holds "$tap_dir/stderr" "--shard $1: want I/N" && [ ! -s "$tap_dir/stdout" ]
}

check "the parts are the whole, and disjoint" parts_are_the_whole
check "so are the parts of observe" observed_parts_are_the_whole
check "the summary says which part" summary_says_which_part
check "a part is the same again" is_the_same_again
check "a part does not depend on the selection" does_not_depend_on_the_selection
check "an empty part is no trouble" empty_part_is_no_trouble
for text in 0/4 5/4 x '' 4 1/ 1/0 1/2/3 1/1001; do
	check "--shard '$text' is refused" refuses "$text"
done
tap_end
