#!/bin/sh
# lastack list --departs: what a document says, what Linux does, and the sources; all of them, and only them.
# usage: departs_test.sh LASTACK CASES-FOLDER
set -u
lastack=$1 cases=$2
. "$(dirname "$0")/tap.sh"
mine=$tap_dir/cases
mkdir -p "$mine/one" "$mine/two"
printf '# %s\n%s\n\n%s\n' 'Nothing is sent.' 'cite     RFC 9293 3.6' 'client   close = 0' >"$mine/one/as-said.case"
printf '# %s\n%s\n%s\n\n%s\n' 'The client waits at close().' 'cite     tcp_close(), which is void' \
	'departs  POSIX close() EINTR: it does not wait' 'client   close = 0' >"$mine/one/waits.case"
sed 's/waits/sleeps/' "$mine/one/waits.case" >"$mine/two/sleeps.case"

list() {
	LASTACK_CASES=$1 && shift && export LASTACK_CASES
	"$lastack" list "$@" >"$tap_dir/list"
}

as_wanted() {
	list "$mine" --departs one && diff - "$tap_dir/list" <<'END'
one/waits
  says   POSIX close() EINTR: it does not wait
  Linux  The client waits at close().
  see    tcp_close(), which is void

1 of 2 cases depart from what a document says.
END
}

all_topics() {
	list "$mine" -d && holds "$tap_dir/list" 'one/waits' && holds "$tap_dir/list" 'two/sleeps' &&
		holds "$tap_dir/list" '2 of 3 cases'
}

none() {
	list "$mine" --departs one/as-said && [ "$(cat "$tap_dir/list")" = '0 of 1 cases depart from what a document says.' ]
}

every_case_that_says_so() {
	list "$cases" --departs
	grep -l '^departs ' "$cases"/*/*.case | sed "s,^$cases/,,; s,\.case\$,," | LC_ALL=C sort >"$tap_dir/want"
	grep '^[^ ]*/[^ ]*$' "$tap_dir/list" | LC_ALL=C sort | diff "$tap_dir/want" -
}

check 'a departure' as_wanted
check 'all topics' all_topics
check 'none' none
check 'every committed case with a departs line' every_case_that_says_so
tap_end
