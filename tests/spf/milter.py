#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""SPF through the milter socket: our own cases and every test of the RFC 7208 suite, 2,000 messages from 500
domains over many connections with a bad DNS, aborted messages, and dead servers.

milter.py [suite|load|dead|abort...] (default: all); ASSAYD names the program."""

import os
import re
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(HERE, ".."), os.path.join(HERE, "..", "milter")]
import load  # noqa: E402
import own  # noqa: E402
import suite  # noqa: E402
from client import Connection  # noqa: E402
from daemon import Daemon, executable  # noqa: E402
import pace  # noqa: E402
from suite import stub  # noqa: E402

CONF = """
listen unix:{directory}/socket
store sqlite:{directory}/records.db
hostname receiver.example
trusted_networks 127.0.0.0/8 198.18.0.0/15
rules {directory}/rules.cf
dns_server 127.0.0.1@{port}
dns_timeout {dns_timeout}
spf_timeout {spf_timeout}
"""

RULES = "".join(
    "header %s%s eval:check_for_spf_%s%s()\nscore %s%s 0.001\n" % (
        prefix, word.upper(), helo, word, prefix, word.upper())
    for prefix, helo in (("SPF_", ""), ("SPF_HELO_", "helo_"))
    for word in ("pass", "neutral", "none", "fail", "softfail", "permerror", "temperror"))


# What must not take for ever ends within a second or two, or on a machine that runs ThreadSanitizer
# and other tests as well, in less than this.
SLOW_MACHINE_S = 50


def start_daemon(port, dns_timeout="10s", spf_timeout="20s"):
    daemon = Daemon(start=False)
    daemon.write("rules.cf", RULES)
    daemon.write("assay.conf", CONF.format(directory=daemon.directory, port=port,
                                           dns_timeout=dns_timeout, spf_timeout=spf_timeout))
    return daemon.start()


def unfold(value):
    return re.sub(r"\n[ \t]", " ", value).strip()


def explanation_of(received):
    match = re.search(r'x-explanation=("(?:[^"\\]|\\.)*"|[^;\s]*)', received)
    if not match:
        return ""
    text = match.group(1)
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[:1] == '"' else text


def send(connection, sender):
    connection.mail("<%s>" % sender)
    connection.rcpt()
    connection.header("From", " joe@example.org")
    connection.header("Subject", " hello")
    return connection.end(b"hello\r\n")


class Seen:
    """What one message got: words of Received-SPF, and the rules that hit."""

    def __init__(self, answer):
        fields = {name: unfold(value) for _, name, value in answer.inserted}
        self.received = fields.get("Received-SPF", "")
        self.result = self.received.partition(" ")[0]
        self.authentication = fields.get("Authentication-Results", "")
        self.rules = re.search(r"tests=(.*?) version=", fields["X-Spam-Status"]).group(1)
        self.rules = self.rules.replace(", ", ",").split(",")

    def problem(self):
        """What doesn't fit together, or None."""
        if "SPF_" + self.result.upper() not in self.rules:
            return "%s, but rules %s" % (self.result, self.rules)
        if not self.authentication.startswith("receiver.example; spf=%s " % self.result):
            return "Authentication-Results: " + self.authentication
        if "receiver=receiver.example;" not in self.received:
            return "Received-SPF: " + self.received
        return None


def ask(daemon, test):
    with Connection(daemon.socket) as connection:
        connection.negotiate()
        connection.connect(ip=test["host"])
        connection.helo(test["helo"])
        return Seen(send(connection, test["mailfrom"]))


def run_suite():
    passed, failed = 0, 0
    for description, zone, tests in own.scenarios() + (suite.load_or_none() or []):
        server = stub.Stub(zone).start()
        # Only where a question is never answered must the wait be short; elsewhere a busy machine
        # has all the time that it needs.
        patience = "2s" if zone.timeouts else "20s"
        with start_daemon(server.port, patience, "60s") as daemon:
            for name, test in tests.items():
                seen = ask(daemon, test)
                problem = (suite.wrong(test, seen.result, explanation_of(seen.received)) or
                           seen.problem())
                passed += problem is None
                if problem:
                    failed += 1
                    print("%s: %s: %s" % (description, name, problem))
            words = re.findall(r" spf=(\w+)", daemon.log())
            if len(words) != len(tests):
                failed += 1
                print("%s: %d log lines with spf=" % (description, len(words)))
        server.stop()
    print("cases of our own and of the RFC 7208 suite, through the milter: %d of %d tests passed" % (passed, passed + failed))
    return failed or not passed


def run_parallel(daemon, cases, connections):
    """Each case is (ip, helo, sender, result); every connection sends many messages."""
    failures, longest, lock, left = [], [0], threading.Lock(), list(enumerate(cases))

    def work():
        while True:
            with lock:
                if not left:
                    return
                number, (ip, helo, sender, result) = left.pop()
            begun = time.monotonic()
            with Connection(daemon.socket) as connection:
                connection.negotiate()
                connection.connect(ip=ip)
                connection.helo(helo)
                if number % 50 == 0:
                    connection.mail("<%s>" % sender)
                    connection.abort()
                seen = Seen(send(connection, sender))
            with lock:
                longest[0] = max(longest[0], time.monotonic() - begun)
                if seen.result != result or seen.problem():
                    failures.append("%s %s: %s, not %s (%s) %s" % (
                        ip, sender, seen.result, result, seen.received, seen.problem()))

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for failure in failures[:10]:
        print(failure)
    return len(failures), longest[0]


