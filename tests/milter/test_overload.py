# SPDX-License-Identifier: GPL-3.0-or-later
"""More mail, or more connections, than there may be: the newest are turned away, in the way that was asked for."""
import collections
import concurrent.futures
import json
import os
import socket
import time

from client import NR_MAIL, Answer, Connection
from daemon import Daemon
from test_limits import NEGOTIATION, packet, sanitized, settled
from test_listen import free_port
from test_message import DETAILS, HEADERS, TAG, equal, unfold, values

FORGED = [("X-Spam-Status", " No, score=-100"), ("X-Spam-Flag", " NO")]


def say_mail(mta):
    """Up to MAIL FROM: its answer, or None where it needs none."""
    mta.macros("C", j="mail.example.net", daemon_name="smtpd")
    mta.connect()
    mta.helo()
    return mta.mail()


def reply(mta):
    """What MAIL FROM is answered, where that is a text."""
    mta.macros("C", j="mail.example.net", daemon_name="smtpd")
    mta.connect()
    mta.helo()
    mta.send("M", b"<a@b.example>\0")
    return mta.receive()


def status(daemon):
    """However it is: what was turned away may be over by now."""
    code, out, err = daemon.command("status", "--json", "-c", daemon.path("assay.conf"))
    assert code in (0, 1), err
    return json.loads(out)


def overload(daemon):
    return status(daemon)["messages"]["overload"]


def whole(mta, headers=HEADERS, body=TAG, queue_id="QID1"):
    mta.envelope(queue_id=queue_id)
    return mta.message(headers, body, queue_id=queue_id)


def test_connections():
    """Those beyond the limit are turned away at MAIL FROM, until one of those before has ended."""
    with Daemon("max_connections 3") as daemon:
        first = [Connection(daemon.socket).negotiate() for _ in range(3)]
        late = Connection(daemon.socket).negotiate()
        try:
            assert all(mta.steps & NR_MAIL for mta in first)
            assert not late.steps & NR_MAIL
            kind, text = reply(late)
            equal((kind, text[:9]), ("y", b"451 4.3.2"))
            assert b"overloaded" in text, text
            equal([whole(mta).verdict for mta in first], ["c"] * 3)
            equal(late.mail(), "y")
            now = status(daemon)
            equal(now["messages"]["overload"]["max_connections"], 2)
            equal(now["messages"]["by_listener"]["front"]["tempfail"], 2)
            equal((now["now"]["connections"], now["now"]["connections_limit"]), (4, 3))
            assert any("max_connections" in t["text"] for t in now["troubles"]), now["troubles"]
            equal(daemon.log().count("raise max_connections, or"), 1)
            first.pop().quit()
            until = time.monotonic() + 60
            while late.mail() != "c":
                assert time.monotonic() < until
                time.sleep(0.05)
            late.rcpt()
            fields = late.message(HEADERS, TAG).apply(HEADERS)
            equal(values(fields, "Subject"), [" [SPAM] Hello"])
        finally:
            for mta in first + [late]:
                mta.close()


def test_connections_accept():
    """What comes beyond the limit passes, its header says that it wasn't scanned, and forged fields go."""
    with Daemon("max_connections 1\noverload accept") as daemon:
        with Connection(daemon.socket).negotiate(), Connection(daemon.socket).negotiate() as late:
            answer = whole(late, HEADERS + FORGED)
            equal(answer.verdict, "c")
            fields = answer.apply(HEADERS + FORGED)
            equal(values(fields, "Subject"), [" Hello"])
            details = unfold(values(fields, DETAILS)[0])
            assert "not scanned: the mail filter is overloaded" in details, details
            assert "-100" not in str(fields) and values(fields, "X-Spam-Flag") == [], fields
            equal(overload(daemon)["max_connections"], 1)
            daemon.wait_for_log("action=skip")
        equal(daemon.records("SELECT count(*) FROM records WHERE kind = 1"), [(0,)])


def test_connections_per_client():
    """By address, where there is one; unix sockets have none."""
    port = free_port()
    with Daemon("max_connections_per_client 2", start=False) as daemon:
        daemon.configure("max_connections_per_client 2",
                         "listen unix:%s\nlisten inet:%d@127.0.0.1" % (daemon.socket, port))
        daemon.start()
        address = ("127.0.0.1", port)
        held = [Connection(address).negotiate() for _ in range(2)]
        others = [Connection(daemon.socket).negotiate() for _ in range(5)]
        try:
            with Connection(address).negotiate() as late:
                equal(reply(late)[0], "y")
            equal([whole(mta).verdict for mta in held + others], ["c"] * 7)
            equal(overload(daemon)["max_connections_per_client"], 1)
            with Connection(address, source="127.0.0.2").negotiate() as other:
                equal(whole(other).verdict, "c")
        finally:
            for mta in held + others:
                mta.close()


