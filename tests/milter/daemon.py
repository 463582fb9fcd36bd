# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs assayd in a directory of its own for a test, and reads what it logs."""
import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))

import pace  # noqa: E402

RULES = """
body TEST_TAG /please tag me/
describe TEST_TAG Asks for a tag
score TEST_TAG 5.5
body TEST_DROP /please drop me/
describe TEST_DROP Asks to be dropped
score TEST_DROP 18.2
body TEST_SIX /exactly six/
score TEST_SIX 6
body TEST_WELCOME /a welcome sender/
score TEST_WELCOME -95.94
header TEST_HELO Received =~ /from helo\\.example\\.com/
score TEST_HELO 0.001
"""

CONFIGURATION = """
{listen}
store {store}
control {control}
{hostname}
service_name Test Filter
support_url https://support.example.net/%i
network_tests no
trusted_networks 127.0.0.0/8
rules {directory}/rules.cf
cache_directory {directory}/cache
hosted_domains example.net
forward_map texthash:{directory}/virtual
scan_timeout {scan_timeout}
commit_timeout {commit_timeout}
seal_key_file {directory}/seal.key
{more}

[daemon FORWARD]
role forward
"""

VIRTUAL = """
away@example.net away@elsewhere.example
both@example.net both@example.net, both@elsewhere.example
"""


def executable():
    """The program $ASSAYD, else that of the build directory $BUILD, else of this directory."""
    return os.environ.get("ASSAYD") or os.path.abspath(
        os.path.join(os.environ.get("BUILD", "."), "assayd"))


def tsan_options():
    """Where the program is built with ThreadSanitizer: leave out what is libmilter's own."""
    here = os.path.dirname(os.path.abspath(__file__))
    return "%s suppressions=%s" % (os.environ.get("TSAN_OPTIONS", ""),
                                   os.path.join(here, "tsan.supp"))


class TooSlow(AssertionError):
    """It took longer than it does on a machine as slow as this one is now."""


def logcheck_rules():
    """What administrators who are mailed what is in their logs don't want to see: Debian's logcheck, egrep."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "contrib", "logcheck", "assay")
    with open(path, encoding="ascii") as file:
        text = file.read()
    for name, characters in (("alpha", "A-Za-z"), ("alnum", "A-Za-z0-9"), ("digit", "0-9"), ("upper", "A-Z")):
        text = text.replace("[:%s:]" % name, characters)
    return [re.compile(line) for line in text.splitlines() if line and not line.startswith("#")]


LOGCHECK = logcheck_rules()


def quick(seconds, limit, what):
    """`limit` is for a machine that has nothing else to do."""
    if not pace.allowed(seconds, limit):
        raise TooSlow("%s took %.2f s, which is not below %g, times %.1f" % (what, seconds, limit, pace.factor()))


class Skip(Exception):
    """Why a test can't be run here."""


