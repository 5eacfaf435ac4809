#!/bin/sh
# Runs cases, explains their captures, and runs the case that explain proposes: both captures must show
# the same telling events. Those that do not are listed.
# usage: roundtrip_test.sh LASTACK CASES-FOLDER
set -u
lastack=$1 cases=$2
. "$(dirname "$0")/tap.sh"
export LASTACK_CASES="$cases" LC_ALL=C
want=90
# No two of them show the same events and the same cause.
list="abort/both-ends-one-reset abort/close-after-reset-sends-nothing abort/close-wait-is-reset
abort/closing-with-unsent-data-is-reset abort/duplicate-delays-the-reset abort/fin-wait-1-is-reset
abort/last-ack-with-unsent-data-is-reset abort/reset-from-nowhere-has-default-ttl abort/siocoutq-after-reset
abort/syn-sent-sends-nothing abort/unread-data-comes-first abort/urgent-byte-survives-behind-a-fin
abort/vanished-peer-answers-with-bare-reset after-close/close-wait-may-send after-close/data-behind-a-hole
after-close/data-with-fin-is-reset after-close/listener-resets-stray-data after-close/lost-abort-then-abort
after-close/lost-abort-then-close after-close/queued-answer-survives
after-close/reset-before-the-fin-is-econnreset after-close/unacknowledged-fin-makes-it-econnreset
blocked/close-does-not-wake-recv blocked/close-during-connect blocked/rcvlowat-fin-wakes-recv
blocked/reset-cuts-send-short blocked/shutdown-rdwr-wakes-poll close/close-pushes-corked-data
close/data-after-peers-fin-is-delivered close/data-with-fin-is-readable-in-time-wait
close/fin-follows-sent-data close/fin-takes-a-sequence-number close/late-fin-is-answered-by-reset
close/reset-behind-fin-counts-the-fin connect/good-reset-refuses connect/late-syn-ack-draws-a-reset
connect/listener-gone-behind-syn-ack destroy/repair-probe-finds-the-dead disconnect/drops-both-queues
disconnect/listener-resets-the-queue fast-open/close-at-once-delivers fast-open/close-in-syn-received
fast-open/listener-close-loses-the-data fast-open/unread-data-is-reset fin-wait-2/linger2-negative-close
fin-wait-2/minisock-data-with-fin fin-wait-2/orphan-takes-a-reset half-close/data-flows-the-other-way
half-close/reset-in-closing half-close/reset-in-last-ack linger/peer-reset-ends-wait linger/unread-data-no-wait
linger/waits-in-last-ack listener/close-resets-the-queue listener/close-resets-queued-data
listener/cookie-makes-a-connection listener/fin-and-reset-before-accept
listener/request-ignores-a-reset-outside listener/shutdown-rdwr-resets-the-queue
process/exit-sends-fin process/vanished-peer-found-by-fin readiness/close-on-rdhup-loses-data
self-connect/close self-connect/others-are-refused self-connect/unread-data-resets
self-connect/zero-linger shutdown-rdwr/unread-data-resets-at-close simultaneous/closing-exact-reset
simultaneous/data-crosses-too time-wait/inexact-reset-is-ignored timeout/user-timeout-data
unread/close unread/hidden-behind-fin unread/lingering-close unread/reply-read-first
unread/retransmission-with-fin validation/blind-sweep validation/old-reset-with-data
validation/old-timestamp-of-reset validation/oversized-reset-unread-data validation/reset-below-the-window
validation/reset-in-last-ack validation/reset-in-the-window validation/reset-overtakes-data
validation/sack-other-edges validation/second-reset zero-copy/completions-after-both-fins
after-close/data-across-the-fin after-close/data-up-to-the-fin close/held-fin-covered-by-held-data
fast-open/refused fin-wait-2/bound-client-starts-over listener/half-open-connections-fill-the-backlog
process/rebooted-peer-connects-again simultaneous/open-raw simultaneous/open-then-exact-reset
simultaneous/window-is-scaled-though-not-agreed time-wait/data-is-acknowledged unsent/close-delivers
validation/reset-of-an-orphan validation/syn-in-established validation/syn-in-fin-wait"

# Each of these was refused once, or proposed wrongly: all must hold. By what they ask for: much data; bytes sent
# while others are not acknowledged; a FIN held back from a raw peer; a probe from CLOSE-WAIT; time-outs behind a FIN, or
# of one end only; the same reset twice; segments out of order; SYNs that cross; answers to no SYN; SYNs with data or a
# FIN; no connection at all; either end as the raw peer; segments without ACK.
mended="after-close/close-wait-sends-a-full-queue blocked/close-does-not-wake-send half-close/queued-data-goes-first
timeout/send-into-silence validation/reset-where-the-window-once-was
after-close/each-segment-draws-a-reset
fin-wait-2/data-with-fin-to-fin-wait-1-orphan
fin-wait-2/keepalive-after-timeout
timeout/keepalive-half-closed-peer timeout/queued-data-comes-first timeout/user-timeout-data
fin-wait-2/linger2-negative-late-ack simultaneous/aborts-cross simultaneous/fin-crosses-reset validation/sack-fin-edge
close/data-held-behind-the-fin simultaneous/data-crosses-close unread/behind-a-hole
simultaneous/abort-in-syn-received simultaneous/close-in-syn-received simultaneous/open simultaneous/open-then-close
connect/acknowledgment-alone connect/other-resets-do-not-refuse
disconnect/fast-open-child-is-reset fast-open/unanswered-times-out fast-open/unspec-in-syn-received
listener/syn-with-fin-is-dropped
listener/reset-has-the-acknowledged-number listener/segments-without-connection
after-close/abort-answers-all-but-resets
after-close/no-ack-bit-draws-reset-with-ack validation/no-ack-bit"
tries=3 # of what does not hold: a busy machine may be late for a run, however often it is done

