# SPDX-License-Identifier: GPL-3.0-or-later
"""The protocol in forms that MTAs rarely use, and that a daemon must survive."""
import os
import socket
import struct
import threading
import time

import client
from client import Connection, Disconnected
from daemon import Daemon
from test_message import DETAILS, HEADERS, TAG, ask, equal, values


def test_negotiation():
    with Daemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate()
        equal(mta.version, 6)
        wanted = (client.NR_CONNECT | client.NR_HELO | client.NR_MAIL | client.NR_RCPT |
                  client.NR_HEADER | client.NR_BODY | client.LEADING_SPACE |
                  client.RCPT_REJECTED | client.NO_DATA | client.NO_UNKNOWN | client.NO_EOH)
        equal(mta.steps, wanted)
        equal(mta.actions, client.ADD_HEADERS | client.CHANGE_HEADERS | client.DEL_RCPT)


def test_mta_without_options():
    """Every step is sent, and every step is answered."""
    with Daemon() as daemon:
        for version, steps in ((2, client.OLD_STEPS), (6, client.OLD_STEPS)):
            with Connection(daemon.socket) as mta:
                mta.negotiate(version=version, steps=steps)
                equal(mta.connect(), "c")
                equal(mta.helo(), "c")
                equal(mta.mail(), "c")
                equal(mta.rcpt(), "c")
                equal(mta.header("Subject", " Hello"), "c")
                equal(mta.body(TAG), "c")
                mta.macros("E", i="OLD1")
                answer = mta.end()
                equal(answer.verdict, "c")
                equal(answer.changed[-1], ("Subject", 1, "[SPAM] Hello"))
                mta.quit()


def test_mta_without_actions():
    with Daemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate(actions=client.ADD_HEADERS)
        mta.envelope()
        answer = mta.message(HEADERS, TAG)
        equal(answer.verdict, "c")
        equal(answer.changed, [])
        assert "header changes failed" in daemon.log()


def test_two_mails_in_a_session():
    with Daemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate()
        mta.envelope(queue_id="ONE")
        first = mta.message(HEADERS, TAG, queue_id="ONE")
        mta.envelope(queue_id="TWO", sender="<>")
        second = mta.message(HEADERS, "Hello\r\n", queue_id="TWO")
        equal(values(first.apply(HEADERS), "Subject"), [" [SPAM] Hello"])
        equal(values(second.apply(HEADERS), "Subject"), [" Hello"])
        mta.quit()
        assert "ONE: client=mx.example.com[192.0.2.7], from=<sender@example.com>" in daemon.log()
        assert "TWO: client=mx.example.com[192.0.2.7], from=<>" in daemon.log()


def test_mails_with_pauses():
    """However long an MTA waits between messages and sessions, the filter knows of each what was said before."""
    with Daemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate()
        mta.macros("C", j="mail.example.net", daemon_name="smtpd", v="Postfix 3.7.11")
        mta.connect()
        mta.helo()
        mta.greeted = True
        for number, pause in enumerate((0.3, 0, 0.3, 0)):
            mta.envelope(queue_id="PAUSE%d" % number)
            equal(values(mta.message(HEADERS, TAG, queue_id="PAUSE%d" % number).apply(HEADERS), "Subject"), [" [SPAM] Hello"])
            time.sleep(pause)
            assert "PAUSE%d: client=mx.example.com[192.0.2.7], from=<sender@example.com>" % number in daemon.log()
        mta.next_session()
        time.sleep(0.3)
        mta.connect("other.example.com", "192.0.2.99")
        mta.helo("other")
        mta.envelope(queue_id="OTHER")
        mta.message(HEADERS, TAG, queue_id="OTHER")
        mta.quit()
        assert "OTHER: client=other.example.com[192.0.2.99]" in daemon.log()


def test_abort_in_the_middle():
    """Nothing of an aborted message is seen by the next, wherever it stopped."""
    def stages(mta):
        yield lambda: mta.mail()
        yield lambda: mta.rcpt("<other@example.net>")
        yield lambda: mta.header("Subject", " Other")
        yield lambda: mta.body(TAG)

    with Daemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate()
        for last in range(1, 5):
            for stage in list(stages(mta))[:last]:
                stage()
            mta.abort()
            mta.envelope(queue_id="NEXT%d" % last)
            answer = mta.message(HEADERS, "Hello\r\n", queue_id="NEXT%d" % last)
            equal(values(answer.apply(HEADERS), "Subject"), [" Hello"])
        mta.quit()
        equal(daemon.log().count("nrcpt=1,"), 4)
        equal(daemon.log().count("nrcpt="), 4)


def test_new_mail_without_abort():
    with Daemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate()
        mta.envelope()
        mta.header("Subject", " Other")
        mta.body(TAG)
        mta.envelope(queue_id="NEW")
        answer = mta.message(HEADERS, "Hello\r\n", queue_id="NEW")
        equal(values(answer.apply(HEADERS), "Subject"), [" Hello"])


