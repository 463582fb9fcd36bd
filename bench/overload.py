# SPDX-License-Identifier: GPL-3.0-or-later
"""More mail than can be scanned, and many connections that say nothing: what that costs the others.

In life the mail servers are other machines. So the filter has one processor and what offers mail has the
others, and besides what a clock says, messages are counted by the second of the filter's processor time, which
other work on this machine changes little. All that is compared is measured in turns; medians count.
"""
import os
import selectors
import signal
import socket
import statistics
import struct
import subprocess
import threading
import time

from servers import Assay

TIMES = 5               # the capacity is offered
SECONDS = 4             # of offering
WAITING_S = 0.4         # of work may wait: what max_waiting is by default on a machine with nothing else to do
IDLE = 5000             # connections
OFFER = struct.pack("!I", 13) + b"O" + struct.pack("!III", 6, 0x1ff, 0x1fffff)
SESSION = OFFER + b"".join(struct.pack("!I", len(data)) + data for data in (
    b"DCj\0mail.example.net\0{daemon_name}\0smtpd\0", b"Cidle.example.com\0004\x04\xd2192.0.2.9\0",
    b"Hidle.example.com\0"))
MAIL = b"".join(struct.pack("!I", len(data)) + data for data in (
    b"M<idle@example.com>\0", b"R<joe@example.net>\0")) + struct.pack("!I", 60000) + b"B"
PIN = len(os.sched_getaffinity(0)) > 1


class OneProcessor(Assay):
    """The filter, on the first processor where there are several."""

    def command(self):
        first = min(os.sched_getaffinity(0))
        return ["taskset", "-c", str(first), *super().command()] if PIN else super().command()


def elsewhere():
    """Runs what follows in this process, and all that it starts, on the other processors."""
    if PIN:
        os.sched_setaffinity(0, os.sched_getaffinity(0) - {min(os.sched_getaffinity(0))})


class Watch:
    """The most memory, threads and descriptors that a process had meanwhile."""

    def __init__(self, pid):
        self.pid, self.memory, self.threads, self.descriptors = pid, 0, 0, 0
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join()

    def look(self):
        while not self.ends.wait(0.05):
            now = usage(self.pid)
            self.memory = max(self.memory, now[0])
            self.threads = max(self.threads, now[1])
            self.descriptors = max(self.descriptors, now[2])


def usage(pid):
    """(MB resident, threads, descriptors)"""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        values = dict(line.split(":", 1) for line in file if ":" in line)
    return (int(values["VmRSS"].split()[0]) / 1024, int(values["Threads"]),
            len(os.listdir(f"/proc/{pid}/fd")))


class Offered:
    """One load: messages a second by the clock and by the filter's processor time, and times."""

    def __init__(self, bench, server, *arguments, count, warm=None):
        found = bench.load(server, *arguments, count=count, warm=warm)
        self.per_s, self.later, self.unsent = found["per_s"], found["later"], found["unsent"]
        self.per_cpu_s = 1000 / found["cpu_ms"]
        self.p99 = found["message"]["p99"]


