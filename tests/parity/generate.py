#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes odd messages: generate.py FOLDER COUNT [SEED].

Each is put together at random from pieces that are right, old, broken or hostile: Received fields of
many mail servers, addresses and dates with mistakes, charsets that lie, boundaries that are missing,
encodings that break off, HTML with tricks, and the words that rules look for. The same seed gives the
same messages. Two filters that read mail alike hit the same rules on them: see compare.py.
"""
import base64
import os
import quopri
import random
import sys

HOSTS = ["mail.example.com", "mx1.example.net", "smtp.example.org", "host-192-0-2-9.dsl.example.net",
         "unknown", "localhost", "EXAMPLE", "friend", "[192.0.2.55]", "192.0.2.77", "mail.yahoo.com",
         "hotmail.com", "a.b.c.d.example.co.uk", "xn--bcher-kva.example", "dyn-1-2-3-4.example.tv",
         "adsl-12-34-56-78.example.ru", "mail-ab1-f45.google.com", "outbound.protection.outlook.com"]
ADDRESSES = ["10.1.2.3", "192.0.2.10", "198.51.100.7", "203.0.113.99", "127.0.0.1", "172.16.9.8", "8.8.4.4",
             "81.12.34.56", "2001:db8::25", "IPv6:2001:db8::1", "::ffff:81.12.34.57", "fe80::1"]
USERS = ["joe", "info", "no-reply", "john.smith99", "\"odd user\"", "a+b", "x_y", "12345", "Ad\xe9le", "postmaster",
         "kjhgfdsaqw", "support"]
DOMAINS = ["example.com", "example.org", "gmail.com", "yahoo.com", "hotmail.com", "example", "bank.example",
           "b\xfccher.example", "example.co.uk", "aol.com", "mail.ru", "[192.0.2.1]", "example.club", "163.com"]
NAMES = ["Joe Example", "\"Example, Joe\"", "=?utf-8?B?SsO2ZSBFeMOkbXBsZQ==?=", "=?iso-8859-1?Q?J=F6e?=",
         "=?utf-8?Q?broken", "J\xf6e", "joe@bank.example", "\"joe@bank.example\"", "PayPal Service", "(comment) Joe",
         "'Quoted Joe'", "Mr. JOE", "=?koi8-r?B?98nUwczJyg==?=", "Customer Support,", "", "\"", "Joe (work)",
         "=?UTF-8?Q?=F0=9F=92=B0_Money?="]
DATES = ["Tue, 03 Mar 2020 10:15:00 +0000", "Tue, 3 Mar 2020 10:15 +0000", "3 Mar 20 10:15:00 EST",
         "Tue Mar  3 10:15:00 2020", "Wed, 04 Mar 2020 23:15:00 -0800", "Mon, 02 Mar 2020 01:00:00 GMT",
         "Tue, 03 Mar 2020 25:61:00 +0000", "Tue, 33 Mar 2020 10:15:00 +0000", "yesterday", "",
         "Tue, 3 Mar 2020 1:5:3 +-0500", "Tue, 3 March 2020 10:15:00 +0000", "Thu, 01 Jan 1970 00:00:00 +0000",
         "Tue, 03 Mar 2037 10:15:00 +0000", "Tue, 3 Mar 2020 10:15:00 +0100 (CET)"]
RECEIVED = [
    "from {helo} ({rdns} [{ip}]) by {by} (Postfix) with ESMTP id {id} for <{rcpt}>; {date}",
    "from {helo} ({rdns} [{ip}]) by {by} (8.15.2/8.15.2) with ESMTPS id {id} for <{rcpt}>; {date}",
    "from {helo} ({rdns} [{ip}] (may be forged)) by {by} (8.11.6/8.11.6) with SMTP id {id}; {date}",
    "from {helo} ([{ip}]) by {by} (8.9.3/8.9.3) with SMTP id {id}; {date}",
    "from {rdns} ([{ip}] helo={helo}) by {by} with esmtps (TLS1.2) (Exim 4.92) (envelope-from <{from_}>) id {id}; {date}",
    "from [{ip}] (helo={helo}) by {by} with smtp (Exim 3.36) id {id}; {date}",
    "from {rdns} (HELO {helo}) ({ip}) by {by} with SMTP; {date}",
    "from unknown (HELO {helo}) (joe@{ip}) by {by} with SMTP; {date}",
    "from unknown ({ip}) by {by} with QMQP; {date}",
    "(qmail 12345 invoked from network); {date}", "(qmail 123 invoked by uid 500); {date}",
    "by {by} (Postfix, from userid 1000) id {id}; {date}",
    "from {helo} ({ip}) by {by} ({ip}) with Microsoft SMTP Server (TLS) id 14.3.123.3; {date}",
    "from {helo} ([{ip}]) by {by} ([{ip}%3]) with mapi id 15.20.1943.023; {date}",
    "from {helo} ([{ip}]) by {by} with Microsoft SMTPSVC(6.0.3790.4675);\n\t {date}",
    "from {helo} ({rdns}. [{ip}]) by mx.google.com with ESMTPS id {id} for <{rcpt}> (version=TLS1_2); {date}",
    "by 2002:a05:6000:1 with SMTP id {id}; {date}",
    "from {helo} ([{ip}]) by {by} with ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384; {date}",
    "from {helo} (HELO [{ip}]) ([{ip}]) by {by} with ESMTP; {date}",
    "from [{ip}] by {by} via HTTP; {date}", "from [{ip}] by {by} with NNFMP; {date}",
    "from {ip} (SquirrelMail authenticated user joe) by {by} with HTTP; {date}",
    "from {helo} ({rdns} [{ip}]) (Authenticated sender: joe@{by}) by {by} (Postfix) with ESMTPSA id {id}; {date}",
    "from {helo} ({rdns} [{ip}]) (authenticated bits=0) by {by} (8.14.4/8.14.4) with ESMTP id {id}; {date}",
    "from {helo} ({rdns}[{ip}]) by {by} with LMTP id {id}; {date}",
    "from {helo}([{ip}]) by {by}(JetMail 2.5.3.0) with SMTP id {id}; {date}",
    "from {helo} [{ip}] by {by} with ESMTP (SMTPD-9.23) id {id}; {date}",
    "from {helo} by {by} with local (Exim 4.69) id {id}; {date}",
    "from {helo} [127.0.0.1]\n\tby localhost with POP3 (fetchmail-6.3.21)\n\tfor <joe@localhost> (single-drop); {date}",
    "from {helo} (198.51.100.8:4711) by {by} with [XMail 1.27 ESMTP Server] id <{id}> from <{from_}>; {date}",
    "from mail pickup service by {by} with Microsoft SMTPSVC; {date}", "nonsense", "",
    "FROM {helo} BY {by}; {date}", "from {helo} by {by} for {rcpt}; {date}",
]
SUBJECTS = ["Hello", "Re: your invoice", "CHEAP VIAGRA NOW!!!", "[list] fwd: meeting", "You have WON $1,000,000",
            "=?utf-8?B?VXJnZW50IGJ1c2luZXNz?=", "=?utf-8?Q?Urgent?= =?utf-8?Q?_=C3=A9t=C3=A9?=", "=?gb2312?B?xOO6ww==?=",
            "Gr\xfc\xdfe aus K\xf6ln", "=?x-unknown?Q?abc=DE?=", "Re[2]: f r e e  o f f e r", "lose weight fast today",
            "A\x00B", "  spaces  ", "Your account has been suspended", "=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=",
            "a" * 300, "Get 50% off $$$", "ADV: b.u.y", "=?us-ascii?B?VG9v IG1hbnk=?=", "Nov 15 report (12345)"]
SENTENCES = [
    "Dear Friend, I am the widow of the late minister and have $15,500,000.00 (fifteen million US dollars) to transfer.",
    "Please contact me at my private address joe.private@gmail.com or <other@yahoo.com> for more.",
    "Click here to unsubscribe from this mailing list: http://www.example.com/unsubscribe?id=123&email=joe@example.com",
    "Visit http://192.0.2.1/login.php or https://example.com:8080/path/?q=%41%42#frag today!",
    "www.example.net and example.club/x are fine; so is mailto:info@example.org?subject=hi",
    "Buy cheap v1agra, c!alis, x@n@x and l.e.v.i.t.r.a online with no prescription required.",
    "100% FREE! ACT NOW! LIMITED TIME OFFER! MONEY BACK GUARANTEE! This is not spam.",
    "You can lose weight in 10 days, while you sleep, or your money back. Call 1-800-555-0100 now.",
    "This message is confidential and intended only for the addressee.",
    "As seen on national TV. Earn $5,000 per week working from home. No experience needed.",
    "My BTC wallet: 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa. I recorded you through your webcam. You have 48 hours to pay.",
    "Congratulations! Your e-mail address has won the lottery. Send us your full name, address, telephone, age, occupation.",
    "On Tue, 3 Mar 2020, joe@example.com wrote:", "> quoted text http://quoted.example.com/",
    "Kind regards\nJoe Example\n--\nExample Ltd., 1 Example Street", "\xc4\xd6\xdc \xe4\xf6\xfc \xdf \xa4 8-bit text",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043a\u0430\u043a \u0434\u0435\u043b\u0430?", "\u4f60\u597d\uff0c\u4e16\u754c\u3002http://\u4f8b\u3048.example/", "word " * 60,
    "S u b s c r i b e   t o   o u r   n e w s l e t t e r", "http://example.com", "ftp.example.com/pub hxxp://example.org",
    "http://bit.ly/abc http://goo.gl/xyz https://docs.google.com/forms/d/e/1FAIpQ", "-----BEGIN PGP SIGNATURE-----",
    "You are receiving this because you opted in. To be removed, reply with REMOVE in the subject.",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "caf\u00e9 \u20ac 100 \u2013 \u201cquotes\u201d \u200b\u200bzero", "\x00\x01\x02 control",
]
HTML = [
    "<p>{s}</p>", "<b>{s}</b><br>", "<a href=\"http://www.example.com/?a=1&amp;b=2\">{s}</a>",
    "<a href='http://phish.example.net/'>https://www.bank.example/</a>", "<font color=white>{s}</font>",
    "<font color=\"#fefefe\" size=1>{s}</font>", "<div style=\"display:none\">{s}</div>",
    "<span style='font-size:0px;color:#ffffff'>{s}</span>", "<img src=\"http://img.example.com/x.gif\" width=600 height=400>",
    "<img src=cid:abc@example width=1 height=1 border=0>", "<table bgcolor=#ff0000><tr><td>{s}</td></tr></table>",
    "<!-- {s} -->", "<script>document.write('{s}')</script>", "<style>p {{ color: red }}</style>",
    "<form action=\"http://example.com/post\"><input type=text name=q><input type=password></form>",
    "<iframe src=http://example.org/frame></iframe>", "<center><h1>{s}</h1></center>", "<a href=\"mailto:joe@example.com\">mail</a>",
    "<a href=http://example.com/un\nquoted>{s}</a>", "<A HREF=\"HTTP://EXAMPLE.COM/%7Ejoe/\">X</A>", "<p>unclosed {s}",
    "</p></div>{s}", "<b<i>{s}", "&lt;b&gt; &amp; &nbsp; &#65; &#x42; &eacute; &bogus; {s}", "<base href=\"http://base.example.com/\">",
    "<a href=\"/relative/path\">{s}</a>", "<map><area href=\"http://area.example.com/\"></map>", "<body bgcolor=black text=black>",
    "<title>{s}</title>", "<meta http-equiv=refresh content=\"0;url=http://refresh.example.com/\">", "<o:p></o:p>",
    "<v\u0131agra>{s}</v>", "<big><big><big>{s}</big></big></big>", "<font size=7>{s}</font>", "<marquee>{s}</marquee>",
    "<a href=\"http://example.com\\@evil.example/\">x</a>", "<a href=\"https://example.com/?u=http://other.example.org/\">r</a>",
]
TYPES = ["text/plain", "text/html", "TEXT/HTML", "text/plain; charset=utf-8", "text/html; charset=\"iso-8859-1\"",
         "text/plain; charset=us-ascii", "text/html; charset=windows-1252", "text/plain; charset=koi8-r",
         "text/plain; charset=gb2312", "text/plain; charset=x-nonsense; format=flowed",
         "text/plain; charset=", "text", "text/", "html", "image/gif; name=\"a.gif\"", "application/octet-stream; name=a.exe",
         "application/pdf; name=\"invoice.pdf\"", "application/zip; name*=utf-8''invoice%20.zip", "text/calendar",
         "message/rfc822", "text/richtext", "application/x-html", "text/html; name=login.html", "message/delivery-status"]
ENCODINGS = [None, None, "7bit", "8bit", "quoted-printable", "base64", "Base64", "binary", "bogus",
             "quoted-printable\n\t", "7-bit"]
MAILERS = ["Microsoft Outlook Express 6.00.2800.1106", "The Bat! (v1.52f) Business", "Mozilla/5.0", "PHPMailer 5.2.9",
           "Microsoft Outlook, Build 10.0.2616", "QUALCOMM Windows Eudora Version 5.1", "Apple Mail (2.3124)", ""]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self, items):
        return self.random.choice(items)

    def chance(self, share):
        return self.random.random() < share

    def address(self):
        return self.one(USERS) + "@" + self.one(DOMAINS)

    def mailbox(self):
        form = self.one(["{n} <{a}>"] * 6 + ["{a}", "<{a}>", "{a} ({n})", "{n}", "{n} {a}", "{n} <{a}", "{n}, <{a}>",
                                             "{n} <<{a}>>", "\"{a}\" <{a}>", "<>", "{n} < {a} >", "{n} <{a}> <{a}>"])
        return form.format(n=self.one(NAMES), a=self.address())

    def mailboxes(self):
        return self.one([", ", ",\n ", "; ", " , "]).join(self.mailbox() for _ in range(self.one([1, 1, 1, 2, 3, 12])))

    def identity(self):
        return "".join(self.random.choices("abcdefABCDEF0123456789.$-", k=self.one([3, 10, 17, 30])))

    def received(self):
        return self.one(RECEIVED).format(helo=self.one(HOSTS), rdns=self.one(HOSTS), ip=self.one(ADDRESSES), by=self.one(HOSTS),
                                         id=self.identity(), rcpt=self.address(), from_=self.address(), date=self.one(DATES))

    def header(self):
        fields = []
        if self.chance(0.3):
            fields.append(("Return-Path", "<" + (self.address() if self.chance(0.8) else "") + ">"))
        fields += [("Received", self.received()) for _ in range(self.one([0, 1, 1, 2, 3, 4]))]
        usual = [("From", self.mailbox(), 0.95), ("To", self.mailboxes(), 0.9), ("Cc", self.mailboxes(), 0.15),
                 ("Subject", self.one(SUBJECTS), 0.95), ("Date", self.one(DATES), 0.9), ("Reply-To", self.mailbox(), 0.25),
                 ("Message-ID", self.one(["<{}@{}>", "{}@{}", "<{}>", "<{}@{}", ""]).format(self.identity(), self.one(HOSTS)), 0.85),
                 ("Sender", self.mailbox(), 0.1), ("X-Mailer", self.one(MAILERS), 0.3), ("List-Unsubscribe", "<http://example.com/u>", 0.15),
                 ("X-Priority", self.one(["1", "3", "1 (Highest)", "x"]), 0.15), ("Precedence", self.one(["bulk", "list"]), 0.1),
                 ("X-Originating-IP", "[" + self.one(ADDRESSES) + "]", 0.1), ("Importance", "high", 0.05), ("Resent-From", self.mailbox(), 0.04),
                 ("X-Envelope-From", self.address(), 0.05), ("In-Reply-To", "<x@example.com>", 0.1), ("User-Agent", self.one(MAILERS), 0.1),
                 ("X-Spam-Status", "No, score=0", 0.05), ("DKIM-Signature", "v=1; a=rsa-sha256; d=example.com; s=x; b=AAAA", 0.15),
                 ("Subject", self.one(SUBJECTS), 0.03), ("From", self.mailbox(), 0.03), ("Thread-Index", "AcQ" + self.identity(), 0.05),
                 ("X-MimeOLE", "Produced By Microsoft MimeOLE V6.00.2800.1106", 0.1), ("X-MSMail-Priority", "Normal", 0.1)]
        fields += [(name, value) for name, value, share in usual if self.chance(share)]
        if self.chance(0.3):
            self.random.shuffle(fields)
        return fields

    def text(self):
        return self.one(["\n", "\n\n", " "]).join(self.one(SENTENCES) for _ in range(self.one([0, 1, 2, 4, 8, 20])))

    def html(self):
        parts = [self.one(HTML).format(s=self.one(SENTENCES)) for _ in range(self.one([1, 3, 6, 12]))]
        body = self.one(["\n", "", " "]).join(parts)
        return body if self.chance(0.4) else "<html><head></head><body>" + body + self.one(["</body></html>", "", "</html>after"])

    def encoded(self, text, charset, encoding):
        data = text.encode(charset, "replace")
        kind = (encoding or "").strip().lower()
        if kind == "quoted-printable":
            data = quopri.encodestring(data)
        elif kind == "base64":
            data = base64.encodebytes(data)
            if self.chance(0.15):
                data = data.replace(b"\n", self.one([b"", b"\n\n", b" !\n"]))
        if self.chance(0.06):
            data = data[:self.random.randrange(len(data) + 1)]
        return data

    def leaf(self):
        kind = self.one(TYPES)
        encoding = self.one(ENCODINGS)
        text = self.html() if "html" in kind.lower() else self.text()
        data = self.encoded(text, self.one(["utf-8", "utf-8", "latin-1", "cp1252", "koi8-r", "gb2312"]), encoding)
        fields = [("Content-Type", kind)] if self.chance(0.9) else []
        if encoding is not None:
            fields.append(("Content-Transfer-Encoding", encoding))
        if self.chance(0.15):
            fields.append(("Content-Disposition", self.one(["inline", "attachment", "attachment; filename=\"a.doc\"", "x; filename=b.html"])))
        return fields, data

    def multipart(self, depth):
        boundary = self.one(["b1", "----=_NextPart_000_0001", "=_" + self.identity(), "a b", "b1--", "'b'"])
        shown = self.one(["\"" + boundary + "\"", "\"" + boundary + "\"", boundary, "\"wrong\"", "\"\""])
        kind = self.one(["mixed", "alternative", "alternative", "related", "report; report-type=delivery-status", "digest", "Mixed", "x-odd"])
        data = self.one([b"", b"preamble\n", b"This is a multi-part message in MIME format.\n\n"])
        for _ in range(self.one([0, 1, 2, 2, 3])):
            fields, part = self.part(depth + 1)
            data += b"--" + boundary.encode() + self.one([b"\n", b"\n", b" \n", b"\r\n"])
            data += self.lines(fields) + self.one([b"\n", b"\n", b"\n", b""]) + part + self.one([b"\n", b"\n\n", b""])
        data += self.one([b"--" + boundary.encode() + b"--\n", b"--" + boundary.encode() + b"--\n", b"", b"--" + boundary.encode() + b"\n"])
        data += self.one([b"", b"", b"epilogue\n"])
        return [("Content-Type", f"multipart/{kind}; boundary={shown}")], data

    def part(self, depth):
        if depth < 4 and self.chance(0.45 if depth == 0 else 0.2):
            return self.multipart(depth)
        return self.leaf()

    def lines(self, fields):
        out = b""
        for name, value in fields:
            if self.chance(0.03):
                name = self.one([name.upper(), name.lower(), name + " "])
            separator = self.one([": "] * 12 + [":", ":\t", " : ", ":  "])
            coding = self.one(["utf-8", "latin-1"])
            out += (name + separator + value).encode(coding, "replace") + b"\n"
            if self.chance(0.01):
                out += self.one([b"no colon here\n", b" continued\n", b"\tand more\n", b"X:\n", b": nothing\n"])
        return out

    def message(self):
        fields, body = self.part(0)
        top = self.header()
        if self.chance(0.8):
            top.append(("MIME-Version", self.one(["1.0", "1.0", "1.0 (produced by x)", "2.0", ""])))
        data = self.lines(top + fields) + self.one([b"\n"] * 12 + [b"", b" \n"]) + body
        if self.chance(0.15):
            data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        elif self.chance(0.03):
            data = data.replace(b"\n", b"\r", 3)
        if self.chance(0.03):
            at = self.random.randrange(len(data) + 1)
            data = data[:at] + self.one([b"\x00", b"\xff\xfe", b"\x1b$B", b"\n\n", b"\r"]) + data[at:]
        if self.chance(0.03):
            data = b"From joe@example.com Tue Mar  3 10:15:00 2020\n" + data
        return data


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 64
    folder, count = sys.argv[1], int(sys.argv[2])
    seed = sys.argv[3] if len(sys.argv) == 4 else "0"
    os.makedirs(folder, exist_ok=True)
    for number in range(count):
        with open(os.path.join(folder, f"{seed}-{number:05}.eml"), "wb") as file:
            file.write(Maker(f"{seed}-{number}").message())
    return 0


if __name__ == "__main__":
    sys.exit(main())
