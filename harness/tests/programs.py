#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real programs end real connections; lastack explains each from the capture alone.

usage: programs.py LASTACK [--table FILE.md] [--keep FOLDER] [SCENARIO...]

Each scenario starts a program that nobody here wrote in a network namespace of its own, makes it end a connection,
and compares the finding with what the program's manual and source say it does, and with the kernel's own reset reason
where it tells one (Linux >= 6.10, root). What is not installed is skipped and named. Exit status: 0 all right,
1 a finding was wrong, 2 trouble, 77 nothing could be run.
"""
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

DEADLINE = 20.0
TRACING = pathlib.Path("/sys/kernel/tracing")
END = b"programs: the end"


class Missing(Exception):
    """What a scenario needs and this machine lacks."""


def find(*names):
    """The first of these programs that there is."""
    for name in names:
        path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if path:
            return path
    raise Missing(names[0])


def wait_until(what, condition):
    """Polls; every wait has a name and a deadline."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise TimeoutError(f"no {what} within {DEADLINE:.0f} s")


def sockets():
    """(local port, remote port, state, send queue, receive queue) of every TCP socket of the namespace."""
    rows = []
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in pathlib.Path(name).read_text().splitlines()[1:]:
            word = line.split()
            queues = [int(x, 16) for x in word[4].split(":")]
            rows.append((int(word[1].split(":")[1], 16), int(word[2].split(":")[1], 16), int(word[3], 16), *queues))
    return rows


ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LISTEN = 1, 4, 5, 8, 10


def listening(port):
    return any(s[0] == port and s[2] == LISTEN for s in sockets())


def gone(local):
    """Whether the socket with this local port is no more (TIME-WAIT does not count as one)."""
    return not any(s[0] == local and s[2] not in (6, LISTEN) for s in sockets())


class Stage:
    """What a scenario works on: a folder, started programs, all ended at its end by their pids."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.children = []
        os.chmod(folder, 0o777)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def start(self, *words, port=None, user=None, **more):
        log = open(self.folder / "log", "ab")
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                 user=user, start_new_session=True, **more)
        self.children.append(child)
        if port:
            wait_until(f"{words[0]} on port {port}", lambda: listening(port) or self.died(child))
        return child

    def died(self, child):
        if child.poll() is None:
            return False
        raise RuntimeError(f"{child.args[0]} ended: {(self.folder / 'log').read_text(errors='replace')[-500:]}")

    def close(self):
        for child in reversed(self.children):
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()


def connect(port, receive_buffer=0):
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.settimeout(DEADLINE)
    client.connect(("127.0.0.1", port))
    return client


def read_to_end(client):
    """All that comes, and how it ended: b"..." and "" or the error's name."""
    data = b""
    while True:
        try:
            piece = client.recv(65536)
        except OSError as error:
            return data, type(error).__name__
        if not piece:
            return data, ""
        data += piece


def read_to_reset(client):
    """What comes, its end, and the reset behind it: of a server that is done sending before it closes."""
    read_to_end(client)
    hangup = select.poll()
    hangup.register(client, 0)
    if not hangup.poll(DEADLINE * 1000):
        raise TimeoutError(f"no reset behind the end within {DEADLINE:.0f} s")


def local_port(client):
    return client.getsockname()[1]


# What the scenarios do. Each returns the port whose connection is explained (the listener's), or (port, client port).

NGINX = """daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:8080; {server} }}
}}
"""


def nginx(stage, server):
    path = stage.write("nginx.conf", NGINX.format(folder=stage.folder, server=server))
    return stage.start(find("nginx"), "-p", str(stage.folder), "-c", path, "-e", str(stage.folder / "error.log"), port=8080)


def post(size):
    return b"POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size


def nginx_413(stage):
    nginx(stage, "client_max_body_size 1k; lingering_close off; lingering_time 1s; keepalive_timeout 0;")
    client = connect(8080)
    try:
        client.sendall(post(1 << 40))
        while True:  # nginx throws away what comes, for lingering_time
            client.sendall(b"x" * 65536)
    except OSError:
        pass
    read_to_end(client)
    client.close()
    return 8080


