# SPDX-License-Identifier: GPL-3.0-or-later
"""The MTA's side of the milter protocol, version 6, for tests: what miltertest can't say or time.

A Connection sends exactly the packets that it is asked to, waits for an answer only where the
filter owes one, and keeps the filter's requests, so that tests can compare them.
"""
import socket
import struct

# What an MTA can let a filter do.
ADD_HEADERS, CHANGE_BODY, ADD_RCPT, DEL_RCPT, CHANGE_HEADERS, QUARANTINE = 1, 2, 4, 8, 16, 32
ALL_ACTIONS = 0x1FF

# Protocol steps and options.
NO_CONNECT, NO_HELO, NO_MAIL, NO_RCPT, NO_BODY, NO_HEADERS, NO_EOH = 1, 2, 4, 8, 16, 32, 64
NR_HEADER, NO_UNKNOWN, NO_DATA, SKIP, RCPT_REJECTED = 0x80, 0x100, 0x200, 0x400, 0x800
NR_CONNECT, NR_HELO, NR_MAIL, NR_RCPT = 0x1000, 0x2000, 0x4000, 0x8000
NR_DATA, NR_UNKNOWN, NR_EOH, NR_BODY, LEADING_SPACE = 0x10000, 0x20000, 0x40000, 0x80000, 0x100000
ALL_STEPS = 0x1FFFFF
# An MTA that knows of no option: every step is sent and answered.
OLD_STEPS = 0x7F

_SKIPPED_BY = {"C": NO_CONNECT, "H": NO_HELO, "M": NO_MAIL, "R": NO_RCPT, "T": NO_DATA,
               "L": NO_HEADERS, "N": NO_EOH, "B": NO_BODY, "U": NO_UNKNOWN}
_NO_REPLY = {"C": NR_CONNECT, "H": NR_HELO, "M": NR_MAIL, "R": NR_RCPT, "T": NR_DATA,
             "L": NR_HEADER, "N": NR_EOH, "B": NR_BODY, "U": NR_UNKNOWN}

# The filter's last word on a message, and requests before it.
FINAL = "acdrty"


class Disconnected(Exception):
    pass


class Answer:
    """What the filter wanted at the end of a message."""

    def __init__(self):
        self.verdict = None   # one of FINAL
        self.inserted = []    # (index, name, value)
        self.added = []       # (name, value)
        self.changed = []     # (name, index, value)
        self.deleted = []     # recipients
        self.progress = 0
        self.other = []
        self.kinds = ""       # of all requests, in order

    def take(self, kind, data):
        self.kinds += kind
        if kind == "i":
            name, value = data[4:].split(b"\0")[:2]
            self.inserted.append((struct.unpack("!I", data[:4])[0], _text(name), _text(value)))
        elif kind == "h":
            name, value = data.split(b"\0")[:2]
            self.added.append((_text(name), _text(value)))
        elif kind == "m":
            name, value = data[4:].split(b"\0")[:2]
            self.changed.append((_text(name), struct.unpack("!I", data[:4])[0], _text(value)))
        elif kind == "-":
            self.deleted.append(_text(data.rstrip(b"\0")))
        elif kind == "p":
            self.progress += 1
        else:
            self.other.append((kind, data))

    def apply(self, headers):
        """The header fields, a list of (name, value), as the MTA would have them afterwards."""
        fields = list(headers)
        for name, index, value in self.changed:
            at = [i for i, (n, v) in enumerate(fields)
                  if n.lower() == name.lower() and v is not None]
            if index <= len(at):
                fields[at[index - 1]] = (fields[at[index - 1]][0], value if value else None)
        fields = [(n, v) for n, v in fields if v is not None]
        for index, name, value in self.inserted:
            fields.insert(index, (name, value))
        return fields + self.added


def _text(data):
    return data.decode("utf-8", "surrogateescape")


