# SPDX-License-Identifier: GPL-3.0-or-later
"""The control socket: assay reload, assay status, and clients that aren't ours."""
import fcntl
import json
import os
import select
import socket
import stat
import struct
import subprocess
import termios
import threading
import time

from client import Connection
from daemon import RULES, Daemon, executable, quick
from test_message import DROP, HEADERS, TAG, ask, equal, values


def talk(daemon, data, timeout=30):
    """What is answered to bytes, until the end of the connection."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(timeout)
        client.connect(daemon.control)
        client.sendall(data)
        answer = b""
        while True:
            more = client.recv(65536)
            if not more:
                return answer
            answer += more


def reload(daemon, *more):
    return daemon.command("reload", "-c", daemon.path("assay.conf"), *more)


def test_socket():
    with Daemon() as daemon:
        status = os.stat(daemon.control)
        assert stat.S_ISSOCK(status.st_mode)
        equal(stat.S_IMODE(status.st_mode), 0o660)
        daemon.stop()
        assert not os.path.exists(daemon.control)


def test_stale_socket():
    with Daemon() as daemon:
        daemon.kill()
        assert os.path.exists(daemon.control)
        code, out, err = daemon.command("status", "-c", daemon.path("assay.conf"))
        equal((code, out), (2, ""))
        assert daemon.control in err and "start the filter" in err, err
        daemon.mark_log()
        daemon.start()
        equal(daemon.status()["pid"], daemon.process.pid)


def test_it_never_keeps_mail_waiting():
    """Without a socket of its own: another filter has it, or there is a file, or no directory."""
    with Daemon() as first, Daemon(start=False) as second:
        for path in (first.control, first.path("assay.conf"), "/nonexistent/control.sock"):
            second.control = path
            second.configure()
            second.mark_log()
            second.start()
            assert "control unix:%s" % path in second.new_log(), second.new_log()
            assert "assay status" in second.new_log()
            equal(ask(second)[0].verdict, "c")
            second.stop()
            equal(first.status()["pid"], first.process.pid)


def test_none():
    with Daemon(start=False) as daemon:
        daemon.write("assay.conf", open(daemon.path("assay.conf")).read().replace(
            "control unix:" + daemon.control, "control none"))
        daemon.start()
        assert not os.path.exists(daemon.control)
        equal(reload(daemon)[0], 69)
        code, _, err = daemon.command("status", "-c", daemon.path("assay.conf"))
        equal(code, 2)
        assert "control none" in err, err


def test_wrong_addresses():
    with Daemon(start=False) as daemon:
        for address, said in (("inet:9999@localhost", "unix:/path"), ("unix:relative", "must begin"),
                              ("non", "or none"), ("unix:/" + "x" * 200, "too long")):
            daemon.control = address
            text = open(daemon.path("assay.conf")).read()
            daemon.write("wrong.conf", "control %s\n" % address + "\n".join(
                line for line in text.splitlines() if not line.startswith("control ")))
            code, _, err = daemon.command("check-config", "-c", daemon.path("wrong.conf"))
            equal(code, 78)
            assert daemon.path("wrong.conf") + ":1:" in err and said in err, err


def test_reload():
    with Daemon() as daemon:
        before = daemon.status()["policy"]
        daemon.write("rules.cf", RULES + "score TEST_TAG 1\n")
        code, out, err = reload(daemon)
        equal((code, err), (0, ""))
        assert out.startswith("reloaded: "), out
        assert "control: user id %d, pid " % os.getuid() in daemon.log(), daemon.log()
        equal(values(ask(daemon, TAG)[1], "Subject"), [" Hello"])
        after = daemon.status()["policy"]
        assert before["id"] != after["id"], after
        equal((after["reload"]["reloaded"], after["reload"]["why"]), (True, "assay reload"))
        daemon.write("rules.cf", RULES)
        equal(reload(daemon)[0], 0)
        equal(daemon.status()["policy"]["id"], before["id"])


def test_refused_reload():
    with Daemon() as daemon:
        before = daemon.status()["policy"]
        text = open(daemon.path("assay.conf")).read()
        daemon.write("assay.conf", "requird_score 3\n" + text)
        code, out, err = reload(daemon)
        equal((code, out), (78, ""))
        assert daemon.path("assay.conf") + ":1:1: " in err and "required_score" in err, err
        assert "stays in force" in err, err
        equal(values(ask(daemon, TAG)[1], "Subject"), [" [SPAM] Hello"])
        status = daemon.status(1)
        equal(status["policy"]["id"], before["id"])
        equal(status["policy"]["reload"]["reloaded"], False)
        assert "required_score" in status["policy"]["reload"]["problems"][0]["text"]
        daemon.write("assay.conf", text)
        # A warning is told, and no reason to refuse.
        daemon.write("assay.conf", text + "\n[daemon OTHER]\nrole front\n")
        daemon.write("rules.cf", "body CUT /x/")
        code, _, err = reload(daemon)
        equal(code, 78)
        code, out, err = reload(daemon, "--force")
        equal(code, 0)
        assert "without a line end" in err and "(warning)" in err, err
        equal(daemon.status()["policy"]["rules"], 1)


def test_changed_but_not_in_force():
    with Daemon() as daemon:
        daemon.configure("pid_file " + daemon.path("pid"))
        code, _, err = reload(daemon)
        equal(code, 0)
        assert "only after a restart: pid_file" in err, err


def test_counts():
    with Daemon() as daemon:
        for _ in range(3):
            ask(daemon, TAG)
        ask(daemon)
        ask(daemon, TAG, daemon="FORWARD")
        status = daemon.status()
        front, forward = (status["messages"]["by_listener"][name] for name in ("front", "forward"))
        equal((front["pass"], front["tag"]), (1, 3))
        equal(sum(forward.values()), 1)
        equal(status["scans"]["count"], 5)
        assert 0 < status["scans"]["sum_seconds"] < 100, status["scans"]
        within = [bucket["count"] for bucket in status["scans"]["within"]]
        equal(within, sorted(within))
        equal(status["now"]["messages"], 0)
        assert status["memory"]["resident_bytes"] > 1 << 20
        equal(status["store"]["works"], True)
        daemon.write("rules.cf", RULES)
        text = daemon.command("status", "-c", daemon.path("assay.conf"))[1]
        assert "front: 4, pass 1, tag 3" in text and ": ok" in text, text


def test_watch():
    with Daemon() as daemon:
        watch = subprocess.Popen([os.path.join(os.path.dirname(executable()), "assay"), "status", "--json",
                                  "--watch", "-c", daemon.path("assay.conf")], stdout=subprocess.PIPE, text=True)
        first, second = (json.loads(watch.stdout.readline()) for _ in range(2))
        watch.kill()
        watch.wait()
        watch.stdout.close()
        assert second["uptime_seconds"] > first["uptime_seconds"]


class Window:
    """A terminal of this size, in which a command runs."""

    def __init__(self, rows, columns, *command):
        self.terminal, other = os.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(command, stdin=other, stdout=other, stderr=other)
        os.close(other)
        self.data = b""

    def shows(self, *words, seconds=30):
        """What is on the screen once it has all of the words; it begins at the top."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if select.select([self.terminal], [], [], 0.2)[0]:
                self.data += os.read(self.terminal, 65536)
            screen = self.data.rsplit(b"\x1b[H\x1b[2J", 1)[-1].decode()
            if all(word in screen for word in words):
                return screen.replace("\r", "")
        raise AssertionError((words, self.data[-2000:]))

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)


