# SPDX-License-Identifier: GPL-3.0-or-later
"""The DNS of the world as an MTA sees it that asks for MX records: it is itself the MX of its own
domains, and the outside is the MX of all others."""

import os
import sys

from .env import TOP, Network, write

sys.path.insert(0, os.path.join(TOP, "tests", "dns"))
import stub  # noqa: E402

OWN = ("hosted.example", "catchall.example", "srs.hosted.example")


class _World(stub.Zone):
    without_mx = ()

    def lookup(self, name, number):
        kind = stub.NAMES.get(number)
        if name in self.without_mx:
            return ([(name, kind, "127.0.0.1")] if kind == "A" else [], 0)
        if kind == "A" and name.startswith("mx."):
            return ([(name, "A", "127.0.0.1")], 0)
        if kind == "MX" and not name.startswith("mx.") and name.endswith(".example"):
            host = "mx.hosted.example" if name in OWN else "mx.outside.example"
            return ([(name, "MX", ("10", host))], 0)
        return ([], 0)


class World:
    """On port 53 of our name space's loopback, where there is one."""

    def __init__(self, directory):
        self.stub = None
        if Network.host is not None:
            self.zone = _World()
            self.stub = stub.Stub(self.zone, 53).start()
            self.resolv_conf = write(os.path.join(directory, "resolv.conf"), "nameserver 127.0.0.1\n")

    def stop(self):
        if self.stub is not None:
            self.stub.stop()
            self.stub = None
