# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarded mail: what leaves for the outside, and what must not."""

import smtplib

from harness.env import check, check_equal, wait_for
from harness.mail import HAM, scored
from harness.suite import test

BOX, BOTH = "box@hosted.example", "both@hosted.example"
FORWARD, TWO = "fwd@hosted.example", "multi@hosted.example"


def only_public_headers(mail):
    """The seal is between the two listeners; nobody outside sees it."""
    for name in mail.header_block().lower().split(b"\r\n"):
        check(b"seal" not in name.partition(b":")[0], "%r left the house" % name)


@test()
def ham_is_forwarded(t):
    t.start()
    track = t.send(HAM, FORWARD)
    mail = t.outside.one(track)
    check_equal(mail.rcpts, ["fwd@aol.example"], "recipients")
    check_equal(mail.raw("Subject"), [b"minutes of Tuesday"], "Subject")
    check_equal(mail.body(), HAM.encode() + b"\r\n", "body")
    check_equal(len(mail.raw("X-Spam-Technical-Details")), 1, "X-Spam-Technical-Details")
    only_public_headers(mail)
    t.settle()
    check(not t.boxes.all(track), "no mailbox got it")


@test()
def forwarded_spam_is_dropped(t):
    t.start()
    before = len(t.filter.discarded())
    t.nothing_outside(t.send(scored(18.2), FORWARD))
    check("discard" in t.filter.actions().values(), "the log says so: %s" % t.filter.actions())
    check_equal(t.filter.discarded()[before:], [(FORWARD, "fwd@aol.example")], "records")


@test()
def the_drop_threshold_itself_drops(t):
    t.start()
    at, below = t.send(scored(6.0), FORWARD), t.send(scored(5.9), FORWARD)
    mail = t.outside.one(below)
    check_equal(mail.raw("Subject"), [b"minutes of Tuesday"], "at 5.9: forwarded without a tag")
    check_equal(mail.get("X-Spam-Flag"), "YES", "at 5.9")
    t.nothing_outside(at)


@test()
def mailbox_copy_arrives_while_the_forward_is_dropped(t):
    t.start()
    track = t.send(scored(18.2), BOTH)
    mail = t.boxes.one(track)
    check_equal(mail.users(), ["both"], "recipients")
    check_equal(mail.raw("Subject"), [b"[SPAM] minutes of Tuesday"], "Subject")
    t.nothing_outside(track)
    check_equal(len(t.boxes.all(track)), 1, "copies in the mailbox")


@test()
def mailbox_and_forward_both_get_ham(t):
    t.start()
    track = t.send(HAM, BOTH)
    check_equal(t.boxes.one(track).users(), ["both"], "mailbox")
    check_equal(t.outside.one(track).rcpts, ["both@aol.example"], "outside")
    t.settle()
    check_equal(len(t.boxes.all(track)) + len(t.outside.all(track)), 2, "copies")


@test()
def one_destination_may_keep_what_another_drops(t):
    t.start(sections="[destination gmail.example]\nkeep\n")
    track = t.send(scored(18.2), TWO)
    mail = t.outside.one(track)
    check_equal(mail.rcpts, ["b@gmail.example"], "who got it")
    check_equal(mail.raw("Subject"), [b"minutes of Tuesday"], "Subject")
    t.settle()
    check_equal(len(t.outside.all(track)), 1, "copies outside")


@test()
def a_dry_run_marks_and_forwards(t):
    """One destination is observed, the other drops: each by its own policy, in one message."""
    t.start(sections="[destination gmail.example]\nobserve\n")
    track = t.send(scored(18.2), TWO, headers=b"X-Spam-Would-Discard: forged\r\n")
    mail = t.outside.one(track)
    check_equal(mail.rcpts, ["b@gmail.example"], "who got it")
    value, = mail.raw("X-Spam-Would-Discard")
    check(value.startswith(b"Yes, score=18.2 threshold=6.0"), "%r" % value)
    ham = t.outside.one(t.send(HAM, "observed@hosted.example"))
    check_equal(ham.raw("X-Spam-Would-Discard"), [], "on ham")
    t.settle()
    check_equal(len(t.outside.all(track)), 1, "copies outside")
    check(any("observed=b@gmail.example" in line for line in t.filter.log_lines()), "the log")
    wait_for("the record", lambda: (TWO, "b@gmail.example") in t.filter.observed())


@test()
def all_mailboxes_get_spam_when_several_are_addressed(t):
    t.start()
    track = t.send(scored(18.2), [BOX, BOTH, FORWARD])
    t.settle()
    got = sorted(u for m in t.boxes.all(track) for u in m.users())
    check_equal(got, ["both", "box"], "mailboxes")
    t.nothing_outside(track)


