# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of messages: headers, Subject, drops, records, the log."""
import re
import sqlite3

import client
from client import Connection
from daemon import Daemon

DETAILS = "X-Spam-Technical-Details"
HEADERS = [("From", " Ann <ann@example.com>"), ("To", " joe@example.net"),
           ("Subject", " Hello"), ("Date", " Sun, 22 Nov 2026 10:00:00 +0000"),
           ("Message-ID", " <one@example.com>")]
TAG = "please tag me\r\n"
DROP = "please drop me\r\n"


def ask(assayd, body="Hello Joe,\r\n\r\nsee you.\r\n", headers=HEADERS, queue_id="QID1", **envelope):
    """One message through a connection of its own: the answer, and the fields afterwards."""
    with Connection(assayd.socket) as mta:
        mta.negotiate()
        mta.envelope(queue_id=queue_id, **envelope)
        answer = mta.message(headers, body, queue_id=queue_id)
        mta.quit()
    return answer, answer.apply(headers)


def values(fields, name):
    return [v for n, v in fields if n.lower() == name.lower()]


def unfold(value):
    return " ".join(value.split())


def equal(actual, expected):
    assert actual == expected, "%r is not %r" % (actual, expected)


def test_clean_mail():
    with Daemon() as daemon:
        answer, fields = ask(daemon)
        equal(answer.verdict, "c")
        equal(values(fields, "Subject"), [" Hello"])
        equal(len(values(fields, DETAILS)), 1)
        text = unfold(values(fields, DETAILS)[0])
        assert "[Test Filter] - Support information:" in text, text
        assert "This message was scanned by: filter.example.net and received a score of: 0.0" \
            in text, text
        assert "flag a message as spam if the score is greater than 5." in text, text
        assert re.search(r"please visit https://support.example.net/[0-9a-z]{16}$", text), text
        equal(len(values(fields, "X-Spam-Status")), 1)
        for name, value in answer.added + [insertion[1:] for insertion in answer.inserted]:
            assert value.startswith(" "), (name, value)
            if name != "X-Assay-Seal":
                assert all(len(line) < 78 for line in (name + ":" + value).split("\n")), value


def test_mail_alone_warns_of_nothing():
    """Whatever a message is, it is one line that only tells."""
    odd = [("Subject", " a\xe9\n\tb"), ("X-Spam-Flag", " NO"), ("Received", ""), ("Date", " nonsense"),
           ("Content-Type", " multipart/mixed; boundary=x"), ("X-Assay-Seal", " forged")]
    with Daemon() as daemon:
        begun = len(daemon.log())
        ask(daemon, queue_id="QHAM")
        ask(daemon, TAG, queue_id="QTAG")
        ask(daemon, DROP, queue_id="QDROP", recipients=("<away@example.net>",))
        ask(daemon, "\0\x80\r" + "x" * 70000, HEADERS + odd, queue_id="QODD")
        ask(daemon, "", [], queue_id="QNONE", recipients=("<nobody>", "<both@example.net>"))
        daemon.wait_for_log("QNONE: client")
        lines = daemon.log()[begun:].splitlines()
        for name in ("QHAM", "QTAG", "QDROP", "QODD", "QNONE"):
            equal(len([line for line in lines if name + ": client=" in line]), 1)
        wrong = [line for line in lines if ": warning: " in line or ": error: " in line]
        equal(wrong, [])


def test_tag():
    with Daemon() as daemon:
        answer, fields = ask(daemon, TAG)
        equal(answer.verdict, "c")
        equal(values(fields, "Subject"), [" [SPAM] Hello"])
        equal([unfold(v) for v in values(fields, "X-Spam-Flag")], ["YES"])
        equal(answer.deleted, [])


def test_welcome_score():
    with Daemon() as daemon:
        _, fields = ask(daemon, "a welcome sender\r\n")
        assert "received a score of: -95.9" in unfold(values(fields, DETAILS)[0])
        assert "-95.939" in daemon.log() or "-95.94" in daemon.log()


