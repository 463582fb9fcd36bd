# SPDX-License-Identifier: GPL-3.0-or-later
"""Malware: what a real clamd finds, and a clamd that is away, slow or lies."""

import base64
import contextlib
import json
import os
import re

from harness.clamd import EICAR, GUESS, MALWARE, STREAM_MAX, Clamd, FakeClamd, drips, endless, says, silent
from harness.env import check, check_equal, free_port, run, wait_for
from harness.mail import HAM, try_submit
from harness import mail
from harness.suite import test

BOX, BOTH = "box@hosted.example", "both@hosted.example"
FORWARD, TWO = "fwd@hosted.example", "multi@hosted.example"
NAME = "Assay.Test.Malware.UNOFFICIAL"


@contextlib.contextmanager
def scanner(t, keys=None, sections="", port=None, **how):
    """A real clamd, and the filter that asks it."""
    clamd = Clamd(t.dir, port).start()
    try:
        t.start(dict({"antivirus": clamd.address}, **(keys or {})), sections, **how)
        yield clamd
    finally:
        clamd.stop()


@contextlib.contextmanager
def liar(t, answer, keys=None, pong=b"PONG\0", reads=True, **how):
    fake = FakeClamd(t.dir).start(answer, pong, reads)
    try:
        t.start(dict({"antivirus": fake.address}, **(keys or {})), **how)
        yield fake
    finally:
        fake.stop()


def send_attached(t, data, rcpts, **how):
    """The message of a mail program, with `data` in an attachment."""
    track = mail.new_track()
    body = (b"--frontier\r\nContent-Type: text/plain\r\n\r\n" + HAM.encode() +
            b"\r\n--frontier\r\nContent-Type: application/octet-stream; name=invoice.bin"
            b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
            base64.encodebytes(data).replace(b"\n", b"\r\n") + b"--frontier--\r\n")
    message = mail.build(body, track).replace(
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n",
        b'Content-Type: multipart/mixed; boundary="frontier"\r\n')
    mail.submit(t.mta, message, [rcpts] if isinstance(rcpts, str) else rcpts, **how)
    return track


def status(t):
    assay = os.path.join(os.path.dirname(t.filter.program), "assay")
    return json.loads(run(["sh", "-c", '"$0" status --json -c "$1" || test $? = 1', assay, t.filter.conf]))


def counted(t):
    """What became of messages at the scanner, without what there was none of."""
    scans = status(t)["antivirus"]["scans"]
    return {name: count for name, count in scans.items() if count}


def controlled(t):
    return {"control": "unix:" + os.path.join(t.dir, "control.sock")}


def dropped(t):
    """The records of infected mail that was dropped."""
    return [r for r in t.filter.reported("infected") if r["action"] == "discarded-infected"]


@test()
def infected_forwards_are_dropped_and_recorded(t):
    with scanner(t):
        before = len(dropped(t))
        t.nothing_outside(send_attached(t, MALWARE, FORWARD))
        record, = dropped(t)[before:]
        check_equal((record["recipient"], record["destination"], record["action"], record["malware"]),
                    (FORWARD, "fwd@aol.example", "discarded-infected", NAME), "the record")
        check(any("action=discard" in line and "virus=" + NAME in line for line in t.filter.log_lines()),
              "the log: %s" % t.filter.log_lines()[-4:])


@test()
def eicar_in_an_attachment_is_found(t):
    with scanner(t, port=free_port()):
        t.nothing_outside(send_attached(t, EICAR, FORWARD))
        check(any("virus=Eicar-Test-Signature" in line for line in t.filter.log_lines()), "the log")


