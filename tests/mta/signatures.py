# SPDX-License-Identifier: GPL-3.0-or-later
"""What the receiver of forwarded mail finds of its sender's DKIM signature."""

import os
import subprocess
import tempfile

from harness import mail
from harness.env import check, check_equal
from harness.mail import scored
from harness.suite import test

BOTH, FORWARD, TWO = "both@hosted.example", "fwd@hosted.example", "multi@hosted.example"
SIGNED = [b"from", b"to", b"subject", b"date", b"message-id"]
SUBJECTS = [b"Subject: minutes of Tuesday\r\n", b"Subject:tight\r\n", b"subject: \t wide  \t\r\n",
            b"Subject: folded\r\n\tin  three\r\n  lines\r\n", b"Subject:\r\n",
            b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n", b""]
_key = {}


def key():
    """A key, and its record as dkimpy asks for it."""
    if not _key:
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "key")
            subprocess.run(["openssl", "genrsa", "-traditional", "-out", path, "2048"], check=True,
                           stderr=subprocess.DEVNULL)
            public = subprocess.run(["openssl", "rsa", "-in", path, "-pubout"], check=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            with open(path, "rb") as file:
                _key["private"] = file.read()
        _key["record"] = b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])
    return _key


def send_signed(t, points, rcpts, subject, canon):
    import dkim
    track = mail.new_track()
    data = mail.build(scored(points), track, subject)
    signature = dkim.sign(data, b"s", b"sender.example", key()["private"], include_headers=SIGNED,
                          canonicalize=(canon, canon))
    mail.submit(t.mta, signature + data, [rcpts])
    return track


def verifies(message):
    import dkim
    return dkim.verify(message.data, dnsfunc=lambda name, timeout=5: key()["record"])


@test(needs=["dkim"])
def a_signed_subject_is_still_signed_where_it_is_forwarded_to(t):
    t.start()
    for canon in (b"simple", b"relaxed"):
        for subject in SUBJECTS:
            if canon == b"simple" and subject == b"Subject:\r\n":
                continue  # No filter can make a field without a space that has nothing behind it.
            track = send_signed(t, 5.9, FORWARD, subject, canon)
            message = t.outside.one(track)
            check("YES" in message.get("X-Spam-Flag"), "it is spam")
            check(verifies(message), "%r, %r: %r" % (canon, subject, message.raw("Subject")))
            check(b"[SPAM]" not in message.header_block(), "no tag")


@test(needs=["dkim"])
def the_mailbox_has_the_tag_and_the_forward_the_signature(t):
    t.start()
    track = send_signed(t, 5.9, BOTH, SUBJECTS[0], b"relaxed")
    check_equal(t.boxes.one(track).raw("Subject"), [b"[SPAM] minutes of Tuesday"], "in the mailbox")
    message = t.outside.one(track)
    check_equal(message.raw("Subject"), [b"minutes of Tuesday"], "outside")
    check(verifies(message), "outside")


@test(needs=["dkim"])
def forwarded_subject_yes_leaves_the_tag(t):
    t.start({"forwarded_subject": "yes"})
    message = t.outside.one(send_signed(t, 5.9, FORWARD, SUBJECTS[0], b"relaxed"))
    check_equal(message.raw("Subject"), [b"[SPAM] minutes of Tuesday"], "Subject")
    check(not verifies(message), "the tag breaks it")
    check(any("forwarded_subject" in line for line in t.filter.log_lines()), "the log warns")


@test(hop=False, needs=["dkim"])
def without_the_hop_pure_forwards_are_not_tagged(t):
    t.start({"forward_map": t.mta.forward_map, "seal_key_file": None}, hop=False)
    check(verifies(t.outside.one(send_signed(t, 5.9, FORWARD, SUBJECTS[0], b"simple"))), "forward")
    track = send_signed(t, 5.9, BOTH, SUBJECTS[0], b"simple")
    check_equal(t.boxes.one(track).raw("Subject"), [b"[SPAM] minutes of Tuesday"], "a mailbox, too")
