#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""SPF under load: 2,000 checks at once for 500 domains against servers that answer after 0 to 300 ms,
drop 5 % of the questions and lie in 1 %; and against servers that are dead.

load.py [SPF_LOAD [ROUNDS]]"""

import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "dns"))
import stub  # noqa: E402

DOMAINS = 500
CHECKS = 2000


def policy(zone, i):
    """Adds a domain's records; returns [(client, result)]."""
    domain, good, bad = "d%d.example" % i, "10.0.%d.%d" % (i >> 8, i & 255), "192.0.2.%d" % (i & 255)
    good6 = "2001:db8::%x" % (i + 1)
    kind = i % 6
    if kind == 0:
        zone.add(domain, "TXT", "v=spf1 ip4:%s -all" % good)
        return [(good, "pass"), (bad, "fail")]
    if kind == 1:
        zone.add(domain, "TXT", "v=spf1 include:i%d.example ~all" % i)
        zone.add("i%d.example" % i, "TXT", "v=spf1 mx:m%d.example ip6:%s -all" % (i, good6))
        zone.add("m%d.example" % i, "MX", [10, "h%d.example" % i])
        zone.add("h%d.example" % i, "A", good)
        return [(good, "pass"), (good6, "pass"), (bad, "softfail")]
    if kind == 2:
        zone.add(domain, "TXT", "v=spf1 redirect=r%d.example" % i)
        zone.add("r%d.example" % i, "TXT", "v=spf1 exists:%%{ir}.x%d.example ?all" % i)
        zone.add(".".join(reversed(good.split("."))) + ".x%d.example" % i, "A", "127.0.0.2")
        return [(good, "pass"), (bad, "neutral")]
    if kind == 3:
        zone.add(domain, "TXT", "v=spf1 ptr -all")
        zone.add(".".join(reversed(good.split("."))) + ".in-addr.arpa", "PTR", "p." + domain)
        zone.add("p." + domain, "A", good)
        return [(good, "pass"), (bad, "fail")]
    if kind == 4:
        zone.add(domain, "TXT", "v=spf1 a//64 a:x%d.example/24 -moo" % i)
        return [(good, "permerror")]
    zone.add(domain, "A", good)
    return [(good, "none")]


def zone_and_cases():
    """The bad DNS, and 2,000 of (client, HELO, sender, result)."""
    zone = stub.Zone()
    zone.fault("*", delay="0-0.3", drop=0.05, lie=0.01)
    known = [(i, client, result) for i in range(DOMAINS) for client, result in policy(zone, i)]
    picked = [known[n % len(known)] for n in range(CHECKS)]
    return zone, [(client, "helo%d.example" % i, "user%d@d%d.example" % (n, i), result)
                  for n, (i, client, result) in enumerate(picked)]


def run(program, port, dns_timeout, timeout, rounds, lines):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("".join(line + "\n" for line in lines))
        file.flush()
        return subprocess.run([program, "127.0.0.1@%d" % port, str(dns_timeout), str(timeout),
                               str(rounds), file.name], timeout=600).returncode


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else "./spf_load"
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    zone, cases = zone_and_cases()
    lines = [" ".join(case) for case in cases]
    server = stub.Stub(zone, ttl=1).start()
    failed = run(program, server.port, 10000, 20000, rounds, lines)
    print("the stub saw %d questions and left %d unanswered" % (server.queries, server.unanswered))
    server.stop()

    dead = stub.Zone()
    dead.fault("*", drop=1)
    server = stub.Stub(dead).start()
    lines = [" ".join(line.split()[:3]) + " temperror" for line in lines]
    print("no server answers:")
    failed |= run(program, server.port, 1500, 2000, 1, lines)
    server.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
