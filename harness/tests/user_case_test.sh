#!/bin/sh
# The first case that a reader of the README writes, and the first mistakes in it.
# usage: user_case_test.sh LASTACK LASTACK-CHECK CASES-FOLDER
set -u
lastack=$1 lastack_check=$2 cases=$3
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/trouble.sh"
mine=$tap_dir/mine.case

# write_case [SED-EXPRESSION]: the case, or the case with a mistake in it.
write_case() {
	sed "${1-}" >"$mine" <<'END'
# The server closes with my bytes unread and I am reset.
run ipv4 ipv6

client send 5 = 5
server close = 0
client recv 10 = -1 ECONNRESET
END
}

passes() {
	run "$@"
	says_status 0 && counts 2 0 0 0 0 && leaves_only && leaves_no_process
}

passes_from_standard_input() {
	input=$mine
	passes "$bin/lastack" run -o none -
	result=$?
	input=/dev/null
	return $result
}

passes_under_check() {
	run "$bin/lastack-check" "$mine"
	says_status 0 && [ "$(cat "$tap_dir/stdout")" = "1..2
ok 1 ipv4
ok 2 ipv6" ]
}

shows_itself() {
	run "$bin/lastack" show "$mine"
	says_status 0 && holds "$tap_dir/stdout" 'client   recv 10             = -1 ECONNRESET' &&
		holds "$tap_dir/stdout" 'RST,ACK' && holds "$tap_dir/stdout" '  PASS'
}

# What `show --text` writes is the same case.
comes_back_canonical() {
	run "$bin/lastack" show --text "$mine"
	cp "$tap_dir/stdout" "$tap_dir/canonical.case"
	passes "$bin/lastack" run -o none "$tap_dir/canonical.case"
}

wrong_expectation() {
	run "$bin/lastack" run -o none "$mine"
	says_status 1 && counts 0 2 0 0 0 &&
		holds "$tap_dir/stdout" "mine.case:6: client recv 10: want 0, saw -1 ECONNRESET" && leaves_no_process
}

wrong_expectation_in_short() {
	run "$bin/lastack" run -q -o none "$mine"
	says_status 1 && counts 0 2 0 0 0 &&
		holds "$tap_dir/stdout" "FAIL user/mine ipv6: line 6: client recv 10: want 0, saw -1 ECONNRESET"
}

write_case
check_run 'a case of six lines passes' passes "$bin/lastack" run -o none "$mine"
check_run 'the same from standard input' passes_from_standard_input
check_run 'the same under Check' passes_under_check
check_run 'show draws it' shows_itself
check_run 'show --text writes it as it should look' comes_back_canonical

write_case 's/recv 10/recieve 10/'
check 'misspelt verb' refuses 2 "$mine:6:8: read 'recieve', want a verb (\`lastack list verbs\` shows all)" \
	"$bin/lastack" run "$mine"
write_case 's/recv 10/rec 10/'
check 'misspelt verb, one that is near' refuses 2 "did you mean 'recv'?" "$bin/lastack" run "$mine"
write_case 's/send 5 = 5/send 5/'
check 'missing outcome' refuses 2 "$mine:4:14: want an outcome: '= 0', '= -1 EPIPE', or '= any' to assert nothing" \
	"$bin/lastack" run "$mine"
write_case 's/ECONNRESET/ECONRESET/'
check "wrong errno's name" refuses 2 "$mine:6:21: read 'ECONRESET'" "$bin/lastack" run "$mine"
check "wrong errno's name: the right one" refuses 2 "did you mean 'ECONNRESET'?" "$bin/lastack" run "$mine"
write_case 's/client send/klient send/'
check 'misspelt side' refuses 2 "did you mean 'client'?" "$bin/lastack" run "$mine"
write_case '1d'
check 'no sentence' refuses 2 "$mine:1:1: want the case in one sentence in its first line" "$bin/lastack" run "$mine"
write_case 's/= -1 ECONNRESET/= 0/'
check_run 'wrong expectation' wrong_expectation
check_run 'a wrong expectation, in short' wrong_expectation_in_short

tap_end
