#!/bin/sh
# lastack fetch against an archive that is a folder: stand-ins for apt-get and apt-helper in PATH take packages
# from there. No network. Arguments: the program lastack, the folder of cases.
lastack=$1 cases=$2
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/trouble.sh"

stub=$tap_dir/stub # apt-get, apt-helper; `mode` says what goes wrong, `log` what was asked for
archive=$tap_dir/archive/debian
cache=$tap_dir/cache
mkdir -p "$stub" "$archive/pool/main" "$tap_dir/archive/debian-security/pool"
export LASTACK_STACKS="$tap_dir/stacks.conf" LASTACK_CACHE="$cache" PATH="$stub:$PATH" stub
chmod -R a+rX "$tap_dir"

cat >"$stub/apt-get" <<'EOT'
#!/bin/sh
cat "$stub/sites"
EOT
cat >"$stub/apt-helper" <<'EOT'
#!/bin/sh
while [ "$1" != download-file ]; do shift; done
file=${2#test:/} target=$3 mode=$(cat "$stub/mode")
has=$(stat -c %s "$target" 2>/dev/null || echo 0)
echo "${file##*/} from $has" >>"$stub/log"
wait_until() { tries=0; until "$@" || [ $tries = 2400 ]; do tries=$((tries + 1)); sleep 0.05; done; }
two_hold_the_lock() { [ "$(ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c " -> $LASTACK_CACHE/lock$")" -ge 2 ]; }
is_shown() { case $file in *first*) name=linux-1.0 ;; *) name=linux-2.0 ;; esac; grep -qF "$name: 0.0 of 0.1 MB" "$stub/terminal"; }
case $mode in
whole) ;;
half) head -c 50000 "$file" >"$target"; echo $$ >"$stub/pid"; exec sleep 100 ;;
contended) wait_until two_hold_the_lock ;;
watched) wait_until is_shown ;;
other) echo "some page of an error" >"$target"; exit 0 ;;
gone) case $file in *first*) echo "E: Failed to fetch $2  404  Not Found [IP: 192.0.2.1 80]"; exit 100 ;; esac ;;
full) head -c 50000 "$file" >"$target"; echo "E: Write error - write (28: No space left on device)"; exit 100 ;;
down) echo "W: some warning"; echo "E: Failed to fetch $2  Could not connect to 192.0.2.1:80"; exit 100 ;;
esac
tail -c "+$((has + 1))" "$file" >>"$target"
EOT
chmod 755 "$stub/apt-get" "$stub/apt-helper"

# package NAME PART PATH: a stack of one package of 100000 bytes
package() {
	file=$tap_dir/archive/$([ "$2" = main ] && echo debian || echo debian-security)/$3
	mkdir -p "$(dirname "$file")"
	yes "$1" | head -c 100000 >"$file"
	digest=$(sha256sum "$file")
	printf 'stack %s qemu default\ndeb %s %s\nsha256 %s 100000\n' "$1" "$2" "$3" "${digest%% *}" >>"$LASTACK_STACKS"
}

package linux-1.0 main pool/main/first_1.0-1_amd64.deb
first=$cache/${digest%% *}-first_1.0-1_amd64.deb
package linux-2.0 main pool/main/second_2.0-1_amd64.deb
second=$cache/${digest%% *}-second_2.0-1_amd64.deb
package linux-3.0 security pool/updates/third_3.0-1_amd64.deb
third=$cache/${digest%% *}-third_3.0-1_amd64.deb

# begin MODE: an empty cache
begin() {
	rm -rf "$cache"
	: >"$stub/log"
	echo "$1" >"$stub/mode"
	printf '%s\n' "test:/$archive" "test:/$archive/" "test:/$tap_dir/archive/debian-security" \
		"test:/elsewhere/ubuntu" >"$stub/sites"
}

fetch() {
	run "$bin/lastack" fetch "$@"
}

says() {
	holds "$tap_dir/stderr" "$1"
}

logged() {
	printf '%s\n' "$@" | diff - "$stub/log"
}

# What is in the cache besides the lock.
cached() {
	find "$cache" -type f ! -name lock 2>/dev/null | sort >"$tap_dir/files"
	for name; do echo "$name"; done | sort | diff - "$tap_dir/files"
}

