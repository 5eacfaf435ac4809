#!/bin/sh
# A run that the machine was late for is done again; one that it was not late for never is. The conductor is made to
# wait for 300 ms before a step that must come before TCP_CORK's 200 ms are over.
# usage: late_run_test.sh LASTACK LASTACK-CHECK CASES-FOLDER LATE-SEND.so
set -u
lastack=$1 lastack_check=$2 cases=$3 late_send=$4
. "$(dirname "$0")/tap.sh"
export LASTACK_CASES="$cases" LASTACK_MUST_RUN=0 LATE_GIVEN="$tap_dir/given" LATE_LINE=7
export ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0:detect_leaks=0"

cat >"$tap_dir/cork.case" <<'CASE'
# TCP_CORK holds five bytes back for 200 ms.
cite     tcp(7) TCP_CORK
run      ipv4

client   setsockopt TCP_CORK 1 = 0
client   send 5                = 5
client   ioctl SIOCOUTQNSD     = 5

wire     nothing
CASE
sed 's/SIOCOUTQNSD     = 5/SIOCOUTQNSD     = 6/' "$tap_dir/cork.case" >"$tap_dir/lie.case"
cat >"$tap_dir/deaf.case" <<'CASE'
# What does not depend on a timer.
cite     RFC 9293 3.10.3
run      ipv4

client   send 5                = 5
server   recv 5                = 5
client   ioctl SIOCOUTQNSD     = 0
CASE

cat >"$tap_dir/loose.case" <<'CASE'
# What TCP_CORK holds back is nobody's business here.
cite     tcp(7) TCP_CORK
run      ipv4

client   setsockopt TCP_CORK 1 = 0
client   send 5                = 5
client   ioctl SIOCINQ         = 0
CASE

cat >"$tap_dir/cable.case" <<'CASE'
# A cable is pulled before TCP_CORK's 200 ms are over.
cite     tcp(7) TCP_CORK
run      ipv4
needs    veth

client   setsockopt TCP_CORK 1 = 0
client   send 5                = 5
server   link down             = 0
client   ioctl SIOCOUTQNSD     = 5

wire     nothing
CASE

record=$tap_dir/record

# late TIMES GIVEN COMMAND...: the step comes late so many times, and so is done GIVEN times. Leaves $status and both
# outputs.
late() {
	LATE_TIMES=$1 want_given=$2
	export LATE_TIMES
	shift 2
	for again in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		rm -f "$LATE_GIVEN" "$record"
		LD_PRELOAD=$late_send timeout 300 "$@" >"$tap_dir/stdout" 2>"$tap_dir/stderr"
		status=$? given=$(wc -c <"$LATE_GIVEN")
		is_late_of_itself || break
	done
	cat "$tap_dir/stdout" "$tap_dir/stderr"
}

# The machine is busy: then it was done more often, or the last time, which was not to be late, was.
is_late_of_itself() {
	[ "$given" -gt "$want_given" ] || { [ "$want_given" -gt "$LATE_TIMES" ] && grep -qs '^late ' "$record"; }
}

# ended STATUS: so it ended, and so often the step was done.
ended() {
	[ "$status" = "$1" ] || { echo "want exit status $1, saw $status"; return 1; }
	[ "$given" = "$want_given" ] || { echo "want the step done $want_given times, saw $given"; return 1; }
}

late_once() {
	late 1 2 "$lastack" run -o "$record" "$tap_dir/cork.case"
	ended 0 && holds "$record" 'again   1' && holds "$record" 'end     PASS' &&
		holds "$tap_dir/stdout" '1 run was done again: the machine was late' && ! grep '^late' "$record"
}

# What the conductor does itself is late as an order is.
cable_late_once() {
	LATE_LINK=1 late 1 2 "$lastack" run -o "$record" "$tap_dir/cable.case"
	ended 0 && holds "$record" 'again   1' && holds "$record" 'end     PASS'
}

late_always() {
	late 100 6 "$lastack" run -o "$record" "$tap_dir/cork.case"
	ended 2 && holds "$record" 'again   5' && grep -E '^late    ([3-9][0-9]{2}|[0-9]{4,}) ms$' "$record" &&
		grep -E '^end     BROKEN the machine was late by [0-9]+ ms here and in 5 runs before: line 7: ' "$record"
}