def nginx_413_lingering(stage):
    nginx(stage, "client_max_body_size 1k; lingering_close always; keepalive_timeout 0;")
    client = connect(8080)
    client.sendall(post(200000) + b"x" * 200000)
    read_to_end(client)
    client.close()
    wait_until("nginx to close", lambda: not any(s[0] == 8080 and s[2] != LISTEN and s[2] != 6 for s in sockets()))
    return 8080


def nginx_444(stage):
    nginx(stage, "reset_timedout_connection on; location / { return 444; }")
    client = connect(8080)
    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    read_to_end(client)
    client.close()
    return 8080


def nginx_idle(stage):
    nginx(stage, "keepalive_timeout 1; location / { return 200 ok; }")
    client = connect(8080)
    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    client.recv(65536)
    wait_until("nginx to close the idle connection", lambda: any(
        s[0] == local_port(client) and s[2] == CLOSE_WAIT for s in sockets()))
    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")  # as a pool does that has not looked
    read_to_end(client)
    client.close()
    return 8080


HAPROXY = """global
  stats socket {folder}/stats
defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
  option abortonclose
frontend in
  bind 127.0.0.1:8081
  default_backend out
backend out
  server one 127.0.0.1:8082
"""


def haproxy_abort(stage):
    program = find("haproxy")
    backend = socket.create_server(("127.0.0.1", 8082))
    stage.start(program, "-db", "-f", stage.write("haproxy.cfg", HAPROXY.format(folder=stage.folder)), port=8081)
    client = connect(8081)
    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    server, _ = backend.accept()
    server.settimeout(DEADLINE)
    server.recv(65536)
    client.close()  # the impatient browser; the backend has not answered
    read_to_end(server)
    server.close()
    backend.close()
    return 8082


NODE_RACE = """const server = require('http').createServer((request, answer) => {
  const end = Date.now() + (request.url == '/busy' ? 3000 : 0);
  while (Date.now() < end);
  answer.end('ok');
});
server.keepAliveTimeout = 300;
server.listen(8083, '127.0.0.1');
"""


def node_race(stage):
    stage.start(find("node", "nodejs"), stage.write("server.js", NODE_RACE), port=8083)
    idle, busy = connect(8083), connect(8083)
    idle.sendall(b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\n")
    idle.recv(65536)
    busy.sendall(b"GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
    port = local_port(busy)
    wait_until("node to take the request", lambda: any(s[:2] == (8083, port) and not s[4] for s in sockets()))
    idle.sendall(b"GET /2 HTTP/1.1\r\nHost: x\r\n\r\n")  # behind its back: it computes for longer than its timeout
    read_to_end(idle)
    port = local_port(idle)
    idle.close()
    busy.close()
    return 8083, port


def redis(stage, *words):
    return stage.start(find("redis-server"), "--port", "8084", "--bind", "127.0.0.1", "--save", "", "--dir", str(stage.folder), *words,
                       port=8084)


def redis_output_buffer(stage):
    redis(stage, "--client-output-buffer-limit", "normal 1000000 0 0")
    client = connect(8084, receive_buffer=4096)
    client.sendall(b"SETRANGE k 100000 x\r\n")
    client.recv(100)
    port = local_port(client)
    try:
        while True:  # pipelines questions and reads no answer
            client.sendall(b"GET k\r\n" * 1000)
    except OSError:
        pass
    client.close()
    return 8084, port


def redis_client_kill(stage):
    redis(stage)
    victim, other = connect(8084), connect(8084)
    victim.sendall(b"PING\r\n")
    victim.recv(100)
    other.sendall(b"CLIENT KILL ADDR 127.0.0.1:%d\r\n" % local_port(victim))
    other.recv(100)
    wait_until("the FIN", lambda: any(s[0] == local_port(victim) and s[2] == CLOSE_WAIT for s in sockets()))
    victim.sendall(b"PING\r\n")
    read_to_end(victim)
    port = local_port(victim)
    victim.close()
    other.close()
    return 8084, port


def python_post(stage):
    python = find("python3")
    stage.start(python, "-m", "http.server", "--bind", "127.0.0.1", "8085", port=8085)
    client = connect(8085)
    client.sendall(post(100000) + b"x" * 100000)  # http.server knows no POST: 501, and the body stays unread
    read_to_reset(client)  # it shuts down before it closes: a FIN of ours in between would leave the kernel nothing to reset
    client.close()
    return 8085


def sshd_start(stage):
    program, keygen = find("sshd"), find("ssh-keygen")
    if os.getuid():
        raise Missing("root, for sshd")
    os.makedirs("/run/sshd", exist_ok=True)
    subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(stage.folder / "key")], check=True)
    path = stage.write("sshd.conf", f"""Port 8086
ListenAddress 127.0.0.1
HostKey {stage.folder}/key
PidFile none
MaxStartups 1:100:1
UsePAM no
""")
    stage.start(program, "-D", "-e", "-f", path, port=8086)


