# SPDX-License-Identifier: GPL-3.0-or-later
"""Redis is dead, slow, full, holds others' things, doesn't let us in, or another one takes its place."""
import contextlib
import os
import time

from daemon import Skip
from matrix import Filter, Traffic, account, check_all_dropped, equal, row, wait_until
from redis_server import RedisServer, Sentinels, free_port, installed


class Setting:
    """A filter on a Redis of its own."""

    def __init__(self, *arguments):
        if not installed():
            raise Skip("redis-server is not installed")
        self.filter = Filter(start=False)
        self.server = RedisServer(self.filter.path("redis"), *arguments)
        self.filter.store = self.server.uri(self.filter.path("journal"))
        self.filter.configure()
        self.filter.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *more):
        try:
            self.filter.__exit__(kind, *more)
        finally:
            self.server.stop()

    def journal_bytes(self):
        return os.path.getsize(self.filter.path("journal"))


def goes_on(begin, end, degraded, at_least=30):
    """While the fault lasts mail is dropped as before, since a journal here has what Redis doesn't take; in the end
    all of it is in Redis."""
    with Setting() as setting:
        filter_, server = setting.filter, setting.server
        with Traffic(filter_) as traffic:
            traffic.wait_for_drop()
            begin(server)
            filter_.wait_degraded(degraded)
            traffic.wait_for_drop()
            traffic.wait_for(at_least)
            assert setting.journal_bytes() > 0
            end(server)
            filter_.wait_healthy()
            traffic.wait_for_drop()
        check_all_dropped(traffic.messages)
        wait_until("an empty journal", lambda: setting.journal_bytes() == 0)
        account(filter_, traffic.messages)
        equal(sum(m.unanswered + m.deferred for m in traffic.messages), 0)
        filter_.stop()


@row("redis-dead", "Redis is killed: drops are recorded in a journal here, and handed over when it is back")
def redis_dead():
    goes_on(RedisServer.kill, RedisServer.start, "redis")


@row("redis-slow", "Redis stands still: ordinary mail doesn't wait, drops wait for a time and then for the journal")
def redis_slow():
    goes_on(RedisServer.pause, RedisServer.resume, "redis", 15)


def fill(server):
    equal(server.cli("CONFIG", "SET", "maxmemory", "1"), "OK")


def make_room(server):
    equal(server.cli("CONFIG", "SET", "maxmemory", "0"), "OK")


@row("redis-full", "Redis has no memory left (noeviction): the same, until it has")
def redis_full():
    goes_on(fill, make_room, "redis")


# What all records share, and indexes of one message.
SHARED = ("assay:records", "assay:seq", "assay:unanswered", "assay:once", "assay:bytes", "assay:merged")
INDEXES = ("assay:rcpt:0:away@example.net", "assay:dest:0:away@elsewhere.example")
THEIRS = "something of somebody else"


def put_theirs(server, names):
    for name in names:
        equal(server.cli("EVAL", "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('RENAME', KEYS[1], KEYS[2]) end "
                         "return redis.call('SET', KEYS[1], ARGV[1])", "2", name, "aside:" + name, THEIRS), "OK")


def take_theirs(server, names):
    for name in names:
        equal(server.cli("GET", name), THEIRS)
        equal(server.cli("EVAL", "redis.call('DEL', KEYS[1]) if redis.call('EXISTS', KEYS[2]) == 1 then "
                         "redis.call('RENAME', KEYS[2], KEYS[1]) end return 'OK'", "2", name, "aside:" + name), "OK")


def move_theirs(server):
    """From the indexes, where a record fails half way, to what is looked at before."""
    time.sleep(2)
    put_theirs(server, SHARED)
    take_theirs(server, INDEXES)
    time.sleep(2)
    take_theirs(server, SHARED)


@row("redis-wrong-types", "Our keys hold what is others': the same, nothing of theirs is overwritten, nothing of ours is half")
def redis_wrong_types():
    goes_on(lambda server: put_theirs(server, INDEXES), move_theirs, "redis")


