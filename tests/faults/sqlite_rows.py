# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of the records is locked, damaged, without room, not to be written, or doesn't answer."""
import collections
import errno
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile

from daemon import quick
from matrix import DROP, HAM, LONG, PATIENCE, SEED, Filter, Traffic, account, check_all_dropped, equal, row, send
from shim import Shim
from test_records import SmallDisk

NOT_RECORDED = "could not be recorded"


class Lock:
    """Another process that has the file locked for writing; it can be stopped in the middle of that."""
    PROGRAM = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=120)
database.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
database.execute("ROLLBACK")
"""

    def __init__(self, path, stopped):
        self.process = subprocess.Popen([sys.executable, "-c", self.PROGRAM, path], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        equal(self.process.stdout.readline(), "locked\n")
        if stopped:
            self.process.send_signal(signal.SIGSTOP)

    def release(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.communicate("")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.kill()
        self.process.communicate()


def quick_ham(filter_, count=20):
    messages = send(filter_, *[HAM] * count)
    quick(max(m.slowest for m in messages), 1.0, "ordinary mail beside a store that doesn't work")
    return messages


def check_kept(messages):
    """What would have been dropped is delivered, and says why."""
    for message in messages:
        if message.body == DROP:
            equal(message.verdict, "c")
            assert any(NOT_RECORDED in value for _, value in message.fields), message.fields


def held_up(begin):
    """While `begin(filter)`'s fault lasts nothing is dropped and ordinary mail doesn't wait; then all is as before."""
    with Filter(start=False) as filter_:
        filter_.commit_timeout = "2s"
        filter_.configure()
        with begin(filter_) as fault:
            filter_.start(environment=getattr(fault, "environment", None))
            with Traffic(filter_) as traffic:
                traffic.wait_for_drop()
                fault.begin()
                filter_.wait_degraded("store")
                kept = send(filter_, DROP, DROP)
                check_kept(kept)
                ordinary = quick_ham(filter_)
                fault.end()
                filter_.wait_healthy()
                traffic.wait_for_drop()
            account(filter_, traffic.messages + kept + ordinary)
            equal(sum(m.unanswered + m.deferred for m in traffic.messages), 0)
            filter_.stop()


class LockFault:
    def __init__(self, filter_, stopped):
        self.path, self.stopped, self.lock = filter_.path("records.db"), stopped, None

    def begin(self):
        self.lock = Lock(self.path, self.stopped)

    def end(self):
        self.lock.release()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.lock:
            self.lock.__exit__()


@row("sqlite-locked", "Another process keeps the file locked: nothing is dropped meanwhile, mail isn't held up")
def sqlite_locked():
    held_up(lambda filter_: LockFault(filter_, False))


@row("sqlite-lock-stopped", "A process that has locked the file stands still: the same, and goes on when it does")
def sqlite_lock_stopped():
    held_up(lambda filter_: LockFault(filter_, True))


class DiskFault:
    """A file system of its own, full or read-only."""

    def __init__(self, filter_, begin, end):
        self.filter, self.how = filter_, (begin, end)
        self.disk = SmallDisk(filter_.path("disk"), 4 << 20)
        filter_.store = "sqlite:" + filter_.path("disk/records.db")
        filter_.configure("lessons sqlite:" + filter_.path("records.db.lessons"))

    def begin(self):
        self.how[0](self.disk)

    def end(self):
        self.how[1](self.disk)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.disk.__exit__()


@row("sqlite-disk-full", "The disk has no room: nothing is dropped until it has, no record is lost")
def sqlite_disk_full():
    held_up(lambda filter_: DiskFault(filter_, SmallDisk.fill, SmallDisk.empty))


class WriteFault(Shim):
    """Writing fails, also to what is open, as where the kernel makes a file system read-only that is damaged."""

    def __init__(self, filter_, number):
        super().__init__(filter_.directory)
        self.number = number

    def begin(self):
        self.fail_writes(self.number)

    def end(self):
        self.fail_writes(0)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.end()


@row("sqlite-read-only", "The disk becomes read-only: nothing is dropped until it can be written")
def sqlite_read_only():
    held_up(lambda filter_: WriteFault(filter_, errno.EROFS))


@row("sqlite-io-error", "Writing to the disk fails: the same")
def sqlite_io_error():
    held_up(lambda filter_: WriteFault(filter_, errno.EIO))


@row("sqlite-stalled", "The disk stands still in the middle of a commit: drops are delivered after commit_timeout, and "
     "taken out of the report again")
def sqlite_stalled():
    with Filter(start=False) as filter_:
        filter_.commit_timeout = "2s"
        filter_.configure()
        shim = Shim(filter_.directory)
        filter_.start(environment=shim.environment)
        with Traffic(filter_) as traffic:
            traffic.wait_for_drop()
            shim.stall()
            # What was on its way to the disk may get through.
            send(filter_, HAM)
            stalled = send(filter_, DROP, DROP)
            check_kept(stalled)
            ordinary = quick_ham(filter_)
            shim.stall(False)
            traffic.wait_for_drop()
            filter_.wait_healthy()
        account(filter_, traffic.messages + stalled + ordinary)
        filter_.stop()


def overwrite(path, share):
    """Random bytes in place of so many of its pages, wherever they are."""
    generator, page = random.Random(SEED), 4096
    pages = max(os.path.getsize(path) // page, 1)
    with open(path, "r+b") as file:
        for number in generator.sample(range(pages), max(1, int(pages * share))):
            file.seek(number * page)
            file.write(generator.randbytes(page))


def checkpoint(path):
    """All of it is in the file itself, and none in the log beside it."""
    database = sqlite3.connect(path, timeout=PATIENCE)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    database.close()


def set_aside(filter_):
    """The file that was moved away; the log says so."""
    name, = [name for name in os.listdir(filter_.directory) if ".damaged-" in name and not name.endswith(("-wal", "-shm"))]
    assert name in filter_.log()
    return filter_.path(name)


def recover(filter_, path):
    code, out, err = filter_.command("store", "recover", "-c", filter_.path("assay.conf"), path)
    assert code == 0, (code, out, err)
    return out


def readable(path):
    """What SQLite's own recovery reads of discards: Message-IDs."""
    script = subprocess.run(["sqlite3", path, ".recover --ignore-freelist"], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, check=False).stdout
    with tempfile.NamedTemporaryFile() as file:
        subprocess.run(["sqlite3", file.name], input=script, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=False)
        found = subprocess.run(["sqlite3", file.name, "SELECT message_id FROM records WHERE kind = 0 "
                                "AND recipient = 'away@example.net' AND recipient_domain = 'example.net'"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    return set(found.split())


def corrupt(share, spoil=lambda path: None):
    """Damage under load; what is dropped from then on is on the report, and what the damage left comes back."""
    with Filter() as filter_:
        path = filter_.path("records.db")
        with Traffic(filter_, rest=0.005) as traffic:
            traffic.wait_for(600 if not LONG else 5000)
            checkpoint(path)
            overwrite(path, share)
            spoil(path)
            filter_.wait_for_log("a new one is begun")
            with traffic.lock:
                old = {m.id for m in traffic.messages}
            traffic.wait_for_drop()
            filter_.wait_healthy()
            traffic.wait_for(50)
            aside = set_aside(filter_)
            recover(filter_, aside)
            traffic.wait_for(20)
            recover(filter_, aside)
        check_all_dropped(traffic.messages)
        report = filter_.report("forwarded-discards")
        account(filter_, [m for m in traffic.messages if m.id not in old],
                lambda: [r for r in filter_.report("forwarded-discards") if r["message_id"] not in old])
        back = collections.Counter(r["message_id"] for r in report if r["message_id"] in old)
        assert set(back.values()) <= {1}, "%s are there twice" % [i for i, n in back.items() if n > 1]
        dropped = {m.id for m in traffic.messages if m.id in old and m.verdict == "d"}
        assert set(back) <= dropped, set(back) - dropped
        if shutil.which("sqlite3"):
            assert readable(aside) & old <= set(back), sorted(readable(aside) - set(back))
        print("#   %d of %d drops before the damage are back" % (len(back), len(dropped)))
        assert len(back) >= len(dropped) * (1 - share) * 0.5, (len(back), len(dropped))
        filter_.stop()


@row("sqlite-corrupt", "Random bytes in the file while it is used: it is set aside, a new one is begun, and `assay store "
     "recover` brings back what is readable, once")
def sqlite_corrupt():
    corrupt(0.3)


def spoil_head(path):
    with open(path, "r+b") as file:
        file.write(random.Random(SEED).randbytes(4096))


@row("sqlite-headless", "The first page of the file is gone: the same")
def sqlite_headless():
    corrupt(0.1, spoil_head)
