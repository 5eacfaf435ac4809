#!/bin/sh
# Root is not needed: all cases show the same to root and to somebody who is not.
# usage: unprivileged_test.sh LASTACK LASTACK-CHECK CASES-FOLDER
set -u
lastack=$1 lastack_check=$2 cases=$3
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/trouble.sh"

# run_all NAME COMMAND...: the record goes to NAME.record, the table's last line to NAME.
run_all() {
	name=$1
	shift
	rm -rf "$work" && mkdir -m 777 "$work"
	chmod 777 "$work"
	(cd "$work" && timeout 500 "$@") >"$tap_dir/$name.out" 2>"$tap_dir/$name.err" </dev/null
	status=$?
	cp "$work/r.record" "$tap_dir/$name.record" || { cat "$tap_dir/$name.err"; return 1; }
	grep '^all ' "$tap_dir/$name.out" >"$tap_dir/$name"
}

same_counts() {
	diff "$tap_dir/root" "$tap_dir/user"
}

differ_nowhere() {
	"$bin/lastack" diff "$tap_dir/root.record" "$tap_dir/user.record"
}

as_root() {
	run_all root "$bin/lastack" run -q -o r.record
}

as_somebody() {
	run_all user $as_user "$bin/lastack" run -q -o r.record
}

none_is_skipped() {
	awk '{ exit $6 }' "$tap_dir/user" || { cat "$tap_dir/user"; grep '^SKIP' "$tap_dir/user.out"; return 1; }
}

if ! is_root; then
	skip 'as root and as a user' 'needs root, to be both'
elif ! $as_user unshare -Urn true 2>/dev/null; then
	skip 'as root and as a user' 'needs setpriv(1) and user namespaces for users'
else
	check 'all cases as root' as_root
	check 'all cases as a user' as_somebody
	check 'as many of each verdict' same_counts
	check 'no run differs' differ_nowhere
	check 'a user skips nothing' none_is_skipped
fi
tap_end
