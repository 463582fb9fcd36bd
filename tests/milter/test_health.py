# SPDX-License-Identifier: GPL-3.0-or-later
"""What `assay health` makes of a log of deliveries beside the filter's records: a file, a pipe, the journal."""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))

from client import Connection  # noqa: E402
from daemon import Daemon, Skip, executable  # noqa: E402

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir, "contrib", "health", "receivers")
SPAM = "bounced (host mx.elsewhere.example[192.0.2.1] said: 550 5.7.1 This looks like spam (in reply to end of DATA command))"
OK = "sent (250 2.0.0 kept)"
PATIENCE = 120


class Forwards:
    """Messages that the filter forwarded, and what a log says of them."""

    def __init__(self):
        self.daemon = Daemon(start=False)
        self.file = self.daemon.path("health")
        self.daemon.configure("health_receivers %s\nhealth_file %s\nadapt_discard yes\n"
                              "adapt_discard_interval 1s\nadapt_discard_floor 5.5\n" % (TABLE, self.file))
        self.count = 0

    def __enter__(self):
        self.daemon.__enter__()
        self.daemon.start()
        return self

    def __exit__(self, *how):
        return self.daemon.__exit__(*how)

    def send(self, count):
        """Their queue ids."""
        ids = []
        with Connection(self.daemon.socket, timeout=PATIENCE) as mta:
            mta.negotiate()
            for _ in range(count):
                self.count += 1
                ids.append("4D%08X" % self.count)
                mta.envelope(queue_id=ids[-1], recipients=("<away@example.net>",))
                mta.message([("From", " Ann <ann@example.com>"), ("Subject", " Hello")], "see you.\r\n",
                            queue_id=ids[-1])
            mta.quit()
        return ids

    def lines(self, ids, status, at):
        """As Postfix writes them where systemd keeps them, in UTC."""
        when = time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime(at))
        return ["%s mx postfix/smtp[77]: %s: to=<away@elsewhere.example>, orig_to=<away@example.net>, "
                "relay=mx.elsewhere.example[192.0.2.1]:25, delay=0.1, delays=0/0/0/0.1, dsn=%s, status=%s"
                % (when, i, "2.0.0" if status == OK else "5.7.1", status) for i in ids]

    def assay(self, *words, **how):
        return subprocess.run([self.program(), "health", "-c", self.daemon.path("assay.conf"), *words],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE, **how)

    @staticmethod
    def program():
        return os.path.join(os.path.dirname(executable()), "assay")

    @contextlib.contextmanager
    def following(self, *words, **how):
        how.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen([self.program(), "health", "--follow", "-c", self.daemon.path("assay.conf"), *words],
                                   text=True, stderr=subprocess.PIPE, **how)
        try:
            yield process
        finally:
            process.terminate()
            self.complaints = process.communicate(timeout=PATIENCE)[1]
        assert "anitizer" not in self.complaints, self.complaints

    def told(self):
        """(steps, forwards, disliked) of the file that the filter reads."""
        if not os.path.exists(self.file):
            return None
        with open(self.file) as file:
            lines = file.read().splitlines()
        assert lines[0] == "assay adapted 1" and lines[-1] == "end", lines
        for line in lines[2:-1]:
            domain, steps, _, forwards, disliked, _, _ = line.split()
            if domain == "elsewhere.example":
                return int(steps), int(forwards), int(disliked)
        return None

    def wait(self, expected):
        until = time.monotonic() + PATIENCE
        while self.told() != expected:
            assert time.monotonic() < until, (self.told(), expected)
            time.sleep(0.05)

    def wait_for_threshold(self, expected):
        until = time.monotonic() + PATIENCE
        while [d["threshold"] for d in self.daemon.status()["adapted"]] != expected:
            assert time.monotonic() < until, self.daemon.status()["adapted"]
            time.sleep(0.1)


def append(path, lines):
    with open(path, "a") as log:
        log.write("".join(line + "\n" for line in lines))


def test_what_is_logged_later_in_the_same_second():
    """A log is read while it is written: whatever comes later counts, also with the time of what was read."""
    with Forwards() as forwards:
        log, ids = forwards.daemon.path("mail.log"), forwards.send(20)
        at = time.time() + 30
        append(log, [])
        with forwards.following("--log", log):
            append(log, forwards.lines(ids[:8], SPAM, at))
            forwards.wait((0, 8, 8))
            append(log, forwards.lines(ids[8:14], OK, at) + forwards.lines(ids[14:], OK, at - 1))
            forwards.wait((1, 0, 0))
        forwards.wait_for_threshold([5.5])


