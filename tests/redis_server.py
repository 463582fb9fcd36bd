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
        until = time.monotonic() + 20
        while self.wait_for.encode() not in (self.ask(b"PING") or b""):
            if self.process.poll() is not None or time.monotonic() > until:
                raise AssertionError("redis-server does not start: see %s" % self.directory)
            time.sleep(0.02)
        return self

    def ask(self, command):
        """The first line of the answer to an inline command; None where there is none."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as s:
                s.sendall(command + b"\r\n")
                return s.makefile("rb").readline().rstrip()
        except OSError:
            return None

    def cli(self, *command):
        """What redis-cli prints."""
        return subprocess.run(["redis-cli", "-p", str(self.port), *command],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=20).stdout.strip()

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
