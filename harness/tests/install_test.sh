#!/bin/sh
# An installed lastack, moved to another folder than it was built for, finds what was installed with it.
# usage: install_test.sh BUILD-FOLDER
set -u
build=$1
. "$(dirname "$0")/tap.sh"
unset LASTACK_CASES LASTACK_KNOWN LASTACK_STACKS
export LC_ALL=C LASTACK_MUST_RUN=0

# Into whatever prefix the build has, below a folder that the program knows nothing of; then moved.
is_installed() {
	meson install -C "$build" --no-rebuild --destdir "$tap_dir/staged" >"$tap_dir/log" 2>&1 || { tail -5 "$tap_dir/log"; return 1; }
	program=$(find "$tap_dir/staged" -path '*/bin/lastack')
	[ -x "$program" ] && mv "${program%/bin/lastack}" "$tap_dir/moved"
}

finds_cases() {
	"$lastack" list unread >"$tap_dir/list" && grep -q '^  after-reading-all' "$tap_dir/list" || return 1
	sed -i '1s/.*/# This sentence is in the installed case alone./' "$share/cases/unread/close.case"
	"$lastack" show unread/close >"$tap_dir/shown" 2>&1
	holds "$tap_dir/shown" 'This sentence is in the installed case alone'
}

runs_a_case() {
	"$lastack" run -o none unread/close >"$tap_dir/run" 2>&1
	[ $? = 0 ] && grep -Eq '^unread +[0-9]+' "$tap_dir/run"
}

# A file that is wrong is named.
complains_of() {
	file=$1
	shift
	cp "$share/$file" "$tap_dir/kept" && echo 'no such line' >>"$share/$file"
	"$lastack" "$@" >"$tap_dir/said" 2>&1
	holds "$tap_dir/said" "moved/bin/../share/lastack/$file" || return 1
	cp "$tap_dir/kept" "$share/$file"
}

environment_goes_first() {
	mkdir -p "$tap_dir/cases/own" && cp "$share/cases/abort/both-ends-one-reset.case" "$tap_dir/cases/own/one.case"
	LASTACK_CASES="$tap_dir/cases" "$lastack" list >"$tap_dir/list" &&
		grep -q '^  one ' "$tap_dir/list" && ! grep -q after-reading-all "$tap_dir/list"
}

# Its headers are there as well: it preprocesses as far as lwIP's own.
adapter_is_whole() {
	sed '/#include *<lwip/d; /#include "lwip\//d' "$share/lwip_adapter.c" >"$share/without.c"
	"${CC:-cc}" -D_GNU_SOURCE -E "$share/without.c" >"$tap_dir/preprocessed" 2>"$tap_dir/said" || { cat "$tap_dir/said"; return 1; }
	rm "$share/without.c"
}

check "it is installed and moved" is_installed
lastack=$tap_dir/moved/bin/lastack share=$tap_dir/moved/share/lastack
check "cases are the installed ones" finds_cases
check "a case runs" runs_a_case
check "stacks are the installed ones" complains_of stacks.conf fetch --list
check "known divergences are the installed ones" complains_of known.tsv run -o none unread/close
check "the environment names others" environment_goes_first
check "the adapter for lwIP has its headers" adapter_is_whole
for name in coverage relist guide meson.build; do
	check "$name is not installed" [ ! -e "$share/cases/$name" ]
done
tap_end
