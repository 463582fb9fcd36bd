# SPDX-License-Identifier: GPL-3.0-or-later
"""Who knows whom, as the running filter reads and writes it: lists that are changed under it, mail of
users who have logged in, a store that goes away."""
import json
import os
import signal
import subprocess
import threading
import time

from daemon import Daemon, Skip, executable, quick
from test_message import DROP, ask, equal
from test_records import wait_until
from redis_server import RedisServer, installed

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RULES = "".join("rules %s/rules/assay/%s\n" % (TOP, name) for name in ("10_lists.cf", "75_people.cf"))
FRIEND = [("From", " Ann <ann@example.com>"), ("Subject", " Hello"), ("Message-ID", " <one@example.com>")]


def change(daemon, *arguments):
    command = [os.path.join(os.path.dirname(executable()), "assay"), "list", *arguments, "--json",
               "--store", daemon.store]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def tests_of(daemon, **envelope):
    """The rules that hit a message, by the log; and the answer."""
    daemon.mark_log()
    answer, _ = ask(daemon, headers=FRIEND, **envelope)
    daemon.wait_for_log("tests=")
    line = [line for line in daemon.new_log().splitlines() if "tests=" in line][-1]
    return line.partition("tests=")[2].partition(", time=")[0], answer


def lists_hold_at_once(daemon):
    equal(tests_of(daemon)[0].count("USER_IN"), 0)
    change(daemon, "add", "block", "--recipient", "joe@example.net", "ann@example.com")
    assert "USER_IN_BLOCKLIST=100" in tests_of(daemon)[0]
    assert "USER_IN" not in tests_of(daemon, recipients=("<bill@example.net>",))[0]
    # Nobody shows that it is hers.
    change(daemon, "add", "welcome", "--recipient", "joe@example.net", "ann@example.com")
    assert "USER_IN" not in tests_of(daemon)[0]
    change(daemon, "add", "welcome", "--unauthenticated", "--recipient", "joe@example.net", "ann@example.com")
    assert "USER_IN_WELCOMELIST=-100" in tests_of(daemon)[0]
    # A welcome of one recipient doesn't save the other's forward, nor tag his own.
    tests, answer = tests_of(daemon, body=DROP, recipients=("<joe@example.net>", "<away@example.net>"))
    assert "USER_IN" not in tests, tests
    equal(answer.deleted, ["<away@example.net>"])
    change(daemon, "remove", "welcome", "--recipient", "joe@example.net", "ann@example.com")
    assert "USER_IN" not in tests_of(daemon)[0]
    wait_until("the records", lambda: len(daemon.report("forwarded-discards")) == 1)
    wait_until("the record of the other", lambda: any(
        record["recipient"] == "joe@example.net" and record["score"] < -80 and
        "USER_IN_WELCOMELIST" in str(record["rules"]) for record in daemon.report("deliveries")))


def test_lists_in_sqlite():
    with Daemon(RULES) as daemon:
        lists_hold_at_once(daemon)


def test_lists_in_redis():
    if not installed():
        raise Skip("redis-server is not installed")
    with Daemon(start=False) as daemon, RedisServer(daemon.path("redis")) as server:
        daemon.store = server.uri(daemon.path("journal"))
        daemon.configure(RULES)
        daemon.start()
        lists_hold_at_once(daemon)


def test_users_teach_whom_they_write_to():
    with Daemon(RULES) as daemon:
        ask(daemon, sender="<joe@example.net>", recipients=("<Ann@Example.com>",), auth_authen="joe")
        ask(daemon, sender="<stranger@example.org>", recipients=("<joe@example.net>",))
        sql = "SELECT name, scope, count FROM people_contacts ORDER BY scope"
        wait_until("the lessons", lambda: daemon.records(sql) != [])
        equal(daemon.records(sql), [("ann@example.com", "example.net", 1),
                                    ("ann@example.com", "joe@example.net", 1)])
        equal(daemon.records("SELECT scope FROM people_threads"), [("example.net",)])
        # What is queued when it stops is written.
        ask(daemon, sender="<joe@example.net>", recipients=("<ann@example.com>",), auth_authen="joe")
        equal(daemon.stop(), 0)
        equal([row[2] for row in daemon.records(sql)], [2, 2])
        daemon.mark_log()
        daemon.start()


def test_silent_redis_delays_no_mail():
    """The first message waits a moment for it; what might be known is doubt, so nothing is dropped."""
    if not installed():
        raise Skip("redis-server is not installed")
    with Daemon(start=False) as daemon, RedisServer(daemon.path("redis")) as server:
        daemon.store = server.uri(daemon.path("journal"))
        daemon.configure(RULES)
        daemon.start()
        equal(ask(daemon, DROP, recipients=("<away@example.net>",))[0].verdict, "d")
        server.process.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            for _ in range(20):
                equal(ask(daemon, recipients=("<joe@example.net>",))[0].verdict, "c")
            took = time.monotonic() - began
            answer, fields = ask(daemon, DROP, recipients=("<away@example.net>",))
            equal(answer.verdict, "c")
        finally:
            server.process.send_signal(signal.SIGCONT)
        quick(took, 20, "20 mails")
        daemon.wait_for_log("who knows whom can't be read")
        equal(daemon.new_log().count("who knows whom can't be read"), 1)
        wait_until("drops again", lambda: ask(daemon, DROP, recipients=("<away@example.net>",))[0].verdict == "d")


def test_many_at_once():
    """Lists change, users write, and strangers too."""
    with Daemon(RULES) as daemon:
        failures = []

        def work(number):
            try:
                for i in range(15):
                    if number == 0:
                        change(daemon, ("add", "remove")[i % 2], "block", "zoe@example.com")
                    elif number % 2:
                        ask(daemon, sender="<joe@example.net>", recipients=("<a%d@example.com>" % i,),
                            auth_authen="joe")
                    else:
                        equal(ask(daemon, headers=FRIEND)[0].verdict, "c")
            except Exception as problem:
                failures.append(problem)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(failures, [])
        wait_until("the lessons", lambda: daemon.records(
            "SELECT sum(count) FROM people_contacts WHERE scope = 'example.net'") == [(30,)])
