# SPDX-License-Identifier: GPL-3.0-or-later
"""The Sender Rewriting Scheme: forwarded mail leaves with a sender of ours, and its bounces go back
to whom it came from."""

import os
import re
import smtplib
import time

from harness.env import check, check_equal, run, write
from harness.mail import HAM, SENDER, scored
from harness.suite import test
from spf import Dns, pace

FORWARD, BOTH, BOX = "fwd@hosted.example", "both@hosted.example", "box@hosted.example"
# Sendmail folds local parts to lower case.
REWRITTEN = re.compile(r"srs0=\S{4}=..=sender\.example=alice@srs\.hosted\.example", re.I)


def start(t, srs="always", more=None, sections="", hop=True):
    secret = write(os.path.join(t.filter.dir, "srs.secret"), "not for the world\n", 0o600)
    os.chown(secret, os.stat(t.filter.key).st_uid, -1)
    t.start(dict(t.mta.srs_keys, **(more or {}), srs=srs, srs_domain="srs.hosted.example",
                 srs_secret_file=secret), sections, hop)


def sender_outside(t, sender=SENDER, to=FORWARD):
    return t.outside.one(t.send(HAM, to, sender=sender)).sender


@test()
def forwarded_mail_gets_a_sender_of_ours(t):
    start(t)
    sender = sender_outside(t)
    check(REWRITTEN.fullmatch(sender), "sender %s" % sender)
    check_equal(sender_outside(t, ""), "", "the null sender")
    check_equal(sender_outside(t, "box@hosted.example"), "box@hosted.example", "a sender of ours")
    again = sender_outside(t, "SRS0=abcd=AB=origin.example=joe@first.example").lower()
    check(again.startswith("srs1=") and
          again.endswith("=first.example==abcd=ab=origin.example=joe@srs.hosted.example"),
          "what was forwarded before: %s" % again)


@test()
def sender_stays_where_its_spf_allows(t):
    with Dns() as dns:
        start(t, "when-needed", dict(dns.keys, srs_outgoing_addresses="203.0.113.1"))
        check_equal(sender_outside(t, "joe@partner.example"), "joe@partner.example", "their SPF passes")
        check(REWRITTEN.fullmatch(sender_outside(t)), "a policy that does not let us send")
        check("srs=not-needed" in "\n".join(t.filter.log_lines()), "the log says so")


@test()
def sender_is_rewritten_where_the_dns_is_dead(t):
    with Dns(drop=1) as dns:
        start(t, "when-needed", dict(dns.keys, srs_outgoing_addresses="203.0.113.1"))
        begun = time.monotonic()
        sender = sender_outside(t, "joe@partner.example").lower()
        check(pace.allowed(time.monotonic() - begun, 15), "took %.1f s" % (time.monotonic() - begun))
        check("=partner.example=joe@srs" in sender, "sender %s" % sender)


@test()
def mailbox_keeps_the_sender(t):
    start(t)
    track = t.send(HAM, BOTH)
    check_equal(t.boxes.one(track).sender, SENDER, "sender in the mailbox")
    check(REWRITTEN.fullmatch(t.outside.one(track).sender), "sender outside")
    check_equal(t.boxes.one(t.send(HAM, BOX)).sender, SENDER, "sender of ordinary mail")


@test()
def bounces_go_back(t):
    start(t)
    address = sender_outside(t)
    for recipient in (address, address.lower(), address.upper()):
        mail = t.outside.one(t.send(HAM, recipient, sender=""))
        check_equal([r.lower() for r in mail.rcpts], [SENDER], "recipients")
        check_equal(mail.sender, "", "sender")


def rewritten_sender(t):
    """The address of ours that stands in mail of SENDER that was forwarded."""
    return run([os.path.join(os.path.dirname(t.filter.program), "assay"), "srs", "forward", "-c", t.filter.conf,
                SENDER]).strip()


def spam_to_a_rewritten_sender(t):
    """Whoever finds one can't send through us what nobody could send to a forward; others can."""
    before, address = len(t.filter.discarded()), rewritten_sender(t)
    track = t.send(scored(18.2), [BOX, address, FORWARD])
    check_equal(t.boxes.one(track).users(), ["box"], "who got the spam")
    t.nothing_outside(track)
    check_equal(sorted((r.lower(), d) for r, d in t.filter.discarded()[before:] if d == SENDER),
                [(address.lower(), SENDER)], "whose report it is on")
    for sender, body in ((SENDER, HAM), ("", scored(18.2))):
        answer = t.outside.one(t.send(body, address, sender=sender))
        check_equal([r.lower() for r in answer.rcpts], [SENDER], "recipients")


@test()
def spam_to_a_rewritten_sender_is_dropped(t):
    start(t)
    spam_to_a_rewritten_sender(t)


@test(hop=False)
def spam_to_a_rewritten_sender_is_dropped_at_the_front(t):
    start(t, more={"forward_map": t.mta.forward_map, "seal_key_file": None}, hop=False)
    spam_to_a_rewritten_sender(t)


@test(hop=False, needs=["socketmap"])
def spam_to_a_rewritten_sender_is_dropped_beside_tables(t):
    with Tables(t, "off", more={"forward_map": t.mta.forward_map, "seal_key_file": None}, hop=False):
        spam_to_a_rewritten_sender(t)


