# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read at a reload can't be read, or is half written; reloads come all the time; files are full of garbage."""
import json
import os
import random
import shutil
import signal
import sqlite3
import tempfile
import threading

from daemon import executable
from matrix import DROP, HAM, LONG, PATIENCE, SEED, Filter, Traffic, account, check_all_dropped, equal, row, send, wait_until

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def survives_reload(spoil, mend):
    """A reload of what is spoilt is refused and told, and what was loaded goes on; once it is mended, the next one
    takes it."""
    with Filter() as filter_:
        with Traffic(filter_) as traffic:
            traffic.wait_for_drop()
            spoil(filter_)
            filter_.reload("reload failed")
            filter_.wait_degraded("reload")
            traffic.wait_for(30)
            mend(filter_)
            filter_.reload()
            filter_.wait_healthy()
            traffic.wait_for_drop()
        check_all_dropped(traffic.messages)
        account(filter_, traffic.messages)
        equal(sum(m.unanswered + m.deferred for m in traffic.messages), 0)
        filter_.stop()


def hide_rules(filter_):
    os.rename(filter_.path("rules.cf"), filter_.path("away"))


def show_rules(filter_):
    os.rename(filter_.path("away"), filter_.path("rules.cf"))


@row("rules-missing", "The rules are gone at a reload: it is refused, the rules that were loaded go on")
def rules_missing():
    survives_reload(hide_rules, show_rules)


def write_half(filter_):
    with open(filter_.path("rules.cf"), encoding="utf-8") as file:
        text = file.read()
    filter_.write("away", text)
    filter_.write("rules.cf", text[:text.index("TEST_DROP") + 4])


@row("rules-half-written", "The rules are half written at a reload: the same")
def rules_half_written():
    survives_reload(write_half, show_rules)


def write_noise(filter_):
    hide_rules(filter_)
    with open(filter_.path("rules.cf"), "wb") as file:
        file.write(random.Random(SEED).randbytes(20000))


@row("rules-garbage", "Random bytes stand where the rules were at a reload: the same")
def rules_garbage():
    survives_reload(write_noise, show_rules)


@row("reload-storm", "SIGUSR1 every 100 ms under load: no message is lost or judged by half a policy")
def reload_storm():
    with Filter() as filter_:
        over = threading.Event()

        def signals():
            while not over.wait(0.1):
                filter_.signal(signal.SIGUSR1)
        sender = threading.Thread(target=signals)
        with Traffic(filter_, senders=6, rest=0.01) as traffic:
            sender.start()
            try:
                traffic.wait_for(2000 if LONG else 300)
            finally:
                over.set()
                sender.join()
            filter_.wait_healthy()
            traffic.wait_for_drop()
        check_all_dropped(traffic.messages)
        account(filter_, traffic.messages)
        equal(sum(m.unanswered + m.deferred for m in traffic.messages), 0)
        assert filter_.log().count(": reloaded") > 5, filter_.log()
        filter_.stop()


def spoil(path, generator):
    """In one of the ways in which a file goes bad."""
    how = generator.randrange(6)
    if os.path.isdir(path):
        return
    size = os.path.getsize(path)
    if how == 0:
        os.truncate(path, 0)
    elif how == 1:
        os.truncate(path, size // 2)
    elif how == 2:
        os.chmod(path, 0o666)
    elif how == 3:
        with open(path, "wb") as file:
            file.write(generator.randbytes(max(size, 100)))
    else:
        with open(path, "r+b") as file:
            for _ in range(20):
                file.seek(generator.randrange(max(size, 1)))
                file.write(generator.randbytes(8))


@row("cache-garbage", "The cache of compiled rules is full of garbage: it is made anew, and rules hit as before")
def cache_garbage():
    # Below a directory that everybody may write to, none is believed.
    cache = tempfile.mkdtemp(prefix="cache-", dir=os.path.dirname(executable()))
    try:
        reads_garbage(cache, random.Random(SEED))
    finally:
        shutil.rmtree(cache)


def reads_garbage(cache, generator):
    with Filter(start=False) as filter_:
        # So many that they are compiled.
        filter_.configure("cache_directory %s\nrules %s\nrules %s"
                          % (cache, os.path.join(TOP, "rules", "assay"), filter_.path("rules.cf")))
        filter_.start()
        messages = send(filter_, DROP, HAM)
        wait_until("a cache", lambda: os.listdir(cache))
        for _ in range(30 if LONG else 6):
            filter_.stop()
            for name in sorted(os.listdir(cache)):
                spoil(os.path.join(cache, name), generator)
            for number in range(5):
                with open(os.path.join(cache, "garbage%d" % number), "wb") as file:
                    file.write(generator.randbytes(5000))
            os.makedirs(os.path.join(cache, "folder"), exist_ok=True)
            filter_.mark_log()
            filter_.start()
            messages += send(filter_, DROP, HAM)
            filter_.wait_healthy()
        check_all_dropped(messages)
        account(filter_, messages)
        filter_.stop()


@row("lessons-away", "The file of what was learned is overwritten: mail is scored by the rest; a new one is begun and told")
def lessons_away():
    with Filter(start=False) as filter_:
        path = filter_.path("lessons.db")
        filter_.configure("lessons sqlite:" + path)
        filter_.start()

        def learn(subject):
            filter_.write("mail", "From: ann@example.com\nSubject: %s\n\nIs Tuesday fine?\n" % subject)
            return filter_.command("learn", "--ham", "-c", filter_.path("assay.conf"), filter_.path("mail"))[0] == 0

        def learned():
            return json.loads(filter_.command("status", "--json", "-c", filter_.path("assay.conf"))[1])["learning"]["ham"]
        assert learn("first")
        wait_until("the lesson", lambda: learned() == 1)
        with Traffic(filter_) as traffic:
            traffic.wait_for_drop()
            with sqlite3.connect(path) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.close()
            with open(path, "r+b") as file:
                file.write(random.Random(SEED).randbytes(os.path.getsize(path)))
            traffic.wait_for(30)
            wait_until("it to be learned", lambda: learn("first"), PATIENCE)
            assert any(".damaged-" in name for name in os.listdir(filter_.directory))
            assert learn("second") and learn("third")
            wait_until("what is in the new file", lambda: learned() == 3)
            filter_.wait_healthy()
            traffic.wait_for_drop()
        check_all_dropped(traffic.messages)
        account(filter_, traffic.messages)
        filter_.stop()
