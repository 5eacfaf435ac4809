#!/bin/sh
# Everything that can go wrong around a run: what is said, which exit status, and that nothing is invented,
# half written or left behind.
# usage: trouble_test.sh LASTACK LASTACK-CHECK CASES-FOLDER
set -u
lastack=$1 lastack_check=$2 cases=$3
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/trouble.sh"
run_=$bin/lastack
mine=$tap_dir/mine.case
title='# The server closes and I read end of file.'

# ---- what a person writes ----

# bad_case NAME PLACE-AND-TEXT LINE...: both programs name the place, the word and the mend.
bad_case() {
	name=$1 place=$2
	shift 2
	printf '%s\n' "$title" "$@" >"$mine"
	check "case: $name" refuses 2 "$mine:$place" "$run_" run "$mine"
	check "case under Check: $name" bails_out "$mine:$place" "$mine"
}

bails_out() {
	refuses 2 "$1" "$bin/lastack-check" "$2" && holds "$tap_dir/stdout" 'Bail out! '
}

bad_case 'unknown verb' "2:10: read 'recvv', want a verb (\`lastack list verbs\` shows all): did you mean 'recv'?" \
	'client   recvv 64 = 0'
bad_case 'bad operand' "2:15: read 'many', want" 'client   recv many = 0'
bad_case 'missing operand' "2:14: want BYTES behind 'recv'" 'client   recv = 0'
bad_case 'missing outcome' "2:17: want an outcome: '= 0'" 'client   recv 64'
bad_case 'nothing behind =' "2:19: want an outcome behind '='" 'client   recv 64 ='
bad_case 'unknown variant' "2:10: read 'ipv5', want a variant (ipv4, ipv6, mapped, swapped, unix, unix-seqpacket, unix-dgram, mptcp): did you mean 'ipv4'?" \
	'run      ipv5' 'client close = 0'
bad_case 'descriptor named twice' "2:17: read 'on' twice" 'client   send 5 on b on c = 5'
bad_case 'word too long' "2:15: read '00000" "client   send $(printf '%070d' 7) = 7"
bad_case 'sysctl value too long' '2:30: read' \
	'sysctl   net.ipv4.tcp_rmem   4096 131072 6291456 4096 131072 6291456' 'client close = 0'
bad_case 'line of 100 kB' '2:512: read a line of 100000 bytes, want at most 511' "$(printf '%0100000d' 0)"

printf '%s\r\n' "$title" 'client close = 0' >"$mine"
check 'case: carriage returns' refuses 2 'lines that end in a newline alone' "$run_" run "$mine"
check 'case: a program' refuses 2 'is this a case?' "$run_" run /bin/sh
: >"$tap_dir/empty.case"
check 'case: empty file' refuses 2 "$tap_dir/empty.case: the file is empty, want a case" "$run_" run "$tap_dir/empty.case"
check 'case: no such file' refuses 2 'nosuch.case: cannot be read: No such file' "$run_" run ./nosuch.case
check 'case: a folder' refuses 2 '/proc: read a folder, want a topic, a case or a file' "$run_" run /proc
mkdir "$tap_dir/folder.case"
check 'case: a folder named as a case' refuses 2 'Is a directory' "$run_" run "$tap_dir/folder.case"
check 'case: no cases at all' refuses 2 'no cases here; LASTACK_CASES names another folder' \
	env LASTACK_CASES=/nonexistent "$run_" run
echo 'unread/close is known' >"$tap_dir/known.tsv"
check 'bad list of known divergences' refuses 2 "$tap_dir/known.tsv:1: " env LASTACK_KNOWN="$tap_dir/known.tsv" \
	"$run_" run unread/close

misspelt_topic() {
	topic=$(cd "$bin/cases" && ls -d */ | tr -d / | awk 'length > 5' | head -n 1)
	refuses 2 "did you mean '$topic'?" "$run_" run "${topic}s"
}
check 'selector: misspelt topic' misspelt_topic
check 'selector: misspelt case' refuses 2 "of that name (\`lastack list\` shows all): did you mean 'unread/close'?" "$run_" run unread/closs
check 'selector: nothing near' refuses 2 '`lastack list` shows all' "$run_" run qqqqqqqqqqqqqq
check 'selector: empty' refuses 2 'no topic, case or file of that name' "$run_" run ''

