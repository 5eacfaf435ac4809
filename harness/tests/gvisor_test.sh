#!/bin/sh
# Cases observed inside gVisor, by every runsc that is installed or in the cache of fetched packages.
# usage: gvisor_test.sh LASTACK CASES-FOLDER
set -u
lastack=$1 cases=$2
. "$(dirname "$0")/tap.sh"
export LASTACK_CASES="$cases" LASTACK_MUST_RUN="${LASTACK_MUST_RUN-0}"
cache=${LASTACK_CACHE-${XDG_CACHE_HOME-$HOME/.cache}/lastack}
cpu=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//') # the first of those that this process may run on

# sandbox PROGRAM ARGUMENT...: on one CPU; what the sandboxed program writes gets through a pipe in one piece.
sandbox() {
	mkdir "$tap_dir/root" || return 1
	{ timeout 600 taskset -c "${cpus-$cpu}" "$runsc" --root="$tap_dir/root" --platform=ptrace --network=none \
		--net-raw --ignore-cgroups do "$@" 2>"$tap_dir/errors"; echo $? >"$tap_dir/status"; } | cat
	rm -rf "$tap_dir/root"
	[ "$(cat "$tap_dir/status")" = 0 ] || { cat "$tap_dir/errors"; return 1; }
}

# observe FILE CASE...
observe() {
	file=$tap_dir/$1
	shift
	sandbox "$lastack" observe -j 2 -s "gvisor test x86_64" "$@" >"$file" &&
		holds "$file" '# complete'
}

# The steps and the segments of the last record of a file, without times and details.
told() {
	awk -v run= -f "$(dirname "$0")/told.awk" "$tap_dir/$1"
}

unread_data_resets() {
	observe record unread/close || return 1
	cat >"$tap_dir/want" <<-'WANT'
	client send 7 = 7
	wire client data 7
	server poll IN = IN
	server close = 0
	wire server RST,ACK
	client recv 64 = -1 ECONNRESET
	client recv 64 = 0
	client send 1 = -1 EPIPE
	WANT
	told record | sort >"$tap_dir/saw"
	sort "$tap_dir/want" | diff - "$tap_dir/saw" && holds "$tap_dir/record" 'gvisor test x86_64' &&
		holds "$tap_dir/record" 'unseen  mib'
}

# The end has left the list of sockets with its last descriptor.
state_behind_close_is_not_known() {
	observe record close/fin-follows-sent-data || return 1
	holds "$tap_dir/record" 'unseen  mib state'
}

lacking_verb_is_named() {
	cat >"$tap_dir/lacks.case" <<-'CASE'
	# A black hole.
	cite     RFC 9293 3.6
	run      ipv4

	client   blackhole on       = 0
	client   send 1             = 1
	CASE
	observe record "$tap_dir/lacks.case" &&
		holds "$tap_dir/record" 'skip    this kernel has no SO_ATTACH_FILTER: blackhole'
}

# Written they can be, in the first network namespace, where no case is.
sysctls_of_others_are_named() {
	observe record connect/no-local-port-left &&
		holds "$tap_dir/record" 'skip    this kernel has no sysctls of a network namespace: net.ipv4.ip_local_port_range'
}

# Each acknowledgement makes room: full is the buffer when there will be none any more.
full_is_full() {
	observe record readiness/zero-window-not-writable unsent/peer-shut-rd-blocks blocked/shutdown-rdwr-fails-send || return 1
	holds "$tap_dir/record" 'poll IN|OUT|RDHUP now = 0 ' && holds "$tap_dir/record" 'look            = blocked' &&
		holds "$tap_dir/record" 'await           = -1 EPIPE'
}