def sshd_max_startups(stage):
    sshd_start(stage)
    first = connect(8086)
    first.recv(100)  # its banner: one start-up is under way and stays
    second = connect(8086)
    data, _ = read_to_end(second)
    port = local_port(second)
    second.close()
    first.close()
    return 8086, port


def sshd_max_startups_ssh(stage):
    sshd_start(stage)
    first = connect(8086)
    first.recv(100)
    second = connect(8086)
    second.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")  # as ssh does, without waiting for the server's
    read_to_end(second)
    port = local_port(second)
    second.close()
    first.close()
    return 8086, port


def postgres(stage):
    roots = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
    if not roots:
        raise Missing("postgresql")
    if os.getuid():
        raise Missing("root, to become the user postgres")
    data = str(stage.folder / "data")
    subprocess.run([str(roots[-1] / "initdb"), "-D", data, "-A", "trust", "--no-sync"], check=True, user="postgres",
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=stage.folder)
    stage.start(str(roots[-1] / "postgres"), "-D", data, "-p", "8087", "-h", "127.0.0.1", "-k", str(stage.folder),
                "-F", port=8087, user="postgres")


def postgres_session():
    """A session of the protocol's version 3, ready for queries; and its backend's pid."""
    client = connect(8087)
    words = b"user\0postgres\0database\0postgres\0\0"
    client.sendall(struct.pack("!II", 8 + len(words), 196608) + words)
    data = read_to_end_of_answer(client)
    at = data.index(b"K\0\0\0\x0c")
    return client, struct.unpack("!I", data[at + 5:at + 9])[0]


def query(text):
    return b"Q" + struct.pack("!I", 5 + len(text)) + text + b"\0"


def wait_for_session():
    def attempt():
        try:
            return postgres_session()
        except (ConnectionError, OSError):
            return None
    return wait_until("postgres", attempt)


def read_to_end_of_answer(client):
    data = b""
    while b"Z\0\0\0\5" not in data:
        piece = client.recv(65536)
        if not piece:  # "the database system is starting up"
            raise ConnectionError("closed before it was ready")
        data += piece
    return data


def postgres_killed(stage):
    postgres(stage)
    client, backend = wait_for_session()
    port = local_port(client)
    os.kill(backend, signal.SIGKILL)
    wait_until("the FIN", lambda: any(s[0] == port and s[2] == CLOSE_WAIT for s in sockets()))
    client.sendall(query(b"select 1"))
    read_to_end(client)
    client.close()
    return 8087, port


def postgres_terminated(stage):
    postgres(stage)
    client, backend = wait_for_session()
    other, _ = wait_for_session()
    port = local_port(client)
    other.sendall(query(b"select pg_terminate_backend(%d)" % backend))
    read_to_end(client)  # FATAL: terminating connection due to administrator command
    client.close()
    other.close()
    return 8087, port


