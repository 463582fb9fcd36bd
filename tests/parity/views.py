#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do rules see the same of a message in Assay as in the installed SpamAssassin?

views.py [KIND...]: makes up messages of each kind (address, type, received, raw, text), and compares
what header fields, body, rawbody and uri rules are given. A view that differs on purpose is left out
where it is compared; see doc/rules.md. A process of SpamAssassin reads one message.
"""
import argparse
import collections
import json
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TLDS = "/usr/share/spamassassin/20_aux_tlds.cf"

MODIFIERS = ["", ":raw", ":addr", ":name", ":name:raw", ":addr:host", ":addr:domain", ":first:addr", ":last:addr",
             ":first:name", ":host", ":domain", ":ip", ":revip", ":addr:raw", ":last"]
REQUESTS = {
    "address": [field + modifier for field in ("From", "To", "Reply-To", "Sender", "ToCc") for modifier in MODIFIERS],
    "type": [],
    "received": ["X-Spam-Relays-Trusted", "X-Spam-Relays-Untrusted", "X-Spam-Relays-External",
                 "X-Spam-Relays-Internal", "EnvelopeFrom", "ALL-UNTRUSTED", "ALL-TRUSTED:raw"],
    "raw": ["ALL", "ALL:raw", "ALL-EXTERNAL:raw", "ALL-INTERNAL", "Subject", "Subject:raw", "X-Test", "X-Test:raw",
            "X-Test:first", "X-Test:last", "MESSAGEID", "ToCc:raw", "From:addr", "From:raw"],
    "text": ["Subject", "Subject:raw"],
}


class Maker:
    """Messages of one kind, the same ones for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, *choices):
        return self.random.choice(choices)

    def host(self):
        return self.pick("bad.example.com", "shop.example.co.uk", "example.org", "mail.b.example", "shop,com", "localhost",
                         "a..b.com", "[192.0.2.7]", "ex_ample.com", "xn--bcher-kva.com", "example.com.",
                         "gmail.com", "192.0.2.1", "example", "-a.com", "host.example.com ", "example.com>", "EXAMPLE.Com")

    def user(self):
        return self.pick("x", "info", "john.doe", '"odd user"', "a+b", "J\u00f6e", ".x.", "x y", "'q'", "a=b", "",
                         "bank@x", "no reply", "=?utf-8?q?x?=", "a\\\\b", '"a"b')

    def phrase(self):
        return self.pick("", "Bank", '"Bank"', '"Bank, The"', "Bank, The", "Bank (The)", "(Bank)", '"Bank', 'Bank"', "'Bank'",
                         "=?utf-8?B?QmFuaw==?=", "=?utf-8?Q?Ba=6Ek_The?=", '"=?utf-8?Q?Bank?="', "\u2039Bank\u203a", "J\u00f6e",
                         "x@y.example.com", '"x@y.example.com"', "Bank: The", "Bank; The", "Bank. The", "<Bank>", "Bank <b>",
                         '"Ba\\"nk"', "\\", '""', "  ", "Bank\t", "[Bank]", "Bank@", "@", "a.b.c", '"a" b "c"', "x@y.com ")

    def address(self):
        host, user = self.host(), self.user()
        return self.pick("<%s@%s>", "<%s@%s>", "<%s@%s", "%s@%s", "%s@%s>", "< %s@%s >", "<<%s@%s>>", "<%s @%s>", "<%s@ %s>",
                         "\u2039%s@%s\u203a", "(%s@%s)", "[%s@%s]", "<mailto:%s@%s>", "<@relay.example:%s@%s>", "%s at %s",
                         "<%s%s>", "<%s@%s> (note)", "<%s@%s>, ", "<%s@%s>;", "<%s@%s> x", "<%s@%s><%s@%s>", "<%s\n @%s>",
                         '"%s@%s"', "'%s@%s'", "<%s@%s>>", "<%s(c)@%s>", "<%s@%s(c)>", "<>", "<", ">", "", "<'%s@%s'>",
                         '<"%s@%s">', "<%s@%s.>", "%s@%s <%s@%s>").replace("%s", "\0").replace("\0", user, 1) \
            .replace("\0", host, 1).replace("\0", user, 1).replace("\0", host, 1)

    def entry(self):
        space = self.pick(" ", " ", "", "\n ", "\t")
        return self.phrase() + space + self.address()

    def address_field(self):
        count = self.pick(1, 1, 1, 1, 2, 2, 3)
        text = self.pick(", ", ",", "; ", " ", ",,", " , ").join(self.entry() for _ in range(count))
        return self.pick("%s", "%s", "%s", "%s", "%s", "Group: %s;", "Group:%s", "undisclosed-recipients:;", "", " ", "%s,",
                         ",%s", "=?utf-8?Q?%s?=", '"%s', "%s\"", "(%s", "%s (c (d) e)").replace("%s", text)

    def make_address(self):
        fields = ["%s: %s" % (name, self.address_field()) for name in ("From", "To", "Reply-To", "Sender")]
        if self.pick(0, 0, 1):
            fields.append("Cc: " + self.address_field())
        if self.pick(0, 0, 0, 1):
            fields.append("From: " + self.address_field())
        return "\n".join(fields) + "\n\ntext\n"

    def content_type(self):
        types = self.pick("text", "text", "text", "TEXT", "Text", "application", "message", "image", "texts", "tex", "multipart", "*", "")
        sub = self.pick("plain", "html", "plain", "html", "HTML", "octet-stream", "x-foo", "calendar", "rfc822", "pdf", "enriched", "",
                        "xhtml+xml", "plain html", "html/plain", "/plain")
        mark = self.pick("/", "/", "/", " ", "\\", "=", ",", "", " / ", "/ ", ";", "//", ".", ":", "-", "\t", "|")
        text = types + mark + sub
        text += self.pick("", "", ";", "; charset=utf-8", ";charset=iso-8859-1", "; charset", "; =x", "; charset=\"utf-8\"; format=flowed",
                          "; charset = utf-8", ";;charset=utf-8", "; charset=utf-8; charset=koi8-r", " charset=utf-8", "; name=a.html",
                          "; name=\"a.htm\"", ";\n\tcharset=utf-8", "; charset=\"utf-8", "; charset='utf-8'", "; charset*=utf-8''x",
                          "; boundary=b", " (comment)", "; charset=utf-8 (c)", "; filename=a.txt", "; name=a.txt")
        return self.pick("%s", "%s", "%s", "%s", " %s ", "\"%s\"", "(c) %s", ";%s", "%s\\", "'%s'", "=?utf-8?q?%s?=", "\n\t%s").replace("%s", text)

    def body_text(self):
        return self.pick("Plain words here http://www.example.com/a\n\nand more\n", "<html><body><p>Hello <b>bold</b> "
                         "<a href=\"http://www.example.org/x\">link</a></p></body></html>\n", "\ufeff<html><body>Hello <i>x</i></body></html>\n",
                         "x = y =20\n", "\u00e4\u00f6 \u20ac words\n", "<p>one<br>two</p>\n", "\ufeffHello words\n")

    def part_header(self):
        lines = ["Content-Type: " + self.content_type()]
        if self.pick(0, 0, 0, 1):
            lines.append(self.pick("Content-Type: text/html", "Content-type: " + self.content_type(), "CONTENT-TYPE: text/plain"))
        if self.pick(0, 0, 1):
            lines.append("Content-Transfer-Encoding: " + self.pick("8bit", "quoted-printable", "7bit", "8BIT", "binary", "quoted-printable "))
        if self.pick(0, 0, 1):
            lines.append("Content-Disposition: " + self.pick("inline", "attachment", "attachment; filename=a.html", "inline; filename=\"b.txt\"",
                                                             "attachment; filename=a.htm", "form-data; name=x", "attachment; filename=x.pdf"))
        return "\n".join(lines)

    def make_type(self):
        top = "From: a@example.com\nTo: b@example.com\nSubject: types\nMIME-Version: 1.0\n"
        if self.pick(0, 1):
            return top + self.part_header() + "\n\n" + self.body_text()
        parts = "".join("--b\n" + self.part_header() + "\n\n" + self.body_text() for _ in range(self.pick(1, 2, 3)))
        return top + "Content-Type: multipart/%s; boundary=b\n\n%s--b--\n" % (self.pick("mixed", "alternative", "related"), parts)

    def make_text(self):
        mark = self.pick("\ufeff", "\ufeff", "\u200b", "\u2060", "\u00a0", "", "\ufeff \ufeff", "&#65279;", "&#xfeff;", "&zwnj;")
        dot = self.pick("\u2024", "\ufe52", "\u3002", "\uff0e", "\uff61", ".", "\u00b7", "&#12290;")
        html = ("%s<html>%s<body>%s Hello%s<p>%sworld www%sexample%scom and http://a%sexample.org/x%sy "
                "<a href=\"http://b%sexample.net/\">x</a> joe@mail%sexample.com</body></html>")
        plain = "%s Hello%sworld %s\n%s\n\n%swww%sexample%scom and http://a%sexample.org/x%sy http://b%sexample.net joe@mail%sexample.com\n"
        fill = lambda text: text.replace("%s", mark, 5).replace("%s", dot)
        html, plain = fill(html), fill(plain)
        top = "From: a@example.com\nTo: b@example.com\nSubject: %stext%s\nMIME-Version: 1.0\n" % (mark, dot)
        shape = self.pick(0, 1, 2)
        if shape == 0:
            return top + "Content-Type: text/html; charset=utf-8\n\n" + html + "\n"
        if shape == 1:
            return top + "Content-Type: text/plain; charset=utf-8\n\n" + plain
        return top + "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n%s\n" \
            "--b\nContent-Type: text/html; charset=utf-8\n\n%s\n--b--\n" % (plain, html)

    def make_raw(self):
        lines = ["From: a@example.com", "To: b@example.com", "Message-Id: <1@example.com>"]
        for _ in range(self.pick(2, 3, 5)):
            name = self.pick("Subject", "X-Test", "X-Test", "x-test", "X Test", "X-\u00e4", "Cc", "X-Message-Id", "Received", ">From", "From ", "")
            blank = self.pick("", "", " ", "  ", "\t", " \t")
            value = self.pick("value", "  two  blanks ", "", " ", "folded\n more", "folded\n\t\tmore  \n  yet", "=?utf-8?q?a_b?=", "a\tb",
                              "x\n \n y", "\u00e4\u00f6", "tail \t", ": colon", "from a by b; x", "a\r", "\n folded at once", "a\0b", "\x0bv", "x\n\n")
            lines.append(name + blank + self.pick(":", ":", ":", ": ", ": ", "", ":\t") + value)
        self.random.shuffle(lines)
        end = self.pick("\n", "\n", "\n", "\r\n")
        return end.join("\n".join(lines).split("\n")) + end + end + "text" + end

    def make_received(self):
        return self.received.message(self)

    def make(self, kind):
        return getattr(self, "make_" + kind)().encode("utf-8", "surrogateescape")


