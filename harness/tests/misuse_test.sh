#!/bin/sh
# What is asked for and would not be done is refused, with what to do instead: options that are for something else, empty
# files, a filter that nothing passes.
# usage: misuse_test.sh LASTACK CASES-FOLDER
set -u
lastack=$1 cases=$2
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/trouble.sh"
record=$bin/cases/field-guide.record
: >"$tap_dir/empty.record"
run_=$bin/lastack

while IFS='|' read -r arguments text; do
	# shellcheck disable=SC2086 # the arguments are meant to be split
	check "lastack $arguments" refuses 2 "$text" "$run_" $(echo "$arguments" | sed "s#RECORD#$record#")
done <<'LIST'
matrix RECORD -c unread|--case is for stacks, and only record files are named
matrix -j 2 RECORD|--jobs is for stacks
matrix RECORD -d matrix|--folder is for stacks
matrix -a RECORD|--all-variants is for stacks
matrix host -f html|--format is for record files alone: of stacks every format is written into the folder that -d names
matrix RECORD host -J|--json is for record files alone
matrix -o page.html host|--output is for record files alone
repro -o x.c ECONNRESET|--output goes with --emit
repro --list|--list goes with --emit
repro -k x.pcap -q ECONNRESET|--keep does not go with --no-run
repro -e c -k x.pcap unread/close|--keep does not go with --emit
repro unread/clsoe|did you mean 'unread/close'?
fetch --list --check|want one of --list and --check
LIST

names_its_format() {
	run "$run_" matrix -o "page.$1" "$record"
	says_status 0 && leaves_only "page.$1" && "$run_" matrix -f "$2" "$record" | cmp - "$work/page.$1"
}
check "a page.html is HTML" names_its_format html html
check "a page.json is JSON" names_its_format json json
check "a page.txt is Markdown" names_its_format txt md

# A part of a run may be empty; but so is what was cut off.
notes_empty() {
	wanted=$1
	shift
	run "$run_" "$@"
	says_status "$wanted" && holds "$tap_dir/stderr" "$tap_dir/empty.record: no record in it"
}
check "matrix of an empty file" notes_empty 0 matrix "$tap_dir/empty.record"
check "diff with an empty file" notes_empty 1 diff "$record" "$tap_dir/empty.record"

takes_both() {
	run "$run_" matrix "$record" host -c unread/close -d m
	says_status 0 && holds "$work/m/matrix.md" "$("$run_" matrix "$record" | sed -n '1s/^- \([^:]*\):.*/\1/p')"
}
nothing_passes() {
	run "$run_" explain --filter "$1" "$tap_dir/kept.pcap"
	says_status 0 && holds "$tap_dir/stdout" ': 0 connections' &&
		holds "$tap_dir/stderr" 'none of 1 connection has the end that --filter names: --all shows theirs'
}
counts_one() {
	run "$run_" run -q -o none "$tap_dir/one.case"
	holds "$tap_dir/stdout" '1 case, 1 run in '
}
no_folder() {
	run env TMPDIR=/nonexistent "$run_" matrix -d m host -c unread/close
	says_status 2 && holds "$tap_dir/stdout" '/nonexistent: no folder can be made here: No such file or directory; set TMPDIR'
}
if can_run; then
	check 'record files and stacks together' takes_both
	(cd "$tap_dir" && "$run_" repro -n 1 -k kept.pcap unread/close) >"$tap_dir/said" 2>&1
	check 'a filter that nothing passes' nothing_passes :1
	printf '%s\n' '# One byte can be sent.' 'run      ipv4' '' 'client   send 1 = 1' >"$tap_dir/one.case"
	check 'one is not many' counts_one
	check 'TMPDIR that is not there' no_folder
else
	skip 'runs' 'needs a network namespace'
fi
tap_end