# Some tenths of a second of work.
LONG = "".join("the %d. of many words, http://host%d.example/ and user%d@example.org\r\n" % (i, i, i)
               for i in range(20000))


def send_many(daemon, count):
    """All at once: the verdicts, and the answers."""
    def send(number):
        with Connection(daemon.socket) as mta:
            mta.negotiate()
            if mta.steps & NR_MAIL:
                return whole(mta, HEADERS, LONG, "Q%d" % number)
            # An MTA says no more of a message that was turned away.
            if say_mail(mta) != "c":
                answer = Answer()
                answer.verdict = "y"
                return answer
            mta.rcpt()
            return mta.message(HEADERS, LONG, queue_id="Q%d" % number)

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(send, range(count)))


def send_until(daemon, count, enough):
    """Again where this machine sends so slowly that none had to wait: all answers."""
    answers = []
    for _ in range(20):
        answers += send_many(daemon, count)
        if enough(answers):
            break
    return answers


def test_waiting():
    """As many as may wait are scanned, and all others are asked for later; nobody waits for ever."""
    with Daemon("scanners 1\nmax_waiting 2") as daemon:
        answers = send_until(daemon, 30, lambda answers: any(answer.verdict == "y" for answer in answers))
        verdicts = [answer.verdict for answer in answers]
        assert set(verdicts) == {"c", "y"}, verdicts
        # One is scanned, two wait; others as those end.
        assert verdicts.count("c") >= 3, verdicts
        now = status(daemon)
        equal(now["messages"]["overload"]["max_waiting"], verdicts.count("y"))
        equal((now["now"]["waiting_for_scanner"], now["now"]["waiting_limit"]), (0, 2))
        assert "messages wait already" in daemon.log()
        equal([answer.verdict for answer in send_many(daemon, 2)], ["c"] * 2)


def offer(daemon, senders, enough):
    """So many senders at once, each of whom tries again at once, until enough(scanned, refused): of all that,
    (scanned, refused, the filter's processor seconds, the most threads, the most MB)."""
    counts, most = collections.Counter(), [0, 0]

    def send(number):
        while not enough(counts["c"], counts["y"]):
            with Connection(daemon.socket) as mta:
                mta.negotiate()
                kind = say_mail(mta) or "c"
                if kind == "c":
                    mta.rcpt()
                    kind = mta.message(HEADERS, 3 * LONG, queue_id="W%d" % number).verdict
                counts[kind] += 1
                most[:] = max(most[0], tasks(daemon)), max(most[1], memory(daemon))
            if kind == "y":
                time.sleep(0.02)

    begun = daemon.cpu_seconds()
    with concurrent.futures.ThreadPoolExecutor(senders) as pool:
        list(pool.map(send, range(senders)))
    assert set(counts) <= {"c", "y"}, counts
    return counts["c"], counts["y"], daemon.cpu_seconds() - begun, *most


def test_five_times_the_capacity():
    """With five messages offered for each that can be scanned, those that are cost what they cost alone, in processor
    time, so as many are done; and threads and memory don't grow."""
    with Daemon("scanners 1\nmax_waiting 3\nmax_memory 200M") as daemon:
        offer(daemon, 3, lambda scanned, refused: scanned >= 6)
        ratios = []
        # Beside other work, one may be disturbed more than the other.
        while not ratios or (ratios[-1] > 1 / 0.85 and not sanitized() and len(ratios) < 5):
            done, turned_away, seconds, threads, size = offer(daemon, 3, lambda scanned, refused: scanned >= 30)
            equal(turned_away, 0)
            alone = seconds / done
            done, turned_away, seconds, threads_now, size_now = offer(
                daemon, 15, lambda scanned, refused: scanned >= 30 and refused >= 4 * scanned)
            ratios.append(seconds / done / alone)
            assert threads_now <= threads + 30, (threads, threads_now)
            assert size_now <= size + 32 or sanitized(), (size, size_now)
        assert ratios[-1] <= 1 / 0.85 or sanitized(), ratios
        now = status(daemon)
        assert now["messages"]["overload"]["max_waiting"] >= turned_away, now
        equal((now["now"]["messages"], now["now"]["waiting_for_scanner"]), (0, 0))


