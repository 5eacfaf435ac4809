#!/bin/sh
# lastack run --lwip: cases conducted against every lwIP that is in the cache of fetched packages.
# usage: lwip_test.sh LASTACK CASES-FOLDER
set -u
lastack=$1 cases=$2
. "$(dirname "$0")/tap.sh"
export LASTACK_CASES="$cases" LASTACK_MUST_RUN=0
cache=${LASTACK_CACHE-${XDG_CACHE_HOME-$HOME/.cache}/lastack}

# unpack VERSION: the files of its two packages, in $tap_dir/VERSION.
unpack() {
	for package in "$cache"/*-liblwip0*_"$1"_*.deb "$cache"/*-liblwip-dev_"$1"_*.deb; do
		dpkg-deb -x "$package" "$tap_dir/$1" || return 1
	done
}

# observe FILE VERSION ARGUMENT...
observe() {
	file=$tap_dir/$1 folder=$tap_dir/$2
	shift 2
	timeout 500 "$lastack" observe --lwip "$folder" -o "$file" "$@" 2>"$tap_dir/errors" ||
		{ cat "$tap_dir/errors"; return 1; }
}

# shows CASE VARIANT LINE...: the calls and the segments of its record, without times and details, are these.
shows() {
	run="$1 $2"
	shift 2
	printf '%s\n' "$@" >"$tap_dir/want"
	awk -v run="$run" -f "$(dirname "$0")/told.awk" "$tap_dir/record" | diff "$tap_dir/want" - || { cat "$tap_dir/record"; return 1; }
}

# What an lwIP on a TAP device, and one that talks to itself, showed as well.
unread_data_resets() {
	observe record "$1" unread/close &&
		shows unread/close ipv4 'client send 7 = 7' 'wire client data 7' 'server poll IN = IN' \
			'server close = 0' 'wire server RST,ACK' 'client recv 64 = -1 ECONNRESET' \
			'client recv 64 = -1 ECONNRESET' 'client send 1 = -1 ENOTCONN'
}

zero_linger_with_nothing_unsent_is_no_abort() {
	cat >"$tap_dir/linger.case" <<-'CASE'
	# Zero linger.
	cite     RFC 9293 3.6
	run      ipv4 ipv6 mapped swapped

	server   setsockopt SO_LINGER 1 0 = any
	server   close                    = any
	client   recv 64                  = any
	CASE
	observe record "$1" "$tap_dir/linger.case" || return 1
	for variant in ipv4 ipv6 mapped swapped; do
		shows user/linger $variant 'server setsockopt SO_LINGER 1 0 = 0' 'server close = 0' \
			'wire server FIN' 'client recv 64 = 0' || return 1
	done
}

second_send_after_close_is_no_epipe() {
	cat >"$tap_dir/after.case" <<-'CASE'
	# Sending to an end that is closed.
	cite     RFC 9293 3.6.1
	run      ipv4

	server   close   = any
	client   recv 64 = any
	client   send 5  = any
	client   send 1  = any
	client   recv 64 = any
	CASE
	observe record "$1" "$tap_dir/after.case" &&
		shows user/after ipv4 'server close = 0' 'wire server FIN' 'client recv 64 = 0' \
			'client send 5 = 5' 'wire client data 5' 'wire server RST,ACK' \
			'client send 1 = -1 ECONNRESET' 'client recv 64 = -1 ENOTCONN'
}

# The stack's clock: 120 s of it are nothing to us.
time_wait_passes_at_once() {
	cat >"$tap_dir/wait.case" <<-'CASE'
	# TIME-WAIT.
	cite     RFC 9293 3.6
	run      ipv4

	client   close            = any
	server   close            = any
	client   state            = any
	client   until none       = any
	CASE
	observe record "$1" "$tap_dir/wait.case" &&
		shows user/wait ipv4 'client close = 0' 'wire client FIN' 'server close = 0' \
			'wire server FIN' 'client state = TIME-WAIT' 'client until none = none' &&
		grep -Eq 'until none *= none *in 1[12][0-9]{7}us' "$tap_dir/record"
}

a_call_that_never_returns_is_the_last_step() {
	cat >"$tap_dir/never.case" <<-'CASE'
	# Nothing to read.
	cite     RFC 9293 3.9.1
	run      ipv4

	client   recv 64 = any
	client   close   = any
	CASE
	observe record "$1" "$tap_dir/never.case" && shows user/never ipv4 'client recv 64 = blocked'
}

the_raw_peer_is_answered() {
	cat >"$tap_dir/peer.case" <<-'CASE'
	# A segment of a raw peer.
	cite     RFC 9293 3.10
	run      ipv4 ipv6
	peer     > FIN,ACK        = sent
	server   recv 64          = 0
	peer     <                = any
	server   close            = 0
	CASE
	observe record "$1" "$tap_dir/peer.case" || return 1
	for variant in ipv4 ipv6; do
		grep -A6 "^record *user/peer $variant " "$tap_dir/record" >"$tap_dir/part"
		holds "$tap_dir/part" 'ACK seq 1 ack 2' && holds "$tap_dir/part" 'server FIN' || return 1
	done
}

what_lacks_is_named() {
	observe record "$1" references/exec-closes-cloexec unix || return 1
	holds "$tap_dir/record" "skip    lwip has no exec" && holds "$tap_dir/record" "skip    lwip has no Unix sockets"
}

# No counter of the kernel's TCP can have moved, and nobody but the stacks has sent anything.
is_the_same_again() {
	observe record "$1" simultaneous &&
		observe again "$1" simultaneous &&
		"$lastack" diff "$tap_dir/record" "$tap_dir/again" &&
		holds "$tap_dir/record" "record  simultaneous" &&
		holds "$tap_dir/record" "lwip ${1%%+*} " &&
		! grep '^broken' "$tap_dir/record" "$tap_dir/again"
}

says_what_is_missing() {
	mkdir -p "$tap_dir/empty"
	timeout 300 "$lastack" run --lwip "$tap_dir/empty" unread/close 2>"$tap_dir/errors"
	[ $? = 2 ] && holds "$tap_dir/errors" "want the files of liblwip0"
}

says_that_there_is_no_compiler() {
	CC=no-such-compiler timeout 300 "$lastack" run --lwip "$tap_dir/$1" unread/close 2>"$tap_dir/errors"
	[ $? = 2 ] && holds "$tap_dir/errors" "want a C compiler"
}

# Out of the pinned packages, by the engine.
is_a_column() {
	number=${1%%+*}
	grep -q "^stack *lwip-$number " "$(dirname "$0")/../../results/stacks.conf" || return 0
	timeout 500 "$lastack" matrix -d "$tap_dir/matrix" -c unread "lwip-$number" >"$tap_dir/summary" 2>&1
	holds "$tap_dir/summary" "lwip-$number" &&
		holds "$tap_dir/matrix/matrix.md" "lwip $number " && ! grep 'BROKEN [1-9]' "$tap_dir/matrix/matrix.md"
}

is_a_column_that_says_why() {
	CC=no-such-compiler timeout 300 "$lastack" matrix -d "$tap_dir/matrix" -c unread "lwip:$tap_dir/$1" \
		>"$tap_dir/summary" 2>&1
	[ $? = 2 ] && holds "$tap_dir/summary" "no-such-compiler: not found"
}

check "a folder without lwIP" says_what_is_missing
versions=$(ls "$cache" 2>/dev/null | sed -n 's/^.*-liblwip0[^_]*_\([^_]*\)_.*\.deb$/\1/p' | sort)
if ! cc --version >/dev/null 2>&1; then
	skip "cases on lwIP" "needs a C compiler, cc"
elif [ -z "$versions" ]; then
	skip "cases on lwIP" "needs Debian's liblwip0 and liblwip-dev in the cache: lastack fetch"
else
	for version in $versions; do
		check "$version: its packages unpack" unpack "$version"
		for name in unread_data_resets zero_linger_with_nothing_unsent_is_no_abort \
			second_send_after_close_is_no_epipe time_wait_passes_at_once \
			a_call_that_never_returns_is_the_last_step the_raw_peer_is_answered \
			what_lacks_is_named is_the_same_again says_that_there_is_no_compiler is_a_column \
			is_a_column_that_says_why; do
			check "$version: $(echo $name | tr _ ' ')" $name "$version"
		done
	done
fi
tap_end
