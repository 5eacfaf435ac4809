#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What lastack explain writes for programs: its form, what it counts, and that it comes while a pipe is still written.

usage: explain_json_test.py LASTACK CASES-FOLDER SCHEMA
"""
import json
import os
import select
import shutil
import struct
import subprocess
import sys
import tempfile

from tap import check, end, skip

LASTACK, CASES, SCHEMA = sys.argv[1:]
RUNS = ["unread/close", "abort/zero-linger-resets", "close/active-close-ends-in-time-wait", "connect/refused-counts-a-failed-attempt",
        "after-close/first-send-succeeds", "self-connect/close", "listener/close-resets-the-queue", "validation/reset-in-the-window"]
LIMIT = 300  # seconds, for what must come at once


def frames_of(path):
    """The header of a little-endian pcap with nanoseconds, and its records: (seconds, nanoseconds, length on the wire, bytes)."""
    data = open(path, "rb").read()
    assert data[:4] == struct.pack("<I", 0xA1B23C4D), path
    records, at = [], 24
    while at < len(data):
        seconds, fraction, captured, length = struct.unpack_from("<IIII", data, at)
        records.append((seconds, fraction, length, data[at + 16:at + 16 + captured]))
        at += 16 + captured
    return data[:24], records


def record(moved, seconds, fraction, length, frame):
    return struct.pack("<IIII", seconds + moved, fraction, len(frame), length) + frame


def explain(*arguments):
    done = subprocess.run([LASTACK, "explain", *arguments], capture_output=True, text=True, timeout=LIMIT, check=False)
    return done.stdout if done.returncode == 0 else f"exit status {done.returncode}: {done.stderr}"


def run_in_time(command, record):
    """Until none of the runs was late: one may be as wanted, and its capture show a pause that the case does not mean."""
    for _ in range(20):
        subprocess.run(command, capture_output=True, timeout=600, check=False)
        if not os.path.exists(record) or "\nlate " not in open(record, encoding="utf-8").read():
            return


def wrong_form(validator, lines):
    for line in lines:
        for error in validator.iter_errors(json.loads(line)):
            return f"{line[:100]}: {error.message[:200]}"
    return None


def wrong_counts(lines):
    """The last line says what the others add up to."""
    *connections, last = map(json.loads, lines)
    summary = last["summary"]
    counted = {}
    for one in connections:
        counted[one["cause"]] = counted.get(one["cause"], 0) + 1
        if one["cause"] != one["causes"][0] or (one["same_bytes"] > 1) != (one["certainty"] == "undecidable"):
            return f"{one}: contradicts itself"
    if counted != {name: cause["connections"] for name, cause in summary["causes"].items()}:
        return f"want {counted}, saw {summary['causes']}"
    if sorted(one["connection"] for one in connections) != list(range(summary["connections"])):
        return "the connections are not numbered from 0"
    return None


def broken(lines):
    """Objects that no schema may take."""
    first, last = json.loads(lines[0]), json.loads(lines[-1])
    yield {**first, "cause": "bad luck"}
    yield {**first, "more": 1}
    yield {key: value for key, value in first.items() if key != "evidence"}
    yield {**first, "opener": {**first["opener"], "port": 65536}}
    yield {**first, "begun": "yesterday"}
    yield {"summary": {**last["summary"], "causes": {"open": 3}}}
    yield {}


def wrong_to_tshark(path, last):
    """Wireshark's own dissector counts as many connections and resets."""
    done = subprocess.run(["tshark", "-n", "-r", path, "-T", "fields", "-e", "tcp.stream", "-e", "tcp.flags.reset"],
                          capture_output=True, text=True, timeout=LIMIT, check=False)
    rows = [line.split("\t") for line in done.stdout.splitlines() if line.strip()]
    want = {"connections": len({stream for stream, _ in rows}), "resets": sum(reset in ("1", "True") for _, reset in rows)}
    saw = {key: last["summary"][key] for key in want}
    return None if rows and want == saw else f"want {want}, saw {saw} {done.stderr[:200]}"


def read_line(stream, seconds):
    ready, _, _ = select.select([stream], [], [], seconds)
    return stream.readline().decode() if ready else None


