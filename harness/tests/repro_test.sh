#!/bin/sh
# What people paste, the cause that is named first, and that its ladder, run now, shows the error that they saw.
# usage: repro_test.sh LASTACK CASES-FOLDER
set -u
lastack=$1 cases=$2
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/trouble.sh"

first_cause() {
	grep -E '^(1\. )?[a-z0-9-]+$' "$tap_dir/stdout" | head -n 1 | sed 's/^1\. //'
}

# The ladder: what comes behind the line of its case and system.
ladder_holds() {
	sed -n '/^[a-z0-9-]*\/[a-z0-9-]* [a-z0-9]*   /,$p' "$tap_dir/stdout" >"$tap_dir/ladder"
	grep -qE -e "$1" "$tap_dir/ladder" || { echo "want in the ladder: $1"; cat "$tap_dir/ladder"; return 1; }
}

# names TEXT CAUSE [PATTERN]: the first cause, and what its ladder shows.
names() {
	run "$bin/lastack" repro -n 1 "$1"
	says_status 0 && speaks_plainly && leaves_only || return 1
	[ "$(first_cause)" = "$2" ] || { echo "want the cause $2 first, saw '$(first_cause)'"; show_output; return 1; }
	grep -q '^  fix    ' "$tap_dir/stdout" && grep -q '^  tell   ' "$tap_dir/stdout" || { echo "want fix and tell"; return 1; }
	ladder_holds "${3-.}"
}

# What comes behind the call's closing bracket, or its words: "recv 64 = -1 ECONNRESET".
while IFS='|' read -r text cause pattern; do
	[ -n "$text" ] || continue
	check "'$text' is $cause first" names "$text" "$cause" "$pattern"
