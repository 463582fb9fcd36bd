# SPDX-License-Identifier: GPL-3.0-or-later
"""Options, configuration errors, reload, systemd, the end with sessions in flight."""
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

from client import Connection, Disconnected
from daemon import RULES, Daemon, executable, quick
from test_message import HEADERS, TAG, ask, equal, values


def run(*arguments):
    result = subprocess.run([executable(), *arguments], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, timeout=60)
    return result.returncode, result.stdout, result.stderr


def test_options():
    equal(run("-h")[0], 0)
    assert "SIGUSR1" in run("-h")[1] or "USR1" in run("-h")[1]
    code, out, _ = run("-V")
    equal(code, 0)
    assert out.startswith("assayd "), out
    equal(run("-x")[0], 64)
    equal(run("-t", "more")[0], 64)


def test_check():
    with Daemon(start=False) as daemon:
        os.mkdir(daemon.path("cache"))
        code, out, err = run("-t", "-c", daemon.path("assay.conf"))
        equal((code, err), (0, ""))
        assert "ok" in out, out
        assert not os.path.exists(daemon.socket)
        assert not os.path.exists(daemon.path("records.db"))


def test_readable_password():
    with Daemon(start=False, store="redis://:hunter2@127.0.0.1:1/0") as daemon:
        path = daemon.path("assay.conf")
        os.mkdir(daemon.path("cache"))
        for mode in (0o644, 0o660):
            os.chmod(path, mode)
            code, _, err = run("-t", "-c", path)
            equal(code, 78)
            assert "there is a password in" in err and path + ":" in err, err
            assert "hunter2" not in err, err
        os.chmod(path, 0o600)
        equal(run("-t", "-c", path)[2], "")


def test_every_mistake_is_named():
    with Daemon(start=False) as daemon:
        daemon.configure("requird_score 5\nscanners many", "listen unxi:/x\nlisten inet:99999@::1")
        path = daemon.path("assay.conf")
        code, _, err = run("-t", "-c", path)
        equal(code, 78)
        assert "did you mean \"required_score\"" in err, err
        assert err.count(path + ":") >= 2, err
        daemon.configure("user no-such-account-here\nsocket_group no-such-group-here\n",
                         "listen unxi:/x\nlisten inet:99999@::1")
        code, _, err = run("-t", "-c", path)
        equal(code, 78)
        for text in ("did you mean \"unix:\"", "99999", "no such account", "no such group"):
            assert text in err, err
        daemon.start(ready=None)
        equal(daemon.wait(), 78)
        assert "no such account" in daemon.log()
        daemon.expected_codes = (78,)


def test_missing_files():
    equal(run("-c", "/nonexistent/assay.conf")[0], 78)
    with Daemon("rules /nonexistent/rules", start=False) as daemon:
        equal(run("-t", "-c", daemon.path("assay.conf"))[0], 78)


def test_reload_in_the_middle_of_a_message():
    """The policy at the end of the message decides, and only that."""
    with Daemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate_slowly()
        mta.envelope()
        for name, value in HEADERS:
            mta.header(name, value)
        mta.body(TAG)
        daemon.write("rules.cf", RULES + "score TEST_TAG 1\n")
        daemon.reload()
        answer = mta.end()
        equal(values(answer.apply(HEADERS), "Subject"), [" Hello"])
        daemon.write("rules.cf", RULES)
        daemon.reload()
        mta.envelope(queue_id="QID2")
        answer = mta.message(HEADERS, TAG)
        equal(values(answer.apply(HEADERS), "Subject"), [" [SPAM] Hello"])


def test_broken_reload_changes_nothing():
    with Daemon() as daemon:
        daemon.configure("requird_score 100")
        daemon.reload("reload failed")
        assert "did you mean \"required_score\"" in daemon.new_log()
        _, fields = ask(daemon, TAG)
        equal(values(fields, "Subject"), [" [SPAM] Hello"])
        os.unlink(daemon.path("assay.conf"))
        daemon.reload("reload failed")
        equal(ask(daemon)[0].verdict, "c")
        daemon.configure("required_score 100")
        daemon.reload()
        _, fields = ask(daemon, TAG)
        equal(values(fields, "Subject"), [" Hello"])


def check(daemon, *more):
    return run("-t", "-c", daemon.path("assay.conf"), *more)