good='client   send 5              = 5'
from_standard_input() {
	printf '%s\n' "$title" 'run      ipv4' "$1" >"$tap_dir/input"
	input=$tap_dir/input
	run "$run_" run -o none -
	input=/dev/null
}
reads_standard_input() {
	from_standard_input "$good"
	says_status 0 && counts 1 0 0 0 0 && leaves_only
}
refuses_standard_input() {
	from_standard_input 'client   send 5'
	says_status 2 && holds "$tap_dir/stderr" '-:3:' && gives_no_verdict
}
skips_what_is_not_there() {
	printf '%s\n' "$title" 'run      mptcp' 'sysctl   net.mptcp.enabled 0' "$good" >"$mine"
	run "$run_" run -o none "$mine"
	says_status 0 && counts 0 0 0 1 0 && holds "$tap_dir/stdout" 'net.mptcp.enabled' && leaves_only
}
check_run 'case from standard input' reads_standard_input
check_run 'variant that the kernel does not have' skips_what_is_not_there
check 'bad case from standard input' refuses_standard_input
check 'no standard input at all' refuses 2 'the file is empty' sh -c 'exec "$@" <&-' sh "$run_" run -

check 'no word' refuses 2 'Usage: lastack WORD' "$run_"
check 'unknown word' refuses 2 "read 'runn', want run, list," "$run_" runn
check 'unknown word: the near one' refuses 2 "did you mean 'run'?" "$run_" runn
check 'unknown option' refuses 2 'invalid option' "$run_" run -Z
for jobs in 0 -1 65 x '' 4294967297; do
	check "run -j '$jobs'" refuses 2 'want a number from 1 to 64' "$run_" run -j "$jobs"
done
check 'run -n 0' refuses 2 'want a number from 1 to 100000' "$run_" run -n 0
check 'two cases for show' refuses 2 "want one case, read also 'b'" "$run_" show a b
check 'no case for show' refuses 2 'want a case' "$run_" show
check 'a topic for show' refuses 2 'cases, want one' "$run_" show references
check 'diff of files that are not there' refuses 2 'nosuch.record: No such file' "$run_" diff nosuch.record b
check 'diff of what is no record' refuses 2 '/bin/sh' "$run_" diff /bin/sh /bin/sh
check 'matrix of a file that is not there' refuses 2 'No such file or directory' "$run_" matrix no-such.record
check 'lastack-check without a case' refuses 2 'Usage: lastack-check FILE.case' "$bin/lastack-check"

# ---- while it runs ----

is_broken_not_failed() {
	printf '%s\n' "$title" 'run      ipv4' 'client   recv 64             = 0' >"$mine"
	run "$run_" run -o r.record "$mine"
	says_status 2 && counts 0 0 1 0 0 && holds "$tap_dir/stdout" 'did not return within 10 s' &&
		leaves_only r.record && is_readable_record "$work/r.record" && leaves_no_process
}
kills_both() {
	printf '%s\n' "$title" 'run      ipv4 swapped' 'client   kill KILL           = killed SIGKILL' \
		'server   recv 64             = 0' 'server   kill TERM           = killed SIGTERM' >"$mine"
	run "$run_" run -o r.record "$mine"
	says_status 0 && counts 2 0 0 0 0 && is_readable_record "$work/r.record" && leaves_no_process
}
check_run 'an actor that never answers is BROKEN' is_broken_not_failed
check_run 'a case that kills both sides' kills_both

# As nohup, or a shell that starts it with &, hands them on. Not by `trap`: dash cannot ignore SIGCHLD.
ignores_signals() {
	run env --ignore-signal=HUP,INT,QUIT,TERM,USR1,ALRM,SEGV,CHLD "$run_" run -q -o none process linger
	says_status 0 && grep -Eq '^all +([0-9]+) +\1 ' "$tap_dir/stdout" || { show_output; return 1; }
}
check_run 'begun with signals ignored' ignores_signals

