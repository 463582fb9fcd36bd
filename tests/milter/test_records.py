# SPDX-License-Identifier: GPL-3.0-or-later
"""Records that can be trusted: whatever fails, each message that the MTA saw discarded is in the
report exactly once, and no other is; and nobody waits for records of ordinary mail."""
import collections
import json
import os
import queue
import re
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))

from client import Connection, Disconnected  # noqa: E402
from daemon import Daemon, Skip, executable, quick  # noqa: E402
from redis_server import Proxy, RedisServer, installed  # noqa: E402
from test_message import DROP, equal, values  # noqa: E402

HAM = "Hello Joe,\r\n\r\nsee you.\r\n"
# No MTA comes back sooner with a message that got no answer.
COME_BACK = 2.2


class Offer:
    """A message that an MTA has accepted, and offers until it gets an answer."""
    count = 0

    def __init__(self, body):
        Offer.count += 1
        self.id, self.body = "m%d.%d@example.com" % (os.getpid(), Offer.count), body
        self.headers = [("From", " Ann <ann@example.com>"), ("Subject", " Hello"),
                        ("Message-ID", " <%s>" % self.id)]
        self.tries = 0
        self.verdict = self.fields = None

    def offer(self, address):
        """Under another queue id each time, as after a restart; False where no answer comes."""
        self.tries += 1
        queue_id = "Q%s.%d" % (self.id.partition("@")[0], self.tries)
        try:
            with Connection(address, timeout=120) as mta:
                mta.negotiate()
                mta.envelope(queue_id=queue_id, recipients=("<away@example.net>",))
                answer = mta.message(self.headers, self.body, queue_id=queue_id)
                mta.quit()
        except (OSError, Disconnected):
            return False
        self.verdict, self.fields = answer.verdict, answer.apply(self.headers)
        return True

    def insist(self, address, limit=60):
        until = time.monotonic() + limit
        while not self.offer(address):
            assert time.monotonic() < until, "no answer for %s" % self.id
            time.sleep(COME_BACK)
        return self


def load(sockets, count, threads=6, meanwhile=None, body=lambda n: DROP if n % 3 else HAM):
    """Offers that many messages in parallel, in turn to each of the sockets; `meanwhile` runs when
    a third of them is answered. All of them are, in the end."""
    offers, waiting, done = [Offer(body(n)) for n in range(count)], queue.Queue(), queue.Queue()
    for number, offer in enumerate(offers):
        waiting.put((number, offer))

    def work():
        while True:
            try:
                number, offer = waiting.get_nowait()
            except queue.Empty:
                return
            offer.insist(sockets[number % len(sockets)])
            done.put(offer)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    if meanwhile:
        while done.qsize() < count // 3:
            time.sleep(0.005)
        meanwhile()
    for worker in workers:
        worker.join()
    equal(done.qsize(), count)
    return offers


def wait_until(what, condition, timeout=120):
    until = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < until, "waited in vain for " + what
        time.sleep(0.05)


def steady(value, seconds=1.0):
    """True where it stays the same so long, and isn't 0."""
    before, until = value(), time.monotonic() + seconds
    while time.monotonic() < until:
        if value() != before:
            return False
        time.sleep(0.05)
    return before != 0


def ids(objects):
    return collections.Counter(o["message_id"] for o in objects)


def wait_for_empty(daemon):
    wait_until("the journal to be empty", lambda: os.path.getsize(daemon.path("journal")) == 0)


def check_report(daemon, offers):
    """What the MTA saw discarded is there once, and nothing else is."""
    discarded = collections.Counter(o.id for o in offers if o.verdict == "d")
    equal(ids(daemon.report("forwarded-discards")), discarded)
    return len(discarded)


def check_deliveries(daemon, offers):
    delivered = collections.Counter(o.id for o in offers if o.verdict == "c")
    wait_until("the deliveries", lambda: ids(daemon.report("deliveries")) == delivered)


def check_kept(offer, reason):
    """Not dropped: it says that it is spam, and why it is here."""
    equal(offer.verdict, "c")
    equal(values(offer.fields, "Subject"), [" [SPAM] Hello"])
    assert any(reason in value for _, value in offer.fields), offer.fields


def need_redis():
    if not installed():
        raise Skip("redis-server is not installed")


def with_redis(test):
    """Runs test(daemon, server) with a daemon on a Redis of its own."""
    need_redis()
    with Daemon(start=False) as daemon, RedisServer(daemon.path("redis")) as server:
        daemon.store = server.uri(daemon.path("journal"))
        daemon.configure()
        daemon.start()
        test(daemon, server)


