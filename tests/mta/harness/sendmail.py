# SPDX-License-Identifier: GPL-3.0-or-later
"""A private Sendmail. Debian's package conflicts with Postfix, so it is unpacked
into a cache directory and runs from there; nothing of it is installed."""

import contextlib
import ctypes
import fcntl
import glob
import os
import re
import shutil
import smtplib
import socket
import subprocess

from . import env
from . import dns
from .auth import AuthServer
from .env import Network, Skip, base, read, run, shipped, spawn, wait_for, write

PACKAGES = ["sendmail-bin", "sendmail-base", "sendmail-cf", "libwrap0", "liblockfile1"]
CF = "/usr/share/sendmail/cf"
CLONE_NEWNS, CLONE_NEWUTS = 0x00020000, 0x04000000


def cache():
    return os.environ.get("ASSAY_MTA_CACHE", "/var/cache/assay-mta")


def unpack():
    """The directory that plays / for Sendmail; fetched on the first run."""
    root = os.path.join(cache(), "sendmail")
    os.makedirs(cache(), exist_ok=True)
    with open(os.path.join(cache(), "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)    # tests/maps may be here, too
        return _unpacked(root)


def _unpacked(root):
    if os.path.exists(os.path.join(root, "complete")):
        return root
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    done = subprocess.run(["apt-get", "download"] + PACKAGES, cwd=root, timeout=120,
                          preexec_fn=Network.leave,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Skip("apt-get cannot download sendmail-bin: " + done.stderr.strip()[-200:])
    for package in glob.glob(os.path.join(root, "*.deb")):
        run(["dpkg", "-x", package, root])
        os.unlink(package)
    # The m4 files name each other by absolute path.
    for name in glob.glob(root + CF + "/**/*.m4", recursive=True):
        write(name, read(name).replace(CF, root + CF))
    os.chmod(root + "/usr/libexec/sendmail/sendmail", 0o755)
    write(os.path.join(root, "complete"), "")
    return root


def why_not():
    if os.geteuid() != 0:
        return "Sendmail can only be started by root"
    for tool in ("m4", "dpkg", "apt-get"):
        if not shutil.which(tool):
            return "%s is missing" % tool
    try:
        run(["true"], preexec_fn=_own_host_name)
    except subprocess.SubprocessError:
        return "no right to give Sendmail a host name with a dot (it needs CAP_SYS_ADMIN)"
    return None


_libc = ctypes.CDLL(None, use_errno=True)
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18


def _own_host_name():
    """Sendmail sleeps a minute at its start where the host's name has no dot."""
    if _libc.unshare(CLONE_NEWUTS) == 0:
        socket.sethostname("mx.hosted.example")
    elif "." not in socket.gethostname():
        raise OSError("unshare")


def _own_resolver(path):
    """Sendmail has no setting for it."""
    if _libc.unshare(CLONE_NEWNS) != 0 or \
            _libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None) != 0 or \
            _libc.mount(path.encode(), b"/etc/resolv.conf", None, MS_BIND, None) != 0:
        raise OSError("mount")


def _may_have_resolver(path):
    """Not below a root directory that is no mount point, as in a chroot: what is mounted there for
    one process would be seen by all."""
    try:
        run(["true"], preexec_fn=lambda: _own_resolver(path))
    except subprocess.SubprocessError:
        return False
    return True


class Sendmail:
    name = "sendmail"
    can = {"auth"}
    size_limit = 2000000
    socket_group = None
    srs_keys = {}

    def __init__(self, boxes, outside, hop):
        reason = why_not()
        if reason:
            raise Skip(reason)
        self.root = unpack()
        self.boxes, self.outside, self.hop = boxes, outside, hop
        self.can = set(self.can)
        self.keys = {"local_domains": "hosted.example"}
        if Network.host is not None:
            self.can.add("stranger")
        else:
            self.keys["trusted_clients"] = "tag"
        self.dir = env.work_dir("sendmail")
        self.port, self.hop_port = env.free_port(), env.free_port()
        self.socket_path = self.path("socket", "assay.sock")
        self.listen = "unix:" + self.socket_path
        self.forward_map = ["aliases:" + self.path("aliases")]
        self.daemons, self.auth = [], None
        self.world = dns.World(self.dir)
        if self.world.stub is not None and not _may_have_resolver(self.world.resolv_conf):
            self.world.stop()
        if self.world.stub is not None:
            self.can.add("mx")

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def start(self):
        for name in ("mqueue", "mqueue-forward", "socket", "sasl"):
            os.mkdir(self.path(name), 0o700)
        os.chmod(self.path("socket"), 0o755)
        shutil.chown(self.path("socket"), env.FILTER_USER)
        self.auth = AuthServer(self.path("auth"))
        write(self.path("sasl", "Sendmail.conf"), self.auth.config())
        self.make_front()
        self.make_maps()
        if self.hop:
            self.make_hop()
        for name in self.names():
            self.run_daemon(name)
        self.wait_for_ports()
        return self

    def program(self, name):
        return os.path.join(self.root, "usr/libexec/sendmail", name)

    def sendmail(self, config, *args):
        """Runs it in the foreground, beside the daemons."""
        return run([self.program("sendmail"), "-C" + self.path(config + ".cf")] + list(args),
                   env=self.environment(), preexec_fn=self.own_world)

    def own_world(self):
        _own_host_name()
        if self.world.stub is not None:
            _own_resolver(self.world.resolv_conf)

    def environment(self):
        lib = [os.path.join(self.root, d, os.uname().machine + "-linux-gnu")
               for d in ("lib", "usr/lib")]
        return dict(os.environ, LD_LIBRARY_PATH=":".join(lib))

    def make_maps(self):
        write(self.path("aliases"), base("aliases"))
        self.sendmail("front", "-bi")
        self.make_map("virtusertable", base("virtusertable"))
        if self.hop:
            self.make_map("mailertable", "relayed.example fwdhop:[127.0.0.1]\n")
            self.make_map("forward-mailertable", "relayed.example esmtp:[127.0.0.1]\n")

    def make_map(self, name, text):
        run([self.program("makemap"), "-C" + self.path("front.cf"), "hash", self.path(name)],
            input=text, env=self.environment())

    def m4(self, name, text, defines):
        """name.mc -> name.cf, with the variables that the shipped files document."""
        defines = dict(defines, ASSAY_SOCKET="local:" + self.socket_path,
                       ASSAY_HOP_PORT=self.hop_port, ASSAY_FRONT_PORT=self.port, confTRUSTED_USER="root",
                       confDOMAIN_NAME="mx.hosted.example", confQUEUE_LA=1000,
                       confREFUSE_LA=1000)
        text += "define(`ALIAS_FILE', `%s')dnl\n" % self.path("aliases")
        write(self.path(name + ".mc"), text.replace(CF, self.root + CF))
        argv = ["m4"] + ["-D%s=%s" % d for d in defines.items()] + [self.path(name + ".mc")]
        write(self.path(name + ".cf"), run(argv))

    def make_front(self):
        have_v6 = env.have_ipv6()
        if have_v6:
            self.can.add("ipv6")
        text = base("sendmail.mc", {
            "DIR": self.dir, "FRONT_PORT": self.port, "LMTP_PORT": self.boxes.port,
            "SIZE_LIMIT": self.size_limit, "V6": "" if have_v6 else "dnl "})
        for name in ["assay.m4"] + (["forward.m4"] if self.hop else []):
            write(self.path(name), shipped("sendmail/" + name, {}))
            text += "include(`%s')dnl\n" % self.path(name)
        write(self.path("teach.m4"), shipped("sendmail/teach.m4", {}))
        text += "include(`%s')dnl\n" % self.path("teach.m4")
        defines = {} if self.hop else {"SMART_HOST": "esmtp:[127.0.0.1]",
                                       "ESMTP_MAILER_ARGS": "TCP $h %d" % self.outside.port}
        defines.update(ASSAY_TEACH_DOMAIN="hosted.example", ASSAY_PROGRAM=self.path("assay"), ASSAY_USER=env.FILTER_USER)
        self.m4("front", text, defines)

    def without_milters(self):
        return self.changed(r"(?m)^O InputMailFilters=.*$", "O InputMailFilters=")

    def unlimited(self):
        """Takes mail of any size."""
        return self.changed(r"(?m)^O MaxMessageSize=.*$", "O MaxMessageSize=0")

    @contextlib.contextmanager
    def changed(self, pattern, text):
        """With another option in both configurations."""
        before = {name: read(self.path(name + ".cf")) for name in self.names()}
        for name, old in before.items():
            write(self.path(name + ".cf"), re.sub(pattern, text, old))
        self.restart()
        try:
            yield
        finally:
            for name, old in before.items():
                write(self.path(name + ".cf"), old)
            self.restart()

    def names(self):
        return (["forward"] if self.hop else []) + ["front"]

    def restart(self):
        for daemon in self.daemons:
            env.reap(daemon)
        self.daemons = []
        for name in self.names():
            self.run_daemon(name)
        self.wait_for_ports()

    def wait_for_ports(self):
        for port in [self.port] + ([self.hop_port] if self.hop else []):
            wait_for("Sendmail to be ready", lambda port=port: self.answers(port))

    @contextlib.contextmanager
    def teaching(self, program, conf):
        """The addresses spam@ and ham@ are there always; this is what they call."""
        write(self.path("assay"), "#!/bin/sh\nshift\nexec %s learn -c %s \"$@\"\n" % (program, conf), 0o755)
        try:
            yield
        finally:
            os.unlink(self.path("assay"))

    def make_hop(self):
        text = self.hop_text = shipped("sendmail/forward.mc", {
            "/var/spool/mqueue-forward": self.path("mqueue-forward"),
            "/run/sendmail/mta/forward.pid": self.path("forward.pid"),
            "/var/lib/sendmail/forward.st": self.path("forward.st")})
        defines = {"ESMTP_MAILER_ARGS": "TCP $h %d" % self.outside.port,
                   "ASSAY_MAILERTABLE": "hash -o " + self.path("forward-mailertable")}
        if self.world.stub is None:
            defines.update(ASSAY_OUT="esmtp:[127.0.0.1]", ASSAY_OWN_DOMAINS=write(
                self.path("own-domains"), "hosted.example\nsrs.hosted.example\n"))
        self.hop_defines = defines
        self.m4("forward", text, defines)

    @contextlib.contextmanager
    def releasing(self, address):
        """With the instance whose mail leaves from this address; yields its port."""
        port = env.free_port()
        write(self.path("hop.mc"), self.hop_text.replace(CF, self.root + CF))
        os.mkdir(self.path("mqueue-release"), 0o700)
        self.m4("release", shipped("sendmail/release.mc", {
            "2527": port, "192.0.2.26": address, "/etc/mail/forward.mc": self.path("hop.mc"),
            "/var/spool/mqueue-release": self.path("mqueue-release"),
            "/run/sendmail/mta/release.pid": self.path("release.pid"),
            "/var/lib/sendmail/release.st": self.path("release.st")}), self.hop_defines)
        self.run_daemon("release")
        try:
            wait_for("the way out for releases", lambda: self.answers(port))
            yield port
        finally:
            env.reap(self.daemons.pop())
            shutil.rmtree(self.path("mqueue-release"))

    def local_program(self):
        """What a site has as /usr/sbin/sendmail; root needs no submit.cf."""
        mount = "mount --bind %s /etc/resolv.conf && " % self.world.resolv_conf if self.world.stub else ""
        return write(self.path("sendmail"), "#!/bin/sh\nexport LD_LIBRARY_PATH=%s\nexec unshare --uts --mount sh -c '"
                     "hostname mx.hosted.example && %sexec \"$0\" \"$@\"' %s -C%s -L sm-local \"$@\"\n" % (
                         self.environment()["LD_LIBRARY_PATH"], mount, self.program("sendmail"),
                         self.path("front.cf")), 0o755)

    def run_daemon(self, name):
        with open(self.path(name + ".out"), "wb") as out:
            self.daemons.append(spawn(
                [self.program("sendmail"), "-L", "sm-" + name, "-C" + self.path(name + ".cf"),
                 "-X" + self.path(name + ".log"), "-bD"],
                before=self.own_world, stdout=out, stderr=out, env=self.environment()))

    def answers(self, port):
        for daemon in self.daemons:
            if daemon.poll() is not None:
                raise env.Failure("Sendmail did not start:\n%s%s" % (
                    read(self.path("front.out")), read(self.path("forward.out"))))
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as s:
                return s.recv(3) == b"220"
        except OSError:
            return False

    def stop(self):
        for daemon in self.daemons:
            env.reap(daemon)
        if self.auth:
            self.auth.stop()
        self.world.stop()
        env.remove(self.dir)

    def log(self):
        return read(self.path("front.log")) + read(self.path("forward.log"))

    def queues(self):
        return [self.path("mqueue")] + ([self.path("mqueue-forward")] if self.hop else [])

    def queue_files(self):
        return [f for q in self.queues() for f in glob.glob(q + "/[qt]f*")]

    def flush(self):
        for name in ["front"] + (["forward"] if self.hop else []):
            self.sendmail(name, "-q")

    @contextlib.contextmanager
    def impatient(self):
        """Yields a function that waits until queued mail is "late" or has "expired", and its
        sender was told. What expires is returned at once, `told` or not."""
        timeout = {"late": "Timeout.queuewarn", "expired": "Timeout.queuereturn"}

        def waiting():
            return [read(f) for f in glob.glob(self.path("mqueue-forward", "qf*"))]

        def done(how):
            """Its queue file is gone, or has the flag that the sender was warned. Until it is old
            enough, and while another process works on it, nothing happens."""
            self.sendmail("forward", "-q", "-O%s=1s" % timeout[how])
            return all(how == "late" and re.search(r"(?m)^F.*w", text) for text in waiting())

        def grow_old(how, told=True):
            wait_for("mail in the hop's queue", waiting)
            wait_for("queued mail that is " + how, lambda: done(how), interval=0.5)
        yield grow_old

    def submit_locally(self, data, rcpts, sender):
        """What Debian's submit.cf makes of it."""
        with smtplib.SMTP("127.0.0.1", self.port, local_hostname="mx.hosted.example", timeout=env.PATIENCE) as smtp:
            smtp.sendmail(sender, rcpts, data)

    def queued(self):
        return len(self.queue_files())

    def waiting(self):
        """Why the queue is not empty: the M line of each queue file."""
        return [line for f in self.queue_files()
                for line in re.findall(r"(?m)^M.*$", read(f)) or [os.path.basename(f)]]

    def deferred(self):
        """A queue file says after N how often its delivery was tried."""
        return sum(bool(re.search(r"(?m)^N[1-9]", read(f))) for f in self.queue_files())

    def purge(self):
        for q in self.queues():
            for f in glob.glob(q + "/*"):
                try:
                    os.unlink(f)
                except FileNotFoundError:
                    pass  # a queue runner was faster
