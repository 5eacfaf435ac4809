#!/bin/sh
# Stacks that do what guests do when things go wrong: `uml:PROGRAM` runs a stand-in for a kernel, which writes
# records and then panics, falls silent, or talks nonsense. The real engines are run by hand and in CI's matrix.
# usage: survey_test.sh LASTACK LASTACK-GUEST CASES-FOLDER
set -u
lastack=$1 guest=$2 cases=$3
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/trouble.sh"
cp "$guest" "$bin/lastack-guest"
export TMPDIR="$tap_dir/tmp"
mkdir "$TMPDIR"

if ! unshare -rn true 2>/dev/null && [ "$(id -u)" != 0 ]; then
	skip 'survey' 'needs a network namespace'
	tap_end
fi

# stand_in NAME: a program out of the lines on standard input, beside whom the real program stands.
stand_in() {
	{ echo '#!/bin/sh'; echo "PATH=$bin:\$PATH"; cat; } >"$tap_dir/$1"
	chmod 755 "$tap_dir/$1"
}

stand_in healthy <<'EOT'
exec lastack observe --first-variant
EOT
# What is left the second time is fewer than what it takes to panic.
stand_in panics-once <<'EOT'
lastack observe --first-variant -o all
awk '{ print } /^end/ && ++n == 20 { exit }' all
[ "$(grep -c '^end' all)" -gt 20 ] || { echo "# complete 0"; exit 0; }
echo "Kernel panic - not syncing: Attempted to kill init!" >&2
EOT
stand_in panics-always <<'EOT'
echo "record  linger/accepted-inherits ipv4    linux 9.9 x86_64"
echo " 0.000000  client    send 1  "
echo "Kernel panic - not syncing: out of ideas" >&2
EOT
stand_in hangs <<'EOT'
lastack observe --first-variant linger | awk '{ print; fflush() } /^end/ && ++n == 3 { exit }'
echo "about to hang" >&2
exec sleep 1000
EOT
stand_in babbles <<'EOT'
head -c 300000 /dev/urandom
EOT

# The second time something else comes out.
stand_in wavers <<EOT
lastack observe --first-variant -o all
touch "$tap_dir/wavered.\$\$"
[ "\$(ls "$tap_dir"/wavered.* | wc -l)" = 1 ] && exec cat all
exec sed '/^record  linger\/off-no-wait/,/^end/s/= 0 /= 1 /' all
EOT

# Nobody's process, and no folder in TMPDIR.
leaves_nothing() {
	leaves_no_process && [ -z "$(ls "$TMPDIR")" ] || { echo "left in TMPDIR:"; ls "$TMPDIR"; return 1; }
	await has_no_sleeper || { echo "the sleeper lives"; return 1; }
}

has_no_sleeper() {
	! pgrep -f "sleep 1000" -s 0 >/dev/null
}

matrix() {
	run "$bin/lastack" matrix -d m -c linger "$@"
}

is_whole() {
	matrix "uml:$tap_dir/healthy" host
	says_status 0 && holds "$tap_dir/stdout" 'tables: m/matrix.md' && leaves_nothing &&
		[ "$(grep -c '^record' "$work/m/healthy.record")" = "$(ls "$cases"/linger/*.case | wc -l)" ] &&
		[ -s "$work/m/matrix.html" ] && [ -s "$work/m/matrix.csv" ] && [ -s "$work/m/matrix.json" ]
}
check 'a stack and the host' is_whole

retries() {
	matrix "uml:$tap_dir/panics-once"
	says_status 0 && holds "$tap_dir/stderr" 'panics-once: cut off; once more with what is left' &&
		grep -Eq '^panics-once +[0-9]+ +[0-9]+ +0 +0 +0 +0 +[0-9.]+ +1$' "$tap_dir/stdout" && leaves_nothing ||
		{ show_output; return 1; }
}
check 'a guest that panics is given a second try' retries