# events FILE.pcap: of its first connection, without what differs from run to run.
events() {
	"$lastack" explain --ascii --ladder 0 "$1" 2>/dev/null | awk '
		/\|.*\| frame [0-9]/ {
			arrow = $0; sub(/^[^|]*\|/, "", arrow); sub(/\|.*/, "", arrow)
			who = index(arrow, ">") ? "opener" : "other"
			gsub(/[-<>]/, " ", arrow); sub(/^ +/, "", arrow); sub(/ +$/, "", arrow)
			print who, arrow
		}'
}

run_all() {
	mkdir "$tap_dir/first" "$tap_dir/proposed" "$tap_dir/second"
	# shellcheck disable=SC2086 # the list is meant to be split
	timeout 1000 "$lastack" run -q -j 2 -o none -p "$tap_dir/first" $list $mended
	[ -n "$(ls "$tap_dir/first")" ]
}

propose_all() {
	for name in $list; do
		file=$(echo "$name" | tr / -)
		[ -f "$tap_dir/first/$file.ipv4.pcap" ] || continue
		if ! "$lastack" explain --case 0 "$tap_dir/first/$file.ipv4.pcap" >"$tap_dir/proposed/$file.case" 2>"$tap_dir/reason"; then
			echo "$name: $(cat "$tap_dir/reason")" >>"$tap_dir/different"
			rm "$tap_dir/proposed/$file.case"
		fi
	done
	[ -n "$(ls "$tap_dir/proposed")" ]
}

