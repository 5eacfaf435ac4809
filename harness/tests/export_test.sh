#!/bin/sh
# lastack export: what KTAP's readers and KCIDB are given of a real run, and how misuse is answered.
# usage: export_test.sh LASTACK CASES-FOLDER RESULTS-TESTS-FOLDER
set -u
lastack=$1 cases=$2 results=$3
. "$(dirname "$0")/tap.sh"
must_run=${LASTACK_MUST_RUN-}
export LASTACK_CASES="$cases" LASTACK_MUST_RUN=0 LC_ALL=C
topic=self-connect

# Of one kernel: all that PASS, or are SKIP where no namespace can be had; and one that FAILs.
make_records() {
	timeout 300 "$lastack" run -q -o "$tap_dir/run.record" "$topic" >"$tap_dir/summary" 2>&1 || return 1
	printf '# It is not so.\nrun ipv4 ipv6\n\nclient close = -1 EPIPE\n' >"$tap_dir/lie.case"
	in_time "$tap_dir/lie.record" timeout 300 "$lastack" run -q -o "$tap_dir/lie.record" "$tap_dir/lie.case" >"$tap_dir/summary" 2>&1
	[ -s "$tap_dir/run.record" ] && [ -s "$tap_dir/lie.record" ]
}

# Reads KTAP as its specification has it: every line is of one of the four kinds, numbers follow each
# other, every plan is kept, and a test is not ok exactly if one below it is not.
read_ktap() {
	awk '
		function wrong(why) { print FILENAME ":" FNR ": " why ": " $0; bad = 1; exit 1 }
		{ match($0, /^ */); depth = RLENGTH / 2; line = substr($0, RLENGTH + 1) }
		line == "KTAP version 1" { if (depth != last + 1 && depth) wrong("nested too deep"); n[depth] = 0; plan[depth] = -1; failed[depth] = 0; last = depth; next }
		line ~ /^1\.\.[0-9]+$/ { if (plan[depth] != -1) wrong("second plan"); plan[depth] = substr(line, 4) + 0; next }
		line ~ /^# / { next }
		line ~ /^(not )?ok [0-9]+ [^#]+( # (SKIP|XFAIL|ERROR|TIMEOUT)( .*)?)?$/ {
			number = line; sub(/^(not )?ok /, "", number)
			if (number + 0 != ++n[depth]) wrong("number")
			if (last == depth + 1) {
				if (n[last] != plan[last]) wrong("plan of the tests below not kept")
				if ((line ~ /^not/) != (failed[last] > 0)) wrong("not what the tests below say")
			} else if (last != depth) wrong("depth")
			failed[depth] += line ~ /^not/; last = depth; tests[depth]++; next
		}
		{ wrong("no line of KTAP") }
		END { if (bad) exit 1; if (n[0] != plan[0]) { print "plan not kept"; exit 1 }
			printf "%d %d %d %d\n", tests[0], tests[1], tests[2], failed[0] }' "$1"
}

ktap_is_read() {
	"$lastack" export "$tap_dir/run.record" "$tap_dir/lie.record" >"$tap_dir/ktap" || return 1
	read_ktap "$tap_dir/ktap" >"$tap_dir/counts" || { cat "$tap_dir/counts"; return 1; }
	runs=$(cat "$tap_dir/run.record" "$tap_dir/lie.record" | grep -c '^record ')
	names=$(cat "$tap_dir/run.record" "$tap_dir/lie.record" | awk '/^record / { print $2 }' | sort -u | wc -l)
	failed=$(grep -c '^end     FAIL' "$tap_dir/lie.record")
	echo "1 $names $runs $((failed > 0))" | diff - "$tap_dir/counts"
}

# Else the reader above would take anything.
ktap_broken() {
	sed "$1" "$tap_dir/ktap" >"$tap_dir/broken"
	! cmp -s "$tap_dir/ktap" "$tap_dir/broken" || { echo "nothing was broken"; return 1; }
	! read_ktap "$tap_dir/broken" >"$tap_dir/counts" 2>&1 || { echo "want it refused"; cat "$tap_dir/counts"; return 1; }
}

standard_input_is_read() {
	"$lastack" export - <"$tap_dir/run.record" >"$tap_dir/once" &&
		"$lastack" export --format=ktap "$tap_dir/run.record" | cmp - "$tap_dir/once"
}

