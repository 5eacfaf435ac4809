#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What stands on a terminal fits into it and is what a pipe gets, folded; a terminal that cannot erase a line gets no progress.

usage: terminal_test.py LASTACK CASES-FOLDER
"""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios

from tap import check, end, skip

LASTACK, CASES = sys.argv[1:]
ENVIRONMENT = dict(os.environ, LASTACK_CASES=CASES, LC_ALL="C.UTF-8", TERM="xterm")


def on_terminal(arguments, columns, **environment):
    """Both outputs as a terminal so wide would get them."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([LASTACK, *arguments], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave,
                          env=dict(ENVIRONMENT, **environment)) as process:
        os.close(slave)
        said = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # nobody has the other end any more
                break
            if not piece:
                break
            said += piece
        os.close(master)
        process.wait(timeout=120)
    return said.decode().replace("\r\n", "\n")


def in_pipe(arguments):
    return subprocess.run([LASTACK, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                          env=ENVIRONMENT, check=False).stdout


def fits(arguments, columns):
    """But for a line of counts, which is as long as it is."""
    said = on_terminal(arguments, columns)
    for line in said.split("\n"):
        if re.search(r"\d+ (of \d+ cases|connections?,) ", line):
            continue
        if len(line) > columns and " " in line.strip():
            return f"longer than {columns} columns: {line}"
    if said.split() != in_pipe(arguments).split():
        return "a pipe gets other words"
    return None


def is_whole(arguments):
    """In a pipe every line is one: further ones of a text would be no line of their own."""
    return None if any(len(line) > 100 for line in in_pipe(arguments).splitlines()) else "want long lines"


def progress(term, wanted):
    said = on_terminal(["run", "-q", "-o", "none", "unread/close"], 80, TERM=term)
    saw = "\x1b" in said or re.search(r"\r[^\n]", said) is not None
    return None if saw == wanted else f"TERM={term}: {said!r}"


with tempfile.TemporaryDirectory() as folder:
    capture = folder + "/a.pcap"
    made = subprocess.run([LASTACK, "repro", "-k", capture, "unread/close"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, env=ENVIRONMENT, timeout=60, check=False)
    words = [["list", "unread"], ["repro"], ["repro", "-q", "EPIPE"], ["list", "--departs", "unread"]]
    for each in words:
        for width in (40, 60, 80, 132):
            check(f"lastack {' '.join(each)}: {width} columns", fits(each, width))
        check(f"lastack {' '.join(each)}: lines stay whole in a pipe", is_whole(each))
    if made.returncode == 0 and os.path.exists(capture):
        for width in (40, 80):
            check(f"the summary of causes: {width} columns", fits(["explain", "-n", "0", capture], width))
        check("progress on a terminal", progress("xterm", True))
        check("no progress where a line cannot be erased", progress("dumb", False))
    else:
        skip("runs", "needs a network namespace")
end()
