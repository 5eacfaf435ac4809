#!/bin/sh
# usage: browser_test.sh LASTACK TEST.mjs: runs it if node, Chromium and the node modules are there; else one SKIP that says
# which is missing. LASTACK_MUST_RUN=1 makes that a failure. LASTACK_PICTURES names a folder for screenshots.
set -u
here=$(dirname "$2")

skip() {
	if [ "${LASTACK_MUST_RUN-}" = 1 ]; then
		printf '1..1\nnot ok 1 %s\n' "$1"
		echo "$1, and LASTACK_MUST_RUN=1: ./bootstrap test installs it" >&2
	else
		echo "1..0 # SKIP $1"
	fi
	exit 0
}

command -v node >/dev/null || skip 'needs node'
chromium=$(command -v chromium || command -v chromium-browser) || skip 'needs chromium'
[ -d "$here/node_modules/playwright-core" ] || skip 'needs playwright-core: npm ci'
exec node "$2" "$1" "$chromium" ${LASTACK_PICTURES+"$LASTACK_PICTURES"}