def test_rules_do_not_change_by_accident():
    """Cut off, emptied, far fewer: what is in force stays, and -t says the same as the reload."""
    many = RULES + "".join("body MANY_%d /number %d/\n" % (i, i) for i in range(50))
    accidents = [
        (many[:many.index("MANY_45") + 12], "wrong"),
        (many[:many.index("MANY_45") + 24], "cut off"),
        (many[:many.index("body MANY_45")] + "describe MANY_3 Thi", "cut off"),
        (many + "if (1)\nbody LAST /x/\n", "wrong"),
        (many + "scoer MANY_1 4\n", "wrong"),
        ("", "no rule that can hit"),
        ("required_score 3\n", "no rule that can hit"),
        (RULES, "fewer than half"),
    ]
    with Daemon(start=False) as daemon:
        os.mkdir(daemon.path("cache"))
        daemon.write("rules.cf", many)
        daemon.start()
        for text, reason in accidents:
            daemon.write("rules.cf", text)
            code, _, err = check(daemon)
            equal((code, reason in err), (78, True))
            daemon.reload("reload failed")
            assert reason in daemon.new_log(), daemon.new_log()
            _, fields = ask(daemon, TAG)
            equal(values(fields, "Subject"), [" [SPAM] Hello"])
        equal(check(daemon, "--force")[0], 0)
        daemon.mark_log()
        daemon.signal(signal.SIGUSR2)
        daemon.wait_for_log("reloaded (SIGUSR2)")
        equal(check(daemon)[0], 0)
        half = RULES + "".join("body NEXT_%d /x/\n" % i for i in range(3))
        daemon.write("rules.cf", half)
        daemon.reload()


def test_old_mistakes_do_not_stop_a_reload():
    """A statement that was wrong at the start, as another program's may be, is no accident."""
    with Daemon(start=False) as daemon:
        os.mkdir(daemon.path("cache"))
        daemon.write("rules.cf", RULES + "no_such_statement 1\n")
        equal(check(daemon)[0], 78)
        daemon.start()
        equal(check(daemon)[0], 0)
        daemon.reload()
        daemon.write("rules.cf", RULES + "no_such_statement 1\nbody BAD /(/\n")
        equal(check(daemon)[0], 78)
        daemon.reload("reload failed")
        daemon.write("rules.cf", RULES)
        daemon.reload()
        daemon.write("rules.cf", RULES + "no_such_statement 1\n")
        daemon.reload("reload failed")


def test_no_rules_no_start():
    with Daemon(start=False) as daemon:
        os.unlink(daemon.path("rules.cf"))
        os.mkdir(daemon.path("rules.cf"))
        equal(check(daemon)[0], 78)
        daemon.start(ready=None)
        equal(daemon.wait(), 78)
        assert "no rule that can hit" in daemon.log()
        daemon.expected_codes = (78,)


def test_reload_without_a_secret():
    """A key that can't be read, or that others can, and maps that are gone: nothing of the new
    configuration is in force, and the old seal key still is."""
    with Daemon() as daemon:
        key = daemon.path("seal.key")
        with open(key) as file:
            secret = file.read()
        daemon.write("rules.cf", RULES + "score TEST_TAG 1\n")
        for spoil in (lambda: os.chmod(key, 0o644), lambda: os.chmod(key, 0o640), lambda: os.unlink(key),
                      lambda: daemon.write("seal.key", "short")):
            spoil()
            daemon.reload("reload failed")
            assert "seal" in daemon.new_log(), daemon.new_log()
            assert "reloaded" not in daemon.new_log()
            equal(values(ask(daemon, TAG)[1], "Subject"), [" [SPAM] Hello"])
        daemon.write("seal.key", secret)
        os.chmod(key, 0o600)
        daemon.reload()
        equal(values(ask(daemon, TAG)[1], "Subject"), [" Hello"])


def with_hyperscan():
    """Whether the program looks for candidates first."""
    linked = subprocess.run(["ldd", executable()], stdout=subprocess.PIPE, text=True, check=False)
    return "libhs" in linked.stdout


