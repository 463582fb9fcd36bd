# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not end the process, whatever is sent or missing: malformed packets, no descriptors, no
threads, no memory."""
import fcntl
import os
import resource
import shutil
import socket
import struct
import termios
import threading
import time

import client
from client import Connection, Disconnected
from daemon import Daemon, Skip, executable
from test_message import HEADERS, TAG, ask, equal, values


def packet(kind, data=b"", length=None):
    return struct.pack("!I", len(data) + 1 if length is None else length) + kind + data


NEGOTIATION = packet(b"O", struct.pack("!III", 6, client.ALL_ACTIONS, client.ALL_STEPS))

# What no MTA sends, in the order of the protocol's steps; each ends its connection and no more.
MALFORMED = [
    packet(b"H", b"before the negotiation\0"),
    packet(b"O", b"\0\0\0\6"),
    NEGOTIATION + NEGOTIATION,
    NEGOTIATION + packet(b"A", length=0),
    NEGOTIATION + packet(b"B", b"x", length=0xffffffff),
    NEGOTIATION + packet(b"B", b"x", length=0x7fffffff),
    NEGOTIATION + packet(b"Z"),
    NEGOTIATION + packet(b"C", b"h\0004\0"),
    NEGOTIATION + packet(b"C", b"no end"),
    NEGOTIATION + packet(b"C", b"h\0004\0\0192.0.2.1"),
    NEGOTIATION + packet(b"H", b"no end"),
    NEGOTIATION + packet(b"D", b"C{a}\0"),
    NEGOTIATION + packet(b"D", b"Cj\0host\0{daemon_name}\0"),
    NEGOTIATION + packet(b"D", b"Cj\0host"),
    NEGOTIATION + packet(b"D", b""),
    NEGOTIATION + packet(b"M", b"<a@b>"),
    NEGOTIATION + packet(b"M", b""),
    NEGOTIATION + packet(b"M", b"<a@b>\0") + packet(b"R", b"<c@d>"),
    NEGOTIATION + packet(b"M", b"<a@b>\0") + packet(b"R", b"<c@d>\0") + packet(b"L", b"a\0b"),
    NEGOTIATION + packet(b"M", b"<a@b>\0") + packet(b"R", b"<c@d>\0") + packet(b"L", b"a\0"),
    NEGOTIATION + packet(b"M", b"<a@b>\0") + packet(b"R", b"<c@d>\0") + packet(b"D", b"Ei\0") +
    packet(b"E"),
    NEGOTIATION + packet(b"Q") + packet(b"M", b"<a@b>\0"),
]


def ended(address, data):
    """Whether the filter closes the connection after that."""
    with Connection(address, timeout=120) as mta:
        try:
            mta.socket.sendall(data)
            while mta.socket.recv(65536):
                pass
        except (BrokenPipeError, ConnectionResetError):
            pass
        except socket.timeout:
            return False
        return True


def test_malformed_packets():
    with Daemon() as daemon, Connection(daemon.socket) as other:
        other.negotiate_slowly()
        other.envelope()
        for data in MALFORMED:
            assert ended(daemon.socket, data), data
        answer = other.message(HEADERS, TAG)
        equal(values(answer.apply(HEADERS), "Subject"), [" [SPAM] Hello"])
        # The first is told of; that there are more can't fill the log.
        assert "closed, which isn't an MTA's: it doesn't begin with the negotiation" in daemon.log()
        assert 1 <= daemon.log().count("isn't an MTA's") <= 4, daemon.log()


def test_malformed_packets_in_pieces():
    """Wherever the stream is cut, libmilter gets none of it."""
    with Daemon() as daemon:
        data = NEGOTIATION + packet(b"D", b"Mi\0QID\0{auth_type}\0") + packet(b"M", b"<a@b>\0")
        for cut in range(len(NEGOTIATION) + 1, len(data)):
            with Connection(daemon.socket) as mta:
                mta.socket.sendall(data[:cut])
                equal(mta.receive()[0], "O")
                try:
                    mta.socket.sendall(data[cut:])
                    while mta.socket.recv(65536):
                        pass
                except (BrokenPipeError, ConnectionResetError):
                    pass
        equal(ask(daemon, TAG)[0].verdict, "c")


def test_long_header_field():
    """As long as Postfix's header_size_limit, which is more than libmilter takes by default."""
    with Daemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate()
        mta.envelope()
        long = " " + "\n ".join(["x" * 900] * 113)
        answer = mta.message(HEADERS + [("X-Long", long)], TAG)
        equal(values(answer.apply(HEADERS), "Subject"), [" [SPAM] Hello"])


