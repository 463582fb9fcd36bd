# SPDX-License-Identifier: GPL-3.0-or-later
"""SPF from a real MTA's connection, with the DNS stub of tests/dns."""

import os
import sys
import time

from harness.env import STRANGER, TOP, check, check_equal, write
from harness.mail import HAM, SENDER, connect
from harness.suite import test

sys.path[:0] = [os.path.join(TOP, "tests"), os.path.join(TOP, "tests", "dns")]
import pace  # noqa: E402
import stub  # noqa: E402

BOX, FORWARD = "box@hosted.example", "fwd@hosted.example"


class Dns:
    """The sender's domain lets nobody but the stranger send."""

    def __init__(self, **faults):
        zone = stub.Zone()
        zone.add("sender.example", "TXT", "v=spf1 ip4:%s -all" % STRANGER)
        zone.add("mail.sender.example", "TXT", "v=spf1 a -all")
        zone.add("mail.sender.example", "A", STRANGER)
        zone.add("forged.example", "TXT", "v=spf1 -all exp=why.forged.example")
        zone.add("xn--mller-kva.example", "TXT", "v=spf1 ip4:%s -all" % STRANGER)
        zone.add("partner.example", "TXT", "v=spf1 ip4:203.0.113.1 -all")
        zone.add("why.forged.example", "TXT", "%{i} is none of ours")
        zone.fault("*", **faults)
        self.stub = stub.Stub(zone).start()
        self.keys = {"network_tests": "yes", "dns_server": "127.0.0.1@%d" % self.stub.port,
                     "dns_timeout": "1s", "spf_timeout": "2s"}

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stub.stop()


@test(hop=False, needs=["stranger"])
def spf_of_the_sender_is_in_the_header(t):
    with Dns() as dns:
        t.start(dns.keys)
        forged = (b"Authentication-Results: mx.hosted.example; spf=pass smtp.mailfrom=x\r\n"
                  b"Received-SPF: pass (x) receiver=mx.hosted.example; identity=mailfrom\r\n")
        good = t.send(HAM, BOX)
        bad = t.send(HAM, BOX, sender="eve@forged.example", headers=forged)
        mail = t.boxes.one(good)
        check(mail.get("Received-SPF").startswith("pass ("), "Received-SPF")
        check("spf=pass" in mail.get("Authentication-Results") and
              "smtp.mailfrom=%s" % SENDER in mail.get("Authentication-Results"),
              "Authentication-Results")
        block = mail.header_block()
        check(block.index(b"Received-SPF:") < block.index(b"\r\nReceived:"), "above Received")
        mail = t.boxes.one(bad)
        # With get(), there is one field only.
        check(mail.get("Received-SPF").startswith("fail ("), "Received-SPF of the forged one")
        check("client-ip=%s;" % STRANGER in mail.get("Received-SPF"), "client-ip")
        check('x-explanation="%s is none of ours"' % STRANGER in mail.get("Received-SPF"),
              "the explanation")
        check("spf=fail" in mail.get("Authentication-Results"), "Authentication-Results")
        log = "\n".join(t.filter.log_lines())
        check("spf=pass" in log and "spf=fail" in log, "the log says so: %s" % log)


@test(hop=False, needs=["stranger"])
def spf_waits_for_no_dead_server(t):
    with Dns(drop=1) as dns:
        t.start(dns.keys)
        begun = time.monotonic()
        mail = t.boxes.one(t.send(HAM, BOX))
        check(pace.allowed(time.monotonic() - begun, 8), "took %.1f s" % (time.monotonic() - begun))
        check(mail.get("Received-SPF").startswith("temperror ("), "Received-SPF")
        check("problem=" in mail.get("Received-SPF"), "the problem is named")
        check("spf=temperror" in "\n".join(t.filter.log_lines()), "the log says so")


@test(hop=False, needs=["stranger"])
def spf_goes_on_while_the_message_arrives(t):
    """Two messages in one session, with a reset between them, and a client that hangs up."""
    with Dns(delay="0.3") as dns:
        t.start(dns.keys)
        with connect(t.mta) as smtp:
            smtp.mail(SENDER)
            smtp.rcpt(BOX)
            smtp.rset()
            smtp.mail("eve@forged.example")
            smtp.rcpt(BOX)
        check(t.boxes.one(t.send(HAM, BOX)).get("Received-SPF").startswith("pass ("), "the next")


@test(needs=["stranger"])
def the_hop_asks_no_spf(t):
    with Dns() as dns:
        t.start(dns.keys)
        mail = t.outside.one(t.send(HAM, FORWARD))
        check(mail.get("Received-SPF").startswith("pass ("), "the front's result, once")
        check_equal(sum("spf=" in line for line in t.filter.log_lines()), 1, "log lines with spf=")


@test(hop=False, needs=["stranger", "smtputf8"])
def international_senders(t):
    """Domains are A-labels in our fields; the rest of the address is as it was."""
    with Dns() as dns:
        t.start(dns.keys)
        mail = t.boxes.one(t.send(HAM, BOX, sender="jörg@müller.example", options=["SMTPUTF8"]))
        results = mail.raw("Authentication-Results")[0].decode()
        check("spf=pass (xn--mller-kva.example designates" in " ".join(results.split()), results)
        check("smtp.mailfrom=jörg@xn--mller-kva.example" in results, results)
        check("?" not in results + mail.raw("Received-SPF")[0].decode(), "no question marks")


@test(hop=False, needs=["stranger"])
def spf_of_the_first_host_that_is_not_internal(t):
    """By the networks of the rule files: a trusted host is asked about unless it is internal, and
    then the one before it, or what the internal host found where that is to be used."""
    relayed = (b"Received-SPF: softfail (mx: x) receiver=mx.sender.example; identity=mailfrom\r\n"
               b"Received: from far.example (far.example [203.0.113.1])\r\n"
               b"\tby mail.sender.example (Postfix) with ESMTP id 1; Mon, 2 Mar 2026 10:00:00 +0000\r\n"
               b"Received-SPF: pass (forged) identity=mailfrom\r\n")
    for site, expected in (
            ("trusted_networks %s 192.0.2.1\ninternal_networks 192.0.2.1\n" % STRANGER, "fail"),
            ("trusted_networks %s\n" % STRANGER, "pass"),
            ("trusted_networks %s\nignore_received_spf_header 0\n" % STRANGER, None)):
        with Dns() as dns:
            rules = write(os.path.join(t.dir, "site.cf"), site)
            t.start(dict(dns.keys, rules=[t.filter.rules, rules]))
            mail = t.boxes.one(t.send(HAM, BOX, sender="joe@partner.example", above=relayed))
            found = [value.split()[0] for value in mail.raw("Received-SPF")]
            # What the internal host found is there already.
            check_equal(found[0].decode(), expected or "softfail", site)
            check_equal(len(found), 2, site)
            check("spf=%s" % (expected or "softfail") in "\n".join(t.filter.log_lines()), site)
            t.filter.discard()