done <<'END'
ECONNRESET|unread-data|recv [0-9]+ = -1 ECONNRESET
104: Connection reset by peer|unread-data|recv [0-9]+ = -1 ECONNRESET
read: connection reset by peer|unread-data|recv [0-9]+ = -1 ECONNRESET
write: connection reset by peer|unread-data|send [0-9]+ = -1 ECONNRESET
write EPIPE|data-after-close|send [0-9]+ = -1 EPIPE
Broken pipe|data-after-close|send [0-9]+ = -1 EPIPE
errno 32|data-after-close|send [0-9]+ = -1 EPIPE
WSAECONNRESET|unread-data|ECONNRESET
10054|unread-data|ECONNRESET
An existing connection was forcibly closed by the remote host.|unread-data|ECONNRESET
10053|destroyed|ECONNABORTED
Software caused connection abort: recv failed|destroyed|recv [0-9]+ = -1 ECONNABORTED
10061|refused|connect.* = -1 ECONNREFUSED
No connection could be made because the target machine actively refused it|refused|connect.* = -1 ECONNREFUSED
10060|syn-unanswered|ETIMEDOUT
OSError(54, 'ECONNRESET')|unread-data|ECONNRESET
Os { code: 57, kind: NotConnected, message: "Socket is not connected" }|not-connected|ENOTCONN
shutdown: Transport endpoint is not connected|not-connected|shutdown [A-Z]+ = -1 ENOTCONN
dial tcp 127.0.0.1:80: connect: connection refused|refused|connect.* = -1 ECONNREFUSED
write tcp 10.0.0.1:40112->10.0.0.2:443: write: broken pipe|data-after-close|send [0-9]+ = -1 EPIPE
read tcp 10.0.0.1:40112->10.0.0.2:443: read: connection timed out|retransmission-timeout|recv [0-9]+ = -1 ETIMEDOUT
http: server closed idle connection|keep-alive-race|recv [0-9]+ = 0
Error: read ECONNRESET at TCP.onStreamRead { errno: -104, code: 'ECONNRESET', syscall: 'read' }|unread-data|recv [0-9]+ = -1 ECONNRESET
Error: socket hang up|keep-alive-race|recv [0-9]+ = 0
java.net.SocketException: Connection reset|unread-data|ECONNRESET
org.apache.http.NoHttpResponseException: localhost:8080 failed to respond|keep-alive-race|recv [0-9]+ = 0
ConnectionResetError: [Errno 104] Connection reset by peer|unread-data|ECONNRESET
BrokenPipeError: [Errno 32] Broken pipe|data-after-close|send [0-9]+ = -1 EPIPE
http.client.RemoteDisconnected: Remote end closed connection without response|keep-alive-race|recv [0-9]+ = 0
recv() failed (104: Connection reset by peer) while reading response header from upstream, client: 10.0.0.7|unread-data|recv [0-9]+ = -1 ECONNRESET
upstream prematurely closed connection while reading response header from upstream|keep-alive-race|recv [0-9]+ = 0
connect() failed (110: Connection timed out) while connecting to upstream|syn-unanswered|connect.* = -1 ETIMEDOUT
accept4() failed (24: Too many open files)|no-descriptors|accept.* = -1 EMFILE
bind() to 0.0.0.0:80 failed (98: Address already in use)|time-wait|bind.* = -1 EADDRINUSE
upstream connect error or disconnect/reset before headers. reset reason: connection termination|keep-alive-race|recv [0-9]+ = (0|-1 ECONNRESET)
backend/s1 0/0/0/1/1 502 210 - - SD-- 1/1/0/0/0|unread-data|recv [0-9]+ = -1 ECONNRESET
curl: (52) Empty reply from server|keep-alive-race|recv [0-9]+ = 0
curl: (56) Recv failure: Connection reset by peer|unread-data|recv [0-9]+ = -1 ECONNRESET
curl: (55) Send failure: Broken pipe|data-after-close|send [0-9]+ = -1 EPIPE
curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL, errno 104|unread-data|recv [0-9]+ = -1 ECONNRESET
server closed the connection unexpectedly|keep-alive-race|recv [0-9]+ = 0
could not receive data from client: Connection reset by peer|unread-data|recv [0-9]+ = -1 ECONNRESET
Error while reading from socket: (104, 'Connection reset by peer')|unread-data|recv [0-9]+ = -1 ECONNRESET
client_loop: send disconnect: Broken pipe|state-lost|send [0-9]+ = -1 EPIPE
rpc error: code = Unavailable desc = transport is closing|state-lost|ECONNRESET
connect: No route to host|unreachable|connect.* = -1 EHOSTUNREACH
connect: Cannot assign requested address|no-port-left|connect.* = -1 EADDRNOTAVAIL
+++ killed by SIGPIPE +++|sigpipe|killed SIGPIPE
use of closed network connection|closed-twice|EBADF
CLOSE_WAIT|never-closed|CLOSE-WAIT
too many connections in CLOSE-WAIT|never-closed|CLOSE-WAIT
FIN_WAIT2 piling up|half-closed|FIN-WAIT-2
FIN-WAIT-1|peer-does-not-read|FIN-WAIT-1
many SYN_RECV|connect-abandoned|SYN-RECEIVED
Possible SYN flooding on port 80. Sending cookies.|backlog-overflow|SYN-SENT
TCPAbortOnClose|unread-data|TCPAbortOnClose
ListenOverflows|backlog-overflow|ListenOverflows
TCPAbortOnTimeout|retransmission-timeout|TCPAbortOnTimeout
42 connections reset due to early user close|unread-data|TCPAbortOnClose
upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure, transport failure reason: delayed connect error: Connection refused|refused|connect.* = -1 ECONNREFUSED
"GET / HTTP/1.1" 503 UC upstream_reset_before_response_started{connection_termination} - "-" 0 95|keep-alive-race|recv [0-9]+ = (0|-1 ECONNRESET)
kex_exchange_identification: read: Connection reset by peer|unread-data|recv [0-9]+ = -1 ECONNRESET
LOG:  unexpected EOF on client connection with an open transaction|orderly|recv [0-9]+ = 0
dial tcp 10.0.0.1:10250: i/o timeout|syn-unanswered|connect.* = -1 ETIMEDOUT
write tcp 10.0.0.1:1->10.0.0.2:443: i/o timeout|peer-does-not-read|.
http2: server sent GOAWAY and closed the connection|keep-alive-race|recv [0-9]+ = (0|-1 ECONNRESET)
NSURLErrorDomain Code=-1005 "The network connection was lost."|keep-alive-race|recv [0-9]+ = (0|-1 ECONNRESET)
epoll_wait() said EPOLLRDHUP|hang-up-before-data|.
LAST_ACK|retransmission-timeout|LAST-ACK
TCP: time wait bucket table overflow|time-wait-missing|TCPTimeWaitOverflow
AWS/NetworkELB TCP_ELB_Reset_Count 12|state-lost|recv [0-9]+ = -1 ECONNRESET
SK_RST_REASON_TCP_ABORT_ON_CLOSE|unread-data|ECONNRESET
TCP_KEEPALIVE_TIMEOUT|keepalive-timeout|ETIMEDOUT
TCPKeepAlive|keepalive-timeout|ETIMEDOUT
TCP_TIMEWAIT_SOCKET|data-after-close|EPIPE
self-connect|self-connect|SYN
unexpected EOF|keep-alive-race|recv [0-9]+ = 0
END