kcidb_is_valid() {
	"$lastack" export --format kcidb --origin our_ci --run 17 "$tap_dir/run.record" "$tap_dir/lie.record" \
		>"$tap_dir/report.json" || return 1
	LASTACK_MUST_RUN=$must_run python3 "$results/kcidb_test.py" "$results/kcidb-schema.json" "$tap_dir/report.json" \
		"$results/data/three.kcidb.json" >"$tap_dir/valid" || return 1
	! grep '^not ok' "$tap_dir/valid" || return 1
	runs=$(cat "$tap_dir/run.record" "$tap_dir/lie.record" | grep -c '^record ')
	[ "$(grep -c '"path": "lastack\.' "$tap_dir/report.json")" = "$runs" ] || { echo "want $runs tests"; return 1; }
}

# refuses TEXT ARGUMENT...
refuses() {
	text=$1
	shift
	"$lastack" export "$@" >"$tap_dir/stdout" 2>"$tap_dir/stderr"
	[ $? = 2 ] || { echo "want exit status 2"; return 1; }
	holds "$tap_dir/stderr" "$text" && [ ! -s "$tap_dir/stdout" ]
}

cut_off_file_is_refused() {
	head -c -20 "$tap_dir/run.record" >"$tap_dir/cut.record"
	refuses "cut.record:" -f "$1" "$tap_dir/run.record" "$tap_dir/cut.record"
}

# Between two records: only the last line tells. refuses_part FORMAT AWK-PROGRAM
refuses_part() {
	awk "$2" "$tap_dir/run.record" >"$tap_dir/part.record"
	! cmp -s "$tap_dir/run.record" "$tap_dir/part.record" || { echo "nothing was cut"; return 1; }
	refuses "part.record: cut off" -f "$1" "$tap_dir/part.record" "$tap_dir/run.record"
}

refuses_part_before_whole() {
	awk 'n < 2; /^$/ { n++ }' "$tap_dir/run.record" | cat - "$tap_dir/lie.record" >"$tap_dir/mixed.record"
	refuses "mixed.record: cut off" "$tap_dir/mixed.record"
}

streams_behind_each_other_are_read() {
	cat "$tap_dir/run.record" "$tap_dir/lie.record" >"$tap_dir/both.record"
	"$lastack" export "$tap_dir/both.record" | cmp - "$tap_dir/ktap"
}

full_disk_is_said() {
	[ -e /dev/full ] || return 0
	"$lastack" export -f "$1" "$tap_dir/run.record" 2>"$tap_dir/stderr" >/dev/full
	[ $? = 2 ] && holds "$tap_dir/stderr" "cannot write to standard output"
}

check "records are made" make_records
check "KTAP reads as its specification says" ktap_is_read
for change in 's/1\.\.2/1..3/' '/lie/s/not ok/ok/' 's/ok 2/ok 3/' 's/^  KTAP/    KTAP/' '$d' 's/^    ok 1/    okay 1/' 's/ # XFAIL\|ipv4/&#/'; do
	check "KTAP broken by $change is refused" ktap_broken "$change"
done
check "standard input is read" standard_input_is_read
check "streams written one behind the other are read" streams_behind_each_other_are_read
check "a part before a whole stream is refused" refuses_part_before_whole
if python3 -c 'import jsonschema' 2>/dev/null; then
	check "KCIDB's schema takes the report" kcidb_is_valid
else
	LASTACK_MUST_RUN=$must_run
	skip "KCIDB's schema takes the report" "needs python3-jsonschema"
fi
for format in ktap kcidb; do
	check "$format of a file cut off is refused" cut_off_file_is_refused $format
	check "$format of a stream cut off behind a record is refused" refuses_part $format 'n < 2; /^$/ { n++ }'
	check "$format of a stream that lost its last line is refused" refuses_part $format '!/^# complete/'
	check "$format of a stream that lost a record is refused" refuses_part $format '/^record/ { n++ } n != 1'
	check "$format on a full disk is said" full_disk_is_said $format
done
check "no file" refuses "want a record file"
check "no such file" refuses "none.record: No such file" none.record
check "unknown format" refuses "want ktap or kcidb" --format junit "$tap_dir/run.record"
check "origin with a capital" refuses "--origin KernelCI: want" -f kcidb --origin KernelCI "$tap_dir/run.record"
check "build without origin" refuses "--build 17: want ORIGIN:ID" -f kcidb --build 17 "$tap_dir/run.record"
check "run with a blank" refuses "--run a b: want" -f kcidb --run 'a b' "$tap_dir/run.record"
check "kcidb's option with ktap" refuses "--run goes with --format kcidb" --run 17 "$tap_dir/run.record"
{
	cat "$results/data/three.record"
	echo "# complete $(grep -c '^record ' "$results/data/three.record")"
} >"$tap_dir/three.record"
check "one build for several systems" refuses "of several systems" -f kcidb --build a:b "$tap_dir/three.record"
tap_end
