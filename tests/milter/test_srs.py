# SPDX-License-Identifier: GPL-3.0-or-later
"""SRS: the sender of forwarded mail is rewritten, and bounces go back to where it came from."""
import base64
import hmac
import os
import re
import time

import client
from client import Connection
from daemon import Daemon
from test_message import DROP, HEADERS, ask, equal

CONFIGURATION = """
srs always
srs_domain srs.example.net
srs_secret_file {path}
"""
SRS = re.compile(r"<(SRS0=\S{4}=..=example\.com=sender@srs\.example\.net)>")


class SrsDaemon(Daemon):
    """With the [daemon FORWARD] section of the others taken out where `hop` is false."""

    def __init__(self, hop=True):
        super().__init__(start=False)
        self.write("srs.secret", "a secret\n")
        os.chmod(self.path("srs.secret"), 0o600)
        self.configure(CONFIGURATION.format(path=self.path("srs.secret")))
        if not hop:
            with open(self.path("assay.conf")) as file:
                text = file.read().replace("[daemon FORWARD]\nrole forward", "")
            self.write("assay.conf", text)
        self.start()


DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def srs0(local, domain, age_days, secret=b"a secret"):
    """What SRS makes of an address so many days ago, written down from the definition."""
    day = (int(time.time()) // 86400 - age_days) % 1024
    stamp = DIGITS[day >> 5] + DIGITS[day & 31]
    digest = hmac.new(secret, (stamp + domain + local).lower().encode(), "sha1").digest()
    return "SRS0=%s=%s=%s=%s@srs.example.net" % (base64.b64encode(digest)[:4].decode(), stamp,
                                                 domain, local)


def rcpt(daemon, address, sender="<>"):
    """The answer to RCPT, and its text."""
    with Connection(daemon.socket) as mta:
        mta.negotiate()
        mta.macros("C", j="mail.example.net", daemon_name="smtpd", v="Postfix 3.7.11")
        mta.connect()
        mta.helo()
        mta.mail(sender)
        mta.send("R", b"<%s>\0" % address.encode())
        kind, data = mta.receive()
        mta.quit()
    return kind, data


def senders(answer):
    return [data.split(b"\0")[0].decode() for kind, data in answer.other if kind == "e"]


def added(answer):
    return [data.split(b"\0")[0].decode() for kind, data in answer.other if kind == "+"]


def forward(daemon, sender="<sender@example.com>", original="away@example.net", body="Hello"):
    """A message to away@elsewhere.example through the hop."""
    with Connection(daemon.socket) as mta:
        mta.negotiate()
        mta.macros("C", j="mail.example.net", daemon_name="FORWARD", v="Postfix 3.7.11")
        mta.connect("localhost", "127.0.0.1")
        mta.helo()
        mta.mail(sender)
        mta.rcpt("<away@elsewhere.example>", "ORCPT=rfc822;" + original)
        answer = mta.message(HEADERS, body)
        mta.quit()
    return answer


def test_rewritten_on_the_hop():
    with SrsDaemon() as daemon:
        sender, = senders(forward(daemon))
        assert SRS.fullmatch(sender), sender
        assert "srs=SRS0=" in daemon.log(), daemon.log()
        # Not twice, not the null sender, not a sender of ours, and not what isn't forwarded.
        equal(senders(forward(daemon, sender)), [])
        equal(senders(forward(daemon, "<>")), [])
        equal(senders(forward(daemon, "<joe@example.net>")), [])
        equal(senders(forward(daemon, original="away@elsewhere.example")), [])
        # What another forwarder rewrote.
        again, = senders(forward(daemon, "<SRS0=abcd=AB=origin.example=joe@first.example>"))
        assert re.fullmatch(r"<SRS1=\S{4}=first.example==abcd=AB=origin.example=joe@srs.*>", again)


def test_front_leaves_it_to_the_hop():
    with SrsDaemon() as daemon:
        answer, _ = ask(daemon, recipients=("<away@example.net>",))
        equal(senders(answer), [])


def test_front_without_a_hop():
    with SrsDaemon(hop=False) as daemon:
        answer, _ = ask(daemon, recipients=("<away@example.net>",))
        assert SRS.fullmatch(senders(answer)[0])
        for recipients in (("<both@example.net>",), ("<joe@example.net>",),
                           ("<away@example.net>", "<joe@example.net>")):
            answer, _ = ask(daemon, recipients=recipients)
            equal(senders(answer), [])
        # The forward is dropped, the mailbox is left.
        answer, _ = ask(daemon, DROP, recipients=("<away@example.net>", "<joe@example.net>"))
        equal(answer.deleted, ["<away@example.net>"])
        equal(senders(answer), [])


def test_bounce():
    with SrsDaemon() as daemon:
        address = SRS.fullmatch(senders(forward(daemon))[0]).group(1)
        for local in (address, address.lower(), address.upper()):
            answer, _ = ask(daemon, sender="<>", recipients=("<%s>" % local,))
            equal(answer.verdict, "c")
            equal(answer.deleted, ["<%s>" % local])
            equal([a.lower() for a in added(answer)], ["<sender@example.com>"])


def test_bad_bounces_are_refused():
    with SrsDaemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate()
        assert not mta.steps & client.NR_RCPT
        mta.macros("C", j="mail.example.net", daemon_name="smtpd", v="Postfix 3.7.11")
        mta.connect()
        mta.helo()
        mta.mail("<>")
        for bad in ("SRS0=aaaa=AA=x.example=joe", "srs0=x", "SRS1=aaaa=x.example==b"):
            mta.send("R", b"<%s@srs.example.net>\0" % bad.encode())
            kind, data = mta.receive()
            equal(kind, "y")
            assert data.startswith(b"550 5.1.1 "), data
        equal(mta.rcpt("<postmaster@srs.example.net>"), "c")
        equal(mta.rcpt("<SRS0=aaaa=AA=x.example=joe@other.example>"), "c")
        answer = mta.message(HEADERS, "Hello")
        equal(answer.verdict, "c")
        equal(added(answer), [])
        mta.quit()
        daemon.stop()
        equal(daemon.records("SELECT sum(count) FROM counts WHERE kind = 5"), [(3,)])


def test_age():
    with SrsDaemon() as daemon:
        for age in (0, 1, 21):
            address = srs0("joe", "client.example", age)
            equal(rcpt(daemon, address)[0], "c")
            answer, _ = ask(daemon, sender="<>", recipients=("<%s>" % address,))
            equal(added(answer), ["<joe@client.example>"])
        for age in (22, 300, -1, -30):
            kind, data = rcpt(daemon, srs0("joe", "client.example", age))
            equal(kind, "y")
            assert data.startswith(b"550 5.1.1 SRS address has expired"), data
        kind, data = rcpt(daemon, srs0("joe", "client.example", 0, b"another secret"))
        assert data.startswith(b"550 5.1.1 SRS address was not made here"), data


def test_mail_for_mailboxes_keeps_its_sender():
    """Whatever it looks like: only what leaves is rewritten."""
    with SrsDaemon(hop=False) as daemon:
        for sender in ("<>", "<sender@example.com>", "<SRS0=abcd=AB=origin.example=joe@first.example>"):
            answer, _ = ask(daemon, sender=sender, recipients=("<joe@example.net>",))
            equal((senders(answer), added(answer), answer.deleted), ([], [], []))
        answer, _ = ask(daemon, sender="<>", recipients=("<away@example.net>",))
        equal(senders(answer), [])


def test_addresses_of_every_kind():
    with SrsDaemon() as daemon:
        for sender in ("jürgen@bücher.example", "x" * 100 + "@example.com", "a+b-c=d/e@example.com",
                       "=@example.com", '"two words"@example.com', "иван@почта.example"):
            rewritten, = senders(forward(daemon, "<%s>" % sender))
            assert rewritten.strip('<>"').startswith("SRS0="), rewritten
            answer, _ = ask(daemon, sender="<>", recipients=(rewritten,))
            equal(added(answer), ["<%s>" % sender])