half_there() {
	mkdir -p "$cache"
	head -c 50000 "$archive/pool/main/first_1.0-1_amd64.deb" >"$first.part"
}

fetches_what_is_missing() {
	begin whole
	fetch
	says_status 0 && cached "$first" "$second" "$third" && [ ! -s "$tap_dir/stderr" ] &&
		holds "$tap_dir/stdout" "3 of 3 stacks, 3 packages, 0 MB in $cache; 3 fetched now" &&
		cmp "$first" "$archive/pool/main/first_1.0-1_amd64.deb" &&
		logged "first_1.0-1_amd64.deb from 0" "second_2.0-1_amd64.deb from 0" "third_3.0-1_amd64.deb from 0"
}

fetches_nothing_twice() {
	begin whole
	fetch && fetch
	says_status 0 && [ "$(wc -l <"$stub/log")" = 3 ] || { cat "$stub/log"; return 1; }
	! grep "fetched now" "$tap_dir/stdout"
}

fetches_one_by_name() {
	begin whole
	fetch linux-2.0
	says_status 0 && cached "$second"
}

goes_on_with_a_part() {
	begin whole
	half_there
	fetch linux-1.0
	says_status 0 && cached "$first" && logged "first_1.0-1_amd64.deb from 50000"
}

starts_anew_where_the_part_was_another_file() {
	begin whole
	half_there
	yes no | head -c 50000 >"$first.part"
	fetch linux-1.0
	says_status 0 && cached "$first" &&
		logged "first_1.0-1_amd64.deb from 50000" "first_1.0-1_amd64.deb from 0"
}

throws_away_a_part_that_is_too_long() {
	begin whole
	half_there
	yes no | head -c 200000 >"$first.part"
	fetch linux-1.0
	says_status 0 && cached "$first" && logged "first_1.0-1_amd64.deb from 0"
}

takes_a_whole_part() {
	begin whole
	half_there
	cp "$archive/pool/main/first_1.0-1_amd64.deb" "$first.part"
	fetch linux-1.0
	says_status 0 && cached "$first" && [ ! -s "$stub/log" ]
}

keeps_nothing_that_is_wrong() {
	begin other
	fetch linux-1.0
	says_status 2 && cached && says "first 1.0-1: the archive gave something else" &&
		says "want 100000 bytes, saw 22" && speaks_plainly
}

