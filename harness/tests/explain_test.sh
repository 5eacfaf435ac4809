#!/bin/sh
# lastack explain: of real captures, what it says in each of its forms, and how trouble is answered.
# usage: explain_test.sh LASTACK CASES-FOLDER
set -u
lastack=$1 cases=$2
. "$(dirname "$0")/tap.sh"
must_run=${LASTACK_MUST_RUN-}
export LASTACK_CASES="$cases" LASTACK_MUST_RUN=0 LC_ALL=C TZ=UTC
p=$tap_dir/p
unread=$p/unread-close.ipv4.pcap

# Captures of single runs; and all.pcap, one of three connections.
make_captures() {
	mkdir "$p"
	in_time "$tap_dir/record" timeout 300 "$lastack" run -q -j 1 -o "$tap_dir/record" -p "$p" unread/close abort/zero-linger-resets \
		close/active-close-ends-in-time-wait connect/refused-counts-a-failed-attempt >"$tap_dir/summary" 2>&1 || return 1
	{ cat "$unread"; tail -c +25 "$p/close-active-close-ends-in-time-wait.ipv6.pcap"; tail -c +25 "$p/abort-zero-linger-resets.ipv4.pcap"; } >"$tap_dir/all.pcap"
}

explain() {
	"$lastack" explain "$@" >"$tap_dir/stdout" 2>"$tap_dir/stderr"
	status=$?
}

explains() {
	explain "$@"
	[ $status = 0 ] || { echo "want exit status 0, saw $status"; cat "$tap_dir/stderr"; return 1; }
}

# says TEXT... of the last output
says() {
	for text; do holds "$tap_dir/stdout" "$text" || return 1; done
}

summary_and_worst() {
	explains "$tap_dir/all.pcap" && says "3 connections" " 33.3 %  unread-data " " 33.3 %  orderly " "
#0  127.0.0.1:" "ended it first, frame 6" "7 bytes from 127.0.0.1:" "or     abort, which leaves the same bytes" \
		"TCP_ABORT_ON_CLOSE" "show   lastack repro unread/close" "
#2  127.0.0.1:" || return 1
	! grep -q '^#1' "$tap_dir/stdout" || { echo "want nothing of the orderly one"; return 1; }
}

as_many_as_asked_for() {
	explains -n 1 "$tap_dir/all.pcap" && [ "$(grep -c '^#' "$tap_dir/stdout")" = 1 ] &&
		explains -n 0 "$tap_dir/all.pcap" && ! grep '^#' "$tap_dir/stdout"
}

all_lines() {
	explains --all "$tap_dir/all.pcap" && [ "$(wc -l <"$tap_dir/stdout")" = 4 ] || return 1
	awk 'NR == 1 { next } { print $1, $6, $NF }' "$tap_dir/stdout" | sort >"$tap_dir/lines"
	grep -q '^0 other unread-data|abort' "$tap_dir/lines" && grep -q '^1 .* orderly$' "$tap_dir/lines" &&
		grep -q '^2 .* abort' "$tap_dir/lines" || { cat "$tap_dir/lines"; return 1; }
	awk 'NR > 1 { if (substr($0, 117) != $NF) exit 1 }' "$tap_dir/stdout"
}

# The clock of the lines is that of the zone.
clock_is_local() {
	TZ=Asia/Kolkata explains --all "$unread" && awk 'NR == 2 { print $2, $3 }' "$tap_dir/stdout" >"$tap_dir/kolkata"
	TZ=UTC explains --json "$unread" || return 1
	begun=$(sed -n 's/.*"begun":"\([^Z]*\)...Z".*/\1/p' "$tap_dir/stdout")
	[ "$(TZ=Asia/Kolkata date -d "${begun}Z" '+%Y-%m-%d %H:%M:%S.%6N')" = "$(cat "$tap_dir/kolkata")" ]
}