fails_in_time() {
	late 0 1 "$lastack" run -o "$record" "$tap_dir/lie.case"
	ended 1 && holds "$record" 'end     FAIL line 7: ' && ! grep -E '^(late|again)' "$record" &&
		! grep 'done again' "$tap_dir/stdout"
}

# A run that was late and fails, then in time and fails: the second counts.
fails_late_and_in_time() {
	late 1 2 "$lastack" run -o "$record" "$tap_dir/lie.case"
	ended 1 && holds "$record" 'again   1' && holds "$record" 'end     FAIL line 7: '
}

passes_late() {
	late 100 1 "$lastack" run -o "$record" "$tap_dir/deaf.case"
	ended 0 && holds "$record" 'end     PASS' && grep '^late ' "$record" && ! grep '^again' "$record"
}

# As wanted each time, but late it shows a segment more: the repeats in time count, whichever comes first.
repeats_late_first() {
	late 1 3 "$lastack" run -j 1 -n 3 -o "$record" "$tap_dir/loose.case"
	ended 0 && holds "$tap_dir/stdout" '0 of 2 repeats differed' && ! grep '^late' "$record"
}

repeats_late_between() {
	LATE_FROM=2 late 1 4 "$lastack" run -j 1 -n 3 -o "$record" "$tap_dir/loose.case"
	ended 0 && holds "$tap_dir/stdout" '0 of 2 repeats differed' &&
		holds "$tap_dir/stdout" '1 run was done again: the machine was late'
}

# Late each time it is not as it was in time.
repeats_late_on() {
	LATE_FROM=2 late 100 7 "$lastack" run -j 1 -n 2 -o "$record" "$tap_dir/loose.case"
	ended 1 && holds "$tap_dir/stdout" '1 of 1 repeats differed'
}

# Nobody judges there, so every late run is void.
observed_again() {
	late 1 2 "$lastack" observe -o "$record" "$tap_dir/deaf.case"
	ended 0 && holds "$record" 'again   1' && ! grep '^late' "$record"
}

checked_once() {
	late 1 2 "$lastack_check" "$tap_dir/cork.case"
	ended 0 && holds "$tap_dir/stdout" 'ok 1 ipv4' &&
		holds "$tap_dir/stdout" '# ipv4: was late and was done again: 1'
}

checked_always() {
	late 100 6 "$lastack_check" "$tap_dir/cork.case"
	ended 0 && holds "$tap_dir/stdout" 'not ok 1 ipv4' &&
		holds "$tap_dir/stdout" 'Bail out! ipv4: the machine was late by '
}

checked_in_time() {
	late 0 1 "$lastack_check" "$tap_dir/lie.case"
	ended 0 && holds "$tap_dir/stdout" 'not ok 1 ipv4' && ! grep -E 'again|Bail' "$tap_dir/stdout"
}

# Judged anew from its file it is what it was.
record_stands() {
	late 100 6 "$lastack" run -o "$record" "$tap_dir/cork.case"
	"$lastack" diff "$record" "$record"
}

if ! unshare -rn true 2>"$tap_dir/errors"; then
	skip 'late runs' "needs the right to make namespaces: $(cat "$tap_dir/errors")"
	tap_end
fi
check 'late once: done again once, and passes' late_once
check 'late with the link: done again once, and passes' cable_late_once
check 'late each time: BROKEN, and why' late_always
check 'not as wanted and in time: FAIL at once' fails_in_time
check 'not as wanted late and in time: FAIL' fails_late_and_in_time
check 'as wanted although late: PASS at once' passes_late
check 'repeated, the first one late: what was in time counts' repeats_late_first
check 'repeated, one between late: done again' repeats_late_between
check 'repeated, late ever after: differs' repeats_late_on
check 'observed late: observed again' observed_again
check 'lastack-check: late once' checked_once
check 'lastack-check: late each time' checked_always
check 'lastack-check: not as wanted and in time' checked_in_time
check 'a late record can be read' record_stands
tap_end
