# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages made for the benchmark: large ones, and hostile ones. All are the same in every run."""
import base64
import os
import random

MIB = 1 << 20
WORDS = """a about account after all also and any as at back be because before best but buy by call
can click come company could day do dollar each email even every find first for free from get give
go good guaranteed have he her here him his home how if in information into invest is it its just
know large like list little long look mail make many market may me money more most much my name new
no not now of offer on one only or order other our out over own people phone please price product
read receive remove report right save say see send she should site so some special subject such
take than that the their them then there these they thing this time to today two up us use want
was way we web week well were what when which who will with work world would year you your""".split()


def prose(size, seed):
    """Lines of words, as long as text in mail is, of exactly `size` bytes."""
    source = random.Random(seed)
    lines, length = [], 0
    while length < size:
        line = " ".join(source.choices(WORDS, k=12))[:76]
        if source.random() < 0.02:
            line += f" http://www.{source.choice(WORDS)}{len(lines) % 50}.example.com/"
        lines.append(line + "\n")
        length += len(line) + 1
    return "".join(lines)[:size]


def page(size, seed):
    """The same as HTML: a table in a table, fonts, links, entities."""
    source = random.Random(seed)
    parts, length = ["<html><head><style>p{color:#333}</style></head><body>\n"], 60
    while length < size - 100:
        text = " ".join(source.choices(WORDS, k=20))
        block = (f'<table width="600" border="0"><tr><td class="c{length % 9}">'
                 f'<p style="font-size:12px"><font color="#{source.randrange(1 << 24):06x}" '
                 f'face="Arial">{text}</font><br>\n{text} &amp; {text[:40]}&nbsp;'
                 f'<a href="http://www.{source.choice(WORDS)}{length % 50}.example.com/x?y=1">'
                 f'{text[:20]}</a></p></td></tr></table>\n')
        parts.append(block)
        length += len(block)
    return ("".join(parts) + "</body></html>\n")


def message(content_type, body, encoding="7bit", more=""):
    return (f"From: Joe <joe@example.com>\nTo: maria@example.net\nSubject: a message\n"
            f"Date: Mon, 7 Oct 2024 10:00:00 +0000\nMessage-ID: <1@example.com>\n"
            f"MIME-Version: 1.0\nContent-Type: {content_type}\n"
            f"Content-Transfer-Encoding: {encoding}\n{more}\n{body}")


def base64_lines(data):
    return base64.encodebytes(data).decode("ascii")


def large(kind, mib):
    size = mib * MIB
    if kind == "text":
        return message("text/plain", prose(size, 1))
    if kind == "HTML":
        return message("text/html", page(size, 2))
    return message("text/plain", base64_lines(prose(size * 3 // 4, 3).encode()), "base64")


def nested(depth, kind="multipart"):
    if kind == "message":
        return "Subject: x\nContent-Type: message/rfc822\n\n" * depth + "Subject: y\n\nHello\n"
    head = "".join(f'Content-Type: multipart/mixed; boundary="b{i}"\n\n--b{i}\n'
                   for i in range(depth))
    return "Subject: nested\nMIME-Version: 1.0\n" + head + "\nHello\n"


def many_parts(count):
    return ('Subject: parts\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n' +
            "--b\nContent-Type: text/plain\n\nx\n" * count + "--b--\n")


def with_header(text):
    return f"From: joe@example.com\n{text}\n\nHello\n"


def folded(name, text):
    """The text in fields as long as an MTA hands on, in lines that it takes."""
    fields = []
    for at in range(0, len(text), 50000):
        piece = text[at:at + 50000]
        lines = [piece[i:i + 900] for i in range(0, len(piece), 900)]
        fields.append(f"{name}: " + "\n ".join(lines))
    return "\n".join(fields)


def hostile():
    """Names and texts of messages that try to make a filter work hard."""
    html = "text/html"
    uris = "".join(f"http://www.host{i}.example.com/p{i}\n" for i in range(100000))
    links = "".join(f'<a href="http://h{i}.example.com/">x</a>\n' for i in range(100000))
    yield "MIME nested 5,000 deep", nested(5000)
    yield "messages in messages, 5,000 deep", nested(5000, "message")
    yield "100,000 MIME parts", many_parts(100000)
    yield "100,000 header fields", with_header("\n".join(f"X-H{i}: v" for i in range(100000)))
    yield "100,000 Received fields", with_header("\n".join(
        f"Received: from h{i}.example.com (h{i} [192.0.2.{i % 250}]) by x.example.com with SMTP "
        f"id {i}; Mon, 7 Oct 2024 10:00:00 +0000" for i in range(100000)))
    yield "1 MB of Subject fields", with_header(folded("Subject", "a" * MIB))
    yield "To fields with 50,000 addresses", with_header(folded(
        "To", ", ".join(f"u{i}@example.com" for i in range(50000))))
    yield "1 MB of comment brackets in From", folded("From", "(" * MIB) + "\n\nHello\n"
    yield "1 MB of encoded-words", with_header(folded("Subject", "=?utf-8?q?a?= " * 75000))
    yield "100,000 parameters", "MIME-Version: 1.0\n" + (
        "Content-Type: text/plain;\n" + ";\n".join(f" name*{i}*=a" for i in range(4000)) +
        "\n") * 25 + "\nHello\n"
    yield "100,000 URIs", message("text/plain", uris)
    yield "100,000 links", message(html, links)
    for name, text in (("<", "<"), ("<a ", "<a "), ("<div>", "<div>"), ("<table><tr>", "<table><tr>"),
                       ("<!--", "<!--"), ("&", "&"), ("&#", "&#"), ("<![CDATA[", "<![CDATA["),
                       ("<style>", "<style>"), ("<script>", "<script>"), ('<a href="', '<a href="'),
                       ("</p>", "</p>"), ("<b><i></b>", "<b><i></b>"), ("<font color=red>",) * 2):
        yield f"1 MB of {name} in HTML", message(html, (text * (MIB // len(text) + 1))[:MIB])
    yield "a tag of 1 MB", message(html, "<a " + "b=c " * (MIB // 4) + ">x</a>")
    yield "an attribute of 1 MB", message(html, '<a href="http://' + "x" * MIB + '">x</a>')
    for name, text in (("a", "a"), ("blank", " "), ("line end", "\n"), ("NUL", "\0"), ("=", "="),
                       ("%", "%"), ("@", "@"), (".", "."), ("www.", "www."), ("http://", "http://"),
                       ("a@b", "a@b"), ("a.b.", "a.b."), ("-", "-"), ("é", "\u00e9"), ("$", "$")):
        yield f"1 MB of {name} in a line", message("text/plain; charset=utf-8",
                                                   text * (MIB // len(text)), "8bit")
    yield "1 MB of = as quoted-printable", message("text/plain", "=" * MIB, "quoted-printable")
    yield "1 MB of bad base64", message("text/plain", "=A-_" * (MIB // 4), "base64")
    yield "1 MB that is no UTF-7", message("text/plain; charset=utf-7", "+" * MIB)


def write(directory, name, text):
    path = os.path.join(directory, "".join(c if c.isalnum() else "_" for c in name) + ".eml")
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return path