# Some wire lists differ, for which the machine may have been late, too: the comparison of the captures says it better.
run_proposed() {
	timeout 1000 "$lastack" run -q -j 2 -o none -p "$tap_dir/second" "$tap_dir/proposed"/*.case >"$tap_dir/summary"
	[ $? -le 1 ] || grep '^all ' "$tap_dir/summary"
}

compare_all() {
	same=0 tried=0
	for name in $list; do
		file=$(echo "$name" | tr / -)
		second=$(ls "$tap_dir/second/user-$file".*.pcap 2>/dev/null)
		[ ! -f "$tap_dir/first/$file.ipv4.pcap" ] || tried=$((tried + 1))
		[ -n "$second" ] || continue
		if same_events "$tap_dir/first/$file.ipv4.pcap" "$second"; then
			same=$((same + 1))
		else
			echo "$name: want $(paste -sd, "$tap_dir/a") saw $(paste -sd, "$tap_dir/b")" >>"$tap_dir/different"
		fi
	done
	[ ! -f "$tap_dir/different" ] || sed 's/^/# differs: /' "$tap_dir/different"
	echo "# $same of $tried captures: the proposed case shows the same telling events"
	[ "$same" -ge $want ]
}

# same_events A.pcap B.pcap
same_events() {
	events "$1" >"$tap_dir/a"
	events "$2" >"$tap_dir/b"
	[ -s "$tap_dir/a" ] && cmp -s "$tap_dir/a" "$tap_dir/b"
}

# holds FILE.pcap: the case that is proposed for it passes and shows the same.
holds() {
	"$lastack" explain --case 0 "$1" >"$tap_dir/again.case" || return 1
	for _ in $(seq "$tries"); do
		rm -rf "$tap_dir/again"
		timeout 120 "$lastack" run -q -o none -p "$tap_dir/again" "$tap_dir/again.case" >"$tap_dir/said" &&
			same_events "$1" "$tap_dir/again"/*.pcap && return
	done
	cat "$tap_dir/again.case" "$tap_dir/said"
	echo "want $(paste -sd, "$tap_dir/a") saw $(paste -sd, "$tap_dir/b")"
	return 1
}

mended_hold() {
	worse=0
	for name in $mended; do
		pcap=$tap_dir/first/$(echo "$name" | tr / -).ipv4.pcap
		[ ! -f "$pcap" ] || holds "$pcap" || { echo "$name" && worse=$((worse + 1)); }
	done
	[ "$worse" = 0 ]
}

# What a raw peer sends no wire line lists, and bytes of the kernel's before and behind it are one event.
forged_case() {
	cat <<'EOF'
# A reset that the server had not sent: it goes on.
run      ipv4

client   send 300            = 300
peer     > data 1000         = sent
client   recv 1000           = 1000
client   send 400            = 400
peer     > RST               = sent
client   recv 64             = -1 ECONNRESET
peer     > data 200          = sent

wire     client data 700
wire     client RST
EOF
}

forged_holds() {
	forged_case >"$tap_dir/forged.case"
	timeout 300 "$lastack" run -q -o none -p "$tap_dir/forged" "$tap_dir/forged.case" &&
		"$lastack" explain --case 0 "$tap_dir/forged"/*.pcap >"$tap_dir/again.case" && cat "$tap_dir/again.case" &&
		grep -q '^peer .*> RST' "$tap_dir/again.case" && timeout 300 "$lastack" run -q -o none "$tap_dir/again.case"
}

# More bytes cross than a case can keep back: the end that did not know of them is the raw peer.
crossing_case() {
	cat <<'EOF'
# What is sent crosses much of what comes, and neither is lost by that.
run      ipv4

client   send 1000           = 1000
peer     > data 2000 ack=-1000 = sent
client   recv 2000           = 2000
peer     > ACK               = sent
client   close               = 0
peer     > FIN,ACK           = sent

wire     client data 1000
wire     client FIN
EOF
}

crossing_holds() {
	crossing_case >"$tap_dir/crossing.case"
	timeout 300 "$lastack" run -q -o none -p "$tap_dir/crossing" "$tap_dir/crossing.case" &&
		holds "$tap_dir/crossing"/*.pcap && grep -q '> data 2000 ack=-1000' "$tap_dir/again.case"
}

# second NAME: the case of the second connection of its capture
second() {
	"$lastack" explain --case 1 "$tap_dir/first/$(echo "$1" | tr / -).ipv4.pcap" >"$tap_dir/again.case" 2>"$tap_dir/reason"
}

# Its SYN belongs to the connection before: what answers it was not drawn by another one.
without_syn_holds() {
	second process/rebooted-peer-connects-again && cat "$tap_dir/again.case" && ! grep -q SYN "$tap_dir/again.case" &&
		timeout 300 "$lastack" run -q -o none "$tap_dir/again.case"
}

# crossed_syns_case STEPS WIRE: two ends whose SYNs cross, and what comes then.
crossed_syns_case() {
	cat <<'EOF'
# Both ends connect before they hear of each other.
run      ipv4
start    nothing

server   socket as gate                    = fd
server   setsockopt SO_REUSEPORT 1 on gate = 0
server   bind 1 on gate                    = 0
server   listen 1 on gate                  = 0
server   blackhole on on gate              = 0
client   socket                            = fd
client   bind 0                            = 0
client   fcntl O_NONBLOCK                  = 0
client   blackhole on                      = 0
server   socket                            = fd
server   setsockopt SO_REUSEPORT 1         = 0
server   bind 1                            = 0
server   fcntl O_NONBLOCK                  = 0
server   blackhole on                      = 0
client   connect 1                         = -1 EINPROGRESS
server   connect 0                         = -1 EINPROGRESS
EOF
	printf '%s\n\nwire client SYN\nwire server SYN\n%s\n' "$1" "$2"
}

# Neither is ever heard; or one of them is, and its answer makes the connection.
crossed_syns_hold() {
	crossed_syns_case '' '' >"$tap_dir/unheard.case"
	crossed_syns_case 'client deliver SYN = 0
client blackhole off = 0
server blackhole off = 0
server deliver SYN,ACK = 0
client send 5 = 5
client close = 0' 'wire server SYN,ACK
wire client data 5
wire client FIN' >"$tap_dir/heard.case"
	for name in unheard heard; do
		timeout 60 "$lastack" run -q -o none -p "$tap_dir/$name" "$tap_dir/$name.case" &&
			holds "$tap_dir/$name"/*.pcap || return 1
	done
}

# A fast close sends two resets, and no blackhole is for its sockets.
fast_close_holds() {
	timeout 60 "$lastack" run -q -o none -p "$tap_dir/mptcp" mptcp/listener-close-is-fastclose
	[ ! -d "$tap_dir/mptcp" ] || [ -z "$(ls "$tap_dir/mptcp")" ] || holds "$tap_dir/mptcp"/*.pcap
}

refusal_is_told() {
	! second after-close/no-ack-bit-draws-reset-with-ack && cat "$tap_dir/reason" &&
		grep -q 'it begins with client SYN, client data, client FIN, server RST,ACK' "$tap_dir/reason"
}

check "captures are made" run_all
if [ -z "$(ls "$tap_dir/first")" ]; then
	skip "cases are proposed" "needs a network namespace and a capture"
	tap_end
fi
check "cases are proposed" propose_all
check "they run" run_proposed
check "at least $want show the same telling events" compare_all
cat "$tap_dir/out"
check "what was refused once, or proposed wrongly, holds" mended_hold
check "where a raw peer stands for an end, the proposed case holds by itself" forged_holds
check "of much that crosses, too" crossing_holds
check "of a connection whose SYN was not seen, too" without_syn_holds
check "of SYNs that cross without both answers, too" crossed_syns_hold
check "of Multipath TCP, too" fast_close_holds
check "a refusal says what there is" refusal_is_told
tap_end