def test_waiting_accept():
    def not_scanned(answers):
        told = [unfold(values(answer.apply(HEADERS), DETAILS)[0]) for answer in answers]
        return sum("not scanned: the mail filter is overloaded" in text for text in told)

    with Daemon("scanners 1\nmax_waiting 1\noverload accept") as daemon:
        answers = send_until(daemon, 20, not_scanned)
        equal({answer.verdict for answer in answers}, {"c"})
        passed = not_scanned(answers)
        assert 0 < passed < len(answers), (passed, len(answers))
        equal(overload(daemon)["max_waiting"], passed)


def test_what_is_no_mail_takes_no_place():
    """A client whose address is none, a MAIL FROM that is none, and one whose client leaves at once."""
    client = b"h.example\0004\0\x19192.0.2.1\0"
    with Daemon("max_waiting 4\nscanners 1") as daemon:
        for parts in ((("C", b"h.example\0004\0\x19192.0;2.1\0"), ("H", b"h\0"), ("M", b"<a@b.example>\0"), ("Q", b"")),
                      (("C", client), ("M", b"<a@b.example>")), (("C", client), ("M", b"<a@b.example>\0"))):
            for _ in range(150):
                with Connection(daemon.socket) as mta:
                    mta.negotiate()
                    mta.socket.sendall(b"".join(packet(kind.encode(), data) for kind, data in parts))
                    mta.socket.shutdown(socket.SHUT_WR)
                    while mta.socket.recv(4096):
                        pass
            with Connection(daemon.socket) as mta:
                mta.negotiate()
                assert mta.steps & NR_MAIL, "so many seem to come that MAIL FROM is to be answered"
                equal(whole(mta).verdict, "c")
        equal(overload(daemon)["max_waiting"], 0)


def tasks(daemon):
    return len(os.listdir("/proc/%d/task" % daemon.process.pid))


def test_packets_in_part():
    """However many send parts of packets, byte by byte: no thread is held, and others are served."""
    packets = [NEGOTIATION, packet(b"C", b"h\0004\0\031192.0.2.1\0"), packet(b"H", b"helo.example\0")]
    stream = b"".join(packets)
    # Each has a thread for a moment when its packet is whole, and all are at the same moment: a byte before that.
    ends = [sum(map(len, packets[:count])) for count in range(1, len(packets) + 1)]
    with Daemon() as daemon:
        with Connection(daemon.socket) as mta:
            whole(mta.negotiate())
        before = settled(lambda: tasks(daemon))
        slow = [Connection(daemon.socket) for _ in range(500)]
        most = 0
        try:
            for at in range(len(stream)):
                for mta in slow:
                    mta.socket.sendall(stream[at:at + 1])
                if at + 2 in ends:
                    most = max(most, settled(lambda: tasks(daemon)))
            with Connection(daemon.socket) as mta:
                equal(whole(mta.negotiate()).verdict, "c")
            # They are whole by now, and were answered.
            for mta in slow:
                equal(mta.receive()[0], "O")
            equal(whole(slow[0].negotiated_by_hand()).verdict, "c")
        finally:
            for mta in slow:
                mta.close()
        assert most <= before + 50, (before, most)


