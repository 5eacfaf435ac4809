#!/bin/sh
# lastack repro --emit: cases as programs of their own. Each is run here and has to show what the case wants; a case whose
# outcome was altered has to be found out by its program.
# usage: emit_test.sh LASTACK CASES-FOLDER LANGUAGE
set -u
lastack=$1 cases=$2 language=$3
. "$(dirname "$0")/tap.sh"
export LASTACK_CASES="$cases" LC_ALL=C
topics="unread close linger abort after-close half-close shutdown-rd shutdown-rdwr unsent listener connect readiness
options sigpipe process blocked unix"
every=9 # of so many cases one is run

case $language in
c) ending=c tool=${CC:-cc} ;;
python) ending=py tool=/usr/bin/python3 ;;
esac

# One emitted file is run: leaves FILE.said and FILE.status.
run_one() {
	case $language in
	c) "$tool" -Wall -Wextra -Werror -O0 -o "$1.bin" "$1" >"$1.said" 2>&1 || { echo compile >"$1.status"; return; }
		timeout 300 "$1.bin" >"$1.said" 2>&1 ;;
	python) timeout 300 "$tool" "$1" >"$1.said" 2>&1 ;;
	esac
	echo $? >"$1.status"
	rm -f "$1.bin"
}

# All files of a folder, two at a time.
run_all() {
	set -- "$1"/*."$ending"
	while [ $# -gt 0 ]; do
		run_one "$1" &
		[ $# -lt 2 ] || run_one "$2"
		wait
		shift
		[ $# -eq 0 ] || shift
	done
}

# The steps of a case as its program has to print them; what may vary is left out.
wanted_of() {
	"$lastack" repro --emit case "$1" | awk '
		/^(client|server|listener)/ {
			gsub(/ +/, " "); sub(/ in [0-9]+m?s\.\.[0-9]+m?s$/, "")
			if ($0 ~ / &$/) { print $0 " = begun"; next }
			if ($0 ~ /= any$/ || $0 ~ /\.\./) sub(/ = .*/, "")
			print
		}'
}

# FILE CASE: exit status 0, every line of the case in its order, and the closing words.
is_as_expected() {
	[ "$(cat "$1.status")" = 0 ] || { echo "$2: want status 0, saw $(cat "$1.status")"; tail -n 4 "$1.said"; return 1; }
	wanted_of "$2" >"$1.wanted"
	echo "as expected" >>"$1.wanted"
	sed 's/  */ /g' "$1.said" | awk -v wanted="$1.wanted" '
		{ said = $0; if ((getline want < wanted) <= 0) want = "(nothing)"
		  if (want !~ / = / && want != "as expected") sub(/ = .*/, "", said)
		  if (said != want) { print "want: " want; print "saw: " said; bad = 1 } }
		END { if ((getline want < wanted) > 0) { print "want: " want; print "saw: nothing"; bad = 1 }; exit bad }' ||
		{ echo "in $2"; return 1; }
}

# A program has no clock for how late the machine was: where a timer goes off between two of its calls, it differs. So it
# is given as many tries as a run that was late (late.h). One that is wrong is wrong each time.
is_as_expected_in_time() {
	for try in 2 3 4 5 6; do
		if is_as_expected "$1" "$2" >"$1.why"; then return; fi
		cat "$1.why" >>"$tap_dir/again"
		run_one "$1"
	done
	is_as_expected "$1" "$2"
}