def curl_killed(stage):
    """curl is killed in the middle of an upload that the server reads: a FIN, and a body too short."""
    curl = find("curl")
    server = socket.create_server(("127.0.0.1", 8088))
    child = stage.start(curl, "-s", "-T", "/dev/zero", "--limit-rate", "50k", "http://127.0.0.1:8088/")
    peer, _ = server.accept()
    peer.settimeout(DEADLINE)
    peer.recv(65536)
    peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    while len(peer.recv(65536)) < 1000:
        pass
    os.kill(child.pid, signal.SIGKILL)
    read_to_end(peer)
    peer.close()
    server.close()
    return 8088


def curl_killed_download(stage):
    """curl is killed in the middle of a download that it is too slow to read."""
    curl = find("curl")
    server = socket.create_server(("127.0.0.1", 8088))
    child = stage.start(curl, "-s", "-o", "/dev/null", "--limit-rate", "1k", "http://127.0.0.1:8088/")
    peer, _ = server.accept()
    peer.recv(65536)
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
    peer.setblocking(False)
    sent = 0
    try:
        while sent < 9000000:
            sent += peer.send(b"x" * 65536)
    except BlockingIOError:
        pass  # its receive buffer and our send buffer are full
    peer.settimeout(DEADLINE)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    try:
        peer.sendall(b"x" * 10000000)
    except OSError:
        pass
    peer.close()
    server.close()
    return 8088


def curl_refused(stage):
    stage.start(find("curl"), "-s", "http://127.0.0.1:8089/").wait()
    return 8089


def curl_gave_up(stage):
    """curl --max-time ends before the answer comes."""
    curl = find("curl")
    server = socket.create_server(("127.0.0.1", 8090))
    child = stage.start(curl, "-s", "--max-time", "1", "http://127.0.0.1:8090/")
    peer, _ = server.accept()
    peer.recv(65536)
    child.wait()
    for _ in range(2):
        try:
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            wait_until("the reset", lambda: not any(s[0] == 8090 and s[2] == CLOSE_WAIT for s in sockets()))
        except OSError:
            break
    peer.close()
    server.close()
    return 8090


# name, what is done, causes that are right (any of these first; two joined by "/" also as an undecidable pair), why
SCENARIOS = [
    ("nginx-413", nginx_413, "an endless upload beyond client_max_body_size, lingering_close off, lingering_time 1s",
     ["unread-data", "data-after-close"], "nginx throws away what has come, answers, and closes while more is coming"),
    ("nginx-413-lingering", nginx_413_lingering, "the same with lingering_close always",
     ["orderly"], "nginx shuts down its sending side and reads on until the client is done"),
    ("nginx-444", nginx_444, "return 444 with reset_timedout_connection on",
     ["abort"], "nginx sets SO_LINGER 0 before close(); the request had been read"),
    ("nginx-idle", nginx_idle, "a pooled connection used behind keepalive_timeout",
     ["keep-alive-race", "data-after-close"], "nginx closed; the request reached a closed socket"),
    ("haproxy-abortonclose", haproxy_abort, "the client goes while the backend works, option abortonclose",
     ["abort"], "haproxy closes the server side with SO_LINGER 0"),
    ("node-keep-alive", node_race, "a request comes while node is busy and its keepAliveTimeout is over",
     ["keep-alive-race", "unread-data"], "node runs the timer first and closes with the request unread"),
    ("redis-output-buffer", redis_output_buffer, "a client that asks and does not read, over client-output-buffer-limit",
     ["unread-data", "data-after-close"], "redis closes while questions come"),
    ("redis-client-kill", redis_client_kill, "CLIENT KILL, then the client sends",
     ["data-after-close", "keep-alive-race"], "redis closed; the command reached a closed socket"),
    ("python-http-post", python_post, "POST to python -m http.server", ["unread-data"],
     "501 without reading the body, then close()"),
    ("sshd-max-startups", sshd_max_startups, "over MaxStartups, a client that waits for the banner",
     ["orderly"], "sshd writes one line and closes, nothing unread"),
    ("sshd-max-startups-ssh", sshd_max_startups_ssh, "over MaxStartups, a client that sends its banner at once",
     ["unread-data", "data-after-close", "orderly"], "a race between the banner and the close: the kernel's reason decides"),
    ("postgres-killed", postgres_killed, "kill -9 of the backend, then a query",
     ["data-after-close", "keep-alive-race"], "the kernel closes for the dead; the query reaches a closed socket"),
    ("postgres-terminated", postgres_terminated, "pg_terminate_backend()", ["orderly"], "FATAL, then close()"),
    ("curl-upload-killed", curl_killed, "kill -9 of curl in the middle of an upload", ["orderly"],
     "nothing unread at curl: a FIN, the body is short"),
    ("curl-download-killed", curl_killed_download, "kill -9 of curl in the middle of a download", ["unread-data"],
     "the kernel closes for the dead with input unread"),
    ("curl-refused", curl_refused, "nobody listens", ["refused"], ""),
    ("curl-max-time", curl_gave_up, "curl --max-time 1, the answer comes later", ["data-after-close"],
     "curl closed; the answer reached a closed socket"),
]

