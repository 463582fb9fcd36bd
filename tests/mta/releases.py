# SPDX-License-Identifier: GPL-3.0-or-later
"""What was dropped, and is sent on after all: byte for byte, once, whoever is stopped where."""

import base64
import email
import email.policy
import hmac
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import urllib.error
import urllib.request

from harness import mail
from harness.env import FILTER_USER, check, free_port, check_equal, wait_for, write
from harness.mail import HAM, scored
from harness.suite import test
from records import with_redis
from signatures import SUBJECTS, key, SIGNED, verifies

FORWARD, TWO, BOTH = "fwd@hosted.example", "multi@hosted.example", "both@hosted.example"
ODD = (b"Hello,\r\n\r\nthis one asks for its score: eighteen point two please.\r\n"
       b"..\r\n.dot\r\nGr\xc3\xbc\xc3\x9fe \xff\xfe and blanks  \r\n\r\n\r\n")


def with_either_store(**how):
    """Registers a test, and the same with Redis, NAME_with_redis: keys() name the store."""
    def register(function):
        def with_it(t):
            def body(server):
                t.filter.stop()
                t.store = server.uri(os.path.join(t.dir, "redis.journal"))
                try:
                    function(t)
                finally:
                    del t.store
            with_redis(t, body)
        with_it.__name__ = function.__name__ + "_with_redis"
        test(**how)(function)
        test(**how)(with_it)
        return function
    return register


def keys(t, hop=True):
    store = {"store": t.store} if hasattr(t, "store") else {}
    return {"discarded_copies": "7d 1G", "discarded_copies_directory": folder(t),
            "release_via": "smtp:127.0.0.1:%d" % (t.mta.hop_port if hop else t.mta.port), **store}


def folder(t):
    return os.path.join(t.dir, "discarded")