class Journal:
    """A journal that journalctl reads as that of the system."""
    REMOTE = "/lib/systemd/systemd-journal-remote"

    def __init__(self, daemon):
        if not os.access(self.REMOTE, os.X_OK) or not shutil.which("journalctl"):
            raise Skip("no systemd-journal-remote here to write a journal")
        self.folder, self.written = daemon.path("journal"), 0
        os.mkdir(self.folder)
        os.mkdir(daemon.path("bin"))
        daemon.write("bin/journalctl", '#!/bin/sh\nPATH=%s\nexec journalctl --directory=%s "$@"\n'
                     % (os.environ["PATH"], self.folder))
        os.chmod(daemon.path("bin/journalctl"), 0o755)
        self.environment = dict(os.environ, PATH=daemon.path("bin") + ":" + os.environ["PATH"])
        self.writer = subprocess.Popen([self.REMOTE, "--output", os.path.join(self.folder, "a.journal"), "-"],
                                       stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.writer.stdin.close()
        self.writer.wait()

    def add(self, lines, unit, at):
        """Lines as those of Forwards, but for their time."""
        for line in lines:
            _, _, name, text = line.split(" ", 3)
            # No two at once.
            self.written = max(self.written + 0.001, at)
            entry = {"__REALTIME_TIMESTAMP": "%d" % (self.written * 1e6),
                     "__MONOTONIC_TIMESTAMP": "%d" % (self.written * 1e6), "_BOOT_ID": "1" * 32,
                     "_MACHINE_ID": "2" * 32, "_HOSTNAME": "mx", "_SYSTEMD_UNIT": unit, "_PID": "77",
                     "SYSLOG_IDENTIFIER": name.partition("[")[0], "MESSAGE": text}
            self.writer.stdin.write("".join("%s=%s\n" % field for field in entry.items()).encode() + b"\n")
        self.writer.stdin.flush()


def test_the_journal():
    """What mail servers wrote as units of their own counts, and nobody else's lines."""
    with Forwards() as forwards, Journal(forwards.daemon) as journal:
        ids, now = forwards.send(6), time.time()
        got = forwards.assay("--journal", "--json", env=journal.environment)
        assert (got.returncode, got.stderr) == (0, ""), got
        assert json.loads(got.stdout)["destinations"] == [], got
        journal.add(forwards.lines(ids[:1], SPAM, 0), "postfix@-.service", now - 3 * 86400)
        journal.add(forwards.lines(ids[1:3], SPAM, 0), "postfix@-.service", now - 60)
        journal.add(forwards.lines(ids[3:4], SPAM, 0), "postfix@other.service", now - 60)
        journal.add(forwards.lines(ids[4:5], OK, 0), "postfix.service", now - 60)
        journal.add(forwards.lines(ids[5:], SPAM, 0), "cron.service", now - 60)

        def told():
            got = forwards.assay("--journal", "--json", env=journal.environment)
            assert (got.returncode, got.stderr) == (0, ""), got
            return [(d["destination"], d["forwards"], d["accepted"], d["refused"]["spam"])
                    for d in json.loads(got.stdout)["destinations"]]
        until = time.monotonic() + PATIENCE
        while told() != [("elsewhere.example", 4, 1, 3)]:
            assert time.monotonic() < until, told()
            time.sleep(0.1)


def test_the_journal_is_followed():
    """Also where no mail server wrote a line before, and beyond a pause between two runs."""
    with Forwards() as forwards, Journal(forwards.daemon) as journal:
        ids = forwards.send(22)
        with forwards.following("--journal", env=journal.environment):
            # It takes what was written since it began.
            journal.add(forwards.lines(ids[:8], SPAM, 0), "postfix@-.service", time.time() + 5)
            forwards.wait((0, 8, 8))
        journal.add(forwards.lines(ids[8:10], SPAM, 0), "postfix@-.service", time.time() + 7)
        with forwards.following("--journal", env=journal.environment):
            forwards.wait((0, 10, 10))
            journal.add(forwards.lines(ids[10:], OK, 0), "postfix@-.service", time.time() + 7)
            forwards.wait((1, 0, 0))
        forwards.wait_for_threshold([5.5])


def test_no_journal():
    with Forwards() as forwards:
        for words in ((), ("--follow",)):
            got = forwards.assay("--journal", *words, env=dict(os.environ, PATH="/nowhere"))
            assert got.returncode == (74 if words else 66) and "journalctl: cannot be run" in got.stderr, got
        os.mkdir(forwards.daemon.path("bin"))
        forwards.daemon.write("bin/journalctl", "#!/bin/sh\nexit 3\n")
        os.chmod(forwards.daemon.path("bin/journalctl"), 0o755)
        for words in ((), ("--follow",)):
            got = forwards.assay("--journal", *words, env=dict(os.environ, PATH=forwards.daemon.path("bin")))
            assert got.returncode == (74 if words else 66) and "journalctl ended with status 3" in got.stderr, got


def test_a_pipe():
    """A line that comes long before its message's record waits for it, whatever comes after it."""
    with Forwards() as forwards:
        forwards.send(1)
        late = ["4D%08X" % (forwards.count + 1)]
        with forwards.following("--log", "-", stdin=subprocess.PIPE) as process:
            def write(lines):
                process.stdin.write("".join(line + "\n" for line in lines))
                process.stdin.flush()
            at = time.time() + 5
            write(forwards.lines(late, SPAM, at))
            for _ in range(20):
                write(["Dec  1 00:00:00 mx cron[1]: nothing"])
                time.sleep(0.05)
            assert forwards.send(1) == late
            forwards.wait((0, 1, 1))
