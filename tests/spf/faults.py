#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resolver through `assay spf` against a stub with faults: truncation, TCP, IPv6, wrong ids,
loops, nonsense. Also that what arrives from the DNS is shown safely.

faults.py [ASSAY]"""

import json
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "dns")]
import pace  # noqa: E402
import stub  # noqa: E402

failures = []


def check(condition, text):
    if not condition:
        failures.append(text)
        print("FAILED: " + text)


class Assay:
    def __init__(self, command, port):
        self.command, self.port = command, port

    def run(self, domain, *more, server="127.0.0.1", ip="192.0.2.1", dns_timeout="0.8"):
        started = time.monotonic()
        done = subprocess.run(
            [self.command, "spf", "--dns-server", "%s@%d" % (server, self.port), "--dns-timeout",
             dns_timeout, "--ip", ip, "--helo", "helo.example", "--from", "joe@" + domain, *more],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
        check(done.returncode == 0 and not done.stderr,
              "%s: exit status %d, %r" % (domain, done.returncode, done.stderr))
        return done.stdout, time.monotonic() - started

    def json(self, domain, **options):
        out, seconds = self.run(domain, "--json", **options)
        answer = json.loads(out)
        answer["seconds"] = seconds
        return answer


def build_zone():
    zone = stub.Zone()
    for name in ("good", "truncate", "no-tcp", "wrong-id", "wrong-question", "garbage", "servfail",
                 "refused", "slow", "lies"):
        zone.add(name + ".example", "TXT", "v=spf1 ip4:192.0.2.1 -all")
    zone.fault("truncate.example", truncate=True)
    zone.fault("no-tcp.example", truncate=True, no_tcp=True)
    zone.fault("wrong-id.example", wrong_id=True)
    zone.fault("wrong-question.example", wrong_question=True)
    zone.fault("garbage.example", garbage=True)
    zone.fault("servfail.example", rcode=2)
    zone.fault("refused.example", rcode=5)
    zone.fault("slow.example", delay="0.3")
    zone.fault("lies.example", lie=1)
    # 40 KB of TXT records, which need TCP, and one of them is SPF's.
    for i in range(160):
        zone.add("large.example", "TXT", "%03d" % i + "x" * 240)
    zone.add("large.example", "TXT", ["v=spf1 ", "ip4:192.0.2.1", " -all"])
    zone.add("loop.example", "CNAME", "pool.example")
    zone.add("pool.example", "CNAME", "loop.example")
    zone.add("alias.example", "CNAME", "good.example")
    zone.add("evil.example", "TXT", "v=spf1 -all exp=evilexp.example")
    zone.add("evilexp.example", "TXT", "no%_%{l}\x1b[31m\x07\xff")
    zone.add("evil2.example", "TXT", "v=spf1 -all exp=evilexp2.example")
    zone.add("evilexp2.example", "TXT", "sorry %{l}")
    zone.add("evil3.example", "TXT", "v=spf1 \x1b[31m\xff -all")
    zone.add("unexplained.example", "TXT", "v=spf1 -all exp=lost.example")
    zone.add("unfinished.example", "TXT", "v=spf1 a:lost.example -all")
    zone.timeouts.add("lost.example")
    return zone


def main():
    server = stub.Stub(build_zone()).start()
    assay = Assay(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ASSAY", "./assay"), server.port)

    for name, result in (("good", "pass"), ("truncate", "pass"), ("slow", "pass"), ("lies", "pass"),
                         ("alias", "pass"), ("large", "pass"), ("missing", "none"),
                         ("no-tcp", "temperror"), ("wrong-id", "temperror"),
                         ("wrong-question", "temperror"), ("garbage", "temperror"),
                         ("servfail", "temperror"), ("refused", "temperror"), ("loop", "temperror")):
        # Where an answer comes, a slow machine has time for it.
        answer = assay.json(name + ".example", dns_timeout="0.8" if result == "temperror" else "20")
        check(answer["result"] == result, "%s.example: %s should be %s (%s)" % (
            name, answer["result"], result, answer["mailfrom"]["problem"]))
        check(pace.allowed(answer["seconds"], 15 if result == "temperror" else 40), "%s.example took %.1f s" % (name, answer["seconds"]))
    check(any(entry[2] == "tcp" for entry in server.log), "nothing came by TCP")

    answer = assay.json("good.example", server="::1")
    check(answer["result"] == "pass", "an IPv6 server gives " + answer["result"])
    answer = assay.json("good.example", ip="::ffff:192.0.2.1")
    check(answer["result"] == "pass" and answer["client_ip"] == "192.0.2.1", "IPv4-mapped client")

    # A result counts without its explanation; without an answer that it needs there is none.
    for domain, result in (("unexplained.example", "fail"), ("unfinished.example", "temperror")):
        out, seconds = assay.run(domain, "--json", "--timeout", "0.8", dns_timeout="60")
        answer = json.loads(out)
        check(answer["result"] == result and pace.allowed(seconds, 8), "%s: %s after %.1f s" % (
            domain, answer["result"], seconds))
        check(answer["timed_out"] == (result == "temperror"), "%s: timed_out" % domain)

    # What strangers wrote is neither a terminal's command nor a line of its own.
    for domain in ("evil.example", "evil2.example", "evil3.example"):
        out, _ = assay.run(domain, "--from", "joe\x1b[31m\r\nfail@" + domain)
        check(all(byte >= 32 or byte == 10 for byte in out), "%s: %r" % (domain, out))
        check(b"\nfail" not in out, "%s forges a line: %r" % (domain, out))
    check(assay.json("evil.example")["mailfrom"]["explanation"] == "", "an explanation with controls")

    for arguments in (["--ip", "localhost"], ["--dns-server", "nobody"], [], ["--ip", "::1", "--x"],
                      ["--ip", "::1", "--timeout", "0"], ["--ip", "::1", "--timeout", "-1"]):
        done = subprocess.run([assay.command, "spf"] + arguments, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        check(done.returncode == 64 and done.stderr, "%r: status %d" % (arguments, done.returncode))
    server.stop()
    print("%d failures" % len(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