def memory(daemon):
    """MB that are resident."""
    with open("/proc/%d/statm" % daemon.process.pid, encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2 ** 20


def descriptors(daemon):
    return len(os.listdir("/proc/%d/fd" % daemon.process.pid))


def test_idle_connections():
    """Before a message and after one, thousands take no thread and little memory; then each is served."""
    with Daemon() as daemon:
        with Connection(daemon.socket) as mta:
            whole(mta.negotiate())
        before, threads = memory(daemon), settled(lambda: tasks(daemon))
        open_before = descriptors(daemon)
        idle = []
        try:
            for _ in range(2000):
                idle.append(Connection(daemon.socket))
                mta = idle[-1].negotiate()
                mta.macros("C", j="mail.example.net", daemon_name="smtpd")
                mta.connect()
                mta.helo()
                mta.greeted = True
            for mta in idle[:200]:
                equal(whole(mta).verdict, "c")
            assert settled(lambda: tasks(daemon)) <= threads + 10, (threads, tasks(daemon))
            # 64 MB for 5,000.
            assert memory(daemon) < before + 26 or sanitized(), (before, memory(daemon))
            equal(daemon.status()["now"]["connections"], 2000)
            for mta in idle[::100]:
                equal(whole(mta).verdict, "c")
        finally:
            for mta in idle:
                mta.close()
        assert settled(lambda: descriptors(daemon)) <= open_before + 10, (open_before, descriptors(daemon))


def refuse(daemon, count):
    """Connections beyond the limit, all at once; each is turned away."""
    late = [Connection(daemon.socket).negotiate() for _ in range(count)]
    try:
        for mta in late:
            mta.macros("C", j="mail.example.net", daemon_name="smtpd")
            mta.connect()
            mta.helo()
        for mta in late:
            mta.send("M", b"<a@b.example>\0")
        for mta in late:
            equal(mta.receive()[0], "y")
        return tasks(daemon)
    finally:
        for mta in late:
            mta.close()


def test_refusals_cost_little():
    """No thread each, and a part of what a small message costs."""
    with Daemon("max_connections 1") as daemon:
        with Connection(daemon.socket) as mta:
            mta.negotiate()
            whole(mta)
            threads, costs, rounds = settled(lambda: tasks(daemon)), [], 0
            # Beside other work, each may have been disturbed more than the other.
            while not costs or (min(costs) >= 0.4 and rounds < 5):
                begun = daemon.cpu_seconds()
                for _ in range(1000):
                    whole(mta)
                scanned = (daemon.cpu_seconds() - begun) / 1000
                begun = daemon.cpu_seconds()
                most = max(refuse(daemon, 500) for _ in range(10))
                costs.append((daemon.cpu_seconds() - begun) / 5000 / scanned)
                rounds += 1
                assert most <= threads + 10, (threads, most)
            assert min(costs) < 0.4, costs
            equal(overload(daemon)["max_connections"], 5000 * rounds)
            equal(whole(mta).verdict, "c")


def as_bytes(say):
    """What an MTA would send of a message."""
    ends = socket.socketpair()
    with Connection.__new__(Connection) as mta, ends[1]:
        mta.socket = ends[0]
        mta.negotiated_by_hand()
        say(mta)
        mta.socket.shutdown(socket.SHUT_WR)
        data = b""
        while piece := ends[1].recv(65536):
            data += piece
    return data


def test_slow_messages():
    """Hundreds at once that come in crumbs: those beyond some hundred are gathered before they cost a session.
    All are judged as a whole; what is aborted, or ends in the midst, is nobody's."""
    def say(mta):
        mta.envelope(queue_id="SLOW1")
        for name, value in HEADERS:
            mta.header(name, value)
        mta.macros("E", i="SLOW1")
        mta.body(TAG)

    stream = as_bytes(say)
    head = stream.index(b"Subject") + 3
    with Daemon() as daemon:
        with Connection(daemon.socket) as mta:
            whole(mta.negotiate())
        before, bytes_of_one = settled(lambda: tasks(daemon)), 0
        slow = []
        try:
            for _ in range(600):
                slow.append(Connection(daemon.socket).negotiate())
                slow[-1].sent = 0

            def send(count, some):
                for mta in some:
                    mta.socket.sendall(stream[mta.sent:mta.sent + count])
                    mta.sent += count

            send(head, slow[:1])
            until = time.monotonic() + 60
            while not (bytes_of_one := daemon.status()["now"]["bytes"]):
                assert time.monotonic() < until
                time.sleep(0.05)
            send(head, slow[1:])
            for mta in slow:
                if not mta.steps & NR_MAIL:
                    equal(mta.receive()[0], "c")
            for _ in range(5):
                send(1, slow)
                time.sleep(0.05)
            assert settled(lambda: tasks(daemon)) <= before + 50, (before, tasks(daemon))
            now = daemon.status()["now"]
            equal(now["messages"], 600)
            # What libmilter has takes memory of messages.
            assert now["bytes"] <= 400 * bytes_of_one, (now["bytes"], bytes_of_one)
            with Connection(daemon.socket) as mta:
                equal(whole(mta.negotiate()).verdict, "c")
            for mta in slow[::7]:
                mta.close()
            slow = [mta for number, mta in enumerate(slow) if number % 7]
            send(len(stream), slow)
            for mta in slow:
                fields = mta.end().apply(HEADERS)
                equal(values(fields, "Subject"), [" [SPAM] Hello"])
            for mta in slow[::50]:
                equal(whole(mta.negotiated_by_hand()).verdict, "c")
        finally:
            for mta in slow:
                mta.close()
        until = time.monotonic() + 60
        while daemon.status()["now"]["messages"] or daemon.status()["now"]["connections"]:
            assert time.monotonic() < until
            time.sleep(0.05)


def test_ends_in_part():
    """Half a packet and the end."""
    with Daemon() as daemon:
        for part in (b"\0", NEGOTIATION[:6], NEGOTIATION + b"\0\0\0\5C", NEGOTIATION + b"\0\0\1\0L" + b"x" * 200):
            with Connection(daemon.socket) as mta:
                mta.socket.sendall(part)
                time.sleep(0.05)
        until = time.monotonic() + 60
        while daemon.status()["now"]["connections"]:
            assert time.monotonic() < until
            time.sleep(0.05)
