# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses to which users forward spam and ham as attachment."""

import contextlib
import json
import os
import shutil

from harness import mail
from harness.env import check, check_equal, run, wait_for, write
from harness.suite import test


class Teaching:
    """What was learned; and the wrappers that users send."""

    def __init__(self, t):
        self.t = t
        built = os.path.join(os.path.dirname(t.filter.program), "assay")
        self.program = shutil.copy(built, os.path.join(t.filter.dir, "assay"))
        self.conf = t.filter.conf

    def counts(self):
        """(ham, spam)"""
        text = run([self.program, "learn", "-c", self.conf, "--status", "--json"])
        return next(((s["ham"], s["spam"]) for s in json.loads(text)["scopes"] if s["scope"] == "site"), (0, 0))

    def learned(self, ham, spam):
        wait_for("%d ham and %d spam" % (ham, spam), lambda: self.counts() == (ham, spam))

    def wrapper(self, *numbers):
        parts = b"".join(
            b"--b\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n"
            b"Received: from x by y; Mon, 02 Mar 2026 10:00:00 +0000\r\nFrom: a@bad.example\r\nSubject: bargain %d\r\n"
            b"Message-ID: <n%d@bad.example>\r\n\r\nBuy number %d.\r\n\r\n" % (n, n, n) for n in numbers)
        return (b"From: customer@hosted.example\r\nTo: spam@hosted.example\r\nSubject: Fwd\r\nX-Track: %s\r\n"
                b"Message-ID: <w%d@hosted.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
                b"--b\r\n\r\nPlease learn this.\r\n%s--b--\r\n" % (mail.new_track().encode(), id(parts), parts))

    def send(self, address, *numbers, **how):
        return mail.try_submit(self.t.mta, self.wrapper(*numbers), address, **how)


@contextlib.contextmanager
def teaching(t):
    # Those of another test.
    for name in os.listdir(t.filter.dir):
        if ".lessons" in name:
            os.unlink(os.path.join(t.filter.dir, name))
    t.start()
    these = Teaching(t)
    with t.mta.teaching(these.program, these.conf):
        yield these


@test(hop=False, needs=("auth",))
def users_teach_by_mail(t):
    with teaching(t) as these:
        check_equal(these.send("spam@hosted.example", 1, 2, auth=True), None, "the answer")
        these.learned(0, 2)
        check_equal(these.send("ham@hosted.example", 3, auth=True), None, "the answer")
        these.learned(1, 2)
        check_equal(these.send("ham@hosted.example", 2, auth=True), None, "the answer")
        these.learned(2, 1)
        t.settle()


@test(hop=False, needs=("auth",))
def strangers_teach_nothing(t):
    with teaching(t) as these:
        for address in ("spam@hosted.example", "HAM@hosted.example"):
            check(these.send(address, 1) in (550, 554), "%s takes mail of strangers" % address)
        track = t.send(mail.HAM, "box@hosted.example")
        t.boxes.one(track)
        t.settle()
        check_equal(these.counts(), (0, 0), "counts")


@test(hop=False, needs=("auth",))
def who_attaches_nothing_is_told(t):
    with teaching(t) as these:
        check_equal(these.send("spam@hosted.example", auth=True), None, "the answer")
        bounce = t.outside.wait_where("a bounce", lambda m: b"no message is attached" in m.data)
        check(mail.SENDER in str(bounce.rcpts), "the sender gets it: %r" % bounce.rcpts)
        check_equal(these.counts(), (0, 0), "counts")


@test(hop=False, needs=("auth",))
def lessons_wait_for_the_store(t):
    with teaching(t) as these:
        with open(t.filter.conf, encoding="utf-8") as file:
            good = file.read()
        write(t.filter.conf, good.replace("/assay.db", "/nowhere/assay.db"))
        check_equal(these.send("spam@hosted.example", 1, auth=True), None, "the answer")
        wait_for("mail that waits", lambda: t.mta.deferred() == 1)
        write(t.filter.conf, good)
        t.settle_flushing()
        these.learned(0, 1)
