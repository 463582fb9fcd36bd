# SPDX-License-Identifier: GPL-3.0-or-later
"""The SRS tables for Postfix: the protocol of socketmap_table(5), limits, reload, and the end."""
import grp
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "dns"))
import stub  # noqa: E402
from daemon import Daemon, Skip, quick
from test_message import equal

CONFIGURATION = """
srs {srs}
srs_domain srs.example.net
srs_secret_file {directory}/srs.secret
srs_socketmap {address}
socket_mode 0620
"""
ANSWER = re.compile(r"OK (SRS0=\S{4}=..=example\.com=joe@srs\.example\.net)")
CONNECTIONS = 500  # as in milter/srs_server.c


def netstring(text):
    data = text.encode()
    return b"%d:%s," % (len(data), data)


class Client:
    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        self.socket.settimeout(120)
        self.socket.connect(address)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """The next answer; None where the server has closed."""
        digits = b""
        while not digits.endswith(b":"):
            byte = self.file.read(1)
            if not byte:
                return None
            digits += byte
        content = self.file.read(int(digits[:-1]))
        equal(self.file.read(1), b",")
        return content.decode()

    def ask(self, request):
        self.send(netstring(request))
        return self.receive()

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class SocketmapDaemon(Daemon):
    def __init__(self, srs="off", address=None, start=True):
        super().__init__(start=False)
        self.tables = self.path("srs.sock")
        self.secrets("a secret\n")
        self.configure(CONFIGURATION.format(srs=srs, directory=self.directory,
                                            address=address or "unix:" + self.tables))
        if start:
            self.start()

    def secrets(self, text):
        self.write("srs.secret", text)
        os.chmod(self.path("srs.secret"), 0o600)


def test_there_and_back():
    with SocketmapDaemon() as daemon, Client(daemon.tables) as client:
        address = ANSWER.fullmatch(client.ask("forward joe@example.com")).group(1)
        equal(client.ask("reverse " + address), "OK joe@example.com")
        equal(client.ask("reverse " + address.lower()), "OK joe@example.com")
        for nothing in ("forward ", "forward joe@example.net", "forward " + address, "forward joe",
                        "forward @example.com", "reverse joe@srs.example.net",
                        "reverse " + address.replace("joe", "jane")):
            answer = client.ask(nothing)
            assert answer.startswith("NOTFOUND "), (nothing, answer)
        assert client.ask("other joe@example.com").startswith("PERM ")
        equal(ANSWER.fullmatch(client.ask("forward joe@example.com")).group(1), address)
        assert "SRS tables on unix:" in daemon.log()


def test_utf8():
    with SocketmapDaemon() as daemon, Client(daemon.tables) as client:
        answer = client.ask("forward jürgen@bücher.example")
        assert answer.endswith("=bücher.example=jürgen@srs.example.net"), answer
        equal(client.ask("reverse " + answer[3:]), "OK jürgen@bücher.example")


def test_pieces_and_pipelines():
    with SocketmapDaemon() as daemon, Client(daemon.tables) as client:
        for byte in netstring("forward joe@example.com"):
            client.send(bytes([byte]))
            time.sleep(0.001)
        assert ANSWER.fullmatch(client.receive())
        client.send(netstring("forward joe@example.com") * 1000)
        for _ in range(1000):
            assert ANSWER.fullmatch(client.receive())


def test_more_than_a_turn_at_once():
    """All are in the server's buffer, and nothing more comes that would wake it."""
    with SocketmapDaemon() as daemon, Client(daemon.tables) as client:
        client.send(netstring("reverse x") * 150)
        for _ in range(150):
            assert client.receive().startswith("NOTFOUND ")


def test_broken_requests():
    with SocketmapDaemon() as daemon:
        for data in (b"get joe@example.com\n", b"5:forward", b"999999:forward", b"12345678",
                     b"3000:" + b"x" * 10):
            with Client(daemon.tables) as client:
                client.send(data)
                assert client.receive().startswith("PERM "), data
                equal(client.receive(), None)
        with Client(daemon.tables) as client:
            answer = client.ask("forward %s@example.com" % ("x" * 1500))
            assert answer.startswith("PERM "), answer
            assert client.ask("forward %s@example.com" % ("x" * 300)).startswith("NOTFOUND ")
            assert ANSWER.fullmatch(client.ask("forward joe@example.com"))


def test_permissions_and_end():
    daemon = SocketmapDaemon()
    with daemon:
        equal(stat.S_IMODE(os.stat(daemon.tables).st_mode), 0o620)
        with Client(daemon.tables) as client:
            assert ANSWER.fullmatch(client.ask("forward joe@example.com"))
            equal(daemon.stop(), 0)
            equal(client.receive(), None)
        assert not os.path.exists(daemon.tables)