@test()
def forged_seal_does_not_help(t):
    """A sender who writes headers of ours cannot talk the hop out of its score."""
    t.start()
    ham = t.send(HAM, FORWARD)
    t.outside.one(ham)
    names = {line.partition(b":")[0] for line in t.outside.one(ham).header_block().split(b"\r\n")}
    forged = b"".join(n + b": 0.0\r\n" for n in sorted(names) if n.startswith(b"X-Spam"))
    forged += b"X-Assay-Seal: v=1; score=-10000; auth=yes\r\n"
    t.nothing_outside(t.send(scored(18.2), FORWARD, headers=forged))


@test(needs=["auth"])
def authenticated_mail_leaves(t):
    """It is not forwarded mail, so it is never dropped, whatever it scores."""
    t.start()
    track = t.send(scored(18.2), "friend@aol.example", sender="customer@hosted.example", auth=True)
    mail = t.outside.one(track)
    check_equal(mail.rcpts, ["friend@aol.example"], "recipients")
    only_public_headers(mail)


@test()
def bounce_of_our_own_leaves(t):
    """The mailbox refuses at delivery: the sender gets the MTA's DSN, through the hop."""
    t.start()
    track = t.send(HAM, "full@hosted.example")
    dsn = t.outside.wait_where("DSN", lambda m: m.sender == "" and track.encode() in m.data)
    check_equal(dsn.rcpts, ["alice@sender.example"], "recipients")
    check_equal(dsn.parsed().get_content_type(), "multipart/report", "type")
    only_public_headers(dsn)


@test()
def bounce_of_our_own_about_spam_leaves(t):
    """It quotes the spam, but is no forwarded mail."""
    t.start()
    track = t.send(scored(18.2), "full@hosted.example")
    dsn = t.outside.wait_where("DSN", lambda m: m.sender == "" and track.encode() in m.data)
    check_equal(dsn.rcpts, ["alice@sender.example"], "recipients")


@test()
def foreign_bounce_is_forwarded(t):
    """MAIL FROM:<> from outside to a forwarded address is forwarded mail like any other."""
    t.start()
    ham, spam = t.send(HAM, FORWARD, sender=""), t.send(scored(18.2), FORWARD, sender="")
    check_equal(t.outside.one(ham).sender, "", "sender")
    t.nothing_outside(spam)


@test()
def the_largest_that_is_accepted_passes_the_hop(t):
    """It must not bounce there because of the headers that were added at the front."""
    t.start({"max_message_size": "262144"})
    line = b"x" * 98 + b"\r\n"
    fits, too_large, track = t.mta.size_limit * 9 // 10, t.mta.size_limit + 1000, None
    while too_large - fits > 300:
        size = (fits + too_large) // 2
        try:
            track = t.send(line * (size // 100) + b"x" * (size % 100) + b"\r\n", FORWARD)
            fits = size
        except smtplib.SMTPResponseException as refused:
            check_equal(refused.smtp_code, 552, "reply")
            too_large = size
    check(track, "nothing was accepted")
    check_equal(t.outside.one(track).rcpts, ["fwd@aol.example"], "recipients")


@test(hop=False)
def recipients_of_alias_domains_have_settings(t):
    """Postfix says of them, before they are expanded, that their mailer is `error`."""
    t.start(sections="[recipient catchall.example]\nrequired_score 10\n")
    track = t.send(scored(5.9), "someone@catchall.example")
    check_equal(t.outside.one(track).raw("Subject"), [b"minutes of Tuesday"], "Subject")
    check(any("nrcpt=1" in line for line in t.filter.log_lines()), "the recipient is counted")


@test(hop=False)
def map_mode_drops_a_forward(t):
    """Without the hop, the forward maps tell the front door which recipients are forwards."""
    t.start({"forward_map": t.mta.forward_map})
    t.nothing_outside(t.send(scored(18.2), FORWARD))


@test(hop=False)
def map_mode_forwards_ham(t):
    t.start({"forward_map": t.mta.forward_map})
    check_equal(t.outside.one(t.send(HAM, FORWARD)).rcpts, ["fwd@aol.example"], "recipients")


@test(hop=False)
def map_mode_drops_one_recipient_of_two(t):
    t.start({"forward_map": t.mta.forward_map})
    track = t.send(scored(18.2), [BOX, FORWARD])
    mail = t.boxes.one(track)
    check_equal(mail.users(), ["box"], "recipients")
    check_equal(mail.raw("Subject"), [b"[SPAM] minutes of Tuesday"], "Subject")
    t.nothing_outside(track)


@test(hop=False)
def map_mode_delivers_where_a_mailbox_is_behind(t):
    """The front door can't tell the two copies apart: the mailbox comes first."""
    t.start({"forward_map": t.mta.forward_map, "seal_key_file": None})
    track = t.send(scored(18.2), BOTH)
    check_equal(t.boxes.one(track).raw("Subject"), [b"[SPAM] minutes of Tuesday"], "Subject")
    check(any("hint=" in line for line in t.filter.log_lines()), "the log has a hint")
