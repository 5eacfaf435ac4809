#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""lastack explain --live: what it tells of connections that this program ends in a network namespace, while they end.

usage: live_test.py LASTACK
"""
import ctypes
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys

from tap import check, end, skip

CLONE_NEWUSER, CLONE_NEWNET, SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x10000000, 0x40000000, 0x8913, 0x8914, 1
PR_SET_NAME = 15
LIMIT = 300  # seconds for what should come within two
LASTACK = sys.argv[1]


def enter_new_namespace():
    """With lo up. False where none can be had."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) and libc.unshare(CLONE_NEWUSER | CLONE_NEWNET):
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))
    return True


def pair():
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    listener.close()
    return client, server


def ports(client, server):
    """Both of a connection's: to another listener the kernel may give the client's port once more."""
    return f"{client} {server}"


def ports_of(client):
    return ports(client.getsockname()[1], client.getpeername()[1])


def readable(one):
    select.select([one], [], [], LIMIT)


def unread(client, server):
    client.send(b"request")
    readable(server)
    server.close()


def zero_linger(client, server):
    server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    server.close()


def data_after_close(client, server):
    server.close()
    readable(client)
    client.send(b"late")
    readable(client)


def orderly(client, server):
    server.close()
    readable(client)
    client.recv(10)
    client.close()


ENDINGS = {"unread-data": unread, "abort": zero_linger, "data-after-close": data_after_close, "orderly": orderly}


def end_connections():
    """Ports of the connection -> the cause. Nothing is closed but what an ending closes."""
    ends, kept = {}, []
    for cause, ending in ENDINGS.items():
        for _ in range(3):
            client, server = pair()
            ends[ports_of(client)] = cause
            ending(client, server)
            kept.append((client, server))
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        ends[ports(nobody.getsockname()[1], 1)] = "refused"
        try:
            nobody.connect(("127.0.0.1", 1))
        except ConnectionRefusedError:
            pass
    return ends, kept