@test()
def infected_mail_for_a_mailbox_is_tagged_and_never_dropped(t):
    with scanner(t):
        got = t.boxes.one(send_attached(t, MALWARE, BOX))
        check_equal(got.get("X-Spam-Virus"), "Yes, " + NAME, "X-Spam-Virus")
        check_equal(got.get("X-Spam-Flag"), "YES", "X-Spam-Flag")
        check_equal(got.raw("Subject"), [b"[SPAM] minutes of Tuesday"], "Subject")
        check("infected with malware: " + NAME in got.get("X-Spam-Technical-Details"), "the explanation")
        wait_for("the record", lambda: [(r["recipient"], r["action"], r["malware"]) for r in
                                        t.filter.reported("infected")][-1:] == [(BOX, "delivered", NAME)])
        check(NAME in t.filter.report("infected"), "the report for people")


@test()
def the_forward_of_an_infected_mail_is_dropped_beside_its_mailbox(t):
    with scanner(t):
        track = send_attached(t, MALWARE, [BOTH, BOX])
        t.nothing_outside(track)
        got = sorted(u for m in t.boxes.all(track) for u in m.users())
        check_equal(got, ["both", "box"], "mailboxes")


@test()
def clean_mail_passes_and_says_so(t):
    with scanner(t, controlled(t)):
        track = t.send(HAM, BOTH, headers=b"X-Spam-Virus: Yes, forged\r\n")
        for got in (t.boxes.one(track), t.outside.one(track)):
            check_equal(got.get("X-Spam-Virus"), "No", "X-Spam-Virus")
            check_equal(got.raw("Subject"), [b"minutes of Tuesday"], "Subject")
        check_equal(counted(t), {"clean": 1}, "scans: the hop believes the front")


@test()
def tag_forwards_infected_mail_with_its_mark(t):
    with scanner(t, {"antivirus_action": "tag"}):
        got = t.outside.one(send_attached(t, MALWARE, FORWARD))
        check_equal(got.get("X-Spam-Virus"), "Yes, " + NAME, "X-Spam-Virus")
        check_equal(got.get("X-Spam-Flag"), "YES", "X-Spam-Flag")
        check_equal(got.raw("Subject"), [b"minutes of Tuesday"], "Subject: signed by its sender")


@test()
def reject_tells_the_sender(t):
    with scanner(t, {"antivirus_action": "reject"}):
        track = mail.new_track()
        for rcpt in (BOX, FORWARD):
            check_equal(try_submit(t.mta, mail.build(MALWARE, track), rcpt), 550, "the answer for " + rcpt)
        t.settle()
        check(not t.boxes.all(track) and not t.outside.all(track), "nobody got it")
        check(any("action=reject" in line and NAME in line for line in t.filter.log_lines()), "the log")
        t.boxes.one(t.send(HAM, BOX))


@test()
def guesses_are_tagged_only(t):
    for action in ("discard", "reject"):
        with scanner(t, {"antivirus_action": action}):
            got = t.outside.one(send_attached(t, GUESS, FORWARD))
            check_equal(got.get("X-Spam-Virus"), "Yes, Heuristics.Assay.Test.UNOFFICIAL", action)
            check_equal(got.get("X-Spam-Flag"), "YES", action)
            t.filter.stop()


@test()
def keep_and_observe_hold_for_infected_mail(t):
    with scanner(t, sections="[destination gmail.example]\nobserve\n[destination aol.example]\nkeep\n"):
        track = send_attached(t, MALWARE, TWO)
        wait_for("both copies", lambda: sum(len(m.rcpts) for m in t.outside.all(track)) == 2)
        wait_for("the record", lambda: (TWO, "b@gmail.example") in t.filter.observed())


@test(needs=["stranger"])
def infected_mail_on_the_hop_without_a_seal(t):
    """The filter was down while the front had it: the hop asks by itself, and drops, since to
    refuse would be a bounce."""
    track = send_attached(t, MALWARE, BOTH)
    t.boxes.one(track)
    wait_for("the forward to be deferred", lambda: t.mta.deferred() == 1)
    with scanner(t, {"antivirus_action": "reject"}):
        t.settle_flushing()
        t.nothing_outside(track)
        check_equal(len(t.boxes.all(track)), 1, "copies in the mailbox, and no bounce")
        check_equal(t.filter.discarded()[-1:], [(BOTH, "both@aol.example")], "the record")


