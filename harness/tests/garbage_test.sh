#!/bin/sh
# A raw peer that sends whatever comes to its mind, in every state of the kernel's end: what the kernel answers may
# not be what a case wants, but every run ends, whole, and is found out about.
# usage: garbage_test.sh LASTACK LASTACK-CHECK CASES-FOLDER
set -u
lastack=$1 lastack_check=$2 cases=$3
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/trouble.sh"

# write_cases SEED N
write_cases() {
	mkdir -p "$work" && rm -f "$work"/*
	awk -v seed="$1" -v n="$2" -v folder="$work" '
	function one_of(list,  parts) { return parts[int(rand() * split(list, parts, " ")) + 1] }
	function offset() { return one_of("+0 +0 +1 -1 +100 -100 +70000 -70000 +2147483648 -2147483648") }
	function segment(  text) {
		text = one_of("SYN SYN,ACK ACK FIN,ACK RST RST,ACK FIN none SYN,FIN SYN,RST FIN,PSH,URG URG data")
		if (text == "data" || rand() < 0.3) text = (text == "data" ? "" : text " ") "data " one_of("1 5 1500 60000")
		if (rand() < 0.5) text = text " seq=" (rand() < 0.3 ? "edge" : offset())
		if (rand() < 0.4) text = text " ack=" offset()
		if (rand() < 0.2) text = text " win=" one_of("0 1 65535")
		if (rand() < 0.1) text = text " opts=" one_of("ts sack ts|sack")
		if (rand() < 0.1) text = text " ts=-1000"
		if (rand() < 0.1) text = text " sum=bad"
		if (rand() < 0.2) text = text " from=" one_of("1 2 3")
		return text
	}
	function error() { return one_of("unreachable too-big quench redirect exceeded parameter") " " int(rand() * 14 + 1) }
	function call() { return one_of("send/7 send/5000 recv/64/DONTWAIT shutdown/WR shutdown/RD close connect-unspec poll/IN|OUT|RDHUP/now") }
	BEGIN {
		srand(seed)
		for (i = 0; i < n; i++) {
			file = folder "/garbage" i ".case"
			side = one_of("client server")
			start = one_of("connected connected listening")
			print "# Garbage of seed " seed ", number " i "." >file
			if (start != "connected") print "run      ipv4 ipv6 mapped\nstart    " start >file
			if (start == "connected" || side == "client") print side "   fcntl O_NONBLOCK = any" >file
			else print "listener poll none now = any" >file
			if (start != "connected" && side == "client") print "client   connect = any" >file
			for (j = 0; j < 14; j++) {
				step = rand()
				if (step < 0.6) print "peer     > " segment() " = any" >file
				else if (step < 0.7) print "peer     icmp " error() " to=0 = any" >file
				else if (step < 0.8) print "peer     < now = any" >file
				else { text = call(); gsub("/", " ", text); print side "   " text " = any" >file }
			}
			close(file)
		}
	}'
}

survives() {
	write_cases "$1" 40
	(cd "$work" && timeout 1000 "$bin/lastack" run -o none -j 2 ./*.case) >"$tap_dir/stdout" 2>"$tap_dir/stderr"
	status=$?
	grep -Eq '^all +[0-9]+ +[0-9]+ +[0-9]+ +0 +0 +0$' "$tap_dir/stdout" ||
		{ echo "want every run found out about, status $status"; show_output; return 1; }
	leaves_no_process
}

if ! can_run; then
	skip 'garbage' 'needs a network namespace'
	tap_end
fi
for seed in 1 2 3; do
	check "garbage of seed $seed" survives $seed
done
tap_end
