#!/bin/sh
# usage: matrix_test.sh LASTACK RECORD: what `lastack matrix` writes where. What stands in the tables is the results room's.
set -u
. "$(dirname "$0")/tap.sh"
lastack=$1
record=$2

writes() {
	"$lastack" matrix --format "$1" "$record" >"$tap_dir/printed" && holds "$tap_dir/printed" "$2" || return 1
	"$lastack" matrix --format "$1" -o "$tap_dir/file" "$record" >"$tap_dir/nothing" || return 1
	cmp "$tap_dir/printed" "$tap_dir/file" && [ ! -s "$tap_dir/nothing" ]
}
check 'Markdown' writes md '## unread'
check 'HTML' writes html '<!DOCTYPE html>'
check 'CSV' writes csv '"case","variant"'
check 'JSON' writes json '"systems": ['

json_by_its_old_name() {
	"$lastack" matrix --format json "$record" >"$tap_dir/printed" &&
		"$lastack" matrix --json "$record" | cmp - "$tap_dir/printed"
}
check '--json' json_by_its_old_name

# refuses TEXT COMMAND...
refuses() {
	text=$1
	shift
	"$@" >"$tap_dir/printed" 2>"$tap_dir/said"
	[ $? = 2 ] && holds "$tap_dir/said" "$text" && [ ! -s "$tap_dir/printed" ]
}
check 'no such format' refuses "read 'xml', want md, html, csv or json" "$lastack" matrix --format xml "$record"
check 'no such folder' refuses 'No such file or directory' "$lastack" matrix -o "$tap_dir/no/page" "$record"
check 'full disk' refuses 'No space left on device' "$lastack" matrix -f html -o /dev/full "$record"
check 'a folder' refuses 'Is a directory' "$lastack" matrix -f html -o "$tap_dir" "$record"

# A file that may not grow beyond 512 bytes: the old one stays, and nothing beside it.
all_or_nothing() {
	mkdir "$tap_dir/place" && echo old >"$tap_dir/place/page.html" || return 1
	(
		trap '' XFSZ
		ulimit -f 1
		exec "$lastack" matrix -f html -o "$tap_dir/place/page.html" "$record" 2>"$tap_dir/place.said"
	)
	holds "$tap_dir/place.said" 'page.html: File too large' && [ "$(cat "$tap_dir/place/page.html")" = old ] &&
		[ "$(ls "$tap_dir/place")" = page.html ]
}
check 'whole or not at all' all_or_nothing
tap_end
