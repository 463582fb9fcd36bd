# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every subcommand: wrong arguments are named, lost output is told, and who waits says so."""
import os
import pty
import re
import select
import signal
import subprocess
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASSAY = os.path.abspath(os.environ.get("ASSAY", os.path.join(TOP, "build", "assay")))


def subcommands(place):
    names = re.findall(r"^  (\S+) ", place.assay("--help").decode(), re.M)
    assert len(names) >= 16, names
    return names


def test_wrong_options_are_named(place):
    for name in subcommands(place):
        place.assay(name, "--no-such-thing", status=64)
        assert 'assay %s: unknown option "--no-such-thing"' % name in place.stderr, place.stderr
        assert "see `assay %s --help`" % name in place.stderr, place.stderr
        place.assay(name, "--hepl", status=64)
        assert 'unknown option "--hepl"; did you mean "--help"?' in place.stderr, place.stderr
        place.assay(name, "-Q", status=64)
        assert 'assay %s: unknown option "-Q"' % name in place.stderr, place.stderr
        place.assay(name, "--help=yes", status=64)
        assert '"--help" takes no value' in place.stderr, place.stderr
        # Each option of the help that has a value, without it.
        text = place.assay(name, "--help").decode()
        for option in set(re.findall(r"(?<![-\w])(--[a-z-]+) [A-Z]+\b", text)):
            place.assay(name, option, status=64)
            assert '"%s" needs a value' % option in place.stderr, (name, option, place.stderr)
    place.assay("score", "--m", "x", status=64)
    assert '"--m" is short for several options' in place.stderr, place.stderr


def test_wrong_words_are_named(place):
    for args, text in ((("report", "deliverys"), 'no report "deliverys"; did you mean "deliveries"?'),
                       (("report", "deliveries", "more"), 'unexpected argument "more"'),
                       (("report", "message", "a", "b"), 'unexpected argument "b"'),
                       (("postfix", "attach", "it"), 'unexpected argument "it"'),
                       (("postfix", "join"), 'unknown command "join"'),
                       (("sendmail", "join"), 'unexpected argument "join"'),
                       (("sendmail", "attach", "it"), 'unexpected argument "it"'),
                       (("key", "old"), 'unknown command "old"'),
                       (("srs", "sideways", "a@b.test"), 'not "sideways"'),
                       (("list", "show", "block", "b"), 'unexpected argument "b"'),
                       (("list", "sho"), 'say add, remove or show, not "sho"'),
                       (("lists", "a"), 'unexpected argument "a"'),
                       (("spf", "a"), 'unexpected argument "a"'),
                       (("check-config", "a"), '"a" is one argument too many'),
                       (("tune", "a"), '"a" is no option'),
                       (("probe", "unix:/x", "a", "b"), 'unexpected argument "b"'),
                       (("report-mistake", "eggs", "a"), 'not "eggs"')):
        place.assay(*args, status=64)
        assert text in place.stderr, (args, place.stderr)


