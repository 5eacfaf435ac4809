# For the shell tests that look at trouble: a copy of the programs that anybody may run and that nobody else
# runs, commands run in a fresh folder, and what must never be left behind. Source it after tap.sh.
chmod 755 "$tap_dir"
bin=$tap_dir/bin
work=$tap_dir/work
mkdir "$bin"
cp "$lastack" "$bin/lastack"
[ -z "${lastack_check-}" ] || cp "$lastack_check" "$bin/lastack-check"
cp -R "$cases" "$bin/cases"
cp "$cases/../results/known.tsv" "$bin" # the source tree may lie where nobody else can enter
chmod -R a+rX "$bin"
export LC_ALL=C LASTACK_CASES="$bin/cases" LASTACK_KNOWN="$bin/known.tsv" LASTACK_MUST_RUN=0
export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
input=/dev/null
user=$((61000 + $$ % 3000)) # somebody who has no processes yet
as_user="setpriv --reuid=$user --regid=$user --clear-groups"

# run COMMAND...: in an empty folder, with standard input from $input. Leaves $status and both outputs.
run() {
	rm -rf "$work"
	mkdir -m 777 "$work"
	chmod 777 "$work"
	(cd "$work" && timeout 600 "$@") >"$tap_dir/stdout" 2>"$tap_dir/stderr" <"$input"
	status=$?
}

says_status() {
	[ "$status" = "$1" ] || { echo "want exit status $1, saw $status"; show_output; return 1; }
}

show_output() {
	echo "stdout:"; head -n 40 "$tap_dir/stdout"
	echo "stderr:"; head -n 40 "$tap_dir/stderr"
}

# Words for people: something is said, and no tool speaks of its own inside.
speaks_plainly() {
	[ -s "$tap_dir/stderr" ] || [ -s "$tap_dir/stdout" ] || { echo "want a message, saw nothing"; return 1; }
	if grep -E 'Sanitizer|runtime error|^ *#[0-9]+ 0x|Assertion|core dumped|check_run|\.c:[0-9]+' \
		"$tap_dir/stdout" "$tap_dir/stderr"; then
		echo "want words for people"
		return 1
	fi
}

# Neither the table of runs nor a line of TAP.
gives_no_verdict() {
	! grep -E '^(ok|not ok)|PASS|FAIL|BROKEN' "$tap_dir/stdout" || { echo "want no verdict"; return 1; }
}

# leaves_only NAME...: in the folder where it ran.
leaves_only() {
	(cd "$work" && find . -mindepth 1 | sort) >"$tap_dir/files"
	for name; do echo "./$name"; done | sort >"$tap_dir/wanted"
	diff "$tap_dir/wanted" "$tap_dir/files"
}

# With one program for all of /proc: one for each process takes seconds where the machine is busy.
processes() {
	ls -l /proc/[0-9]*/exe 2>/dev/null | sed -n "s,.* /proc/\([0-9]*\)/exe -> $bin/lastack.*,\1,p"
}

has_no_process() {
	[ -z "$(processes)" ]
}

# The kernel takes a moment to end a process namespace.
leaves_no_process() {
	await has_no_process || { echo "want no process left, saw:" "$(processes)"; return 1; }
}

# refuses STATUS TEXT COMMAND...
refuses() {
	wanted=$1 text=$2
	shift 2
	run "$@"
	says_status "$wanted" && holds "$tap_dir/stderr" "$text" && speaks_plainly && gives_no_verdict &&
		leaves_only && leaves_no_process
}

# all_runs PASS FAIL BROKEN SKIP KNOWN: the last line of the table.
counts() {
	grep -Eq "^all +[0-9]+ +$1 +$2 +$3 +$4 +$5\$" "$tap_dir/stdout" ||
		{ echo "want PASS $1, FAIL $2, BROKEN $3, SKIP $4, KNOWN $5"; show_output; return 1; }
}

is_readable_record() {
	"$bin/lastack" diff "$1" "$1" >/dev/null || { echo "want a record that reads"; return 1; }
}

is_root() {
	[ "$(id -u)" = 0 ]
}

# Whether a case can be run: in a network namespace of its own.
can_run() {
	is_root || unshare -Urn true 2>/dev/null
}

# check_run NAME COMMAND...: as check, where a case can be run.
check_run() {
	if can_run; then
		check "$@"
	else
		skip "$1" 'needs a network namespace'
	fi
}