@test()
def forged_bounces_are_refused(t):
    start(t)
    address = sender_outside(t)
    for forged in (address.replace("alice", "bob"), "SRS0=x@srs.hosted.example"):
        try:
            t.send(HAM, forged, sender="")
        except smtplib.SMTPRecipientsRefused as refused:
            code, text = refused.recipients[forged]
            check_equal(code, 550, "reply")
            check(b"SRS" in text, "the reply says why: %r" % text)
        else:
            check(False, "%s was accepted" % forged)
    t.settle()


@test()
def separators_and_hashes_of_every_kind(t):
    """Also with the MTA's own recipient_delimiter, slashes in the hash, and long local parts."""
    sender = "a" * 50 + "+b-c=d/e@sender.example"
    for separator in "+-=":
        start(t, more={"srs_separator": separator, "srs_hash_length": "26"})
        address = sender_outside(t, sender)
        check(address.lower().startswith("srs0" + separator), "sender %s" % address)
        check(len(address.partition("@")[0]) > 64, "a long one: %s" % address)
        mail = t.outside.one(t.send(HAM, address, sender=""))
        check_equal([r.lower() for r in mail.rcpts], [sender], "recipients")
        t.filter.stop()


@test(needs=["smtputf8"])
def international_senders(t):
    start(t)
    for sender in ("jürgen@bücher.example", "иван@sender.example"):
        mail = t.outside.one(t.send(HAM, FORWARD, sender=sender, options=["SMTPUTF8"]))
        check(mail.sender.endswith("=%s=%s@srs.hosted.example" % tuple(sender.split("@")[::-1])),
              "sender %s" % mail.sender)
        mail = t.outside.one(t.send(HAM, mail.sender, sender="", options=["SMTPUTF8"]))
        check_equal(mail.rcpts, [sender], "recipients")


class Tables:
    """SRS by look-up tables: assayd serves them, and Postfix has what contrib/postfix says."""

    def __init__(self, t, srs, *lines, **how):
        start(t, srs, **how)
        self.undo = t.mta.attach_srs(*lines)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.undo()


def refused(t, recipient):
    """The reply to RCPT."""
    try:
        t.send(HAM, recipient, sender="")
    except smtplib.SMTPRecipientsRefused as problem:
        return problem.recipients[recipient]
    return check(False, "%s was accepted" % recipient)


@test(hop=False, needs=["socketmap"])
def tables_rewrite_and_take_back(t):
    """Postfix does it all by itself; nothing of it is the milter's."""
    with Tables(t, "off", "relay_domains =", "virtual_alias_domains = catchall.example srs.hosted.example"):
        address = sender_outside(t)
        check(REWRITTEN.fullmatch(address), "sender %s" % address)
        check_equal(sender_outside(t, ""), "", "the null sender")
        check_equal(sender_outside(t, "box@hosted.example"), "box@hosted.example", "a sender of ours")
        for recipient in (address, address.lower()):
            mail = t.outside.one(t.send(HAM, recipient, sender=""))
            check_equal([r.lower() for r in mail.rcpts], [SENDER], "recipients")
            check_equal(mail.sender, "", "sender")
        for forged in (address.replace("alice", "bob"), "SRS0=x@srs.hosted.example"):
            code, text = refused(t, forged)
            check_equal(code, 550, "reply to %s: %r" % (forged, text))
        t.settle()


@test(hop=False, needs=["socketmap"])
def tables_are_undone_as_the_readme_says(t):
    t.start()
    before = t.mta.settings()
    with_tables = t.mta.attach_srs()
    check(t.mta.settings() != before, "the tables are set up")
    t.mta.undo()
    check("canonical_maps" not in t.mta.settings(), "they are gone")
    with_tables()
    check_equal(t.mta.settings(), before, "settings")


@test(hop=False, needs=["socketmap"])
def mail_waits_while_the_tables_are_away(t):
    """It must not leave with a sender that fails SPF, and no bounce is refused for good."""
    with Tables(t, "off"):
        address = sender_outside(t)
        t.filter.stop()
        try:
            t.send(HAM, FORWARD)
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as problem:
            check("45" in str(problem), "reply %s" % problem)
        else:
            check(False, "it was accepted")
        code, text = refused(t, address)
        check_equal(code // 100, 4, "reply %r" % text)
        t.filter.start()
        check(REWRITTEN.fullmatch(sender_outside(t)), "back again")


@test(needs=["socketmap"])
def reverse_table_beside_the_hop(t):
    """Both take bounces back: each goes to the original sender, once."""
    with Tables(t, "always", "sender_canonical_maps ="):
        track = t.send(HAM, BOTH)
        check_equal(t.boxes.one(track).sender, SENDER, "sender in the mailbox")
        address = t.outside.one(track).sender
        check(REWRITTEN.fullmatch(address), "sender %s" % address)
        track = t.send(HAM, address, sender="")
        check_equal([r.lower() for r in t.outside.one(track).rcpts], [SENDER], "recipients")
        t.settle()
        check_equal(len(t.outside.all(track)), 1, "copies")
        check_equal(refused(t, address.replace("alice", "bob"))[0], 550, "reply")