def test_subject_missing_and_double():
    with Daemon() as daemon:
        without = [(n, v) for n, v in HEADERS if n != "Subject"]
        _, fields = ask(daemon, TAG, without)
        equal([unfold(v) for v in values(fields, "Subject")], ["[SPAM]"])
        _, fields = ask(daemon, TAG, HEADERS + [("Subject", " second")])
        equal(values(fields, "Subject"), [" [SPAM] Hello", " [SPAM] second"])
        _, fields = ask(daemon, TAG, [("subject", " [SPAM] first")] + HEADERS + [("SUBJECT", " z")])
        equal(values(fields, "Subject"), [" [SPAM] first", " [SPAM] Hello", " [SPAM] z"])
        folded = without + [("Subject", " =?utf-8?Q?a?=\n =?utf-8?Q?b?=")]
        _, fields = ask(daemon, TAG, folded)
        equal(values(fields, "Subject"), [" [SPAM] =?utf-8?Q?a?=\n =?utf-8?Q?b?="])
        _, fields = ask(daemon, TAG, without + [("Subject", " [SPAM] Hello")])
        equal(values(fields, "Subject"), [" [SPAM] Hello"])


def test_forged_fields_go():
    with Daemon() as daemon:
        forged = [("X-Spam-Flag", " NO"), ("X-Spam-Status", " No, score=-100"), (DETAILS, " fine"),
                  ("x-spam-flag", " NO"), ("X-Assay-Seal", " v=1; forged"),
                  ("Authentication-Results", " filter.example.net; spf=pass")]
        _, fields = ask(daemon, TAG, forged[:3] + HEADERS + forged[3:])
        equal([unfold(v) for v in values(fields, "X-Spam-Flag")], ["YES"])
        equal(len(values(fields, DETAILS)), 1)
        assert " fine" not in values(fields, DETAILS)
        equal(len(values(fields, "X-Assay-Seal")), 1)
        assert "forged" not in values(fields, "X-Assay-Seal")[0]
        equal(values(fields, "Authentication-Results"), [])


def test_forgeries_behind_all_limits():
    """Rules see 1,000 fields and 256 KiB of header, and max_message_size; what is removed and
    tagged is in all of it."""
    padding = [("X-Padding", " " + "x" * 500)] * 1200
    forged = [("X-Spam-Flag", " forged"), ("Subject", " last"), ("X-Spam-Status", " forged"),
              ("X-Assay-Seal", " forged"), ("x-SPAM-flag", " forged"),
              ("Authentication-Results", ' (c) "filter\\.example.net"; forged'),
              ("Authentication-Results", " other.example; spf=pass")]
    for size in ("10M", "64K"):
        with Daemon("required_score -1\nmax_message_size %s\n" % size) as daemon:
            _, fields = ask(daemon, headers=HEADERS + padding + forged)
            equal([v for n, v in fields if "forged" in v], [])
            equal(values(fields, "Authentication-Results"), [" other.example; spf=pass"])
            equal(values(fields, "Subject"), [" [SPAM] Hello", " [SPAM] last"])
            equal(len(values(fields, "X-Padding")), 1200)


def test_ten_thousand_forgeries():
    with Daemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate()
        mta.envelope()
        headers = HEADERS + [("X-Spam-Flag", " NO"), ("x-spam-FLAG", " forged")] * 5000
        answer = mta.message(headers, TAG)
        deleted = [index for name, index, value in answer.changed
                   if name.lower() == "x-spam-flag" and value == ""]
        equal(deleted, list(range(10000, 0, -1)))
        equal([n for _, n, _ in answer.inserted].count("X-Spam-Flag"), 1)


def test_no_line_gets_too_long():
    with Daemon() as daemon:
        without = [(n, v) for n, v in HEADERS if n != "Subject"]
        for subject in ("x" * 989, "\u4f1a\u8b70" * 166, "\u4f1a" * 1500, "word " * 500):
            _, fields = ask(daemon, TAG, without + [("Subject", " " + subject)])
            value, = values(fields, "Subject")
            assert value.startswith(" [SPAM]"), value
            for line in ("Subject:" + value).encode().split(b"\n"):
                assert len(line) <= 998, len(line)
                line.decode()
            equal(value.replace("\n", "").replace(" ", ""), "[SPAM]" + subject.replace(" ", ""))