# ---- rights ----

skips_all() {
	text=$1
	shift
	run "$@"
	says_status 0 && counts 0 0 0 4 0 && holds "$tap_dir/stdout" "SKIP unread/close ipv4: $text" &&
		speaks_plainly && leaves_only r.record && is_readable_record "$work/r.record"
}
must_run() {
	run "$@"
	says_status 1 && counts 0 0 0 4 0 && holds "$tap_dir/stderr" '4 runs were skipped and LASTACK_MUST_RUN=1'
}
# Where nobody can make a namespace any more.
cat >"$bin/exhausted" <<'END'
#!/bin/sh
exec unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_net_namespaces && echo 0 >/proc/sys/user/max_user_namespaces &&
	exec "$@"' sh "$@"
END
chmod 755 "$bin/exhausted"
# What a machine is known to lack may be skipped, and nothing else.
printf '%s\n' '# A case that needs what no machine has.' 'needs    /nowhere/at-all' 'run      ipv4' '' 'client   close = 0' >"$bin/needs.case"
may_skip() {
	run env LASTACK_MUST_RUN=1 "LASTACK_MAY_SKIP=tls  /nowhere/at-all" "$run_" run -o none "$bin/needs.case"
	says_status 0 && counts 0 0 0 1 0 || return 1
	run env LASTACK_MUST_RUN=1 "LASTACK_MAY_SKIP=tls /nowhere/at-al" "$run_" run -o none "$bin/needs.case"
	says_status 1 && holds "$tap_dir/stderr" '1 runs were skipped and LASTACK_MUST_RUN=1' || return 1
	run env LASTACK_MUST_RUN=1 LASTACK_MAY_SKIP=/nowhere/at-all "$bin/lastack-check" "$bin/needs.case"
	says_status 0 && holds "$tap_dir/stdout" 'ok 1 ipv4 # SKIP needs /nowhere/at-all'
}
check 'what may be skipped' may_skip
check_skips_under_check() {
	run "$bin/exhausted" "$bin/lastack-check" "$bin/cases/unread/close.case"
	says_status 0 && [ "$(grep -c '^ok .* # SKIP needs a network namespace' "$tap_dir/stdout")" = 4 ] ||
		{ show_output; return 1; }
}
check_must_run_under_check() {
	run env LASTACK_MUST_RUN=1 "$bin/exhausted" "$bin/lastack-check" "$bin/cases/unread/close.case"
	[ "$(grep -c '^not ok' "$tap_dir/stdout")" = 4 ] && holds "$tap_dir/stderr" 'skipped, and LASTACK_MUST_RUN=1'
}
# Where only a few can: the runs go on with fewer workers, and nothing is skipped.
cat >"$bin/few" <<'END'
#!/bin/sh
exec unshare -Ur sh -c 'echo 4 >/proc/sys/user/max_net_namespaces && exec "$@"' sh "$@"
END
chmod 755 "$bin/few"
goes_on_with_few() {
	run "$bin/few" "$run_" run -q -o none -n 3 unread/close unread/kill unread/segv unread/exit
	says_status 0 && holds "$tap_dir/stdout" '0 of 32 repeats differed' &&
		grep -Eq '^all +16 +16 +0 +0 +0 +0$' "$tap_dir/stdout" || { show_output; return 1; }
}
if "$bin/exhausted" true 2>/dev/null; then
	check 'few namespaces: nothing is skipped' goes_on_with_few
	check 'no namespaces: SKIP and why' skips_all 'needs a network namespace: clone: the limit on namespaces' \
		"$bin/exhausted" "$run_" run -o r.record unread/close
	check 'no namespaces, LASTACK_MUST_RUN=1' must_run env LASTACK_MUST_RUN=1 "$bin/exhausted" "$run_" run -o none unread/close
	check 'no namespaces, under Check' check_skips_under_check
	check 'no namespaces, under Check, LASTACK_MUST_RUN=1' check_must_run_under_check
	check 'no right to make namespaces' skips_all 'needs a network namespace: clone:' "$bin/exhausted" \
		setpriv --bounding-set=-all --inh-caps=-all "$run_" run -o r.record unread/close
