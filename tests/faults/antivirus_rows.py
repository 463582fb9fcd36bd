# SPDX-License-Identifier: GPL-3.0-or-later
"""The scanner of viruses is dead, or takes a message and says nothing."""
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "mta"))

from harness.clamd import FakeClamd, says, silent  # noqa: E402
from daemon import quick  # noqa: E402
from matrix import DROP, HAM, Filter, Traffic, account, equal, row  # noqa: E402

INFECTED = "something infected\r\n"


def judge(connection, server):
    """As the message says."""
    infected = INFECTED.strip().encode() in server.messages[-1]
    says(b"stream: Assay.Test.Malware FOUND\0" if infected else b"stream: OK\0")(connection, server)


def infected_too(number):
    return (INFECTED, HAM, DROP)[number % 3]


def without_scanner(begin, end):
    """While it is away, mail is judged by its score alone, and says so; none waits for ever."""
    with Filter(start=False) as filter_:
        clamd = FakeClamd(filter_.directory).start(judge)
        filter_.configure("antivirus %s\nantivirus_timeout 1s" % clamd.address)
        filter_.start()
        # One at a time, so that the scanner knows which one it is.
        with Traffic(filter_, senders=1, body=infected_too) as traffic:
            traffic.wait_for(6)
            equal({m.verdict for m in traffic.ended() if m.body == INFECTED}, {"d"})
            begin(clamd)
            filter_.wait_degraded("antivirus")
            before = len(traffic.ended())
            traffic.wait_for(21)
            during = traffic.ended()[before + 1:]
            end(clamd)
            filter_.wait_healthy()
            traffic.wait_for(1)
            after = len(traffic.ended())
            traffic.wait_for(6)
        equal({m.verdict for m in during if m.body == INFECTED}, {"c"})
        equal({m.verdict for m in during if m.body == DROP}, {"d"})
        assert all("Unknown" in m.field("X-Spam-Virus")[0] for m in during if m.verdict == "c")
        quick(sorted(m.slowest for m in during)[len(during) // 2], 0.5, "half of the messages")
        equal({m.verdict for m in traffic.messages[after + 1:] if m.body == INFECTED}, {"d"})
        account(filter_, traffic.messages)
        clamd.stop()
        filter_.stop()


def make_silent(clamd):
    clamd.server.answer, clamd.server.pong = silent, None


def make_talk(clamd):
    clamd.server.released.set()
    clamd.server.answer, clamd.server.pong = judge, b"PONG\0"


@row("antivirus-dead", "clamd is dead: mail is judged by its score alone, and says so; after it is back, by both")
def antivirus_dead():
    without_scanner(FakeClamd.stop, lambda clamd: clamd.start(judge))


@row("antivirus-silent", "clamd takes messages and says nothing: the first ones wait for antivirus_timeout, then as if dead")
def antivirus_silent():
    without_scanner(make_silent, make_talk)
