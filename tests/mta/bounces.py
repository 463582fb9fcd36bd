# SPDX-License-Identifier: GPL-3.0-or-later
"""Bounces and delay reports that the MTA itself writes: whatever is refused outside, and however,
its sender hears of it, also where the sender was rewritten. Nothing is lost, and nothing loops."""

import contextlib
import os

from harness import mail
from harness.env import check, check_equal, wait_for
from harness.mail import HAM, SENDER, scored
from harness.suite import test
from spf import Dns
from srs import Tables, start

CUSTOMER = "box@hosted.example"
# By what the outside does: refuses at RCPT, refuses the message. Catch-all domain, and alias.
REFUSED = ["full@catchall.example", "nodata@catchall.example", "refused@hosted.example"]


@contextlib.contextmanager
def every_srs(t):
    """Yields a function that starts the filter, for each kind of SRS."""
    with Dns() as dns:
        yield [lambda: start(t, "off"), lambda: start(t, "always"),
               lambda: start(t, "when-needed", dict(dns.keys, srs_outgoing_addresses="203.0.113.1"))]


def report_about(sink, track, action=b"failed"):
    """The one delivery report about the mail."""
    def is_it(found):
        return found.sender == "" and track.encode() in found.data and \
            b"Action: " + action in found.data
    report = sink.wait_where("report (%s) about %s" % (action.decode(), track), is_it)
    check_equal(report.parsed().get_content_type(), "multipart/report", "type")
    check_equal(len([m for m in sink.all() if is_it(m)]), 1, "reports")
    return report


def told(t, track, sender=SENDER, action=b"failed"):
    """The stranger who sent it has a report, and nobody else."""
    report = report_about(t.outside, track, action)
    check_equal([r.lower() for r in report.rcpts], [sender], "whom the report is for")
    check_equal(t.boxes.all(), [], "mail in the mailboxes")
    return report


def told_customer(t, track, action=b"failed"):
    report = report_about(t.boxes, track, action)
    check_equal(report.users(), ["box"], "whom the report is for")
    check(CUSTOMER in report.get("To"), "not for the postmaster: %s" % report.get("To"))
    check_equal(t.outside.all(), [], "mail outside")


@test()
def the_sender_hears_of_a_refused_forward(t):
    with every_srs(t) as kinds:
        for begin in kinds:
            begin()
            for recipient in REFUSED:
                told(t, t.send(HAM, recipient))
            t.settle()
            t.filter.stop()


@test()
def the_sender_hears_of_a_forward_that_is_never_taken(t):
    """Refused for days: at the end of the queue's time, and when it is late."""
    with t.mta.impatient() as grow_old:
        for srs in ("off", "always"):
            start(t, srs)
            track = t.send(HAM, "later@catchall.example")
            grow_old("late")
            told(t, track, action=b"delayed")
            grow_old("expired")
            told(t, track)
            t.settle()
            t.filter.stop()


@test(needs=["auth"])
def a_customer_hears_of_refused_mail(t):
    """From outside with a login, and from this host without one."""
    for srs in ("off", "always"):
        start(t, srs)
        for recipient in ("full@aol.example", "nodata@aol.example"):
            told_customer(t, t.send(HAM, recipient, sender=CUSTOMER, auth=True))
            told_customer(t, t.send(HAM, recipient, sender=CUSTOMER, local=True))
        t.settle()
        t.filter.stop()


@test(needs=["auth"])
def a_customer_hears_of_mail_that_is_never_taken(t):
    start(t)
    with t.mta.impatient() as grow_old:
        track = t.send(HAM, "later@aol.example", sender=CUSTOMER, auth=True)
        grow_old("late")
        told_customer(t, track, b"delayed")
        grow_old("expired")
        told_customer(t, track)


@test()
def senders_of_every_kind_hear(t):
    start(t)
    for sender in ("a+b-c=d/e@sender.example", '"two words"@sender.example', "x" * 60 + "@sender.example"):
        told(t, t.send(HAM, REFUSED[0], sender=sender), sender)


@test(needs=["smtputf8"])
def international_senders_hear(t):
    start(t)
    sender = "jürgen@bücher.example"
    told(t, t.send(HAM, REFUSED[0], sender=sender, options=["SMTPUTF8"]), sender)


@test()
def the_first_forwarder_hears(t):
    """Whose sender was rewritten before: SRS1 goes back to SRS0."""
    start(t)
    first = "srs0=abcd=ab=origin.example=joe@first.example"
    told(t, t.send(HAM, REFUSED[0], sender=first), first)


@test()
def a_report_about_spam_is_not_dropped(t):
    """It quotes what scores enough to be dropped, where it is kept, and is no forwarded mail."""
    for srs in ("off", "always"):
        start(t, srs, sections="[destination aol.example]\nkeep\n")
        told(t, t.send(scored(18.2), REFUSED[0]))
        t.filter.stop()


@test()
def a_bounce_that_quotes_spam_goes_back(t):
    """It comes from whoever took the mail first; it is no forwarded mail either."""
    for more in ({}, {"seal_key_file": None}):
        start(t, more=more)
        rewritten = t.outside.one(t.send(HAM, "fwd@hosted.example")).sender
        bounce = t.outside.one(t.send(scored(18.2), rewritten, sender=""))
        check_equal([r.lower() for r in bounce.rcpts], [SENDER], "recipients")
        t.filter.stop()