else
	for name in 'SKIP and why' 'LASTACK_MUST_RUN=1' 'under Check'; do
		skip "no namespaces: $name" 'needs unshare(1) and user namespaces'
	done
fi
if is_root && setpriv --bounding-set=-net_raw --inh-caps=-net_raw unshare -n true 2>/dev/null; then
	check 'no CAP_NET_RAW' skips_all 'no right (CAP_NET_RAW) to capture on lo' \
		setpriv --bounding-set=-net_raw --inh-caps=-net_raw "$run_" run -o r.record unread/close
else
	skip 'no CAP_NET_RAW' 'needs root and setpriv(1)'
fi

# ---- descriptors, processes, room ----

limited() {
	run sh -c 'ulimit -n "$1" && shift && exec "$@"' sh "$@"
}
few_descriptors() {
	limited "$1" "$run_" run -o none unread/close
	says_status 2 && holds "$tap_dir/stderr" 'raise the limit on descriptors (ulimit -n 256)' && gives_no_verdict &&
		leaves_only && leaves_no_process
}
just_enough_descriptors() {
	limited 48 "$run_" run -j 64 -q -o none references process
	says_status 0 && grep -Eq '^all +([0-9]+) +\1 ' "$tap_dir/stdout" || { show_output; return 1; }
}
few_descriptors_under_check() {
	limited 32 "$bin/lastack-check" "$bin/cases/unread/close.case"
	holds "$tap_dir/stdout" 'Bail out! ipv4: cannot start a worker: Too many open files; raise' &&
		! grep '^ok' "$tap_dir/stdout"
}
for descriptors in 8 16 32 47; do
	check "ulimit -n $descriptors" few_descriptors $descriptors
done
check_run 'ulimit -n 48 is enough for any number of workers' just_enough_descriptors
check 'ulimit -n 32 under Check' few_descriptors_under_check

few_processes() {
	run prlimit --nproc="$1" $as_user "$run_" run -j 1 -o none references/fork-shutdown-reaches-child
	says_status 2 && cat "$tap_dir/stdout" "$tap_dir/stderr" >"$tap_dir/both" &&
		holds "$tap_dir/both" 'ulimit -u' && speaks_plainly && counts_no_failure && leaves_no_process
}
counts_no_failure() {
	! grep -E '^all ' "$tap_dir/stdout" | grep -Evq '^all +[0-9]+ +0 +0 '
}
few_processes_under_check() {
	run prlimit --nproc="$1" $as_user "$bin/lastack-check" "$bin/cases/unread/close.case"
	holds "$tap_dir/stdout" 'Bail out! ' && holds "$tap_dir/stdout" 'ulimit -u' && speaks_plainly &&
		! grep '^ok' "$tap_dir/stdout" && leaves_no_process
}
if is_root && prlimit --nproc=1 $as_user true 2>/dev/null && $as_user unshare -Urn true 2>/dev/null; then
	for processes in 1 2 3 4; do
		check "ulimit -u $processes" few_processes $processes
	done
	for processes in 1 2 3; do
		check "ulimit -u $processes under Check" few_processes_under_check $processes
	done
else
	skip 'ulimit -u' 'needs root, prlimit(1), setpriv(1) and user namespaces for users'
fi

record_to() {
	place=$1 why=$2
	run "$run_" run -q -o "$place" unread/close
	says_status 2 && holds "$tap_dir/stderr" "cannot write the record $place: $why; -o names another place" &&
		leaves_only
}
check 'record: /dev/full' record_to /dev/full 'No space left on device'
check 'record: no such folder' record_to /nonexistent/r.record 'No such file or directory'
check 'record: a folder' record_to /proc 'Is a directory'
check 'record: no such folder is known before the runs' refuses 2 'cannot write the record' "$run_" run -o nosuch/r unread/close