filtered() {
	want=$1
	shift
	explains --all "$@" "$tap_dir/all.pcap" && [ "$(awk 'NR > 1 { print $1 }' "$tap_dir/stdout" | sort | tr -d '\n')" = "$want" ] || {
		echo "want connections $want"
		cat "$tap_dir/stdout"
		return 1
	}
}

ladder_is_drawn() {
	explains --ladder 0 "$tap_dir/all.pcap" && says "cause  unread-data" "- data 7 --------------->|" \
		"<-------------- RST,ACK - |" " frame 6 seq 1 ack 8 win " && LC_ALL=C.UTF-8 explains --ladder 0 "$tap_dir/all.pcap" &&
		says "─ data 7 ───" && LC_ALL=C.UTF-8 explains --ascii --ladder 0 "$tap_dir/all.pcap" && says "- data 7 ---"
}

case_runs() {
	explains --case 0 "$tap_dir/all.pcap" && cp "$tap_dir/stdout" "$tap_dir/proposed.case" || return 1
	timeout 300 "$lastack" run -o none "$tap_dir/proposed.case"
}

piped() {
	# shellcheck disable=SC2002 # a pipe is what is tested
	cat "$tap_dir/all.pcap" | "$lastack" explain - >"$tap_dir/piped" && "$lastack" explain - <"$tap_dir/all.pcap" >"$tap_dir/redirected" &&
		"$lastack" explain "$tap_dir/all.pcap" >"$tap_dir/named" || return 1
	for which in piped redirected; do
		[ "$(sed 1d "$tap_dir/$which")" = "$(sed 1d "$tap_dir/named")" ] || { diff "$tap_dir/$which" "$tap_dir/named"; return 1; }
	done
	grep -q '^standard input: 3 connections' "$tap_dir/piped"
}

# The first record of a capture: its length is in the header's third word.
one_segment() {
	head -c "$((40 + $(od -An -tu4 -j32 -N4 "$p/connect-refused-counts-a-failed-attempt.ipv4.pcap")))" \
		"$p/connect-refused-counts-a-failed-attempt.ipv4.pcap" >"$tap_dir/one.pcap"
	explains --ladder 0 "$tap_dir/one.pcap" && grep -q ': 1 segment, frame 1$' "$tap_dir/stdout" || { cat "$tap_dir/stdout"; return 1; }
}

no_escapes() {
	explains "$tap_dir/all.pcap" && ! grep "$(printf '\033')" "$tap_dir/stdout" "$tap_dir/stderr" && [ ! -s "$tap_dir/stderr" ]
}

# A record's header and 10 bytes of the next frame are left.
cut_short() {
	head -c "$(($(wc -c <"$tap_dir/all.pcap") - 20))" "$tap_dir/all.pcap" >"$tap_dir/cut.pcap"
	explains "$tap_dir/cut.pcap" && says "3 connections" && holds "$tap_dir/stderr" "cut short after record"
}

# The link type is in the last four bytes of the 24 at the beginning.
of_unknown_linktype() {
	{ head -c 20 "$unread"; printf '\223\0\0\0'; tail -c +25 "$unread"; } >"$tap_dir/odd.pcap"
	explain "$tap_dir/odd.pcap"
	[ $status = 2 ] && holds "$tap_dir/stderr" "link type 147" && holds "$tap_dir/stderr" "not understood"
}

without_tcp() {
	head -c 24 "$unread" >"$tap_dir/none.pcap"
	explains "$tap_dir/none.pcap" && says "0 connections" && holds "$tap_dir/stderr" "no TCP in 0 frames"
}

# refuses TEXT ARGUMENT...
refuses() {
	text=$1
	shift
	explain "$@"
	[ $status = 2 ] || { echo "want exit status 2, saw $status"; return 1; }
	holds "$tap_dir/stderr" "$text" && [ ! -s "$tap_dir/stdout" ]
}