IPS = ["1.2.3.4", "192.0.2.10", "81.12.34.56", "127.0.0.1", "10.1.2.3", "192.168.0.1", "2001:db8::25", "IPv6:2001:db8::1",
       "::ffff:81.12.34.57", "::1"]
NAMES = ["mail.example.com", "host.example.net", "localhost", "unknown", "FRIEND", "[81.12.34.56]", "81.12.34.56", "!81.12.34.56!", "ip-1-2-3-4",
         "[]", "a_b.example.com", "192.168.0.1", "localhost.localdomain", "User", "[192.0.2.10]", "1.2.3.4", "x", "www-data", "mail.example.com."]
DATE = ["; Mon, 1 Jan 2024 10:00:00 +0000", "; Mon, 1 Jan 2024 10:00:00 +0000 (UTC)", " Mon, 1 Jan 2024 10:00:00 +0000", ";", "",
        " at Mon, 1 Jan 2024 10:00:00 +0000", ";\n\tMon, 01 Jan 2024 10:00:00 -0800 (PST)", "; Mon Jan  1 10:00:00 2024"]
RECEIVED = [
    "from {n} ({n} [{i}]) by {b} (Postfix) with ESMTP id {q} for <{u}>{d}",
    "from {n} ({n} [{i}] (may be forged)) by {b} (8.15.2/8.15.2) with ESMTPS id {q}{d}",
    "from {n} ([{i}]) by {b} (8.9.3/8.9.3) with SMTP id {q}{d}", "from {n} ([{i}] helo={n}) by {b} with esmtps (Exim 4.92) id {q}{d}",
    "from {n} ([{i}] helo={n}) by {b}{d}", "from [{i}] (helo={n}) by {b} with smtp (Exim 3.36) id {q}{d}", "from [{i}] (helo={n}) by {b}{d}",
    "from {n} ([{i}] helo={n} ident={n}) by {b} with smtp id {q}{d}", "from {i} ({i}) by {b} with HTTP{d}", "from {i} ({i}) at DATE by {b}{d}",
    "from {i} ({i}){d} by {b}", "from {i} ({n}){d} by {b} with SMTP id {q}", "from {n} ({i}) by {b}{d}", "FROM {n} ([{i}]) BY {b} ID {q}{d}",
    "FROM {n} ({n} [{i}]) BY {b} (Postfix) WITH ESMTP ID {q}{d}", "From {n} ({n} [{i}]) By {b} With ESMTP Id {q}{d}", "FROM {n} BY {b}{d}",
    "from {n} ({n} [{i}]) BY {b} ID {q}{d}", "From [{i}] by {b}{d}",
    "from {i} (SquirrelMail authenticated user joe) by {b} with HTTP{d}", "from {i} (proxying for {i}) (SquirrelMail authenticated user joe) by {b} with HTTP{d}",
    "from {n} ([{i}]) (SquirrelMail authenticated user joe) by {b} with HTTP{d}", "from [{i}] (SquirrelMail authenticated user joe) by {b} with HTTP{d}",
    "from {i} ([{i}]) (SquirrelMail authenticated user joe@x.y) by {b} with HTTP{d}", "from {i} (proxying for unknown) (SquirrelMail authenticated user joe) by {b} with HTTP{d}",
    "from {b} ([unix socket]) by {b} (Cyrus v2.2.12) with LMTPA{d}", "from {b} ([unix socket]) (authenticated user=x bits=0) by {b} (Cyrus v2.1.14) with LMTP{d}",
    "from {n} ([unix socket]) by {b}{d}", "from [unix socket] by {b} (Cyrus){d}", "from {n} (localhost [{i}]) by {b} (Cyrus v1) with LMTP id {q}{d}",
    "from {n} (HELO {n}) ({i}) by {b} with SMTP{d}", "from unknown (HELO {n}) (joe@{i}) by {b} with SMTP{d}", "from {n} ({i}) by {b} with QMQP{d}",
    "from {n} (HELO {n}) ([{i}]) by {b} with ESMTP{d}", "from {n} (EHLO {n}) ([{i}]) (envelope-sender <{u}>) by {b} (qmail-ldap-1.03) with SMTP for <{u}>{d}",
    "from {n} (HELO {n}) ([{i}]) (envelope-sender <{u}>) by {b} (qmail-ldap-1.03) with SMTP for <{u}>{d}",
    "(qmail 12345 invoked from network){d}", "(qmail 1 invoked by uid 500){d}", "by {b} (Postfix, from userid 1000) id {q}{d}",
    "from {n} ({i}) by {b} ({i}) with Microsoft SMTP Server (TLS) id 14.3.123.3{d}", "from {n} ([{i}]) by {b} ([{i}%3]) with mapi id 15.20.1943.023{d}",
    "from {n} ([{i}]) by {b} with Microsoft SMTPSVC(6.0.3790.4675){d}", "from {n} ({n}. [{i}]) by mx.google.com with ESMTPS id {q} for <{u}> (version=TLS1_2){d}",
    "by 2002:a05:6000:1 with SMTP id {q}{d}", "from {n} (HELO [{i}]) ([{i}]) by {b} with ESMTP{d}", "from [{i}] by {b} via HTTP{d}",
    "from {n} ({n}[{i}]) by {b} with LMTP id {q}{d}", "from {n}([{i}]) by {b}(JetMail 2.5.3.0) with SMTP id {q}{d}", "from {n} [{i}] by {b} with ESMTP (SMTPD-9.23) id {q}{d}",
    "from {n} [{i}] by {b} [{i}] with SMTP (MDaemon.v3.5.7.R) for <{u}>{d}", "from {n} by {b} with local (Exim 4.69) id {q}{d}",
    "from {n} [127.0.0.1] by localhost with POP3 (fetchmail-6.3.21) for <joe@localhost> (single-drop){d}",
    "from {n} ({i}:4711) by {b} with [XMail 1.27 ESMTP Server] id <{q}> from <{u}>{d}", "from {n} ({n}@[{i}]) by {b} (8.12.8/8.12.8) with ESMTP id {q}{d}",
    "from {n} (IDENT:{n}@{n} [{i}]) by {b} (8.9.1/8.8.7) with SMTP id {q}{d}", "from {n} (account joe [{i}] verified) by {b} (CommuniGate Pro SMTP 5.1) with ESMTPA id 1{d}",
    "from {n} ([{i}] verified) by {b} (CommuniGate Pro SMTP 4.2) with ESMTP id 1{d}", "from {n} ({n} [{i}]) by {b} with SMTP id {q} (envelope-from <{u}>){d}",
    "from {n} ({n} [{i}]) (authenticated bits=0) by {b} (8.14.4/8.14.4) with ESMTP id {q}{d}", "from {n} ({n} [{i}]) (Authenticated sender: joe) by {b} (Postfix) with ESMTPSA id {q}{d}",
    "from {n} (unverified [{i}]) by {b} (EMWAC SMTPRS 0.83) with SMTP id <{q}>{d}", "from {n} ({i}) by {b} (Scalix SMTP Relay 10) via ESMTP{d}",
    "from {n} (unknown[{i}]) by {b} with SMTP id {q}{d}", "from {n} by {b} (8.9.3/8.9.3) id {q}{d}", "from ([{i}]) by {b} with SMTP id {q}{d}",
    "from {n} (port=4 helo={n}) by {b} with esmtp id {q}{d}", "from {n} ([{i}]:4711 helo={n}) by {b} with esmtp (Exim) id {q}{d}", "from {n} ([{i}]:4711) by {b} with esmtp (Exim) id {q}{d}",
    "from {n} ({i}) by {b} (8.7/8.7) with SMTP id {q}{d}", "from {n}({i}) by {b} via smap (V1.3) id {q}{d}", "from {n}({i}), claiming to be \"{n}\" via SMTP by {b}, id {q}{d}",
    "from {i} by {b} (InterScan E-Mail VirusWall NT){d}", "from {i} by {b} with SMTP{d}", "from {i} (EHLO {n}) by {b} with SMTP{d}", "from {i} (HELO {n}) by {b} with SMTP{d}",
    "from [{i}] by {b} with NNFMP{d}", "from {n} by {b}{d}", "from {n} ({n}) by {b}{d}", "from {n} ({n} [{i}] ({i})) by {b} with SMTP{d}",
    "from {n} by {b} for {u}{d}", "from mail pickup service by {b} with Microsoft SMTPSVC{d}", "from {n} (mailnull@{n} [{i}]) by {b} with SMTP id {q}{d}",
    "from ({n}) [{i}] by {b} with smtp (Exim 3.1) id {q}{d}", "from {n} ({n}) [{i}] by {b} with smtp (Exim 3.1) id {q}{d}", "from {n} [{i}] (helo={n}) by {b} with smtp (Exim 3.1) id {q}{d}",
    "from {n} [{i}] ({n}) by {b} with smtp (Exim 3.1) id {q}{d}", "from {n} ({n} [{i}]) by {b} with ESMTP id {q} (using TLSv1.2){d}",
    "from {n} ([{i}]) by {b} ([{i}]) with ESMTP via TCP{d}", "from {n} (trusted.{n} [{i}]) by {b} (Lotus Domino Release 5.0.8) with ESMTP id {q}{d}",
    "from {n} ({i}) by {b} (LSMTP for Windows NT v1.1b) with SMTP id <{q}@x>{d}", "from {n} ({n}) ({i}) by {b} with ESMTP{d}",
    "from {n} by {b} with HTTP{d}", "from {n} (HTTP) by {b} with HTTP{d}", "from {n} (user@{i}) by {b} with ESMTPA{d}", "from {n} ( [{i}]) by {b} with SMTP id {q}{d}",
    "from {n} (<unknown>[{i}]) by {b} with SMTP{d}", "from {n} (softdnserr [{i}]) by {b} with ESMTP{d}", "from {n} (HELO {n}) [{i}] by {b} with SMTP{d}",
]