tells_both_digests() {
	begin whole
	mkdir -p "$cache"
	yes no | head -c 100000 >"$first"
	fetch linux-1.0
	want=${first#"$cache/"}
	says_status 2 && cached "$first" && says "$first: want SHA256 ${want%%-*}, saw" &&
		holds "$tap_dir/stderr" "saw $(sha256sum <"$first" | cut -c 1-64): not what" && says "remove it"
}

never_deletes_what_is_whole() {
	begin whole
	mkdir -p "$cache"
	echo mine >"$first"
	fetch linux-1.0
	says_status 2 && [ "$(cat "$first")" = mine ] && says "want 100000 bytes, saw 5" && [ ! -s "$stub/log" ]
}

says_what_the_archive_dropped() {
	begin gone
	fetch
	says_status 2 && cached "$second" "$third" && says "first 1.0-1: not in the archive any more (404" &&
		says "stacks.conf" && says "put first_1.0-1_amd64.deb of that version there as $first" &&
		holds "$tap_dir/stdout" "2 of 3 stacks"
}

says_what_apt_said() {
	begin down
	fetch linux-1.0
	says_status 2 && cached && says "first 1.0-1: not fetched: E: Failed to fetch" && says "Could not connect"
}

tries_the_next_site() {
	begin whole
	printf '%s\n' "test:/$tap_dir/nowhere/debian" "test:/$archive" >"$stub/sites"
	cp "$stub/apt-helper" "$tap_dir/helper"
	sed -i 's|^file=|case $2 in *nowhere*) echo "E: 404  Not Found"; exit 100;; esac; file=|' "$stub/apt-helper"
	fetch linux-1.0
	mv "$tap_dir/helper" "$stub/apt-helper"
	says_status 0 && cached "$first"
}

says_that_no_source_has_it() {
	begin whole
	echo "test:/$archive" >"$stub/sites"
	fetch linux-3.0
	says_status 2 && cached && says "no site that ends in /debian-security" && says "as $third"
}

does_without_apt() {
	begin whole
	run env PATH=/nonexistent "$bin/lastack" fetch linux-1.0
	says_status 2 && cached && says "first 1.0-1: apt-get cannot be run" &&
		says "put first_1.0-1_amd64.deb of that version there as $first"
}

takes_what_was_put_there_by_hand() {
	begin whole
	mkdir -p "$cache"
	cp "$archive/pool/main/first_1.0-1_amd64.deb" "$first"
	run env PATH=/nonexistent "$bin/lastack" fetch linux-1.0
	says_status 0 && cached "$first"
}

says_that_apt_met_a_full_disk() {
	begin full
	fetch
	says_status 2 && cached "$first.part" && says "$cache: no space left for first 1.0-1" &&
		[ "$(wc -l <"$stub/log")" = 1 ] || return 1
	echo whole >"$stub/mode"
	fetch linux-1.0
	says_status 0 && cached "$first"
}

says_how_much_room_is_missing() {
	begin whole
	mkdir "$cache"
	run unshare -rm sh -c 'mount -t tmpfs -o size=64k none "$1" && exec "$2" fetch linux-1.0' sh "$cache" "$bin/lastack"
	says_status 2 && says "$cache: want 0.1 MB for first 1.0-1, saw 0.1 MB free" && [ ! -s "$stub/log" ]
}

says_that_the_cache_is_no_folder() {
	begin whole
	echo mine >"$cache"
	fetch linux-1.0
	says_status 2 && says "$cache: nothing can be kept there: Not a directory" && says LASTACK_CACHE &&
		[ "$(cat "$cache")" = mine ]
}

says_that_the_cache_is_not_writable() {
	begin whole
	mkdir -m 755 "$cache"
	# shellcheck disable=SC2086
	run $as_user "$bin/lastack" fetch linux-1.0
	says_status 2 && says "$cache: nothing can be kept there: Permission denied" && cached
}

wants_a_folder_from_the_environment() {
	begin whole
	run env -u LASTACK_CACHE -u HOME -u XDG_CACHE_HOME "$bin/lastack" fetch linux-1.0
	says_status 2 && says "neither LASTACK_CACHE nor HOME" || return 1
	run env -u LASTACK_CACHE -u XDG_CACHE_HOME HOME="$tap_dir/home" "$bin/lastack" fetch linux-1.0
	says_status 0 && [ -f "$tap_dir/home/.cache/lastack/${first#"$cache/"}" ]
}

stub_is_gone() {
	! kill -0 "$(cat "$stub/pid")" 2>/dev/null
}

# interrupted_by SIGNAL: in the middle of a download.
interrupted_by() {
	begin half
	rm -f "$stub/pid"
	"$bin/lastack" fetch linux-1.0 >"$tap_dir/stdout" 2>"$tap_dir/stderr" &
	pid=$!
	await [ -s "$stub/pid" ] || return 1
	kill -"$1" $pid
	wait $pid
	status=$?
}

# The stand-in ends too, and the next run goes on.
ended_by() {
	interrupted_by "$1" && await stub_is_gone && cached "$first.part" || return 1
	echo whole >"$stub/mode"
	run "$bin/lastack" fetch linux-1.0
	says_status 0 && cached "$first" && logged "first_1.0-1_amd64.deb from 0" "first_1.0-1_amd64.deb from 50000"
}

says_interrupted() {
	interrupted_by TERM && says_status 130 && says "first 1.0-1: interrupted with 0.1 of 0.1 MB there; the next time goes on"
}

waits_for_another() {
	begin contended
	"$bin/lastack" fetch linux-1.0 >/dev/null 2>&1 &
	pid=$!
	await [ -s "$stub/log" ] || return 1
	fetch linux-1.0
	wait $pid && says_status 0 && cached "$first" && logged "first_1.0-1_amd64.deb from 0"
}

# Each download waits until its progress is on the terminal.
shows_progress_on_a_terminal() {
	begin watched
	run env TERM=xterm script -qfec "$bin/lastack fetch linux-1.0 linux-2.0" "$stub/terminal"
	says_status 0 && holds "$stub/terminal" "linux-1.0: 0.0 of 0.1 MB" && holds "$stub/terminal" "all: 0.1 of 0.2 MB"
}

lists() {
	begin whole
	fetch linux-2.0
	half_there
	fetch --list
	says_status 0 && grep -Eq '^linux-1.0 +default +0.1 MB +0.1 MB of it +first 1.0-1 main$' "$tap_dir/stdout" &&
		grep -Eq '^linux-2.0 +default +0.1 MB +whole +second 2.0-1 main$' "$tap_dir/stdout" &&
		grep -Eq '^linux-3.0 +default +0.1 MB +- +third 3.0-1 security$' "$tap_dir/stdout" &&
		holds "$tap_dir/stdout" "1 of 3 packages, 0 of 0 MB, are in $cache" || { show_output; return 1; }
}

checks() {
	begin whole
	fetch linux-1.0 linux-2.0
	fetch --check
	says_status 0 && holds "$tap_dir/stdout" "2 of 3 packages are in $cache and as pinned, 0 there" || return 1
	printf x | dd of="$second" conv=notrunc bs=1 seek=500 2>/dev/null
	fetch --check
	says_status 1 && holds "$tap_dir/stdout" "1 of 3 packages are in $cache and as pinned, 1 there" &&
		says "$second: want SHA256" && cached "$first" "$second"
}

offers_the_nearest() {
	begin whole
	fetch linux-1.1
	says_status 2 && says "did you mean 'linux-1.0'?" && cached || return 1
	cp "$LASTACK_STACKS" "$tap_dir/saved"
	echo "stakc linux-4.0 qemu default" >>"$LASTACK_STACKS"
	fetch
	cp "$tap_dir/saved" "$LASTACK_STACKS"
	says_status 2 && says "$LASTACK_STACKS:10:1: read 'stakc', want stack, deb or sha256: did you mean 'stack'?"
}

check "what is missing is fetched" fetches_what_is_missing
check "what is there is not fetched again" fetches_nothing_twice
check "one stack by name" fetches_one_by_name
check "a part is gone on with" goes_on_with_a_part
check "a part of another file is started anew" starts_anew_where_the_part_was_another_file
check "a part that is too long is started anew" throws_away_a_part_that_is_too_long
check "a part that is whole is taken" takes_a_whole_part
check "other bytes than pinned are not kept" keeps_nothing_that_is_wrong
check "want and saw of a digest" tells_both_digests
check "a whole file is never deleted" never_deletes_what_is_whole
check "404: dropped by the archive" says_what_the_archive_dropped
check "no connection: as apt says it" says_what_apt_said
check "two sites: the next is tried" tries_the_next_site
check "no site of the security archive" says_that_no_source_has_it
check "no apt: by hand" does_without_apt
check "put there by hand" takes_what_was_put_there_by_hand
check "apt met a full disk" says_that_apt_met_a_full_disk
if unshare -rm mount -t tmpfs none /mnt 2>/dev/null; then
	check "a full disk is seen before" says_how_much_room_is_missing
else
	skip "a full disk is seen before" "no user namespaces"
fi
check "a cache that is no folder" says_that_the_cache_is_no_folder
if is_root; then
	check "a cache that is not writable" says_that_the_cache_is_not_writable
else
	skip "a cache that is not writable" "not root"
fi
check "a cache by the environment" wants_a_folder_from_the_environment
check "interrupted: said" says_interrupted
check "interrupted by SIGINT: gone on with" ended_by INT
check "interrupted by SIGTERM: gone on with" ended_by TERM
check "killed: gone on with" ended_by KILL
check "two at once fetch once" waits_for_another
if command -v script >/dev/null; then
	check "progress on a terminal" shows_progress_on_a_terminal
else
	skip "progress on a terminal" "no script(1)"
fi
check "--list" lists
check "--check" checks
check "misspelt: the nearest is offered" offers_the_nearest
tap_end