# emit_some FOLDER OPTION...: every so many of the cases that can be written, into a folder.
emit_some() {
	folder=$1
	shift
	mkdir "$folder"
	"$lastack" repro --emit "$language" -o "$folder" "$@" $topics 2>"$folder.refused" || { cat "$folder.refused"; return 1; }
	n=0
	for file in "$folder"/*."$ending"; do
		n=$((n + 1))
		[ $((n % every)) = 1 ] || rm "$file"
	done
}

case_of() {
	name=$(basename "$1" ".$ending")
	for topic in $topics; do
		[ ! -f "$cases/$topic/${name#"$topic"-}.case" ] || [ "$topic-${name#"$topic"-}" != "$name" ] ||
			{ echo "$topic/${name#"$topic"-}"; return; }
	done
}

# all_as_expected FOLDER LEAST: every file, and so many of them; 77 is a setting that this machine does not have.
all_as_expected() {
	bad=0 good=0
	for file in "$1"/*."$ending"; do
		[ "$(cat "$file.status")" != 77 ] || continue
		if is_as_expected_in_time "$file" "$(case_of "$file")"; then good=$((good + 1)); else bad=1; fi
	done
	[ "$good" -ge "$2" ] || { echo "want at least $2 files as expected, saw $good"; return 1; }
	return $bad
}

first_as_expected() { emit_some "$tap_dir/first" && run_all "$tap_dir/first" && all_as_expected "$tap_dir/first" 45; }

variant_as_expected() {
	every=61
	emit_some "$tap_dir/$1" --variant "$1" && run_all "$tap_dir/$1" && all_as_expected "$tap_dir/$1" 5
}

# The last number that a case wants, or its last error, made another.
alter() {
	"$lastack" repro --emit case "$1" | awk '
		{ lines[NR] = $0 }
		/^(client|server|listener).* = (-1 E[A-Z]+|[0-9]+)$/ { last = NR }
		END {
			if (!last) exit 1
			if (!sub(/ECONNRESET$/, "EPIPE", lines[last]) && !sub(/-1 E[A-Z]+$/, "-1 ECONNRESET", lines[last])) {
				at = match(lines[last], /[0-9]+$/)
				lines[last] = substr(lines[last], 1, at - 1) (substr(lines[last], at) + 1)
			}
			for (i = 1; i <= NR; i++) print lines[i]
		}'
}

# A program that says "as expected" whatever happens would pass all of the above.
altered_are_found_out() {
	mkdir "$tap_dir/altered"
	found=0
	for file in "$tap_dir"/first/*."$ending"; do
		[ $((found % 2)) = 0 ] || { found=$((found + 1)); continue; }
		found=$((found + 1))
		name=$(basename "$file" ".$ending")
		alter "$(case_of "$file")" >"$tap_dir/altered/$name.case" || continue
		"$lastack" repro --emit "$language" -o "$tap_dir/altered/$name.$ending" "$tap_dir/altered/$name.case" || return 1
	done
	run_all "$tap_dir/altered"
	found=0
	for file in "$tap_dir"/altered/*."$ending"; do
		[ "$(cat "$file.status")" != 77 ] || continue
		[ "$(cat "$file.status")" = 1 ] && grep -q '^differs: ' "$file.said" ||
			{ echo "$file: want status 1, saw $(cat "$file.status")"; cat "$file.said"; return 1; }
		found=$((found + 1))
	done
	[ $found -ge 20 ] || { echo "want 20 altered cases, saw $found"; return 1; }
}

refuses() {
	! "$lastack" repro --emit "$language" "$1" >"$tap_dir/stdout" 2>"$tap_dir/stderr" ||
		{ echo "want a refusal"; return 1; }
	[ ! -s "$tap_dir/stdout" ] || { echo "want no program, saw:"; cat "$tap_dir/stdout"; return 1; }
	holds "$tap_dir/stderr" "$2"
}

says_how_many() {
	"$lastack" repro --emit "$language" --list >"$tap_dir/list" || return 1
	[ "$(tail -n 1 "$tap_dir/list" | cut -d ' ' -f 1)" -ge "$1" ]
}

is_the_case() { "$lastack" repro --emit case unread/close | diff "$cases/unread/close.case" -; }

# Nothing that a case may say ends a comment or a string, or is a name that the program has already.
takes_any_words() {
	mkdir "$tap_dir/words"
	printf '# A "comment" that */ ends \\ here, of %%s and @TURNS@.\nfix      /* none */ "\\"\n\nclient socket as call = fd\nclient connect on call = 0\nclient socket as a-b-end = fd\nserver accept as end = fd\nclient recv 64 on call &\nserver send 1 on end = 1\nclient await = 1\nclient state on call = ESTABLISHED\n' \
		>"$tap_dir/words.case"
	"$lastack" repro --emit "$language" -o "$tap_dir/words/one.$ending" "$tap_dir/words.case" || return 1
	run_all "$tap_dir/words"
	is_as_expected_in_time "$tap_dir/words/one.$ending" "$tap_dir/words.case"
}

# A program whose setting is not as it needs it says which, and does nothing.
names_the_setting() {
	mkdir "$tap_dir/setting"
	printf '# So long nobody waits.\nsysctl   net.ipv4.tcp_fin_timeout 54321\n\nclient close = 0\n' >"$tap_dir/setting.case"
	"$lastack" repro --emit "$language" -o "$tap_dir/setting/one.$ending" "$tap_dir/setting.case" || return 1
	run_all "$tap_dir/setting"
	[ "$(cat "$tap_dir/setting/one.$ending.status")" = 77 ] || { echo "want status 77"; cat "$tap_dir/setting"/one*; return 1; }
	holds "$tap_dir/setting/one.$ending.said" "needs: sysctl -w net.ipv4.tcp_fin_timeout='54321'"
}

if ! command -v "$tool" >/dev/null; then
	skip "$language programs do what their cases say" "needs $tool"
	tap_end
fi
case $language in
c) least=700 ;;
python) least=550 ;;
esac
check "at least $least cases can be written" says_how_many $least
echo "# $(tail -n 1 "$tap_dir/list")"
check "$language programs do what their cases say" first_as_expected
for variant in ipv6 mapped swapped; do
	check "over $variant, too" variant_as_expected $variant
done
check "$language programs of altered cases find it out" altered_are_found_out
check "any words will do" takes_any_words
check "as a case it is the case" is_the_case
check "a setting that is missing is named" names_the_setting
printf '# A host that lost its power.\n\nclient vanish = 0\n' >"$tap_dir/vanish.case"
[ ! -f "$tap_dir/again" ] || sed 's/^/# another try: /' "$tap_dir/again"
check "a verb that cannot be said is named" refuses "$tap_dir/vanish.case" "vanish.case:3:1: as $language this cannot be written: 'vanish'"
tap_end
