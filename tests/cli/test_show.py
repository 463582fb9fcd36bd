# SPDX-License-Identifier: GPL-3.0-or-later
"""assay show: what rules see of a message, as text and as JSON."""
import base64
import hashlib
import json
import os
import re

HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
PICTURE = bytes(range(256)) * 400
MAIL = b"""Return-Path: <bounce@example.com>
Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=bounce@example.com; dmarc=fail (p=none)
Received-SPF: pass (mx.example.org: fine) client-ip=203.0.113.7
Received: from hub.example.net (hub.example.net [192.0.2.9]) by mx.example.org with ESMTP id 2;
 Sun, 22 Nov 2026 10:00:01 +0000
Received: from mail.example.com (mail.example.com [203.0.113.7]) by hub.example.net with ESMTP id 1;
 Sun, 22 Nov 2026 10:00:00 +0000
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=k; h=from:subject;
 bh=AAAA; b=BBBB
From: =?utf-8?q?Caf=C3=A9?= <a@www.example.com>
To: b@example.org,
 c@example.org
Subject: =?iso-8859-1?q?Gr=FC=DFe?= and more
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: multipart/alternative; boundary=y

--y
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Look at http://shop.example.net/a%41b  now,
gr=FC=DFe

Second paragraph.
--y
Content-Type: text/html

<html><head><title>Of <b>it</title></head><body bgcolor="white"><!-- quiet -->
<p style="color:white">hidden</p><a href="HTTP://Click.Example.COM/%7Ex">Shop here</a>
<img src="http://img.example.net/p.png"><form action="mailto:x@example.org"></form></body></html>
--y--
--x
Content-Type: image/png; name="=?utf-8?q?p=C3=ADc.png?="
Content-Disposition: attachment
Content-Transfer-Encoding: base64

""" + base64.encodebytes(PICTURE) + b"--x--\n"


def show(place, *args, **how):
    return json.loads(place.assay("show", "-c", "show.conf", "--json", *args, **how))


def prepare(place, mail=MAIL):
    place.write("show.conf", "rules test.cf\nnetwork_tests no\nhostname mx.example.org\n"
                "trusted_networks 192.0.2.0/24\n")
    place.write("m.eml", mail)


def test_show_header(place):
    prepare(place)
    fields = {field["name"]: field for field in show(place, "--view", "header", "m.eml")["header"]}
    assert fields["From"]["decoded"] == "Caf\u00e9 <a@www.example.com>", fields["From"]
    assert fields["Subject"]["decoded"] == "Gr\u00fc\u00dfe and more"
    assert "=?iso-8859-1?q?" in fields["Subject"]["raw"]
    assert fields["To"]["raw"] == " b@example.org,\n c@example.org"
    text = place.assay("show", "-c", "show.conf", "--view", "header", "m.eml").decode()
    assert re.search(r"^ +\d+  Subject: Gr\u00fc\u00dfe and more$", text, re.M), text
    assert re.search(r"^ +raw +=\?iso-8859-1\?q\?Gr=FC=DFe\?= and more$", text, re.M), text
    assert re.search(r"^ +\d+  MIME-Version: 1.0$", text, re.M) and "body" not in text, text


def test_show_fields(place):
    prepare(place)
    one = show(place, "--field", "From:addr", "--field", "ToCc", "--field", "From:name", "m.eml")
    assert one["fields"] == [
        {"field": "From:addr", "values": ["a@www.example.com"]},
        {"field": "ToCc", "values": ["b@example.org, c@example.org\n"]},
        {"field": "From:name", "values": ["Caf\u00e9"]}], one
    assert set(one) == {"file", "fields", "limits"}, one
    place.assay("show", "-c", "show.conf", "--field", "From:adr", "m.eml", status=64)
    assert "unknown modifier ':adr'" in place.stderr, place.stderr


