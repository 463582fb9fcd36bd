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
from test_message import DROP, HEADERS, ask, equal, on_the_hop, through_the_front

CONFIGURATION = """
srs {srs}
srs_domain srs.example.net
srs_secret_file {directory}/srs.secret
{more}
"""
SRS = re.compile(r"<(SRS0=\S{4}=..=example\.com=sender@srs\.example\.net)>")


class SrsDaemon(Daemon):
    """With the [daemon FORWARD] section of the others taken out where `hop` is false."""

    def __init__(self, hop=True, srs="always", more=""):
        super().__init__(start=False)
        self.write("srs.secret", "a secret\n")
        os.chmod(self.path("srs.secret"), 0o600)
        self.configure(CONFIGURATION.format(srs=srs, directory=self.directory,
                                            more=more.format(directory=self.directory)))
        if not hop:
            with open(self.path("assay.conf")) as file:
                text = file.read().replace("[daemon FORWARD]\nrole forward", "")
            self.write("assay.conf", text)
        self.start()


DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def srs0(local, domain, age_days=0, secret=b"a secret", length=4):
    """What SRS makes of an address this many days ago, written down from the definition."""
    day = (int(time.time()) // 86400 - age_days) % 1024
    stamp = DIGITS[day >> 5] + DIGITS[day & 31]
    digest = hmac.new(secret, (stamp + domain + local).lower().encode(), "sha1").digest()
    hash_text = base64.b64encode(digest)[:length].decode()
    return "SRS0=%s=%s=%s=%s@srs.example.net" % (hash_text, stamp, domain, local)


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
            # At no time without a recipient.
            assert answer.kinds.index("+") < answer.kinds.index("-"), answer.kinds


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
        # The clock of the host that made it may be ahead.
        for age in (-1, 0, 1, 21):
            address = srs0("joe", "client.example", age)
            equal(rcpt(daemon, address)[0], "c")
            answer, _ = ask(daemon, sender="<>", recipients=("<%s>" % address,))
            equal(added(answer), ["<joe@client.example>"])
        for age in (22, 300, -2, -30):
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


def test_off_beside_the_tables():
    """With srs off, the tables alone rewrite, and take back."""
    with SrsDaemon(srs="off", more="srs_socketmap unix:{directory}/srs.sock") as daemon:
        with Connection(daemon.socket) as mta:
            mta.negotiate()
            assert mta.steps & client.NR_RCPT, "RCPT is answered"
            assert not mta.actions & client.ADD_RCPT, "recipients are to be added"
            mta.quit()
        equal(senders(forward(daemon)), [])
        for address in (srs0("joe", "client.example"), "SRS0=aaaa=AA=x.example=joe@srs.example.net"):
            answer, _ = ask(daemon, sender="<>", recipients=("<%s>" % address,))
            equal((answer.verdict, added(answer), answer.deleted), ("c", [], []))
        # Not even tried: what wasn't negotiated would be refused.
        assert "srs" not in daemon.log().replace("srs.sock", ""), daemon.log()
        assert "could not" not in daemon.log(), daemon.log()


def test_hop_leaves_srs_recipients_alone():
    """Mail for the SRS domain is there on its way to the front; it is no forward either."""
    with SrsDaemon() as daemon:
        for address in (srs0("joe", "client.example"), "SRS0=aaaa=AA=x.example=joe@srs.example.net"):
            answer, _ = ask(daemon, DROP, sender="<>", recipients=("<%s>" % address,), daemon="FORWARD")
            equal((answer.verdict, added(answer), answer.deleted), ("c", [], []))


def test_hash_min():
    with SrsDaemon(more="srs_hash_length 8\nsrs_hash_min 6") as daemon:
        sender, = senders(forward(daemon))
        equal(len(sender.split("=")[1]), 8)
        for length, kind in ((4, "y"), (5, "y"), (6, "c"), (8, "c"), (26, "c")):
            equal(rcpt(daemon, srs0("joe", "client.example", length=length))[0], kind)


def test_max_age():
    with SrsDaemon(more="srs_max_age 2d") as daemon:
        for age, kind in ((2, "c"), (3, "y"), (21, "y")):
            equal(rcpt(daemon, srs0("joe", "client.example", age))[0], kind)


def test_bounce_beside_a_mailbox():
    with SrsDaemon() as daemon:
        first, second = (srs0(name, "client.example") for name in ("ann", "bob"))
        answer, _ = ask(daemon, sender="<>", recipients=(
            "<joe@example.net>", "<%s>" % first, "<postmaster@srs.example.net>", "<%s>" % second))
        equal(added(answer), ["<ann@client.example>", "<bob@client.example>"])
        equal(answer.deleted, ["<%s>" % first, "<%s>" % second])


def test_mail_after_a_bounce():
    """Of the same session: nothing of the bounce is left."""
    with SrsDaemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate()
        for recipient, expected in (("<%s>" % srs0("joe", "client.example"), ["<joe@client.example>"]),
                                    ("<joe@example.net>", []), ("<ann@example.net>", [])):
            mta.envelope(sender="<>", recipients=(recipient,))
            answer = mta.message(HEADERS, "Hello")
            equal((answer.verdict, added(answer), len(answer.deleted)), ("c", expected, len(expected)))
        mta.quit()


def test_second_session_of_a_connection():
    """It isn't negotiated again, and its RCPT is answered all the same."""
    good, bad = srs0("joe", "client.example"), "SRS0=aaaa=AA=x.example=joe@srs.example.net"
    with SrsDaemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate()
        for _ in range(3):
            mta.macros("C", j="mail.example.net", daemon_name="smtpd", v="Postfix 3.7.11")
            mta.connect()
            mta.helo()
            mta.mail("<>")
            equal(mta.rcpt("<%s>" % bad), "y")
            equal(mta.rcpt("<%s>" % good), "c")
            answer = mta.message(HEADERS, "Hello")
            equal((answer.verdict, added(answer)), ("c", ["<joe@client.example>"]))
            mta.next_session()
        mta.quit()


def test_bounces_are_no_forwards():
    """One that quotes spam is for who sent that."""
    address = srs0("joe", "client.example")
    tables = "srs_socketmap unix:{directory}/srs.sock"
    for more in ({}, {"srs": "off", "more": tables}):
        with SrsDaemon(**more) as daemon:
            headers = through_the_front(daemon, DROP, ("<%s>" % address,), sender="<>")
            verdict, log = on_the_hop(daemon, DROP, headers, ("<joe@client.example>",))
            assert "sealed=yes" in log, log
            equal(verdict, "c")


def test_bounces_are_no_forwards_without_a_seal():
    """MTAs may change a message so that its seal isn't valid on the hop."""
    address = srs0("joe", "client.example")
    for shown, sender, expected in ((address, "<>", "c"), (address, "<eve@example.com>", "d"),
                                    ("away@example.net", "<>", "d"), (address.replace("joe", "ann"), "<>", "d")):
        with SrsDaemon() as daemon:
            received = (" from helo.example.com (mx.example.com [192.0.2.7])\n\tby mail.example.net (Postfix)"
                        " with ESMTP id FRONT\n\tfor <%s>; Sun, 22 Nov 2026 10:00:00 +0000" % shown)
            answer, _ = ask(daemon, DROP, [("Received", received)] + HEADERS, sender=sender,
                            recipients=("<joe@client.example>",), daemon="FORWARD")
            equal((shown, sender, answer.verdict), (shown, sender, expected))


def test_spam_for_a_rewritten_sender():
    """With a sender it is no bounce, but mail through us like any; nobody else is told of it."""
    address, ours = srs0("joe", "client.example"), srs0("ann", "example.net")
    tables = "srs_socketmap unix:{directory}/srs.sock"
    for more in ({}, {"hop": False}, {"srs": "off", "more": tables}, {"srs": "off", "more": tables, "hop": False}):
        with SrsDaemon(**more) as daemon:
            answer, _ = ask(daemon, DROP, recipients=("<%s>" % address,))
            equal(answer.verdict, "d")
            answer, _ = ask(daemon, DROP, recipients=("<joe@example.net>", "<%s>" % address))
            equal((answer.verdict, added(answer), answer.deleted), ("c", [], ["<%s>" % address]))
            # Of one of our own there is a mailbox after it.
            answer, _ = ask(daemon, DROP, recipients=("<%s>" % ours,))
            equal(answer.verdict, "c")
            answer, _ = ask(daemon, recipients=("<%s>" % address,))
            equal((answer.verdict, added(answer)), ("c", [] if "srs" in more else ["<joe@client.example>"]))
            equal({(r["recipient"], r["destination"]) for r in daemon.report("forwarded-discards")},
                  {(address, "joe@client.example")})


def test_spam_for_a_rewritten_sender_on_the_hop():
    """Where the front can't tell what is ours, the hop drops it, on nobody else's report."""
    address = srs0("joe", "client.example")
    with SrsDaemon() as daemon:
        with open(daemon.path("assay.conf")) as file:
            text = file.read().replace("forward_map", "#forward_map").replace("hosted_domains", "local_domains")
        daemon.write("assay.conf", text)
        daemon.reload()
        headers = through_the_front(daemon, DROP, ("<box@example.net>", "<%s>" % address, "<fwd@example.net>"))
        verdict, log = on_the_hop(daemon, DROP, headers, ("<joe@client.example>",))
        assert "sealed=yes" in log, log
        equal(verdict, "d")
        equal([(r["recipient"], r["destination"]) for r in daemon.report("forwarded-discards")],
              [(address, "joe@client.example")])


def test_what_cannot_be_rewritten_is_told():
    """It leaves as it is, and the log says why."""
    with SrsDaemon() as daemon:
        for sender in ("x" * 240 + "@example.com", "SRS1=x@first.example"):
            daemon.mark_log()
            answer = forward(daemon, "<%s>" % sender)
            equal((answer.verdict, senders(answer)), ("c", []))
            assert "srs-failed=" in daemon.new_log(), daemon.new_log()