def early(form, header, first, second):
    """A finding comes while the input is open: behind a pause of its own time; and behind one of ours."""
    with subprocess.Popen([LASTACK, "explain", form, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        process.stdin.write(header + b"".join(record(0, *one) for one in first) + b"".join(record(100, *one) for one in second))
        line = read_line(process.stdout, LIMIT)
        if line and line.split()[0] == "number":  # the heading
            line = read_line(process.stdout, LIMIT)
        if not line or "unread-data" not in line:
            process.kill()
            return f"want the first finding, saw {line!r}"
        # The second one is over as well; only the clock says so.
        line = read_line(process.stdout, LIMIT)
        if not line or "unread-data" not in line:
            process.kill()
            return f"want the second finding while the pipe is silent, saw {line!r}"
        process.stdin.close()
        process.stdout.read()
        return None if process.wait(LIMIT) == 0 else f"exit status {process.returncode}"


def long_conversation(path, header, records, rounds):
    """The client's and the server's bytes in turn between the handshake and what ended it (Ethernet, IPv4, no checksums)."""
    *handshake, request, _, reset = records
    backward = handshake[1][3]
    out = list(handshake)
    moment = request[0] * 10**9 + request[1]
    for turn in range(2 * rounds):
        frame = bytearray(request[3])
        own, other = 7 * (turn // 2), 7 * ((turn + 1) // 2)
        if turn % 2:  # the same the other way: addresses, ports, numbers
            frame[26:30], frame[30:34], frame[34:36], frame[36:38] = backward[26:30], backward[30:34], backward[34:36], backward[36:38]
        seq, ack = struct.unpack_from(">II", request[3], 38)
        first, second = (ack, seq) if turn % 2 else (seq, ack)
        struct.pack_into(">II", frame, 38, (first + own) % 2**32, (second + other) % 2**32)
        moment += 1000
        out.append((moment // 10**9, moment % 10**9, len(frame), bytes(frame)))
    frame = bytearray(reset[3])
    seq, ack = struct.unpack_from(">II", reset[3], 38)
    struct.pack_into(">II", frame, 38, (seq + 7 * rounds) % 2**32, (ack - 7 + 7 * rounds) % 2**32)
    out.append((moment // 10**9, moment % 10**9, len(frame), bytes(frame)))
    with open(path, "wb") as file:
        file.write(header)
        file.writelines(record(0, *one) for one in out)


def wrong_ladder(text, events):
    """Of so many events the middle is a line with their number."""
    rows = [line for line in text.splitlines() if "| frame " in line]
    left_out = [int(line.split()[-3]) for line in text.splitlines() if line.endswith(" more events")]
    if len(left_out) != 1 or len(rows) + left_out[0] != events:
        return f"want {events} events, saw {len(rows)} and {left_out} more"
    numbers = [int(line.split("| frame ")[1].split()[0]) for line in rows]
    if numbers != sorted(numbers) or "RST,ACK" not in rows[-1] or " SYN " not in rows[0]:
        return f"want the first and the last ones in their order, saw frames {numbers}"
    return None


def wrong_case(text):
    """The case leaves out the middle, says so, and does what it says."""
    if "left out here" not in text:
        return f"want it said that the middle is left out, saw {text[:400]}"
    done = subprocess.run([LASTACK, "run", "-o", "none", "-"], input=text, capture_output=True, text=True, timeout=LIMIT, check=False)
    return None if done.returncode == 0 else f"{text}{done.stdout}{done.stderr}"


folder = tempfile.mkdtemp()
try:
    os.environ.update(LASTACK_CASES=CASES, LASTACK_MUST_RUN="0", LC_ALL="C")
    run_in_time([LASTACK, "run", "-q", "-j", "1", "-o", f"{folder}/record", "-p", folder, *RUNS], f"{folder}/record")
    captures = sorted(name for name in os.listdir(folder) if name.endswith(".pcap"))
    if not captures:
        skip("explain", "needs a network namespace and a capture")
    else:
        header, _ = frames_of(f"{folder}/{captures[0]}")
        whole = f"{folder}/whole"
        with open(whole, "wb") as file:
            file.write(header)
            for name in captures:
                file.writelines(record(0, *one) for one in frames_of(f"{folder}/{name}")[1])
        text = explain("--json", whole)
        lines = text.splitlines()
        check("every line is an object, the last one the summary",
              None if len(lines) > len(captures) and "summary" in json.loads(lines[-1]) else text[:300])
        check("the summary adds up", wrong_counts(lines))
        check("--all tells of as many", None if len(explain("--all", whole).splitlines()) == len(lines) else "it does not")
        if shutil.which("tshark"):
            check("tshark counts as many connections and resets", wrong_to_tshark(whole, json.loads(lines[-1])))
        else:
            skip("tshark counts as many connections and resets", "needs tshark", is_failure=False)  # it is large
        try:
            import jsonschema
            schema = jsonschema.Draft202012Validator(json.load(open(SCHEMA)), format_checker=jsonschema.FormatChecker())
            check("every line is of its form", wrong_form(schema, lines))
            for number, wrong in enumerate(broken(lines)):
                check(f"the form refuses what is wrong ({number})", "taken" if schema.is_valid(wrong) else None)
        except ImportError:
            skip("every line is of its form", "needs python3-jsonschema")
        long_conversation(f"{folder}/long", header, frames_of(f"{folder}/unread-close.ipv4.pcap")[1], 200)
        check("the ladder of a long connection leaves out the middle", wrong_ladder(explain("--ascii", "--ladder", "0", f"{folder}/long"), 403))
        check("so does its case, which runs", wrong_case(explain("--case", "0", f"{folder}/long")))
        pair = [frames_of(f"{folder}/unread-close.{variant}.pcap")[1] for variant in ("ipv4", "ipv6")]
        for form in "--all", "--json":
            check(f"{form} tells before the end of the input", early(form, header, *pair))
finally:
    shutil.rmtree(folder)
end()
