# SPDX-License-Identifier: GPL-3.0-or-later
"""A thread stands still: the watchdog tells of it, and where nothing goes on any more, leaves the rest to systemd."""
import contextlib
import os
import re
import socket
import threading
import time

from matrix import DROP, HAM, LONG, PATIENCE, Filter, Message, Traffic, account, row, wait_until
from shim import Shim

PING = b"WATCHDOG=1"
# Systemd wants to hear of us at least so often; the filter does it twice.
PERIOD_S = 0.4
# Without a ping for so long, systemd would have started the filter anew long ago.
SILENCE_S = 20 * PERIOD_S


class Systemd:
    """Hears what the filter says of itself."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.environment = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "%d" % (PERIOD_S * 1000000)}

    def forget(self):
        self.socket.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.socket.recv(4096)

    def hears_ping(self, patience):
        """Whether there is one from now on, within so many seconds."""
        self.forget()
        until = time.monotonic() + patience
        while time.monotonic() < until:
            self.socket.settimeout(max(0.01, until - time.monotonic()))
            with contextlib.suppress(TimeoutError):
                if self.socket.recv(4096) == PING:
                    return True
        return False

    def wait_for_silence(self):
        until = time.monotonic() + PATIENCE
        while self.hears_ping(SILENCE_S):
            assert time.monotonic() < until, "it went on telling systemd that all is well"

    def close(self):
        self.socket.close()


def queue_id(message):
    """Of its first try."""
    return "Q%s.1" % message.id.partition("@")[0]


def check_told(filter_, messages):
    """A line for each: its queue id, where it is, for how long, and by which thread."""
    for message in messages:
        pattern = r"(?m)^assayd: error: watchdog: a thread stands still: %s waits for the store for (\d+) s, " \
            r"which may take 16 s \(thread (\d+)\)$" % re.escape(queue_id(message))
        found = re.search(pattern, filter_.log())
        assert found, (queue_id(message), filter_.log()[-3000:])
        assert int(found[1]) >= 16
        assert os.path.exists("/proc/%d/task/%s" % (filter_.process.pid, found[2])), found[0]


@row("thread-stalled", "A disk stands still under the thread of a message: the log names the message, the place and the thread, and "
     "others go on; where nothing ends any more, systemd isn't told that all is well")
def thread_stalled():
    with Filter(start=False) as filter_:
        filter_.commit_timeout = "1s"
        filter_.configure("discarded_copies 7d 1G\ndiscarded_copies_directory %s" % filter_.path("copies"))
        shim, systemd = Shim(filter_.directory), Systemd(filter_.path("notify"))
        filter_.start(environment=dict(shim.environment, **systemd.environment))
        with Traffic(filter_, senders=2, rest=0.2, body=lambda number: HAM) as traffic:
            shim.stall()
            stuck = [Message(DROP) for _ in range(2)]
            threads = [threading.Thread(target=message.insist, args=(filter_.socket, time.monotonic() + 4 * PATIENCE))
                       for message in stuck]
            for thread in threads:
                thread.start()
            filter_.wait_degraded("stall", "stand still")
            wait_until("both in the log", lambda: filter_.log().count("a thread stands still") > 1, PATIENCE)
            check_told(filter_, stuck)
            traffic.wait_for(10)
            assert systemd.hears_ping(PATIENCE), "others go on, and systemd would start it anew"
            if LONG:
                traffic.over.set()
                systemd.wait_for_silence()
            shim.stall(False)
        for thread in threads:
            thread.join()
        assert systemd.hears_ping(PATIENCE)
        filter_.wait_for_log("watchdog: all threads go on again")
        filter_.wait_healthy()
        account(filter_, traffic.messages + stuck)
        filter_.stop()
        systemd.close()
