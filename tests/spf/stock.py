#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""SpamAssassin's own SPF rules, and ours, on stored messages whose client, HELO and sender come from
their headers. Where SpamAssassin is installed, --oracle compares with what it says itself.

stock.py [ASSAY] [--oracle]"""

import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "dns"))
import stub  # noqa: E402

STOCK = "/usr/share/spamassassin"
OURS = os.path.join(HERE, "..", "..", "rules", "assay", "61_spf.cf")

# (word of the sender's domain, HELO, client, names of SpamAssassin's rules)
CASES = [
    ("pass", "helo.pass.example", "192.0.2.77", "SPF_HELO_PASS SPF_PASS"),
    ("fail", "helo.fail.example", "192.0.2.77", "META_OF_SPF SPF_FAIL SPF_HELO_FAIL"),
    ("softfail", "helo.softfail.example", "192.0.2.77", "SPF_HELO_SOFTFAIL SPF_SOFTFAIL"),
    ("neutral", "helo.none.example", "192.0.2.77", "SPF_HELO_NONE SPF_NEUTRAL"),
    ("none", "helo.neutral.example", "192.0.2.77", "SPF_HELO_NEUTRAL SPF_NONE"),
    ("permerror", "helo.permerror.example", "192.0.2.77", "T_SPF_HELO_PERMERROR T_SPF_PERMERROR"),
    ("listed", "helo.pass.example", "192.0.2.77",
     "SPF_HELO_PASS SPF_PASS USER_IN_SPF_WELCOMELIST"),
    ("listed", "helo.pass.example", "192.0.2.78", "META_OF_SPF SPF_FAIL SPF_HELO_FAIL"),
    ("pass", "localhost", "192.0.2.77", "SPF_PASS"),
    # All relays are trusted: nobody is asked about.
    ("pass", "helo.pass.example", "10.9.9.9", ""),
]

MAIL = """Return-Path: <joe@%s.example>
Received: from %s (%s [%s])
\tby mx.us.example (Postfix) with ESMTP id ABC
\tfor <x@us.example>; Sun, 22 Nov 2026 10:00:00 +0000 (UTC)
From: joe@%s.example
To: x@us.example
Subject: hello there
Date: Sun, 22 Nov 2026 10:00:00 +0000
Message-ID: <1@good.example>

Hello
"""


def zone():
    made = stub.Zone()
    for prefix in ("", "helo."):
        for word, record in (("pass", "v=spf1 ip4:192.0.2.77 -all"), ("fail", "v=spf1 -all"),
                             ("softfail", "v=spf1 ~all"), ("neutral", "v=spf1 ?all"),
                             ("permerror", "v=spf1 moo"), ("listed", "v=spf1 ip4:192.0.2.77 -all")):
            made.add("%s%s.example" % (prefix, word), "TXT", record)
        made.add(prefix + "none.example", "A", "192.0.2.77")
    return made


def names_of_assay(assay, conf, text):
    done = subprocess.run([assay, "score", "-c", conf, "--json"], input=text.encode(),
                          stdout=subprocess.PIPE, check=True)
    return " ".join(sorted(rule["name"] for rule in json.loads(done.stdout)["rules"]))


def names_of_spamassassin(site, text):
    done = subprocess.run(["spamassassin", "-t", "-x", "--siteconfigpath=" + site,
                           "--configpath=" + STOCK], input=text.encode(), stdout=subprocess.PIPE)
    tests = re.search(rb"tests=(.*?)(\s+autolearn|\s+version)", done.stdout, re.S).group(1)
    names = re.sub(rb"\s", b"", tests).decode().split(",")
    # The old name of a rule, without the setting that drops it.
    return " ".join(sorted(n for n in names if "SPF" in n and "WHITELIST" not in n))


def write(directory, name, text):
    with open(os.path.join(directory, name), "w") as file:
        file.write(text)
    return os.path.join(directory, name)


def main():
    arguments = [a for a in sys.argv[1:] if a != "--oracle"]
    assay = arguments[0] if arguments else os.environ.get("ASSAY", "./assay")
    stock = os.path.exists(os.path.join(STOCK, "25_spf.cf"))
    oracle = stock and "--oracle" in sys.argv
    server = stub.Stub(zone()).start()
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        lists = write(directory, "lists.cf", "welcomelist_from_spf *@listed.example\n"
                      "meta META_OF_SPF SPF_FAIL && SPF_HELO_FAIL && !SPF_PASS\n")
        base = ("dns_server 127.0.0.1@%d\nhostname us.example\ntrusted_networks 10.9.9.0/24\n"
                "rules %s\n" % (server.port, lists))
        confs = [write(directory, "ours.conf", base + "rules %s\n" % os.path.abspath(OURS))]
        if stock:
            confs.append(write(directory, "stock.conf", base + "".join(
                "rules %s/%s\n" % (STOCK, name) for name in ("25_spf.cf", "60_welcomelist_spf.cf"))))
        else:
            print("SpamAssassin's rules are not installed: only our own are tried")
        site = os.path.join(directory, "site")
        os.mkdir(site)
        write(site, "init.pre", "".join(
            "loadplugin Mail::SpamAssassin::Plugin::%s\n" % name
            for name in ("Check", "SPF", "WLBLEval", "HeaderEval")))
        write(site, "local.cf", "dns_server [127.0.0.1]:%d\ndns_available yes\n"
              "clear_trusted_networks\ntrusted_networks 10.9.9.0/24\n"
              "welcomelist_from_spf *@listed.example\n"
              "meta META_OF_SPF SPF_FAIL && SPF_HELO_FAIL && !SPF_PASS\n" % server.port)
        for word, helo, ip, expected in CASES:
            text = MAIL % (word, helo, helo, ip, word)
            found = [names_of_assay(assay, conf, text) for conf in confs]
            if oracle:
                found.append(names_of_spamassassin(site, text))
            for names in found:
                if names != expected:
                    failed += 1
                    print("%s %s %s: %s, not %s" % (word, helo, ip, names, expected))
    server.stop()
    print("SPF rules: %d messages, %d wrong" % (len(CASES), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