def test_the_mtas_name_is_ours():
    """Where assay.conf has no hostname, it is the macro j."""
    with Daemon(hostname=None) as daemon:
        forged = [("Authentication-Results", " mail.example.net; spf=pass"),
                  ("Authentication-Results", " filter.example.net; spf=pass"),
                  ("Received-SPF", " pass receiver=mail.example.net; identity=mailfrom")]
        _, fields = ask(daemon, TAG, HEADERS + forged)
        equal(values(fields, "Authentication-Results"), [" filter.example.net; spf=pass"])
        equal(values(fields, "Received-SPF"), [])
        assert "scanned by: mail.example.net and" in unfold(values(fields, DETAILS)[0])


def test_leading_space_unknown_to_mta():
    """An MTA from before SMFIP_HDR_LEADSPC puts the space there itself."""
    with Daemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate(steps=client.ALL_STEPS & ~client.LEADING_SPACE)
        mta.envelope()
        answer = mta.message(HEADERS, TAG)
        equal(answer.changed[-1], ("Subject", 1, "[SPAM] Hello"))
        assert all(not value.startswith(" ") for _, _, value in answer.inserted)


def test_hop_discards_after_recording():
    with Daemon() as daemon:
        answer, _ = ask(daemon, DROP, daemon="FORWARD", queue_id="HOP1",
                        recipients=("<x@far.example>",))
        equal(answer.verdict, "d")
        equal(answer.inserted + answer.added + answer.changed, [])
        equal(daemon.records("SELECT kind, recipient, score FROM records"),
              [(0, "x@far.example", 18201)])
        assert "action=discard" in daemon.log()


def test_hop_drops_at_exactly_six():
    with Daemon() as daemon:
        answer, _ = ask(daemon, "exactly six\r\n", daemon="FORWARD",
                        recipients=("<x@far.example>",))
        equal(answer.verdict, "d")
        answer, _ = ask(daemon, TAG, daemon="FORWARD", recipients=("<x@far.example>",))
        equal(answer.verdict, "c")


def test_front_never_drops_mailboxes():
    with Daemon() as daemon:
        answer, fields = ask(daemon, DROP)
        equal(answer.verdict, "c")
        equal(values(fields, "Subject"), [" [SPAM] Hello"])


def test_front_drops_forwards_by_map():
    with Daemon() as daemon:
        both = ("<joe@example.net>", "<away@example.net>", "<both@example.net>")
        answer, _ = ask(daemon, DROP, recipients=both)
        equal(answer.verdict, "c")
        equal(answer.deleted, ["<away@example.net>"])
        equal(daemon.records("SELECT recipient, destination FROM records WHERE kind = 0"),
              [("away@example.net", "away@elsewhere.example")])
        answer, _ = ask(daemon, DROP, recipients=("<away@example.net>",), queue_id="QID2")
        equal(answer.verdict, "d")


def test_no_drop_without_record():
    """Somebody else holds the database: the mail is delivered, and says why."""
    with Daemon(start=False) as daemon:
        daemon.commit_timeout = "1s"
        daemon.configure()
        daemon.start()
        with sqlite3.connect(daemon.path("records.db"), isolation_level=None) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            answer, fields = ask(daemon, DROP, daemon="FORWARD", recipients=("<x@far.example>",))
            lock.execute("ROLLBACK")
        equal(answer.verdict, "c")
        assert "could not be recorded" in unfold(values(fields, DETAILS)[0]), fields
        assert "not dropped" in daemon.log()
        equal(daemon.records("SELECT count(*) FROM records WHERE kind = 0"), [(0,)])


def test_authenticated_client_is_not_tagged():
    with Daemon() as daemon:
        _, fields = ask(daemon, TAG, auth_authen="joe", auth_type="PLAIN")
        equal(values(fields, "Subject"), [" Hello"])
        equal(len(values(fields, DETAILS)), 1)