def test_show_relays(place):
    prepare(place)
    relays = show(place, "--view", "relays", "m.eml")["relays"]
    assert [(relay["ip"], relay["trusted"], relay["internal"]) for relay in relays["list"]] == \
        [("192.0.2.9", True, True), ("203.0.113.7", False, False)], relays
    assert relays["list"][1]["rdns"] == "mail.example.com" and relays["list"][1]["by"] == "hub.example.net"
    assert "ip=192.0.2.9" in relays["seen_by_rules"]["trusted"]
    assert "ip=203.0.113.7" in relays["seen_by_rules"]["external"]
    assert relays["envelope"]["sender"] == "bounce@example.com", relays
    relays = show(place, "--view", "relays", "--client-ip", "198.51.100.1", "--helo", "me.test", "--from",
                  "<x@example.net>", "--rcpt", "y@example.org", "m.eml")["relays"]
    assert relays["list"][0]["ip"] == "198.51.100.1" and relays["list"][0]["from"] == "the SMTP session"
    assert relays["envelope"]["sender"] == "x@example.net" and relays["envelope"]["helo"] == "me.test"
    assert relays["envelope"]["recipients"] == ["y@example.org"], relays


def test_show_texts(place):
    prepare(place)
    one = show(place, "--view", "body,rawbody", "m.eml")
    assert one["body"][0] == "Gr\u00fc\u00dfe and more\n", one["body"]
    assert "Look at http://shop.example.net/a%41b now, gr\u00fc\u00dfe\n" in one["body"], one["body"]
    assert "Second paragraph." in "".join(one["body"])
    raw = "".join(one["rawbody"])
    assert "Look at http://shop.example.net/a%41b  now,\ngr" in raw and "<!-- quiet -->" in raw, raw
    text = place.assay("show", "-c", "show.conf", "--view", "body", "m.eml").decode()
    assert "  1  Gr\u00fc\u00dfe and more\n" in text, text


def test_show_hits_what_rules_hit(place):
    """Each piece that is shown is one that a rule for the whole of it hits."""
    prepare(place)
    one = show(place, "--view", "body,rawbody,uris", "m.eml")
    rules, names = [], []
    for kind, pieces in (("body", one["body"]), ("rawbody", one["rawbody"]),
                         ("uri", [form for uri in one["uris"] for form in uri["forms"]])):
        for i, piece in enumerate(pieces):
            if piece.isascii() and piece.strip():
                quoted = "".join(c if c.isalnum() else "\\x%02x" % ord(c) for c in piece)
                names.append("%s_%d" % (kind.upper(), i))
                rules.append("%s %s /^%s\\z/\n" % (kind, names[-1], quoted))
    place.write("pieces.cf", "".join(rules))
    assert len(names) > 8, names
    line = place.assay("score", "--json", "--local", "--rules", "pieces.cf", "m.eml")
    assert sorted(rule["name"] for rule in json.loads(line)["rules"]) == sorted(names)


def test_show_html(place):
    prepare(place)
    (html,) = show(place, "--view", "html", "m.eml")["html"]
    counts = {element["name"]: element["opened"] for element in html["elements"]}
    assert counts["a"] == counts["img"] == counts["form"] == 1, counts
    assert html["comments"] == ["<!-- quiet -->"] and html["forms"] == 1 and html["mailto_form"] is True
    assert {"target": "HTTP://Click.Example.COM/%7Ex", "element": "a", "attribute": "href",
            "text": "Shop here"}.items() <= html["links"][0].items(), html["links"]
    assert "hidden" in html["rendered"]


def test_show_uris(place):
    prepare(place)
    uris = {uri["raw"]: uri for uri in show(place, "--view", "uris", "m.eml")["uris"]}
    click = uris["HTTP://Click.Example.COM/%7Ex"]
    assert click["host"] == "click.example.com" and click["domain"] == "example.com", click
    assert click["types"] == ["a"] and click["found_in"] == ["link"] and click["link_texts"] == ["Shop here"]
    assert "http://Click.Example.COM/~x" in click["forms"] or len(click["forms"]) > 1, click
    shop = uris["http://shop.example.net/a%41b"]
    assert shop["types"] == ["parsed"] and shop["found_in"] == ["text"], shop
    assert "http://shop.example.net/aAb" in shop["forms"], shop
    assert uris["http://img.example.net/p.png"]["types"] == ["img"]


