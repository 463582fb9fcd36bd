# SPDX-License-Identifier: GPL-3.0-or-later
"""What the reader of a message sees."""

import hashlib

from harness.env import STRANGER6, check, check_equal
from harness.filter import SERVICE
from harness.mail import HAM, SENDER, build, connect, new_track, scored
from harness.suite import test

BOX = "box@hosted.example"


@test(hop=False)
def ham_is_delivered_untouched(t):
    t.start()
    mail = t.boxes.one(t.send(HAM, BOX))
    check_equal(mail.raw("Subject"), [b"minutes of Tuesday"], "Subject")
    check_equal(mail.body(), HAM.encode() + b"\r\n", "body")
    check_equal(mail.get("X-Spam-Flag") in (None, "NO"), True, "X-Spam-Flag of ham")


@test(hop=False)
def spam_gets_the_tag(t):
    t.start()
    mail = t.boxes.one(t.send(scored(18.2), BOX))
    check_equal(mail.raw("Subject"), [b"[SPAM] minutes of Tuesday"], "Subject")
    check_equal(mail.get("X-Spam-Flag"), "YES", "X-Spam-Flag")
    check_equal(mail.get("X-Spam-Score"), "18.2", "X-Spam-Score")
    check(mail.get("X-Spam-Status").startswith("Yes"), "X-Spam-Status")
    check_equal(mail.get("X-Spam-Level"), "*" * 18, "X-Spam-Level")


@test(hop=False)
def only_more_than_the_threshold_is_spam(t):
    t.start()
    at, above = t.send(scored(5.0), BOX), t.send(scored(5.9), BOX)
    check_equal(t.boxes.one(at).raw("Subject"), [b"minutes of Tuesday"], "at 5.0")
    check_equal(t.boxes.one(above).raw("Subject"), [b"[SPAM] minutes of Tuesday"], "at 5.9")


@test(hop=False)
def technical_details_in_full(t):
    t.start()
    mail = t.boxes.one(t.send(scored(-95.9), BOX))
    text = mail.get("X-Spam-Technical-Details")
    for part in ("[%s]" % SERVICE, " - Support information:",
                 "This message was scanned by: mx.hosted.example and received a score of: -95.9",
                 "This system will flag a message as spam if the score is greater than 5.",
                 "If you feel this was in error, please visit https://support.example/spam?id="):
        check(part in text, "%r is not in %r" % (part, text))
    check("%i" not in text, "the scan id is filled in: %r" % text)
    for line in mail.raw("X-Spam-Technical-Details")[0].split(b"\r\n"):
        check(len(line) <= 78 or b"https:" in line, "not folded: %r" % line)


@test(hop=False)
def long_service_name_stays_whole(t):
    """The field's first line is empty then."""
    name = "Mail of the Free City of the North"
    t.start({"service_name": name})
    mail = t.boxes.one(t.send(HAM, BOX))
    lines = mail.raw("X-Spam-Technical-Details")[0].split(b"\r\n")
    check_equal([line.strip() for line in lines[:2]],
                [b"", b"[%s] - Support information:" % name.encode()], "first lines")
    check_equal(mail.body(), HAM.encode() + b"\r\n", "body")
    check_equal(mail.raw("Subject"), [b"minutes of Tuesday"], "Subject")


@test(hop=False)
def forged_headers_are_removed(t):
    t.start()
    forged = (b"X-Spam-Flag: NO\r\nX-Spam-Status: No, score=-99\r\nx-spam-flag: NO\r\n"
              b"X-Spam-Technical-Details: forged one\r\nX-Spam-Score: -99\r\n"
              b"X-Spam-Technical-Details: forged two\r\n folded\r\nX-Spam-Level:\r\n"
              b"X-Spam-Checker-Version: forged\r\n")
    mail = t.boxes.one(t.send(scored(18.2), BOX, headers=forged))
    check(b"forged" not in mail.header_block(), "forged fields left:\n%r" % mail.header_block())
    check(b"-99" not in mail.header_block(), "forged scores left:\n%r" % mail.header_block())
    check_equal(mail.get("X-Spam-Flag"), "YES", "X-Spam-Flag")


