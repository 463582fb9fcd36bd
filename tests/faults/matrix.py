# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the matrix of faults: each has a name, a promise in one line, and a function that keeps it.

What every row needs: a filter that can be looked at from outside, and mail that is offered to it all the while, of
which each message is accounted for in the end.
"""
import collections
import json
import os
import queue
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "milter"), os.path.join(HERE, "..", "dns"), os.path.join(HERE, "..")]

from client import Connection, Disconnected  # noqa: E402
from daemon import Daemon  # noqa: E402
from test_message import DROP, TAG, equal  # noqa: E402
from test_records import COME_BACK, HAM, ids, wait_until  # noqa: E402

Row = collections.namedtuple("Row", "name promise run long")
ROWS = []
# How long a fault may last, and the filter take to recover, on a machine with nothing else to do.
PATIENCE = 120
SEED = int(os.environ.get("SEED", "1"))
LONG = bool(os.environ.get("LONG"))


def row(name, promise, long=False):
    """Registers a function without arguments. `long`: only where --long asks for it."""
    def register(function):
        ROWS.append(Row(name, promise, function, long))
        return function
    return register


class Filter(Daemon):
    """assayd in a directory of its own; what is given in `more` replaces what it has by default."""

    def configure(self, more="", listen=None):
        more = "lists_file %s\n%s" % (self.path("lists"), more)
        super().configure(more, listen)
        given = {line.split()[0] for line in more.splitlines() if line.strip()}
        with open(self.path("assay.conf"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        section = next(i for i, line in enumerate(lines) if line.startswith("["))
        added = set(more.splitlines())
        kept = [line for line in lines[:section] if line in added or line.split()[:1] == [] or
                line.split()[0] not in given]
        self.write("assay.conf", "\n".join(kept + lines[section:]) + "\n")
        os.chmod(self.path("assay.conf"), 0o600)

    def troubles(self):
        """What `assay status` says is degraded: name -> text."""
        code, out, err = self.command("status", "--json", "-c", self.path("assay.conf"))
        assert code in (0, 1), (code, out, err, self.log()[-3000:])
        status = json.loads(out)
        equal(code == 0, not status["troubles"])
        return {trouble["name"]: trouble["text"] for trouble in status["troubles"]}

    def wait_degraded(self, name, word=""):
        """Until `assay status` tells of this trouble, in these words."""
        wait_until("%s in the status" % name, lambda: word in self.troubles().get(name, "\0" if word else "") and
                   name in self.troubles(), PATIENCE)

    def wait_healthy(self):
        """Until `assay status` exits with 0: by itself, with nobody's help."""
        last = {}

        def healthy():
            last.clear()
            last.update(self.troubles())
            return not last
        try:
            wait_until("a healthy status", healthy, PATIENCE)
        except AssertionError as problem:
            raise AssertionError("%s; still: %s" % (problem, last)) from problem


class Message:
    """Mail that an MTA has accepted and offers until it is delivered or dropped."""
    count = 0
    lock = threading.Lock()

    def __init__(self, body, recipient="<away@example.net>"):
        with Message.lock:
            Message.count += 1
            number = Message.count
        self.id, self.body, self.recipient = "m%d.%d@example.com" % (os.getpid(), number), body, recipient
        self.headers = [("From", " Ann <ann@example.com>"), ("Subject", " Hello"),
                        ("Message-ID", " <%s>" % self.id)]
        self.tries = self.deferred = self.unanswered = 0
        self.verdict = self.fields = None
        self.slowest = 0.0

    def offer(self, address):
        """One attempt, under a queue id of its own: True where it came to an end."""
        self.tries += 1
        queue_id = "Q%s.%d" % (self.id.partition("@")[0], self.tries)
        begun = time.monotonic()
        try:
            with Connection(address, timeout=PATIENCE) as mta:
                mta.negotiate()
                mta.envelope(queue_id=queue_id, recipients=(self.recipient,))
                answer = mta.message(self.headers, self.body, queue_id=queue_id)
                mta.quit()
        except (OSError, Disconnected):
            self.unanswered += 1
            return False
        finally:
            self.slowest = max(self.slowest, time.monotonic() - begun)
        assert answer.verdict in ("c", "a", "d", "t"), "the filter would bounce mail: %s" % answer.verdict
        if answer.verdict == "t":
            self.deferred += 1
            return False
        self.verdict, self.fields = answer.verdict, answer.apply(self.headers)
        return True

    def insist(self, address, until):
        while not self.offer(address):
            assert time.monotonic() < until, "%s: no end after %d attempts" % (self.id, self.tries)
            time.sleep(COME_BACK)
        return self

    def field(self, name):
        return [value.strip() for key, value in self.fields if key.lower() == name.lower()]