def test_passwords_are_not_shown(place):
    """However wrong the address is that has one."""
    for uri in ("redis://:hunter2@127.0.0.1:1/0", "redis://joe:hunter2@127.0.0.1:1/x", "REDIS://:hunter2@127.0.0.1:1",
                "redis://127.0.0.1:1/0?password=hunter2", "redis://127.0.0.1:1/x?password=hunter2",
                "redis://:hunter2@127.0.0.1:99999/0?password=hunter2", "valkey://joe:hunter2@127.0.0.1",
                "redis+sentinel://:hunter2@127.0.0.1:1/m?auth=hunter2"):
        place.write("secret.conf", "rules test.cf\nnetwork_tests no\nstore %s\n" % uri)
        os.chmod(os.path.join(place.path, "secret.conf"), 0o600)
        for command in (["check-config"], ["doctor", "--only", "config,store", "--socket", "unix:/nowhere"], ["learn", "--status"]):
            done = subprocess.run([ASSAY, *command, "-c", "secret.conf"], cwd=place.path, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            assert "hunter2" not in done.stdout, (uri, command, done.stdout)
            assert done.stdout, (uri, command)


def test_output_that_is_lost(place):
    place.write("store.conf", "rules test.cf\nnetwork_tests no\nstore sqlite:%s/store.db\n"
                "lessons sqlite:%s/lessons.db\nmistakes_directory mistakes\nrules_directory channels\n" %
                (place.path, place.path))
    place.assay("key", "new", "--group", "-", "one.key")
    place.write("srs.conf", "rules test.cf\nsrs always\nsrs_domain srs.test\nsrs_secret_file %s/one.key\n"
                "web_url https://a.test/\nweb_key_file %s/one.key\nweb_links_file %s/links\n" %
                (place.path, place.path, place.path))
    place.assay("list", "add", "block", "-c", "store.conf", "x@example.org")
    place.assay("learn", "-c", "store.conf", "--spam", "spam.eml")
    commands = [[name, "--help"] for name in subcommands(place)]
    commands += [["--help"], ["--version"],
                 ["score", "-c", "assay.conf", "ham.eml"],
                 ["score", "-c", "assay.conf", "--json", "ham.eml"],
                 ["check-config", "-c", "assay.conf", "--keys"],
                 ["list", "show", "-c", "store.conf"],
                 ["learn", "-c", "store.conf", "--status"],
                 ["learn", "-c", "store.conf", "--status", "--json"],
                 ["learn", "-c", "store.conf", "--export", "-"],
                 ["learn", "-c", "store.conf", "--ham", "ham.eml"],
                 ["list", "add", "block", "-c", "store.conf", "y@example.org"],
                 ["list", "remove", "block", "-c", "store.conf", "x@example.org"],
                 ["show", "-c", "assay.conf", "ham.eml"],
                 ["show", "-c", "assay.conf", "--json", "ham.eml"],
                 ["check-config", "-c", "assay.conf"],
                 ["check-config", "-c", "assay.conf", "--json"],
                 ["doctor", "-c", "store.conf", "--only", "config"],
                 ["rules", "list", "-c", "store.conf"],
                 ["report", "deliveries", "-c", "store.conf", "--help"],
                 ["srs", "-c", "srs.conf", "forward", "a@b.test"],
                 ["sendmail", "attach", "-c", "assay.conf"],
                 ["import", "spamassassin", "--dry-run", "-c", "store.conf", place.path],
                 ["web", "link", "--account", "a@b.test", "-c", "srs.conf"],
                 ["tune", "-c", "assay.conf", "--hits", "--ham", "ham.eml", "--spam", "spam.eml"],
                 ["report-mistake", "-c", "store.conf", "spam", "spam.eml"],
                 ["lookup", "a@example.org"],
                 ["dkim", "--dns-server", "127.0.0.1@1", "ham.eml"],
                 ["spf", "--ip", "192.0.2.1", "--helo", "a.test", "--dns-server", "127.0.0.1@1",
                  "--timeout", "1"]]
    for args in commands:
        with open("/dev/full", "w", encoding="ascii") as full:
            result = subprocess.run([ASSAY, *args], cwd=place.path, stdout=full, stderr=subprocess.PIPE,
                                    stdin=subprocess.DEVNULL, timeout=60, check=False)
        assert result.returncode == 74, (args, result.returncode, result.stderr)
        assert b"the output can't be written: No space left on device" in result.stderr or \
            b"cannot be written" in result.stderr, (args, result.stderr)


def on_a_terminal(place, *args):
    """What the command says on stderr within some time, with a terminal as its stdin."""
    master, slave = pty.openpty()
    with subprocess.Popen([ASSAY, *args], cwd=place.path, stdin=slave, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE) as process:
        os.close(slave)
        said, end = b"", time.monotonic() + 30
        while b"\n" not in said and time.monotonic() < end:
            if select.select([process.stderr], [], [], 0.5)[0]:
                piece = os.read(process.stderr.fileno(), 4096)
                if not piece:
                    break
                said += piece
        os.write(master, b"From: a@example.org\n\nfive points\n\x04")
        try:
            status = process.wait(30)
        finally:
            process.send_signal(signal.SIGKILL)
        os.close(master)
    return said, status


def test_who_waits_says_so(place):
    waiting = b"assay: waiting for a message on standard input; Ctrl-D ends it\n"
    place.write("learn.conf", "rules test.cf\nnetwork_tests no\nlessons sqlite:%s/lessons.db\n" % place.path)
    for args in (("score", "-c", "assay.conf"), ("score", "-c", "assay.conf", "-"),
                 ("score", "-c", "assay.conf", "--attached"),
                 ("dkim", "--dns-server", "127.0.0.1@1"),
                 ("learn", "-c", "learn.conf", "--forget")):
        said, status = on_a_terminal(place, *args)
        assert said.startswith(waiting), (args, said)
        assert status == (66 if "--attached" in args else 0), (args, status)
    place.score(stdin=b"From: a@example.org\n\nx\n")
    assert "waiting" not in place.stderr, place.stderr


def test_empty_reports_say_so(place):
    place.write("store.conf", "store sqlite:%s/store.db\n" % place.path)
    place.assay("list", "add", "block", "-c", "store.conf", "x@example.org")
    for report in ("deliveries", "tagged", "rejects", "forwarded-discards"):
        assert place.assay("report", report, "-c", "store.conf", "--since", "7d") == b""
        assert place.stderr == "assay report: nothing to report of %s, with --since 7d\n" % report, place.stderr
        assert place.assay("report", report, "-c", "store.conf", "--json") == b"" and place.stderr == ""
    place.assay("list", "remove", "block", "-c", "store.conf", "x@example.org")
    assert place.assay("list", "show", "-c", "store.conf") == b""
    assert "no list has anything" in place.stderr, place.stderr


def test_scores_are_exact_and_sorted(place):
    place.write("many.cf", "".join("body R%d /five/\nscore R%d %s\n" % (i, i, score) for i, score in
                                   enumerate(("0.201", "1.5", "-0.333", "2.125", "0.9", "0.002", "-1.001"))))
    text = place.assay("score", "--rules", "many.cf", "--local", "spam.eml").decode()
    points = re.findall(r"^ +(-?[0-9.]+)  (?:R\d|Less)", text, re.M)
    assert points == ["2.125", "1.5", "0.9", "0.201", "0.002", "-0.333", "-1.001"], text
    assert "    3.394  in all" in text, text


def test_logs_and_stores_that_are_not_there(place):
    """What is missing is told as that, and an empty result says so."""
    place.write("rules.cf", "body A /a/\n")
    place.write("assay.conf", "rules rules.cf\nnetwork_tests no\ncache_directory\nstore sqlite:%s/none.db\n" % place.path)
    place.write("log", "")
    health = ["health", "-c", "assay.conf", "--receivers", os.path.join(TOP, "contrib", "health", "receivers"), "--log"]
    for command in (["report", "deliveries", "-c", "assay.conf"], health + ["log"]):
        place.assay(*command, status=74)
        assert "there is no such file: assayd makes it" in place.stderr, place.stderr
    assert not os.path.exists(os.path.join(place.path, "none.db"))
    place.assay("list", "add", "welcome", "--recipient", "joe@example.com", "ann@example.net", "-c", "assay.conf")
    assert b"no line of the log is about a forward" in place.assay(*health, "log")
    place.assay(*health, place.path, status=74)
    assert "Is a directory" in place.stderr, place.stderr