class ReceivedMaker:
    """All forms of fields in turn, then mutated ones."""

    def __init__(self, maker):
        self.maker = maker
        self.count = 0

    def field(self):
        maker, form = self.maker, RECEIVED[self.count % len(RECEIVED)]
        mutate = self.count >= 12 * len(RECEIVED)
        self.count += 1
        while "{" in form:
            before, rest = form.split("{", 1)
            key, after = rest.split("}", 1)
            form = before + {"n": maker.pick(*NAMES), "i": maker.pick(*IPS), "b": maker.pick("mx.example.net", "mx", "192.0.2.99", "localhost"),
                             "q": maker.pick("AB12cd", "1a-b.c", "x"), "u": maker.pick("joe@example.org", ""), "d": maker.pick(*DATE)}[key] + after
        if mutate:
            words = form.split(" ")
            at = maker.random.randrange(len(words))
            change = maker.pick("drop", "double", "swap", "case")
            if change == "drop":
                del words[at]
            elif change == "double":
                words.insert(at, words[at])
            elif change == "case":
                words[at] = words[at].upper()
            elif at > 0:
                words[at], words[at - 1] = words[at - 1], words[at]
            form = " ".join(words)
        return form

    def message(self, maker):
        return "Received: %s\nFrom: a@example.com\nSubject: x\n\ntext\n" % self.field()


