# SPDX-License-Identifier: GPL-3.0-or-later
"""The DNS is dead, slow, or lies."""
import struct

from daemon import quick
from matrix import DROP, HAM, Filter, Traffic, account, equal, row, send
from stub import Stub, Zone, read_question

TIMEOUT_S = 1
ENTRY = "7.2.0.192.known.example"
LIAR = "203.0.113.66"

MORE = """network_tests yes
dns_server 127.0.0.1@%d
dns_timeout 1s
spf yes
dkim no
dmarc no
"""

# Good hosts are on a list, and mail of theirs isn't to be dropped; so no drop can be sure while that can't be asked.
NICE = """
header KNOWN eval:check_rbl('known-lastexternal', 'known.example')
tflags KNOWN net nice
score KNOWN -15
header __LIAR eval:check_rbl('liar-lastexternal', 'liar.example')
tflags __LIAR net
meta LIED __LIAR
score LIED 50
"""


def zone():
    out = Zone()
    # The list works, and has neither our client nor what must not be on any list.
    out.add("2.0.0.127.known.example", "A", "127.0.0.2")
    out.add("2.0.0.127.liar.example", "A", "127.0.0.2")
    out.add("example.com", "TXT", "v=spf1 -all")
    return out


class Setting:
    """A filter that asks a DNS server of the row's own."""

    def __init__(self, rules=""):
        self.stub = Stub(zone(), ttl=0).start()
        self.filter = Filter(start=False)
        with open(self.filter.path("rules.cf"), "a", encoding="utf-8") as file:
            file.write(rules)
        self.filter.configure(MORE % self.stub.port)
        self.filter.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *more):
        try:
            self.filter.__exit__(kind, *more)
        finally:
            self.stub.stop()

    def fault(self, **faults):
        self.stub.zone.faults = {"*": faults}

    def heal(self):
        self.stub.zone.faults = {}


def drops_and_ham(number):
    return (DROP, HAM)[number % 2]


def goes_through(fault, rules, expect_drops, degraded=True):
    """Mail before, while the fault lasts, and after it: all of it comes to an end."""
    with Setting(rules) as setting:
        filter_ = setting.filter
        with Traffic(filter_, senders=3, body=drops_and_ham) as traffic:
            traffic.wait_for_drop()
            setting.fault(**fault)
            if degraded:
                filter_.wait_degraded("dns")
            before = len(traffic.ended())
            traffic.wait_for(30)
            during = traffic.ended()[before + 3:]
            setting.heal()
            filter_.wait_healthy()
            traffic.wait_for_drop()
        drops = sum(m.verdict == "d" for m in during if m.body == DROP)
        if expect_drops:
            equal(drops, sum(m.body == DROP for m in during))
        else:
            equal(drops, 0)
        account(filter_, traffic.messages)
        equal(sum(m.deferred for m in traffic.messages), 0)
        filter_.stop()


@row("dns-dead", "No name server answers: mail is scored without it, drops that no answer could prevent go on")
def dns_dead():
    goes_through({"drop": 1}, "", True)


@row("dns-dead-doubt", "No name server answers, and a list could save mail: that is delivered and not dropped")
def dns_dead_doubt():
    goes_through({"drop": 1}, NICE, False)


@row("dns-breaker", "With dead name servers only the first messages wait for them, not each")
def dns_breaker():
    with Setting(NICE) as setting:
        send(setting.filter, HAM)
        setting.fault(drop=1)
        messages = send(setting.filter, *[HAM] * 30)
        waited = [m for m in messages if m.slowest > TIMEOUT_S * 0.8]
        assert 1 <= len(waited) <= 5, [round(m.slowest, 2) for m in messages]
        quick(max(m.slowest for m in messages[6:]), 0.5, "a message while the servers are dead")
        setting.filter.wait_degraded("dns")
        setting.heal()
        setting.filter.wait_healthy()
        account(setting.filter, messages)
        setting.filter.stop()


@row("dns-slow", "Answers take most of dns_timeout: mail waits for them, once, and is judged by them")
def dns_slow():
    with Setting(NICE) as setting:
        setting.stub.zone.add(ENTRY, "A", "127.0.0.2")
        setting.fault(delay=0.6)
        messages = send(setting.filter, *[DROP] * 8)
        # Saved by the answer that came late.
        equal([m.verdict for m in messages], ["c"] * 8)
        assert all(any("KNOWN" in value for value in m.field("X-Spam-Status")) for m in messages)
        quick(max(m.slowest for m in messages), 2 * TIMEOUT_S + 1, "a message with a slow server")
        account(setting.filter, messages, spam=lambda _: False)
        equal(setting.filter.troubles(), {})
        setting.filter.stop()


