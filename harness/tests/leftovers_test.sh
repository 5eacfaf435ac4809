#!/bin/sh
# After a thousand runs, and after the program was killed in the middle of them, nothing of it is left: no
# process, no network namespace, no trace instance, no temporary file; and however many they are, its descriptors
# do not grow.
# usage: leftovers_test.sh LASTACK LASTACK-CHECK CASES-FOLDER
set -u
lastack=$1 lastack_check=$2 cases=$3
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/trouble.sh"
mine=$tap_dir/cases/mine
mkdir -p "$mine"
export TMPDIR="$tap_dir/tmp" # where what we leave behind would be seen
mkdir -m 777 "$TMPDIR"

cat >"$mine/data.case" <<'END'
# Data is read and both sides close.
run      ipv4 ipv6 swapped

client   send 5              = 5
server   recv 64             = 5
client   close               = 0
server   recv 64             = 0
server   close               = 0
END
cat >"$mine/fork.case" <<'END'
# A child keeps the connection that its parent closes.
run      ipv4

server   fork 2              = pid
server   close               = 0
server:2 send 5              = 5
client   recv 64             = 5
END
cat >"$mine/thread.case" <<'END'
# A thread waits in recv() for what comes later.
run      ipv4

server:2 recv 64 &
client   send 5              = 5
server:2 await               = 5
END
cat >"$mine/kill.case" <<'END'
# A killed process closes its connection.
run      ipv4

server   kill KILL           = killed SIGKILL
client   recv 64             = 0
END
cat >"$mine/blackhole.case" <<'END'
# What a blackhole swallows is still sent.
run      ipv4

server   blackhole on        = 0
client   send 5              = 5
server   blackhole off       = 0
client   close               = 0
END

cat >"$mine/link.case" <<'END'
# A link between two network namespaces carries data and loses its carrier.
run      ipv4
needs    veth

client   send 5              = 5
server   recv 64             = 5
server   link down           = 0
client   send 5              = 5
END

mkdir "$tap_dir/cases/traced" "$tap_dir/tracefs"
cat >"$tap_dir/cases/traced/reason.case" <<'END'
# Unread data is the reason of a reset.
run      ipv4
needs    tracefs

client   send 5              = 5
server   close               = 0

reason   server TCP_ABORT_ON_CLOSE
END

# The network namespaces of all processes that have our environment, whatever they run.
namespaces() {
	grep -lsaF "$bin/cases" /proc/[0-9]*/environ | while read -r environment; do
		readlink "${environment%environ}ns/net" 2>/dev/null
	done | sort -u
}

has_no_namespace() {
	namespaces >"$tap_dir/after"
	[ -z "$(comm -13 "$tap_dir/before" "$tap_dir/after")" ]
}

leaves_no_namespace() {
	await has_no_namespace || { echo "want no new network namespace, saw:"; comm -13 "$tap_dir/before" "$tap_dir/after"
		return 1; }
}

# A pair of devices ends with the namespaces of its ends, unless one end has come to ours.
leaves_no_device() {
	ls /sys/class/net >"$tap_dir/devices-after"
	diff "$tap_dir/devices-before" "$tap_dir/devices-after"
}

leaves_nothing() {
	leaves_no_process && leaves_no_namespace && leaves_no_device && leaves_only &&
		[ -z "$(ls -A "$TMPDIR")" ] || { ls -A "$TMPDIR"; return 1; }
}

thousand_runs() {
	run "$bin/lastack" run -n 125 -o none "$mine"/*.case
	says_status 0 && counts 8 0 0 0 0 && holds "$tap_dir/stdout" '6 cases, 1000 runs' && leaves_nothing
}

hundred_checks() {
	for count in 1 2 3 4 5; do
		for path in "$mine"/*.case; do
			run "$bin/lastack-check" "$path"
			says_status 0 && leaves_only || return 1
		done
	done
	leaves_nothing
}

# kill_main MOMENT COMMAND...
kill_main() {
	moment=$1
	shift
	run timeout --foreground -s KILL "$moment" "$@"
	[ $status = 137 ] || { echo "want exit status 137, saw $status"; show_output; return 1; }
}

kills() {
	for moment in 0.01 0.03 0.05 0.07 0.1 0.13 0.17 0.21 0.26 0.32 0.38 0.45 0.53 0.62 0.72 0.83 0.95 1.1 1.3 1.5; do
		kill_main $moment "$@" || return 1
	done
	leaves_nothing
}

# With no more descriptors than one worker needs, thousands of runs in it: a leak would end them.
descriptors_stay() {
	run sh -c 'ulimit -n 48 && exec "$@"' sh \
		"$bin/lastack" run -j 1 -n 1250 -o none "$mine/data.case" "$mine/thread.case"
	says_status 0 && counts 4 0 0 0 0 && holds "$tap_dir/stdout" '2 cases, 5000 runs' && leaves_nothing
}

# Instances of the tracer whose process is gone; the status says whether we can know.
traces() {
	unshare -m sh -c 'mount -t tracefs none "$1" && ls "$1/instances"' sh "$tap_dir/tracefs" >"$tap_dir/instances" ||
		return 1
	sed -n 's/^lastack-//p' "$tap_dir/instances" | while read -r pid; do [ -e /proc/$pid ] || echo "lastack-$pid"; done
}

# Who is interrupted takes its instances away; behind one who was killed the next sweeps up.
leaves_no_trace() {
	for signal in INT TERM KILL; do
		run timeout --foreground -s $signal 0.7 "$bin/lastack" run -n 20000 -q -o none "$tap_dir/cases/traced/reason.case"
		leaves_no_process || return 1
		[ $signal != KILL ] || run "$bin/lastack" run -o none "$tap_dir/cases/traced/reason.case"
		[ -z "$(traces)" ] || { echo "want no trace instance behind SIG$signal, saw:"; traces; return 1; }
	done
}

if ! can_run; then
	skip 'a thousand runs' 'needs a network namespace'
	tap_end
fi

namespaces >"$tap_dir/before"
ls /sys/class/net >"$tap_dir/devices-before"
check 'a thousand runs' thousand_runs
check 'the same cases under Check' hundred_checks
check 'killed at twenty moments, shared worlds' kills "$bin/lastack" run -n 100000 -q -o none "$mine/data.case" "$mine/thread.case"
check 'killed at twenty moments, worlds of their own' kills "$bin/lastack" run -n 20000 -q -o none "$mine"/*.case
if is_root && $as_user unshare -Urn true 2>/dev/null; then
	chmod -R a+rX "$tap_dir"
	check 'killed at twenty moments, not as root' kills $as_user "$bin/lastack" run -n 20000 -q -o none "$mine"/*.case
else
	skip 'killed at twenty moments, not as root' 'needs root, setpriv(1) and user namespaces for users'
fi
if traces >/dev/null 2>&1; then
	check 'no trace instance' leaves_no_trace
else
	skip 'no trace instance' 'needs root and tracefs'
fi
check 'five thousand runs with 48 descriptors' descriptors_stay

tap_end
