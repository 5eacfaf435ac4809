#!/bin/sh
# lastack repro --emit packetdrill: what the scripts must look like, line by line; run where packetdrill is installed.
# usage: emit_packetdrill_test.sh LASTACK CASES-FOLDER GOLDEN-FILE
set -u
lastack=$1 cases=$2 golden=$3
. "$(dirname "$0")/tap.sh"
export LASTACK_CASES="$cases" LC_ALL=C
topics="unread close abort after-close half-close linger shutdown-rd shutdown-rdwr readiness sigpipe"

"$lastack" run -q -o none unread/close >"$tap_dir/try" 2>&1
if ! grep -Eq '^all +[0-9]+ +[1-9]' "$tap_dir/try"; then
	skip "packetdrill scripts" "needs a network namespace"
	tap_end
fi

# Of one connection that began with a handshake. Prints what is wrong.
read_script() {
	awk '
		function wrong(why) { print FILENAME ":" FNR ": " why ": " $0; bad = 1; exit 1 }
		function is_balanced(text,  n, i, c, stack) {
			for (i = 1; i <= length(text); i++) {
				c = substr(text, i, 1)
				if (index("([{", c)) stack = stack c
				else if (index(")]}", c)) {
					if (index("([{", substr(stack, length(stack))) != index(")]}", c) || stack == "") return 0
					stack = substr(stack, 1, length(stack) - 1)
				}
			}
			return stack == ""
		}
		/^\/\// || /^$/ { next }
		!match($0, /^(0|\+0|\+0~\+\.25) /) { wrong("no time") }
		{ rest = substr($0, RLENGTH + 1); n++; if (n == 1 ? !/^0 socket/ : !/^\+/) wrong("time") }
		rest ~ /^[<>] / {
			if (rest !~ /^[<>] (S|S\.|\.|P\.|F\.|R\.|R) [0-9]+:[0-9]+\([0-9]+\)( ack [0-9]+)?( win 65535)?( <mss 1460>| <\.\.\.>)?$/)
				wrong("no segment")
			split(rest, word, /[ :()]/)
			if (word[4] - word[3] != word[5]) wrong("length")
			flags = word[2]
			if ((flags ~ /\./) != (rest ~ / ack /)) wrong("ACK and its number")
			if ((rest ~ /^</) != (rest ~ / win /)) wrong("window")
			if (flags ~ /S/ && word[3] != 0) wrong("SYN")
			if (/~/ && (rest !~ /^>/ || flags != ".")) wrong("patience")
			next
		}
		rest ~ /^[a-z]+\(.*\) = (-?[0-9]+|0x2)( [A-Z]+ \([A-Z][A-Za-z0-9 -]*\)| \(flags O_RDWR\))?$/ {
			if (!is_balanced(rest)) wrong("brackets")
			if (rest ~ /= -1/ && rest !~ /= -1 E[A-Z]+ \(/) wrong("errno")
			calls++
			next
		}
		{ wrong("neither segment nor call") }
		END { if (!bad && calls < 5) { print FILENAME ": nothing happens in it"; exit 1 } }' "$1"
}

is_golden() {
	"$lastack" repro --emit packetdrill unread/close >"$tap_dir/golden.pkt" || return 1
	diff "$golden" "$tap_dir/golden.pkt" && read_script "$golden"
}

# reading is refused what ALTERATION makes of the golden file.
refuses() {
	sed "$1" "$golden" >"$tap_dir/altered.pkt"
	! cmp -s "$golden" "$tap_dir/altered.pkt" || { echo "nothing altered"; return 1; }
	! read_script "$tap_dir/altered.pkt" || { echo "want a refusal of $1"; return 1; }
}

write_all() {
	mkdir "$tap_dir/scripts"
	"$lastack" repro --emit packetdrill -o "$tap_dir/scripts" $topics 2>"$tap_dir/refused" || { cat "$tap_dir/refused"; return 1; }
	set -- "$tap_dir"/scripts/*.pkt
	[ $# -ge 40 ] || { echo "want 40 scripts, saw $#"; cat "$tap_dir/refused"; return 1; }
	bad=0
	for script; do read_script "$script" || bad=1; done
	return $bad
}

run_all() {
	bad=0
	for script in "$tap_dir"/scripts/*.pkt; do
		timeout 300 packetdrill "$script" || { echo "$script"; bad=1; }
	done
	return $bad
}

check "unread/close as it was written by hand" is_golden
for change in 's/1:8(7)/1:9(7)/' 's/ win 65535//' 's/ ack 8//' 's/^+0 close/close/' 's/close(4) = 0/close(4) = -1/' 's/poll(\[/poll(/' \
	's/> R\./> RST/'; do
	check "a script altered by $change is not taken for one" refuses "$change"
done
check "40 cases and more are written, each line as packetdrill has it" write_all
echo "# $(tail -n 1 "$tap_dir/refused")"
# Debian has none, so that nobody must have it.
if command -v packetdrill >/dev/null && [ "$(id -u)" = 0 ]; then
	check "packetdrill finds all as in the scripts" run_all
else
	echo "# not run: that needs packetdrill, and root for its TUN device"
fi
tap_end
