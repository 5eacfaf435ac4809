#!/bin/sh
# usage: measured_test.sh LASTACK FINDINGS MEASURED.TSV
# Each measured sequence is captured by the case that shows it, and explained from the capture alone.
set -u
lastack=$1
findings=$2
table=$3
. "$(dirname "$0")/tap.sh"

rows() {
	grep -v '^#' "$table"
}

# same WANTS: whether each connection, on stdin as findings(1) prints them, has the wanted cause: as the only one said, or
# among those that leave the same bytes.
same() {
	awk -v wants="$1" '
		BEGIN { n = split(wants, want, " ") }
		{
			right = 0
			for (i = 5; i <= NF && $i != "|"; i++)
				right += $i == want[NR]
			if (!right)
				bad = 1
		}
		END { exit bad || NR != n }'
}

explained() {
	"$findings" -v "$tap_dir/$2.pcap" >"$tap_dir/saw" || return 1
	grep -v '^	' "$tap_dir/saw" >"$tap_dir/lines"
	printf '# %s\t%s\twant %s\tsaw %s\n' "$1" "$2" "$3" "$(cut -d' ' -f3,5- "$tap_dir/lines" | tr '\n' ';')" >>"$tap_dir/table"
	same "$3" <"$tap_dir/lines" || { echo "want $3, saw:"; cat "$tap_dir/saw"; return 1; }
}

# A run that was late may have left bytes of another cause; one that was not has not.
explained_in_time() {
	explained "$1" "$3" "$4" && return
	in_time "$tap_dir/record" timeout 300 "$lastack" run -q -p "$tap_dir" -o "$tap_dir/record" "$2"
	explained "$1" "$3" "$4"
}

# A wrong cause, one connection too many and one too few are told apart from what is right.
lies() {
	echo '0 1>2 certain other abort' | same abort || return 1
	echo '0 1>2 certain other abort | unread-data' | same unread-data && return 1
	echo '0 1>2 undecidable other abort unread-data' | same unread-data || return 1
	echo '0 1>2 certain other abort' | same 'abort abort' && return 1
	printf '0 1>2 certain other abort\n1 1>2 certain other abort\n' | same abort && return 1
	return 0
}

check "what is wrong is seen" lies
rows | cut -f2 | sort -u | xargs timeout 1000 "$lastack" run -q -p "$tap_dir" -o none >"$tap_dir/run" 2>&1
[ "$?" -le 1 ] || grep -q '^all ' "$tap_dir/run" || { cat "$tap_dir/run" >&2; echo "Bail out! the cases could not be run"; exit 1; }
tab=$(printf '\t')
while IFS="$tab" read -r id case variant wants; do
	name=$(printf '%s' "$case" | tr / -).$variant
	if [ -e "$tap_dir/$name.pcap" ]; then
		check "$id $case is $wants" explained_in_time "$id" "$case" "$name" "$wants"
	else
		skip "$id $case is $wants" "$case was not run here"
	fi
done <<EOF
$(rows)
EOF
cat "$tap_dir/table"
tap_end