def test_sockets_of_others_are_left_alone():
    """A listening socket that the parent left open isn't taken for libmilter's."""
    with Daemon(start=False) as daemon, socket.socket() as theirs:
        theirs.bind(("127.0.0.1", 0))
        theirs.listen(5)
        for more in ("", "\nlisten unix:" + daemon.path("second")):
            daemon.configure(listen="listen unix:" + daemon.socket + more)
            daemon.mark_log()
            daemon.start(descriptors=(theirs.fileno(),))
            equal(ask(daemon, TAG)[0].verdict, "c")
            equal(daemon.stop(), 0)
            assert not os.path.exists(daemon.socket)
            # It still is what it was.
            with socket.create_connection(theirs.getsockname()):
                theirs.accept()[0].close()


class Connections:
    """So many at once, with the number of those whose negotiation was answered."""

    def __init__(self, address, count):
        self.all = []
        for _ in range(count):
            mta = Connection(address)
            mta.socket.sendall(NEGOTIATION)
            mta.socket.setblocking(False)
            self.all.append(mta)
        self.answered = set()

    def wait_for(self, count, timeout=120):
        until = time.monotonic() + timeout
        while len(self.answered) < count:
            assert time.monotonic() < until, "%d of %d are answered" % (len(self.answered), count)
            for mta in self.all:
                try:
                    if mta not in self.answered and mta.socket.recv(100):
                        self.answered.add(mta)
                except BlockingIOError:
                    pass
            time.sleep(0.01)

    def close_answered(self):
        for mta in self.answered:
            mta.close()
            self.all.remove(mta)
        self.answered.clear()

    def close(self):
        for mta in self.all:
            mta.close()


def test_without_descriptors():
    """Beyond the limit connections wait, at no cost, and everything else goes on."""
    with Daemon(start=False) as daemon, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(daemon.path("notify"))
        systemd.settimeout(120)
        daemon.start(limits={resource.RLIMIT_NOFILE: 80},
                     environment={"NOTIFY_SOCKET": daemon.path("notify"),
                                  "WATCHDOG_USEC": "400000"})
        connections = Connections(daemon.socket, 60)
        try:
            connections.wait_for(40)
            daemon.wait_for_log("new connections wait: ")
            cpu, begun = daemon.cpu_seconds(), time.monotonic()
            pings = 0
            while pings < 10:
                pings += systemd.recv(500) == b"WATCHDOG=1"
            assert daemon.cpu_seconds() - cpu < 0.2 * (time.monotonic() - begun) + 0.05
            daemon.reload()
            equal(daemon.log().count("new connections wait: "), 1)
            assert len(os.listdir("/proc/%d/fd" % daemon.process.pid)) < 75
            # As some end, the others' turn comes.
            connections.close_answered()
            connections.wait_for(20)
        finally:
            connections.close()
        until = time.monotonic() + 120
        while "at once again" not in daemon.log():
            assert time.monotonic() < until, daemon.log()
            equal(ask(daemon, TAG)[0].verdict, "c")
        equal(ask(daemon, TAG)[0].verdict, "c")
        equal(daemon.log().count("at once again"), 1)


def test_accept_fails():
    """Where the system itself has no descriptor left for it (here: the limit is lowered)."""
    with Daemon() as daemon:
        equal(ask(daemon)[0].verdict, "c")
        old = resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE)
        used = len(os.listdir("/proc/%d/fd" % daemon.process.pid))
        resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (min(used, 5), old[1]))
        connections = Connections(daemon.socket, 3)
        try:
            daemon.wait_for_log("new connections wait: Too many open files")
            cpu, begun = daemon.cpu_seconds(), time.monotonic()
            while time.monotonic() < begun + 2:
                time.sleep(0.1)
            assert daemon.cpu_seconds() - cpu < 0.3
            equal(daemon.log().count("new connections wait: "), 1)
            resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, old)
            connections.wait_for(3)
        finally:
            connections.close()


# A message with a part of a piece of its body that is too large to be kept until the rest comes.
BEGUN = packet(b"M", b"<a@b.example>\0") + packet(b"R", b"<c@d.example>\0") + \
    packet(b"B", b"x" * 9000, length=60000)


def test_threads_that_are_held():
    """Half packets, all at once: whoever comes after them gets a thread."""
    with Daemon() as daemon:
        held = []
        try:
            for _ in range(20):
                held.append(Connection(daemon.socket))
                held[-1].socket.sendall(NEGOTIATION + BEGUN)
            for mta in held:
                mta.socket.settimeout(120)
                assert mta.socket.recv(100)
            equal(ask(daemon)[0].verdict, "c")
        finally:
            for mta in held:
                mta.close()