def resident_kib(daemon):
    with open("/proc/%d/status" % daemon.process.pid) as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def keeps_freed_memory():
    """A build with a sanitizer."""
    with open(executable(), "rb") as file:
        program = file.read()
    return b"__asan_init" in program or b"__tsan_init" in program


def has_settled(sizes):
    """A leak would go on; with a sanitizer memory isn't given back at once."""
    return keeps_freed_memory() or sizes[-1] <= sizes[-2] * 1.1


def run_load():
    zone, cases = load.zone_and_cases()
    server = stub.Stub(zone, ttl=1).start()
    with start_daemon(server.port) as daemon:
        # The heaps of the threads are as large as they get only after some rounds.
        runs, sizes = [], []
        while len(runs) < 2 or (len(runs) < 5 and not has_settled(sizes)):
            runs.append(run_parallel(daemon, cases, 250))
            sizes.append(resident_kib(daemon))
    server.stop()
    failed = sum(wrong for wrong, _ in runs)
    print("%d messages from %d domains, %d times: %d wrong, longest %.1f s, %s KiB" % (
        len(cases), load.DOMAINS, len(runs), failed, max(longest for _, longest in runs),
        ", then ".join(map(str, sizes))))
    return failed or not has_settled(sizes)


def run_dead():
    zone, cases = load.zone_and_cases()
    zone = stub.Zone()
    zone.fault("*", drop=1)
    server = stub.Stub(zone).start()
    with start_daemon(server.port, "1s", "1500ms") as daemon:
        cases = [(ip, helo, sender, "temperror") for ip, helo, sender, _ in cases[:500]]
        failed, longest = run_parallel(daemon, cases, 100)
        logged = len(re.findall(r" spf=temperror", daemon.log()))
        seen = ask(daemon, {"host": "192.0.2.1", "helo": "h.example", "mailfrom": "joe@d.example"})
        failed += "problem=" not in seen.received or logged < len(cases)
        if "dns: no server has answered" not in daemon.log():
            failed += 1
            print("the log doesn't say that the DNS is dead")
        zone.faults.clear()
        zone.add("d.example", "TXT", "v=spf1 ip4:192.0.2.1 -all")
        until = time.monotonic() + 300
        while seen.result != "pass" and time.monotonic() < until:
            seen = ask(daemon, {"host": "192.0.2.1", "helo": "h.example",
                                "mailfrom": "joe@d.example"})
        if seen.result != "pass" or "dns: the servers answer again" not in daemon.log():
            failed += 1
            print("servers that are back: %s\n%s" % (seen.result, daemon.log()[-500:]))
    server.stop()
    print("%d messages without any DNS: %d wrong, longest %.1f s" % (len(cases), failed, longest))
    return failed or not pace.allowed(longest, SLOW_MACHINE_S)


def run_abort():
    """Clients that go away at every step, while the DNS is slow; and those that nobody asks about."""
    zone = stub.Zone()
    zone.fault("*", delay="0.5")
    zone.add("d.example", "TXT", "v=spf1 ip4:192.0.2.1 -all")
    server = stub.Stub(zone).start()
    failed = 0
    with start_daemon(server.port) as daemon:
        for step in range(60):
            with Connection(daemon.socket) as connection:
                connection.negotiate()
                connection.connect(ip="192.0.2.1")
                connection.helo("h%d.example" % step)
                connection.mail("<joe@d.example>")
                if step % 3 == 0:
                    connection.abort()
                elif step % 3 == 1:
                    connection.mail("<joe@other%d.example>" % step)
        for name, ip, macros in (("trusted", "198.18.0.1", {}),
                                 ("authenticated", "192.0.2.9", {"auth_authen": "joe"}),
                                 ("local", None, {})):
            with Connection(daemon.socket) as connection:
                connection.negotiate()
                connection.connect(ip=ip)
                connection.helo()
                connection.macros("M", i="Q1", **macros)
                connection.mail("<joe@d.example>")
                connection.rcpt()
                connection.header("Received-SPF", " pass (x) receiver=receiver.example; "
                                  "client-ip=192.0.2.1; identity=mailfrom")
                connection.header("Received-SPF", " fail (x) receiver=other.example; "
                                  "identity=mailfrom")
                answer = connection.end(b"hello\r\n")
                names = [field for _, field, _ in answer.inserted]
                if "Received-SPF" in names or "Authentication-Results" in names:
                    failed += 1
                    print("a client that is %s is asked about" % name)
                changed = [c for c in answer.changed if not c[0].startswith("X-Assay-")]
                if changed != [("Received-SPF", 1, "")]:
                    failed += 1
                    print("a forged Received-SPF: %r" % answer.changed)
        begun = time.monotonic()
        with Connection(daemon.socket) as connection:
            connection.negotiate()
            connection.connect(ip="192.0.2.1")
            connection.helo("late.example")
            connection.mail("<joe@d.example>")
        daemon.stop()
        failed += not pace.allowed(time.monotonic() - begun, SLOW_MACHINE_S)
    server.stop()
    print("aborted messages, and clients that are known: %d wrong" % failed)
    return failed


PARTS = {"abort": run_abort, "dead": run_dead, "load": run_load, "suite": run_suite}


def main():
    failed = [name for name in sys.argv[1:] or PARTS if PARTS[name]()]
    if failed:
        print("failed: " + " ".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
