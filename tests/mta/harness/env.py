# SPDX-License-Identifier: GPL-3.0-or-later
"""What every part of the harness needs: waiting, ports, child processes that
die with us, and the shipped files with their documented variables replaced."""

import ctypes
import fcntl
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.dirname(os.path.dirname(HERE))
CONTRIB = os.path.join(TOP, "contrib")
BASE = os.path.join(HERE, "base")

# The account that assayd changes to; not root, as in production.
FILTER_USER = "nobody"

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
CLONE_NEWNET, SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP = 0x40000000, 0x8914, 0x8916, 1

# Addresses for documentation: nobody's.
STRANGER, STRANGER6 = "198.51.100.7", "2001:db8::7"

_libc = ctypes.CDLL(None, use_errno=True)


class Skip(Exception):
    """Raised with the reason why a test, or an MTA, can't be run here."""


class Failure(AssertionError):
    """A test's own complaint."""


class InVain(Failure):
    """What was waited for did not come."""


def check(condition, message):
    if not condition:
        raise Failure(message)


def check_equal(got, expected, what):
    if got != expected:
        raise Failure("%s: got %r, expected %r" % (what, got, expected))


# For what takes a moment on an idle machine and has to come on a busy one.
PATIENCE = 180.0


def wait_for(what, predicate, timeout=PATIENCE, interval=0.02):
    """The first true value of predicate(); a Failure that names `what` after the timeout,
    where `what` may be a function that finds out then."""
    end = time.monotonic() + timeout
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > end:
            raise InVain("waited %.0f s in vain for %s" % (timeout, what() if callable(what) else what))
        time.sleep(interval)


_given_ports = set()


def free_port():
    """Below the range of ephemeral ports, so that no client takes it in between."""
    for _ in range(500):
        port = random.randint(20000, 32000)
        if port in _given_ports:
            continue
        try:
            for host in ("127.0.0.1", "0.0.0.0"):
                with socket.socket() as s:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    s.bind((host, port))
        except OSError:
            continue
        _given_ports.add(port)
        return port
    raise Skip("no free port on the loopback")


def have_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


def spawn(argv, before=lambda: None, **kw):
    """A child in a process group of its own, which gets SIGTERM when we die in any way."""
    def prepare():
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        before()
    return subprocess.Popen(argv, start_new_session=True, preexec_fn=prepare,
                            stdin=subprocess.DEVNULL, **kw)


def reap(proc, timeout=PATIENCE):
    """Ends a spawned child and its group; returns its exit status."""
    if proc.poll() is None:
        proc.terminate()
        try:
            proc.wait(timeout)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(proc.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return proc.wait()


def adopt_orphans():
    """The daemons' own children become ours when their parent ends."""
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1)


def reap_orphans(timeout=PATIENCE):
    """Waits for all that is left of the daemons. To be called when each spawned child is reaped."""
    end = time.monotonic() + timeout
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            check(time.monotonic() < end, "processes are left behind")
            time.sleep(0.02)


class Network:
    """A network name space of our own with a stranger's addresses on its loopback, so that
    mail can come from outside. Where we may not have one, mail comes from 127.0.0.9."""

    source, source6 = "127.0.0.9", "::1"
    host = None

    @classmethod
    def enter(cls):
        """Before the first thread is started: those that follow inherit it."""
        with open("/proc/self/ns/net", "rb") as host:
            if _libc.unshare(CLONE_NEWNET) != 0:
                return
            cls.host = os.dup(host.fileno())
        with socket.socket() as s:
            fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
            address = socket.inet_aton(STRANGER)
            fcntl.ioctl(s, SIOCSIFADDR, struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, address))
        cls.source = STRANGER
        try:
            with socket.socket(socket.AF_INET6) as s:
                address = socket.inet_pton(socket.AF_INET6, STRANGER6)
                fcntl.ioctl(s, SIOCSIFADDR, struct.pack("=16sIi", address, 128, 1))
            cls.source6 = STRANGER6
        except OSError:
            pass

    @classmethod
    def leave(cls):
        """For a child that has to reach the world, before it is executed."""
        if cls.host is not None:
            _libc.setns(cls.host, CLONE_NEWNET)


def run(argv, **kw):
    """Runs to the end and returns stdout; a Failure with its stderr when it fails."""
    kw.setdefault("timeout", PATIENCE)
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, **kw)
    if done.returncode != 0:
        raise Failure("%s: exit %d: %s" % (" ".join(argv), done.returncode,
                                           (done.stderr or done.stdout).strip()))
    return done.stdout


def work_dir(name):
    """A directory that the MTAs' own users can enter. Sendmail trusts no socket and no
    file under a world-writable directory, so not /tmp."""
    parent = os.environ.get("ASSAY_MTA_DIR", "/run" if os.path.isdir("/run") else "/var/tmp")
    path = tempfile.mkdtemp(prefix="assay-%s-" % name, dir=parent)
    os.chmod(path, 0o755)
    return path


def remove(path):
    if not os.environ.get("ASSAY_MTA_KEEP"):
        shutil.rmtree(path, ignore_errors=True)


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def fill(text, values):
    """Replaces @NAME@; a name that nobody filled in is a mistake in the test."""
    for name, value in values.items():
        text = text.replace("@%s@" % name, str(value))
    left = re.search(r"@[A-Z0-9_]+@", text)
    check(not left, "%s is not filled in" % (left and left.group()))
    return text


def base(name, values=None):
    return fill(read(os.path.join(BASE, name)), values or {})


def shipped(name, replacements):
    """A file of contrib/ as shipped, but for these replacements. Each must apply:
    otherwise what is shipped and what is tested have come apart."""
    path = os.path.join(CONTRIB, name)
    text = read(path)
    check(text, "%s is missing or empty" % path)
    for old, new in replacements.items():
        check(old in text, "%s does not contain %s" % (path, old))
        text = text.replace(old, str(new))
    return text
