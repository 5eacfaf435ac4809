# For the shell tests: TAP on stdout, what went wrong on stderr. Source it, call check, end with tap_end.
tap_count=0
tap_failed=0

# check NAME COMMAND...: one TAP line; what the command prints is shown when it fails.
check() {
	tap_name=$1
	shift
	tap_count=$((tap_count + 1))
	if "$@" >"$tap_dir/out" 2>&1; then
		echo "ok $tap_count $tap_name"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count $tap_name"
		while IFS= read -r tap_line; do
			printf '  %s: %s\n' "$tap_name" "$tap_line"
		done <"$tap_dir/out" >&2
	fi
}

# may_skip REASON: whether what it needs ("needs runsc: ...") is among what LASTACK_MAY_SKIP names.
may_skip() {
	tap_need=${1#needs }
	case " ${LASTACK_MAY_SKIP-} " in *" ${tap_need%%:*} "*) return 0 ;; esac
	return 1
}

skip() {
	tap_count=$((tap_count + 1))
	if [ "${LASTACK_MUST_RUN-}" = 1 ] && ! may_skip "$2"; then
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count $1"
		echo "  $1: skipped and LASTACK_MUST_RUN=1: $2" >&2
	else
		echo "ok $tap_count $1 # SKIP $2"
	fi
}

# await COMMAND...: until it succeeds. The deadline, two minutes and more, is for what hangs.
await() {
	tap_tries=0
	until "$@"; do
		tap_tries=$((tap_tries + 1))
		[ $tap_tries -lt 2400 ] || { echo "waited in vain for: $*"; return 1; }
		sleep 0.05
	done
}

# in_time RECORD COMMAND...: until none of the runs in the record that it writes was late (late.h); twenty times at most.
# A run may be as wanted although it was late, and its capture show a pause that the case does not mean.
in_time() {
	tap_record=$1
	shift
	for tap_try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		"$@"
		tap_status=$?
		grep -qs '^late ' "$tap_record" || break
	done
	return $tap_status
}

tap_end() {
	echo "1..$tap_count"
	rm -rf "$tap_dir"
	exit 0
}

# Whether FILE holds the fixed text.
holds() {
	grep -qF -- "$2" "$1" || { echo "want in the output: $2"; echo "saw:"; cat "$1"; return 1; }
}

tap_dir=$(mktemp -d)
trap 'rm -rf "$tap_dir"' EXIT