def test_odd_chunks():
    body = "Hello\r\n\r\nplease\r\ntag\r\n" + "é€" * 20 + "\r\nplease tag me\r\n.\r\n\r\n"
    with Daemon() as daemon:
        wholes = None
        for chunk in (1, 2, 3, 7, 64, 65535):
            with Connection(daemon.socket) as mta:
                mta.negotiate()
                mta.envelope()
                answer = mta.message(HEADERS, body, chunk=chunk)
                equal(values(answer.apply(HEADERS), "Subject"), [" [SPAM] Hello"])
                sizes = [line.split("size=")[1].split(",")[0]
                         for line in daemon.log().split("\n") if "size=" in line]
                wholes = wholes or sizes[0]
                equal(set(sizes), {wholes})


def test_body_in_end_of_message():
    """The protocol allows a last piece of body there; libmilter then needs an answer from us."""
    with Daemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate()
        mta.envelope()
        for name, value in HEADERS:
            mta.header(name, value)
        mta.body("Hello\r\nplease tag")
        answer = mta.end(" me\r\n")
        equal(answer.verdict, "c")
        equal(values(answer.apply(HEADERS), "Subject"), [" [SPAM] Hello"])


def test_message_without_anything():
    with Daemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate()
        mta.envelope()
        answer = mta.end()
        equal(answer.verdict, "c")
        equal(len(values(answer.apply([]), DETAILS)), 1)


def test_clients_of_every_kind():
    with Daemon() as daemon:
        for ip, name, shown in (("192.0.2.9", "a.example", "a.example[192.0.2.9]"),
                                ("2001:db8::9", "b.example", "b.example[2001:db8::9]"),
                                ("IPv6:2001:db8::8", "c.example", "c.example[2001:db8::8]"),
                                ("::ffff:192.0.2.8", "d.example", "d.example[192.0.2.8]"),
                                ("192.0.2.6", "unknown", "unknown[192.0.2.6]"),
                                ("192.0.2.5", "[192.0.2.5]", "unknown[192.0.2.5]"),
                                (None, "localhost", "localhost[local]")):
            with Connection(daemon.socket) as mta:
                mta.negotiate()
                mta.connect(name, ip)
                mta.greeted = True
                mta.envelope()
                equal(mta.message(HEADERS, "Hello\r\n").verdict, "c")
            assert "client=%s," % shown in daemon.log(), daemon.log()


def test_connection_used_again():
    """SMFIC_QUIT_NC: another SMTP session follows on the same connection."""
    with Daemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate()
        for number in range(3):
            mta.greeted = False
            mta.envelope(queue_id="NC%d" % number)
            answer = mta.message(HEADERS, TAG, queue_id="NC%d" % number)
            equal(values(answer.apply(HEADERS), "Subject"), [" [SPAM] Hello"])
            mta.send("K")
        mta.quit()


def packet(kind, data=b""):
    return struct.pack("!I", len(data) + 1) + kind + data


def test_all_sessions_at_once():
    """What came with the message before is answered, also where the MTA has closed its side by then."""
    session = packet(b"C", b"mx.example.com\0U") + packet(b"M", b"<a@example.com>\0") + \
        packet(b"R", b"<joe@example.net>\0") + packet(b"L", b"Subject\0 Hello\0") + packet(b"E", b"hello\r\n")
    with Daemon() as daemon:
        for _ in range(60):
            with Connection(daemon.socket) as mta:
                mta.negotiate()
                mta.socket.sendall(session + packet(b"K") + session + packet(b"K") + session)
                mta.socket.shutdown(socket.SHUT_WR)
                verdicts = 0
                while verdicts < 3:
                    verdicts += mta.receive()[0] in "ca"
                try:
                    raise AssertionError("more came: %r" % (mta.receive(),))
                except Disconnected:
                    pass


def test_disconnects_at_every_stage():
    with Daemon() as daemon:
        for last in range(8):
            mta = Connection(daemon.socket)
            if last > 0:
                mta.negotiate()
            steps = (lambda: mta.connect(), lambda: mta.helo(), lambda: mta.mail(),
                     lambda: mta.rcpt(), lambda: mta.header("Subject", " x"),
                     lambda: mta.body("x"), lambda: mta.send("E"))
            for step in steps[:last]:
                step()
            mta.close()
        equal(ask(daemon)[0].verdict, "c")


