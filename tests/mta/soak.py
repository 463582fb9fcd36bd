# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a forwarder can switch on, at once: copies and their release, digests, links that report spam, the follower
of the log that lowers thresholds, a real clamd and the page. Every leg of every message is accounted for.

SOAK  for how many seconds mail is sent (tests/faults asks for more)
"""

import os
import random
import time
import urllib.error
import urllib.request

from crashes import SEED
from harness import mail
from harness.clamd import MALWARE, Clamd
from harness.env import check, check_equal, free_port, read, spawn, reap, wait_for
from harness.mail import HAM, scored
from harness.suite import test
from load import submit_all, tracks
from receivers import LATER, OK, SPAM, counts, follower, health, logging, status
from records import with_redis
from releases import digest, link_keys, links, release

SECONDS = int(os.environ.get("SOAK", "4"))
BOX, BOTH = "box@hosted.example", "both@hosted.example"
INFECTED = b"Hello,\r\n\r\nhere is what you asked for: " + MALWARE + b"\r\n"
# What is sent, and whether a forward of it is dropped; None: as the receiver's threshold is just then.
CONTENTS = ((HAM, False), (scored(3.0), False), (scored(5.9), None), (scored(6.0), True), (scored(18.2), True),
            (INFECTED, True))
# How the receivers of what is only forwarded answer: some of it they don't like.
ANSWERS = ([OK], [OK], [SPAM], [LATER, OK])
STAFF = {"X-Staff": "sam"}


class Message:
    """One that was sent, its legs, and what has to become of them."""

    def __init__(self, t, generator):
        self.track = mail.new_track()
        content, self.dropped = generator.choice(CONTENTS)
        self.data = mail.build(content, self.track)
        self.kind = generator.choice(("box", "both", "forward", "forward"))
        self.account = {"box": BOX, "both": BOTH, "forward": self.track + "@catchall.example"}[self.kind]
        self.rcpts = [self.account]
        self.answers = [OK]
        if self.kind == "forward":
            self.answers = generator.choice(ANSWERS)
            t.outside.script[self.track + "@aol.example"] = list(self.answers)
        self.released = False

    def may_be_released(self):
        """Of what is infected, no copy is kept."""
        return self.kind != "box" and self.dropped and self.answers == [OK] and MALWARE not in self.data


class Soak:
    def __init__(self, t, generator, port):
        self.t, self.generator, self.port = t, generator, port
        self.sent, self.done = [], {"released": 0, "by a link": 0, "reported": 0, "pages": 0}

    def ask(self, path, body=None, headers=None):
        """The status of the page's answer; None before it listens."""
        try:
            request = urllib.request.Request("http://127.0.0.1:%d/%s" % (self.port, path), body, headers or {})
            with urllib.request.urlopen(request, None, 120) as answer:
                answer.read()
                return answer.status
        except urllib.error.HTTPError as problem:
            return problem.code
        except OSError:
            return None

    def send(self, count):
        more = [Message(self.t, self.generator) for _ in range(count)]
        self.sent += more
        submit_all(self.t, more)

    def dropped_now(self):
        """(message, scan id) of what is on record, could be released, and was not."""
        scans = {r["message_id"].partition("@")[0]: r["id"] for r in drops(self.t)}
        return [(s, scans[s.track]) for s in self.sent
                if s.may_be_released() and not s.released and s.track in scans]

    def release_two(self):
        """By the command, and by a link of the account's digest, through the page."""
        waiting = self.dropped_now()
        for message, scan in self.generator.sample(waiting, min(2, len(waiting))):
            message.released = True
            if message.kind == "both" or self.generator.random() < 0.5:
                code, text = release(self.t, scan)
                check_equal(code, 0, text)
                self.done["released"] += 1
            else:
                token = links(self.t, message.account, scan=scan)["deliver it"]
                check_equal(self.ask("act", b"link=" + token.encode()), 200, "the click")
                check_equal(self.ask("act", b"link=" + token.encode()), 409, "the second click")
                self.done["by a link"] += 1

    def report_one(self):
        """The account has no further mail: it changes nothing for the others."""
        left = [m for m in self.t.outside.all() if m.get("X-Spam-Report-Link") and m.track() and
                m.rcpts[0].startswith(m.track())]
        if left:
            link = "".join(self.generator.choice(left).get("X-Spam-Report-Link").split())
            code = self.ask("act", b"link=" + link.rpartition("=")[2].rstrip(">").encode())
            check(code in (200, 409), "a report is answered with %s" % code)
            self.done["reported"] += 1

    def look(self):
        for page in ("overview", "discards", "infected", "deliveries.json", "receivers"):
            check_equal(self.ask(page, headers=STAFF), 200, page)
            self.done["pages"] += 1
        digest(self.t, "catchall.example")

    def run(self):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            self.send(24)
            self.release_two()
            self.report_one()
            self.look()
            self.t.mta.flush()