@test()
def what_is_too_large_for_clamd_is_delivered(t):
    with scanner(t, controlled(t)):
        got = t.boxes.one(send_attached(t, MALWARE + b"x" * STREAM_MAX, BOX))
        check("Unknown, the virus scanner said: INSTREAM size limit exceeded" in got.get("X-Spam-Virus"),
              got.get("X-Spam-Virus"))
        check("not checked for malware" in got.get("X-Spam-Technical-Details"), "the explanation")
        check_equal(counted(t), {"error": 1}, "scans")
        check_equal(t.boxes.one(t.send(HAM, BOX)).get("X-Spam-Virus"), "No", "the next")


LIES = {
    "nothing at all": (says(b""), "hung up"),
    "garbage": (says(b"\xff\x00\xfe mail from hell"), "no clamd does"),
    "another protocol": (says(b"220 mail.example ESMTP\r\n"), "no clamd does"),
    "a part of an answer": (says(b"stream: O"), "no clamd does"),
    "an answer without its end": (says(b"stream: OK"), "no clamd does"),
    "two answers": (says(b"stream: OK\0stream: Eicar FOUND\0"), "no clamd does"),
    "found what": (says(b"stream:  FOUND\0"), "no clamd does"),
    "of something else": (says(b"/etc/passwd: OK\0"), "no clamd does"),
    "without end": (endless, "no clamd does"),
    "an error": (says(b"stream: Can't allocate memory ERROR\0"), "Can't allocate memory"),
    "a header of its own": (says(b"stream: x\r\nX-Evil: 1 FOUND\0"), "no clamd does"),
}


@test()
def lies_of_a_clamd_lose_no_mail(t):
    for name, (answer, why) in LIES.items():
        with liar(t, answer, {"antivirus_action": "discard"}):
            box, out = t.send(HAM, BOX), t.send(HAM, FORWARD)
            for got in (t.boxes.one(box), t.outside.one(out)):
                value = got.get("X-Spam-Virus")
                check(value.startswith("Unknown, the virus scanner ") and why in value, "%s: %s" % (name, value))
                check_equal(got.raw("Subject"), [b"minutes of Tuesday"], name)
                check(b"X-Evil" not in got.header_block(), name)
            t.filter.stop()


@test()
def names_of_signatures_are_words(t):
    with liar(t, says(b"stream: Win \"a\", score=-9 <x> FOUND\0")):
        got = t.boxes.one(t.send(HAM, BOX))
        check_equal(got.get("X-Spam-Virus"), "Yes, Win__a___score_-9__x_", "X-Spam-Virus")


@test()
def answers_before_the_end_are_not_believed(t):
    """One that didn't read the message can't know."""
    with liar(t, says(b"stream: OK\0"), reads=False):
        got = t.boxes.one(send_attached(t, b"x" * 1200000, BOX))
        check("no clamd does" in got.get("X-Spam-Virus") or "hung up" in got.get("X-Spam-Virus"),
              got.get("X-Spam-Virus"))


def seconds(t, line_word):
    """How long the messages took, by the log."""
    found = [re.search(r"time=(\d+)ms", line) for line in t.filter.log_lines() if line_word in line]
    return [int(hit.group(1)) / 1000 for hit in found if hit]


@test()
def a_dead_clamd_delays_one_message_and_not_each(t):
    with liar(t, silent, dict(controlled(t), antivirus_timeout="2s"), pong=None) as fake:
        first = t.boxes.one(t.send(HAM, BOX))
        check("does not answer" in first.get("X-Spam-Virus"), first.get("X-Spam-Virus"))
        for _ in range(5):
            got = t.boxes.one(t.send(HAM, BOX))
            check("is not asked now" in got.get("X-Spam-Virus"), got.get("X-Spam-Virus"))
        took = seconds(t, "virus=unknown(paused)")
        check(len(took) == 5 and max(took) < 1.0, "each took %s s" % took)
        check_equal(counted(t), {"slow": 1, "paused": 5}, "scans")
        troubles = [x["name"] for x in status(t)["troubles"]]
        check("antivirus" in troubles, troubles)
        check_equal(fake.commands().count(b"zINSTREAM\0"), 1, "asked")
        lines = [line for line in t.filter.log_lines() if "the virus scanner" in line and "client=" not in line]
        check_equal(len(lines), 1, "lines of the log: %s" % lines)


