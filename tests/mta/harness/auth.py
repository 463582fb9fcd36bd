# SPDX-License-Identifier: GPL-3.0-or-later
"""The saslauthd protocol, answering one user: enough for SASL PLAIN in both MTAs.
A request is four strings (login, password, service, realm), each after its
length in two bytes, high byte first; so is the answer."""

import os
import socketserver
import struct
import threading

USER, PASSWORD = "customer", "correct horse"


class _Request(socketserver.StreamRequestHandler):
    timeout = 10

    def string(self):
        (length,) = struct.unpack("!H", self.rfile.read(2))
        return self.rfile.read(length).decode("utf-8", "replace")

    def handle(self):
        try:
            login, password, _, _ = (self.string() for _ in range(4))
        except (struct.error, OSError):
            return
        good = login.partition("@")[0] == USER and password == PASSWORD
        answer = b"OK" if good else b"NO"
        self.wfile.write(struct.pack("!H", len(answer)) + answer)


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


class AuthServer:
    def __init__(self, path, seen_as=None):
        self.path = seen_as or path
        self.server = _Server(path, _Request)
        os.chmod(path, 0o666)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def config(self):
        """The text of APPLICATION.conf for Cyrus SASL."""
        return "pwcheck_method: saslauthd\nmech_list: PLAIN\nsaslauthd_path: %s\n" % self.path