def settled(count):
    """What a count is once it stays the same for a second."""
    last, since = count(), time.monotonic()
    while time.monotonic() < since + 1:
        time.sleep(0.02)
        if count() != last:
            last, since = count(), time.monotonic()
    return last


class Alone(Daemon):
    """As a user that runs nothing else, so that the limit of its threads is this process's."""
    uid = 61000 + os.getpid() % 4000

    def start_alone(self, tasks):
        os.chmod(self.directory, 0o777)
        shutil.chown(self.path("seal.key"), self.uid)
        return self.start(user=self.uid, limits={resource.RLIMIT_NPROC: tasks})

    def tasks(self):
        return len(os.listdir("/proc/%d/task" % self.process.pid))


def test_without_threads():
    """Sessions for which no thread could be started are served once others have ended."""
    if os.geteuid() != 0:
        raise Skip("only root can start it as a user of its own")
    with Alone(start=False) as daemon:
        daemon.start_alone(1000)
        equal(ask(daemon)[0].verdict, "c")
        tasks = settled(daemon.tasks)
        daemon.stop()
        daemon.mark_log()
        daemon.start_alone(tasks)
        busy = []
        try:
            # A part of a large packet of a message holds a thread. One after the other, since
            # libmilter counts a thread as idle until it has woken up.
            while "connections wait for a thread: " not in daemon.new_log():
                assert len(busy) < 200
                busy.append(Connection(daemon.socket))
                busy[-1].socket.sendall(NEGOTIATION + BEGUN)
                equal(busy[-1].receive()[0], "O")
                time.sleep(0.05)
            # Their negotiation needs no thread, their messages do.
            waiting = [Connection(daemon.socket, timeout=120).negotiate() for _ in range(5)]
            for mta in waiting:
                mta.envelope()
                mta.send_message(HEADERS, TAG)
        finally:
            for mta in busy:
                mta.close()
        for mta in waiting:
            while mta.receive()[0] not in client.FINAL:
                pass
            mta.close()
        daemon.wait_for_log("threads can be started again")
        equal(daemon.log().count("connections wait for a thread: "), 1)
        assert daemon.tasks() <= tasks
        equal(ask(daemon)[0].verdict, "c")