# The end of the filter in the middle of load.

def kill_twice(daemon):
    daemon.expected_codes = (0, -9)
    for _ in range(2):
        daemon.kill()
        daemon.mark_log()
        daemon.start()
        time.sleep(1)


def test_killed_in_mid_load():
    with Daemon() as daemon:
        offers = load([daemon.socket], 400, meanwhile=lambda: kill_twice(daemon))
        assert check_report(daemon, offers) > 200


def test_killed_in_mid_load_with_redis():
    def run(daemon, _):
        offers = load([daemon.socket], 400, meanwhile=lambda: kill_twice(daemon))
        assert check_report(daemon, offers) > 200
    with_redis(run)


def test_killed_while_it_answers():
    """The socket is full, so the answer to a dropped message waits in the filter: that message was
    not answered, whatever else was written meanwhile, and offered again it is the same."""
    def unanswered(daemon):
        return [row[0] for row in daemon.records("SELECT queue_id FROM unanswered, records "
                                                 "WHERE records.id = record_id")]

    with Daemon() as daemon:
        daemon.expected_codes = (0, -9)
        with Connection(daemon.socket, timeout=120) as mta:
            mta.negotiate()
            # Pipelined, and no answer is read.
            offers = [Offer(DROP) for _ in range(1200)]

            def send_all():
                try:
                    for number, offer in enumerate(offers):
                        mta.envelope(queue_id="P%d" % number, recipients=("<away@example.net>",))
                        mta.send_message(offer.headers, offer.body, "P%d" % number)
                except OSError:
                    pass

            sender = threading.Thread(target=send_all)
            sender.start()
            # As the writer goes on, it has written all news that there was.
            wait_until("a full socket", lambda: steady(
                lambda: daemon.records("SELECT count(*) FROM records")[0][0]))
            Offer(DROP).insist(daemon.socket)
            Offer(HAM).insist(daemon.socket)
            wait_until("the ordinary record", lambda: daemon.records(
                "SELECT count(*) FROM records WHERE kind = 3")[0][0] == 1)
            waiting = unanswered(daemon)
            daemon.kill()
            sender.join()
            answered = 0
            try:
                while mta.receive()[0] == "d":
                    answered += 1
            except (OSError, Disconnected):
                pass
        equal(waiting, ["P%d" % answered])
        daemon.mark_log()
        daemon.start()
        offers[answered].insist(daemon.socket)
        counts = ids(daemon.report("forwarded-discards"))
        equal(counts[offers[answered].id], 1)
        equal(len(counts), answered + 2)


def through_proxy(test):
    need_redis()
    with Daemon(start=False) as daemon, RedisServer(daemon.path("redis")) as server, \
            Proxy(server) as proxy:
        daemon.store = server.uri(daemon.path("journal"), port=proxy.port)
        daemon.configure()
        daemon.start()
        test(daemon, server, proxy)
        daemon.store = server.uri(daemon.path("journal"))


def test_killed_between_record_and_answer():
    """Redis has the record, the MTA no answer: it offers the mail under another queue id."""
    def run(daemon, server, proxy):
        first, other = Offer(DROP), Offer(DROP)
        proxy.arm(first.id.encode(), daemon.kill)
        daemon.expected_codes = (0, -9)
        assert not first.offer(daemon.socket)
        assert proxy.lost.wait(10)
        equal(len(daemon.report("forwarded-discards")), 1)
        daemon.mark_log()
        daemon.start()
        other.insist(daemon.socket)
        time.sleep(COME_BACK)
        first.insist(daemon.socket)
        equal((first.verdict, first.tries), ("d", 2))
        check_report(daemon, [first, other])
        row, = [r for r in daemon.report("forwarded-discards") if r["message_id"] == first.id]
        assert row["queue_id"].endswith(".2"), row
        # One that was answered is another mail, though it be the same to the byte.
        wait_until("the news of the answer", lambda: server.ask(b"HLEN assay:unanswered") == b":0")
        time.sleep(COME_BACK)
        first.insist(daemon.socket)
        equal(ids(daemon.report("forwarded-discards"))[first.id], 2)
    through_proxy(run)


def test_answer_of_redis_lost():
    """It has the record, but we don't know: the journal gets it, too."""
    def run(daemon, _, proxy):
        offers = [Offer(DROP) for _ in range(3)]
        for offer in offers:
            proxy.arm(offer.id.encode())
            assert offer.offer(daemon.socket) and proxy.lost.wait(10)
            equal(offer.verdict, "d")
            wait_for_empty(daemon)
        check_report(daemon, offers)
    through_proxy(run)