def test_group_of_the_socket():
    if os.geteuid() != 0:
        raise Skip("only root gives files away")
    group = grp.getgrnam("daemon").gr_gid
    with SocketmapDaemon(start=False) as daemon:
        with open(daemon.path("assay.conf"), "r+") as file:
            text = file.read()
            file.seek(0)
            file.write("socket_group daemon\n" + text)
        daemon.start()
        equal(os.stat(daemon.tables).st_gid, group)


def test_stale_socket_is_replaced():
    with SocketmapDaemon() as daemon:
        daemon.process.kill()
        daemon.wait()
        assert os.path.exists(daemon.tables)
        daemon.mark_log()
        daemon.start()
        with Client(daemon.tables) as client:
            assert ANSWER.fullmatch(client.ask("forward joe@example.com"))


def test_socket_of_a_successor_stays():
    with SocketmapDaemon() as daemon:
        os.unlink(daemon.tables)
        with socket.socket(socket.AF_UNIX) as successor:
            successor.bind(daemon.tables)
            daemon.stop()
            assert os.path.exists(daemon.tables)


def test_inet():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with SocketmapDaemon(address="inet:%d@127.0.0.1" % port):
        with Client(("127.0.0.1", port)) as client:
            assert ANSWER.fullmatch(client.ask("forward joe@example.com"))


def test_secrets_are_reloaded():
    with SocketmapDaemon() as daemon, Client(daemon.tables) as client:
        old = client.ask("forward joe@example.com")[3:]
        daemon.secrets("a new one\na secret\n")
        daemon.reload()
        new = client.ask("forward joe@example.com")[3:]
        assert new != old
        for address in (old, new):
            equal(client.ask("reverse " + address), "OK joe@example.com")
        daemon.secrets("a new one\n")
        daemon.reload()
        assert client.ask("reverse " + old).startswith("NOTFOUND ")
        equal(client.ask("reverse " + new), "OK joe@example.com")
        # One that can't be used keeps the old one.
        os.chmod(daemon.path("srs.secret"), 0o644)
        daemon.reload("reload failed")
        equal(client.ask("reverse " + new), "OK joe@example.com")


def test_many_clients():
    """More than there is room for: who came first and said nothing goes."""
    with SocketmapDaemon() as daemon:
        clients = [Client(daemon.tables) for _ in range(CONNECTIONS)]
        for client in clients[1:]:
            assert ANSWER.fullmatch(client.ask("forward joe@example.com"))
        with Client(daemon.tables) as another:
            assert ANSWER.fullmatch(another.ask("forward joe@example.com"))
            equal(clients[0].receive(), None)
            assert ANSWER.fullmatch(clients[1].ask("forward joe@example.com"))
        for client in clients:
            client.close()