full_disk_is_said() {
	[ -e /dev/full ] || return 0
	"$lastack" explain "$@" "$tap_dir/all.pcap" 2>"$tap_dir/stderr" >/dev/full
	[ $? = 2 ] && holds "$tap_dir/stderr" "cannot write to standard output"
}

help_fits() {
	[ "$("$lastack" explain --help | wc -l)" -le 24 ] || { "$lastack" explain --help; return 1; }
}

# Every case that it names is there.
named_cases_exist() {
	explains "$tap_dir/all.pcap" || return 1
	sed -n 's/^  show   lastack repro //p' "$tap_dir/stdout" | while read -r name; do [ -f "$cases/$name.case" ] || echo "$name"; done >"$tap_dir/missing"
	[ ! -s "$tap_dir/missing" ] || { cat "$tap_dir/missing"; return 1; }
}

check "captures are made" make_captures
if [ ! -s "$unread" ]; then
	LASTACK_MUST_RUN=$must_run
	skip "captures are explained" "needs a network namespace and a capture"
	tap_end
fi
check "a summary, and the worst" summary_and_worst
check "as many as asked for" as_many_as_asked_for
check "--all is a line each" all_lines
check "the clock is local" clock_is_local
check "--filter takes an address" filtered 02 --filter 127.0.0.1
check "--filter takes IPv6" filtered 1 --filter ::1
port=$("$lastack" explain --all "$unread" | awk 'NR == 2 { sub(/.*:/, "", $9); print $9 }')
check "--filter takes a port" filtered 0 --filter ":$port"
check "--filter takes both" filtered 0 --filter "127.0.0.1:$port"
check "--filter takes both of IPv6" filtered "" --filter "[::1]:$port"
check "--ladder draws" ladder_is_drawn
check "--case runs" case_runs
check "standard input is read" piped
check "one segment is one" one_segment
check "no colours, no progress in a pipe" no_escapes
# One frame of 74 bytes, of which 40 are there: TCP's header is not.
small_snaplen() {
	{
		printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\050\000\000\000\001\000\000\000'
		printf '\001\000\000\000\000\000\000\000\050\000\000\000\112\000\000\000'
		printf '\000\000\000\000\000\000\000\000\000\000\000\000\010\000'
		printf '\105\000\000\074\000\000\100\000\100\006\000\000\177\000\000\001\177\000\000\001\000\001\000\002\000\000'
	} >"$tap_dir/small.pcap"
	explains "$tap_dir/small.pcap"
	holds "$tap_dir/stderr" "1 frame cut short before the end of the headers: capture 128 bytes of each (tcpdump -s 128)"
}
check "a file cut short is explained up to there" cut_short
check "frames that are too short say how to capture" small_snaplen
check "an unknown link type is said" of_unknown_linktype
check "no TCP is said" without_tcp
check "the cases named exist" named_cases_exist
check "--help fits a screen" help_fits
for form in "" --all --json "--ladder 0" "--case 0"; do
	# shellcheck disable=SC2086
	check "a full disk is said ($form)" full_disk_is_said $form
done
: >"$tap_dir/empty.pcap"
check "an empty file" refuses "empty.pcap: " "$tap_dir/empty.pcap"
check "a directory" refuses "directory" "$tap_dir"
check "a text" refuses "explain_test.sh: " "$0"
check "no such file" refuses "none: No such file" "$tap_dir/none"
check "no file" refuses "want a capture file"
check "two files" refuses "want one file" "$unread" "$unread"
check "no such connection" refuses "no connection 3: there are 3, from 0" --ladder 3 "$tap_dir/all.pcap"
check "two forms at once" refuses "want one of --all, --json" --all --json "$unread"
check "a number that is none" refuses "--ladder x: want a number" --ladder x "$unread"
for filter in nowhere 1.2.3 127.0.0.1:x :70000 "[::1" "[::1]80" 1.2.3.4.5:80; do
	check "--filter $filter" refuses "--filter $filter: want ADDRESS:PORT" --filter "$filter" "$unread"
done
tap_end