@row("dns-too-slow", "Answers come after dns_timeout: as if there were none, and the late ones hurt nobody")
def dns_too_slow():
    with Setting(NICE) as setting:
        setting.fault(delay=TIMEOUT_S * 2.5)
        with Traffic(setting.filter, senders=3, body=drops_and_ham) as traffic:
            traffic.wait_for(20)
            setting.heal()
            setting.filter.wait_healthy()
            traffic.wait_for_drop()
        quick(max(m.slowest for m in traffic.messages), 4 * TIMEOUT_S + 2, "a message with a slow server")
        account(setting.filter, traffic.messages)
        setting.filter.stop()


class Liar(Stub):
    """Says of every name on a list that it is listed, in a way that must not be believed."""
    how = None

    def replies(self, packet, tcp):
        delay, packets = super().replies(packet, tcp)
        if self.how and packets:
            name, number, end = read_question(packet)
            packets = self.how(packet, end, name, number, tcp) + ([] if self.silent else packets)
        return delay, packets

    silent = False


def head(packet, answers, identity=None, flags=0x8180):
    return (packet[:2] if identity is None else identity) + struct.pack("!HHHHH", flags, 1, answers, 0, 0)


def address(owner, value=b"\x7f\0\0\2"):
    return owner + struct.pack("!HHIH", 1, 1, 300, len(value)) + value


QUESTION = b"\xc0\x0c"      # the name that was asked for


def oversized(packet, end, _name, _number, _tcp):
    """60 kB of addresses, more than any question asks for, and one that says it is longer than it is."""
    many = head(packet, 3700) + packet[12:end] + address(QUESTION) * 3700
    longer = head(packet, 1) + packet[12:end] + QUESTION + struct.pack("!HHIH", 1, 1, 300, 60000) + b"\x7f\0\0\2"
    return [longer, many]


def looping(packet, end, _name, _number, _tcp):
    """Names that point at themselves and at one another, and an alias of itself."""
    at = struct.pack("!H", 0xc000 | end)
    itself = head(packet, 1) + packet[12:end] + at + struct.pack("!HHIH", 1, 1, 300, 4) + b"\x7f\0\0\2"
    mutual = head(packet, 1) + packet[12:end] + b"\1a" + struct.pack("!H", 0xc000 | (end + 4)) + at + \
        struct.pack("!HHIH", 1, 1, 300, 4) + b"\x7f\0\0\2"
    alias = head(packet, 1) + packet[12:end] + QUESTION + struct.pack("!HHIH", 5, 1, 300, 2) + QUESTION
    return [itself, mutual, alias]


def wrong_id(packet, end, _name, _number, _tcp):
    """An answer to somebody else: 40 guesses of the id, and the right id for another question."""
    mine, = struct.unpack("!H", packet[:2])
    guesses = [head(packet, 1, struct.pack("!H", (mine + step) & 0xffff)) + packet[12:end] + address(QUESTION)
               for step in range(1, 41)]
    other = b"\5other\7example\0" + packet[end - 4:end]
    return guesses + [head(packet, 1) + other + address(b"\5other\7example\0")]


def lies(how):
    """While it lies and the truth comes, too; while it only lies; and when it is honest again."""
    with Setting(NICE) as setting:
        setting.stub.stop()
        setting.stub = Liar(zone(), setting.stub.port, ttl=0).start()
        filter_, stub = setting.filter, setting.stub
        with Traffic(filter_, senders=3, body=drops_and_ham) as traffic:
            traffic.wait_for_drop()
            stub.how = how
            traffic.wait_for(20)
            stub.silent = True
            traffic.wait_for(20)
            stub.how = None
            filter_.wait_healthy()
            traffic.wait_for_drop()
        listed = [m.id for m in traffic.messages if m.body == HAM and any("LIED" in v for v in m.field("X-Spam-Status"))]
        equal(listed, [])
        account(filter_, traffic.messages)
        equal(sum(m.unanswered + m.deferred for m in traffic.messages), 0)
        filter_.stop()


@row("dns-lies-oversized", "Answers larger than they say, and of 60 kB: no crash, none is believed, mail goes on")
def dns_lies_oversized():
    lies(oversized)


@row("dns-lies-looping", "Names that point at themselves, aliases of themselves: no loop, none is believed")
def dns_lies_looping():
    lies(looping)


@row("dns-lies-wrong-id", "Forged answers with another id or question: none is believed, the right one is")
def dns_lies_wrong_id():
    lies(wrong_id)
