# SPDX-License-Identifier: GPL-3.0-or-later
"""assayd under test: its config, start, stop, and what it logged."""

import json
import os
import re
import shutil
import signal
import socket
import sys
import time

from .env import BASE, FILTER_USER, TOP, Failure, reap, read, run, spawn, wait_for, write

SERVICE = "Example Mail"
SUPPORT = "https://support.example/spam?id=%i"
SECRET = "a key for the tests alone, 32 byte"


def find():
    path = os.environ.get("ASSAYD") or os.path.join(TOP, "build", "assayd")
    if not os.access(path, os.X_OK):
        sys.exit("tests/mta: no assayd at %s: build it, or set ASSAYD" % path)
    return os.path.abspath(path)


class Filter:
    def __init__(self, directory, mta):
        self.program = find()
        self.dir = directory
        self.listen, self.socket_path = mta.listen, mta.socket_path
        self.socket_group, self.mta_keys = mta.socket_group, mta.keys
        self.conf = os.path.join(directory, "assay.conf")
        self.log_path = os.path.join(directory, "assayd.log")
        self.rules = write(os.path.join(directory, "points.cf"),
                           read(os.path.join(BASE, "points.cf")))
        self.key = write(os.path.join(directory, "seal.key"), SECRET, 0o600)
        for path in (directory, self.key):
            shutil.chown(path, FILTER_USER)
        self.proc = None
        self.logged = 0

    def shipped_rules(self):
        """A copy of them that FILTER_USER can read, wherever the source is."""
        copy = os.path.join(self.dir, "shipped-rules")
        shutil.copytree(os.path.join(TOP, "rules", "assay"), copy, dirs_exist_ok=True)
        for path in [copy] + [os.path.join(copy, name) for name in os.listdir(copy)]:
            shutil.chown(path, FILTER_USER)
        return copy

    def forget(self):
        """Its records, lessons and lists: one test's are nothing to the next."""
        for name in os.listdir(self.dir):
            if name.startswith("assay.db"):
                os.unlink(os.path.join(self.dir, name))

    def configure(self, keys=None, sections="", hop=True):
        """Writes assay.conf: what every test needs, changed by `keys`; None drops one. Without
        `hop` it says that there is none."""
        values = {
            "listen": self.listen,
            "user": FILTER_USER,
            "socket_group": self.socket_group,
            "hostname": "mx.hosted.example",
            "service_name": SERVICE,
            "support_url": SUPPORT,
            "required_score": "5",
            "forward_discard_score": "6.0",
            "hosted_domains": "hosted.example, catchall.example",
            "rules": self.rules,
            "store": "sqlite:" + os.path.join(self.dir, "assay.db"),
            "network_tests": "no",
            "seal_key_file": self.key,
        }
        values.update(self.mta_keys)
        values.update(keys or {})
        text = "".join("%s %s\n" % (k, line) for k, v in values.items() if v is not None
                       for line in ([v] if isinstance(v, str) else v))
        write(self.conf, text + ("\n[daemon FORWARD]\nrole forward\n" if hop else "\n") + sections)
        return self

    def start(self):
        self.logged = len(self.log())
        with open(self.log_path, "ab") as log:
            self.proc = spawn([self.program, "-c", self.conf], stdout=log, stderr=log)
        wait_for("assayd to be ready", self.answers)
        return self

    def answers(self):
        if self.proc.poll() is not None:
            raise Failure("assayd ended with %d at its start:\n%s"
                          % (self.proc.returncode, self.log()[self.logged:]))
        # The socket is there before the configuration is read.
        if not any(" ready: " in line for line in self.log_lines()):
            return False
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(self.socket_path)
            return True
        except OSError:
            return False

    def status(self):
        """One line for the report of a failed test."""
        if self.proc is None:
            return "assayd is stopped"
        code = self.proc.poll()
        return "assayd runs" if code is None else "assayd ENDED BY ITSELF with %d" % code

    def stop(self):
        """As an operator would. Anything but a clean exit is a failure of the test."""
        if self.proc is None:
            return
        proc, self.proc = self.proc, None
        if proc.poll() is None:
            proc.send_signal(signal.SIGTERM)
        start = time.monotonic()
        status = reap(proc, 20)
        if status != 0:
            raise Failure("assayd ended with %d after %.1f s:\n%s"
                          % (status, time.monotonic() - start, self.log()[-2000:]))

    def kill(self):
        """As the kernel would when memory runs out."""
        proc, self.proc = self.proc, None
        proc.kill()
        reap(proc)

    def discard(self):
        """After a test, whatever its result."""
        if self.proc is not None:
            proc, self.proc = self.proc, None
            proc.kill()
            reap(proc)

    def reload(self):
        self.proc.send_signal(signal.SIGUSR1)

    def log(self):
        return read(self.log_path)

    def log_lines(self):
        """What was logged since the last start."""
        return self.log()[self.logged:].splitlines()

    def report(self, name, *options):
        """What `assay report` prints of all records."""
        assay = os.path.join(os.path.dirname(self.program), "assay")
        return run([assay, "report", name, "--since", "all", "-c", self.conf, *options])

    def reported(self, name, *options):
        """The same as objects, in order."""
        return [json.loads(line) for line in self.report(name, "--json", *options).splitlines()]

    def discarded(self, *options):
        """(hosted recipient, destination) of each drop, in order."""
        return [(r["recipient"], r["destination"])
                for r in self.reported("forwarded-discards", *options)]

    def observed(self):
        """The same of what would have been dropped."""
        return self.discarded("--observed")

    def actions(self):
        """QUEUEID -> action of each message line since the last start."""
        found = {}
        for line in self.log_lines():
            hit = re.search(r"\b([0-9A-Za-z]{6,20}): client=.*\baction=([^, ]+)", line)
            if hit:
                found[hit.group(1)] = hit.group(2)
        return found