def test_garbage():
    with Daemon() as daemon:
        for data in (b"GET / HTTP/1.0\r\n\r\n", b"\0\0\0\0", b"\xff\xff\xff\xffO", b"\0\0\0\1X",
                     b"\0\0\0\1E", b"\0\0\0\5Oabcd", b"\0\0\0\x0dO" + b"\0" * 12,
                     struct.pack("!I", 13) + b"O" + struct.pack("!III", 6, 511, 0x1fffff) +
                     b"\0\0\0\3C\0\0" + b"\0\0\0\2M\0" + b"\0\0\0\2R\0" + b"\0\0\0\1E",
                     os.urandom(2000)):
            with Connection(daemon.socket, timeout=2) as mta:
                try:
                    mta.socket.sendall(data)
                    mta.socket.shutdown(socket.SHUT_WR)
                    while mta.socket.recv(4096):
                        pass
                except (OSError, Disconnected):
                    pass
        equal(ask(daemon)[0].verdict, "c")


def test_no_arguments_out_of_order():
    """Messages that begin anywhere: no sender, no recipient, a body first."""
    with Daemon() as daemon:
        for commands in ("E", "BE", "LBE", "RLBE", "MLBE", "MBE", "ME", "CMLMBE", "HHHME"):
            with Connection(daemon.socket, timeout=2) as mta:
                mta.negotiate()
                try:
                    for command in commands:
                        if command == "E":
                            mta.end()
                        else:
                            {"C": mta.connect, "H": mta.helo, "M": mta.mail, "R": mta.rcpt,
                             "L": lambda: mta.header("A", " b"), "B": lambda: mta.body("x")
                             }[command]()
                except (OSError, Disconnected):
                    pass
        equal(ask(daemon)[0].verdict, "c")


def test_progress_while_waiting():
    """A name server that doesn't answer: the MTA hears that we are at it, and then the verdict."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with Daemon(start=False) as daemon:
            with open(daemon.path("assay.conf")) as file:
                text = file.read().replace("network_tests no", "network_tests yes\n"
                                           "dns_server 127.0.0.1@%d\n"
                                           "dns_timeout 12s\nspf_timeout 12s" % silent.getsockname()[1])
            daemon.write("assay.conf", text)
            daemon.start()
            with Connection(daemon.socket) as mta, Connection(daemon.socket) as idle:
                # Its messages ask the name server nothing, and are over.
                idle.negotiate()
                for _ in range(2):
                    idle.envelope(auth_authen="joe", auth_type="PLAIN")
                    equal(idle.message(HEADERS[1:], "Hello\r\n").progress, 0)
                mta.negotiate()
                mta.envelope()
                answer = mta.message(HEADERS, TAG)
                equal(answer.verdict, "c")
                equal(values(answer.apply(HEADERS), "Subject"), [" [SPAM] Hello"])
                assert answer.progress >= 1, answer.progress


def slowly(daemon, number, failures):
    """A session that libmilter hands from thread to thread: it pauses between any two steps."""
    try:
        with Connection(daemon.socket) as mta:
            mta.negotiate()
            for mail in range(3):
                spam = (number + mail) % 2 == 1
                mta.macros("C", j="mail.example.net", daemon_name="smtpd")
                for step in (mta.connect, mta.helo, mta.mail, mta.rcpt):
                    if mail == 0 or step in (mta.mail, mta.rcpt):
                        step()
                        time.sleep(0.01)
                for name, value in HEADERS:
                    mta.header(name, value)
                    time.sleep(0.005)
                for piece in (TAG if spam else "Hello\r\n"):
                    mta.body(piece)
                    time.sleep(0.002)
                mta.macros("E", i="S%dM%d" % (number, mail))
                answer = mta.end()
                equal(values(answer.apply(HEADERS), "Subject"),
                      [" [SPAM] Hello" if spam else " Hello"])
            mta.quit()
    except Exception as error:
        failures.append(error)


def in_parallel(count, function):
    failures = []
    threads = [threading.Thread(target=function, args=(number, failures))
               for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_slow_senders():
    with Daemon() as daemon:
        in_parallel(8, lambda number, failures: slowly(daemon, number, failures))
        equal(daemon.log().count("action="), 24)


def test_hundreds_of_sessions():
    """All connected at once, each with two mails: every answer belongs to its own mail."""
    count = int(os.environ.get("ASSAY_TEST_SESSIONS", "300"))
    barrier = threading.Barrier(count)

    def session(number, failures):
        try:
            with Connection(daemon.socket, timeout=120) as mta:
                mta.negotiate()
                barrier.wait(120)
                for mail in range(2):
                    spam = (number + mail) % 3 == 0
                    queue_id = "P%dM%d" % (number, mail)
                    headers = HEADERS[:2] + [("Subject", " %s" % queue_id)]
                    mta.envelope(queue_id=queue_id)
                    answer = mta.message(headers, TAG if spam else "Hello\r\n",
                                         queue_id=queue_id)
                    equal(values(answer.apply(headers), "Subject"),
                          [" [SPAM] " + queue_id if spam else " " + queue_id])
                mta.quit()
        except Exception as error:
            barrier.abort()
            failures.append(error)

    with Daemon() as daemon:
        in_parallel(count, session)
        log = daemon.log()
        for number in range(count):
            for mail in range(2):
                equal(log.count(" P%dM%d: client=" % (number, mail)), 1)