def test_login_without_a_name():
    """By certificate, say: {auth_type} is all that tells of it, and a name without a type as well."""
    with Daemon() as daemon:
        for macros in ({"auth_type": "EXTERNAL"}, {"auth_authen": "joe"}):
            _, fields = ask(daemon, TAG, **macros)
            equal(values(fields, "Subject"), [" Hello"])
            answer, _ = ask(daemon, DROP, recipients=("<away@example.net>",), **macros)
            equal(answer.verdict, "c")
        answer, _ = ask(daemon, DROP, recipients=("<away@example.net>",), auth_type="", auth_authen="")
        equal(answer.verdict, "d")


def test_tls():
    """The client greets once more over TLS; the connection's next session is in the clear, without any HELO."""
    with Daemon(start=False) as daemon:
        daemon.write("rules.cf", "header OVER_TLS Received =~ / with ESMTPS id /\nscore OVER_TLS 5.5\n")
        daemon.start()
        with Connection(daemon.socket) as mta:
            mta.negotiate()
            mta.greeted = True
            for greetings, subject in ((("clear",), " Hello"), (("clear", "tls"), " [SPAM] Hello"),
                                       ((), " Hello")):
                mta.connect()
                for greeting in greetings:
                    mta.macros("H", **({"tls_version": "TLSv1.3"} if greeting == "tls" else {}))
                    mta.helo()
                mta.envelope()
                equal(values(mta.message(HEADERS, "Hello\r\n").apply(HEADERS), "Subject"), [subject])
                mta.next_session()


def through_the_front(daemon, body, recipients=("<joe@example.net>",), **envelope):
    """The header as it comes to the hop: what the front made of it, above the MTA's Received."""
    _, fields = ask(daemon, body, recipients=recipients, queue_id="FRONT", **envelope)
    received = (" from helo.example.com (mx.example.com [192.0.2.7])\n\tby mail.example.net (Postfix)"
                " with ESMTP id FRONT;\n\tSun, 22 Nov 2026 10:00:00 +0000")
    at = next(i for i, (name, _) in enumerate(fields) if name == "From")
    return fields[:at] + [("Received", received)] + fields[at:]


def on_the_hop(daemon, body, headers, recipients=("<x@far.example>",)):
    daemon.mark_log()
    answer, fields = ask(daemon, body, headers, queue_id="HOP", daemon="FORWARD",
                         recipients=recipients)
    assert answer.verdict == "d" or not values(fields, "X-Assay-Seal"), fields
    return answer.verdict, daemon.new_log()


def test_seal_and_its_message():
    """The front's word is taken for the message that it was about."""
    clean = "Hello Joe\r\n"
    with Daemon() as daemon:
        headers = through_the_front(daemon, clean)
        verdict, log = on_the_hop(daemon, clean, headers)
        equal(verdict, "c")
        assert "sealed=yes" in log, log
        verdict, log = on_the_hop(daemon, DROP, headers)
        equal(verdict, "d")
        assert "sealed=other-text" in log, log
        equal(daemon.records("SELECT recipient, destination FROM records WHERE kind = 0"),
              [("x@far.example", "x@far.example")])
        changed = [(n, " Cheap pills" if n == "Subject" else v) for n, v in headers]
        _, log = on_the_hop(daemon, clean, changed)
        assert "sealed=other-text" in log, log
        _, log = on_the_hop(daemon, clean, headers, ("<y@far.example>", "<joe@example.net>"))
        assert "sealed=yes" in log, log


def test_seal_of_a_large_message():
    """The front keeps the start, and the hop has to have all of it the same."""
    body = "Hello Joe\r\n" * 20000
    with Daemon(more="max_message_size 100K") as daemon:
        headers = through_the_front(daemon, body)
        _, log = on_the_hop(daemon, body, headers)
        assert "sealed=yes" in log, log
        verdict, log = on_the_hop(daemon, body + DROP, headers)
        assert "sealed=other-text" in log, log


def test_seal_names_nobody():
    with Daemon() as daemon:
        headers = through_the_front(daemon, "x\r\n", ("<joe@example.net>", "<secret@example.net>"))
        seal, = values(headers, "X-Assay-Seal")
        for word in ("joe", "secret", "example"):
            assert word not in seal, seal


