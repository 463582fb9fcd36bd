#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""DKIM, ARC and DMARC through the milter socket: what rules, header and log say, with a DNS that
answers, lies, or is dead. ASSAYD names the program. The last line counts.
"""
import os
import re
import sys
import tempfile
import time
import traceback
from importlib.machinery import SourceFileLoader

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(HERE, "..", "milter"), os.path.join(HERE, "..", "dns")]
differential = SourceFileLoader("differential", os.path.join(HERE, "run")).load_module()
from client import Connection  # noqa: E402
from daemon import Daemon, quick  # noqa: E402
from stub import Stub  # noqa: E402

RULES = """
full DKIM_SIGNED eval:check_dkim_signed()
full DKIM_VALID eval:check_dkim_valid()
full DKIM_VALID_AU eval:check_dkim_valid_author_sig()
full DKIM_VALID_EF eval:check_dkim_valid_envelopefrom()
full DKIM_BY_OTHER eval:check_dkim_valid('other.example', '.elsewhere.example')
full DKIM_BY_ORG eval:check_dkim_valid('*.org', '.example.org')
full ARC_VALID eval:check_arc_valid()
header SPF_FAIL eval:check_for_spf_fail()
header SPF_PASS eval:check_for_spf_pass()
header DMARC_PASS eval:check_dmarc_pass()
header DMARC_REJECT eval:check_dmarc_reject()
header DMARC_MISSING eval:check_dmarc_missing()
header ADSP_D eval:check_dkim_adsp('D')
header WELCOME eval:check_for_dkim_welcomelist_from()
header DEF_WELCOME eval:check_for_def_dkim_welcomelist_from()
adsp_override example.org discardable
welcomelist_from_dkim ann@example.org
def_welcomelist_auth *@example.org
""" + "".join("score %s 0.001\n" % name for name in (
    "DKIM_SIGNED DKIM_VALID DKIM_VALID_AU DKIM_VALID_EF DKIM_BY_OTHER DKIM_BY_ORG ARC_VALID SPF_FAIL SPF_PASS DMARC_PASS "
    "DMARC_REJECT DMARC_MISSING ADSP_D WELCOME DEF_WELCOME").split())

CONF = """
listen unix:{directory}/socket
store sqlite:{directory}/records.db
hostname receiver.example
rules {directory}/rules.cf
dns_server 127.0.0.1@{port}
dns_timeout {timeout}
scan_timeout 9s
"""

BODY = b"hello  there \r\n\r\nbye\r\n"
FIELDS = [b"From: Ann <ann@example.org>", b"To: bob@example.net", b"Subject: a  subject",
          b"Date: Mon, 1 Jan 2024 10:00:00 +0000"]
RAW = b"\r\n".join(FIELDS) + b"\r\n\r\n" + BODY
ALL_OF_ANN = {"DKIM_SIGNED", "DKIM_VALID", "DKIM_VALID_AU", "DKIM_BY_ORG", "WELCOME", "DEF_WELCOME",
              "DMARC_PASS"}


def sign(keys, raw=RAW, **more):
    import dkim
    return dkim.sign(raw, b"r", b"example.org", keys.rsa, include_headers=[b"from", b"to", b"subject"],
                     **more) + raw


# What fits into one packet.
PIECE_MAX = 65535


class Setting:
    """A DNS with keys, and a daemon that asks it."""

    def __init__(self, directory, timeout="2s"):
        self.keys = differential.Keys(directory)
        self.keys.zone.add("_dmarc.example.org", "TXT", ["v=DMARC1; p=reject"])
        self.stub = Stub(self.keys.zone).start()
        self.daemon = Daemon(start=False)
        self.daemon.write("rules.cf", RULES)
        self.daemon.write("assay.conf", CONF.format(directory=self.daemon.directory,
                                                    port=self.stub.port, timeout=timeout))
        self.daemon.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.daemon.__exit__(None, None, None)
        self.stub.stop()

    def send(self, raw, sender="bounce@example.com", client_ip="203.0.113.9", macros=None, pieces=()):
        """The rules that hit, and Authentication-Results; the body comes in pieces of these sizes, and
        the rest with the end of the message."""
        head, body = raw.split(b"\r\n\r\n", 1)
        with Connection(self.daemon.socket) as mta:
            mta.negotiate()
            mta.greeted = True
            mta.macros("C", j="mail.example.net", daemon_name="smtpd", v="Postfix 3.7.11")
            mta.connect(ip=client_ip)
            mta.helo()
            mta.envelope(queue_id="Q1", sender="<%s>" % sender, **(macros or {}))
            for field in re.split(rb"\r\n(?![ \t])", head):
                name, value = field.split(b":", 1)
                mta.header(name.decode(), value.replace(b"\r\n", b"\n").decode())
            for size in pieces:
                mta.body(body[:size])
                body = body[size:]
            while len(body) > PIECE_MAX:
                mta.body(body[:PIECE_MAX])
                body = body[PIECE_MAX:]
            answer = mta.end(body)
            mta.quit()
        fields = {name: re.sub(r"\s+", " ", value) for _, name, value in answer.inserted}
        tests = re.search(r"tests=(.*?) version=", fields["X-Spam-Status"]).group(1)
        return (set(re.split(r",\s*", tests)) - {"none"},
                fields.get("Authentication-Results", ""))


def expect(seen, rules, *texts):
    assert seen[0] == rules, (sorted(seen[0] ^ rules), seen)
    for text in texts:
        assert text in seen[1], (text, seen[1])


def test_signed_by_the_author(place):
    with Setting(place) as setting:
        for canon in (b"simple", b"relaxed"):
            raw = sign(setting.keys, canonicalize=(canon, canon))
            expect(setting.send(raw), ALL_OF_ANN, "dkim=pass header.d=example.org header.s=r",
                   "header.a=rsa-sha256", "dmarc=pass policy.dmarc=reject header.from=example.org")
        assert "dkim=pass, dmarc=pass" in setting.daemon.log()
        expect(setting.send(raw, "ann@example.org"), ALL_OF_ANN | {"DKIM_VALID_EF"})


def test_changed_on_the_way(place):
    with Setting(place) as setting:
        raw = sign(setting.keys).replace(b"bye", b"Bye")
        expect(setting.send(raw), {"DKIM_SIGNED", "DMARC_REJECT", "ADSP_D"},
               "dkim=fail (the body was changed) header.d=example.org",
               "dmarc=fail policy.dmarc=reject header.from=example.org")
        raw = sign(setting.keys).replace(b"a  subject", b"another")
        expect(setting.send(raw), {"DKIM_SIGNED", "DMARC_REJECT", "ADSP_D"}, "dkim=fail")


def test_body_in_pieces(place):
    """However it comes, and also where it is too long to be kept."""
    body = b"".join(b"line %d  with \t space \r\n" % i for i in range(20000)) + b"\r\n \r\nlone \r in\r\n"
    raw = b"\r\n".join(FIELDS) + b"\r\n\r\n" + body
    with Setting(place) as setting:
        for canon in (b"simple", b"relaxed"):
            signed = sign(setting.keys, raw, canonicalize=(canon, canon))
            first = len(body) % PIECE_MAX
            for pieces in ((), (1, 24, 1, 7), (first - 1,), (first,), (first + 1,)):
                expect(setting.send(signed, pieces=pieces), ALL_OF_ANN, "dkim=pass")
            changed = signed.replace(b"line 19999 ", b"line 19998 ")
            expect(setting.send(changed), {"DKIM_SIGNED", "ADSP_D", "DMARC_REJECT"},
                   "dkim=fail")
        with open(setting.daemon.path("assay.conf"), "a") as file:
            file.write("max_message_size 200k\n")
        setting.daemon.stop()
        setting.daemon.start()
        signed = sign(setting.keys, raw)
        rules, results = setting.send(signed)
        assert "DKIM_VALID" not in rules and "dkim=neutral" in results, (rules, results)


def test_not_signed(place):
    with Setting(place) as setting:
        expect(setting.send(RAW), {"DMARC_REJECT", "ADSP_D"}, "dkim=none;", "dmarc=fail")
        expect(setting.send(RAW.replace(b"example.org", b"example.info")), {"DMARC_MISSING"},
               "dmarc=none header.from=example.info")
        # Of several authors, the one that comes off worst counts.
        raw = RAW.replace(b"From: Ann", b"From: x@example.info, Ann")
        expect(setting.send(raw), {"DMARC_REJECT", "ADSP_D"}, "header.from=example.org")
        raw = b"From: x@example.info\r\n" + sign(setting.keys)
        expect(setting.send(raw), {"DKIM_SIGNED", "DMARC_REJECT"}, "one of several From fields")


def test_signed_by_another(place):
    with Setting(place) as setting:
        raw = sign(setting.keys, RAW.replace(b"ann@example.org", b"eve@example.info"))
        expect(setting.send(raw), {"DKIM_SIGNED", "DKIM_VALID", "DKIM_BY_ORG", "DMARC_MISSING"},
               "dkim=pass", "dmarc=none")


def test_chain(place):
    import random
    with Setting(place) as setting:
        rng = random.Random(5)
        raw = sign(setting.keys)
        while b"ARC-Seal" not in raw:
            raw = differential.seal(rng, setting.keys, sign(setting.keys))
        import dkim
        valid = dkim.arc_verify(raw, dnsfunc=setting.keys.txt)[0] == dkim.CV_Pass
        rules, results = setting.send(raw)
        assert ("ARC_VALID" in rules, "arc=pass" in results) == (valid, valid), (rules, results)
        rules, results = setting.send(raw.replace(b"spf=pass", b"spf=fail", 1))
        assert "ARC_VALID" not in rules and "arc=fail" in results, (rules, results)


def test_dead_dns(place):
    """Each message is answered at its deadline at the latest, and scored without."""
    with Setting(place, timeout="20s") as setting:
        setting.keys.zone.fault("*", drop=1.0)
        started = time.monotonic()
        expect(setting.send(sign(setting.keys)), {"DKIM_SIGNED", "ADSP_D"},
               "dkim=temperror", "dmarc=temperror")
        quick(time.monotonic() - started, 9, "an answer")
        assert "dkim=temperror" in setting.daemon.log()


def test_broken_answers(place):
    with Setting(place) as setting:
        setting.keys.zone.fault("r._domainkey.example.org", rcode=2)
        expect(setting.send(sign(setting.keys)), {"DKIM_SIGNED", "ADSP_D"},
               "dkim=temperror", "dmarc=temperror")
    with Setting(place) as setting:
        setting.keys.zone.fault("*", garbage=True)
        rules, _ = setting.send(sign(setting.keys))
        assert "DKIM_VALID" not in rules and "DMARC_PASS" not in rules, rules


def test_our_own(place):
    """Mail of users who have logged in, and of hosts of ours, is not held against its domain."""
    with Setting(place) as setting:
        assert "DMARC_REJECT" in setting.send(RAW)[0]
        seen = setting.send(RAW, macros={"auth_type": "PLAIN", "auth_authen": "ann"})
        expect(seen, {"ADSP_D"})
        assert not seen[1], seen
        expect(setting.send(RAW, client_ip="10.1.2.3"), {"ADSP_D"})


def test_switched_off(place):
    with Setting(place) as setting:
        with open(setting.daemon.path("assay.conf"), "a") as file:
            file.write("dkim no\ndmarc no\nspf no\n")
        setting.daemon.reload()
        expect(setting.send(sign(setting.keys)), set())
        assert not setting.send(RAW)[1]


FORWARDER = "203.0.113.9"
FOUND = (b"Authentication-Results: fw.example; spf=pass (ok; really) smtp.mailfrom=\"ann@example.org\";\r\n"
         b"\tdkim=pass header.d=example.org header.s=r\r\n")
FROM_STRANGER = b"Received: from x.example (x.example [198.51.100.66]) by fw.example; " \
                b"Mon, 1 Jan 2024 10:00:00 +0000\r\n"


def configure(setting, text):
    with open(setting.daemon.path("assay.conf"), "a") as file:
        file.write(text)
    setting.daemon.reload()


def test_trusted_forwarder(place):
    """What he found stands, if it is he who wrote it."""
    with Setting(place) as setting:
        setting.keys.zone.add("example.com", "TXT", ["v=spf1 -all"])
        changed = sign(setting.keys).replace(b"bye", b"bye, and unsubscribe")
        expect(setting.send(FOUND + changed), {"DKIM_SIGNED", "SPF_FAIL", "ADSP_D", "DMARC_REJECT"},
               "dkim=fail", "spf=fail", "dmarc=fail")
        configure(setting, "trusted_forwarders 203.0.113.0/24 lists.example\n")
        believed = ALL_OF_ANN | {"SPF_PASS"}
        for raw in (FOUND + FROM_STRANGER + changed, FOUND + changed):
            expect(setting.send(raw), believed,
                   "spf=pass (forwarded by 203.0.113.9) smtp.mailfrom=example.org",
                   "dkim=pass (as 203.0.113.9 found it) header.d=example.org", "dmarc=pass")
        assert "forwarder=203.0.113.9" in setting.daemon.log()
        # The stranger's own words, and those of a signature that isn't there.
        seen = setting.send(FROM_STRANGER + FOUND + changed)
        expect(seen, {"DKIM_SIGNED", "ADSP_D", "DMARC_REJECT"}, "spf=none (forwarded by 203.0.113.9)", "dkim=fail")
        seen = setting.send(FOUND.replace(b"header.s=r", b"header.s=e") + changed)
        assert "dkim=fail" in seen[1] and "DKIM_VALID" not in seen[0], seen
        # He says that it failed.
        seen = setting.send(FOUND.replace(b"=pass", b"=fail") + changed)
        expect(seen, {"DKIM_SIGNED", "SPF_FAIL", "ADSP_D", "DMARC_REJECT"}, "spf=fail (forwarded by")
        # Others are not believed.
        expect(setting.send(FOUND + changed, client_ip="198.51.100.9"),
               {"DKIM_SIGNED", "SPF_FAIL", "ADSP_D", "DMARC_REJECT"}, "dkim=fail")


def test_trusted_sealer(place):
    """The same by the results in a valid chain, up to the first set of somebody else."""
    import dkim
    with Setting(place) as setting:
        setting.keys.zone.add("example.com", "TXT", ["v=spf1 -all"])
        for domain in ("lists.example", "other.example"):
            record = setting.keys.zone.lookup("r._domainkey.example.org", 16)[0][0][2]
            setting.keys.zone.add("r._domainkey." + domain, "TXT", record)
        configure(setting, "trusted_forwarders lists.example\n")
        changed = sign(setting.keys).replace(b"bye", b"bye, and unsubscribe")

        def seal(raw, domain):
            return b"".join(dkim.arc_sign(raw, b"r", domain.encode(), setting.keys.rsa, b"fw.example",
                                          include_headers=[b"from", b"to", b"subject"])) + raw
        sealed = seal(FOUND + changed, "lists.example")
        expect(setting.send(sealed), ALL_OF_ANN | {"ARC_VALID", "SPF_PASS"}, "arc=pass",
               "spf=pass (forwarded by lists.example)", "dkim=pass (as lists.example found it)")
        broken = sealed.replace(b"unsubscribe", b"buy")
        expect(setting.send(broken), {"DKIM_SIGNED", "SPF_FAIL", "ADSP_D", "DMARC_REJECT"}, "arc=fail", "dkim=fail")
        expect(setting.send(seal(FOUND + changed, "other.example")),
               {"DKIM_SIGNED", "ARC_VALID", "SPF_FAIL", "ADSP_D", "DMARC_REJECT"}, "arc=pass", "dkim=fail")
        # Whoever had it after the trusted one may have changed it.
        seen = setting.send(seal(FOUND.replace(b"dkim=pass", b"arc=pass") + sealed, "other.example"))
        assert "forwarded by" not in seen[1] and "SPF_FAIL" in seen[0], seen


def main():
    try:
        import dkim  # noqa: F401
    except ImportError:
        print("SKIP: there is no python3-dkim to sign with")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    tests = [(n, f) for n, f in sorted(globals().items()) if n.startswith("test_")]
    failed = 0
    for name, test in tests:
        with tempfile.TemporaryDirectory(prefix="assay-dkim-") as directory:
            try:
                test(directory)
                print("ok - " + name)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print("not ok - " + name)
                traceback.print_exc(file=sys.stdout)
    print("%d passed, %d failed" % (len(tests) - failed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