# What the kernel's own reason says of the cause (net/core's rstreason.h), where it says anything of it.
REASONS = {
    "TCP_ABORT_ON_CLOSE": {"unread-data", "keep-alive-race"},
    "TCP_STATE": {"abort", "listener-closed"},
    "TCP_ABORT_ON_LINGER": {"abort"},
    "TCP_DISCONNECT_WITH_DATA": {"abort"},
    "TCP_ABORT_ON_DATA": {"data-after-close", "keep-alive-race", "orphan-expired", "linger2"},
    "TCP_TIMEWAIT_SOCKET": {"data-after-close", "keep-alive-race"},
    "NO_SOCKET": {"refused", "state-lost", "orphan-expired", "data-after-close"},
    "TCP_FLAGS": {"orphan-expired", "state-lost"},
}


class Reasons:
    """The kernel's reset reasons while a scenario runs, by a trace instance of our own."""

    def __init__(self):
        self.instance = None
        event = TRACING / "events/tcp/tcp_send_reset/format"
        if os.getuid() or not event.exists() or "reason" not in event.read_text():
            return
        self.instance = TRACING / "instances" / f"programs-{os.getpid()}"
        self.instance.mkdir()
        (self.instance / "events/tcp/tcp_send_reset/enable").write_text("1")

    def clear(self):
        if self.instance:
            (self.instance / "trace").write_text("")

    def read(self, port, peer):
        """Reasons of resets between these ports (peer None: any), in order."""
        found = []
        if not self.instance:
            return found
        for line in (self.instance / "trace").read_text().splitlines():
            words = dict(w.split("=", 1) for w in line.split() if "=" in w)
            if "reason" not in words:
                continue
            ports = {int(words["src"].rsplit(":", 1)[1]), int(words["dest"].rsplit(":", 1)[1])}
            if port in ports and (peer is None or peer in ports or 0 in ports):
                found.append(words["reason"].removeprefix("SK_RST_REASON_"))
        return found

    def close(self):
        if self.instance:
            (self.instance / "events/tcp/tcp_send_reset/enable").write_text("0")
            self.instance.rmdir()