gives_up() {
	matrix "uml:$tap_dir/panics-always" host
	says_status 2 && holds "$tap_dir/stdout" 'cut off after 0 runs' && holds "$tap_dir/stdout" 'out of ideas' &&
		grep -q 'BROKEN' "$work/m/matrix.md" && speaks_plainly && leaves_nothing
}
check 'a guest that panics twice is BROKEN and says its last words' gives_up

# How long the stand-in takes to its third record depends on the machine: more patience until it has come that far.
is_ended() {
	for patience in 2 8 32 128; do
		matrix -p $patience "uml:$tap_dir/hangs"
		grep -q 'about to hang' "$tap_dir/stdout" && break
	done
	says_status 2 && holds "$tap_dir/stdout" 'said nothing for too long' && holds "$tap_dir/stdout" 'about to hang' &&
		[ "$(grep -c '^end     PASS' "$work/m/hangs.record")" -ge 3 ] && leaves_nothing
}
check 'a guest that hangs is ended, and what it recorded stays' is_ended

is_not_believed() {
	matrix "uml:$tap_dir/babbles"
	says_status 2 && speaks_plainly && leaves_nothing &&
		! grep -q '^end     PASS' "$work/m/babbles.record"
}
check 'a guest that talks nonsense is not believed' is_not_believed

is_unstable() {
	matrix -n 2 -j 1 "uml:$tap_dir/wavers"
	holds "$work/m/matrix.md" 'unstable' && holds "$tap_dir/stdout" 'FAIL' && leaves_nothing &&
		[ "$(grep -c unstable "$work/m/matrix.md")" -lt 5 ] && says_status 1
}
check 'a stack that behaves otherwise the second time is unstable' is_unstable

cannot_start() {
	matrix "uml:$tap_dir/nowhere" host
	says_status 2 && holds "$tap_dir/stdout" 'nowhere' && [ "$(grep -c '| *SKIP *|' "$work/m/matrix.md")" -gt 10 ] &&
		leaves_nothing
}
check 'an engine that cannot start is a column that says why' cannot_start

interrupted() {
	rm -rf "$work" && mkdir "$work"
	(cd "$work" && exec "$bin/lastack" matrix -d m -c linger "uml:$tap_dir/healthy" "uml:$tap_dir/hangs" -j 1) \
		>"$tap_dir/stdout" 2>"$tap_dir/stderr" </dev/null &
	main=$!
	await [ -s "$work/m/healthy.record" ] || return 1
	kill -s "$1" $main
	wait $main
	status=$?
	says_status 130 && holds "$tap_dir/stderr" 'the columns that were done are kept' && speaks_plainly &&
		leaves_nothing && (cd "$work/m" && [ "$(ls)" = healthy.record ])
}
check 'SIGINT in the middle' interrupted INT
check 'SIGTERM in the middle' interrupted TERM

refuses_words() {
	run "$bin/lastack" matrix "$@"
	says_status 2 && speaks_plainly && leaves_only
}
check 'an unknown stack is refused' refuses_words linux-0.99
check 'an unknown case is refused' refuses_words -c no/such host
check 'a folder that cannot be made' refuses_words -d /proc/m host

full_disk() {
	mkdir -p "$tap_dir/small"
	mount -t tmpfs -o size=64k tmpfs "$tap_dir/small" 2>/dev/null || { echo "cannot mount: not root"; return 0; }
	run "$bin/lastack" matrix -d "$tap_dir/small/m" -c linger -c abort host
	files=$(ls -A "$tap_dir/small/m" | grep -v -e '^host.record$' -e '^matrix.md$' -e '^matrix.csv$')
	umount "$tap_dir/small"
	says_status 2 && holds "$tap_dir/stderr" 'No space left on device' && speaks_plainly &&
		{ [ -z "$files" ] || { echo "want no other files, saw: $files"; return 1; }; } && leaves_nothing
}
check 'a full disk' full_disk
tap_end