# full COMMAND...: in a folder of 16 KiB.
cat >"$bin/full" <<'END'
#!/bin/sh
mount -t tmpfs -o size="$ROOM" lastack /mnt && cd /mnt && { "$@"; status=$?; find /mnt -mindepth 1; exit $status; }
END
chmod 755 "$bin/full"
full=''
for way in 'unshare -m' 'unshare -Urm'; do
	[ -n "$full" ] || ! env ROOM=4k $way "$bin/full" true >/dev/null 2>&1 || full="$way $bin/full"
done
disk_full() {
	run env ROOM=16k $full "$run_" run -q -o /mnt/r.record references
	says_status 2 && holds "$tap_dir/stderr" 'cannot write the record /mnt/r.record: No space left on device' &&
		! grep '^/mnt/' "$tap_dir/stdout"
}
observed_full() {
	run env ROOM=16k $full "$run_" observe -o /mnt/r.record references
	says_status 2 &&
		holds "$tap_dir/stderr" 'cannot write /mnt/r.record: No space left on device; what is there is not whole'
}
old_record_stays() {
	run env ROOM=16k $full sh -c '
		"$0" run -q -o /mnt/r.record unread/close >/dev/null && cp /mnt/r.record "$1"/old &&
			{ "$0" run -q -o /mnt/r.record references >/dev/null; cmp /mnt/r.record "$1"/old; }' "$run_" "$tap_dir"
	says_status 0 && holds "$tap_dir/stderr" 'No space left on device' &&
		[ "$(grep -c '^/mnt/' "$tap_dir/stdout")" = 1 ] || { show_output; return 1; }
}
captures_full() {
	run env ROOM=4k $full "$run_" run -o none -p /mnt/p unread/close
	says_status 2 && holds "$tap_dir/stdout" 'BROKEN: cannot write /mnt/p/unread-close' && ! grep -q FAIL: "$tap_dir/stdout"
}
if [ -n "$full" ]; then
	check 'full disk: no part of a record, no temporary file' disk_full
	check 'full disk: the record of before stays' old_record_stays
	check 'full disk: captures' captures_full
	check 'full disk: what is observed' observed_full
else
	skip 'full disk' 'needs unshare(1) and mount(8)'
fi

check 'captures: not a folder' refuses 2 'cannot write captures into /dev/null: Not a directory' \
	"$run_" run -o none -p /dev/null unread/close
check 'captures: no such parent' refuses 2 'cannot write captures into /nonexistent/p: No such file' \
	"$run_" run -o none -p /nonexistent/p unread/close
if is_root && $as_user true 2>/dev/null; then
	check 'captures: not writable' refuses 2 "cannot write captures into $bin: Permission denied" \
		$as_user "$run_" run -o none -p "$bin" unread/close
	check 'record: not writable' refuses 2 "cannot write the record $bin/r: Permission denied" \
		$as_user "$run_" run -o "$bin/r" unread/close
else
	skip 'captures: not writable' 'needs root and setpriv(1)'
	skip 'record: not writable' 'needs root and setpriv(1)'
fi

# ---- standard output ----

closed_early() {
	run sh -c '"$@" | head -n 1' sh "$run_" run -v -n 1000 -o none references
	says_status 0 && [ "$(wc -l <"$tap_dir/stdout")" = 1 ] && leaves_only && leaves_no_process
}
check 'output closed early' closed_early
output_full() {
	run sh -c 'exec "$@" >/dev/full' sh "$@"
	says_status 2 && holds "$tap_dir/stderr" 'cannot write to standard output' && leaves_only && leaves_no_process
}
check 'output: /dev/full, list' output_full "$run_" list
check 'output: /dev/full, run -v' output_full "$run_" run -v -o r.record unread/close
check 'output: /dev/full, lastack-check' output_full "$bin/lastack-check" "$bin/cases/unread/close.case"
check 'output: closed' refuses 2 'cannot write to standard output: Bad file descriptor' sh -c 'exec "$@" >&-' sh \
	"$run_" run -o none unread/close