class Capture:
    """tcpdump on lo; complete when a last datagram has come by."""

    def __init__(self, path):
        self.path = path
        self.child = subprocess.Popen([find("tcpdump"), "-i", "lo", "-n", "-s", "128", "-U", "--immediate-mode", "-B", "16384", "-w", path,
                                       "-Z", "root"], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        for line in self.child.stderr:
            if b"listening on" in line:
                return
        raise RuntimeError("tcpdump does not listen")

    def close(self):
        mark = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        mark.sendto(END, ("127.0.0.1", 9))
        mark.close()
        wait_until("end of the capture", lambda: END in pathlib.Path(self.path).read_bytes())
        self.child.send_signal(signal.SIGINT)
        self.child.wait()


def explain(lastack, path, port, peer):
    """The worst finding among this listener's connections (or the one with this client's port)."""
    text = subprocess.run([lastack, "explain", "--json", path], check=True, stdout=subprocess.PIPE, text=True).stdout
    found = [f for f in map(json.loads, text.splitlines()) if "connection" in f and
             port in (f["opener"]["port"], f["other"]["port"]) and
             (peer is None or peer in (f["opener"]["port"], f["other"]["port"]))]
    found.sort(key=lambda f: f["causes"][0] != "orderly")
    return found[-1] if found else None


def claimed(finding):
    """What it says: one cause, or those that leave the same bytes where only the host can know."""
    return finding["causes"][:finding["same_bytes"] if finding["certainty"] == "undecidable" else 1]


def judge(finding, reasons, right):
    """Whether the finding is right: by what the program is said to do, and by the kernel's own reason."""
    if not finding:
        return False, "no connection was found"
    said = claimed(finding)
    if not set(said) & set(right):
        return False, f"wanted {' or '.join(right)}"
    for reason in reasons[:1]:
        if reason in REASONS and not set(said) & REASONS[reason]:
            return False, f"the kernel says {reason}"
    return True, ""


def run(lastack, name, function, right, reasons, keep):
    with tempfile.TemporaryDirectory(prefix="programs.") as folder:
        stage = Stage(folder)
        path = str(pathlib.Path(keep or folder) / f"{name}.pcap")
        capture = Capture(path)
        reasons.clear()
        try:
            ports = function(stage)
        finally:
            stage.close()
            capture.close()
        port, peer = ports if isinstance(ports, tuple) else (ports, None)
        why = reasons.read(port, peer)
        finding = explain(lastack, path, port, peer)
        return finding, why, judge(finding, why, right)


def say(finding):
    if not finding:
        return "nothing"
    return " or ".join(claimed(finding)) + f" ({finding['certainty']}), by the {finding['ended_first_by']} end"


def enter_namespace():
    """Starts itself anew in a namespace with lo up, and tracefs where it may be mounted."""
    words = ["unshare", "--net", "--mount"] if not os.getuid() else ["unshare", "--user", "--map-root-user", "--net", "--mount"]
    os.execvp(words[0], words + [sys.executable, __file__, "--inside"] + sys.argv[1:])


def prepare_namespace():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    if not (TRACING / "events").exists():
        subprocess.run(["mount", "-t", "tracefs", "tracefs", str(TRACING)], check=False, stderr=subprocess.DEVNULL)


def main():
    if sys.argv[1:2] != ["--inside"]:
        enter_namespace()
    words = sys.argv[2:]
    table = keep = None
    if "--table" in words:
        at = words.index("--table")
        table, words = words[at + 1], words[:at] + words[at + 2:]
    if "--keep" in words:
        at = words.index("--keep")
        keep, words = words[at + 1], words[:at] + words[at + 2:]
    if not words:
        sys.exit(__doc__)
    prepare_namespace()
    reasons = Reasons()
    rows, wrong, ran = [], 0, 0
    try:
        for name, function, does, right, why in SCENARIOS:
            if words[1:] and name not in words[1:]:
                continue
            try:
                finding, kernel, (is_right, complaint) = run(words[0], name, function, right, reasons, keep)
            except Missing as missing:
                print(f"{name}: skipped: no {missing}", flush=True)
                continue
            ran += 1
            wrong += not is_right
            verdict = "right" if is_right else f"WRONG: {complaint}"
            print(f"{name}: {say(finding)}; kernel: {' '.join(kernel) or '-'}; {verdict}", flush=True)
            rows.append((name, does, why, " ".join(kernel) or "-", say(finding), verdict))
    finally:
        reasons.close()
    if table:
        with open(table, "w", encoding="utf-8") as file:
            file.write("| program | what was done | what it does | the kernel's reasons | finding, from the capture alone | |\n|---|---|---|---|---|---|\n")
            for row in rows:
                file.write("| " + " | ".join(row) + " |\n")
    print(f"{ran - wrong} right, {wrong} wrong")
    sys.exit(77 if not ran else 1 if wrong else 0)


if __name__ == "__main__":
    main()
