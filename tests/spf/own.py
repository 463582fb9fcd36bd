#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""SPF by cases of our own, which were written from the sections of RFC 7208: own.py [ASSAY [WORD]]

A file of cases/ is a zone, as tests/dns/stub.py reads it, and among its lines:

    check RESULT CLIENT HELO SENDER SECTION what it is about
    explained "the explanation that comes with the result before"

SENDER is <> where it is the null sender. WORD: only cases with it."""

import concurrent.futures
import glob
import json
import os
import shlex
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "dns"))
import stub  # noqa: E402

# Each has to have a case.
SECTIONS = ("2.3 2.4 3.1 3.2 3.3 3.4 3.5 4.3 4.4 4.5 4.6 4.6.1 4.6.2 4.6.3 4.6.4 4.7 4.8 5.1 5.2 5.3 5.4 5.5 5.6 5.7 "
            "6 6.1 6.2 7.1 7.2 7.3").split()


class Case:
    def __init__(self, place, words):
        self.place = place
        self.result, self.client, self.helo, self.sender, self.section = words[1:6]
        self.about, self.explanation = " ".join(words[6:]), None

    def wrong(self, assay, port):
        """What is wrong, or None."""
        done = subprocess.run(
            [assay, "spf", "--json", "--dns-server", "127.0.0.1@%d" % port, "--dns-timeout", "1.5", "--receiver",
             "receiver.example", "--ip", self.client, "--helo", self.helo, "--from", self.sender.replace("<>", "")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600, check=False)
        if done.returncode != 0 or done.stderr:
            return "exit status %d: %s" % (done.returncode, done.stderr.decode("latin-1"))
        answer = json.loads(done.stdout)
        which = answer["mailfrom"] if self.sender != "<>" else answer.get("helo") or answer["mailfrom"]
        if answer["result"] != self.result:
            return "%s, not %s (%s)" % (answer["result"], self.result, which.get("problem"))
        if self.explanation not in (None, which["explanation"]):
            return "explained by %r, not %r" % (which["explanation"], self.explanation)
        return None


def load(path):
    zone, cases = stub.Zone(), []
    with open(path, encoding="latin-1") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("check "):
                cases.append(Case("%s:%d" % (os.path.basename(path), number), line.split()))
            elif line.startswith("explained "):
                cases[-1].explanation = shlex.split(line)[1]
            else:
                words = shlex.split(line, comments=True)
                if words:
                    zone.add_words(words)
    return zone, cases


def scenarios():
    """All, as suite.load_or_none() has those of the suite."""
    found = []
    for path in sorted(glob.glob(os.path.join(HERE, "cases", "*.txt"))):
        zone, cases = load(path)
        tests = {case.place: {"host": case.client, "helo": case.helo, "mailfrom": case.sender.replace("<>", ""),
                              "result": case.result} for case in cases}
        for case in cases:
            if case.explanation is not None:
                tests[case.place]["explanation"] = case.explanation or "DEFAULT"
        found.append((os.path.basename(path), zone, tests))
    return found


def main():
    assay = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ASSAY", "./assay")
    word = sys.argv[2] if len(sys.argv) > 2 else ""
    passed = failed = 0
    seen = set()
    for path in sorted(glob.glob(os.path.join(HERE, "cases", "*.txt"))):
        zone, cases = load(path)
        seen |= {case.section for case in cases}
        cases = [case for case in cases if word in case.place + " " + case.section + " " + case.about]
        server = stub.Stub(zone).start()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for case, wrong in zip(cases, pool.map(lambda c: c.wrong(assay, server.port), cases)):
                passed, failed = passed + (not wrong), failed + bool(wrong)
                if wrong or word:
                    print("%s: section %s, %s: %s" % (case.place, case.section, case.about, wrong or "ok"))
        server.stop()
    for section in SECTIONS:
        if section not in seen:
            failed += 1
            print("no case of section " + section)
    print("SPF, cases of our own: %d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
