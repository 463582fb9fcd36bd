# SPDX-License-Identifier: GPL-3.0-or-later
"""What the front tells the hop: believed of the message that it was written for, and read by nobody."""

from harness import mail
from harness.env import check, check_equal, wait_for
from harness.mail import HAM, scored
from harness.suite import test

BOX, BOTH = "box@hosted.example", "both@hosted.example"
FORWARD, TWO = "fwd@hosted.example", "multi@hosted.example"


def hop_lines(t):
    """The lines of the log about the hop."""
    return [line for line in t.filter.log_lines() if "sealed=" in line]


def passes_sealed(t, data, rcpts=FORWARD, **how):
    """Sends data as it is; says how the seal was on the hop."""
    track = mail.new_track()
    before = len(hop_lines(t))
    mail.submit(t.mta, b"X-Track: " + track.encode() + b"\r\n" + data,
                [rcpts] if isinstance(rcpts, str) else rcpts, **how)
    t.outside.one(track)
    lines = hop_lines(t)[before:]
    check_equal(len(lines), 1, "lines of the hop with a seal: %s" % t.filter.log_lines()[-4:])
    return lines[0].partition("sealed=")[2].partition(",")[0]


HEAD = b"From: Alice <alice@sender.example>\r\nTo: Bob <fwd@hosted.example>\r\nSubject: shapes\r\n" \
       b"Date: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <%s@sender.example>\r\n"
SHAPES = {
    "plain": b"\r\nHello\r\n",
    "empty": b"\r\n",
    "blank lines": b"\r\n\r\n\r\nHello\r\n \r\n\r\n\r\n",
    "white space at line ends": b"\r\nHello \t\r\n   Joe  \r\n\t\r\n",
    "dots": b"\r\n..\r\n.\r\n.Hello\r\n...\r\n",
    "From in front": b"\r\nFrom here on\r\n>From there\r\n",
    "8 bit": b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
             b"Content-Transfer-Encoding: 8bit\r\n\r\nGr\xfc\xdfe\r\n",
    "8 bit without a word of it": b"\r\nGr\xc3\xbc\xc3\x9fe\r\n\xff\xfe\r\n",
    "8 bit in the header": b"X-Note: Gr\xc3\xbc\xc3\x9fe\r\n\r\nHello\r\n",
    "a line of 990": b"\r\n" + b"x" * 990 + b"\r\n",
    "long lines": b"\r\n" + b"word " * 1000 + b"\r\n" + b"y" * 5000 + b"\r\n",
    "a long header": b"Reply-To: " + b",\r\n ".join(b"n%d@sender.example" % i for i in range(200)) +
                     b"\r\n\r\nHello\r\n",
    "much header": b"".join(b"X-Field-%d: %s\r\n" % (i, b"x" * 80) for i in range(335)) +
                   b"\r\nHello\r\n",
    "parts": b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n\tboundary=\"a b\"\r\n\r\n"
             b"--a b\r\nContent-Type: text/html\r\n\r\n<p>Hello\r\n--a b\r\n"
             b"Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n--a b--\r\n",
    "bare CR": b"\r\nHello\rJoe\r\r\n\rx\r\n",
    "NUL and controls": b"\r\nHello \0 \x01\x0b\x0c \x7f\r\n",
    "encoded words": b"Comments: x\r\nReply-To: =?utf-8?q?J=C3=B6rg?= <j@sender.example>\r\n\r\nHi\r\n",
}


REFUSED_BY_SENDMAIL = ("bare CR", "NUL and controls")


@test()
def seals_survive_what_mtas_do(t):
    """Whatever ordinary mail looks like, the hop believes what the front found."""
    t.start()
    got = {name: passes_sealed(t, HEAD % b"1" + rest) for name, rest in SHAPES.items()
           if t.mta.name == "postfix" or name not in REFUSED_BY_SENDMAIL}
    check_equal({name: how for name, how in got.items() if how != "yes"}, {}, "refused")


@test()
def seals_survive_missing_fields(t):
    """MTAs add some; and fold From and Subject anew."""
    t.start()
    check_equal(passes_sealed(t, b"\r\nHello\r\n"), "yes", "no fields")
    check_equal(passes_sealed(t, b"Subject: x\r\n\r\nHello\r\n"), "yes", "only a Subject")
    subject = b"Subject: " + b"one more word " * 60 + b"\r\n"
    for sender in (b"alice@sender.example (Alice)", b"\"A. B\" <a@Sender.example>, c@d.example",
                   b"  alice@sender.example  "):
        check_equal(passes_sealed(t, b"From: " + sender + b"\r\n\r\nHello\r\n"), "yes", sender)
    check_equal(passes_sealed(t, subject + b"From: a@sender.example\r\n\r\nHello\r\n"), "yes", "a long one")