def test_show_attachments(place):
    prepare(place)
    parts = show(place, "--view", "attachments", "m.eml")["attachments"]
    assert [(part["type"], part["depth"]) for part in parts] == [
        ("multipart/mixed", 0), ("multipart/alternative", 1), ("text/plain", 2), ("text/html", 2),
        ("image/png", 1)], parts
    picture = parts[-1]
    assert picture["name"] == "p\u00edc.png" and picture["attached"] is True, picture
    assert picture["size"] == len(PICTURE) and picture["encoding"] == "base64", picture
    assert picture["sha256"] == hashlib.sha256(PICTURE).hexdigest(), picture
    assert picture["md5"] == hashlib.md5(PICTURE).hexdigest().upper(), picture
    assert parts[2]["in_body"] is True and "sha256" not in parts[0], parts[2]


def test_show_auth(place):
    prepare(place)
    auth = show(place, "--view", "auth", "m.eml")["auth"]
    assert auth["authors"] == [{"address": "a@www.example.com", "registered": "example.com"}], auth
    (signature,) = auth["signatures"]
    assert signature["domain"] == "example.com" and signature["result"] == "fail", signature
    assert signature["reason"] == "the body was changed" and signature["body_matches"] is False, signature
    assert auth["authentication_results"] == [
        {"host": "mx.example.org", "results": ["spf=pass smtp.mailfrom=bounce@example.com", "dmarc=fail"]}], auth
    assert auth["received_spf"] == ["pass (mx.example.org: fine) client-ip=203.0.113.7"]


def test_show_all_views_and_wrong_ones(place):
    prepare(place)
    assert set(show(place, "m.eml")) == {"file", "header", "relays", "body", "rawbody", "html", "uris",
                                         "attachments", "auth", "limits"}
    place.assay("show", "--view", "rawbdy", "m.eml", status=64)
    assert 'there is no view "rawbdy"; did you mean "rawbody"?' in place.stderr
    place.assay("show", "--view", "", "m.eml", status=64)
    assert 'there is no view ""' in place.stderr
    place.assay("show", "-c", "show.conf", "none.eml", status=66)
    assert "none.eml: cannot be opened" in place.stderr
    assert b"none" in place.assay("show", "-c", "show.conf", "--view", "uris,html", stdin=b"Subject: a\n\nb\n")
    two = place.assay("show", "-c", "show.conf", "--json", "m.eml", "-", stdin=MAIL).splitlines()
    assert [json.loads(line)["file"] for line in two] == ["m.eml", "-"]


def test_show_nothing_that_a_terminal_obeys(place):
    hostile = "\x1b[2J\x9b7m\u202egnp\u2066\u061c\x7f\x00\r\x08\\x1b"
    raw = hostile.encode() + b"\xff\xc3"
    prepare(place, b"From: " + raw.replace(b"\r", b"") + b" <a" + raw.replace(b"\r", b"") +
            b"@b.test>\nReceived: from " + raw.replace(b"\r", b"") +
            b" ([192.0.2.3]) by x\nSubject: x" + raw.replace(b"\r", b"") +
            b"\nDKIM-Signature: v=1; d=" + raw.replace(b"\r", b"") +
            b"\nAuthentication-Results: " + raw.replace(b"\r", b"") + b"; spf=" + raw.replace(b"\r", b"") +
            b"\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"
            b"Content-Type: text/html\n\n<title>" + raw + b"</title><!-- " + raw + b"--><a href=\"http://a.test/" +
            raw + b"\">" + raw + b"</a><script>" + raw + b"</script><" + raw + b">\n--x\n"
            b"Content-Type: application/x; name=\"" + raw.replace(b"\r", b"") + b"\"\n\nx\n--x--\n")
    name = "m%s.eml" % hostile.replace("\x00", "").replace("/", "")
    os.rename(os.path.join(place.path, "m.eml"), os.path.join(place.path, name))
    for args in ((), ("--json",), ("--field", "ALL:raw"), ("--field", "From:addr", "--json")):
        text = place.assay("show", "-c", "show.conf", *args, name).decode()
        assert not HIDDEN.search(text), (args, ascii(text))
    assert json.loads(place.assay("show", "-c", "show.conf", "--json", name))["file"] == name
    text = place.assay("show", "-c", "show.conf", "--view", "header,rawbody", name).decode()
    assert " x\\x1b[2J\\x{9b}7m\\x{202e}gnp" in text and "\\\\x1b" in text, ascii(text)
    assert "\\xff" in text and "\\r" in text, ascii(text)
