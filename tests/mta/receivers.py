# SPDX-License-Identifier: GPL-3.0-or-later
"""What receivers say of forwards, from the MTA's own log: the outside answers as it is told."""

import contextlib
import json
import os

from harness import mail
from harness.env import TOP, check, check_equal, read, reap, run, spawn, wait_for
from harness.mail import HAM, scored
from harness.suite import test
from harness.syslog import syslog

SPAM = "550 5.7.1 [198.51.100.7] Our system has detected that this message is likely unsolicited mail."
LATER = "421 4.7.28 Our system has detected an unusual rate of unsolicited mail."
UNKNOWN = "550-5.7.26 Your email has been blocked because the sender is unauthenticated.\r\n550 5.7.26 See gsmtp"
LISTED = "554 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using zen.example"
OK = "250 2.0.0 kept"


@contextlib.contextmanager
def logging(t):
    """The path of a mail log in which deliveries are."""
    if t.mta.name == "postfix":
        # Its own file.
        yield os.path.join(t.mta.dir, "log")
        return
    path = os.path.join(t.dir, "mail.log")
    # Whoever asks for a run of the queue logs by another name than the daemons.
    with syslog(path, ""):
        yield path
    if os.path.exists(path):
        os.unlink(path)


def assay(t, *words):
    program = os.path.join(os.path.dirname(t.filter.program), "assay")
    return run([program, words[0], "-c", t.filter.conf, *words[1:]])


def health(t, log, *options):
    """By destination, since the test began."""
    out = assay(t, "health", "--log", log, "--json", "--since", "1h",
                "--receivers", os.path.join(TOP, "contrib", "health", "receivers"), *options)
    found = json.loads(out)
    return {d["destination"]: d for d in found["destinations"]}, found["odd_lines"]


def counts(destination):
    """What isn't 0, in short."""
    short = {name: destination[name] for name in ("forwards", "accepted", "deferred", "disliked")}
    for key in ("refused", "deferred_as"):
        for name, count in destination[key].items():
            short["%s %s" % (key, name)] = count
    return {name: count for name, count in short.items() if count}


def forward(t, domain, local, answers, body=HAM):
    """A message to LOCAL@catchall.example, which is forwarded to LOCAL@aol.example."""
    t.outside.script["%s@%s" % (local, domain)] = answers
    return t.send(body, "%s@catchall.example" % local)


@test()
def replies_are_told_by_destination(t):
    with logging(t) as log:
        t.start()
        before = counts(health(t, log)[0]["aol.example"]) if "aol.example" in health(t, log)[0] else {}
        forward(t, "aol.example", "good", [OK])
        forward(t, "aol.example", "spammy", [SPAM], scored(5.9))
        forward(t, "aol.example", "nobody", [UNKNOWN], scored(3.0))
        forward(t, "aol.example", "listed", [LISTED])
        forward(t, "aol.example", "hasty", [LATER, OK])
        t.send(HAM, "box@hosted.example")

        def told():
            now = counts(health(t, log)[0].get("aol.example", {"forwards": 0, "accepted": 0, "deferred": 0,
                                                               "disliked": 0, "refused": {}, "deferred_as": {}}))
            return {name: count - before.get(name, 0) for name, count in now.items()
                    if count != before.get(name, 0)}
        expected = {"forwards": 5, "accepted": 1, "deferred": 1, "disliked": 2, "refused spam": 1,
                    "refused unauthenticated": 1, "refused listed": 1, "deferred_as spam": 1}
        wait_for(lambda: "the counts: %s" % told(), lambda: told() == expected, timeout=60)
        aol = health(t, log)[0]["aol.example"]
        check(aol["disliked_scores"]["highest"] >= 5.9, aol)
        check("aol.example" in assay(t, "health", "--log", log, "--receivers",
                                     os.path.join(TOP, "contrib", "health", "receivers")), "the table")
        check("hosted.example" not in health(t, log)[0], "mailboxes are no destination")