def test_at_the_same_time():
    """Threads that ask in earnest, beside one that floods and one that sends half a request."""
    failures = []

    def ask(daemon):
        try:
            with Client(daemon.tables) as client:
                for _ in range(200):
                    address = ANSWER.fullmatch(client.ask("forward joe@example.com")).group(1)
                    equal(client.ask("reverse " + address), "OK joe@example.com")
        except Exception as problem:
            failures.append(problem)

    with SocketmapDaemon() as daemon, Client(daemon.tables) as stalled, \
            Client(daemon.tables) as flood:
        stalled.send(b"20:forward ")
        flood.socket.setblocking(False)
        try:
            while True:  # without ever reading an answer
                flood.socket.send(netstring("forward joe@example.com") * 100)
        except BlockingIOError:
            pass
        threads = [threading.Thread(target=ask, args=(daemon,)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(failures, [])
        # Both have had their ten seconds, and are left.
        equal(stalled.receive(), None)


def test_configuration():
    with Daemon(start=False) as daemon:
        daemon.configure("srs_socketmap unix:relative")
        daemon.start(ready=None)
        equal(daemon.wait(), 78)
        assert "srs_socketmap unix:relative: a socket's path must begin" in daemon.log()
        daemon.expected_codes = (78,)
        daemon.configure("srs_socketmap unix:/nowhere/srs.sock")
        daemon.mark_log()
        daemon.start(ready=None)
        assert daemon.wait() != 0
        assert "srs_socketmap unix:/nowhere/srs.sock: the directory /nowhere is missing" in \
            daemon.new_log(), daemon.new_log()
        daemon.expected_codes = (78, 71)


def test_postmap():
    postmap = shutil.which("postmap", path="/usr/sbin:/usr/bin")
    if postmap is None:
        print("postmap is not installed")
        return
    with SocketmapDaemon() as daemon:
        def query(table, address):
            done = subprocess.run([postmap, "-q", address,
                                   "socketmap:unix:%s:%s" % (daemon.tables, table)],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            return done.returncode, done.stdout.strip()
        code, address = query("forward", "joe@example.com")
        equal(code, 0)
        equal(query("reverse", address), (0, "joe@example.com"))
        equal(query("forward", "joe@example.net"), (1, ""))
        equal(query("reverse", "SRS0=abcd=AB=example.com=joe@srs.example.net"), (1, ""))
        assert query("other", "joe@example.com")[0] != 0


class Dns:
    """Lets our address send for partner.example alone; each answer takes a moment."""

    def __init__(self, **faults):
        zone = stub.Zone()
        zone.add("partner.example", "TXT", "v=spf1 ip4:203.0.113.1 -all")
        zone.add("example.com", "TXT", "v=spf1 -all")
        zone.add("srs.example.net", "TXT", "v=spf1 ip4:203.0.113.1 -all")
        zone.fault("*", **faults)
        self.stub = stub.Stub(zone, ttl=60).start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stub.stop()

    def daemon(self, dns_timeout="2s", spf_timeout="3s", scan_timeout="20s"):
        daemon = SocketmapDaemon(start=False)
        with open(daemon.path("assay.conf")) as file:
            text = file.read()
        text = text.replace("srs off", "srs when-needed\nsrs_outgoing_addresses 203.0.113.1")
        daemon.write("assay.conf", text.replace(
            "network_tests no", "dns_server 127.0.0.1@%d\ndns_timeout %s\nspf_timeout %s" %
            (self.stub.port, dns_timeout, spf_timeout)).replace(
                "scan_timeout 20s", "scan_timeout " + scan_timeout))
        return daemon.start()


def test_when_needed():
    with Dns(delay="0.3") as dns, dns.daemon() as daemon, Client(daemon.tables) as client, \
            Client(daemon.tables) as other:
        client.send(netstring("forward joe@partner.example") + netstring("forward joe@example.com"))
        # Nobody else waits meanwhile, for what needs no DNS.
        begun = time.monotonic()
        assert other.ask("reverse joe@srs.example.net").startswith("NOTFOUND ")
        quick(time.monotonic() - begun, 0.25, "an answer")
        equal(client.receive(), "NOTFOUND its SPF passes from here")
        address = ANSWER.fullmatch(client.receive()).group(1)
        # Nothing is asked of the DNS for the way back.
        equal(client.ask("reverse " + address), "OK joe@example.com")
        # From the cache, now.
        begun = time.monotonic()
        equal(other.ask("forward ann@partner.example"), "NOTFOUND its SPF passes from here")
        quick(time.monotonic() - begun, 0.25, "an answer")


def test_when_needed_without_dns():
    """Clients that leave while it waits, and one that stays: it is rewritten."""
    with Dns(drop=1) as dns, dns.daemon() as daemon:
        def descriptors():
            return len(os.listdir("/proc/%d/fd" % daemon.process.pid))

        with Client(daemon.tables) as client:
            assert client.ask("forward joe@example.org").startswith("OK SRS0=")
        def wait(what, condition):
            until = time.monotonic() + 120
            while not condition():
                assert time.monotonic() < until, what
                time.sleep(0.02)

        before = descriptors()
        clients = [Client(daemon.tables) for _ in range(10)]
        for client in clients:
            client.send(netstring("forward joe@partner.example"))
        wait("the clients are there", lambda: descriptors() >= before + 9)
        for client in clients:
            client.close()
        wait("the clients that left are left", lambda: descriptors() <= before)
        with Client(daemon.tables) as client:
            begun = time.monotonic()
            answer = client.ask("forward joe@partner.example")
            assert answer.startswith("OK SRS0=") and "=partner.example=joe@" in answer, answer
            quick(time.monotonic() - begun, 10, "the end")


def test_stop_while_one_waits():
    with Dns(drop=1) as dns, dns.daemon("60s", "60s", "60s") as daemon, Client(daemon.tables) as client:
        client.send(netstring("forward joe@other.example"))
        daemon.stop()
        equal(client.receive(), None)


def test_when_needed_waits_no_longer_than_a_message():
    """The DNS is given longer than scan_timeout: the sender is rewritten then."""
    with Dns(drop=1) as dns, dns.daemon("60s", "60s", "2s") as daemon, Client(daemon.tables) as client:
        begun = time.monotonic()
        answer = client.ask("forward joe@partner.example")
        assert answer.startswith("OK SRS0="), answer
        quick(time.monotonic() - begun, 10, "the end")
