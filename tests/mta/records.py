# SPDX-License-Identifier: GPL-3.0-or-later
"""What the reports say of mail, with SQLite and with a redis-server, and what becomes of them when
Redis or the filter ends in the middle of load."""

import os
import re
import sys
import time

from harness.env import TOP, Skip, check, check_equal, wait_for
from harness.mail import HAM, scored
from harness.suite import test
from load import trouble

sys.path.insert(0, os.path.join(TOP, "tests"))
from redis_server import RedisServer, installed  # noqa: E402

BOX, BOTH, FORWARD = "box@hosted.example", "both@hosted.example", "fwd@hosted.example"


def with_redis(t, body):
    """Runs body(server) with the filter on a Redis of its own."""
    if not installed():
        raise Skip("redis-server is not installed")
    with RedisServer(os.path.join(t.dir, "redis-%d" % time.monotonic_ns())) as server:
        t.start({"store": server.uri(os.path.join(t.dir, "redis.journal"))})
        body(server)
        t.filter.stop()


def of(objects, track):
    """What was done with a message, to whom, and whether it was tagged."""
    return sorted((o["action"], o["recipient"], o["destination"], o["tagged"]) for o in objects
                  if o["message_id"] == track + "@sender.example")


def each_is_reported_once(t):
    ham, tagged, box = t.send(HAM, BOX), t.send(scored(5.9), BOX), t.send(scored(18.2), BOX)
    forward, both = t.send(scored(18.2), FORWARD), t.send(scored(18.2), BOTH)
    passed = t.send(HAM, FORWARD)
    for track in (ham, tagged, box, both):
        t.boxes.one(track)
    t.outside.one(passed)
    t.nothing_outside(forward)
    t.nothing_outside(both)
    discards = t.filter.reported("forwarded-discards")
    for track, address, destination in ((forward, FORWARD, "fwd@aol.example"),
                                        (both, BOTH, "both@aol.example")):
        check_equal(of(discards, track),
                    [("discarded", address, destination, True)], track)
    check_equal(sum(bool(of(discards, track)) for track in (ham, tagged, box, passed)), 0,
                "discards of others")
    for o in (o for o in discards if of([o], forward) or of([o], both)):
        check_equal((o["score"], o["threshold"], o["sender"]), (18.2, 6.0, "alice@sender.example"),
                    "what led to it")
        check(o["rules"] and o["client"] and o["id"] and o["queue_id"] and o["time"], o)
    text = t.filter.report("forwarded-discards", "--to", "fwd@aol.example")
    check(text.startswith("To: fwd@aol.example\n") and text.count("To: ") == 1, text)
    # Up to the next recipient of whom mail for there was dropped.
    own = re.match(r"(?:[ 0-9]+  .*\n)*", text.partition("\n%s\n" % FORWARD)[2]).group(0)
    counts = re.findall(r"^ *([0-9]+)  18.2  alice@sender.example$", own, re.M)
    check_equal(sum(map(int, counts)), sum(
        o["recipient"] == FORWARD and o["score"] == 18.2 and o["sender"] == "alice@sender.example"
        for o in t.filter.reported("forwarded-discards", "--to", "fwd@aol.example")), "their sum")

    def accepted():
        found = t.filter.reported("deliveries")
        return len(of(found, passed)) == 2 and found
    deliveries = wait_for("the deliveries", accepted)
    check_equal(of(deliveries, ham), [("delivered", BOX, "", False)], "ham")
    # The front door took it, and the hop sent it on.
    check_equal(of(deliveries, passed),
                [("delivered", FORWARD, "", False),
                 ("forwarded", FORWARD, "fwd@aol.example", False)],
                "forwarded ham")
    of_tagged = t.filter.reported("tagged")
    for track in (tagged, box):
        check_equal(of(of_tagged, track), [("delivered", BOX, "", True)], "tagged mail")
    check_equal(of(of_tagged, ham), [], "ham is not tagged")
    text = t.filter.report("message", forward + "@sender.example")
    check("dropped from 6 on" in text and "Asks for" not in text, text)


@test()
def reports_with_sqlite(t):
    t.start()
    each_is_reported_once(t)


@test()
def reports_with_redis(t):
    with_redis(t, lambda server: each_is_reported_once(t))


@test(needs=["stranger"])
def redis_killed_in_mid_load(t):
    """Records wait in the journal; each is handed over once."""
    def meanwhile(server):
        server.kill()
        time.sleep(1.5)
        server.start()

    def body(server):
        trouble(t, lambda: meanwhile(server), settled=journal_is_empty)

    def journal_is_empty():
        wait_for("the journal to be empty",
                 lambda: os.path.getsize(os.path.join(t.dir, "redis.journal")) == 0, 20)
    with_redis(t, body)


@test(needs=["stranger"])
def filter_killed_in_mid_load_with_redis(t):
    def kill_and_start():
        t.filter.kill()
        time.sleep(0.5)
        t.filter.start()
    with_redis(t, lambda server: trouble(t, kill_and_start))
