# SPDX-License-Identifier: GPL-3.0-or-later
"""Private MTAs with the generated tables and without the filter: where do they take mail?"""

import os
import shutil
import socketserver
import sqlite3
import subprocess
import threading

from harness import env
from harness.env import run, write
from harness.postfix import Postfix
from harness.sendmail import Sendmail

from generate import BOX, LOCAL, VHOST, VHOST2


class _Asked(socketserver.StreamRequestHandler):
    """The protocol of socketmap_table(5)."""

    def handle(self):
        while True:
            size = b""
            while not size.endswith(b":"):
                byte = self.rfile.read(1)
                if not byte:
                    return
                size += byte
            key = self.rfile.read(int(size[:-1]))
            self.rfile.read(1)
            value = self.server.table.get(key.partition(b" ")[2].decode("utf-8", "replace"))
            answer = ("OK " + value if value else "NOTFOUND ").encode()
            self.wfile.write(b"%d:%s," % (len(answer), answer))


class SocketMap:
    def __init__(self, table):
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Asked)
        self.server.daemon_threads = True
        self.server.table = table
        self.spec = "socketmap:inet:127.0.0.1:%d:virt" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Tables:
    """The generated tables as files; `maps` as forward_map and Postfix have them."""

    def __init__(self, directory, cases):
        self.dir, self.cases = directory, cases
        for name in ("lists", "out", "tables"):
            os.mkdir(os.path.join(directory, name))
        os.chmod(os.path.join(directory, "out"), 0o1777)
        for path, data in cases[0].files.items() if cases else ():
            with open(path, "wb") as f:
                f.write(data)
        self.texthash = "texthash:" + self.table("virtual", "virtual")
        self.aliases = self.table("aliases", "aliases")
        self.pcre = "pcre:" + self.table("pcre", "pcre")
        self.regexp = "regexp:" + self.table("regexp", "regexp")
        self.sqlite = "sqlite:" + self.database()
        entries = {}
        for case in cases:
            entries.update(case.socketmap)
        self.socketmap = SocketMap(entries)

    def path(self, name):
        return os.path.join(self.dir, "tables", name)

    def table(self, name, attribute):
        lines = [line for case in self.cases for line in getattr(case, attribute)]
        with open(self.path(name), "w", encoding="utf-8", errors="surrogateescape", newline="") as f:
            f.write("".join(lines))
        return self.path(name)

    def marked(self):
        """A table that some editor saved with a byte order mark in front."""
        with open(self.path("marked"), "w", encoding="utf-8-sig") as f:
            f.write("mark1@%s x@aol.test\nmark2@%s y@aol.test\n" % (VHOST, VHOST))
        return "texthash:" + self.path("marked")

    def database(self):
        db = sqlite3.connect(self.path("db"))
        db.execute("CREATE TABLE v (user TEXT, domain TEXT, target TEXT)")
        db.executemany("INSERT INTO v VALUES (?, ?, ?)",
                       [(*key.split("@"), value) for case in self.cases for key, value in case.rows])
        db.commit()
        db.close()
        return write(self.path("sqlite"), "dbpath = %s\nquery = SELECT target FROM v\n"
                     "  WHERE user = '%%u' AND domain = '%%d'\n" % self.path("db"))

    def domains(self):
        return [domain for case in self.cases for domain in case.domains]

    def virtual_maps(self):
        return [self.texthash, self.pcre, self.regexp, self.sqlite, self.socketmap.spec, self.marked()]

    def stop(self):
        self.socketmap.stop()


class PlainPostfix(Postfix):
    """Not attached to the filter; names of its own, mailboxes behind LMTP."""

    tables, delimiter = None, "+"
    forward_maps = property(lambda self: self.tables.virtual_maps() + ["aliases:" + self.tables.aliases])

    def attach(self):
        pass

    def make_socket_folder(self):
        pass

    def configure(self):
        super().configure()
        lmtp = "lmtp:inet:127.0.0.1:%d" % self.boxes.port
        run(["postalias", "-c", self.etc, "hash:" + self.tables.aliases])
        # Not texthash: as one duplicate makes that unavailable.
        run(["postmap", "-c", self.etc, "hash:" + self.tables.path("virtual")])
        maps = [m.replace("texthash:", "hash:") if m == self.tables.texthash else m
                for m in self.tables.virtual_maps()]
        self.postconf("\n".join([
            "mydestination = $myhostname, localhost.$mydomain, localhost, " + LOCAL,
            "virtual_alias_domains = " + ", ".join([VHOST, VHOST2] + self.tables.domains()),
            "virtual_mailbox_domains = " + BOX,
            "virtual_mailbox_maps = static:x",
            "virtual_alias_maps = " + ", ".join(maps),
            "alias_maps = hash:" + self.tables.aliases,
            "mailbox_transport = " + lmtp,
            "local_recipient_maps =",
            "allow_mail_to_commands = alias, forward, include",
            "allow_mail_to_files = alias, forward, include",
            "smtputf8_enable = yes",
            "append_dot_mydomain = yes",
            "virtual_alias_expansion_limit = 5000",
            "disable_dns_lookups = yes",
            "smtpd_error_sleep_time = 0",
            "smtpd_soft_error_limit = 100000",
            "smtpd_hard_error_limit = 100000"]) + "\n")
        for service in ("cleanup", "smtp", "lmtp", "smtpd", "rewrite"):
            for kind in ("unix", "inet"):
                if service != "smtpd" and kind == "unix":
                    run(["postconf", "-c", self.etc, "-F", "%s/unix/chroot=n" % service])
        run(["postconf", "-c", self.etc, "-F", "*/inet/chroot=n"])

    def busy(self):
        return sum(len(files) for name in ("maildrop", "incoming", "active")
                   for _, _, files in os.walk(os.path.join(self.spool, name)))


class PlainSendmail(Sendmail):
    # Extensions are in the virtusertable; in aliases only where the local mailer takes them.
    tables, delimiter = None, ""
    forward_maps = property(lambda self: ["texthash:" + self.path("virtusertable.txt"),
                                          "aliases:" + self.path("aliases")])

    def make_front(self):
        have_v6 = env.have_ipv6()
        text = env.base("sendmail.mc", {
            "DIR": self.dir, "FRONT_PORT": self.port, "LMTP_PORT": self.boxes.port,
            "SIZE_LIMIT": self.size_limit, "V6": "" if have_v6 else "dnl "})
        text = text.replace("Cw hosted.example localhost", "Cw %s %s localhost" % (LOCAL, BOX))
        text = text.replace("VIRTUSER_DOMAIN(`catchall.example')dnl",
                            "\n".join("VIRTUSER_DOMAIN(`%s')dnl" % domain
                                      for domain in [VHOST, VHOST2] + self.tables.domains()))
        self.m4("front", text, {"SMART_HOST": "esmtp:[127.0.0.1]",
                                "ESMTP_MAILER_ARGS": "TCP $h %d" % self.outside.port})

    def make_maps(self):
        shutil.copy(self.tables.aliases, self.path("aliases"))
        shutil.copy(self.tables.path("virtual"), self.path("virtusertable.txt"))
        self.may_complain("sendmail", "-bi")
        with open(self.path("virtusertable.txt"), "rb") as table:
            self.may_complain("makemap", "hash", self.path("virtusertable"), stdin=table)

    def may_complain(self, program, *args, **kw):
        """Of odd lines, which is what they are for."""
        subprocess.run([self.program(program), "-C" + self.path("front.cf"), *args],
                       env=self.environment(), preexec_fn=self.own_world, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **kw)

    def busy(self):
        return self.queued() - self.deferred()