def drops(t):
    """One for each record of a drop, whichever report it is on."""
    records = t.filter.reported("forwarded-discards") + t.filter.reported("infected")
    return list({(r["id"], r["destination"], r["time"]): r for r in records
                 if r["action"].startswith("discarded")}.values())


def check_legs(t, soak):
    """Each message's mailbox copy, and its forward: left, refused and told, or dropped and recorded; once."""
    boxes, outside, refused = tracks(t.boxes.all()), tracks(t.outside.all()), tracks(t.outside.refused_for_good())
    reports = [m.data for m in t.outside.all() if m.track() is None]
    recorded = {}
    for r in drops(t):
        name = r["message_id"].partition("@")[0]
        recorded[name] = recorded.get(name, 0) + 1
    for s in soak.sent:
        what = "%s (%s, %r)" % (s.track, s.kind, s.data[-60:])
        check_equal(boxes.get(s.track, 0), int(s.kind != "forward"), "mailbox copies of " + what)
        left, drop, no = outside.get(s.track, 0), recorded.get(s.track, 0), refused.get(s.track, 0)
        if s.kind == "box":
            check_equal((left, drop, no), (0, 0, 0), "legs of " + what)
            continue
        if s.dropped is not None:
            check_equal(drop, int(s.dropped), "records of drops of " + what)
        if drop:
            check_equal((left, drop, no), (int(s.released), 1, 0), "left, recorded, refused: " + what)
        else:
            check_equal((left, no), (0, 1) if s.answers == [SPAM] else (1, 0), "left, refused: " + what)
            check_equal(sum(s.track.encode() + b"\r\n" in data for data in reports), no, "reports of " + what)


def told(t, log):
    return counts(health(t, log)[0].get("aol.example", {"forwards": 0, "accepted": 0, "deferred": 0, "disliked": 0,
                                                        "refused": {}, "deferred_as": {}}))


def soak(t, conf):
    """`conf` is in force; the filter runs."""
    print("#   SEED=%d" % SEED, flush=True)
    with logging(t) as log, follower(t, log):
        page = spawn([os.path.join(os.path.dirname(t.filter.program), "assay"), "web", "-c", t.filter.conf],
                     stderr=open(os.path.join(t.dir, "web.log"), "ab"))
        run = Soak(t, random.Random(SEED), int(conf["web"].rpartition(":")[2]))
        try:
            wait_for(lambda: "the page: " + read(os.path.join(t.dir, "web.log")),
                     lambda: run.ask("overview", headers=STAFF) == 200)
            before = told(t, log)
            run.run()
            t.settle_flushing()
            check_legs(t, run)
            seen = tracks(t.outside.all())
            expected = {"accepted": sum(seen.get(s.track, 0) for s in run.sent),
                        "refused spam": len(t.outside.refused_for_good())}
            wait_for(lambda: "the counts %s: %s since %s" % (expected, told(t, log), before), lambda: expected == {
                name: told(t, log).get(name, 0) - before.get(name, 0) for name in expected})
        finally:
            reap(page)
    check_equal(status(t)["troubles"], [], "what the filter complains of")
    print("#   %d messages: %d left, %d refused, %d dropped; %s" % (
        len(run.sent), sum(seen.get(s.track, 0) for s in run.sent), len(t.outside.refused_for_good()),
        sum(1 for r in drops(t) if r["message_id"].partition("@")[0] in {s.track for s in run.sent}),
        ", ".join("%d %s" % (count, name) for name, count in run.done.items())), flush=True)


def everything(t, clamd):
    return dict(link_keys(t), web="inet:127.0.0.1:%d" % free_port(), web_staff_header="X-Staff",
                spam_report_link="yes", antivirus=clamd.address, adapt_discard="yes", adapt_discard_interval="1s",
                adapt_discard_floor="5", health_file=os.path.join(t.dir, "soak-health"))


@test()
def soak_with_everything_on(t):
    clamd = Clamd(t.dir).start()
    try:
        conf = everything(t, clamd)
        t.start(conf)
        soak(t, conf)
    finally:
        clamd.stop()


@test()
def soak_with_everything_on_and_redis(t):
    clamd = Clamd(t.dir).start()

    def body(server):
        t.filter.stop()
        conf = dict(everything(t, clamd), store=server.uri(os.path.join(t.dir, "redis.journal")))
        t.start(conf)
        soak(t, conf)
    try:
        with_redis(t, body)
    finally:
        clamd.stop()