def of_each_kind(number):
    """Two to be dropped, one to be tagged, one good."""
    return (DROP, HAM, DROP, TAG)[number % 4]


class Traffic:
    """Mail that is offered by several senders all the while, some at a time, with rests between. Used as a
    context; at its end every message has come to an end, and `messages` has them all."""

    def __init__(self, filter_, senders=4, rest=0.02, body=of_each_kind):
        self.filter, self.rest, self.body = filter_, rest, body
        self.messages, self.lock = [], threading.Lock()
        self.over, self.problems = threading.Event(), queue.Queue()
        self.threads = [threading.Thread(target=self.send_all) for _ in range(senders)]

    def next(self):
        with self.lock:
            message = Message(self.body(len(self.messages)))
            self.messages.append(message)
        return message

    def send_all(self):
        try:
            while not self.over.is_set():
                self.next().insist(self.filter.socket, time.monotonic() + 2 * PATIENCE)
                time.sleep(self.rest)
        except Exception as problem:
            self.problems.put(problem)

    def ended(self):
        with self.lock:
            return [message for message in self.messages if message.verdict]

    def wait_for(self, count):
        """Until so many more have come to an end."""
        wanted = len(self.ended()) + count
        wait_until("%d messages" % wanted, lambda: len(self.ended()) >= wanted or not self.problems.empty(),
                   2 * PATIENCE)
        self.complain()

    def wait_for_drop(self):
        """Until one that was begun from now on is dropped: drops are recorded again."""
        with self.lock:
            begun = len(self.messages)

        def dropped():
            with self.lock:
                return any(message.verdict == "d" for message in self.messages[begun:]) or not self.problems.empty()
        wait_until("a drop", dropped, 2 * PATIENCE)
        self.complain()

    def complain(self):
        if not self.problems.empty():
            raise self.problems.get()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, kind, *unused):
        self.over.set()
        for thread in self.threads:
            thread.join()
        if kind is None:
            self.complain()


def is_spam(message):
    return message.body in (DROP, TAG)


def account(filter_, messages, report=None, spam=is_spam):
    """Each message was delivered, or dropped and is on the report, and neither twice; what was delivered is tagged
    where it is spam. Returns how many of each."""
    assert all(message.verdict for message in messages)
    wanted = collections.Counter(message.id for message in messages if message.verdict == "d")
    found = {}

    def complete():
        found["ids"] = ids(report() if report else filter_.report("forwarded-discards"))
        return found["ids"] == wanted
    try:
        wait_until("the report", complete, PATIENCE)
    except AssertionError:
        missing, extra = wanted - found["ids"], found["ids"] - wanted
        raise AssertionError("dropped and not on the report: %s; on the report and not dropped, or twice: %s"
                             % (dict(missing), dict(extra))) from None
    for message in messages:
        if message.verdict != "d":
            equal((message.field("Subject"), message.field("X-Spam-Flag")),
                  (["[SPAM] Hello"], ["YES"]) if spam(message) else (["Hello"], []))
    return collections.Counter(message.verdict for message in messages)


def check_all_dropped(messages):
    """Nothing was in the way of any drop."""
    equal([m.verdict for m in messages if m.body == DROP and m.verdict != "d"], [])


def send(filter_, *bodies, recipient="<away@example.net>"):
    """These messages, one after another."""
    return [Message(body, recipient).insist(filter_.socket, time.monotonic() + 2 * PATIENCE) for body in bodies]