@test()
def seals_survive_the_tag(t):
    t.start()
    check_equal(passes_sealed(t, HEAD % b"1" + b"\r\n" + scored(5.9).encode()), "yes", "tagged")
    check_equal(passes_sealed(t, b"From: a@sender.example\r\n\r\n" + scored(5.9).encode()), "yes",
                "without a Subject")


@test()
def seals_of_more_than_is_scanned(t):
    """All of the body counts, however little of it is kept."""
    t.start({"max_message_size": "65536"})
    body = b"\r\n" + b"".join(b"line %d of many\r\n" % i for i in range(60000))
    check_equal(passes_sealed(t, HEAD % b"1" + body), "yes", "a large message")


def all_headers(mails):
    return b"".join(m.header_block().lower() for m in mails)


@test()
def no_copy_names_another_recipient(t):
    """Neither in a mailbox nor outside: Bcc stays what it is."""
    t.start()
    track = t.send(HAM, [BOX, BOTH, FORWARD, TWO])
    t.outside.wait(track)
    t.settle()
    for copy in t.boxes.all(track) + t.outside.all(track):
        text = copy.header_block().lower()
        for name in (b"both@", b"fwd@", b"multi@", b"aol.example", b"gmail.example"):
            own = any(name in rcpt.lower().encode() for rcpt in copy.rcpts)
            check(own or name not in text, "%s is named to %s" % (name, copy.rcpts))
        check(copy in t.boxes.all(track) or b"x-assay-seal" not in text, "the seal left")


@test()
def the_seal_goes_nowhere_but_to_the_hop(t):
    """Not to the hosts for whom we are the MX, nor to mailboxes where the MTA can keep it from them."""
    t.start({"relayed_domains": "relayed.example"})
    track = t.send(HAM, [BOX, BOTH, FORWARD, "joe@relayed.example"])
    wait_for("all copies", lambda: {"joe@relayed.example", "fwd@aol.example", "both@aol.example"} <=
             {r for c in t.outside.all(track) for r in c.rcpts})
    t.settle()
    check(b"x-assay-seal" not in all_headers(t.outside.all(track)), "a copy left with the seal")
    boxes = t.boxes.all(track)
    check_equal(sorted(u for c in boxes for u in c.users()), ["both", "box"], "mailboxes")
    if "strips" in t.mta.can:
        check(b"x-assay-seal" not in all_headers(boxes), "a mailbox has the seal")


@test(needs=["strips"])
def reports_quote_no_seal(t):
    """The MTA's own report about what a mailbox refused, with the mail as it was at the front."""
    t.start()
    track = t.send(HAM, [BOX, "full@hosted.example", FORWARD])
    report = t.outside.wait_where("report", lambda m: m.sender == "" and track.encode() in m.data)
    check(b"\nX-Spam-" in report.data, "the mail is quoted")
    check(b"x-assay-seal" not in report.data.lower(), "with its seal")


@test()
def relayed_mail_is_never_dropped(t):
    """We are the MX of the domain, whatever its mail scores; its forwards are forwards."""
    t.start({"relayed_domains": "relayed.example"})
    track = t.send(scored(18.2), ["joe@relayed.example", FORWARD])
    copy = t.outside.one(track)
    check_equal(copy.rcpts, ["joe@relayed.example"], "recipients")
    t.settle()
    check_equal(len(t.outside.all(track)), 1, "copies outside")


@test()
def drops_of_several_are_on_the_right_reports(t):
    """Three customers in one message; the tables tell whose forward is whose where the MTA doesn't."""
    t.start({"forward_map": t.mta.forward_map})
    before = len(t.filter.discarded())
    track = t.send(scored(18.2), [BOX, BOTH, FORWARD, TWO, "x@catchall.example"])
    t.nothing_outside(track)
    check_equal(sorted(t.filter.discarded()[before:]),
                sorted([(BOTH, "both@aol.example"), (FORWARD, "fwd@aol.example"),
                        (TWO, "a@aol.example"), ("x@catchall.example", "x@aol.example")] +
                       others_of_two(t)), "records")


def others_of_two(t):
    """The hop sees each of two destinations, the front only one that stands for both."""
    front = [line for line in t.filter.log_lines() if "action=partial" in line]
    return [] if front else [(TWO, "b@gmail.example")]


@test()
def drops_of_several_without_tables(t):
    """Every drop is on its customer's report; Sendmail can't tell which of several aliases it was."""
    t.start()
    before = len(t.filter.discarded())
    track = t.send(scored(18.2), [BOTH, FORWARD, "x@catchall.example"])
    t.nothing_outside(track)
    got = set(t.filter.discarded()[before:])
    wanted = {(BOTH, "both@aol.example"), (FORWARD, "fwd@aol.example"),
              ("x@catchall.example", "x@aol.example")}
    check(wanted <= got, "records: %s" % sorted(got))
    if t.mta.name == "postfix":
        check_equal(got, wanted, "records")
    # What Sendmail resolves while the message comes in is known.
    check_equal({r for r, d in got if d == "x@aol.example"}, {"x@catchall.example"}, "of the catch-all")


