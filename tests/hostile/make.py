#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes mail that costs a careless filter much: one file for each idea.

Usage: make.py DIR             hostile mail, of 1 MB as a rule
       make.py --kib SIZE DIR  those of them that can have any size, of this one
       make.py --large DIR     honest mail of 1, 5 and 20 MB, to measure throughput

The same call always writes the same bytes."""
import base64
import os
import quopri
import random
import sys
import textwrap

MB = 1 << 20
HEAD = ("Received: from mail.example.net (mail.example.net [192.0.2.25])\n"
        "\tby mx1.example.org with ESMTP id 4Xy1; Mon, 3 Nov 2025 10:00:00 +0000\n"
        "From: Maria <maria@example.net>\nTo: joe@example.org\nSubject: hello\n"
        "Date: Mon, 3 Nov 2025 10:00:00 +0000\nMessage-ID: <1@example.net>\nMIME-Version: 1.0\n")

CASES = {}
fill_bytes = MB


def case(function):
    CASES[function.__name__] = function
    return function


def fill(piece, size=None):
    """Repetitions of text or bytes, cut at this many characters."""
    size = fill_bytes if size is None else size
    return (piece * (size // len(piece) + 1))[:size]


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode("utf-8")


def mail(body, kind="text/plain; charset=utf-8", more="", encoding="8bit"):
    head = f"{HEAD}{more}Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n"
    return head.encode() + as_bytes(body)


def html(body):
    return mail(body, "text/html; charset=utf-8")


def with_field(field):
    return as_bytes(HEAD) + as_bytes(field) + b"\n\nhello\n"


def multipart(parts, boundary="b"):
    return mail("".join(f"--{boundary}\n{part}\n" for part in parts) + f"--{boundary}--\n",
                f"multipart/mixed; boundary={boundary}")


# One character, one tag, one word, a megabyte of it, in each place where text can stand.

CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "a": "a", "at": "@", "dot": ".", "slash": "/",
              "paren": "(", "equals": "=", "space": " ", "quote": '"', "hash": "#", "comma": ",",
              "colon": ":", "question": "?", "percent": "%", "dash": "-", "lf": "\n", "digit": "1",
              "bracket": "[", "backslash": "\\", "tab": "\t", "star": "*", "underscore": "_",
              "nul": b"\0", "ff": b"\xff", "nbsp": b"\xc2\xa0", "e2": b"\xe2", "cr": b"\r",
              "escape": b"\x1b", "crlf": b"\r\n"}


def add_characters():
    places = {
        "text": lambda c: mail(fill(c)),
        "html": lambda c: html(fill(c)),
        "attribute": lambda c: html(as_bytes('<a href="') + as_bytes(fill(c)) + b'">x</a>'),
        "header": lambda c: with_field(as_bytes("X-A: ") + as_bytes(fill(c))),
        "from": lambda c: as_bytes("From: ") + as_bytes(fill(c)) + b"\nSubject: x\n\nhello\n",
        "subject": lambda c: as_bytes("Subject: ") + as_bytes(fill(c)) + b"\n\nhello\n",
        "url": lambda c: mail(as_bytes("http://example.com/") + as_bytes(fill(c))),
        "qp": lambda c: mail(fill(c), encoding="quoted-printable"),
        "base64": lambda c: mail(fill(c), encoding="base64"),
        "utf16": lambda c: mail(fill(c), "text/plain; charset=utf-16"),
        "jis": lambda c: mail(fill(c), "text/plain; charset=iso-2022-jp"),
        "gb": lambda c: mail(as_bytes(fill(c)) + b"\xb0\xa1", "text/plain; charset=gb2312"),
    }
    for place, make in places.items():
        for name, character in CHARACTERS.items():
            CASES[f"{name}_in_{place}"] = lambda make=make, c=character: make(c)


def add_repeated():
    texts = {
        "http": "http://", "www": "www.", "mailto": "mailto:", "http_space": "http:// ",
        "urls_without_space": "http://example.com/a", "urls": "http://a.example.com/b ",
        "domains": "example.com ", "domains_without_space": "example.com,",
        "addresses": "joe@example.com ", "addresses_without_space": "joe@example.com,",
        "ats_and_dots": "a@b.", "ats_and_spaces": "@ a", "dotted": "a.", "dashed": "a-",
        "escapes": "http://example.com/%41%42%43%2541/ ", "escapes_in_one": "%25",
        "redirects": "http://www.google.com/url?q=", "words": "a ", "paragraphs": "a\n\n",
        "empty_lines": "\n \n", "wide_spaces": "\u2003", "mixed_spaces": " \t\n\u00a0",
        "shouting": "FREE MONEY!!! ", "gappy": "V I A G R A ", "leet": "v1@gr@ ",
        "money": "$10,000,000.00 ", "numbers": "123-456-789 ", "hex": "deadbeef",
        "uuencode_begins": "begin 644 a\n", "uuencode_lines": "M" + "0" * 60 + "\n",
        "pgp": "-----BEGIN PGP MESSAGE-----\n", "boundaries": "--b\n", "dashes_lines": "----\n",
        "parens": "()", "open_close": "([{<", "quotes": '"\'', "tildes": "~^`", "cjk": "\u4e2d\u6587",
        "greek": "\u03b1", "combining": "a\u0301", "surrogate": "\U0001f600", "ideographic": "\u3002",
    }
    for name, text in texts.items():
        CASES[f"text_of_{name}"] = lambda text=text: mail(fill(text))
        CASES[f"html_of_{name}"] = lambda text=text: html(fill(text))


def add_html():
    texts = {
        "b": "<b>", "b_closed": "<b>x</b>", "close_b": "</b>", "unknown": "<xyzzy>",
        "distinct": None, "table": "<table><tr><td>", "a": "<a href=x>", "a_empty": "<a>",
        "a_long": '<a href="http://example.com/' + "x" * 200 + '">y</a>', "img": "<img src=x>",
        "br": "<br>", "p": "<p>", "div": "<div>", "font": '<font color="#ff0000">',
        "style_open": "<style>", "script_open": "<script>", "title": "<title>",
        "title_closed": "<title>x</title>", "base": '<base href="http://example.com/a/">',
        "comment_open": "<!--", "comments": "<!-- x -->", "declaration": "<!doctype html>",
        "declarations_open": "<!", "instruction": "<?", "cdata": "<![CDATA[",
        "close_open": "</", "tag_open": "<a ", "attributes": "<a b=c d='e' f=\"g\" h>",
        "quote_in_tag": '<a b="', "apostrophe_in_tag": "<a b='", "equals_in_tag": "<a ==",
        "entities": "&amp;", "entities_numeric": "&#65;", "entities_hex": "&#x41;",
        "entities_bad": "&foo;", "entities_open": "&#", "entities_huge": "&#99999999999;",
        "entities_without_end": "&lt", "nbsp": "&nbsp;", "nbsp_space": "&nbsp; ",
        "spans_hidden": '<span style="display:none">x</span>',
        "spans_styled": '<span style="color:#fff;background:#fff;font-size:1px">x',
        "fonts_broken": "v<b></b>i", "wbr": "a<wbr>", "forms": '<form action="x"><input name=y>',
        "area": '<area href="x">', "meta": '<meta http-equiv=refresh content="0;url=x">',
        "object": "<object data=x>", "iframe": '<iframe src="x">', "body": '<body bgcolor="red">',
        "svg": "<svg><a xlink:href=x>", "lists": "<ul><li>", "nested_quotes": "<a href='\"'\">",
        "links_relative": '<a href="../../a">x</a>', "links_deep": '<a href="' + "../" * 50 + '">',
    }
    for name, text in texts.items():
        if text is not None:
            CASES[f"tags_{name}"] = lambda text=text: html(fill(text))
    CASES["tags_distinct"] = lambda: html("".join(f"<t{i}>" for i in range(120000)))
    CASES["links_distinct"] = lambda: html(
        "".join(f'<a href="http://h{i}.example.com/">t{i}</a>\n' for i in range(25000)))
    CASES["links_distinct_domains"] = lambda: html(
        "".join(f'<a href="http://example{i}.com/">t{i}</a>\n' for i in range(25000)))
    CASES["links_same_target"] = lambda: html(
        "".join(f'<a href="http://example.com/">text {i}</a>\n' for i in range(25000)))
    CASES["links_relative_to_a_long_base"] = lambda: html(
        '<base href="http://example.com/' + "x/" * 20000 + '">' + '<a href="y">z</a>' * 40000)
    CASES["attribute_names_distinct"] = lambda: html(
        "<a " + " ".join(f"n{i}=v" for i in range(120000)) + ">x</a>")
    CASES["style_one_megabyte"] = lambda: html(
        '<span style="' + fill("color:#f00;") + '">x</span>')
    CASES["style_colour_one_megabyte"] = lambda: html(
        '<font color="' + fill("f") + '">x</font>')
    CASES["style_colours_distinct"] = lambda: html(
        "".join(f'<font color="#{i:06x}">x</font>' for i in range(32000)))
    CASES["style_colours_nested"] = lambda: html(
        "".join(f'<font color="#{i:06x}">x' for i in range(40000)))
    CASES["nested_deep"] = lambda: html("<div>" * 100000 + "x" + "</div>" * 100000)
    CASES["nested_closed_backwards"] = lambda: html(
        "".join(f"<i{i % 97}>" for i in range(100000)) +
        "".join(f"</i{i % 89}>x" for i in range(60000)))
    CASES["nested_table_text"] = lambda: html("<table><tr><td>x" * 60000)
    CASES["hidden_text_by_the_megabyte"] = lambda: html(
        '<div style="display:none">' + fill("hidden words ") + "</div>")
    CASES["css_by_the_megabyte"] = lambda: html(
        "<style>" + fill("a{color:red} ") + "</style>x")
    CASES["comment_by_the_megabyte"] = lambda: html("<!--" + fill("- ->") + "-->x")
    CASES["data_uri"] = lambda: html('<img src="data:image/png;base64,' + fill("iVBORw0K") + '">')


# Headers

@case
def headers_100000():
    return as_bytes("".join(f"X-H{i}: value\n" for i in range(100000))) + as_bytes(HEAD) + b"\nhello\n"


@case
def headers_same_100000():
    return as_bytes(HEAD) + b"X-Same: value\n" * 100000 + b"\nhello\n"


@case
def received_100000():
    line = ("Received: from h{0}.example.com (h{0}.example.com [198.51.100.{1}]) by "
            "g.example.net with ESMTP id {0}; Mon, 3 Nov 2025 10:00:00 +0000\n")
    return as_bytes("".join(line.format(i, i % 250) for i in range(100000))) + as_bytes(HEAD) + b"\nx\n"


@case
def received_1000_unreadable():
    return as_bytes("Received: " + "from (by " * 100 + "\n") * 1000 + as_bytes(HEAD) + b"\nx\n"


@case
def received_one_megabyte():
    return with_field("Received: from a (b [192.0.2.1]) by c with ESMTP id d (" + fill("(x) [1.2.3.4] by from ") + "; x")


@case
def from_100000():
    return as_bytes("From: a@example.com\n" * 100000) + b"\nx\n"


@case
def to_100000_addresses():
    return with_field("To: " + ",\n ".join(f"n{i} <u{i}@example.com>" for i in range(30000)))


@case
def to_64k_addresses():
    return as_bytes("To: " + ", ".join(f"u{i}@example.com" for i in range(3000)) + "\n") + as_bytes(HEAD) + b"\nx\n"


def add_headers():
    values = {
        "words": "=?utf-8?Q?a?= ", "words_b": "=?utf-8?B?YQ==?= ", "words_open": "=?",
        "words_half": "=?utf-8?Q?", "words_charset": "=?x?Q?a?=", "words_gb": "=?gb2312?B?xOM=?= ",
        "words_jis": "=?iso-2022-jp?B?GyRCJCIbKEI=?= ", "questions": "=?a?b?c?",
        "comments": "(", "comments_closed": "(a)", "comments_nested": "(a(b", "quotes": '"a',
        "quoted": '"a" ', "angles": "<", "angles_closed": "<a@b>", "addresses": "a@b.example, ",
        "groups": "g: a@b.example; ", "semicolons": "; ", "folds": "a\n ", "folds_empty": "\n \n ",
        "backslashes": '"\\', "ips": "[192.0.2.1] ", "routes": "@a,@b:", "hyphens": "a-b-c-",
    }
    for name, value in values.items():
        for field in ("From", "To", "Subject", "Received", "Content-Type", "Message-ID", "X-Any",
                      "Content-Disposition", "Date", "DKIM-Signature"):
            CASES[f"{field.lower().replace('-', '_')}_of_{name}"] = (
                lambda field=field, value=value: as_bytes(f"{field}: ") + as_bytes(fill(value)) +
                b"\n" + as_bytes(HEAD) + b"\nhello\n")
    CASES["folded_by_spaces"] = lambda: with_field("X-A: a" + fill("\n "))
    CASES["parameters"] = lambda: mail("x", "text/plain" + "".join(f"; p{i}=v" for i in range(50000)))
    CASES["parameters_continued"] = lambda: mail(
        "x", "text/plain" + "".join(f"; name*{i}*=v" for i in range(50000)))
    CASES["parameters_continued_backwards"] = lambda: mail(
        "x", "text/plain" + "".join(f"; name*{i}=v" for i in range(4000, 0, -1)))
    CASES["words_by_the_thousand"] = lambda: as_bytes(HEAD) + as_bytes(
        "".join(f"X-W{i}: " + "=?utf-8?B?xJM=?= " * 100 + "\n" for i in range(500))) + b"\nx\n"
    CASES["dkim_1000"] = lambda: as_bytes("".join(
        f"DKIM-Signature: v=1; d=d{i}.example; s=s; b=" + "A" * 900 + "\n" for i in range(1000))) + as_bytes(HEAD) + b"\nx\n"


# MIME

@case
def nested_100000():
    parts = "".join(f"--b{i}\nContent-Type: multipart/mixed; boundary=b{i + 1}\n\n" for i in range(20000))
    return mail(parts, "multipart/mixed; boundary=b0")


@case
def nested_20_filled():
    parts = "".join(f"--b{i}\nContent-Type: multipart/mixed; boundary=b{i + 1}\n\n" for i in range(40))
    return mail(parts + fill("--b\n"), "multipart/mixed; boundary=b0")


@case
def nested_same_boundary():
    return mail(fill("--b\nContent-Type: multipart/mixed; boundary=b\n\n"), "multipart/mixed; boundary=b")


@case
def nested_messages():
    return mail("Content-Type: message/rfc822\n\n" * 30000, "message/rfc822")


@case
def nested_messages_base64():
    text = b"Content-Type: text/plain\n\nhello\n"
    for _ in range(20):
        text = (b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" +
                base64.encodebytes(text))
        if len(text) > 3 * MB:
            break
    return as_bytes(HEAD) + text


@case
def parts_10000():
    return multipart("Content-Type: text/plain\n\nhello" for _ in range(10000))


@case
def parts_10000_html():
    return multipart('Content-Type: text/html\n\n<a href="http://example.com/">x</a>' for _ in range(10000))


@case
def parts_100000_empty():
    return multipart("" for _ in range(200000))


@case
def parts_1000_in_text():
    return multipart("Content-Type: text/plain; name=" + "n" * 900 + "\n\n" + "words " * 30 for _ in range(1000))


@case
def parts_attachments():
    return multipart(f"Content-Type: application/pdf; name=f{i}.pdf\nContent-Transfer-Encoding: "
                     "base64\nContent-Disposition: attachment\n\nJVBERi0xLjQK" for i in range(8000))


@case
def parts_images():
    png = base64.encodebytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0").decode()
    return multipart(f"Content-Type: image/png; name=i{i}.png\nContent-Transfer-Encoding: "
                     f"base64\nContent-ID: <{i}>\n\n{png}" for i in range(5000))


@case
def boundary_long():
    return mail("--" + fill("b", 60000) + "\n\nx\n", "multipart/mixed; boundary=" + fill("b", 60000))


@case
def boundary_almost():
    return mail(fill("\n--" + "b" * 69 + "c"), "multipart/mixed; boundary=" + "b" * 70)


@case
def boundary_of_dashes():
    return mail(fill("-"), 'multipart/mixed; boundary="' + "-" * 70 + '"')


@case
def base64_in_base64():
    text = b"http://example.com/ hello\n" * 4000
    for _ in range(7):
        text = base64.encodebytes(text)
    return mail(text[:2 * MB], encoding="base64")


@case
def base64_one_line():
    return mail(base64.b64encode(fill(b"words of text ")), encoding="base64")


@case
def base64_one_a_line():
    return mail("A\n" * (MB // 2), encoding="base64")


@case
def qp_soft_breaks():
    return mail(fill("=\n"), encoding="quoted-printable")


@case
def qp_spaces_at_line_ends():
    return mail(fill(" " * 1000 + "\n"), encoding="quoted-printable")


@case
def qp_spaces():
    return mail(fill(" " * 100000 + "x"), encoding="quoted-printable")


@case
def uuencode():
    return mail("begin 644 a.bin\n" + "M" + "0" * 60 + "\n" + fill("M" + "1" * 60 + "\n") + "`\nend\n")


@case
def uuencode_encoding():
    return mail("begin 644 a.bin\n" + fill("M" + "1" * 60 + "\n") + "`\nend\n", encoding="x-uuencode")


@case
def utf7():
    return mail(fill("+AGEAYgBj-"), "text/plain; charset=utf-7")


@case
def iso2022_shifts():
    return mail(fill(b"\x1b$B$\"\x1b(B"), "text/plain; charset=iso-2022-jp")


@case
def broken_gb():
    return mail(fill(b"\xff\x80\xb0"), "text/plain; charset=gb18030")


@case
def broken_utf8():
    return mail(fill(b"\xe2\x82 \xf0\x9f \xc0"))


@case
def latin1_as_utf8():
    return mail(fill(b"caf\xe9 "))


@case
def random_bytes():
    return mail(random.Random(1).randbytes(MB))


@case
def random_html():
    chance = random.Random(2)
    pieces = ["<", ">", "</", "a", " href=", '"', "'", "&", ";", "#", "b", "style=", ":", "--", "!",
              "http://", "x.com", " ", "\n", "table", "td", "=", "font", "color", "=?", "@", "("]
    return html("".join(chance.choice(pieces) for _ in range(300000)))


@case
def random_text():
    chance = random.Random(3)
    pieces = ["a", ".", "@", "http://", "www.", "com", " ", "/", ":", "<", ">", "(", ")", "\n",
              "%41", "-", "$", "#", "!", "?", "=", "&", "1", "V", "i"]
    return mail("".join(chance.choice(pieces) for _ in range(400000)))


@case
def urls_100000():
    return mail("".join(f"http://h{i}.example.com/p{i}\n" for i in range(100000)))


@case
def urls_100000_domains():
    return mail("".join(f"http://example{i}.com/\n" for i in range(60000)))


@case
def urls_2000_long():
    return mail("".join(f"http://example.com/{i}/" + "%2561" * 380 + "\n" for i in range(2000)))


@case
def urls_redirecting():
    return mail("".join(f"http://a{i}.example/?" + "http://b.example/?" * 90 + "\n" for i in range(600)))


@case
def urls_international():
    return mail("".join(f"http://b\u00fccher{i}.example\u3002com/\n" for i in range(30000)))


@case
def addresses_100000():
    return mail("".join(f"u{i}@example{i}.com\n" for i in range(50000)))


@case
def line_of_one_megabyte():
    return mail(fill("The quick brown fox jumps over the lazy dog. "))


@case
def line_of_letters():
    chance = random.Random(4)
    return mail("".join(chance.choice("etaoin shrdlu") for _ in range(MB)))


@case
def no_header_end():
    return as_bytes(fill("X-Header: value\n"))


@case
def no_header():
    return as_bytes(fill("this is not a field\n"))


@case
def only_folds():
    return as_bytes(fill(" \n"))


@case
def from_lines():
    return as_bytes(fill("From a@example.com Mon Nov  3 10:00:00 2025\n"))


# Honest mail of any size

def words(size):
    chance = random.Random(5)
    vocabulary = ("the of and to in is it you that he was for on are with as his they be at one have "
                  "this from or had by hot but some what there we can out other were all your when "
                  "up use word how said an each she which do their time if will way about many then "
                  "them would write like so these her long make thing see him two has look more day").split()
    paragraph = "\n\n".join(textwrap.fill(" ".join(chance.choice(vocabulary) for _ in range(80)), 72)
                            for _ in range(200))
    return fill(paragraph + "\n\n", size)


def large(kind, size):
    data = random.Random(6).randbytes(size * 3 // 4)
    sample = words(300)
    accented = words(size // 2).replace("e", "\u00e9").replace("o", "\u00f6")
    russian = words(size).translate(str.maketrans("abdeghiklmnoprstu", "\u0430\u0431\u0434\u0435\u0433\u0445\u0438\u043a\u043b\u043c\u043d\u043e\u043f\u0440\u0441\u0442\u0443"))
    page = "".join(f'<tr><td align="left" style="font-size:12px;color:#333333">{line}</td></tr>\n'
                   for line in words(size // 2).split("\n"))[:size]
    attachment = ("Content-Type: application/octet-stream; name=a.bin\nContent-Transfer-Encoding: "
                  "base64\n\n{}")
    return {
        "text": lambda: mail(words(size)),
        "attachment": lambda: multipart(["Content-Type: text/plain\n\nsee attachment\n",
                                         attachment.format(base64.encodebytes(data[:size * 73 // 100]).decode())]),
        "base64_text": lambda: mail(base64.encodebytes(as_bytes(words(size * 73 // 100))), encoding="base64"),
        "quoted_printable": lambda: mail(quopri.encodestring(as_bytes(accented))[:size],
                                         encoding="quoted-printable"),
        "html": lambda: html("<html><body><table>" + page + "</table></body></html>"),
        "parts": lambda: multipart(["Content-Type: text/plain\n\n" + words(size // 500)] * 490),
        "latin1": lambda: mail(words(size).replace("e", "\u00e9").encode("latin-1"),
                               "text/plain; charset=iso-8859-1"),
        "koi8": lambda: mail(russian.encode("koi8-r"), "text/plain; charset=koi8-r"),
        "gb": lambda: mail(fill("\u4f60\u597d\u4e16\u754c\uff0c\n", size // 2).encode("gb18030")[:size],
                           "text/plain; charset=gb2312"),
        "utf8": lambda: mail(as_bytes(russian)[:size]),
        "urls": lambda: mail("".join(f"see http://www.example{i}.com/p/{i}\n{sample}\n"
                                     for i in range(size // 340))),
    }[kind]()


LARGE = ("text", "attachment", "base64_text", "quoted_printable", "html", "parts", "latin1", "koi8",
         "gb", "utf8", "urls")


def write(directory, name, content):
    with open(os.path.join(directory, name + ".eml"), "wb") as file:
        file.write(content)


def main():
    global fill_bytes
    directory = sys.argv[-1]
    if len(sys.argv) not in (2, 3, 4) or directory.startswith("-"):
        sys.exit(__doc__)
    os.makedirs(directory, exist_ok=True)
    if sys.argv[1] == "--kib":
        CASES.clear()
        fill_bytes = int(sys.argv[2]) * 1024
    if sys.argv[1] == "--large":
        for kind in LARGE:
            for size in (1, 5, 20):
                write(directory, f"{kind}-{size:02}", large(kind, size * MB))
        return
    add_characters()
    add_repeated()
    add_html()
    add_headers()
    for name, make in CASES.items():
        write(directory, name, as_bytes(make()))


if __name__ == "__main__":
    main()