# The store goes away and comes back.

def test_redis_restarted_in_mid_load():
    def run(daemon, server):
        def restart():
            server.kill()
            time.sleep(2)
            server.start()
        offers = load([daemon.socket], 600, meanwhile=restart)
        wait_for_empty(daemon)
        # Nothing was in the way of a drop, and no record of a delivery was lost.
        equal(sum(o.verdict == "d" for o in offers), 400)
        check_report(daemon, offers)
        check_deliveries(daemon, offers)
    with_redis(run)


def test_killed_while_redis_is_away():
    """The journal of the dead process is handed over by the next."""
    def run(daemon, server):
        server.kill()
        offers = load([daemon.socket], 60, body=lambda _: DROP)
        kill_twice(daemon)
        server.start()
        wait_for_empty(daemon)
        offers += load([daemon.socket], 30, body=lambda _: DROP)
        equal(check_report(daemon, offers), 90)
    with_redis(run)


def test_two_daemons_on_one_redis():
    """Both reports are the same one; a mail that comes back to the other host is the same mail."""
    need_redis()
    with Daemon(start=False) as one, Daemon(start=False) as two, \
            RedisServer(one.path("redis")) as server:
        for daemon in (one, two):
            daemon.store = server.uri(daemon.path("journal"))
            daemon.configure()
            daemon.start()
            daemon.expected_codes = (0, -9)

        def trouble():
            server.kill()
            time.sleep(0.5)
            one.kill()
            one.mark_log()
            one.start()
            server.start()
        offers = load([one.socket, two.socket], 300, meanwhile=trouble)
        for daemon in (one, two):
            wait_for_empty(daemon)
            equal(check_report(daemon, offers), 200)
        equal(one.report("forwarded-discards"), two.report("forwarded-discards"))
        # The same queue id and content on the other host: the hop's queue is offered again.
        again = Offer(DROP)
        again.insist(one.socket)
        again.tries = 0
        again.insist(two.socket)
        equal(check_report(two, offers + [again]), 201)


