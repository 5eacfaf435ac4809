#!/bin/sh
# Root is not needed: all cases show the same to root and to somebody who is not, but for those that say so.
# usage: unprivileged_test.sh LASTACK LASTACK-CHECK CASES-FOLDER
set -u
lastack=$1 lastack_check=$2 cases=$3
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/trouble.sh"

# run_all NAME COMMAND...: the record goes to NAME.record.
run_all() {
	name=$1
	shift
	rm -rf "$work" && mkdir -m 777 "$work"
	chmod 777 "$work"
	(cd "$work" && timeout 3000 "$@") >"$tap_dir/$name.out" 2>"$tap_dir/$name.err" </dev/null
	status=$?
	cp "$work/r.record" "$tap_dir/$name.record" || { cat "$tap_dir/$name.err"; return 1; }
	grep -q '^all ' "$tap_dir/$name.out"
}

# Takes the runs out of a record that the user skipped because they need root, and those that were late for either: a
# timer that the case does not mean may have gone off, counted or sent something, also where all is as wanted.
without_those_apart() {
	awk -v RS= -v ORS='\n\n' '{ run = $2 " " $3 }
		reads_both { if (/\nskip [^\n]*; run as root/ || /\nlate /) apart[run] = 1; next }
		!(run in apart)' reads_both=1 "$tap_dir/user.record" "$tap_dir/root.record" reads_both=0 "$1"
}

# Also where only a time is out of bounds, of which a diff of records knows nothing.
same_verdicts() {
	for name in root user; do
		without_those_apart "$tap_dir/$name.record" >"$tap_dir/$name.compared"
		awk '/^record / { run = $2 " " $3 } /^end / { print run, $2 }' "$tap_dir/$name.compared" | sort >"$tap_dir/$name.verdicts"
	done
	most_are_compared && diff "$tap_dir/root.verdicts" "$tap_dir/user.verdicts"
}

most_are_compared() {
	runs=$(grep -c '^record ' "$tap_dir/root.record") compared=$(grep -c '^record ' "$tap_dir/root.compared")
	[ "$((compared * 2))" -gt "$runs" ] && grep -q " PASS$" "$tap_dir/root.verdicts" ||
		{ echo "want most of $runs runs in time, saw $compared"; return 1; }
}

differ_nowhere() {
	"$bin/lastack" diff "$tap_dir/root.compared" "$tap_dir/user.compared"
}

as_root() {
	run_all root "$bin/lastack" run -q -o r.record
}

as_somebody() {
	run_all user $as_user "$bin/lastack" run -q -o r.record
}

if ! is_root; then
	skip 'as root and as a user' 'needs root, to be both'
elif ! $as_user unshare -Urn true 2>/dev/null; then
	skip 'as root and as a user' 'needs setpriv(1) and user namespaces for users'
else
	check 'all cases as root' as_root
	check 'all cases as a user' as_somebody
	check 'the same verdicts' same_verdicts
	check 'no run differs' differ_nowhere
fi
tap_end
