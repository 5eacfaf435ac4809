#!/bin/sh
# Runs cases that lie, each in its way, through lastack-check and compares the whole output: what Meson reads,
# what the person reads, and the exit status. Times and the kernel's version are taken out, and
# that this machine was late.
# usage: lies_test.sh LASTACK-CHECK LIES-FOLDER [--write]
set -u
lastack_check=$1
lies=$2
. "$(dirname "$0")/tap.sh"
export LASTACK_KNOWN="$lies/known.tsv" LC_ALL=C LASTACK_MUST_RUN=0

normal() {
	sed -E -e 's/ *[0-9]+\.[0-9]{3} ms/ TIME/' -e 's/linux [0-9][^ ]* [^ ]*/SYSTEM/' \
		-e 's/this is [0-9.]+/this is VERSION/' -e "s,$lies/,,g" -e 's/in [0-9]+ ms/in TIME/g' -e '/: was late and was done again: /d'
}

run_one() {
	"$lastack_check" "$lies/$1.case" >"$tap_dir/stdout" 2>"$tap_dir/stderr"
	echo "exit $?" >"$tap_dir/saw"
	{ echo "stdout:"; cat "$tap_dir/stdout"; echo "stderr:"; cat "$tap_dir/stderr"; } | normal >>"$tap_dir/saw"
}

compare() {
	diff -u "$lies/$1.expected" "$tap_dir/saw"
}

for path in "$lies"/*.case; do
	name=$(basename "$path" .case)
	run_one "$name"
	if [ "${3-}" = --write ]; then
		cp "$tap_dir/saw" "$lies/$name.expected"
	fi
	check "$name" compare "$name"
done
tap_end
