# SPDX-License-Identifier: GPL-3.0-or-later
"""Registers tests, runs them against an MTA, and reports in TAP."""

import importlib.util
import os
import sys
import time
import traceback

import again

from . import env, mail
from .env import PATIENCE, Failure, InVain, Skip, check
from .filter import Filter
from .sink import Sink

_tests = []


def test(hop=True, needs=()):
    """Registers a function test(t). Without `hop` it runs on an MTA to which the
    filter was attached with the one line, and nothing else. `needs`: what the MTA can, and modules."""
    def register(function):
        _tests.append((function.__name__, hop, needs, function))
        return function
    return register


class Stage:
    """An MTA with the filter attached, the mailboxes and the outside; `t` in the tests."""

    def __init__(self, mta_class, hop):
        self.boxes, self.outside = Sink("mailboxes", lmtp=True), Sink("outside")
        self.hop = hop
        try:
            self.mta = mta_class(self.boxes, self.outside, hop)
            self.dir = env.work_dir("filter")
            self.filter = Filter(self.dir, self.mta)
            self.mta.start()
            self.boxes.nudge = self.outside.nudge = self.mta.flush
        except BaseException:
            self.stop()
            raise

    def stop(self):
        if hasattr(self, "filter"):
            self.filter.discard()
        if hasattr(self, "mta"):
            self.mta.stop()
        if hasattr(self, "dir"):
            env.remove(self.dir)
        self.boxes.stop()
        self.outside.stop()
        env.reap_orphans()

    def begin(self):
        self.boxes.clear()
        self.outside.clear()
        self.filter.forget()
        self.logged = len(self.mta.log())

    def mta_log(self):
        """What the MTA logged since the test began."""
        return self.mta.log()[self.logged:]

    def end(self):
        """Leaves nothing for the next test to stumble over."""
        self.filter.discard()
        if self.mta.queued():
            self.mta.purge()

    def start(self, keys=None, sections="", hop=True):
        return self.filter.configure(keys, sections, hop).start()

    def send(self, body, rcpts, subject=b"Subject: minutes of Tuesday\r\n", headers=b"",
             above=b"", **how):
        """Sends one built message; returns its X-Track. `headers` go below its own, `above` above."""
        track = mail.new_track()
        data = above + mail.build(body, track, subject, headers)
        mail.submit(self.mta, data, [rcpts] if isinstance(rcpts, str) else rcpts, **how)
        return track

    def settle(self, timeout=PATIENCE):
        """Waits until the MTA has nothing more to do."""
        env.wait_for(self.empty_queue, lambda: self.mta.queued() == 0, timeout, 0.1)

    def empty_queue(self):
        return "an empty queue: " + "; ".join(self.mta.waiting()[:20])

    def settle_flushing(self, timeout=PATIENCE):
        """The same where mail was deferred: asks the MTA to try again and again."""
        def empty():
            if self.mta.queued() == 0:
                return True
            self.mta.flush()
            return False
        env.wait_for(self.empty_queue, empty, timeout, 1.0)

    def nothing_outside(self, track):
        """To be called when the mail has had its way: the queue is empty."""
        self.settle()
        check(not self.outside.all(track), "%s left for the outside" % track)


class Tap:
    def __init__(self):
        self.number = self.failed = self.skipped = 0
        self.to_repeat = []

    def result(self, good, name, note=""):
        self.number += 1
        self.failed += not good
        print("%s %d - %s%s" % ("ok" if good else "not ok", self.number, name, note), flush=True)

    def skip(self, name, reason):
        self.skipped += 1
        self.result(True, name, " # SKIP " + str(reason))

    def fail(self, name, text, to_repeat=None):
        self.result(False, name)
        self.to_repeat += to_repeat or [name]
        print("\n".join("#   " + line for line in text.splitlines()), flush=True)

    def count(self, seconds):
        print("1..%d" % self.number)
        print("# %.0f s" % seconds)
        print("%d passed, %d failed, %d skipped" % (
            self.number - self.failed - self.skipped, self.failed, self.skipped))


def _tail(text, lines=25):
    return "\n".join(text.splitlines()[-lines:])


def _run_one(tap, stage, name, function, again=True):
    """What is waited for in vain is tried once more, and said: a busy MTA may pass over a queue run."""
    start, retry = time.monotonic(), False
    stage.begin()
    try:
        function(stage)
        stage.filter.stop()
        tap.result(True, name, " (%.1f s)" % (time.monotonic() - start))
    except Skip as reason:
        tap.skip(name, reason)
    except Failure as problem:
        retry = again and isinstance(problem, InVain)
        if retry:
            print("# %s: %s; tried once more" % (name, problem), flush=True)
            return
        where = traceback.extract_tb(problem.__traceback__)
        line = next((f.lineno for f in where if f.name == function.__name__), 0)
        tap.fail(name, "line %d: %s\n-- %s:\n%s\n-- MTA:\n%s" % (
            line, problem, stage.filter.status(), _tail("\n".join(stage.filter.log_lines())), _tail(stage.mta_log())))
    except Exception:
        tap.fail(name, traceback.format_exc() + "-- MTA:\n" + _tail(stage.mta_log()))
    finally:
        stage.end()
        if retry:
            _run_one(tap, stage, name, function, again=False)


def _run_stage(tap, mta_class, hop, wanted):
    try:
        stage = Stage(mta_class, hop)
    except Skip as reason:
        for test_ in wanted:
            tap.skip("%s: %s" % (mta_class.name, test_[0]), reason)
        return
    except Exception:
        tap.fail("%s starts%s" % (mta_class.name, " with the hop" if hop else ""),
                 traceback.format_exc(), ["%s: %s" % (mta_class.name, t[0]) for t in wanted])
        return
    try:
        for name, _, needs, function in wanted:
            name = "%s: %s" % (mta_class.name, name)
            missing = [n for n in needs
                       if n not in stage.mta.can and importlib.util.find_spec(n) is None]
            if missing:
                tap.skip(name, "no %s here" % ", ".join(missing))
            else:
                _run_one(tap, stage, name, function)
    finally:
        stage.stop()


def run(mta_classes, word):
    env.adopt_orphans()
    env.Network.enter()
    start, tap = time.monotonic(), Tap()
    names = again.only_failed("mta", ["%s: %s" % (m.name, t[0]) for m in mta_classes for t in _tests
                                      if not word or word in t[0]])
    for mta_class in mta_classes:
        for hop in (False, True):
            wanted = [t for t in _tests if t[1] == hop and "%s: %s" % (mta_class.name, t[0]) in names]
            if wanted:
                _run_stage(tap, mta_class, hop, wanted)
    tap.count(time.monotonic() - start)
    again.remember("mta", tap.to_repeat)
    if tap.skipped == tap.number:
        print("# SKIP: nothing was tested", file=sys.stderr)
    return 1 if tap.failed or not tap.number else 0