def release(t, *arguments):
    """Exit status, and all that was printed."""
    assay = os.path.join(os.path.dirname(t.filter.program), "assay")
    done = subprocess.run([assay, "release", "-c", t.filter.conf, *arguments], timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode()


def dropped(t, track, rcpts=1):
    """The scan id of a message that was dropped."""
    found = []

    def there():
        found[:] = [r for r in t.filter.reported("forwarded-discards")
                    if r["message_id"] == track + "@sender.example"]
        return len(found) >= rcpts
    wait_for("the record of the drop", there)
    return found[0]["id"]


def send(t, body, rcpts, subject=SUBJECTS[0], canon=b"simple", signed=True):
    """As a client sends it; returns track and bytes."""
    track = mail.new_track()
    data = mail.build(body, track, subject, b"Received: from far.example by near.example; "
                      b"Mon, 02 Mar 2026 09:00:00 +0000\r\n")
    if signed:
        import dkim
        data = dkim.sign(data, b"s", b"sender.example", key()["private"], include_headers=SIGNED,
                         canonicalize=(canon, canon)) + data
    mail.submit(t.mta, data, [rcpts])
    return track, data


def release_and_compare(t, hop=True):
    for canon in (b"simple", b"relaxed"):
        track, data = send(t, ODD, FORWARD, canon=canon)
        scan = dropped(t, track)
        t.nothing_outside(track)
        status, text = release(t, scan)
        check_equal((status, text.count("released to")), (0, 1), text)
        message = t.outside.one(track)
        check(message.data.endswith(data), "bytes differ:\n%r\n%r" % (data, message.data))
        check(verifies(message), "its signature holds")
        above = message.data[:-len(data)].lower()
        for name in (b"x-assay", b"[spam]"):
            check(name not in above, "%r left the house" % name)
        check_equal(message.rcpts, ["fwd@aol.example"], "recipients")
        status, text = release(t, scan)
        check_equal(status, 1, text)
        check("released it at" in text, text)
        t.settle()
        check_equal(len(t.outside.all(track)), 1, "copies")
        check(any("released it" in line for line in t.filter.log_lines()), "the log says why")
    status, text = release(t, "--force", scan)
    check_equal(status, 0, text)
    t.outside.wait_where("the second copy", lambda m: len(t.outside.all(track)) == 2)


@with_either_store(needs=["dkim"])
def what_was_dropped_is_released_byte_for_byte(t):
    t.start(keys(t))
    release_and_compare(t)
    check_equal(os.stat(folder(t)).st_mode & 0o777, 0o700, "who may look into the folder")


@test(hop=False, needs=["dkim"])
def without_the_hop_it_is_released_at_the_front_door(t):
    t.start(dict(keys(t, hop=False), forward_map=t.mta.forward_map), hop=False)
    release_and_compare(t, hop=False)


@test()
def one_of_several_recipients_is_released(t):
    t.start(keys(t))
    track, _ = send(t, scored(18.2), TWO, signed=False)
    scan = dropped(t, track, 2)
    wait_for("both copies", lambda: sum(name.startswith(scan) for name in os.listdir(folder(t))) in
             (1, 2) and release(t, scan, "--to", "nobody@aol.example")[0] == 66)
    status, text = release(t, scan, "--to", "b@gmail.example")
    check_equal((status, text), (0, "released to b@gmail.example\n"), text)
    check_equal(t.outside.one(track).rcpts, ["b@gmail.example"], "who got it")
    t.settle()
    check_equal(len(t.outside.all(track)), 1, "copies")
    status, text = release(t, scan)
    check_equal(status, 1, text)  # the other one was sent, this one had been
    t.outside.wait_where("the other's", lambda m: len(t.outside.all(track)) == 2)


@test()
def a_mailbox_copy_is_no_part_of_it(t):
    t.start(keys(t))
    track, _ = send(t, scored(18.2), BOTH, signed=False)
    t.boxes.one(track)
    status, text = release(t, dropped(t, track))
    check_equal(status, 0, text)
    check_equal(t.outside.one(track).rcpts, ["both@aol.example"], "who got it")
    t.settle()
    check_equal(len(t.boxes.all(track)), 1, "copies in the mailbox")


@test()
def released_mail_has_a_rewritten_sender(t):
    t.start(dict(keys(t), srs="always", srs_domain="srs.hosted.example",
                 srs_secret_file=t.filter.key))
    track, _ = send(t, scored(18.2), FORWARD, signed=False)
    status, text = release(t, dropped(t, track))
    check_equal(status, 0, text)
    check(t.outside.one(track).sender.startswith("SRS0="), t.outside.one(track).sender)


def srs_keys(t):
    return dict(t.mta.srs_keys, release_srs_domain="srs.hosted.example", srs_secret_file=t.filter.key)


@test(needs=["dkim"])
def what_is_released_leaves_by_a_way_of_its_own(t):
    with t.mta.releasing("127.0.0.26") as port:
        t.start(dict(keys(t), **srs_keys(t), release_transport="smtp:127.0.0.1:%d" % port))
        passed, _ = send(t, HAM, FORWARD, signed=False)
        ordinary = t.outside.one(passed)
        track, data = send(t, ODD, FORWARD)
        status, text = release(t, dropped(t, track))
        check_equal(status, 0, text)
        message = t.outside.one(track)
        check(message.data.endswith(data) and verifies(message), "bytes and signature")
        check_equal((message.client_address, message.client_name), ("127.0.0.26", "releases.example.com"), "from where")
        check(message.sender.lower().startswith("srs0=") and message.sender.endswith("@srs.hosted.example"), message.sender)
        check(ordinary.client_address != "127.0.0.26", "other mail")
        check_equal(ordinary.sender, "alice@sender.example", "whose sender stays")
        bounce = mail.new_track()
        mail.submit(t.mta, mail.build(HAM, bounce), [message.sender], sender="")
        check_equal(t.outside.one(bounce).rcpts, ["alice@sender.example"], "where a bounce goes")


@test(needs=["dkim"])
def what_is_released_by_the_program_sendmail_is_the_same(t):
    t.start(dict(keys(t), **srs_keys(t), release_transport="sendmail:" + t.mta.local_program()))
    for canon in (b"simple", b"relaxed"):
        track, data = send(t, ODD, FORWARD, canon=canon)
        status, text = release(t, dropped(t, track))
        check_equal(status, 0, text)
        message = t.outside.one(track)
        check(message.data.endswith(data), "bytes differ:\n%r\n%r" % (data, message.data))
        check(verifies(message), "its signature holds")
        above = message.data[:-len(data)].lower()
        for name in (b"x-assay", b"[spam]", b"\nmessage-id:", b"\ndate:", b"warning"):
            check(name not in above, "%r is new in %r" % (name, above))
        check_equal(message.rcpts, ["fwd@aol.example"], "recipients")
        check(message.sender.lower().startswith("srs0="), message.sender)
    check_equal(release(t, dropped(t, track))[0], 1, "the second time")


@test()
def a_program_that_fails_is_no_release_and_one_that_is_killed_perhaps(t):
    conf = keys(t)
    program = write(os.path.join(t.dir, "program"), "", 0o755)
    t.start(dict(conf, release_transport="sendmail:" + program))
    track, _ = send(t, scored(18.2), FORWARD, signed=False)
    scan = dropped(t, track)
    for code, status, said in (("exit 77", 75, "ended with 77"), ("exit 69", 75, "not sent"), ("kill -9 $$", 75, "signal 9")):
        write(program, "#!/bin/sh\ncat >%s/got\n%s\n" % (t.dir, code), 0o755)
        found, text = release(t, scan)
        check_equal(found, status, text)
        check(said in text, text)
    with open(os.path.join(t.dir, "got"), "rb") as got:
        check(got.read().startswith(b"X-Assay-Release: "), "it had all of it")
    found, text = release(t, scan)
    check_equal(found, 1, text)
    check("began to release it" in text, text)
    t.nothing_outside(track)


class Deaf:
    """An MTA that takes a message and answers it with `answer`, or never."""

    def __init__(self, answer=None):
        self.answer, self.got = answer, threading.Event()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        peer, _ = self.server.accept()
        with peer, peer.makefile("rb") as lines:
            peer.sendall(b"220 deaf.example\r\n")
            for line in lines:
                if line.startswith(b"DATA"):
                    peer.sendall(b"354 go on\r\n")
                    while next(lines) != b".\r\n":
                        pass
                    self.got.set()
                    if self.answer is None:
                        peer.recv(1)  # until the other side is gone
                        return
                    peer.sendall(self.answer)
                else:
                    peer.sendall(b"250 deaf.example\r\n")


def kill_a_release(t, scan, in_the_middle):
    """Stops `assay release` with SIGKILL once in_the_middle()."""
    assay = os.path.join(os.path.dirname(t.filter.program), "assay")
    running = subprocess.Popen([assay, "release", "-c", t.filter.conf, scan])
    try:
        in_the_middle()
        check(running.poll() is None, "it had ended before")
    finally:
        running.kill()
        running.wait()


@with_either_store()
def a_release_that_is_killed_is_not_sent_twice_and_not_lost(t):
    deaf = Deaf()
    conf = keys(t)
    t.start(dict(conf, release_via="smtp:127.0.0.1:%d" % deaf.port))
    track, _ = send(t, scored(18.2), FORWARD, signed=False)
    scan = dropped(t, track)
    kill_a_release(t, scan, lambda: check(deaf.got.wait(60), "the message came"))
    t.filter.stop()
    t.start(conf)
    status, text = release(t, scan)
    check_equal(status, 1, text)
    check("began to release it" in text and "--force" in text, text)
    check("release begun by" in report_message(t, scan), "the report says so")
    t.nothing_outside(track)
    status, text = release(t, "--force", scan)
    check_equal(status, 0, text)
    check_equal(t.outside.one(track).rcpts, ["fwd@aol.example"], "who got it")
    check_equal(release(t, scan)[0], 1, "it is known now")


@with_either_store()
def a_release_that_is_killed_beside_sendmail_is_sent_once(t):
    """The program has all of it, so the message leaves though nobody waits for that; and it doesn't a second time."""
    program, begun, wake = (os.path.join(t.dir, name) for name in ("program", "begun", "wake"))
    for name in (begun, wake):
        if os.path.exists(name):
            os.unlink(name)
    os.mkfifo(wake)
    write(program, "#!/bin/sh\ntouch %s\nread line <%s\nexec %s \"$@\"\n" % (
        begun, wake, t.mta.local_program()), 0o755)
    t.start(dict(keys(t), **srs_keys(t), release_transport="sendmail:" + program))
    track, data = send(t, ODD, FORWARD, signed=False)
    scan = dropped(t, track)
    kill_a_release(t, scan, lambda: wait_for("the program", lambda: os.path.exists(begun)))
    for again in range(2):
        status, text = release(t, scan)
        check_equal(status, 1, text)
        check("began to release it" in text and "--force" in text, text)
    t.nothing_outside(track)
    with open(wake, "w") as pipe:
        pipe.write("on\n")
    message = t.outside.one(track)
    check(message.data.endswith(data), "bytes differ:\n%r\n%r" % (data, message.data))
    check_equal(message.rcpts, ["fwd@aol.example"], "who got it")
    check("release begun by" in report_message(t, scan), "the report says so")
    check_equal(release(t, scan)[0], 1, "afterwards")
    t.settle()
    check_equal(len(t.outside.all(track)), 1, "copies")


@test()
def a_release_that_is_refused_can_be_tried_again(t):
    deaf = Deaf(b"451 4.3.0 not now\r\n")
    conf = keys(t)
    t.start(dict(conf, release_via="smtp:127.0.0.1:%d" % deaf.port))
    track, _ = send(t, scored(18.2), FORWARD, signed=False)
    scan = dropped(t, track)
    status, text = release(t, scan)
    check_equal(status, 75, text)
    check("451 4.3.0 not now" in text, text)
    t.filter.stop()
    t.start(conf)
    check_equal(release(t, scan)[0], 0, "the second time")
    t.outside.one(track)


@test()
def a_mark_that_nobody_gave_helps_nobody(t):
    t.start(keys(t))
    track = t.send(scored(18.2), FORWARD, headers=b"X-Assay-Release: v=1;" + b"QUFB" * 60 + b"\r\n")
    t.nothing_outside(track)
    dropped(t, track)


@test()
def a_copy_that_cannot_be_kept_drops_all_the_same_and_is_told(t):
    conf = keys(t)
    conf["discarded_copies_directory"] = os.path.join(t.dir, "missing", "discarded")
    t.start(conf)
    tracks = [send(t, scored(18.2), FORWARD, signed=False)[0] for _ in range(3)]
    for track in tracks:
        t.nothing_outside(track)
        check_equal(release(t, dropped(t, track))[0], 66, "there is none")
    told = [line for line in t.filter.log_lines() if re.search("copies of dropped mail can't", line)]
    check_equal(len(told), 1, told)


LINK_SECRET = b"a key for links in the tests alone"


def link_keys(t, hop=True):
    secret = write(os.path.join(t.dir, "web.key"), LINK_SECRET.decode(), 0o600)
    shutil.chown(secret, FILTER_USER)
    return dict(keys(t, hop), web_key_file=secret, web_url="https://mail.example/assay/",
                web_links_file=os.path.join(t.dir, "web-links"), web_customers_release="yes",
                control="unix:" + os.path.join(t.dir, "control.sock"))


def digest(t, account, *options):
    """The mail as it was written, parsed; None where there is none."""
    assay = os.path.join(os.path.dirname(t.filter.program), "assay")
    done = subprocess.run([assay, "report", "digest", "-c", t.filter.conf, "--account", account,
                           *options], stdout=subprocess.PIPE, timeout=60)
    check(done.returncode in (0, 1), "digest ended with %d" % done.returncode)
    if done.returncode == 1:
        check_equal(done.stdout, b"", "nothing is written")
        return None
    return email.message_from_bytes(done.stdout, policy=email.policy.default)


def names_message(token, scan):
    """A link has the id of its message in it, for everybody to read."""
    return scan.encode() in base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def links(t, account, *options, scan=None):
    """What the links of a message, of the only one or the last, are for -> the token of each, the same in both
    parts."""
    parts = {p.get_content_type(): p.get_content() for p in digest(t, account, *options).iter_parts()}
    plain = dict((name, token) for name, token in
                 re.findall(r"^  ([a-z ]+):\n    https://mail.example/assay/act\?link=([\w-]+)$",
                            parts["text/plain"], re.M) if scan is None or names_message(token, scan))
    html = dict((name, token) for token, name in
                re.findall(r'<a href="https://mail.example/assay/act\?link=([\w-]+)">([a-z ]+)</a>',
                           parts["text/html"]) if scan is None or names_message(token, scan))
    check_equal(plain, html, "links of both parts")
    return plain


def signed_for(token, account):
    """What a link would be for another account, were one given."""
    old = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[:-16]
    of = int.from_bytes(old[14:16], "big")
    content = old[:14] + len(account).to_bytes(2, "big") + account.encode() + old[16 + of:]
    key = hmac.digest(LINK_SECRET, b"assay web links 1", "sha256")
    return base64.urlsafe_b64encode(content + hmac.digest(key, content, "sha256")[:16]).decode().rstrip("=")


def learned(t, scope):
    """Messages that were learned for it: ham, spam."""
    assay = os.path.join(os.path.dirname(t.filter.program), "assay")
    status = subprocess.run([assay, "learn", "-c", t.filter.conf, "--status", "--json"], timeout=60, check=True,
                            stdout=subprocess.PIPE).stdout
    return [(s["ham"], s["spam"]) for s in json.loads(status)["scopes"] if s["scope"] == scope]


def act(t, token):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        s.connect(os.path.join(t.dir, "control.sock"))
        s.sendall(json.dumps({"command": "act", "link": token}).encode() + b"\n")
        return json.loads(s.makefile("rb").readline())


@with_either_store()
def links_of_a_digest_do_what_they_say_once(t):
    t.start(link_keys(t))
    track, data = send(t, ODD, FORWARD, signed=False)
    scan = dropped(t, track)
    given = links(t, FORWARD, scan=scan)
    check_equal(sorted(given), ["block this sender", "deliver it", "this was right",
                                "welcome this sender"], "links")
    for text in ("", given["deliver it"][:-1], given["deliver it"][:-2] + "AA", "A" * 1000,
                 given["deliver it"].swapcase()):
        answer = act(t, text)
        check(not answer.get("done"), "forged: %r %r" % (text, answer))
    check_equal(signed_for(given["deliver it"], FORWARD), given["deliver it"], "what a link is")
    for other in ("other@hosted.example", "hosted.example.org", "aol.example"):
        for name in ("deliver it", "this was right"):
            answer = act(t, signed_for(given[name], other))
            check("no record" in answer["text"] and not answer["done"], "another account: %s" % answer)
    check_equal(learned(t, FORWARD), [], "what was learned")
    t.nothing_outside(track)
    # What is delivered is good; but then somebody says otherwise.
    for name, lessons in (("deliver it", (1, 0)), ("this was right", (0, 1)), ("welcome this sender", (0, 1))):
        check_equal(act(t, given[name])["done"], True, name)
        check_equal(learned(t, FORWARD), [lessons], "what was learned by " + name)
        answer = act(t, given[name])
        check("before" in answer["text"] and not answer["done"], "%s twice: %s" % (name, answer))
    check_equal(learned(t, "site"), [], "what was learned for others")
    check(t.outside.one(track).data.endswith(data), "what was delivered")
    assay = os.path.join(os.path.dirname(t.filter.program), "assay")
    lists = subprocess.run([assay, "list", "show", "-c", t.filter.conf, "--json"],
                           stdout=subprocess.PIPE, check=True).stdout
    entry = json.loads(lists)
    check_equal((entry["list"], entry["recipient"], entry["pattern"], entry["unauthenticated"]),
                ("welcome", FORWARD, "alice@sender.example", False), "the list")
    check_equal(act(t, given["block this sender"])["done"], True, "block")
    check(any("a link of fwd@hosted.example released it" in line for line in t.filter.log_lines()),
          "the log says who")
    check(digest(t, "other@hosted.example") is None, "another account's digest is empty")
    is_shown_as_released(t, FORWARD, scan)


def report_message(t, scan, *options):
    assay = os.path.join(os.path.dirname(t.filter.program), "assay")
    return subprocess.run([assay, "report", "message", scan, "-c", t.filter.conf, *options], timeout=60, check=True,
                          stdout=subprocess.PIPE).stdout.decode()


def is_shown_as_released(t, account, scan):
    """In the digest, which offers nothing more, and in the report about the message."""
    text = digest(t, account).get_body(("plain",)).get_content()
    item, = [item for item in text.split("\n\n") if "delivered after all on " in item]
    check("https://" not in item, item)
    check("https://" not in [row for row in digest(t, account).get_body(("html",)).get_content().split("<tr>")
                             if "delivered after all on " in row][0], "links in the HTML")
    text = report_message(t, scan)
    check(re.search(r"^  later +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d released by a link of " + re.escape(account) + "$", text, re.M), text)
    check(re.search(r"^  not dropped +a link of %s released it$" % re.escape(account), text, re.M), "what came of it: " + text)
    records = [json.loads(line) for line in report_message(t, scan, "--json").splitlines()]
    acts = [act for record in records if record["action"] == "discarded" for act in record["acts"]]
    check(("release", "a link of " + account) in [(act["act"], act["by"]) for act in acts if "done" in act], acts)


@with_either_store()
def links_of_others_expired_or_revoked_do_nothing(t):
    t.start(link_keys(t))
    track, _ = send(t, scored(18.2), FORWARD, signed=False)
    dropped(t, track)
    old = links(t, FORWARD, "--valid", "0s")
    check("expired" in act(t, old["deliver it"])["text"], "expired")
    mine = links(t, FORWARD)
    domain = links(t, "hosted.example")
    check_equal(set(mine.values()) & set(domain.values()), set(), "each account has its own")
    other, _ = send(t, scored(18.2), BOTH, signed=False)
    scan = dropped(t, other)
    t.boxes.one(other)
    # A key of somebody else's.
    conf = dict(link_keys(t), web_key_file=write(os.path.join(t.dir, "other.key"), "x" * 32, 0o600))
    shutil.chown(conf["web_key_file"], FILTER_USER)
    ours = t.filter.conf
    t.filter.conf = ours + ".other"
    t.filter.configure(conf)
    foreign = links(t, FORWARD)
    t.filter.conf = ours
    check("none of ours" in act(t, foreign["deliver it"])["text"], "another key")
    assay = os.path.join(os.path.dirname(t.filter.program), "assay")
    subprocess.run([assay, "web", "revoke", "-c", ours, "--account", FORWARD], check=True,
                   stdout=subprocess.DEVNULL)
    os.chmod(os.path.join(t.dir, "web-links"), 0o644)
    check("revoked" in act(t, mine["deliver it"])["text"], "revoked")
    t.nothing_outside(track)
    check(scan and not t.outside.all(other), "the other's is where it was")


@test()
def customers_release_only_where_they_may(t):
    conf = link_keys(t)
    t.start(conf)
    track, _ = send(t, scored(18.2), FORWARD, signed=False)
    dropped(t, track)
    given = links(t, FORWARD)
    t.filter.stop()
    t.start(dict(conf, web_customers_release="no"))
    check("may not release" in act(t, given["deliver it"])["text"], "refused")
    check("deliver it" not in links(t, FORWARD), "not offered")
    t.nothing_outside(track)


def what_is_reported_is_dropped_for_its_account(t, conf, hop=True):
    t.start(dict(conf, spam_report_link="yes"), hop=hop)
    body = HAM + " About %s." % mail.new_track()  # that nobody reported before
    track, data = send(t, body, FORWARD, signed=False)
    message = t.outside.one(track)
    check(message.data.endswith(data), "the link is above what was signed")
    url = message.get("X-Spam-Report-Link")
    token = re.fullmatch(r"<https://mail.example/assay/act\?link=([\w-]+)>",
                         "".join(url.split())).group(1)
    again, _ = send(t, body, FORWARD, signed=False)
    t.outside.one(again)
    check(not act(t, token[:-4] + "AAAA").get("done"), "forged")
    check_equal(act(t, token)["done"], True, "reported")
    check("before" in act(t, token)["text"], "once")
    same, _ = send(t, body, FORWARD, signed=False)
    t.nothing_outside(same)
    record = [r for r in t.filter.reported("forwarded-discards")
              if r["message_id"] == same + "@sender.example"]
    check_equal([(r["recipient"], r["score"]) for r in record], [(FORWARD, 100.0)], "the record")
    others, _ = send(t, body, "observed@hosted.example", signed=False)
    t.outside.one(others)
    other_text, _ = send(t, body + " And on Friday.", FORWARD, signed=False)
    t.outside.one(other_text)
    mail.submit(t.mta, mail.build(body, "x" + track).replace(b"alice@", b"eve@"), [FORWARD])
    t.outside.one("x" + track)


@with_either_store()
def what_is_reported_by_a_link_in_the_header_is_dropped_for_its_account(t):
    what_is_reported_is_dropped_for_its_account(t, link_keys(t))


@test(hop=False)
def what_is_reported_is_dropped_without_the_hop(t):
    conf = dict(link_keys(t, hop=False), forward_map=t.mta.forward_map)
    what_is_reported_is_dropped_for_its_account(t, conf, hop=False)


def what_was_let_through_can_be_reported(t, conf, hop=True):
    """By the digest; what is reported is dropped from then on, for that account alone."""
    t.start(dict(conf, spam_report_link="yes"), hop=hop)
    first, _ = send(t, HAM, FORWARD, signed=False)
    t.outside.one(first)
    tagged, _ = send(t, scored(5.9), FORWARD, signed=False)
    t.outside.one(tagged)

    def listed():
        found = digest(t, FORWARD)
        return (found is not None and "1 tagged, 1 let through" in found["Subject"] and
                found.get_body(("plain",)).get_content().count("report it as spam:") == 2 and found)
    wait_for("the records", listed)
    text = listed().get_body(("plain",)).get_content()
    before, after = text.split("This was let through")
    check("report it as spam" in before and "tagged" in before, before)
    check_equal(re.findall("^  ([a-z ]+):$", after, re.M),
                ["welcome this sender", "block this sender", "report it as spam"], after)
    ids = [r["id"] for r in t.filter.reported("deliveries") if r["message_id"] == first + "@sender.example"]
    token = links(t, FORWARD, scan=ids[0])["report it as spam"]
    check(not act(t, token[:-4] + "AAAA").get("done"), "forged")
    old = links(t, FORWARD, "--valid", "0s", scan=ids[0])["report it as spam"]
    check("expired" in act(t, old)["text"], "expired")
    answer = act(t, token)
    check_equal(answer["done"], True, answer)
    check("before" in act(t, token)["text"], "once")
    check("report it as spam" not in links(t, FORWARD, scan=ids[0]), "it is offered once")
    check("reported as spam by a link of fwd@hosted.example" in report_message(t, ids[0]), "the report says so")
    same, _ = send(t, HAM, FORWARD, signed=False)
    t.nothing_outside(same)
    dropped(t, same)
    others, _ = send(t, HAM, "observed@hosted.example", signed=False)
    t.outside.one(others)


@with_either_store()
def what_was_let_through_is_in_the_digest_and_can_be_reported(t):
    what_was_let_through_can_be_reported(t, link_keys(t))


@test(hop=False)
def what_was_let_through_without_the_hop_can_be_reported(t):
    what_was_let_through_can_be_reported(t, dict(link_keys(t, hop=False), forward_map=t.mta.forward_map), hop=False)


@test()
def a_link_of_strangers_in_the_header_is_taken_out(t):
    t.start(link_keys(t))
    track = t.send(HAM, FORWARD, headers=b"X-Spam-Report-Link: <https://evil.example/>\r\n")
    check_equal(t.outside.one(track).raw("X-Spam-Report-Link"), [], "the field")


@test()
def a_click_in_a_digest_delivers_through_the_page(t):
    port = free_port()
    conf = dict(link_keys(t), web="inet:127.0.0.1:%d" % port)
    t.start(conf)
    track, data = send(t, ODD, FORWARD, signed=False)
    token = links(t, FORWARD, scan=dropped(t, track))["deliver it"]
    assay = os.path.join(os.path.dirname(t.filter.program), "assay")
    page = subprocess.Popen([assay, "web", "-c", t.filter.conf], stderr=subprocess.DEVNULL)

    def ask(body=None):
        try:
            with urllib.request.urlopen("http://127.0.0.1:%d/act%s" % (
                    port, "" if body else "?link=" + token), body, 60) as answer:
                return answer.status
        except urllib.error.HTTPError as problem:
            return problem.code
        except OSError:
            return None
    try:
        wait_for("the page", lambda: ask() == 200)
        t.nothing_outside(track)
        check_equal(ask(b"link=" + token.encode()), 200, "the click")
        check(t.outside.one(track).data.endswith(data), "what was delivered")
        check_equal(ask(b"link=" + token.encode()), 409, "the second click")
    finally:
        page.terminate()
        page.wait()