def test_first_start_does_not_wait_for_the_compiler():
    """Many rules and no cache: it answers, switches over, and the next start has the cache."""
    many = "".join("body MANY_%d /number %d of many/\n" % (i, i) for i in range(400))
    with Daemon(start=False) as daemon:
        os.mkdir(daemon.path("cache"))
        daemon.write("rules.cf", RULES + many)
        daemon.start()
        _, fields = ask(daemon, TAG)
        equal(values(fields, "Subject"), [" [SPAM] Hello"])
        if with_hyperscan():
            daemon.wait_for_log("reloaded (the rules are compiled)")
            assert "until the rules are compiled" in daemon.log()
            assert os.listdir(daemon.path("cache"))
        _, fields = ask(daemon, TAG)
        equal(values(fields, "Subject"), [" [SPAM] Hello"])
        daemon.stop()
        daemon.mark_log()
        daemon.start()
        _, fields = ask(daemon, TAG)
        equal(values(fields, "Subject"), [" [SPAM] Hello"])
        assert "the rules are compiled" not in daemon.new_log(), daemon.new_log()


def test_restart_only_settings_are_named():
    with Daemon() as daemon:
        daemon.configure("max_message_size 1M\nsocket_mode 0600\nrequired_score 4")
        daemon.reload("after a restart: ")
        names = daemon.new_log().split("after a restart: ")[1].split("\n")[0].split()
        equal(sorted(names), ["max_message_size", "socket_mode"])


def test_changed_map_is_noticed():
    with Daemon() as daemon:
        daemon.mark_log()
        daemon.write("virtual", "joe@example.net joe@elsewhere.example\n")
        daemon.wait_for_log("a forward map changed", 15)
        answer, _ = ask(daemon, "please drop me\r\n")
        equal(answer.verdict, "d")
        # After a broken edit nobody knows who has got a mailbox.
        daemon.mark_log()
        daemon.write("virtual", "joe@example.net\n")
        daemon.wait_for_log("reload failed", 15)
        assert "virtual:1:1: \"joe@example.net\" has no value" in daemon.new_log()
        until = time.monotonic() + 120
        while "a table has changed" not in daemon.new_log():
            assert time.monotonic() < until, daemon.new_log()
            answer, _ = ask(daemon, "please drop me\r\n", queue_id="QID2")
            equal(answer.verdict, "c")


def test_table_changed_with_refused_rules():
    with Daemon() as daemon:
        equal(ask(daemon, "please drop me\r\n", recipients=("<away@example.net>",))[0].verdict, "d")
        daemon.write("virtual", "away@example.net away@example.net\n")
        daemon.write("rules.cf", "body ONE /(/\n")
        daemon.reload("reload failed")
        answer, _ = ask(daemon, "please drop me\r\n", recipients=("<away@example.net>",),
                        queue_id="QID2")
        equal(answer.verdict, "c")


def test_reloads_under_load():
    with Daemon() as daemon:
        stop = threading.Event()
        failures = []

        def mails():
            try:
                while not stop.is_set():
                    equal(ask(daemon, TAG)[0].verdict, "c")
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=mails) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(10):
            daemon.reload()
        stop.set()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]


def test_term_with_idle_sessions():
    with Daemon() as daemon:
        sessions = [Connection(daemon.socket).negotiate() for _ in range(5)]
        begun = time.monotonic()
        equal(daemon.stop(), 0)
        quick(time.monotonic() - begun, 4, "the end")
        assert not os.path.exists(daemon.socket)
        for session in sessions:
            session.close()


def test_term_in_the_middle_of_a_message():
    """The message comes to its end; nobody new is let in."""
    with Daemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate_slowly()
        mta.envelope()
        mta.header("Subject", " Hello")
        daemon.signal(signal.SIGTERM)
        daemon.wait_for_log("stopping")
        time.sleep(1)  # so long that nothing but the message is waited for
        try:
            Connection(daemon.socket)
            raise AssertionError("still listening")
        except OSError:
            pass
        mta.body(TAG)
        answer = mta.end()
        equal(values(answer.apply([("Subject", " Hello")]), "Subject"), [" [SPAM] Hello"])
        equal(daemon.wait(20), 0)
        equal(daemon.records("SELECT kind FROM records"), [(2,)])


def test_term_with_a_message_that_never_ends():
    with Daemon() as daemon, Connection(daemon.socket) as mta:
        mta.negotiate_slowly()
        mta.envelope()
        begun = time.monotonic()
        equal(daemon.stop(), 0)
        quick(time.monotonic() - begun, 20, "the end")
        try:
            mta.end()
            raise AssertionError("answered after its end")
        except (OSError, Disconnected):
            pass


