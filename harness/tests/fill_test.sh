#!/bin/sh
# `fill` fills for good: a buffer that is full only until an acknowledgement under way has come is filled further.
# usage: fill_test.sh LASTACK EARLY-FULL.so
set -u
lastack=$1 early_full=$2
. "$(dirname "$0")/tap.sh"
export LASTACK_MUST_RUN=0
export ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0:detect_leaks=0"
record=$tap_dir/record

cat >"$tap_dir/full.case" <<'CASE'
# A buffer that is full stays full while nobody reads.
cite     POSIX send() EAGAIN
run      ipv4
option   client SO_RCVBUF 16384
option   server SO_SNDBUF 65536

server   fill                 = full
server   send 1 DONTWAIT      = -1 EAGAIN
CASE

# filled COMMAND...: leaves in $bytes how many bytes the buffer took.
filled() {
	"$@" timeout 300 "$lastack" run -o "$record" "$tap_dir/full.case" || return
	bytes=$(sed -n 's/.*server *fill *= full (\([0-9]*\) bytes).*/\1/p' "$record")
	[ "$bytes" -gt 65536 ]
}

# Early at the second send() of 64 KiB: without a second look it would be full there.
filled_further() {
	filled env || return
	in_time=$bytes
	filled env LD_PRELOAD="$early_full" FULL_AT=2 && [ "$bytes" = "$in_time" ] ||
		{ echo "full at $bytes bytes, else at $in_time"; return 1; }
}

# A send() that finds no room right away moved nothing: that is its outcome.
full_from_the_start() {
	sed -e '/^server   send/d' -e 's/^server   fill.*/&\nserver fill = -1 EAGAIN/' "$tap_dir/full.case" >"$tap_dir/twice.case"
	"$lastack" run -o "$record" "$tap_dir/twice.case"
}

if ! unshare -rn true 2>"$tap_dir/errors"; then
	skip 'fill' "needs the right to make namespaces: $(cat "$tap_dir/errors")"
	tap_end
fi
check 'full too early: filled further' filled_further
check 'nothing more fits: EAGAIN' full_from_the_start
tap_end
