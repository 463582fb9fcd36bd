# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages to send, and the sending of them. Every message carries a header
X-Track of its own, by which the sinks account for it."""

import itertools
import os
import re
import smtplib

from .auth import PASSWORD, USER
from .env import PATIENCE, STRANGER, STRANGER6, Network, check

SENDER = "alice@sender.example"

HAM = "The minutes of the meeting are attached, and the next one is on Tuesday."
POINTS = {
    3.0: "three points please",
    5.0: "five points please",
    5.9: "five point nine please",
    6.0: "six points please",
    18.2: "eighteen point two please",
    -95.9: "a welcome sender please",
}

_ids = itertools.count(1)


def new_track():
    return "t%d-%d" % (os.getpid(), next(_ids))


def scored(points):
    return "Hello,\r\n\r\nthis one asks for its score: %s.\r\n" % POINTS[points]


def build(body, track, subject=b"Subject: minutes of Tuesday\r\n", headers=b""):
    """A message as bytes with CRLF. `subject` is a whole field, or empty."""
    if isinstance(body, str):
        body = body.encode()
    return (b"From: Alice <alice@sender.example>\r\nTo: Bob <box@hosted.example>\r\n" + subject +
            b"Date: Mon, 02 Mar 2026 10:00:00 +0000\r\n"
            b"Message-ID: <" + track.encode() + b"@sender.example>\r\n"
            b"X-Track: " + track.encode() + b"\r\n"
            b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: 8bit\r\n" + headers + b"\r\n" + body +
            (b"" if body.endswith(b"\r\n") else b"\r\n"))


def from_corpus(data, track):
    """A message of a collection, as a client would send it."""
    data = re.sub(rb"\AFrom [^\n]*\n", b"", data.replace(b"\r\n", b"\n"))
    data = re.sub(rb"(?im)^X-Track:", b"X-Old-Track:", data.replace(b"\r", b"").replace(b"\0", b""))
    return b"X-Track: " + track.encode() + b"\r\n" + data.replace(b"\n", b"\r\n")


def connect(mta, ipv6=False):
    """A session in which we are a stranger, as far as the MTA can be made to believe it."""
    host, own = ("::1", Network.source6) if ipv6 else ("127.0.0.1", Network.source)
    smtp = smtplib.SMTP(host, mta.port, local_hostname="mail.sender.example", timeout=PATIENCE,
                        source_address=(own, 0))
    smtp.ehlo()
    if "xclient" in mta.can:
        code, text = smtp.docmd("XCLIENT", "NAME=mail.sender.example ADDR="
                                + ("IPV6:" + STRANGER6 if ipv6 else STRANGER))
        check(code == 220, "XCLIENT: %d %r" % (code, text))
        smtp.ehlo()
    return smtp


def submit(mta, data, rcpts, sender=SENDER, options=(), ipv6=False, auth=False, local=False):
    """One message in a session of its own; raises what smtplib raises unless all is accepted."""
    if local:
        mta.submit_locally(data, rcpts, sender)
        return
    with connect(mta, ipv6) as smtp:
        if auth:
            smtp.login(USER, PASSWORD, initial_response_ok=True)
        refused = smtp.sendmail(sender, rcpts, data, mail_options=options)
        if refused:
            raise smtplib.SMTPRecipientsRefused(refused)


def try_submit(mta, data, rcpt, **how):
    """The same with one recipient; returns the code with which it was refused, or None."""
    try:
        submit(mta, data, [rcpt], **how)
    except smtplib.SMTPRecipientsRefused as problem:
        return problem.recipients[rcpt][0]
    except smtplib.SMTPResponseException as problem:
        return problem.smtp_code
    return None