@test(hop=False)
def no_subject_gets_one(t):
    t.start()
    spam, ham = t.send(scored(18.2), BOX, subject=b""), t.send(HAM, BOX, subject=b"")
    check_equal([s.strip() for s in t.boxes.one(spam).raw("Subject")], [b"[SPAM]"], "spam")
    check_equal(t.boxes.one(ham).raw("Subject"), [], "ham")


@test(hop=False)
def encoded_subject_kept_byte_for_byte(t):
    t.start()
    value = (b"=?utf-8?Q?=C3=9Cberweisung_f=C3=BCr_Sie?=\r\n"
             b" =?ISO-8859-1?B?R3L832U=?=\r\n\tand  two spaces")
    mail = t.boxes.one(t.send(scored(18.2), BOX, subject=b"Subject: " + value + b"\r\n"))
    check_equal(mail.raw("Subject"), [b"[SPAM] " + value], "Subject")


@test(hop=False)
def all_subjects_get_the_tag(t):
    t.start()
    mail = t.boxes.one(t.send(scored(18.2), BOX,
                              subject=b"Subject: the first\r\nsubject : [SPAM] the second\r\n",
                              headers=b"SUBJECT\t:the third\r\n"))
    check_equal([s.strip() for s in mail.raw("Subject")],
                [b"[SPAM] the first", b"[SPAM] the second", b"[SPAM] the third"], "Subject")


@test(hop=False)
def no_line_gets_too_long(t):
    """Neither is a character cut, where the tag makes the line too long or it was before."""
    t.start()
    for text in ("\u4f1a\u8b70" * 164, "x" * 989, "word " * 197 + "last"):
        mail = t.boxes.one(t.send(scored(18.2), BOX, subject=b"Subject: %s\r\n" % text.encode()))
        check_equal(max(map(len, mail.header_block().split(b"\r\n"))) <= 998, True, "lengths")
        value, = mail.raw("Subject")
        value = value.decode().replace("\r\n", "").strip()
        check_equal(value, "[SPAM] " + text, "Subject")