def test_term_under_load():
    """Every mail is answered or its connection is cut; never half an answer, never a crash."""
    with Daemon() as daemon:
        outcomes = []

        def mails():
            try:
                while True:
                    answer, fields = ask(daemon, TAG)
                    equal(values(fields, "Subject"), [" [SPAM] Hello"])
                    outcomes.append("answered")
            except (OSError, Disconnected):
                outcomes.append("cut")
            except AssertionError as error:
                outcomes.append(error)

        threads = [threading.Thread(target=mails) for _ in range(20)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        equal(daemon.stop(), 0)
        for thread in threads:
            thread.join()
        equal([x for x in outcomes if x not in ("answered", "cut")], [])
        equal(outcomes.count("cut"), 20)


def test_interrupt_stops_too():
    with Daemon() as daemon:
        daemon.signal(signal.SIGINT)
        equal(daemon.wait(20), 0)


def test_hangup_reloads():
    """As with most daemons; libmilter by itself would end."""
    with Daemon() as daemon:
        for _ in range(3):
            daemon.signal(signal.SIGHUP)
            daemon.wait_for_log("reloaded (SIGHUP)")
            daemon.mark_log()
        equal(daemon.stop(), 0)


def test_pid_file():
    with Daemon(start=False) as daemon:
        daemon.configure("pid_file " + daemon.path("pid"))
        daemon.start()
        with open(daemon.path("pid")) as file:
            equal(int(file.read()), daemon.process.pid)
        equal(daemon.stop(), 0)
        assert not os.path.exists(daemon.path("pid"))


def test_systemd_is_told():
    with Daemon(start=False) as daemon:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(daemon.path("notify"))
            systemd.settimeout(120)
            daemon.start(environment={"NOTIFY_SOCKET": daemon.path("notify"),
                                      "WATCHDOG_USEC": "400000"})
            heard = []

            def wait_for(text):
                while not any(text in message for message in heard):
                    heard.append(systemd.recv(500).decode())

            wait_for("READY=1")
            wait_for("WATCHDOG=1")
            del heard[:]
            daemon.signal(signal.SIGUSR1)
            wait_for("RELOADING=1")
            wait_for("READY=1")
            daemon.signal(signal.SIGTERM)
            wait_for("STOPPING=1")
            equal(daemon.wait(20), 0)


def test_check_judges_as_the_filters_user():
    """What only root can read, a reload of the filter can't."""
    if os.geteuid() != 0:
        print("not root: left out")
        return
    with Daemon(start=False) as daemon:
        daemon.configure("user nobody\nsocket_mode 0666")
        os.chmod(daemon.directory, 0o755)
        shutil.chown(daemon.path("seal.key"), "nobody")
        path, rules = daemon.path("assay.conf"), daemon.path("rules.cf")
        equal(run("-t", "-c", path)[0], 0)
        os.chmod(rules, 0o600)
        code, _, err = run("-t", "-c", path)
        equal(code, 78)
        assert "rules.cf" in err and "Permission denied" in err, err
        os.chmod(rules, 0o644)
        os.chmod(path, 0o600)
        code, _, err = run("-t", "-c", path)
        equal(code, 0)
        assert "user nobody can't read it" in err, err


def test_other_user():
    """Started by root, it serves as somebody else, who can reload and keep records."""
    if os.geteuid() != 0:
        print("not root: left out")
        return
    with Daemon(start=False) as daemon:
        daemon.configure("user nobody\nsocket_mode 0666")
        os.chmod(daemon.directory, 0o777)
        shutil.chown(daemon.path("seal.key"), "nobody")
        daemon.start()
        with open("/proc/%d/status" % daemon.process.pid) as file:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        assert "\t0" not in "\t" + status["Uid"], status["Uid"]
        assert "0" not in status["Groups"].split(), status["Groups"]
        equal(status["NoNewPrivs"], "1")
        if "not restricted" not in daemon.new_log():
            equal(status["Seccomp"], "2")
        daemon.reload()
        equal(ask(daemon, TAG)[0].verdict, "c")
        equal(daemon.stop(), 0)
        assert not os.path.exists(daemon.socket)