def measure_overload(bench):
    """At its peak, at its capacity, and at five times as much."""
    rounds = []
    with Here():
        with OneProcessor(bench.build, bench.rules) as server:
            bench.load(server, "--connections", "16")
            waiting = max(80, int(WAITING_S * Offered(bench, server, "--connections", "64", count=bench.count).per_s))
        with OneProcessor(bench.build, bench.rules, f"max_waiting {waiting}") as server:
            bench.load(server, "--connections", "16")
            for _ in range(bench.rounds):
                peak = Offered(bench, server, "--connections", "64", count=2 * bench.count)
                rate = int(peak.per_s)
                at = Offered(bench, server, "--later", "--connections", "6000", "--rate", str(rate),
                             count=SECONDS * rate, warm=0)
                with Watch(server.process.pid) as watch:
                    over = Offered(bench, server, "--later", "--connections", "6000", "--rate", str(TIMES * rate),
                                   count=SECONDS * TIMES * rate, warm=TIMES * rate // 2)
                rounds.append((peak, at, over, watch))
                for name, one in (("peak", peak), ("capacity", at), (f"{TIMES} ×", over)):
                    bench.row(f"  {name}", f"{one.per_s:.0f}/s, {one.per_cpu_s:.0f} a CPU second, p99 {one.p99:.0f} ms, "
                              f"later {one.later}, unsent {one.unsent}")
    clock = statistics.median(over.per_s / peak.per_s for peak, _, over, _ in rounds)
    cpu = statistics.median(over.per_cpu_s / peak.per_cpu_s for peak, _, over, _ in rounds)
    wait = statistics.median(over.p99 / at.p99 for _, at, over, _ in rounds)
    lost = (1 - clock) * 100
    bench.at_most(f"{TIMES} × the capacity offered: throughput lost", lost, 25, 15,
                  f"{lost:.0f} %; by CPU time {(1 - cpu) * 100:.0f} %", " %")
    bench.at_most("  p99 of what is scanned, against that at capacity", wait, 4, 3, f"{wait:.1f} ×", " ×")
    memory, threads, descriptors = (max(getattr(one[3], name) for one in rounds)
                                    for name in ("memory", "threads", "descriptors"))
    bench.at_most("  memory", memory, 300, 200, f"{memory:.0f} MB, {threads} threads, {descriptors} fds", " MB")


class Here:
    """What is started within runs on the other processors."""

    def __enter__(self):
        self.before = os.sched_getaffinity(0)
        elsewhere()

    def __exit__(self, *_):
        os.sched_setaffinity(0, self.before)


HOLDER = """
import sys
sys.path.insert(0, sys.argv[1])
import overload
overload.hold(sys.argv[2], sys.argv[3], int(sys.argv[4]))
"""


def connect(path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(path)
    return connection


def read_answers(connections):
    with selectors.DefaultSelector() as waits:
        for connection in connections:
            waits.register(connection, selectors.EVENT_READ)
        left = len(connections)
        while left:
            for key, _ in waits.select(60):
                key.fileobj.recv(4096)
                waits.unregister(key.fileobj)
                left -= 1


def hold(path, kind, count):
    """Keeps connections for ever: idle after HELO, or a byte a second each of the first packets ("drip"), or of a
    message's body ("body")."""
    held = [connect(path) for _ in range(count)]
    begun = {"idle": SESSION, "drip": b"", "body": SESSION + MAIL}[kind]
    for connection in held if begun else ():
        connection.sendall(begun)
    if begun:
        read_answers(held)
    print("held", flush=True)
    if kind == "idle":
        threading.Event().wait()
    stream = b"x" * 50000 if kind == "body" else SESSION[:17] + SESSION[17:] * 300
    started = time.monotonic()
    for number in range(len(stream)):
        for at, connection in enumerate(held):
            if at % 50 == 0:
                time.sleep(max(0, started + number + at / count - time.monotonic()))
            connection.send(stream[number:number + 1])


class Held:
    """Connections held by a process of its own."""

    def __init__(self, server, kind, count=IDLE):
        self.command = ["python3", "-c", HOLDER, os.path.dirname(os.path.abspath(__file__)),
                        server.address.removeprefix("unix:"), kind, str(count)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "held\n"
        time.sleep(2)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def pause(self):
        """It sends nothing until go_on()."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)


def beside(bench, kind):
    """Two filters, one of which has the connections, in turns: what the others lose by the clock and by
    processor time, in percent, and what the connections take of memory, threads and descriptors."""
    count, clock, cpu = bench.count // 4, [], []
    # All of them come within a moment, and none is to be turned away.
    settings = f"max_waiting {4 * IDLE}"
    with OneProcessor(bench.build, bench.rules, settings) as empty, \
            OneProcessor(bench.build, bench.rules, settings) as full, Here():
        for server in empty, full:
            bench.load(server, "--connections", "16")
        before = usage(full.process.pid)
        with Held(full, kind) as held:
            taken = [now - then for now, then in zip(usage(full.process.pid), before)]
            for _ in range(10 * bench.rounds):
                held.pause()
                alone = Offered(bench, empty, "--connections", "16", count=count, warm=20)
                held.go_on()
                now = Offered(bench, full, "--connections", "16", count=count, warm=20)
                clock.append((1 - now.per_s / alone.per_s) * 100)
                cpu.append((1 - now.per_cpu_s / alone.per_cpu_s) * 100)
            most = [now - then for now, then in zip(usage(full.process.pid), before)]
    return statistics.median(clock), statistics.median(cpu), [max(pair) for pair in zip(taken, most)]


def measure_idle(bench):
    """Beside thousands of connections that are idle, or as good as that."""
    for kind in "idle", "drip", "body":
        clock, cpu, (memory, threads, descriptors) = beside(bench, kind)
        bench.at_most(f"beside {IDLE} connections ({kind}): slower", clock, 20, 10,
                      f"{clock:.0f} %; by CPU time {cpu:.0f} %", " %")
        bench.at_most("  their memory", memory, 64, 64,
                      f"{memory:.0f} MB, {threads} threads, {descriptors} fds", " MB")