def _bytes(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


class Connection:
    def __init__(self, address, timeout=300, source=None):
        """`address`: a path, or (host, port); `source`: the address that it comes from."""
        family = socket.AF_UNIX
        if not isinstance(address, str):
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        if source is not None:
            self.socket.bind((source, 0))
        self.socket.connect(address)
        if family != socket.AF_UNIX:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.version = self.actions = self.steps = None

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, kind, data=b""):
        self.socket.sendall(struct.pack("!I", len(data) + 1) + kind.encode() + data)

    def _read(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise Disconnected()
            data += piece
        return data

    def receive(self):
        length, = struct.unpack("!I", self._read(4))
        data = self._read(length)
        return chr(data[0]), data[1:]

    def negotiate(self, version=6, actions=ALL_ACTIONS, steps=ALL_STEPS):
        self.send("O", struct.pack("!III", version, actions, steps))
        kind, data = self.receive()
        assert kind == "O", kind
        self.version, self.actions, self.steps = struct.unpack("!III", data[:12])
        assert self.steps & ~steps == 0, "asks for steps that were not offered: %#x" % self.steps
        assert self.actions & ~actions == 0, "asks for actions that were not offered"
        return self

    def negotiated_by_hand(self):
        """Somebody sent and read that: all steps are sent, and none but the end is answered."""
        self.version, self.actions = 6, ALL_ACTIONS
        self.steps = NR_HEADER | NR_CONNECT | NR_HELO | NR_MAIL | NR_RCPT | NR_BODY | LEADING_SPACE | \
            NO_DATA | NO_EOH | NO_UNKNOWN
        return self

    def negotiate_slowly(self):
        """So that the filter answers RCPT, and has seen it when rcpt() returns."""
        return self.negotiate(steps=ALL_STEPS & ~NR_RCPT)

    def macros(self, stage, **values):
        """Names are given as in _("i=…"): those of one letter as they are, others in braces."""
        data = stage.encode()
        for name, value in values.items():
            if name == "underscore":
                name = "_"
            data += _bytes(name if len(name) == 1 else "{%s}" % name) + b"\0"
            data += _bytes(value) + b"\0"
        self.send("D", data)

    def command(self, kind, data=b""):
        """Sends what the filter didn't decline, and returns its answer, None where it owes none."""
        if self.steps & _SKIPPED_BY.get(kind, 0):
            return None
        self.send(kind, data)
        if self.steps & _NO_REPLY.get(kind, 0):
            return None
        return self.receive()[0]

    def connect(self, name="mx.example.com", ip="192.0.2.7", port=1234):
        if ip is None:
            data = _bytes(name) + b"\0U"
        else:
            data = (_bytes(name) + b"\0" + (b"6" if ":" in ip else b"4") +
                    struct.pack("!H", port) + _bytes(ip) + b"\0")
        return self.command("C", data)

    def helo(self, name="helo.example.com"):
        return self.command("H", _bytes(name) + b"\0")

    def mail(self, sender="<sender@example.com>", *arguments):
        return self.command("M", b"".join(_bytes(a) + b"\0" for a in (sender,) + arguments))

    def rcpt(self, recipient="<joe@example.net>", *arguments):
        return self.command("R", b"".join(_bytes(a) + b"\0" for a in (recipient,) + arguments))

    def header(self, name, value):
        """`value` with its leading white space, which is left out where the filter wants it so."""
        value = _bytes(value)
        if not self.steps & LEADING_SPACE and value[:1] == b" ":
            value = value[1:]
        return self.command("L", _bytes(name) + b"\0" + value + b"\0")

    def body(self, data):
        return self.command("B", _bytes(data))

    def end(self, data=b""):
        """End of message: everything up to the verdict."""
        self.send("E", _bytes(data))
        answer = Answer()
        while answer.verdict is None:
            kind, data = self.receive()
            if kind in FINAL:
                answer.verdict = kind
            else:
                answer.take(kind, data)
        return answer

    def abort(self):
        self.send("A")

    def next_session(self):
        """The MTA has another SMTP session, and goes on with the connection to the filter."""
        self.send("K")

    def quit(self):
        self.send("Q")
        self.close()

    def envelope(self, sender="<sender@example.com>", recipients=("<joe@example.net>",),
                 queue_id="QID1", daemon="smtpd", **mail_macros):
        """From connect (only the first time) to the last RCPT, with the macros that Postfix sends."""
        if not getattr(self, "greeted", False):
            self.greeted = True
            self.macros("C", j="mail.example.net", daemon_name=daemon, v="Postfix 3.7.11")
            self.connect()
            self.helo()
        self.macros("M", **mail_macros)
        self.mail(sender)
        for number, recipient in enumerate(recipients):
            if number > 0:
                self.macros("R", i=queue_id, rcpt_mailer="local")
            self.rcpt(recipient)
        self.command("T")

    def message(self, headers, body, chunk=65535, queue_id="QID1"):
        """Header fields, body in chunks, and the end; returns the answer."""
        self._content(headers, body, chunk, queue_id)
        return self.end()

    def send_message(self, headers, body, queue_id="QID1"):
        """The same, and goes on without the answer."""
        self._content(headers, body, 65535, queue_id)
        self.send("E")

    def _content(self, headers, body, chunk, queue_id):
        for name, value in headers:
            self.header(name, value)
        self.command("N")
        body = _bytes(body)
        for at in range(0, len(body), chunk):
            self.body(body[at:at + chunk])
        self.macros("E", i=queue_id)