def padding(octets):
    """Fields that take so much together."""
    return b"".join(b"X-Padding: %s\r\n" % (b"x" * 180) for _ in range(octets // 194))


@test(hop=False)
def forgeries_in_every_form_and_place(t):
    """Sendmail refuses headers of more than 32 KiB."""
    t.start()
    size = 500000 if t.mta.name == "postfix" else 28000
    forged = (b"X-Spam-Flag : forged\r\nX-Spam-Flag: NO forged\r\nx-spam-FLAG\t:forged\r\n"
              b"X-Spam-Status:\r\n \r\n\tforged\r\nX-Spam-Level:forged\r\n"
              b"Authentication-Results: mx\\.hosted.example; forged\r\n"
              b"Authentication-Results: other.example; stays\r\n"
              b"authentication-results :(c)\"mx.hosted\\.example\" 1; forged\r\n"
              b"Authentication-Results: MX.hosted.example.; forged\r\n"
              b"Received-SPF: pass (forged) receiver=mx.hosted.example\r\n"
              b"X-Assay-Seal: forged\r\n")
    for headers in (forged + padding(size), padding(size) + forged):
        mail = t.boxes.one(t.send(scored(18.2), BOX, headers=headers + b"Subject: last\r\n"))
        check(b"forged" not in mail.header_block(), "forged fields left:\n%r" % mail.header_block())
        check_equal(mail.raw("Authentication-Results"), [b"other.example; stays"], "of others")
        check_equal(mail.raw("Subject"), [b"[SPAM] minutes of Tuesday", b"[SPAM] last"], "Subject")
        check_equal(len(mail.raw("X-Padding")), size // 194, "padding")


@test(hop=False)
def tagged_once_only(t):
    t.start()
    mail = t.boxes.one(t.send(scored(18.2), BOX, subject=b"Subject: [SPAM] again\r\n"))
    check_equal(mail.raw("Subject"), [b"[SPAM] again"], "Subject")


@test(hop=False)
def several_messages_in_one_session(t):
    """Nothing of one message shows in the next, nor of one that was abandoned."""
    t.start()
    points = [None, 18.2, None, 3.0, 5.9]
    sent = [new_track() for _ in points]
    with connect(t.mta) as smtp:
        for track, score in zip(sent, points):
            smtp.mail("nobody@sender.example")
            smtp.rcpt(BOX)
            smtp.rset()
            smtp.sendmail(SENDER, [BOX], build(scored(score) if score else HAM, track))
    for track, score in zip(sent, points):
        mail = t.boxes.one(track)
        check_equal(mail.get("X-Spam-Score"), "%.1f" % (score or 0), "X-Spam-Score")
        tagged = [b"[SPAM] minutes of Tuesday" if (score or 0) > 5 else b"minutes of Tuesday"]
        check_equal(mail.raw("Subject"), tagged, "Subject")


@test(hop=False)
def only_what_is_meant_for_the_reader(t):
    """Without a hop there is no seal."""
    t.start({"seal_key_file": None})
    mail = t.boxes.one(t.send(HAM, BOX))
    names = {line.partition(b":")[0].lower() for line in mail.header_block().split(b"\r\n")
             if line[:1] not in (b" ", b"\t", b"")}
    known = {b"return-path", b"delivered-to", b"received", b"from", b"to", b"subject", b"date",
             b"message-id", b"x-track", b"mime-version", b"content-type", b"x-original-to",
             b"content-transfer-encoding", b"authentication-results", b"received-spf"}
    left = {n for n in names - known if not n.startswith(b"x-spam-")}
    check(not left, "unexpected fields: %r" % left)


@test(hop=False)
def larger_than_the_limit_is_delivered_whole(t):
    t.start({"max_message_size": "262144"})
    body = b"".join(b"%07d just a line of no meaning at all, of eighty octets with its end.\r\n" % i
                    for i in range(16000))
    mail = t.boxes.one(t.send(body, BOX))
    check_equal(hashlib.sha256(mail.body()).digest(), hashlib.sha256(body).digest(), "body")
    check(mail.get("X-Spam-Technical-Details"), "has the header")
    check(mail.get("X-Spam-Status"), "has a status")


@test(hop=False, needs=["ipv6"])
def over_ipv6(t):
    t.start()
    mail = t.boxes.one(t.send(scored(18.2), BOX, ipv6=True))
    check_equal(mail.raw("Subject"), [b"[SPAM] minutes of Tuesday"], "Subject")
    client = STRANGER6 if "stranger" in t.mta.can else "::1"
    check(any("[%s]" % client in line for line in t.filter.log_lines()), "the client is logged")


@test(hop=False, needs=["smtputf8"])
def smtputf8(t):
    t.start()
    mail = t.boxes.one(t.send(scored(18.2), BOX, sender="jörg@sender.example",
                              subject="Subject: für Jörg\r\n".encode(), options=["SMTPUTF8"]))
    check_equal(mail.sender, "jörg@sender.example", "sender")
    check("SMTPUTF8" in mail.options, "still announced: %r" % mail.options)
    check_equal(mail.raw("Subject"), ["[SPAM] für Jörg".encode()], "Subject")


@test(hop=False, needs=["smtputf8"])
def utf8_in_the_header_costs_where_it_was_not_announced(t):
    t.start({"rules": t.filter.shipped_rules()})
    for options, expected in ((["SMTPUTF8"], False), ([], True)):
        mail = t.boxes.one(t.send(HAM, BOX, subject="Subject: Grüße aus Köln\r\n".encode(),
                                  options=options))
        status = mail.get("X-Spam-Status")
        check_equal("SUBJECT_RAW_8BIT" in status.replace(" ", ""), expected, status)
