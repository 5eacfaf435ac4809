# SPDX-License-Identifier: MIT
"""TAP for tests in Python."""
import os
import sys

MUST_RUN = os.environ.get("LASTACK_MUST_RUN") == "1"
_count = 0


def check(name, complaint):
    """complaint: what is wrong, or None."""
    global _count
    _count += 1
    print(f"{'ok' if complaint is None else 'not ok'} {_count} {name}", flush=True)
    if complaint is not None:
        print(f"  {name}: {complaint}", file=sys.stderr)


def skip(name, reason, is_failure=MUST_RUN):
    """A skipped test is a failure where all must run."""
    global _count
    _count += 1
    print(f"{'not ok' if is_failure else 'ok'} {_count} {name} # {'' if is_failure else 'SKIP '}{reason}", flush=True)


def end():
    print(f"1..{_count}", flush=True)