# ---- temporary files of Check ----

elsewhere() {
	run env TMPDIR=/nonexistent "$bin/lastack-check" "$bin/cases/unread/close.case"
	says_status 0 && [ "$(grep -Ec '^ok [1-4] ' "$tap_dir/stdout")" = 4 ] || { show_output; return 1; }
}
check 'TMPDIR that is not there, /tmp writable' elsewhere
cat >"$bin/read-only" <<'END'
#!/bin/sh
# Only device files can be written.
find / -xdev -maxdepth 0 >/dev/null
mount --make-rprivate / && mount --bind / / && mount -o remount,ro,bind / || exit 77
for folder in /tmp /var/tmp; do
	mount --bind $folder $folder && mount -o remount,ro,bind $folder || exit 77
done
exec "$@"
END
chmod 755 "$bin/read-only"
read_only=''
for way in 'unshare -m' 'unshare -Urm'; do
	[ -n "$read_only" ] || ! $way "$bin/read-only" true >/dev/null 2>&1 || read_only="$way $bin/read-only"
done
nothing_writable() {
	run $read_only "$bin/lastack-check" "$bin/cases/unread/close.case"
	says_status 2 && holds "$tap_dir/stderr" 'no temporary file can be made here: Read-only file system; set TMPDIR' &&
		holds "$tap_dir/stdout" 'Bail out! ' && gives_no_verdict
}
case $bin in
/tmp/*) ;;
*) read_only='' ;;
esac
if [ -n "$read_only" ]; then
	check 'nothing writable, under Check' nothing_writable
else
	skip 'nothing writable, under Check' 'needs unshare(1), mount(8) and a temporary folder in /tmp'
fi

# ---- signals ----

# has_processes N MAIN: the program has so many, or has ended.
has_processes() {
	[ "$(processes | wc -l)" -ge "$1" ] || ! kill -0 "$2" 2>/dev/null
}

# interrupt SIGNAL MOMENT: a short time after the first worker was there.
interrupt() {
	rm -rf "$work" && mkdir "$work"
	(cd "$work" && exec "$run_" run -n 5000 -q -o r.record references process) \
		>"$tap_dir/stdout" 2>"$tap_dir/stderr" </dev/null &
	main=$!
	await has_processes 2 $main || return 1
	sleep "$2"
	kill -s "$1" $main
	wait $main
	status=$?
	says_status 130 && holds "$tap_dir/stderr" 'interrupted after' && holds "$tap_dir/stderr" 'no record was written' &&
		speaks_plainly && gives_no_verdict && leaves_only && leaves_no_process
}
for moment in 0 0.01 0.03 0.06 0.1 0.15 0.25 0.35 0.5 0.8; do
	check "SIGINT after $moment s" interrupt INT $moment
	check "SIGTERM after $moment s" interrupt TERM $moment
done
check 'SIGHUP' interrupt HUP 0.2

# end_check SIGNAL [PREFIX]: lastack-check in the middle of a call that is given minutes to return, and never does.
end_check() {
	printf '%s\n' "$title" 'time     slow' 'run      ipv4' 'client   recv 64             = 0 in 0s..600s' >"$mine"
	setsid $2 "$bin/lastack-check" "$mine" >"$tap_dir/stdout" 2>"$tap_dir/stderr" </dev/null &
	main=$! # with a group of its own: Check hands a signal on to its whole group
	await has_processes 5 $main || return 1
	kill -s "$1" $main
	wait $main
	status=$?
	[ $status != 0 ] && gives_no_verdict && leaves_no_process
}
for signal in TERM KILL; do
	check "SIG$signal under Check" end_check $signal ''
done
if env --default-signal=INT true 2>/dev/null; then # what a shell starts with & ignores SIGINT
	check 'SIGINT under Check' end_check INT 'env --default-signal=INT'
else
	skip 'SIGINT under Check' 'needs env --default-signal'
fi

tap_end
