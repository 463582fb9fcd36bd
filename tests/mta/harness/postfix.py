# SPDX-License-Identifier: GPL-3.0-or-later
"""A private Postfix: own configuration, queue, data and log under one directory.
The system's own instance is neither read nor touched."""

import contextlib
import json
import os
import pwd
import re
import shutil

from . import env
from .auth import AuthServer
from .env import Network, Skip, base, read, run, shipped, spawn, wait_for, write

DAEMONS = "/usr/lib/postfix/sbin"


def why_not():
    if os.geteuid() != 0:
        return "Postfix can only be started by root"
    for path in ("/usr/sbin/postfix", DAEMONS + "/master"):
        if not os.path.exists(path):
            return "%s is missing (Debian package postfix)" % path
    try:
        pwd.getpwnam("postfix")
    except KeyError:
        return "there is no user postfix"
    return None


class Postfix:
    name = "postfix"
    queues = ("maildrop", "incoming", "active", "deferred", "hold")
    can = {"smtputf8", "auth", "orcpt", "undo", "xclient", "stranger", "socketmap",
           "strips"}
    size_limit = 2000000
    socket_group = "postfix"
    keys = {}

    def __init__(self, boxes, outside, hop):
        reason = why_not()
        if reason:
            raise Skip(reason)
        self.boxes, self.outside, self.hop = boxes, outside, hop
        self.can = set(self.can)
        self.dir = env.work_dir("postfix")
        self.etc = os.path.join(self.dir, "etc")
        self.port, self.hop_port = env.free_port(), env.free_port()
        self.spool = os.path.join(self.dir, "spool")
        self.socket_path = os.path.join(self.spool, "assay", "assay.sock")
        self.listen = "unix:" + self.socket_path
        self.srs_keys = {"srs_socketmap": "unix:" + os.path.join(self.spool, "assay", "srs.sock")}
        self.forward_map = ["texthash:" + os.path.join(self.etc, "virtual")]
        self.master = self.auth = None

    def start(self):
        for name in ("etc", "spool", "data"):
            os.mkdir(os.path.join(self.dir, name))
        shutil.chown(os.path.join(self.dir, "data"), "postfix")
        self.configure()
        self.original = self.settings()
        self.attach()
        if self.hop:
            self.attach_hop()
        self.make_socket_folder()
        # smtpd sees it from its chroot.
        self.auth = AuthServer(os.path.join(self.spool, "auth"), "/auth")
        os.mkdir(os.path.join(self.etc, "sasl"))
        write(os.path.join(self.etc, "sasl", "smtpd.conf"), self.auth.config())
        self.run_master()
        return self

    def run_master(self):
        self.started = len(self.log())
        with open(os.path.join(self.dir, "start.log"), "wb") as out:
            # Not "postfix start-fg": a shell would be between us and the daemon.
            run(["postfix", "-c", self.etc, "check"])
            self.master = spawn([DAEMONS + "/master", "-d", "-c", self.etc], stdout=out, stderr=out)
        wait_for("Postfix to be ready", self.ready)

    def restart(self):
        """For a new main.cf. Not "postfix reload": what logs through postlogd may hang for ever
        where that is replaced just then."""
        env.reap(self.master)
        self.run_master()

    def make_socket_folder(self):
        """As contrib/postfix/README.md says."""
        run(["install", "-d", "-o", env.FILTER_USER, "-g", "postfix", "-m", "750",
             os.path.dirname(self.socket_path)])

    def configure(self):
        have_v6 = env.have_ipv6()
        if have_v6:
            self.can.add("ipv6")
        values = {"DIR": self.dir, "LMTP_PORT": self.boxes.port, "OUT_PORT": self.outside.port,
                  "FRONT_PORT": self.port, "PROTOCOLS": "all" if have_v6 else "ipv4",
                  "V6": "" if have_v6 else "#", "SIZE_LIMIT": self.size_limit,
                  "SOURCE": Network.source, "SOURCE6": Network.source6}
        for name in ("main.cf", "master.cf"):
            write(os.path.join(self.etc, name), base("postfix." + name, values))
        for name in ("virtual", "mailboxes"):
            write(os.path.join(self.etc, name), base(name))
        for name in ("postfix-files", "dynamicmaps.cf"):
            shutil.copy(os.path.join("/etc/postfix", name), self.etc)

    def postconf(self, text):
        """The way of contrib/postfix/README.md to put lines into main.cf."""
        for line in re.findall(r"(?m)^[a-z].*$", text):
            run(["postconf", "-c", self.etc, "-e", line])

    def attach(self):
        self.postconf(shipped("postfix/main.cf.milter", {}))

    def attach_hop(self):
        checks = write(os.path.join(self.etc, "assay-seal.regexp"),
                       shipped("postfix/assay-seal.regexp", {}))
        self.postconf(shipped("postfix/main.cf.forward",
                              {"127.0.0.1]:2526": "127.0.0.1]:%d" % self.hop_port,
                               "/etc/postfix/assay-seal.regexp": checks}))
        port = {"127.0.0.1:2526": "127.0.0.1:%d" % self.hop_port}
        with open(os.path.join(self.etc, "master.cf"), "a", encoding="utf-8") as master:
            master.write(shipped("postfix/master.cf.forward", port))

        table = write(os.path.join(self.etc, "assay-srs.regexp"), shipped("postfix/srs.regexp", {}))
        self.postconf(shipped("postfix/main.cf.srs-hop", {"/etc/postfix/assay-srs.regexp": table}))

    def attach_srs(self, *more):
        """The SRS tables, and what else is given; returns what undoes it."""
        return self.change(shipped("postfix/main.cf.srs", {}), *more)

    def change(self, *lines):
        """Lines of main.cf, until the function that is returned is called."""
        before = read(os.path.join(self.etc, "main.cf"))
        self.postconf("\n".join(lines))
        self.restart()

        def undo():
            write(os.path.join(self.etc, "main.cf"), before)
            self.restart()
        return undo

    @contextlib.contextmanager
    def without_milters(self):
        undo = self.change("smtpd_milters =", "assay_hop_milter =")
        try:
            yield
        finally:
            undo()

    @contextlib.contextmanager
    def unlimited(self):
        """Takes mail of any size."""
        undo = self.change("message_size_limit = 0", "virtual_mailbox_limit = 0")
        try:
            yield
        finally:
            undo()

    @contextlib.contextmanager
    def teaching(self, program, conf):
        """With the addresses spam@ and ham@, by the way of contrib/postfix/README.md."""
        master = os.path.join(self.etc, "master.cf")
        before = read(master)
        write(master, before + shipped("postfix/master.cf.teach", {
            "user=assay": "user=" + env.FILTER_USER, "/usr/local/bin/assay learn": "%s learn -c %s" % (program, conf)}))
        undo = self.change(shipped("postfix/main.cf.teach", {"example.com": "hosted.example"}),
                           "virtual_mailbox_maps = texthash:%s/mailboxes, inline:{ spam@hosted.example=x, "
                           "ham@hosted.example=x }" % self.etc)
        try:
            yield
        finally:
            write(master, before)
            undo()

    @contextlib.contextmanager
    def impatient(self):
        """Yields a function that waits until queued mail is "late" or has "expired", and, unless
        not `told`, its sender was told. Reports that wait don't grow old, nor does mail that comes later."""
        undo = self.change("delay_warning_time = 1s")

        def expire():
            for queue_id in self.deferred_ids():
                run(["postsuper", "-c", self.etc, "-e", queue_id])
            self.flush()

        def grow_old(how, told=True):
            act = {"late": self.flush, "expired": expire}[how]
            sign = {"late": "sender delay notification",
                    "expired": "sender non-delivery notification" if told else
                               "status=force-expired"}[how]
            seen = len(self.log())
            wait_for("queued mail that is " + how, lambda: act() or sign in self.log()[seen:],
                     interval=0.5)
        try:
            yield grow_old
        finally:
            undo()

    @contextlib.contextmanager
    def releasing(self, address):
        """With the listener whose mail leaves from this address; yields its port."""
        master, port = os.path.join(self.etc, "master.cf"), env.free_port()
        before = read(master)
        write(master, before + shipped("postfix/master.cf.release", {
            "127.0.0.1:2527": "127.0.0.1:%d" % port, "192.0.2.26": address,
            "content_filter=relout:": "content_filter=relout:[127.0.0.1]:%d" % self.outside.port}))
        self.restart()
        try:
            yield port
        finally:
            write(master, before)
            self.restart()

    def local_program(self):
        """What a site has as /usr/sbin/sendmail."""
        return write(os.path.join(self.dir, "sendmail"), "#!/bin/sh\nexec /usr/sbin/sendmail -C %s \"$@\"\n" % self.etc, 0o755)

    def deferred_ids(self):
        """Of mail that is no report."""
        queue = [json.loads(line) for line in run(["postqueue", "-c", self.etc, "-j"]).splitlines()]
        return [mail["queue_id"] for mail in queue
                if mail["queue_name"] == "deferred" and mail["sender"] != "MAILER-DAEMON"
                and not mail["forced_expire"]]

    def submit_locally(self, data, rcpts, sender):
        run(["sendmail", "-C", self.etc, "-i", "-f", sender] + rcpts,
            input=data.replace(b"\r\n", b"\n").decode())

    def settings(self):
        return run(["postconf", "-c", self.etc, "-n"]) + run(["postconf", "-c", self.etc, "-M"])

    def undo(self):
        """The commands of contrib/postfix/README.md, with our directory and port."""
        lines = re.findall(r"postconf -M?X [^&`\n]+", shipped("postfix/README.md", {}))
        for line in reversed(lines):
            argv = line.replace(":2526/", ":%d/" % self.hop_port).split()
            run(argv[:1] + ["-c", self.etc] + argv[1:])

    def ready(self):
        if self.master.poll() is not None:
            raise env.Failure("Postfix did not start:\n%s%s"
                              % (read(os.path.join(self.dir, "start.log")), self.log()))
        return "daemon started" in self.log()[self.started:]

    def stop(self):
        if self.master is not None:
            env.reap(self.master)
        if self.auth:
            self.auth.stop()
        env.remove(self.dir)

    def log(self):
        return read(os.path.join(self.dir, "log"))

    def flush(self):
        run(["postqueue", "-c", self.etc, "-f"])

    def queued(self):
        """How many messages are in the queues."""
        return sum(len(files) for name in self.queues
                   for _, _, files in os.walk(os.path.join(self.spool, name)))

    def waiting(self):
        """Why the queue is not empty, in Postfix's words."""
        return run(["postqueue", "-c", self.etc, "-p"]).splitlines()

    def deferred(self):
        return len([f for _, _, files in os.walk(os.path.join(self.spool, "deferred"))
                    for f in files])

    def purge(self):
        run(["postsuper", "-c", self.etc, "-d", "ALL"])
