# SPDX-License-Identifier: GPL-3.0-or-later
"""Redis as it is found in the world: reached in every way that it can be, and not believed where what
it acknowledges may be lost. Whatever becomes of it, what was dropped is on the report."""
import os
import socket
import subprocess
import time

from daemon import Daemon, Skip, executable
from redis_server import RedisServer, installed
from test_message import DROP, equal
from test_records import Offer, check_report, ids, wait_for_empty, wait_until

ALWAYS = ("--appendonly", "yes", "--appendfsync", "always")


def need_redis():
    if not installed():
        raise Skip("redis-server is not installed")


def start_on(daemon, uri, separator="?"):
    daemon.store = uri + separator + "journal=" + daemon.path("journal")
    daemon.configure()
    os.chmod(daemon.path("assay.conf"), 0o600)
    daemon.start()


def drop(daemon, count=3):
    offers = [Offer(DROP).insist(daemon.socket) for _ in range(count)]
    equal([offer.verdict for offer in offers], ["d"] * count)
    return offers


def report_of(daemon, store):
    """As Daemon.report(), of another server; None where it can't be had."""
    command = [os.path.join(os.path.dirname(executable()), "assay"), "report",
               "forwarded-discards", "--since", "all", "--store", store]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout if done.returncode == 0 else None


def wait_for_report(daemon, offers):
    wanted = ids([{"message_id": offer.id} for offer in offers])
    wait_until("the report", lambda: ids(daemon.report("forwarded-discards")) == wanted, 40)


def check_config(daemon):
    command = [os.path.join(os.path.dirname(executable()), "assay"), "check-config", "-c",
               daemon.path("assay.conf")]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=60).stdout


def start_with_status(daemon):
    """With a socket for what systemd is told."""
    daemon.systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    daemon.systemd.bind(daemon.path("notify"))
    daemon.systemd.settimeout(120)
    daemon.start(environment={"NOTIFY_SOCKET": daemon.path("notify")})


def status(daemon):
    """What `systemctl status` shows."""
    while True:
        heard = daemon.systemd.recv(2000).decode()
        if heard.startswith("STATUS="):
            return heard


# Ways to reach it.

def works_at(uri, separator="?"):
    with Daemon(start=False) as daemon:
        start_on(daemon, uri, separator)
        check_report(daemon, drop(daemon))
        equal(os.path.getsize(daemon.path("journal")), 0)
        daemon.stop()


def test_socket_and_user():
    """A socket of the file system; a user of its own; one that isn't there is not let in."""
    need_redis()
    with Daemon(start=False) as directory, RedisServer(
            directory.path("redis"), "--unixsocket", directory.path("redis.sock")) as server:
        works_at("redis+unix://%s?db=2" % directory.path("redis.sock"), "&")
        equal(server.cli("-n", "2", "HLEN", "assay:records"), "3")
        server.cli("ACL", "SETUSER", "filter", "on", ">pass:word@%", "~assay:*", "+@all")
        works_at("redis://filter:pass:word%%40%%25@127.0.0.1:%d/3" % server.port)
        works_at("redis+unix://filter:pass:word%%40%%@%s?db=4" % directory.path("redis.sock"), "&")
        for login in ("nobody:pass", "filter:wrong", ":wrong"):
            with Daemon(start=False) as daemon:
                start_on(daemon, "redis://%s@127.0.0.1:%d/5" % (login, server.port))
                daemon.wait_for_log("WRONGPASS" if login[0] != ":" else "AUTH")
                drop(daemon)
                assert os.path.getsize(daemon.path("journal")) > 0
                daemon.stop()
        equal(server.cli("-n", "5", "DBSIZE"), "0")


def test_ipv6():
    need_redis()
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        raise Skip("there is no IPv6 here")
    with Daemon(start=False) as directory, RedisServer(
            directory.path("redis"), "--bind", "127.0.0.1", "::1") as server:
        works_at("redis://[::1]:%d/0" % server.port)


