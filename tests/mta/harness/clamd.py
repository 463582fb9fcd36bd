# SPDX-License-Identifier: GPL-3.0-or-later
"""A private clamd with signatures of our own, and one that lies."""

import os
import shutil
import socket
import socketserver
import struct
import threading
import time

from .env import Skip, read, reap, spawn, wait_for, write

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MALWARE, GUESS = b"assay-test-malware-1f0c", b"assay-test-guess-77aa"
SIGNATURES = (("Eicar-Test-Signature", EICAR), ("Assay.Test.Malware", MALWARE),
              ("Heuristics.Assay.Test", GUESS))
STREAM_MAX = 256 * 1024


class Clamd:
    """Debian's, with its configuration, database and socket in a folder of its own."""

    def __init__(self, directory, port=None):
        if not shutil.which("clamd", path=os.environ.get("PATH", "") + ":/usr/sbin"):
            raise Skip("there is no clamd (Debian package clamav-daemon)")
        self.dir = os.path.join(directory, "clamd")
        self.path = os.path.join(self.dir, "clamd.ctl")
        self.address = "clamd:inet:127.0.0.1:%d" % port if port else "clamd:unix:" + self.path
        os.makedirs(os.path.join(self.dir, "db"), exist_ok=True)
        write(os.path.join(self.dir, "db", "assay.ndb"),
              "".join("%s:0:*:%s\n" % (name, text.hex()) for name, text in SIGNATURES))
        where = "TCPSocket %d\nTCPAddr 127.0.0.1\n" % port if port else \
            "LocalSocket %s\nLocalSocketMode 666\n" % self.path
        self.conf = write(os.path.join(self.dir, "clamd.conf"),
                          "Foreground yes\nDatabaseDirectory %s/db\nStreamMaxLength %d\n%s"
                          % (self.dir, STREAM_MAX, where))
        self.proc = None

    def start(self):
        with open(os.path.join(self.dir, "clamd.log"), "ab") as log:
            self.proc = spawn(["/usr/sbin/clamd", "-c", self.conf], stdout=log, stderr=log)
        wait_for(lambda: "clamd: " + read(os.path.join(self.dir, "clamd.log"))[-300:], self.pongs)
        return self

    def connect(self):
        if self.address.startswith("clamd:unix:"):
            s = socket.socket(socket.AF_UNIX)
            s.connect(self.path)
            return s
        return socket.create_connection(("127.0.0.1", int(self.address.rpartition(":")[2])))

    def pongs(self):
        try:
            with self.connect() as s:
                s.sendall(b"zPING\0")
                return s.recv(16) == b"PONG\0"
        except OSError:
            return False

    def stop(self):
        if self.proc is not None:
            reap(self.proc, 20)
            self.proc = None
        if os.path.exists(self.path):
            os.unlink(self.path)


class _Session(socketserver.BaseRequestHandler):
    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.request.recv(min(65536, count - len(data)))
            if not more:
                raise ConnectionError
            data += more
        return data

    def read_stream(self):
        """The message of INSTREAM."""
        data = b""
        while True:
            size, = struct.unpack("!I", self.exactly(4))
            if not size:
                return data
            data += self.exactly(size)

    def handle(self):
        server = self.server
        try:
            command = b""
            while not command.endswith(b"\0"):
                command += self.exactly(1)
            with server.lock:
                server.commands.append(command)
            if command == b"zPING\0":
                if server.pong:
                    self.request.sendall(server.pong)
                else:
                    server.released.wait(60)
                return
            if server.reads:
                server.messages.append(self.read_stream())
            server.answer(self.request, server)
        except (OSError, ConnectionError):
            pass


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 100


class FakeClamd:
    """One whose answer to a message is `answer(socket, server)`."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "fake-clamd.ctl")
        self.address = "clamd:unix:" + self.path
        self.server = None

    def start(self, answer, pong=b"PONG\0", reads=True):
        self.server = server = _Server(self.path, _Session)
        os.chmod(self.path, 0o666)
        server.answer, server.pong, server.reads = answer, pong, reads
        server.lock, server.released = threading.Lock(), threading.Event()
        server.commands, server.messages = [], []
        self.thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        return self

    def commands(self):
        with self.server.lock:
            return list(self.server.commands)

    def stop(self):
        if self.server is None:
            return
        self.server.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        self.server = None
        os.unlink(self.path)


def says(text):
    return lambda s, server: s.sendall(text)


def silent(s, server):
    server.released.wait(120)


def endless(s, server):
    while not server.released.is_set():
        s.sendall(b"stream: " + b"x" * 4096)


def drips(s, server):
    """A byte now and then, and never an end."""
    while not server.released.is_set():
        s.sendall(b"x")
        time.sleep(0.05)
