# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers to what a user wrote who had logged in, behind a real MTA: they are known where DKIM or SPF
show that the correspondent sent them, and in no other case."""

import os
import re
import shutil
import sqlite3
import sys

from harness import mail
from harness.env import FILTER_USER, STRANGER, TOP, check, check_equal, wait_for
from harness.suite import test
from signatures import SIGNED, key

sys.path.insert(0, os.path.join(TOP, "tests", "dns"))
import stub  # noqa: E402

USER, COLLEAGUE, ELSEWHERE = "box@hosted.example", "both@hosted.example", "any@catchall.example"
FRIEND = "alice@sender.example"


class Letters:
    """The filter with our rule set's file about people, and the DNS in which the friend's domain signs."""

    def __init__(self, t, **keys):
        self.t = t
        record = key()["record"].decode()
        zone = stub.Zone()
        for domain in ("sender.example", "forged.example"):
            zone.add("s._domainkey." + domain, "TXT", record)
        zone.add("sender.example", "TXT", "v=spf1 ip4:%s -all" % STRANGER)
        zone.add("forged.example", "TXT", "v=spf1 ip4:%s -all" % STRANGER)
        self.stub = stub.Stub(zone).start()
        people = shutil.copy(os.path.join(TOP, "rules", "assay", "75_people.cf"), t.filter.dir)
        shutil.chown(people, FILTER_USER)
        t.filter.forget()
        t.start(dict({"network_tests": "yes", "dns_server": "127.0.0.1@%d" % self.stub.port,
                      "sender_history": "off", "rules": [t.filter.rules, people]}, **keys))

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stub.stop()

    def contacts(self):
        """[(address, scope, count)]"""
        path = os.path.join(self.t.filter.dir, "assay.db")
        if not os.path.exists(path):
            return []
        database = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
        try:
            return sorted(database.execute("SELECT name, scope, count FROM people_contacts"))
        except sqlite3.OperationalError:
            return []
        finally:
            database.close()

    def text(self, author, to, more=b"", body=mail.HAM):
        track = mail.new_track()
        return track, (b"From: <%s>\r\nTo: <%s>\r\nSubject: minutes\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n"
                       b"Message-ID: <%s@%s>\r\nX-Track: %s\r\n%s\r\n%s\r\n"
                       % (author.encode(), to.encode(), track.encode(), author.partition("@")[2].encode(),
                          track.encode(), more, body.encode()))

    def user_writes(self, to=FRIEND, auth=True, more=b""):
        """A user's letter to the outside; its Message-ID."""
        track, data = self.text(USER, to, more)
        mail.submit(self.t.mta, data, [to], sender=USER, auth=auth)
        self.t.outside.one(track)
        return "%s@hosted.example" % track

    def taught(self, count):
        expected = [(FRIEND, "box@hosted.example", count), (FRIEND, "hosted.example", count)]
        wait_for("%d letters to be noted" % count, lambda: self.contacts() == expected)

    def known(self, to=USER, answers=None, signed_by=b"sender.example", sender=FRIEND, change=None):
        """What KNOWN_CORRESPONDENT gives a message that says it is the friend's; 0: it doesn't hit."""
        import dkim
        more = b"In-Reply-To: <%s>\r\n" % answers.encode() if answers else b""
        track, data = self.text(FRIEND, to, more)
        if signed_by:
            data = dkim.sign(data, b"s", signed_by, key()["private"], include_headers=SIGNED) + data
        if change:
            data = data.replace(*change)
        mail.submit(self.t.mta, data, [to], sender=sender)
        (self.t.outside if to == ELSEWHERE else self.t.boxes).one(track)
        lines = [line for line in self.t.filter.log_lines() if "tests=" in line]
        found = re.search(r"\bKNOWN_CORRESPONDENT=(-?[0-9.]+)", lines[-1])
        return float(found.group(1)) if found else 0


def near(found, expected, what):
    check(abs(found - expected) < 0.02, "%s: %r, not %r" % (what, found, expected))


@test(hop=False, needs=["auth", "dkim"])
def who_was_written_to_is_known_by_his_signature(t):
    with Letters(t) as letters:
        check_equal(letters.known(), 0, "before anybody wrote to him")
        message_id = letters.user_writes()
        letters.taught(1)
        near(letters.known(), -1.5, "one letter")
        near(letters.known(answers=message_id), -4, "an answer to it")
        near(letters.known(to=COLLEAGUE), -1.2, "to a colleague")
        near(letters.known(answers="never.sent@hosted.example"), -1.5, "an answer to nothing")
        check_equal(letters.known(to=ELSEWHERE), 0, "to another domain here")
        letters.user_writes()
        letters.taught(2)
        near(letters.known(), -2, "two letters")


@test(hop=False, needs=["auth", "dkim"])
def who_forges_a_correspondent_is_not_known(t):
    with Letters(t) as letters:
        message_id = letters.user_writes()
        letters.taught(1)
        eve = {"sender": "eve@forged.example", "answers": message_id}
        check_equal(letters.known(signed_by=None, **eve), 0, "unsigned")
        check_equal(letters.known(signed_by=b"forged.example", **eve), 0, "signed by another domain")
        check_equal(letters.known(change=(b"Tuesday", b"Mondays"), **eve), 0, "changed since")
        check_equal(letters.known(change=(b"From: <", b"From: <eve@forged.example>, <"), **eve), 0, "two authors")
        near(letters.known(**eve), -4, "the friend's signature, whoever passes it on")


@test(hop=False, needs=["auth", "dkim", "stranger"])
def who_was_written_to_is_known_by_spf(t):
    with Letters(t) as letters:
        message_id = letters.user_writes()
        letters.taught(1)
        near(letters.known(signed_by=None, answers=message_id), -4, "SPF passes for his domain")
        check_equal(letters.known(signed_by=None, answers=message_id, sender="eve@forged.example"), 0,
                    "for another domain")


@test(hop=False, needs=["auth", "dkim"])
def what_nobody_wrote_teaches_nothing(t):
    with Letters(t) as letters:
        for more in (b"Auto-Submitted: auto-replied\r\n", b"Precedence: bulk\r\n", b"List-Id: <l.hosted.example>\r\n"):
            letters.user_writes(more=more)
        letters.user_writes()
        letters.taught(1)


@test(hop=False, needs=["auth", "dkim"])
def correspondents_off(t):
    with Letters(t, correspondents="off") as letters:
        check_equal(letters.known(answers=letters.user_writes()), 0, "not wanted")
        t.settle()
        check_equal(letters.contacts(), [], "nothing is noted")