def shut_out(server):
    equal(server.cli("CONFIG", "SET", "requirepass", "another"), "OK")
    server.cli("-a", "another", "--no-auth-warning", "CLIENT", "KILL", "TYPE", "normal")


def let_in(server):
    equal(server.cli("-a", "another", "--no-auth-warning", "CONFIG", "SET", "requirepass", ""), "OK")


@row("redis-auth-lost", "Redis doesn't let us in any more: the same, until it does")
def redis_auth_lost():
    goes_on(shut_out, let_in, "redis")


def make_replica(server, of):
    equal(server.cli("REPLICAOF", "127.0.0.1", str(of.port)), "OK")
    wait_until("a replica", lambda: "master_link_status:up" in server.cli("INFO", "replication"))


class Failover:
    """A filter that asks sentinels for its Redis, of which there are two; one of the sentinels is dead."""

    def __init__(self):
        if not installed():
            raise Skip("redis-server is not installed")
        self.filter = Filter(start=False)
        self.stack = contextlib.ExitStack()
        self.servers = [self.stack.enter_context(RedisServer(self.filter.path(name))) for name in ("one", "two")]
        make_replica(self.servers[1], self.servers[0])
        self.sentinels = self.stack.enter_context(Sentinels(self.filter.path("sentinels"), self.servers[0]))
        self.filter.store = self.sentinels.uri(self.filter.path("journal"), [free_port(), *self.sentinels.ports])
        self.filter.configure()
        self.filter.start()

    def wait_for_primary(self, server):
        wait_until("another primary", lambda: self.sentinels.primary_port() == server.port)

    def wait_for_replica(self, server):
        wait_until("the old one to be a replica", lambda: server.cli("ROLE").startswith("slave"))

    def __enter__(self):
        return self

    def __exit__(self, kind, *more):
        try:
            self.filter.__exit__(kind, *more)
        finally:
            self.stack.close()


def fails_over(begin, end):
    with Failover() as failover:
        filter_, (one, two) = failover.filter, failover.servers
        with Traffic(filter_) as traffic:
            traffic.wait_for_drop()
            begin(one)
            traffic.wait_for_drop()
            failover.wait_for_primary(two)
            # Before the old one is back: what waited is handed over to the new one.
            wait_until("an empty journal", lambda: os.path.getsize(filter_.path("journal")) == 0)
            filter_.wait_for_log(str(two.port))
            traffic.wait_for(30)
            end(one)
            failover.wait_for_replica(one)
            traffic.wait_for(30)
            filter_.wait_healthy()
            traffic.wait_for_drop()
        check_all_dropped(traffic.messages)
        account(filter_, traffic.messages)
        assert int(two.cli("HLEN", "assay:records")) >= len(traffic.messages) - 10
        filter_.stop()


@row("redis-sentinel", "The primary is killed under load: the one that the sentinels choose is used, no record is lost")
def redis_sentinel():
    fails_over(RedisServer.kill, RedisServer.start)


@row("redis-sentinel-stalled", "The primary stands still, is replaced, and is back as if nothing had been: the same")
def redis_sentinel_stalled():
    fails_over(RedisServer.pause, RedisServer.resume)


@row("redis-sentinels-dead", "All sentinels are away: the primary that was known is used, also after it was restarted")
def redis_sentinels_dead():
    with Failover() as failover:
        filter_, (one, _) = failover.filter, failover.servers
        with Traffic(filter_) as traffic:
            traffic.wait_for_drop()
            failover.sentinels.kill()
            traffic.wait_for(30)
            one.kill()
            traffic.wait_for_drop()
            filter_.wait_degraded("sentinels")
            one.start()
            wait_until("an empty journal", lambda: os.path.getsize(filter_.path("journal")) == 0)
            traffic.wait_for(30)
            failover.sentinels.start()
            filter_.wait_healthy()
            traffic.wait_for_drop()
        check_all_dropped(traffic.messages)
        account(filter_, traffic.messages)
        filter_.stop()