def test_oversized():
    with Daemon(more="max_message_size 100K") as daemon:
        body = "please tag me\r\n" + "x" * 70 + "\r\n"
        answer, fields = ask(daemon, body * 5000)
        equal(answer.verdict, "c")
        text = unfold(values(fields, DETAILS)[0])
        assert re.search(r"first|only|size|limit", text), text
        line = [x for x in daemon.log().split("\n") if "QID1:" in x][0]
        assert "limits=" in line, line
        size = int(re.search(r"size=(\d+)", line).group(1))
        assert size > 400000, line
        # What was seen is enough; and what was not is no excuse.
        answer, _ = ask(daemon, DROP * 10000, daemon="FORWARD", recipients=("<x@far.example>",))
        equal(answer.verdict, "d")


def test_log_line():
    with Daemon() as daemon:
        ask(daemon, TAG, queue_id="4ABCDEF", recipients=("<joe@example.net>", "<ann@example.net>"))
        line = [x for x in daemon.log().split("\n") if "4ABCDEF:" in x]
        equal(len(line), 1)
        assert re.search(
            r"4ABCDEF: client=mx\.example\.com\[192\.0\.2\.7\], from=<sender@example\.com>, "
            r"nrcpt=2, size=\d+, score=5\.501, required=5, action=tag, "
            r"tests=TEST_TAG=5\.5,TEST_HELO=0\.001, time=\d+ms, id=[0-9a-z]{16}", line[0]), line


def test_senders_forge_no_log_lines():
    with Daemon() as daemon:
        ask(daemon, sender="<a\nassayd: QID9: client=x@example.com>")
        lines = [x for x in daemon.log().split("\n") if x.startswith("assayd: QID9")]
        equal(lines, [])


def test_records_of_delivery_and_rejection():
    with Daemon() as daemon:
        with Connection(daemon.socket) as mta:
            mta.negotiate()
            mta.envelope()
            mta.macros("R", rcpt_mailer="error", rcpt_host="5.1.1", rcpt_addr="no such user")
            mta.rcpt("<nobody@example.net>")
            mta.macros("R", i="QID1", rcpt_mailer="local")
            mta.rcpt("<ann@example.net>")
            mta.message(HEADERS, "Hello\r\n")
            mta.abort()
            mta.mail()
            mta.macros("R", rcpt_mailer="error")
            mta.rcpt("<none@example.net>")
            mta.abort()
            # An abort has no answer: that to the next message tells that it was read.
            mta.envelope(sender="<last@example.com>")
            mta.message(HEADERS, "Hello\r\n")
            mta.quit()
        daemon.stop()
        equal(sorted(daemon.records("SELECT kind, recipient FROM records "
                                    "WHERE sender NOT LIKE 'last%'")),
              [(2, "ann@example.net"), (2, "joe@example.net")])
        equal(daemon.records("SELECT kind, domain, count FROM counts"), [(4, "example.net", 2)])
        assert "nrcpt=2" in daemon.log()


def test_queue_id_known_late():
    """Postfix has none at MAIL and the first RCPT."""
    with Daemon() as daemon:
        ask(daemon, queue_id="LATE1")
        assert "LATE1: client=" in daemon.log()


def test_hop_records_front_queue_id():
    """The MTA may try the hop again under another id: the front's tells that it is the same."""
    received = [("Received", " from mx.example.com (mx.example.com [192.0.2.7])\n\tby "
                 "mail.example.net (Postfix) with ESMTP id FRONT9\n\tfor <joe@example.net>; "
                 "Sun, 22 Nov 2026 10:00:00 +0000")]
    with Daemon() as daemon:
        for queue_id in ("HOP1", "HOP2"):
            answer, _ = ask(daemon, DROP, received + HEADERS, queue_id=queue_id, daemon="FORWARD",
                            recipients=("<x@far.example>",))
            equal(answer.verdict, "d")
        equal(daemon.records("SELECT queue_id FROM records WHERE kind = 0"), [("FRONT9",)])