class SmallDisk:
    """A file system of its own, which can be filled and made read-only."""

    def __init__(self, path, size):
        self.path, self.ballast = path, os.path.join(path, "ballast")
        os.makedirs(path)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % size, "assay-test", path],
                              stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Skip("nothing can be mounted here: " + done.stderr.strip())

    def fill(self):
        with open(self.ballast, "ab", 0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass

    def empty(self):
        os.unlink(self.ballast)

    def remount(self, how):
        """While nobody has a file open for writing there, which may be for moments only."""
        wait_until("a remount", lambda: subprocess.call(
            ["mount", "-o", "remount," + how, self.path], stderr=subprocess.DEVNULL) == 0)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        subprocess.call(["umount", "-l", self.path])


def drop_until_refused(daemon):
    offers = []
    while not offers or offers[-1].verdict == "d":
        offers.append(Offer(DROP).insist(daemon.socket))
        assert len(offers) < 3000, "the disk is never full"
    return offers


def test_disk_full_and_read_only():
    """No drop that can't be recorded, no mail held up; and when there is room again, it goes on."""
    with Daemon(start=False) as daemon:
        with SmallDisk(daemon.path("disk"), 4 << 20) as disk:
            daemon.store = "sqlite:" + daemon.path("disk/records.db")
            # The journal of lessons stays open, so that it would keep the disk from being remounted.
            daemon.configure("lessons sqlite:" + daemon.path("records.db.lessons"))
            daemon.start()
            offers = [Offer(DROP).insist(daemon.socket)]
            disk.fill()
            offers += drop_until_refused(daemon)
            check_kept(offers[-1], "could not be recorded")
            daemon.wait_for_log("make room on its disk")
            disk.remount("ro")
            disk_full = len(offers)
            until = time.monotonic() + 1.5
            while time.monotonic() < until or len(offers) <= disk_full + 3:
                offers.append(Offer(DROP).insist(daemon.socket))
                check_kept(offers[-1], "could not be recorded")
                time.sleep(0.02)
            assert len(offers) > disk_full + 3
            disk.remount("rw")
            disk.empty()
            wait_until("drops again", lambda: offers.append(Offer(DROP).insist(daemon.socket)) or
                       offers[-1].verdict == "d", 40)
            daemon.wait_for_log("works again")
            assert check_report(daemon, offers) >= 2
            # Those that were kept are in the report of deliveries.
            check_deliveries(daemon, offers)
            daemon.stop()


def wait_for_drop(daemon, offers):
    wait_until("drops again", lambda: offers.append(Offer(DROP).insist(daemon.socket)) or
               offers[-1].verdict == "d", 60)


def starts_without(daemon, reason, mend, before=()):
    """It starts, scores and tags, drops nothing, says so once, and heals by itself; `before`: what
    is in the store."""
    daemon.mark_log()
    daemon.start()
    daemon.wait_for_log(reason)
    offers = [Offer(DROP).insist(daemon.socket) for _ in range(4)]
    for offer in offers:
        check_kept(offer, "could not be recorded")
    time.sleep(0.7)  # so that it tries again, more than once
    equal(daemon.new_log().count(reason + "; no forwarded mail"), 1)
    mend()
    daemon.wait_for_log("works again", 60)
    wait_for_drop(daemon, offers)
    offers = [*before, *offers]
    check_report(daemon, offers)
    check_deliveries(daemon, offers)
    daemon.stop()
    return offers


def test_starts_without_its_directory():
    with Daemon(start=False) as daemon:
        daemon.store = "sqlite:" + daemon.path("late/records.db")
        daemon.configure()
        starts_without(daemon, "check its directory and permissions",
                       lambda: os.mkdir(daemon.path("late")))


def test_starts_with_a_locked_store():
    with Daemon() as daemon:
        daemon.stop()
        database = sqlite3.connect(daemon.path("records.db"), isolation_level=None)
        database.execute("BEGIN IMMEDIATE")
        starts_without(daemon, "database is locked", database.close)


def test_starts_on_a_disk_that_is_full_or_read_only():
    with Daemon(start=False) as daemon:
        with SmallDisk(daemon.path("disk"), 4 << 20) as disk:
            daemon.store = "sqlite:" + daemon.path("disk/records.db")
            daemon.configure()
            disk.fill()
            offers = starts_without(daemon, "make room on its disk", disk.empty)
            disk.remount("ro")
            offers = starts_without(daemon, "check its directory and permissions",
                                    lambda: disk.remount("rw"), offers)
            # Now there is a file, but no room to write to it.
            disk.fill()
            starts_without(daemon, "make room on its disk", disk.empty, offers)


def test_starts_with_a_damaged_store():
    with Daemon() as daemon:
        daemon.stop()
        daemon.write("records.db", "This is no database, but long enough to be one. " * 20)
        daemon.mark_log()
        daemon.start()
        daemon.wait_for_log("and a new one is begun")
        offers = [Offer(DROP).insist(daemon.socket)]
        equal(offers[0].verdict, "d")
        check_report(daemon, offers)
        aside, = [n for n in os.listdir(daemon.directory) if ".damaged-" in n]
        assert aside in daemon.new_log(), daemon.new_log()
        daemon.stop()


def test_store_taken_away():
    """By name, while it is open: what is dropped is on the report."""
    with Daemon() as daemon:
        offers = [Offer(DROP).insist(daemon.socket)]
        for number in range(3):
            os.rename(daemon.path("records.db"), daemon.path("old%d" % number))
            offers = [Offer(DROP).insist(daemon.socket) for _ in range(3)]
            equal([offer.verdict for offer in offers], ["d"] * 3)
            check_report(daemon, offers)
        assert "was removed or replaced" in daemon.log()
        daemon.stop()


def test_starts_without_redis():
    """What is dropped meanwhile waits in the journal."""
    def run(daemon, server):
        daemon.stop()
        server.kill()
        daemon.mark_log()
        daemon.start()
        daemon.wait_for_log("records go to the journal")
        offers = load([daemon.socket], 30)
        equal(sum(offer.verdict == "d" for offer in offers), 20)
        server.start()
        wait_for_empty(daemon)
        check_report(daemon, offers)
    with_redis(run)


def test_disk_of_the_journal_full():
    def run(daemon, server):
        daemon.stop()
        with SmallDisk(daemon.path("disk"), 1 << 19) as disk:
            daemon.store = server.uri(daemon.path("disk/journal"))
            daemon.configure()
            daemon.mark_log()
            daemon.start()
            server.kill()
            offers = [Offer(DROP).insist(daemon.socket)]
            disk.fill()
            offers += drop_until_refused(daemon)
            check_kept(offers[-1], "could not be recorded")
            server.start()
            wait_until("drops again", lambda: offers.append(Offer(DROP).insist(daemon.socket)) or
                       offers[-1].verdict == "d", 40)
            check_report(daemon, offers)
            daemon.stop()
    with_redis(run)


# Ordinary mail does not wait.

def quick_answers(daemon, count=100):
    slowest = 0
    for _ in range(count):
        begun = time.monotonic()
        equal(Offer(HAM).insist(daemon.socket).verdict, "c")
        slowest = max(slowest, time.monotonic() - begun)
    return slowest


def many_recipients(daemon, messages, each):
    for number in range(messages):
        with Connection(daemon.socket) as mta:
            mta.negotiate()
            mta.envelope(queue_id="M%d" % number,
                         recipients=["<u%d@example.net>" % n for n in range(each)])
            equal(mta.message([("Subject", " Hello")], HAM, queue_id="M%d" % number).verdict, "c")


def test_stalled_disk_delays_no_ordinary_mail():
    """The file is locked, as by a disk that does not answer; in the end the queue is full."""
    with Daemon() as daemon:
        equal(Offer(HAM).insist(daemon.socket).verdict, "c")
        database = sqlite3.connect(daemon.path("records.db"), isolation_level=None, timeout=120)
        database.execute("BEGIN IMMEDIATE")
        time.sleep(0.5)
        slowest = quick_answers(daemon)
        quick(slowest, 1.0, "a mail")
        many_recipients(daemon, 60, 400)
        slowest = quick_answers(daemon, 20)
        quick(slowest, 1.0, "a mail")
        daemon.wait_for_log("records of delivered mail were lost")
        database.execute("ROLLBACK")
        database.close()
        equal(daemon.stop(), 0)
        # Told as it happens: in several lines, where the machine is slow.
        lost = sum(map(int, re.findall(r"(\d+) records of delivered mail were lost", daemon.log())))
        assert 3000 < lost < 10000, lost
        total = daemon.records()[0][0]
        assert 19000 < total < 24121 - 3000, total


def test_stalled_redis_delays_no_ordinary_mail():
    def run(daemon, server):
        server.pause()
        slowest = quick_answers(daemon)
        quick(slowest, 1.0, "a mail")
        # A drop waits, until the journal has it instead.
        dropped = Offer(DROP).insist(daemon.socket)
        equal(dropped.verdict, "d")
        server.resume()
        wait_for_empty(daemon)
        check_report(daemon, [dropped])
        wait_until("the deliveries", lambda: len(daemon.report("deliveries")) == 100)
    with_redis(run)


# In real time.

def follow(daemon, report, body):
    """The longest that a record took from the answer to the line."""
    command = [os.path.join(os.path.dirname(executable()), "assay"), "report", report, "--json",
               "--follow", "--store", daemon.store]
    lines = queue.Queue()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        threading.Thread(target=lambda: [lines.put(line) for line in process.stdout],
                         daemon=True).start()
        # What was there before comes first.
        while lines.empty():
            time.sleep(0.05)
        time.sleep(0.3)
        before, slowest = lines.qsize(), 0
        for _ in range(before):
            lines.get()
        for _ in range(3):
            offer = Offer(body).insist(daemon.socket)
            answered = time.monotonic()
            equal(json.loads(lines.get(timeout=120))["message_id"], offer.id)
            slowest = max(slowest, time.monotonic() - answered)
    finally:
        process.terminate()
        process.wait()
    assert lines.empty(), lines.get()
    quick(slowest, 1.0, report)


def follow_both(daemon):
    for body in (DROP, HAM):
        Offer(body).insist(daemon.socket)
    wait_until("both records", lambda: daemon.report("deliveries"))
    follow(daemon, "forwarded-discards", DROP)
    follow(daemon, "deliveries", HAM)


def test_follow():
    with Daemon() as daemon:
        follow_both(daemon)


def test_follow_with_redis():
    with_redis(lambda daemon, _: follow_both(daemon))


def test_why_there_is_no_copy():
    """What is larger than max_message_size is dropped without a copy; whoever wants it released is told that."""
    with Daemon(start=False) as daemon:
        daemon.configure("max_message_size 100K\ndiscarded_copies 7d 1G\ndiscarded_copies_directory %s"
                         % daemon.path("copies"))
        daemon.start()
        for body, said in ((DROP + "x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 3000, "larger than max_message_size"), (DROP, None)):
            offer = Offer(body).insist(daemon.socket)
            equal(offer.verdict, "d")
            row, = [r for r in daemon.report("forwarded-discards") if r["message_id"] == offer.id]
            assay = os.path.join(os.path.dirname(executable()), "assay")
            done = subprocess.run([assay, "release", "-c", daemon.path("assay.conf"), "--dry-run", row["id"]],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
            equal(done.returncode, 66 if said else 0)
            assert said is None or "no copy of %s: " % row["id"] in done.stderr and said in done.stderr, done