@test()
def many_recipients_are_no_way_out(t):
    """More than fit into a seal by address: all are dropped, and on a report of the customer's."""
    t.start()
    for count in (300, 900 if t.mta.name == "postfix" else 2500):
        before = len(t.filter.discarded())
        names = ["user%d-with-a-long-name" % i for i in range(count)]
        track = t.send(scored(18.2), [BOX] + [name + "@catchall.example" for name in names])
        t.settle(120)
        left = [rcpt for copy in t.outside.all(track) for rcpt in copy.rcpts]
        check(len(left) <= (10 if count > 2000 else 0), "%d of %d left: %s" % (len(left), count, left[:5]))
        check_equal(t.boxes.one(track).users(), ["box"], "mailboxes")
        got = t.filter.discarded()[before:]
        check_equal(len({d for _, d in got}), count - len(left), "destinations on record")
        check(all(r in (d.replace("aol", "catchall"), "@catchall.example", "@hosted.example") for r, d in got),
              "whose report: %s" % got[:5])
        if t.mta.name == "postfix":
            check(not any(r.startswith("@") for r, _ in got), "by address: %s" % got[:5])


def send_with_orcpt(t, pairs):
    """RCPT with an ORCPT of the client's for each."""
    track = mail.new_track()
    with mail.connect(t.mta) as smtp:
        smtp.ehlo_or_helo_if_needed()
        smtp.mail(mail.SENDER)
        for rcpt, original in pairs:
            code, text = smtp.rcpt(rcpt, ["ORCPT=rfc822;" + original])
            if code == 555 or code == 501 or code == 504:
                code, text = smtp.rcpt(rcpt)
            check_equal(code, 250, "RCPT: %r" % text)
        code, text = smtp.data(mail.build(scored(18.2), track))
        check_equal(code, 250, "DATA: %r" % text)
    return track


@test()
def orcpt_of_a_client_means_nothing(t):
    """It neither spares a recipient nor puts the drop on another's report."""
    t.start()
    before = len(t.filter.discarded())
    t.nothing_outside(send_with_orcpt(t, [(FORWARD, "fwd@aol.example")]))
    check_equal(t.filter.discarded()[before:], [(FORWARD, "fwd@aol.example")], "spared, or not his")
    before = len(t.filter.discarded())
    t.nothing_outside(send_with_orcpt(t, [(FORWARD, BOTH), (BOTH, "z@z.example")]))
    got = set(t.filter.discarded()[before:])
    check({(FORWARD, "fwd@aol.example"), (BOTH, "both@aol.example")} <= got, "records: %s" % got)


PADDING = {
    "fields": lambda text: b"X: y\r\n" * 1001 + b"\r\n" + text,
    "a long header": lambda text: b"X: " + b"y" * 900 + b"\r\n" * 1 +
                     b"".join(b"X-%d: %s\r\n" % (i, b"y" * 900) for i in range(20)) + b"\r\n" + text,
    "parts": lambda text: b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" +
             text + b"--b\r\n\r\n" * 1100,
    "depth": lambda text: b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" +
             text + b"--b\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 30,
    "boundaries": lambda text: b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" +
                  text + b"".join(b"--%s\r\nContent-Type: multipart/mixed; boundary=%s\r\n\r\n" %
                                  (b"b" * (i + 1), b"b" * (i + 2)) for i in range(40)),
    "links": lambda text: b"\r\n" + text + b"".join(b"http://h%d.example.org/\r\n" % i for i in range(2100)),
    "tags": lambda text: b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + text + b"<b>x</b>\r\n" * 60000,
    "base64": lambda text: b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" +
              text + b"--b\r\nContent-Transfer-Encoding: base64\r\nContent-Type: text/plain\r\n\r\n" +
              (b"QUFB" * 19 + b"\r\n") * 12000 + b"--b--\r\n",
    "size": lambda text: b"\r\n" + text + b"more than is looked at\r\n" * 50000,
}


@test()
def padding_is_no_way_out(t):
    """However much a message holds, it is scored by what was seen, and dropped for that."""
    t.start({"max_message_size": "1048576"})
    for name, pad in PADDING.items():
        track = mail.new_track()
        mail.submit(t.mta, b"X-Track: " + track.encode() + b"\r\n" + HEAD % b"1" +
                    pad(scored(18.2).encode()), [BOTH])
        t.boxes.one(track)
        t.settle()
        check(not t.outside.all(track), "with padding by %s it left: %s" % (name, t.filter.log_lines()[-2:]))
