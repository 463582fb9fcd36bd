# SPDX-License-Identifier: GPL-3.0-or-later
"""SMTP and LMTP servers that record what they are given: the mailboxes and the
outside world. What some local parts are answered: `full` a 550 at RCPT, `later` a 450 there,
`nodata` a 554 to the message (whoever else gets it). `script` has for an address what its messages
are answered, one after the other, the last one from then on."""

import socketserver
import threading
import time
from email import message_from_bytes

from .env import PATIENCE, Failure, InVain, check_equal

# Seconds until an MTA is asked to try again.
NUDGE_AFTER = 10.0

EXTENSIONS = ("sink.example", "PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")

RCPT_REFUSALS = {"full": "550 5.2.2 mailbox full", "later": "450 4.2.1 try again later"}


class Mail:
    """One received message with its envelope; one per transaction."""

    def __init__(self, sink, client, sender, options, rcpts, data):
        self.sink = sink
        self.client_address, self.client_name = client
        self.sender = sender
        self.options = options
        self.rcpts = [r for r, _ in rcpts]
        self.rcpt_options = {r: o for r, o in rcpts}
        self.data = data

    def header_block(self):
        return self.data.partition(b"\r\n\r\n")[0] + b"\r\n"

    def body(self):
        return self.data.partition(b"\r\n\r\n")[2]

    def raw(self, name):
        """The values of all fields of this name: bytes, with folds, without the last CRLF."""
        values, want = [], name.lower().encode() + b":"
        for line in self.header_block().split(b"\r\n")[:-1]:
            if line[:1] in b" \t" and line:
                if values and values[-1][0]:
                    values[-1][1] += b"\r\n" + line
            else:
                hit = line.lower().startswith(want)
                values.append([hit, line[len(want):] if hit else b""])
        return [v.lstrip(b" ") for hit, v in values if hit]

    def get(self, name):
        """The only field of this name, unfolded, as text; None without one."""
        values = self.raw(name)
        if len(values) > 1:
            raise Failure("%d fields %s: %r" % (len(values), name, values))
        if not values:
            return None
        return b" ".join(p.strip() for p in values[0].split(b"\r\n")).decode("utf-8", "replace")

    def users(self):
        """Local parts alone: Sendmail names a mailbox to LMTP without its domain."""
        return sorted(r.partition("@")[0] for r in self.rcpts)

    def parsed(self):
        return message_from_bytes(self.data)

    def track(self):
        return self.get("X-Track")


class _Session(socketserver.StreamRequestHandler):
    timeout = 60
    disable_nagle_algorithm = True

    def reply(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        try:
            self.converse()
        except (OSError, ConnectionError):
            pass

    def converse(self):
        self.reset()
        self.reply("220 sink.example ready")
        while True:
            line = self.rfile.readline(4096)
            if not line:
                return
            verb, _, rest = line.decode("utf-8", "replace").rstrip("\r\n").partition(" ")
            verb = verb.upper()
            if verb == "QUIT":
                self.reply("221 2.0.0 bye")
                return
            getattr(self, "do_" + verb, self.unknown)(rest)

    def reset(self):
        self.sender, self.options, self.rcpts = None, [], []

    def unknown(self, rest):
        self.reply("500 5.5.1 unknown command")

    def hello(self, rest):
        self.name = rest
        self.reset()
        self.reply("\r\n".join("250-" + word for word in EXTENSIONS) + "\r\n250 SIZE 0")

    do_EHLO = do_LHLO = hello

    def do_HELO(self, rest):
        self.name = rest
        self.reset()
        self.reply("250 sink.example")

    def do_RSET(self, rest):
        self.reset()
        self.reply("250 2.0.0 ok")

    def do_NOOP(self, rest):
        self.reply("250 2.0.0 ok")

    @staticmethod
    def path(rest):
        address, _, options = rest.partition(":")[2].strip().partition(">")
        return address.lstrip("<"), options.split()

    def do_MAIL(self, rest):
        self.sender, self.options = self.path(rest)
        self.reply("250 2.1.0 ok")

    def do_RCPT(self, rest):
        address, options = self.path(rest)
        refusal = RCPT_REFUSALS.get(address.partition("@")[0])
        if refusal:
            self.reply(refusal)
            return
        self.rcpts.append((address, options))
        self.reply("250 2.1.5 ok")

    def do_DATA(self, rest):
        if not self.rcpts:
            self.reply("554 5.5.1 no recipients")
            return
        self.reply("354 go on")
        lines = []
        while True:
            line = self.rfile.readline()
            if not line:
                return
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        sink, rcpts = self.server.sink, self.rcpts
        mail = Mail(sink.name, (self.client_address[0], self.name), self.sender, self.options, rcpts, b"".join(lines))
        scripted = next((sink.script[a] for a, _ in rcpts if a in sink.script), None)
        answer = scripted and (scripted.pop(0) if len(scripted) > 1 else scripted[0])
        if answer and not answer.startswith("250"):
            sink.refuse(mail, answer)
            self.reply(answer)
            self.reset()
            return
        if any(address.startswith("nodata@") for address, _ in rcpts):
            self.reply("\r\n".join("554 5.7.1 refused" for _ in (rcpts if sink.lmtp else rcpts[:1])))
            self.reset()
            return
        sink.add(mail)
        self.reply("\r\n".join("250 2.0.0 kept" for _ in (rcpts if sink.lmtp else rcpts[:1])))
        self.reset()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class Sink:
    def __init__(self, name, lmtp=False):
        self.name, self.lmtp = name, lmtp
        self.changed = threading.Condition()
        self.mails, self.refusals = [], []
        self.nudge = None
        self.script = {}
        self.server = _Server(("127.0.0.1", 0), _Session)
        self.server.sink = self
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def add(self, mail):
        with self.changed:
            self.mails.append(mail)
            self.changed.notify_all()

    def refuse(self, mail, answer):
        with self.changed:
            self.refusals.append((mail, answer))

    def refused_for_good(self):
        """What was answered with a 5xx of the script."""
        with self.changed:
            return [mail for mail, answer in self.refusals if answer.startswith("5")]

    def clear(self):
        with self.changed:
            self.mails.clear()
            self.refusals.clear()
            self.script = {}

    def all(self, track=None):
        with self.changed:
            return [m for m in self.mails if track is None or m.track() == track]

    def _wait_until(self, find, complain):
        """The first true value of find(), called while nothing can arrive. What an MTA has put off,
        because a machine was busy, it tries again when it is nudged."""
        end = time.monotonic() + PATIENCE
        while True:
            with self.changed:
                value = find()
                if not value:
                    self.changed.wait(NUDGE_AFTER)
                    value = find()
            if value:
                return value
            if time.monotonic() > end:
                raise InVain("%s: %s after %.0f s" % (self.name, complain(), PATIENCE))
            if self.nudge is not None and time.monotonic() > end - PATIENCE + NUDGE_AFTER:
                self.nudge()

    def wait(self, track, count=1):
        """The `count` messages of this X-Track, as soon as they are there."""
        def mails():
            return [m for m in self.mails if m.track() == track]

        def find():
            return len(mails()) >= count and mails()
        found = self._wait_until(find, lambda: "%d of %d copies of %s" % (len(mails()), count, track))
        check_equal(len(found), count, "copies of %s at %s" % (track, self.name))
        return found

    def one(self, track):
        return self.wait(track, 1)[0]

    def wait_where(self, what, predicate):
        """The first message for which predicate(mail) is true."""
        return self._wait_until(lambda: next(filter(predicate, self.mails), None), lambda: "no " + what)