class Daemon:
    commit_timeout = "20s"

    def __init__(self, more="", listen=None, start=True, store=None,
                 hostname="filter.example.net", scan_timeout="20s"):
        self.hostname = "hostname " + hostname if hostname else ""
        self.directory = tempfile.mkdtemp(prefix="assay-milter-")
        self.socket = self.path("socket")
        self.control = self.path("control.sock")
        self.scan_timeout = scan_timeout
        self.store = store or "sqlite:" + self.path("records.db")
        self.write("rules.cf", RULES)
        self.write("virtual", VIRTUAL)
        self.write("seal.key", "sixteen bytes or more of secret")
        os.chmod(self.path("seal.key"), 0o600)
        self.configure(more, listen)
        self.process = None
        self.log_read = 0
        if start:
            self.start()

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def configure(self, more="", listen=None):
        self.write("assay.conf", CONFIGURATION.format(
            listen=listen or "listen unix:" + self.socket, directory=self.directory, more=more,
            commit_timeout=self.commit_timeout, scan_timeout=self.scan_timeout,
            store=self.store, hostname=self.hostname, control="unix:" + self.control))

    def start(self, ready="ready:", timeout=120, environment=None, limits=None, descriptors=(),
              user=None):
        """`limits`: by their number, as for resource.setrlimit(); `descriptors` are inherited."""
        def limit():
            for number, value in (limits or {}).items():
                resource.setrlimit(number, (value, value))
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)

        begun = len(self.log())
        with open(self.path("log"), "ab") as log:
            self.process = subprocess.Popen(
                [executable(), "-c", self.path("assay.conf")], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, preexec_fn=limit, pass_fds=descriptors,
                env=dict(os.environ, TZ="UTC", TSAN_OPTIONS=tsan_options(), **(environment or {})))
        if ready:
            self.wait_for_log(ready, timeout, max(begun, self.log_read))
        return self

    def log(self):
        if not os.path.exists(self.path("log")):
            return ""
        with open(self.path("log"), errors="replace") as log:
            return log.read()

    def mark_log(self):
        self.log_read = len(self.log())

    def new_log(self):
        return self.log()[self.log_read:]

    def wait_for_log(self, text, timeout=120, since=None):
        """Until the log has it, after so many characters; else after the mark."""
        def found():
            return text in self.log()[self.log_read if since is None else since:]

        until = time.monotonic() + timeout
        while not found():
            if self.process.poll() is not None and not found():
                raise AssertionError("assayd ended with %d: %s" % (self.process.returncode,
                                                                  self.new_log()))
            if time.monotonic() > until:
                raise AssertionError("no \"%s\" in the log: %s" % (text, self.new_log()))
            time.sleep(0.01)

    def cpu_seconds(self):
        with open("/proc/%d/stat" % self.process.pid) as file:
            user, system = file.read().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def resident_kib(self, peak=False):
        with open("/proc/%d/status" % self.process.pid) as file:
            status = dict(line.split(":", 1) for line in file)
        return int(status["VmHWM" if peak else "VmRSS"].split()[0])

    def signal(self, number):
        os.kill(self.process.pid, number)

    def reload(self, expect="reloaded"):
        self.mark_log()
        self.signal(signal.SIGUSR1)
        self.wait_for_log(expect)

    def wait(self, timeout=300):
        return self.process.wait(timeout)

    def stop(self, timeout=300):
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        """As the kernel would when memory runs out."""
        self.process.kill()
        self.process.wait()

    def command(self, *arguments, timeout=120):
        """The command assay with these arguments: (code, stdout, stderr)."""
        program = os.path.join(os.path.dirname(executable()), "assay")
        done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=timeout)
        return done.returncode, done.stdout, done.stderr

    def status(self, code=0):
        """The object of `assay status --json`."""
        found, out, err = self.command("status", "--json", "-c", self.path("assay.conf"))
        assert found == code, (found, out, err, self.log())
        return json.loads(out)

    def report(self, *arguments):
        """The objects of `assay report … --json`."""
        command = [os.path.join(os.path.dirname(executable()), "assay"), "report", *arguments,
                   "--since", "all", "--json", "--store", self.store]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=300)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def records(self, sql="SELECT count(*) FROM records"):
        with sqlite3.connect(self.path("records.db"), timeout=120) as database:
            return database.execute(sql).fetchall()

    def __enter__(self):
        return self

    def __exit__(self, kind, *unused):
        try:
            if self.process is not None and self.process.poll() is None:
                self.stop()
            if kind is None:
                self.check()
        finally:
            if self.process is not None and self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if kind is not None:
                print("--- log of assayd\n" + self.log()[-6000:])
            shutil.rmtree(self.directory, ignore_errors=True)

    def check(self):
        """However a test went: no sanitizer found anything, and the end was a clean one."""
        assert "Sanitizer" not in self.log() and "runtime error" not in self.log(), self.log()
        code = self.process.returncode if self.process is not None else 0
        assert code in self.expected_codes, "assayd ended with %d: %s" % (code, self.log()[-4000:])
        told = [line for line in self.log().splitlines()
                if re.match(r"assayd: (?!(\S+: )?(warning|error): )", line) and
                not any(rule.match("Dec  1 06:00:00 mx1 " + line.replace(":", "[7]:", 1)) for rule in LOGCHECK)]
        assert not told, "contrib/logcheck would mail this: %s" % told

    expected_codes = (0,)