# Whoever was woken is not taken for blocked because it has not run yet.
woken_is_not_blocked() {
	{
		printf '# Each byte ends a recv().\ncite     RFC 9293 3.10.3\nrun      ipv4\n\n'
		for again in 1 2 3 4 5 6 7 8 9 10; do
			printf 'client   recv 1 &\nclient   look = blocked\n'
			printf 'server   send 1 = 1\nclient   look = returned\nclient   await = 1\n'
		done
		printf '\nwire     server data 10\n'
	} >"$tap_dir/woken.case"
	observe record "$tap_dir/woken.case" || return 1
	told record | grep ' look ' | sort | uniq -c >"$tap_dir/looks"
	printf '     10 client look = blocked\n     10 client look = returned\n' | diff - "$tap_dir/looks"
}

# The sandbox stands still for longer than a call may sleep that nothing ends; the timer was due meanwhile.
standstill_is_not_blocked() {
	printf '%s\n' '# A timer ends recv() although the machine stood still.' 'cite     POSIX recv() EAGAIN' 'run      ipv4' '' \
		'client   setsockopt SO_RCVTIMEO 2500 = 0' 'client   recv 1 = -1 EAGAIN' >"$tap_dir/timer.case"
	rm -f "$tap_dir/record" # of the test before
	observe record unread/close "$tap_dir/timer.case" &
	observer=$!
	await grep -qs '^end' "$tap_dir/record" || return 1
	starters=$(pgrep -f -- "--root=$tap_dir/root")
	sandboxes=$(for starter in $starters; do pgrep -P "$starter"; done)
	# shellcheck disable=SC2086 # the lists are meant to be split
	kill -STOP $starters $sandboxes
	sleep 4 # no wait for anything: it is how long all stands still
	# shellcheck disable=SC2086
	kill -CONT $starters $sandboxes
	wait $observer && holds "$tap_dir/record" 'recv 1          = -1 EAGAIN'
}

two_cpus_are_refused() {
	cpus=$(taskset -cp $$ | sed 's/.*: //') observe record unread/close &&
		holds "$tap_dir/record" 'skip    needs a sandbox with one CPU'
}

# What two sandboxes of their own saw has the same signatures.
shows_the_same_again() {
	observe first unread && observe second unread &&
		"$lastack" diff "$tap_dir/first" "$tap_dir/second"
}

# By the engine, which starts the sandbox itself and leaves nothing behind.
is_a_column() {
	"$lastack" matrix "gvisor:$runsc" -c unread/close -d "$tap_dir/matrix" >"$tap_dir/said" 2>&1
	cat "$tap_dir/said"
	holds "$tap_dir/matrix/matrix.md" 'RST,ACK' && [ -z "$(pgrep -f -- "--root=$tap_dir/")" ]
}

if ! unshare -n true 2>"$tap_dir/errors"; then
	skip 'gvisor' "needs the right to make namespaces: $(cat "$tap_dir/errors")"
	tap_end
fi
for package in "$cache"/*-runsc_*.deb; do
	[ -f "$package" ] && dpkg-deb -x "$package" "$tap_dir/${package##*-runsc_}"
done
found=$(command -v runsc; ls "$tap_dir"/*/usr/bin/runsc 2>/dev/null)
[ -n "$found" ] || skip 'gvisor' 'needs runsc: install it, or lastack fetch gvisor'
for runsc in $found; do
	version=$("$runsc" --version | sed -n 's/^runsc version //p')
	check "$version: unread data resets" unread_data_resets
	check "$version: the state of a closed end is not known" state_behind_close_is_not_known
	check "$version: a verb that is lacking is named" lacking_verb_is_named
	check "$version: sysctls of another namespace are named" sysctls_of_others_are_named
	check "$version: a full buffer stays full" full_is_full
	check "$version: a woken task is not blocked" woken_is_not_blocked
	check "$version: who waits while all stands still is not blocked" standstill_is_not_blocked
	[ "$(nproc)" = 1 ] || check "$version: two CPUs are refused" two_cpus_are_refused
	check "$version: it shows the same again" shows_the_same_again
	check "$version: it is a column" is_a_column
	rm -rf "$tap_dir/matrix"
done
tap_end