def run(command, files, environment=None):
    result = subprocess.run(command, input="\n".join(files) + "\n", capture_output=True, text=True, encoding="latin-1",
                            env=dict(os.environ, **(environment or {})), check=True)
    return [json.loads(line) for line in result.stdout.splitlines()]


def tidy(name, values):
    if name == "uri":
        return sorted(set(values))
    # A field's line end is not what rules look for, and lines of a raw header end in LF here.
    values = [value.replace("\r", "") for value in values if value not in (None, "\r\n")]
    return [value[:-1] if value.endswith("\n") else value for value in values]


def compare(kind, options):
    """How many views there were, and (file's text, view, theirs, ours) of those that differ."""
    maker = Maker(options.seed + kind)
    maker.received = ReceivedMaker(maker)
    differing, count = [], 0
    with tempfile.TemporaryDirectory(prefix="assay-views-") as folder:
        files, requests = [], os.path.join(folder, "requests")
        with open(requests, "w", encoding="utf-8") as file:
            file.write("".join(name + "\n" for name in REQUESTS[kind]))
        for number in range(options.count):
            files.append(os.path.join(folder, "%05d.eml" % number))
            with open(files[-1], "wb") as file:
                file.write(maker.make(kind))
        theirs = run(["perl"] + ["-I" + path for path in options.perl_lib] + ["-T", os.path.join(HERE, "views.pl"), requests],
                     files, {"PARITY_STATE": folder})
        ours = run([options.views, TLDS, requests], files)
        for path, a, b in zip(files, theirs, ours):
            with open(path, "rb") as file:
                text = file.read()
            for name in ["body", "rawbody", "uri"] + REQUESTS[kind]:
                count += 1
                if tidy(name, a[name]) != tidy(name, b[name]):
                    differing.append((text, name, tidy(name, a[name]), tidy(name, b[name])))
    return count, differing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--views", default="build/views")
    parser.add_argument("--count", type=int, default=200, help="messages of each kind")
    parser.add_argument("--seed", default="views ")
    parser.add_argument("--perl-lib", action="append", default=[], metavar="FOLDER", help="Perl modules that SpamAssassin shall find")
    parser.add_argument("--at-most", type=float, default=0, metavar="SHARE", help="exit 1 where more views differ")
    parser.add_argument("--show", type=int, default=0, help="this many of the differences of each view")
    parser.add_argument("kinds", nargs="*")
    options = parser.parse_args()
    failed = False
    for kind in options.kinds or sorted(REQUESTS):
        count, differing = compare(kind, options)
        print("%s: %d of %d views differ" % (kind, len(differing), count))
        failed = failed or len(differing) > options.at_most * count
        shown = collections.Counter()
        for text, name, a, b in differing:
            shown[name] += 1
            if shown[name] <= options.show:
                print("--- %s\n%s\n  theirs %r\n  ours   %r" % (name, text.decode("utf-8", "replace"), a, b))
        if shown:
            print("  " + ", ".join("%s %d" % item for item in shown.most_common()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