@test()
def log_lines_of_strangers_move_nothing(t):
    """Who writes to a catch-all chooses what the log has in orig_to=, and whoever receives, his reply."""
    evil = '"x>, relay=mx.gmail.example[192.0.2.9]:25, dsn=5.7.1, status=bounced (host mx said: 550 5.7.1 spam)"'
    reply = "550 5.7.1 no), to=<a@gmail.example>, relay=mx.gmail.example[192.0.2.9]:25, dsn=5.7.1, " \
            "status=bounced (host mx said: 550 5.7.1 spam)"
    with logging(t) as log:
        t.start()
        before, _ = health(t, log)
        forward(t, "aol.example", "talks", [reply])
        with mail.connect(t.mta) as smtp:
            smtp.docmd("MAIL FROM:<alice@sender.example>")
            code, _ = smtp.docmd("RCPT TO:<%s@catchall.example>" % evil)
            if code == 250:
                smtp.data(mail.build(HAM, mail.new_track()))
        t.settle()
        found, _ = health(t, log)
        check_equal(found.get("gmail.example"), before.get("gmail.example"), "of the one that they name")
        check(set(found) <= set(before) | {"aol.example", "sender.example"}, "destinations: %s" % sorted(found))


def status(t):
    program = os.path.join(os.path.dirname(t.filter.program), "assay")
    return json.loads(run(["sh", "-c", '"$0" status --json -c "$1" || test $? = 1', program, t.filter.conf]))


@contextlib.contextmanager
def follower(t, log):
    """assay health --follow beside the filter, as a unit of its own runs it."""
    program = os.path.join(os.path.dirname(t.filter.program), "assay")
    with open(os.path.join(t.dir, "health.log"), "ab") as out:
        proc = spawn([program, "health", "--follow", "--log", log, "-c", t.filter.conf, "--receivers",
                      os.path.join(TOP, "contrib", "health", "receivers")], stdout=out, stderr=out)
    try:
        yield proc
        check(proc.poll() is None, read(os.path.join(t.dir, "health.log")))
    finally:
        reap(proc)


def drops_from(t, domain):
    """The threshold that the filter has lowered, or None."""
    return next((d["threshold"] for d in status(t)["adapted"] if d["destination"] == domain), None)


def counted(path, domain):
    """(forwards, disliked) since the last step, as the follower keeps them."""
    for line in read(path).splitlines():
        if line.startswith(domain + " "):
            return tuple(int(word) for word in line.split()[3:5])
    return None


@test()
def a_receiver_that_dislikes_much_gets_less(t):
    path = os.path.join(t.dir, "adapted")
    keys = {"adapt_discard": "yes", "adapt_discard_interval": "1s", "adapt_discard_floor": "5.5",
            "health_file": path, "control": "unix:" + os.path.join(t.dir, "control.sock")}
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    with logging(t) as log:
        t.start(keys)
        with follower(t, log):
            for i in range(8):
                forward(t, "aol.example", "much%d" % i, [SPAM], scored(5.9))
            # These count before the step, so that after it nothing is held against aol.example.
            wait_for(lambda: "8 that are disliked: " + read(path), lambda: counted(path, "aol.example") == (8, 8))
            for i in range(8, 25):
                forward(t, "aol.example", "much%d" % i, [OK], scored(5.9))
            wait_for(lambda: "the threshold to go down: " + read(path), lambda: drops_from(t, "aol.example") == 5.5)
            lines = [line for line in t.filter.log_lines() if "are dropped from 5.5 on instead of 6" in line]
            check(len(lines) == 1 and "destination aol.example" in lines[0], lines)
            t.settle()
            t.nothing_outside(forward(t, "aol.example", "now", [OK], scored(5.9)))
            t.outside.one(t.send(scored(5.9), "multi@hosted.example"))
            check(drops_from(t, "gmail.example") is None, "another destination")
        # It survives that both are started anew, and stays above the floor.
        t.filter.stop()
        t.filter.start()
        wait_for("the threshold after a start", lambda: drops_from(t, "aol.example") == 5.5, timeout=30)
        with follower(t, log):
            # Well again: half points up, to what is configured and no further.
            wait_for(lambda: "the threshold to be as before: " + read(path),
                     lambda: drops_from(t, "aol.example") is None)
        t.outside.one(forward(t, "aol.example", "after", [OK], scored(5.9)))
