# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail that was packed by gzip, as every subcommand that reads mail takes it; Zstandard has unit tests."""
import gzip
import json
import os
import resource
import shutil
import subprocess

HAM = b"From: a@example.org\nMessage-ID: <%d@x.test>\nSubject: hi %d\n\nfive points\n"
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASSAY = os.path.abspath(os.environ.get("ASSAY", os.path.join(TOP, "build", "assay")))


def mbox(first, count):
    return b"".join(b"From a@example.org Mon Nov 16 10:00:00 2026\n" + HAM % (i, i) + b"\n"
                    for i in range(first, first + count))


def test_packed_mail_is_read(place):
    place.write("one.eml.gz", gzip.compress(HAM % (1, 1)))
    place.write("two.gz", gzip.compress(mbox(1, 1)) + gzip.compress(mbox(2, 2)) + b"\0" * 100)
    (one,) = place.json("one.eml.gz")
    assert one["score"] == 5.0 and one["file"] == "one.eml.gz" and one["size"] == len(HAM % (1, 1)), one
    (one,) = place.json(stdin=gzip.compress(HAM % (1, 1)))
    assert one["score"] == 5.0 and one["file"] == "-", one
    names = [message["file"] for message in place.json("--mbox", "two.gz")]
    assert names == ["two.gz:1", "two.gz:2", "two.gz:3"], names
    if shutil.which("zstd"):
        for name in ("one.eml", "two"):
            place.write(name, gzip.decompress(open(os.path.join(place.path, name + ".gz"), "rb").read()))
            subprocess.run(["zstd", "-q", name], cwd=place.path, check=True)
        assert [m["score"] for m in place.json("one.eml.zst")] == [5.0]
        assert len(place.json("--mbox", "two.zst")) == 3


def test_packed_mail_in_a_maildir(place):
    for folder in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(place.path, "dir", folder))
    place.write("dir/cur/1.x:2,S", gzip.compress(HAM % (1, 1)))
    place.write("dir/new/2.x", HAM % (2, 2))
    for args in (("--maildir", "dir"), ("dir",)):
        assert [message["score"] for message in place.json(*args)] == [5.0, 5.0]
    result = place.assay("dkim", "--json", "--dns-server", "127.0.0.1@1", "dir").splitlines()
    assert [json.loads(line)["signatures"] for line in result] == [[], []]


def test_packed_mail_is_learned(place):
    place.write("learn.conf", "rules test.cf\nnetwork_tests no\nstore sqlite:%s/store.db\n"
                "lessons sqlite:%s/lessons.db\n" % (place.path, place.path))
    place.write("box.gz", gzip.compress(mbox(1, 3)))
    place.write("one.gz", gzip.compress(HAM % (3, 3)))
    assert place.assay("learn", "-c", "learn.conf", "--spam", "--mbox", "box.gz").startswith(
        b"spam: 3 learned")
    assert place.assay("learn", "-c", "learn.conf", "--spam", "one.gz").startswith(
        b"spam: 0 learned, 0 changed, 1 known")
    place.write("spam.gz", gzip.compress(mbox(10, 40)))
    os.makedirs(os.path.join(place.path, "ham"))
    for i in range(40):
        place.write("ham/%d.gz" % i, gzip.compress((HAM % (i, i)).replace(b"five points", b"less")))
    table = place.assay("tune", "--hits", "-c", "learn.conf", "--ham", "ham", "--spam", "spam.gz").decode()
    assert "FIVE" in table and "MINUS" in table, table


def test_bad_packed_mail_is_refused(place):
    good = gzip.compress(HAM % (1, 1))
    for name, content, said in (("cut.gz", good[:-12], "its gzip data is cut short"),
                                ("bad.gz", good[:20] + b"\xff\xff\xff" + good[23:], "its gzip data is damaged"),
                                ("sum.gz", good[:-8] + b"\0" * 8, "its gzip data is damaged"),
                                ("more.gz", good + b"more", "its gzip data is damaged"),
                                ("cut.zst", b"\x28\xb5\x2f\xfd\x04", "its Zstandard data is cut short"),
                                ("bad.zst", b"\x28\xb5\x2f\xfd" + b"\xff" * 40, "its Zstandard data is damaged")):
        place.write(name, content)
        place.score(name, status=66)
        assert "%s: %s" % (name, said) in place.stderr, (name, place.stderr)


def test_bomb_is_refused(place):
    block = gzip.compress(b"\0" * (64 << 20), 9)
    place.write("bomb.gz", block * 20)

    def bounded():
        resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))

    sanitized = b"__asan" in open(ASSAY, "rb").read()
    result = subprocess.run([ASSAY, "score", "-c", "assay.conf", "bomb.gz", "ham.eml"], cwd=place.path,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, check=False,
                            preexec_fn=None if sanitized else bounded)
    assert result.returncode == 66, (result.returncode, result.stderr)
    assert b"bomb.gz: expands to more than 256 MiB" in result.stderr, result.stderr
    assert b"ham.eml" in result.stdout
