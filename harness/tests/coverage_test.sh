#!/bin/sh
# What cases/coverage refuses: a row that the catalogue does not have, a row both shown and impossible, a
# departure from no document, a claim shown by a case that does not exist, a stale page.
# usage: coverage_test.sh CASES-FOLDER
set -u
cases=$1
. "$(dirname "$0")/tap.sh"
mine=$tap_dir/cases
mkdir -p "$mine/mine"
cp "$cases/coverage" "$cases/coverage.awk" "$mine"

# fresh [SED [SED [SED]]]: a case and a catalogue without a mistake, and the page made of them; then
# a mistake is made in the case, in the catalogue or in the claims.
fresh() {
	cat >"$mine/mine/close.case" <<'END'
# The server closes and I read end of file.
cite     RFC 9293 3.6
departs  RFC 9293 3.10.4: something else
covers   close-three-segments fin-first
run      ipv4 ipv6

server   close               = 0
END
	printf '# family 1: Close\n3\t1\tT1\tclose-three-segments\t\n4\t1\tT2\tfin-first\t\n5\t1\tT2\tnever\tno such machine\n' \
		>"$mine/catalogue.tsv"
	printf '# Claims\n%s\n' 'It closes: [mine/close](mine/close.case), row `fin-first`, row `never`' >"$mine/claims.md"
	"$mine/coverage" --write
	sed -i "${3-}" "$mine/claims.md"
	sed -i "${1-}" "$mine/mine/close.case"
	sed -i "${2-}" "$mine/catalogue.tsv"
}

accepts() {
	"$mine/coverage" --check
}

refuses() {
	"$mine/coverage" --check >"$tap_dir/stdout" 2>"$tap_dir/stderr"
	status=$?
	[ "$status" = 1 ] || { echo "want exit status 1, saw $status"; return 1; }
	[ ! -s "$tap_dir/stdout" ] || { echo "want nothing on stdout"; return 1; }
	holds "$tap_dir/stderr" "$1"
}

summary_says() {
	"$mine/coverage" >"$tap_dir/summary" && holds "$tap_dir/summary" "$1"
}

fresh
check 'as it should be' accepts
check 'summary' summary_says 'T1       1        1       0     0     100.0'
check 'cases and runs' summary_says '1 cases, 2 runs (a case in a variant); 0 cases are beyond the catalogue.'
check 'uncovered row' summary_says 'T2    5  never                               no such machine'
check 'page' holds "$mine/coverage.md" '| 4 | fin-first | T2 | [mine/close](mine/close.case) | ipv4 ipv6 |'

fresh 's/three-segments/tree-segments/'
check 'no such row' refuses \
	"cases/mine/close.case:4: read 'close-tree-segments', want a row of cases/catalogue.tsv: did you mean 'close-three-segments'?"
fresh 's/fin-first/xyzzy/'
check 'nothing near' refuses "cases/mine/close.case:4: read 'xyzzy', want a row of cases/catalogue.tsv"
fresh '3{h;d};4G'
check 'headers in another order' refuses \
	"cases/mine/close.case:4: read 'departs' behind 'covers', want cite, departs, symptom, fix, covers, then the others"
fresh 's/ fin-first/ fin-first fin-first/'
check 'row named twice' refuses "cases/mine/close.case:4: read 'fin-first' a second time"
for source in 'POSIX close()' 'POSIX 2.10.16 SO_LINGER' 'tcp(7)' 'RFC 1337 3'; do
	fresh "s/RFC 9293 3.10.4/$source/"
	check "departs from $source" accepts
done
for source in POSIX 'RFC 9293' 'the manual' 'tcp_close()'; do
	fresh "s/RFC 9293 3.10.4/$source/"
	check "departs from $source" refuses \
		"cases/mine/close.case:3: want the document and the section that says otherwise: 'RFC 9293 3.10.5', "
done
fresh '' 's/fin-first\t/&cannot be/'
check 'covered and cannot be' refuses \
	"cases/catalogue.tsv:3: 'fin-first' says why no case covers it, but mine/close does"
fresh '' '$s/\t[^\t]*$//'
check 'column missing' refuses 'cases/catalogue.tsv:4: want number, family, tier, name and why, with a tab between each'
fresh '' '$s/never/fin-first/'
check 'row a second time' refuses "catalogue.tsv:4: read '5 fin-first' a second time"
fresh '' '' 's/close.case/closes.case/'
check 'claim without its case' refuses "cases/claims.md:2: read 'mine/closes.case', want a case that exists"
fresh '' '' 's/fin-first/fin-fist/'
check 'claim without its row' refuses \
	"cases/claims.md:2: read 'fin-fist', want a row of cases/catalogue.tsv: did you mean 'fin-first'?"
fresh
check 'row of a claim that is covered by now' summary_says '  fin-first: mine/close'
fresh 's/covers .*/covers   fin-first/'
check 'stale page' refuses 'cases/coverage.md: stale: run cases/coverage --write'
tap_end