def large_message(daemon, mebibytes, results, number):
    """Its verdict, or how its connection ended."""
    line = b"The quick brown fox jumps over the lazy dog, number 123456789 of many lines.\r\n"
    try:
        with Connection(daemon.socket, timeout=120) as mta:
            mta.negotiate()
            mta.envelope(queue_id="Q%d" % number)
            answer = mta.message(HEADERS, line * (mebibytes * 1024 * 1024 // len(line)),
                                 queue_id="Q%d" % number)
            results.append(answer.verdict)
    except (Disconnected, OSError) as error:
        results.append(type(error).__name__)


def many_large_messages(daemon, count, mebibytes):
    results = []
    threads = [threading.Thread(target=large_message, args=(daemon, mebibytes, results, number))
               for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def sanitized():
    with open(executable(), "rb") as file:
        program = file.read()
    return b"__asan_init" in program or b"__tsan_init" in program


def test_memory_of_messages():
    """More than there is room for: they wait, all are scored, and no more memory is taken."""
    with Daemon("max_memory 24M\nmax_message_size 4M\n", scan_timeout="120s") as daemon:
        many_large_messages(daemon, 1, 4)
        before = daemon.resident_kib()
        equal(many_large_messages(daemon, 30, 4), ["c"] * 30)
        assert "messages wait for memory" in daemon.log()
        equal(daemon.log().count("messages wait for memory"), 1)
        equal(daemon.log().count("size=419"), 31)
        # Without the limit it is 400 MB.
        grown = daemon.resident_kib(peak=True) - before
        assert grown < 60 * 1024 or sanitized(), "%d KiB" % grown


# 4 MiB of it are the reserve, 2 are common. A message takes the next power of 2 of its size.
SHORT = "max_memory 6M\nmax_message_size 1M\n"


class Hoarders:
    """Two messages that don't end: one has 1 MiB and the reserve, the other half a MiB, so that there
    is room for small ones only."""

    def __init__(self, daemon):
        self.all = [Connection(daemon.socket).negotiate_slowly() for _ in range(2)]
        for mta, chunks in zip(self.all, (17, 7)):
            mta.envelope()
            mta.header("Subject", " x")
            for _ in range(chunks):
                mta.body(b"x" * 65535)
            self.wait_until_read()

    def wait_until_read(self):
        for mta in self.all:
            wait_until_read(mta)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for mta in self.all:
            mta.close()


def unread(connection):
    """Bytes that the other side of a unix socket hasn't read."""
    return struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0" * 4))[0]


def wait_until_read(mta):
    until = time.monotonic() + 120
    while unread(mta.socket):
        assert time.monotonic() < until
        time.sleep(0.01)


def wait_for_a_verdict(daemon, verdict):
    """The end of others' connections takes a moment."""
    until = time.monotonic() + 120
    while ask(daemon, LARGE)[0].verdict != verdict:
        assert time.monotonic() < until, daemon.log()


LARGE = TAG + "x\r\n" * 200000


def test_overload_tempfail():
    with Daemon(SHORT, scan_timeout="300ms") as daemon:
        with Hoarders(daemon), Connection(daemon.socket) as mta:
            mta.negotiate()
            mta.envelope()
            answer = mta.message(HEADERS, LARGE)
            equal(answer.verdict, "y")
            equal(answer.inserted + answer.added + answer.changed, [])
            # There is room for small ones.
            equal(ask(daemon, TAG)[0].verdict, "c")
            daemon.wait_for_log("QID1: warning: not scanned: there was no room in max_memory")
        wait_for_a_verdict(daemon, "c")
        equal(values(ask(daemon, TAG)[1], "Subject"), [" [SPAM] Hello"])


def test_overload_gives_memory_back():
    """What a message that was abandoned had is there for others before it ends."""
    with Daemon(SHORT, scan_timeout="300ms") as daemon:
        with Hoarders(daemon), Connection(daemon.socket) as mta:
            mta.negotiate_slowly()
            mta.envelope()
            for _ in range(10):
                mta.body(b"x" * 65535)
            wait_until_read(mta)
            equal(ask(daemon, TAG + "x\r\n" * 30000)[0].verdict, "c")


def test_overload_at_the_end():
    """There is room for the message, but not for reading it."""
    with Daemon(SHORT, scan_timeout="300ms") as daemon:
        with Hoarders(daemon):
            equal(ask(daemon, TAG + "x\r\n" * 60000)[0].verdict, "y")
            equal(daemon.log().count("not scanned: there was no room in max_memory"), 1)
            equal(ask(daemon, TAG)[0].verdict, "c")


def test_overload_accept():
    """Scored by what there is room for; forged fields go as ever, and nothing is dropped."""
    forged = [("X-Spam-Status", " No, score=-100")]
    body = "please drop me\r\n" + LARGE
    with Daemon(SHORT + "overload accept", scan_timeout="300ms") as daemon:
        with Hoarders(daemon), Connection(daemon.socket) as mta:
            mta.negotiate()
            mta.envelope(recipients=("<away@example.net>",))
            answer = mta.message(HEADERS + forged, body)
            equal(answer.verdict, "c")
            fields = answer.apply(HEADERS + forged)
            assert "-100" not in "".join(values(fields, "X-Spam-Status")), fields
            assert "message-size" in str(fields), fields
        equal(daemon.records("SELECT count(*) FROM records WHERE kind = 1"), [(0,)])


def test_waits_for_memory():
    """No longer than it takes: when others end, it goes on."""
    with Daemon(SHORT, scan_timeout="60s") as daemon:
        answers = []
        with Hoarders(daemon):
            asking = threading.Thread(target=lambda: answers.append(ask(daemon, LARGE)))
            asking.start()
            daemon.wait_for_log("messages wait for memory")
        asking.join(20)
        equal(values(answers[0][1], "Subject"), [" [SPAM] Hello"])


def test_limit_of_addresses():
    """ulimit -v: no session ends for it, whatever comes at once."""
    if sanitized():
        raise Skip("sanitizers take terabytes of addresses")
    with Daemon("max_message_size 8M", start=False) as daemon:
        daemon.start()
        with open("/proc/%d/status" % daemon.process.pid) as file:
            status = dict(line.split(":", 1) for line in file)
        peak = int(status["VmPeak"].split()[0]) * 1024
        daemon.stop()
        daemon.mark_log()
        daemon.start(limits={resource.RLIMIT_AS: peak + 150 * 1024 * 1024})
        results = many_large_messages(daemon, 40, 8)
        equal(daemon.process.poll(), None)
        assert set(results) <= {"c", "y"} and results.count("c") > 10, results
        equal(values(ask(daemon, TAG)[1], "Subject"), [" [SPAM] Hello"])