@test()
def a_slow_message_does_not_switch_the_scanner_off(t):
    """It lives, so the next message is shown to it: otherwise a stranger could slip one past it."""
    def slow(s, server):
        if b"slow" in server.messages[-1]:
            server.released.wait(60)
        else:
            s.sendall(b"stream: Found.It FOUND\0")
    with liar(t, slow, {"antivirus_timeout": "1s"}) as fake:
        for _ in range(5):
            got = t.boxes.one(t.send("a slow one", BOX))
            check_equal(got.get("X-Spam-Virus"), "Unknown, the virus scanner did not answer in time", "slow")
        t.nothing_outside(t.send("malware", FORWARD))
        check_equal(fake.commands().count(b"zINSTREAM\0"), 6, "asked")


@test()
def one_that_drips_is_left(t):
    with liar(t, drips, {"antivirus_timeout": "1s"}):
        got = t.boxes.one(t.send(HAM, BOX))
        check(got.get("X-Spam-Virus").startswith("Unknown"), got.get("X-Spam-Virus"))


@test()
def clamd_goes_and_comes_back(t):
    clamd = Clamd(t.dir)
    t.start({"antivirus": clamd.address})
    for _ in range(4):
        got = t.outside.one(t.send(HAM, FORWARD))
        check("is away (No such file" in got.get("X-Spam-Virus") or "is not asked" in got.get("X-Spam-Virus"),
              got.get("X-Spam-Virus"))
    check_equal(sum("look after clamd" in line for line in t.filter.log_lines()), 1, "lines of the log")
    clamd.start()
    try:
        def found():
            got = t.outside.one(t.send(HAM, FORWARD))
            return got.get("X-Spam-Virus") == "No"
        wait_for("clamd to be asked again", found, interval=2.0)
        wait_for("the end in the log", lambda: any("virus scanner answers again" in line
                                                   for line in t.filter.log_lines()))
        t.nothing_outside(send_attached(t, MALWARE, FORWARD))
    finally:
        clamd.stop()


@test(needs=["auth"])
def mail_of_users_is_marked_only(t):
    """As for scores: what those who logged in send is neither tagged nor dropped, but told."""
    with scanner(t):
        got = t.outside.one(send_attached(t, MALWARE, "friend@aol.example", sender="customer@hosted.example",
                                          auth=True))
        check_equal(got.get("X-Spam-Virus"), "Yes, " + NAME, "X-Spam-Virus")
        check_equal(got.get("X-Spam-Flag"), None, "X-Spam-Flag")


@test()
def a_drop_that_cannot_be_recorded_is_a_delivery(t):
    with scanner(t, {"store": "redis://127.0.0.1:1/0?journal=/nowhere/journal", "commit_timeout": "100ms"}):
        got = t.outside.one(send_attached(t, MALWARE, FORWARD))
        check_equal(got.get("X-Spam-Virus"), "Yes, " + NAME, "X-Spam-Virus")


@test(hop=False)
def infected_forwards_by_the_forward_map(t):
    with scanner(t, {"forward_map": t.mta.forward_map}, hop=False):
        before = len(dropped(t))
        track = send_attached(t, MALWARE, FORWARD)
        t.nothing_outside(track)
        check_equal(len(dropped(t)) - before, 1, "records")
        both = send_attached(t, MALWARE, BOTH)
        check_equal(t.boxes.one(both).get("X-Spam-Flag"), "YES", "with a mailbox, nothing is dropped")