class Live:
    def __init__(self, *arguments):
        self.process = subprocess.Popen([LASTACK, "explain", "--live", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        self.said = b""
        while b"^C ends it" not in self.said and self.more(self.process.stderr):
            pass
        self.has_begun = b"^C ends it" in self.said
        self.has_reasons = b"without the kernel's reasons" not in self.said
        self.rest = b""

    def more(self, stream):
        ready, _, _ = select.select([stream], [], [], LIMIT)
        line = stream.readline() if ready else b""
        self.said += line
        return line

    def findings(self, wanted):
        """JSON objects of the connections with these ports, as they come."""
        found = {}
        while set(found) != set(wanted):
            ready, _, _ = select.select([self.process.stdout], [], [], LIMIT)
            line = self.process.stdout.readline() if ready else b""
            if not line:
                return found
            one = json.loads(line)
            key = ports(one["opener"]["port"], one["other"]["port"]) if "opener" in one else None
            if key in wanted:
                found[key] = one
        return found

    def end(self):
        self.process.send_signal(signal.SIGINT)
        rest, said = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, rest.decode(), said.decode()


def wrong_findings(ends, found):
    for key, cause in ends.items():
        if key not in found:
            return f"nothing is told of a connection that ended by {cause}"
        if cause not in found[key]["causes"]:
            return f"want {cause}, saw {found[key]}"
    return None


def wrong_reasons(ends, found, pid):
    for key, cause in ends.items():
        one = found.get(key, {})
        want = {"unread-data": "TCP_ABORT_ON_CLOSE", "abort": "TCP_STATE"}.get(cause)
        if want and (one.get("reset_reason") != want or one["cause"] != cause or one.get("pid") != pid or not one["command"].startswith("python")):
            return f"want {cause} by {want} in process {pid}, saw {one}"
        if cause == "unread-data" and one["certainty"] != "certain":
            return f"want it decided, saw {one}"
        if cause == "data-after-close" and ("reset_reason" not in one or "pid" in one):
            return f"want a reason and no process, saw {one}"
    return None


def watch(name, ends_of, *arguments):
    """ends_of() makes the connections, in this process or another: what they are, and that process's number."""
    live = Live("--json", *arguments)
    if not live.has_begun:
        check(name, live.said.decode())
        return
    ends, pid, kept = ends_of()
    found = live.findings(ends)
    check(f"{name}: found while they end", wrong_findings(ends, found))
    if live.has_reasons:
        check(f"{name}: the kernel's reasons decide, and name the process", wrong_reasons(ends, found, pid))
    else:
        skip(f"{name}: the kernel's reasons decide", "needs tracefs: " + live.said.decode().splitlines()[0])
    status, rest, said = live.end()
    last = json.loads(rest.splitlines()[-1]) if rest else {}
    check(f"{name}: ^C gives the summary", None if status == 0 and "summary" in last and last["summary"]["connections"] >= len(ends) else f"{status}: {rest} {said}")
    for one in kept:
        one[0].close()


def here():
    ends, kept = end_connections()
    return ends, os.getpid(), kept


def for_people():
    live = Live("lo")
    here()
    lines = b""
    while b" unread-data" not in lines:
        line = live.more(live.process.stdout)
        if not line:
            break
        lines += line
    status, rest, said = live.end()
    text = lines.decode() + rest
    check("for people: lines, then the summary and the worst",
          None if status == 0 and "lo: " in rest and "\n#" in rest and " unread-data" in lines.decode() else f"{status}: {text[:2000]} {said}")


def renamed():
    """A process that took another name: the kernel may still keep the old one with its number."""
    live = Live("--json", "lo")
    if not live.has_reasons:
        live.end()
        skip("a process that took another name", "needs tracefs")
        return
    wrong, name = None, b"python"
    for round in range(20):
        client, server = pair()
        key = ports_of(client)
        unread(client, server)
        # While it is asked for, this process is not switched out: it does not wait.
        while wrong is None and not select.select([live.process.stdout], [], [], 0)[0]:
            pass
        one = live.findings([key])[key]
        if not one["command"].startswith(name.decode()):
            wrong = f"round {round}: want {name}, saw {one['command']}"
        name = b"renamed-%d" % round
        ctypes.CDLL(None).prctl(PR_SET_NAME, name, 0, 0, 0)
    live.end()
    check("a process that took another name is told by it", wrong)


def refused(name, want, command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    check(name, None if done.returncode == 2 and want in done.stderr and not done.stdout else f"{done.returncode}: {done.stderr}")


def elsewhere():
    """The other process of watch(): in a namespace of its own, ends connections when it is told to."""
    if not enter_new_namespace():
        sys.exit(1)
    print("ready", flush=True)
    sys.stdin.readline()
    ends, kept = end_connections()
    print(json.dumps(ends), flush=True)
    sys.stdin.readline()
    del kept


def watch_elsewhere():
    with subprocess.Popen([sys.executable, __file__, LASTACK, "elsewhere"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        if not other.stdout.readline():
            skip("another namespace", "needs a network namespace")
            return

        def ends_there():
            other.stdin.write("\n")
            other.stdin.flush()
            return json.loads(other.stdout.readline()), other.pid, []

        watch("another namespace", ends_there, "--netns", str(other.pid), "lo")
        other.stdin.close()


if sys.argv[2:] == ["elsewhere"]:
    elsewhere()
    sys.exit(0)
if os.geteuid() == 0:
    watch_elsewhere()
else:
    skip("another namespace", "needs root")
if enter_new_namespace():
    watch("lo", here, "lo")
    watch("any", here)
    for_people()
    renamed()
    refused("no such interface", "no such device", [LASTACK, "explain", "--live", "nowhere0"])
    if shutil.which("setpriv"):
        refused("no right to capture", "CAP_NET_RAW", ["setpriv", "--bounding-set=-net_raw", LASTACK, "explain", "--live", "lo"])
    else:
        skip("no right to capture", "needs setpriv")
else:
    skip("lo", "needs a network namespace")
refused("no such namespace", "cannot open the network namespace", [LASTACK, "explain", "--live", "--netns", "nowhere", "lo"])
refused("a namespace without --live", "--netns goes with --live", [LASTACK, "explain", "--netns", "x", "f.pcap"])
end()
