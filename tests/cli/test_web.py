# SPDX-License-Identifier: GPL-3.0-or-later
"""assay web: links for customers, and taking them back."""
import base64
import os
import time

CONF = "web_url https://mail.example.com/assay/\nweb_key_file web.key\nweb_links_file web-links\n"


def make_place(place):
    place.assay("key", "new", "--group", "-", "web.key")
    place.write("web.conf", CONF)


def content_of(url):
    """Expiry, epoch and account, which everybody may read but nobody else can write."""
    start, link = url.decode().strip().split("=")
    assert start == "https://mail.example.com/assay/open?link", url
    data = base64.urlsafe_b64decode(link + "=" * (-len(link) % 4))
    size = int.from_bytes(data[14:16], "big")
    assert data[:2] == b"\1\1" and len(data) == 16 + size + 16, data
    return int.from_bytes(data[2:10], "big"), int.from_bytes(data[10:14], "big"), data[16:16 + size].decode()


def test_web_links(place):
    make_place(place)
    before = int(time.time())
    url = place.assay("web", "link", "-c", "web.conf", "--account", "Joe <JOE@Example.com>", "--valid", "2h")
    expires, epoch, account = content_of(url)
    assert (epoch, account) == (0, "joe@example.com") and before + 7200 <= expires <= time.time() + 7200
    expires, epoch, account = content_of(place.assay("web", "link", "-c", "web.conf", "--account", "@example.com"))
    assert (epoch, account) == (0, "example.com") and abs(expires - before - 30 * 86400) < 60


def test_web_links_taken_back(place):
    make_place(place)
    told = place.assay("web", "revoke", "-c", "web.conf", "--account", "Example.com")
    assert b"Example.com" in told and b"void" in told
    place.assay("web", "revoke", "-c", "web.conf", "--account", "example.com")
    assert content_of(place.assay("web", "link", "-c", "web.conf", "--account", "EXAMPLE.com"))[1] == 2
    assert content_of(place.assay("web", "link", "-c", "web.conf", "--account", "joe@example.com"))[1] == 0
    url = place.assay("web", "link", "-c", "web.conf", "--account", "example.com").decode()
    assert b"the link holds\naccount: example.com\n" in place.assay("web", "check", "-c", "web.conf", url)
    place.assay("web", "check", "-c", "web.conf", url.split("=")[1])
    place.assay("web", "revoke", "-c", "web.conf", "--account", "example.com")
    assert b"the link was revoked\naccount: example.com\n" in place.assay("web", "check", "-c", "web.conf", url, status=1)
    assert place.assay("web", "check", "-c", "web.conf", url.strip() + "A", status=1) == \
        b"the link is none of ours, or was changed\n"
    place.write("web-links", "nonsense\n")
    place.assay("web", "link", "-c", "web.conf", "--account", "example.com", status=74)
    assert "web-links:1" in place.stderr, place.stderr


def test_web_links_refused(place):
    make_place(place)
    for arguments in (["link"], ["link", "--account", "a", "--staff"], ["revoke"], ["lnik", "--account", "a"], ["link", "--account", "<>"],
                      ["link", "--account", "a", "--valid", "5"], ["link", "--account", "a", "--valid", "0d"],
                      ["link", "--account", "a", "--valid", "9999d"], ["link", "more", "--account", "a"],
                      ["link", "--account", "a" * 400], ["check"], ["check", "a", "b"], ["link", "--acount", "a"]):
        place.assay("web", *arguments, "-c", "web.conf", status=64)
    place.assay("web", "-c", "web.conf", status=78)
    assert "web is none" in place.stderr, place.stderr
    os.chmod(os.path.join(place.path, "web.key"), 0o644)
    place.assay("web", "link", "--account", "a", "-c", "web.conf", status=78)
    assert "chmod" in place.stderr, place.stderr
    place.write("bare.conf", "web_key_file web.key\n")
    place.assay("web", "link", "--account", "a", "-c", "bare.conf", status=78)
    assert "web_url" in place.stderr, place.stderr
    place.assay("web", "revoke", "--account", "a b", "-c", "web.conf", status=73)
    place.write("lost.conf", CONF.replace("web-links", "no-such-directory/web-links"))
    place.assay("web", "revoke", "--account", "a", "-c", "lost.conf", status=73)