# What was understood, word for word.
understands() {
	run "$bin/lastack" repro -q -n 1 "$1"
	says_status 0 && grep -qFx "understood: $2" "$tap_dir/stdout" || { echo "want: $2"; show_output; return 1; }
}

while IFS='|' read -r text fact; do
	check "'$text' says: $fact" understands "$text" "$fact"
done <<'END'
deterministic ECONNRESET when we close the connection|a call fails with ECONNRESET
close() = -1 EBADF|close() fails with EBADF
read ECONNRESET after we wrote|recv() fails with ECONNRESET
ECONNRESET { syscall: 'write' }|send() fails with ECONNRESET
(104: Connection reset by peer) while reading, errno 104|a call fails with ECONNRESET
recv() failed (104: Connection reset by peer), then write() failed (32: Broken pipe)|recv() fails with ECONNRESET; send() fails with EPIPE
SO_ERROR: Connection reset by peer|SO_ERROR says ECONNRESET
40 sockets in FIN_WAIT_2, 3 in CLOSE-WAIT|a connection is in FIN-WAIT-2; a connection is in CLOSE-WAIT
TcpExtTCPAbortOnClose 17|the counter TCPAbortOnClose has moved
TcpAttemptFails 3|the counter AttemptFails has moved
TcpExtTCPTimeouts 5 0.0|a call fails with ETIMEDOUT
TCPSynRetrans|a connection is in SYN-SENT
TcpExtTCPKeepAlive 9|recv() fails with ETIMEDOUT
TcpRetransSegs 4|a call fails with ETIMEDOUT
SKB_DROP_REASON_TCP_ABORT_ON_DATA|the kernel reset it for TCP_ABORT_ON_DATA
upstream timed out (110: Connection timed out) while reading response header|recv() does not return
upstream timed out (110: Connection timed out) while connecting to upstream|connect() fails with ETIMEDOUT
never-closed|the cause never-closed
fe be/s1 0/0/5000 212 cD 1/1/0/0/0 0/0|recv() does not return
be/s1 0/0/0/-1/5 502 0 a b CHVN 1/1/0/0/0 0/0|recv() says end of file where more was awaited
haproxy: SD|recv() fails with ECONNRESET
'502 Bad Gateway' caused by: write tcp 10.0.0.1:1->10.0.0.2:2: write: broken pipe|send() fails with EPIPE
502|recv() says end of file where more was awaited; recv() fails with ECONNRESET
java.io.EOFException|recv() says end of file where more was awaited
org.eclipse.jetty.io.EofException|send() fails with EPIPE
read tcp 10.0.0.1:1->10.0.0.2:443: i/o timeout|recv() does not return
Os { code: 104|a call fails with ECONNRESET
curl: (56)|recv() fails with ECONNRESET
curl: (56) OpenSSL SSL_read: unexpected eof while reading|recv() says end of file where more was awaited
half open|a connection is in ESTABLISHED
END

# What a cause names to look at can be asked for.
counters_told_are_understood() {
	sed -n 's/^tell *nstat://p' "$cases/causes.txt" | grep -oE '\<(Tcp|TCP|Listen|Embryonic|Out|Estab|Attempt)[A-Za-z]+' |
		grep -vx TCPAbort | sort -u >"$tap_dir/counters"
	[ -s "$tap_dir/counters" ] || { echo "want counters in $cases/causes.txt"; return 1; }
	while read -r counter; do
		"$bin/lastack" repro -q "$counter" >/dev/null 2>&1 || { echo "want $counter to be understood"; return 1; }
	done <"$tap_dir/counters"
}
check "the counters that causes name are understood" counters_told_are_understood

words_need_no_quotes() {
	run "$bin/lastack" repro -q 104: Connection reset by peer
	says_status 0 && holds "$tap_dir/stdout" "understood: a call fails with ECONNRESET" && [ "$(first_cause)" = unread-data ]
}

reads_standard_input() {
	echo "2026/11/21 10:00:00 [error] writev() failed (32: Broken pipe)" >"$tap_dir/log"
	input=$tap_dir/log
	run "$bin/lastack" repro -q -
	input=/dev/null
	says_status 0 && holds "$tap_dir/stdout" "understood: send() fails with EPIPE"
}

# Numbers and words that are there for something else.
finds_nothing_in() {
	refuses 2 "says nothing that is known here" "$bin/lastack" repro "$1"
}

names_near_phrases() {
	refuses 2 "'$2'" "$bin/lastack" repro "$1"
}

runs_nothing() {
	run "$bin/lastack" repro -q ECONNRESET
	says_status 0 && ! grep -q "linux [0-9]" "$tap_dir/stdout" && holds "$tap_dir/stdout" "2. keep-alive-race" &&
		holds "$tap_dir/stdout" "less likely:"
}

shows_so_many() {
	run "$bin/lastack" repro -q -n 5 ECONNRESET
	says_status 0 && [ "$(grep -cE '^[0-9]+\. ' "$tap_dir/stdout")" = 5 ]
}

lists_causes() {
	run "$bin/lastack" repro
	says_status 0 && [ "$(wc -l <"$tap_dir/stdout")" = "$(grep -c '^cause ' "$cases/causes.txt")" ] &&
		grep -q '^unread-data  *[A-Z]' "$tap_dir/stdout"
}

help_fits_a_screen() {
	run "$bin/lastack" repro --help
	says_status 0 && [ "$(wc -l <"$tap_dir/stdout")" -le 24 ]
}

shows_a_case() {
	run "$bin/lastack" repro unread/hidden-behind-fin
	says_status 0 && holds "$tap_dir/stdout" "unread-data" && holds "$tap_dir/stdout" "reset-behind-fin" &&
		ladder_holds "getsockopt SO_ERROR = EPIPE"
}

shows_a_file() {
	cp "$cases/unread/close.case" "$tap_dir/mine.case"
	run "$bin/lastack" repro "$tap_dir/mine.case"
	says_status 0 && ladder_holds "recv 64 = -1 ECONNRESET"
}

# A capture as tcpdump writes it (magic of nanoseconds or microseconds), with frames in it.
keeps_a_capture() {
	run "$bin/lastack" repro -n 1 -k kept.pcap ECONNRESET
	first=$(stat -c %s "$work/kept.pcap")
	run "$bin/lastack" repro -n 2 -k kept.pcap ECONNRESET
	[ "$(stat -c %s "$work/kept.pcap")" = "$first" ] || { echo "want the first run's capture"; return 1; }
	says_status 0 && leaves_only kept.pcap &&
		case $(od -An -tx4 -N4 "$work/kept.pcap" | tr -d ' ') in a1b2c3d4 | a1b23c4d) true ;; *) false ;; esac &&
		[ "$(stat -c %s "$work/kept.pcap")" -gt 300 ]
}

