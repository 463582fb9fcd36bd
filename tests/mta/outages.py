# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter is down: mail waits on the hop and passes at the front door."""

from harness.env import check, check_equal, wait_for
from harness.mail import HAM, scored
from harness.suite import test

BOX, BOTH, FORWARD = "box@hosted.example", "both@hosted.example", "fwd@hosted.example"


@test(hop=False)
def filter_down_mail_is_delivered(t):
    for body in (HAM, scored(18.2)):
        mail = t.boxes.one(t.send(body, BOX))
        check_equal(mail.raw("Subject"), [b"minutes of Tuesday"], "Subject")
        check_equal(mail.raw("X-Spam-Score"), [], "X-Spam-Score")


@test()
def filter_down_forwards_wait(t):
    """The mailbox copy is there at once; the forward stays queued, and goes out later."""
    track = t.send(HAM, BOTH)
    t.boxes.one(track)
    wait_for("the forward to be deferred", lambda: t.mta.deferred() == 1)
    check(not t.outside.all(track), "it left without having been looked at")
    t.start()
    t.settle_flushing()
    check_equal(t.outside.one(track).rcpts, ["both@aol.example"], "outside")
    check_equal(len(t.boxes.all(track)), 1, "copies in the mailbox")


@test(needs=["stranger"])
def filter_down_spam_is_dropped_later(t):
    """It passed the front door unseen, so the hop has to look at it itself."""
    track = t.send(scored(18.2), BOTH)
    t.boxes.one(track)
    wait_for("the forward to be deferred", lambda: t.mta.deferred() == 1)
    t.start()
    t.settle_flushing()
    t.nothing_outside(track)
    check_equal(len(t.boxes.all(track)), 1, "copies in the mailbox")


@test(needs=["stranger"])
def filter_down_replayed_seal_does_not_help(t):
    """A sender has a seal out of mail in his own mailbox here, and writes it with a Received field
    of ours into spam that passes the front door unseen. The hop believes neither."""
    t.start()
    sealed = t.boxes.one(t.send(HAM, BOX))
    t.filter.stop()
    copied = b"".join(b"%s: %s\r\n" % (name, value) for name in (b"X-Assay-Seal", b"Received")
                      for value in sealed.raw(name.decode()))
    check(b"Received" in copied, "there is a field to copy")
    if "strips" in t.mta.can:
        check(b"X-Assay-Seal" not in copied, "the seal stayed in the house")
        copied = b"X-Assay-Seal: v=2;" + b"QUFB" * 100 + b"\r\n" + copied
    check(b"X-Assay-Seal" in copied, "there is a seal to copy")
    track = t.send(scored(18.2), FORWARD, above=copied)
    wait_for("the forward to be deferred", lambda: t.mta.deferred() == 1)
    t.start()
    t.settle_flushing()
    t.nothing_outside(track)


@test(needs=["auth"])
def filter_down_authenticated_mail_leaves_later(t):
    """The hop sees in our own Received field that the client had logged in."""
    track = t.send(scored(18.2), "friend@aol.example", sender="customer@hosted.example", auth=True)
    wait_for("the message to be deferred", lambda: t.mta.deferred() == 1)
    t.start()
    t.settle_flushing()
    check_equal(t.outside.one(track).rcpts, ["friend@aol.example"], "recipients")


@test()
def nothing_bounces_while_the_filter_is_down(t):
    track = t.send(scored(18.2), FORWARD)
    wait_for("the forward to be deferred", lambda: t.mta.deferred() == 1)
    t.mta.flush()
    wait_for("the forward to be deferred again", lambda: t.mta.deferred() == 1)
    check_equal(t.outside.all(), [], "mail outside")
    check_equal(t.boxes.all(track), [], "mail in the mailboxes")