def make_certificates(daemon):
    for command in (
            "req -x509 -newkey rsa:2048 -nodes -subj /CN=ca -days 2 -keyout ca.key -out ca.pem",
            "req -newkey rsa:2048 -nodes -subj /CN=server -keyout server.key -out server.csr",
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
            "-extfile ext -out server.pem"):
        daemon.write("ext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        subprocess.run(["openssl"] + command.split(), cwd=daemon.directory, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_tls():
    """The server's certificate is believed where it is signed by whom we know, for that host."""
    need_redis()
    with Daemon(start=False) as directory:
        make_certificates(directory)
        port, path = free_port(), directory.path
        with RedisServer(path("redis"), "--tls-port", str(port), "--tls-cert-file",
                         path("server.pem"), "--tls-key-file", path("server.key"),
                         "--tls-ca-cert-file", path("ca.pem")):
            files = "ca=%s&cert=%s&key=%s" % (path("ca.pem"), path("server.pem"),
                                              path("server.key"))
            works_at("rediss://127.0.0.1:%d/1?%s" % (port, files), "&")
            works_at("rediss://localhost:%d/2?%s" % (port, files), "&")
            for uri, reason in (
                    ("rediss://127.0.0.1:%d/3?cert=%s&key=%s" % (
                        port, path("server.pem"), path("server.key")), "self-signed"),
                    ("rediss://127.0.0.2:%d/3?%s" % (port, files), "")):
                with Daemon(start=False) as daemon:
                    start_on(daemon, uri, "&")
                    daemon.wait_for_log("records go to the journal")
                    assert reason in daemon.log(), daemon.log()
                    drop(daemon)
                    assert os.path.getsize(daemon.path("journal")) > 0
                    daemon.stop()


# What it acknowledges and loses.

def with_doubt(arguments, reason, lose):
    """It is told of what is wrong, and what was dropped is back after `lose(server)`."""
    need_redis()
    with Daemon(start=False) as daemon, RedisServer(daemon.path("redis"), *arguments) as server:
        daemon.store = server.uri(daemon.path("journal"))
        daemon.configure()
        start_with_status(daemon)
        daemon.wait_for_log(reason)
        assert "kept in the journal" in daemon.log(), daemon.log()
        assert reason in check_config(daemon), check_config(daemon)
        assert reason in status(daemon), status(daemon)
        offers = drop(daemon, 10)
        check_report(daemon, offers)
        lose(server)
        offers += drop(daemon)
        wait_for_report(daemon, offers)
        # Also where the filter was killed with it.
        daemon.expected_codes = (0, -9)
        daemon.kill()
        lose(server)
        daemon.mark_log()
        daemon.start()
        wait_for_report(daemon, offers)
        daemon.stop()


def restart(server):
    server.kill()
    server.start()


def evict(server):
    equal(server.cli("FLUSHALL"), "OK")
    server.cli("CLIENT", "KILL", "TYPE", "normal")


def test_not_on_disk():
    with_doubt(("--appendonly", "no"), "appendonly is not yes", restart)


def test_evicts():
    with_doubt((*ALWAYS, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"),
               "maxmemory-policy", evict)


def test_config_refused():
    """As a managed Redis does: then nothing is known, and so it isn't believed."""
    with_doubt((*ALWAYS, "--rename-command", "CONFIG", ""), "does not tell whether appendfsync",
               evict)


def test_safe_server_is_believed():
    """No doubt about one that is set up as it should be, also with a policy that takes others' keys."""
    need_redis()
    with Daemon(start=False) as daemon, RedisServer(
            daemon.path("redis"), "--maxmemory", "100mb", "--maxmemory-policy",
            "volatile-lru") as server:
        start_on(daemon, "redis://127.0.0.1:%d/0?settle=1s" % server.port, "&")
        drop(daemon)
        # Once the connection has lasted, copies are let go, and no more are made.
        wait_until("the copies to go", lambda: os.path.getsize(daemon.path("journal.held")) == 0)
        drop(daemon)
        equal(os.path.getsize(daemon.path("journal.held")), 0)
        assert "kept in the journal" not in daemon.log(), daemon.log()
        assert "kept in the journal" not in check_config(daemon)
        daemon.stop()


# Other servers.

def role(server):
    return server.cli("ROLE").split("\n")[0]


def make_replica(server, of):
    equal(server.cli("REPLICAOF", "127.0.0.1", str(of.port)), "OK")
    wait_until("a replica", lambda: "master_link_status:up" in server.cli("INFO", "replication"))


def test_replica_leads_to_its_primary():
    need_redis()
    with Daemon(start=False) as daemon, RedisServer(daemon.path("one")) as one, \
            RedisServer(daemon.path("two")) as two:
        make_replica(two, one)
        daemon.store = two.uri(daemon.path("journal"))
        daemon.configure()
        daemon.start()
        daemon.wait_for_log("READONLY")
        offers = drop(daemon)
        equal(one.cli("HLEN", "assay:records"), "3")
        # It changes its role while it is in use.
        equal(two.cli("REPLICAOF", "NO", "ONE"), "OK")
        make_replica(one, two)
        offers += drop(daemon)
        wait_for_empty(daemon)
        wait_for_report(daemon, offers)
        equal(role(two), "master")
        daemon.stop()


def test_failover_with_the_old_primary_wiped():
    """The old primary is back for a moment, gets what waited, and is then made a replica."""
    need_redis()
    with Daemon(start=False) as daemon, RedisServer(daemon.path("one")) as one, \
            RedisServer(daemon.path("two")) as two:
        make_replica(two, one)
        daemon.store = one.uri(daemon.path("journal"))
        daemon.configure()
        daemon.start()
        offers = drop(daemon)
        wait_until("the replica", lambda: two.cli("HLEN", "assay:records") == "3")
        one.kill()
        offers += drop(daemon, 5)
        assert os.path.getsize(daemon.path("journal")) > 0
        one.start()
        wait_for_empty(daemon)
        equal(one.cli("HLEN", "assay:records"), "8")
        equal(two.cli("REPLICAOF", "NO", "ONE"), "OK")
        make_replica(one, two)
        wait_until("them to be handed over again",
                   lambda: two.cli("HLEN", "assay:records") == "8", 40)
        check_report(daemon, offers)
        daemon.stop()


def test_promoted_replica_is_found():
    """The primary is gone for good; one of its replicas takes its place."""
    need_redis()
    with Daemon(start=False) as daemon, RedisServer(daemon.path("one")) as one, \
            RedisServer(daemon.path("two")) as two:
        make_replica(two, one)
        daemon.store = one.uri(daemon.path("journal"))
        daemon.configure()
        daemon.start()
        offers = drop(daemon)
        wait_until("the replica", lambda: two.cli("HLEN", "assay:records") == "3")
        one.kill()
        offers += drop(daemon)
        equal(two.cli("REPLICAOF", "NO", "ONE"), "OK")
        daemon.wait_for_log("has taken its place")
        wait_for_empty(daemon)
        offers += drop(daemon)
        daemon.stop()
        daemon.store = two.uri(daemon.path("journal"))
        check_report(daemon, offers)


def test_flushed():
    """Whoever empties it while it is in use gets no report of an older version."""
    need_redis()
    with Daemon(start=False) as daemon, RedisServer(daemon.path("redis")) as server:
        start_on(daemon, "redis://127.0.0.1:%d/0?settle=0s" % server.port, "&")
        drop(daemon)
        equal(server.cli("FLUSHALL"), "OK")
        offers = drop(daemon)
        assert ids([{"message_id": o.id} for o in offers]).items() <= \
            ids(daemon.report("forwarded-discards")).items()
        daemon.stop()


def test_writer_rests_with_a_backlog():
    """What can't be handed over is tried once a second, and not all the time."""
    need_redis()
    with Daemon(start=False) as daemon, RedisServer(daemon.path("redis")) as server:
        start_on(daemon, "redis://127.0.0.1:%d/0" % server.port)
        server.kill()
        drop(daemon)

        def used():
            with open("/proc/%d/stat" % daemon.process.pid) as file:
                fields = file.read().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        before, until = used(), time.monotonic() + 3
        while time.monotonic() < until:
            time.sleep(0.1)
        assert used() - before < 0.5, "%.2f s of processor time in 3 s" % (used() - before)
        server.start()
        wait_for_empty(daemon)
        daemon.stop()
