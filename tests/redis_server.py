# SPDX-License-Identifier: GPL-3.0-or-later
"""A redis-server of a test's own on the loopback, which acknowledges what is on its disk; and a
proxy in front of it that can lose answers."""
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def installed():
    return shutil.which("redis-server") is not None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class RedisServer:
    def __init__(self, directory, *arguments, wait_for="PONG"):
        """`arguments`: more of redis-server's; `wait_for`: what PING is answered with."""
        self.directory, self.arguments, self.wait_for = directory, arguments, wait_for
        os.makedirs(directory, exist_ok=True)
        self.port = free_port()
        self.process = None
        self.start()

    def start(self):
        with open(os.path.join(self.directory, "redis.log"), "ab") as log:
            self.process = subprocess.Popen(
                ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                 "--appendonly", "yes", "--appendfsync", "always", "--dir", self.directory,
                 *self.arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=lambda: _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        until = time.monotonic() + 300
        while self.wait_for.encode() not in (self.ask(b"PING") or b""):
            if self.process.poll() is not None or time.monotonic() > until:
                raise AssertionError("redis-server does not start: see %s" % self.directory)
            time.sleep(0.02)
        return self

    def ask(self, command):
        """The first line of the answer to an inline command; None where there is none."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 60) as s:
                s.sendall(command + b"\r\n")
                return s.makefile("rb").readline().rstrip()
        except OSError:
            return None

    def cli(self, *command):
        """What redis-cli prints."""
        return subprocess.run(["redis-cli", "-p", str(self.port), *command],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=300).stdout.strip()

    def uri(self, journal, database=0, port=None):
        return "redis://127.0.0.1:%d/%d?journal=%s" % (port or self.port, database, journal)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process.poll() is None:
            self.resume()
            self.kill()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()


class Sentinels:
    """Three of them, which watch a primary and agree within seconds that another one takes its place."""
    MASTER = "mymaster"

    def __init__(self, directory, primary, options=""):
        self.directory, self.processes, self.ports = directory, [], []
        for number in range(3):
            os.makedirs(self.place(number))
            self.ports.append(free_port())
            with open(os.path.join(self.place(number), "sentinel.conf"), "w", encoding="ascii") as file:
                file.write("port %d\nbind 127.0.0.1\ndir %s\nsentinel monitor %s 127.0.0.1 %d 2\n"
                           "sentinel down-after-milliseconds %s 1000\nsentinel failover-timeout %s 4000\n%s"
                           % (self.ports[-1], self.place(number), self.MASTER, primary.port, self.MASTER, self.MASTER,
                              options))
        self.start()

    def place(self, number):
        return os.path.join(self.directory, "sentinel%d" % number)

    def start(self):
        for number in range(3):
            with open(os.path.join(self.place(number), "log"), "ab") as log:
                self.processes.append(subprocess.Popen(
                    ["redis-server", os.path.join(self.place(number), "sentinel.conf"), "--sentinel"],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    preexec_fn=lambda: _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)))
        until = time.monotonic() + 60
        while not all(self.knows_others(port) for port in self.ports):
            assert time.monotonic() < until, "the sentinels don't find one another: see %s" % self.directory
            time.sleep(0.1)

    def kill(self):
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes = []

    def ask(self, port, *command):
        return subprocess.run(["redis-cli", "-p", str(port), *command], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, check=False).stdout.split("\n")

    def knows_others(self, port):
        told = self.ask(port, "SENTINEL", "MASTER", self.MASTER)
        facts = dict(zip(told[0::2], told[1::2]))
        return facts.get("num-other-sentinels") == "2" and facts.get("num-slaves", "0") != "0"

    def primary_port(self, number=0):
        return int(self.ask(self.ports[number], "SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.MASTER)[1])

    def uri(self, journal, ports=()):
        return "redis+sentinel://%s/%s/0?journal=%s" % (
            ",".join("127.0.0.1:%d" % port for port in ports or self.ports), self.MASTER, journal)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.kill()


class Proxy:
    """Between a client and the server. Once armed, the answer to the next command that has a word
    in it does not get back: `lose` is called instead, and the connection is cut."""

    def __init__(self, server):
        self.server = server
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.word, self.lose, self.lost = None, None, threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()

    def arm(self, word, lose=lambda: None):
        self.lost.clear()
        self.lose, self.word = lose, word

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        """One command at a time, as the store asks while it writes."""
        try:
            with client, socket.create_connection(("127.0.0.1", self.server.port)) as server:
                while True:
                    data = client.recv(1 << 20)
                    if not data:
                        return
                    fatal = self.word is not None and self.word in data
                    server.sendall(data)
                    answer = server.recv(1 << 20)
                    if fatal:
                        self.word = None
                        self.lose()
                        self.lost.set()
                        return
                    client.sendall(answer)
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.listener.close()
