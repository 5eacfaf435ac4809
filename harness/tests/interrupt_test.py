#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""lastack explain of a pipe, interrupted: what came by then is told, and what its writer still has to say.

usage: interrupt_test.py LASTACK
"""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

from tap import check, end

LIMIT = 300  # seconds for what should come at once
LASTACK = sys.argv[1]
SYN, RST_ACK = 0x02, 0x14
LINKTYPE_RAW = 101


def frame(second, flags, ports, hosts):
    tcp = struct.pack(">HHIIBBHHH", *ports, 1, 2, 5 << 4, flags, 0, 0, 0)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, socket.IPPROTO_TCP, 0, *hosts)
    return struct.pack("<IIII", second, 0, len(ip + tcp), len(ip + tcp)) + ip + tcp


HEADER = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, LINKTYPE_RAW)


def refused(port):
    """A SYN and its answer."""
    here, there = b"\x0a\0\0\1", b"\x0a\0\0\2"
    return frame(port, SYN, (port, 80), (here, there)) + frame(port, RST_ACK, (80, port), (there, here))


def catches(process, number):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        caught = next(line.split()[1] for line in file if line.startswith("SigCgt"))
    return int(caught, 16) >> (number - 1) & 1


def interrupted(before, after, number, *options):
    """(status, output, errors) where the signal and what comes `after` it (None: nothing, nor the end) meet it together."""
    with subprocess.Popen([LASTACK, "explain", *options, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        process.stdin.write(before)
        process.stdin.flush()
        deadline = time.monotonic() + LIMIT
        while not catches(process, number) and time.monotonic() < deadline:
            pass
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        process.send_signal(number)
        if after is not None:
            process.stdin.write(after)
            process.stdin.close()
        process.send_signal(signal.SIGCONT)
        output, errors = process.stdout.read().decode(), process.stderr.read().decode()
        status = process.wait(timeout=LIMIT)
    return status, output, errors


def wants(saw, status, output, errors):
    if saw[0] == status and output in saw[1] and (errors in saw[2] if errors else not saw[2]):
        return None
    return f"want status {status}, {output!r} and {errors!r}, saw {saw}"


def note_in_json(number):
    _, output, _ = interrupted(HEADER + refused(1000), None, number, "--json")
    lines = [json.loads(line) for line in output.splitlines()]
    if len(lines) != 2 or lines[1]["summary"]["note"] != "interrupted after record 2":
        return f"want a connection and a summary with a note, saw {lines}"
    return None


CAPTURE = HEADER + refused(1000)
check("^C on a pipe that stays open: what came is told",
      wants(interrupted(CAPTURE, None, signal.SIGINT), 130, "standard input: 1 connection,", "interrupted after record 2"))
check("SIGTERM, too",
      wants(interrupted(CAPTURE, None, signal.SIGTERM, "--all"), 130, " refused\n", "interrupted after record 2"))
check("the writer's last words are heard: nothing is missing then",
      wants(interrupted(CAPTURE, refused(1001), signal.SIGINT), 0, "standard input: 2 connections,", ""))
check("a writer that has kept all of it until then",
      wants(interrupted(b"", CAPTURE, signal.SIGINT), 0, "standard input: 1 connection,", ""))
check("^C before anything came", wants(interrupted(b"", None, signal.SIGINT), 130, "", "interrupted before anything came"))
check("a note in JSON", note_in_json(signal.SIGINT))
end()