# Every case of every cause can be asked for, and says which cause it shows.
every_case_is_a_case() {
	for name in $(sed -n 's/^case  *//p' "$cases/causes.txt"); do
		"$bin/lastack" repro -q "$name" >"$tap_dir/said" 2>&1 && grep -q '^  what ' "$tap_dir/said" ||
			{ echo "$name:"; cat "$tap_dir/said"; return 1; }
	done
}

# Where nothing can be run the text is still there, and what is missing is said.
says_what_is_missing() {
	run unshare --user --map-root-user \
		sh -c 'echo 0 >/proc/sys/user/max_net_namespaces && exec "$0" repro -n 1 EPIPE' "$bin/lastack"
	holds "$tap_dir/stdout" "data-after-close" && grep -E "SKIP|BROKEN" "$tap_dir/stdout" | grep -q "namespace" ||
		{ show_output; return 1; }
}

check "words need no quotes" words_need_no_quotes
check "a log comes by standard input" reads_standard_input
check "a number alone is no errno" finds_nothing_in "104 bottles"
check "a port is no errno" finds_nothing_in "listening on port 10054 now"
check "curl's own 60 is no errno" finds_nothing_in "curl: (60) certificate problem"
check "letters of haproxy's are no state of its" finds_nothing_in "a CD and a CHIP of CRON"
check "a number that means much else stands alone" finds_nothing_in "there were 502 of them"
check "a stream's reset is no connection's" finds_nothing_in "received RST_STREAM with error code 2"
check "the end of a word is no word" finds_nothing_in "a typeof thing"
check "the beginning of a word is no word" finds_nothing_in "eofile"
check "nothing is nothing" finds_nothing_in ""
check "a misspelt errno" names_near_phrases ECONNRESTE ECONNRESET
check "a misspelt sentence" names_near_phrases "Conection rest by peer" "Connection reset by peer"
offers_each_once() {
	run "$bin/lastack" repro "$1"
	says_status 2 && ! sed "s/.*near are//" "$tap_dir/stderr" | grep -o "'[^']*'" | sort | uniq -d | grep . &&
		! grep -q "'502'" "$tap_dir/stderr" || { echo "want each phrase once, and none that stands alone"; show_output; return 1; }
}
check "what is near is named once" offers_each_once "transport closing"
check "what has to stand alone is not near" offers_each_once "503 Service Unavailable"
# Escape sequences, and what stands behind a NUL.
is_no_danger() {
	printf 'log \033[2J \000 Broken pipe' >"$tap_dir/log"
	input=$tap_dir/log
	run "$bin/lastack" repro -q -
	says_status 0 && holds "$tap_dir/stdout" "understood: send() fails with EPIPE" || return 1
	printf 'nothing \033[2J here' >"$tap_dir/log"
	refuses 2 "says nothing that is known here" "$bin/lastack" repro -
	result=$?
	input=/dev/null
	[ $result = 0 ] && ! grep -q "$(printf '\033')" "$tap_dir/stderr"
}

check "control characters do no harm" is_no_danger
check "-q runs nothing" runs_nothing
check "-n says how many" shows_so_many
check "without words the causes" lists_causes
check "--help fits a screen" help_fits_a_screen
check "a case by name, with its causes" shows_a_case
check "a case by its file" shows_a_file
check "-k keeps a capture" keeps_a_capture
check "every case of a cause is found" every_case_is_a_case
check "a file that is not there" refuses 2 "No such file" "$bin/lastack" repro nowhere/nothing.case
check "a number that is none" refuses 2 "want a number from 1 to 1000" "$bin/lastack" repro -n 0 EPIPE
check "without a namespace the text is there" says_what_is_missing
tap_end
