# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets: every form of address, several at once, modes, what is left behind."""
import os
import signal
import socket
import stat
import subprocess
import threading

from client import Connection
from daemon import Daemon, executable, quick
from test_message import HEADERS, TAG, equal, values


def free_port(family=socket.AF_INET):
    with socket.socket(family) as probe:
        probe.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        return probe.getsockname()[1]


def has_ipv6():
    try:
        free_port(socket.AF_INET6)
        return True
    except OSError:
        return False


def tagged(address):
    with Connection(address) as mta:
        mta.negotiate()
        mta.envelope()
        answer = mta.message(HEADERS, TAG)
        equal(values(answer.apply(HEADERS), "Subject"), [" [SPAM] Hello"])
        mta.quit()


def test_inet_forms():
    port = free_port()
    forms = ["inet:%d@127.0.0.1" % port, "inet:127.0.0.1:%d" % port, "inet:%d@localhost" % port]
    for form in forms:
        with Daemon(listen="listen " + form):
            tagged(("127.0.0.1", port))


def test_inet6():
    if not has_ipv6():
        print("no IPv6 here")
        return
    port = free_port(socket.AF_INET6)
    for form in ("inet6:%d@::1", "inet:[::1]:%d"):
        with Daemon(listen="listen " + form % port):
            tagged(("::1", port))


def test_inet_answers_at_once():
    """No answer waits for a delayed acknowledgement (40 ms each)."""
    import time
    port = free_port()
    with Daemon(listen="listen inet:%d@127.0.0.1" % port):
        with Connection(("127.0.0.1", port)) as mta:
            mta.negotiate()
            best = 1
            for number in range(10):
                mta.envelope(queue_id="N%d" % number)
                begun = time.monotonic()
                mta.message(HEADERS, TAG)
                best = min(best, time.monotonic() - begun)
            quick(best, 0.035, "the best")


def test_several_sockets():
    """More than libmilter can: unix and inet, used at the same time, all in one process."""
    port = free_port()
    with Daemon(start=False) as daemon:
        second = daemon.path("second")
        lines = ["listen unix:" + daemon.socket, "listen inet:%d@127.0.0.1" % port,
                 "listen local:" + second]
        addresses = [daemon.socket, ("127.0.0.1", port), second]
        if has_ipv6():
            port6 = free_port(socket.AF_INET6)
            lines.append("listen inet6:%d@::1" % port6)
            addresses.append(("::1", port6))
        # Whichever is the first one, libmilter's.
        for turn in range(len(lines)):
            daemon.configure(listen="\n".join(lines[turn:] + lines[:turn]))
            daemon.mark_log()
            daemon.start()
            failures = []

            def use(address):
                try:
                    for _ in range(5):
                        tagged(address)
                except Exception as error:
                    failures.append(error)

            threads = [threading.Thread(target=use, args=(a,)) for a in addresses * 3]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if failures:
                raise failures[0]
            equal(daemon.stop(), 0)
            assert not os.path.exists(daemon.socket) and not os.path.exists(second)


def test_mode():
    for mode in ("0600", "0660", "0666"):
        with Daemon(more="socket_mode " + mode) as daemon:
            found = os.stat(daemon.socket)
            assert stat.S_ISSOCK(found.st_mode)
            equal(stat.S_IMODE(found.st_mode), int(mode, 8))


def test_group():
    import grp
    group = grp.getgrgid(os.getegid()).gr_name
    with Daemon(more="socket_group " + group) as daemon:
        equal(os.stat(daemon.socket).st_gid, os.getegid())


def test_stale_socket():
    with Daemon() as daemon:
        daemon.process.kill()
        daemon.wait()
        assert os.path.exists(daemon.socket)
        daemon.mark_log()
        daemon.start()
        tagged(daemon.socket)


def test_socket_of_a_successor_is_kept():
    """What stands in place of a socket at the end, and isn't it, stays."""
    with Daemon() as daemon, socket.socket(socket.AF_UNIX) as successor:
        tagged(daemon.socket)
        os.unlink(daemon.socket)
        successor.bind(daemon.socket)
        equal(daemon.stop(), 0)
        assert os.path.exists(daemon.socket)


def test_foreign_file_is_kept():
    with Daemon(start=False) as daemon:
        daemon.write("socket", "precious")
        daemon.start(ready=None)
        equal(daemon.wait(), 71)
        assert "no socket" in daemon.log()
        with open(daemon.socket) as file:
            equal(file.read(), "precious")
        daemon.expected_codes = (71,)


def test_second_instance_is_refused():
    with Daemon() as daemon:
        second = subprocess.run([executable(), "-c", daemon.path("assay.conf")],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                timeout=60)
        equal(second.returncode, 71)
        assert "another program answers" in second.stdout, second.stdout
        tagged(daemon.socket)


def test_restart_at_once():
    """The new one is started while the old one still has a session with a message."""
    with Daemon() as daemon:
        with Connection(daemon.socket) as mta:
            mta.negotiate_slowly()
            mta.envelope()
            old = daemon.process
            daemon.mark_log()
            daemon.signal(signal.SIGTERM)
            daemon.start()
            tagged(daemon.socket)
            assert old.poll() is None
            answer = mta.message(HEADERS, TAG)
            equal(values(answer.apply(HEADERS), "Subject"), [" [SPAM] Hello"])
        equal(old.wait(30), 0)
        tagged(daemon.socket)


def test_restart_inet_at_once():
    port = free_port()
    with Daemon(listen="listen inet:%d@127.0.0.1" % port) as daemon:
        with Connection(("127.0.0.1", port)) as mta:
            mta.negotiate_slowly()
            mta.envelope()
            old = daemon.process
            daemon.mark_log()
            daemon.signal(signal.SIGTERM)
            daemon.start()
            tagged(("127.0.0.1", port))
            equal(mta.message(HEADERS, TAG).verdict, "c")
        equal(old.wait(30), 0)