def test_watch_in_a_small_window():
    """What matters is at the top, and what was true before is gone when the filter is."""
    with Daemon() as daemon:
        window = Window(8, 60, os.path.join(os.path.dirname(executable()), "assay"), "status", "--watch",
                        "-c", daemon.path("assay.conf"))
        try:
            screen = window.shows("assayd ", ": ok", "more)")
            rows = sum(max(1, -(-len(line) // 60)) for line in screen.rstrip("\n").split("\n"))
            assert rows <= 7, screen
            daemon.stop()
            screen = window.shows("no assayd answers there")
            assert ": ok" not in screen and screen.startswith("assay status: "), screen
            daemon.start()
            window.shows("assayd ", ": ok", "more)")
        finally:
            window.close()


def test_json_of_one_that_is_down():
    with Daemon() as daemon:
        daemon.stop()
        done = subprocess.run([os.path.join(os.path.dirname(executable()), "assay"), "status", "--json", "-c",
                               daemon.path("assay.conf")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        equal(done.returncode, 2)
        said = json.loads(done.stdout)
        equal(said["state"], "down")
        assert "no assayd answers" in said["error"] and said["error"] in done.stderr, (said, done.stderr)


def test_degraded_store():
    """Told once in the log and as long as it lasts in the status, however many messages fail."""
    with Daemon(store="sqlite:/nonexistent/directory/records.db") as daemon:
        for _ in range(20):
            equal(ask(daemon, DROP, recipients=("<away@example.net>",))[0].verdict, "c")
        status = daemon.status(1)
        equal(status["state"], "degraded")
        names = [trouble["name"] for trouble in status["troubles"]]
        assert "store" in names, names
        equal(daemon.log().count("error: store:"), 1)
        code, out, _ = daemon.command("status", "-c", daemon.path("assay.conf"))
        equal(code, 1)
        assert "degraded   store: " in out and "/nonexistent" in out, out


def test_ten_thousand_failures():
    """The store is away, no name server answers, and nothing can be learned: a few lines, not thousands."""
    messages = 10000
    more = "network_tests yes\ndns_server 127.0.0.1@9\ndns_timeout 100ms\nspf yes\n"
    with Daemon(store="sqlite:/nonexistent/directory/records.db", start=False) as daemon:
        text = open(daemon.path("assay.conf")).read().replace("network_tests no\n", "")
        daemon.write("assay.conf", more + text)
        daemon.start()
        with Connection(daemon.socket) as mta:
            mta.negotiate()
            for number in range(messages):
                mta.envelope(recipients=["<away@example.net>"], queue_id="Q%d" % number)
                equal(mta.message(HEADERS, DROP).verdict, "c")
        lines = daemon.log().splitlines()
        of_messages = [line for line in lines if ": client=" in line]
        equal(len(of_messages), messages)
        assert len(lines) - messages < 40, [line for line in lines if ": client=" not in line][:60]
        assert len(daemon.status(1)["troubles"]) > 0


def test_many_reloads_at_once():
    with Daemon() as daemon:
        results = []
        threads = [threading.Thread(target=lambda: results.append(reload(daemon)[0]))
                   for _ in range(12)]
        for thread in threads:
            thread.start()
        for number in range(20):
            daemon.status()
        for thread in threads:
            thread.join()
        equal(results, [0] * 12)


def test_others_than_ours():
    """Whatever comes, one line is answered, and the filter goes on."""
    with Daemon() as daemon:
        for data, said in ((b"\n", "JSON"), (b"GET / HTTP/1.0\r\n\r\n", "JSON"), (b"[]\n", "JSON"),
                           (b'{"command":"stats"}\n', 'mean \\"status\\"'), (b'{"command":1}\n', "command"),
                           (b'{"command":"reload","force":"yes"}\n', "true or false"),
                           (b'{"command":"status","force":true}\n', "unknown member"),
                           (b'{"command":"status","command":"reload"}\n', "JSON"),
                           (b"\x00\xff\n", "JSON"), (b"x" * 5000, "too long"),
                           (b"[" * 3000 + b"\n", "JSON")):
            answer = talk(daemon, data)
            assert answer.endswith(b"\n") and answer.count(b"\n") == 1, answer
            assert said in answer.decode() and "error" in json.loads(answer), (data, answer)
        # One that goes away in the middle of it.
        for data in (b"", b'{"comm', b'{"command":"reload"}\n', b'{"command":"status"}\n'):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(daemon.control)
                client.sendall(data)
        equal(daemon.status()["pid"], daemon.process.pid)
        refusals = daemon.log().count("was refused")
        equal(refusals, 1)


def test_slow_clients():
    """Those that don't go on are left, and don't keep others waiting; nor does mail wait."""
    with Daemon() as daemon:
        idle = [socket.socket(socket.AF_UNIX) for _ in range(60)]
        begun = time.monotonic()
        for client in idle:
            client.connect(daemon.control)
            client.sendall(b'{"command"')
        equal(ask(daemon)[0].verdict, "c")
        equal(daemon.status()["pid"], daemon.process.pid)
        took = time.monotonic() - begun
        quick(took, 25, "60 clients that say nothing")
        for client in idle:
            client.settimeout(30)
            equal(client.recv(10), b"")
            client.close()