@test()
def a_report_that_is_refused_reaches_the_postmaster(t):
    for srs in ("off", "always"):
        start(t, srs)
        track = t.send(HAM, REFUSED[0], sender="full@sender.example")
        report = t.boxes.wait_where("report to the postmaster", lambda m: track.encode() in m.data)
        check_equal(report.users(), ["box"], "the postmaster's mailbox")
        check("postmaster" in report.get("To").lower(), "for the postmaster: %s" % report.get("To"))
        t.settle()
        check_equal(len(t.boxes.all()), 1, "reports")
        check_equal(t.outside.all(), [], "mail outside")
        t.boxes.clear()
        t.filter.stop()


@test()
def the_front_reports_to_a_rewritten_sender(t):
    """Mail that comes back with a sender of ours, for a mailbox that refuses it."""
    start(t)
    rewritten = t.outside.one(t.send(HAM, "fwd@hosted.example")).sender
    track = t.send(HAM, "full@hosted.example", sender=rewritten)
    told(t, track)


@test()
def reports_wait_for_the_filter(t):
    """It is away when the outside refuses for good: nothing is lost."""
    start(t)
    with t.mta.impatient() as grow_old:
        track = t.send(HAM, "later@catchall.example")
        grow_old("late")
        told(t, track, action=b"delayed")
        t.filter.stop()
        t.outside.clear()
        grow_old("expired", told=False)
        check_equal(t.outside.all(), [], "mail outside")
        t.filter.start()
        t.settle_flushing()
    told(t, track)


@test()
def a_bounce_waits_for_the_filter(t):
    """It comes back while nobody can tell whose it is."""
    start(t)
    rewritten = t.outside.one(t.send(HAM, "fwd@hosted.example")).sender
    t.filter.stop()
    track = mail.new_track()
    data = mail.build(HAM, track)
    refused = mail.try_submit(t.mta, data, rewritten, sender="")
    check(refused is None or refused // 100 == 4, "reply %s" % refused)
    if refused is None:
        wait_for("the bounce to be deferred", lambda: t.mta.deferred() == 1)
    t.filter.start()
    if refused is None:
        t.settle_flushing()
    else:
        mail.submit(t.mta, data, [rewritten], sender="")
    check_equal([r.lower() for r in t.outside.one(track).rcpts], [SENDER], "recipients")


@test(needs=["mx", "auth"])
def a_customer_hears_when_the_dns_is_back(t):
    """It cannot tell whose the bounce is when it is written."""
    start(t)
    t.mta.world.zone.fault("hosted.example", rcode=2)
    try:
        track = t.send(HAM, "full@aol.example", sender=CUSTOMER, auth=True)
        wait_for("the bounce to be deferred", lambda: t.mta.deferred() == 1)
    finally:
        t.mta.world.zone.faults.clear()
    t.settle_flushing()
    told_customer(t, track)


@test(needs=["mx", "auth"])
def a_customer_of_a_domain_without_mx_hears(t):
    start(t)
    t.mta.world.zone.without_mx = ("hosted.example",)
    try:
        told_customer(t, t.send(HAM, "full@aol.example", sender=CUSTOMER, auth=True))
    finally:
        t.mta.world.zone.without_mx = ()


@test()
def mail_that_comes_back_to_its_sender_does_not_loop(t):
    """A forward to whom it is from looks like a bounce to the hop."""
    start(t, "off")
    track = t.send(HAM, "fwd@hosted.example", sender="fwd@aol.example")
    check_equal(t.outside.one(track).rcpts, ["fwd@aol.example"], "recipients")
    t.settle()
    hops = sum(b"by mx.hosted.example" in value for value in t.outside.one(track).raw("Received"))
    check_equal(hops, 2, "passes through this host")


@test(hop=False, needs=["socketmap"])
def the_sender_hears_where_tables_rewrite(t):
    with Tables(t, "off", "relay_domains =", "virtual_alias_domains = catchall.example srs.hosted.example"):
        for recipient in REFUSED:
            told(t, t.send(HAM, recipient))
        t.settle()


@test(needs=["socketmap"])
def the_sender_hears_of_refused_relayed_mail(t):
    """It goes around the hop, to a customer's own host."""
    start(t)
    undo = t.mta.change("relay_domains = srs.hosted.example customer.example",
                        "transport_maps = inline:{customer.example=relay:[127.0.0.1]:%d}" % t.outside.port)
    try:
        for recipient in ("full@customer.example", "nodata@customer.example"):
            told(t, t.send(HAM, recipient))
    finally:
        undo()


@test(needs=["socketmap"])
def the_srs_domain_may_be_an_alias_domain(t):
    undo = t.mta.change("relay_domains =", "virtual_alias_domains = catchall.example srs.hosted.example")
    try:
        start(t)
        told(t, t.send(HAM, REFUSED[0]))
        rewritten = t.outside.one(t.send(HAM, "fwd@hosted.example")).sender
        bounce = t.outside.one(t.send(HAM, rewritten, sender=""))
        check_equal([r.lower() for r in bounce.rcpts], [SENDER], "recipients")
        t.settle()
    finally:
        undo()
