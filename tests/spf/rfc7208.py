#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every test of the RFC 7208 suite through `assay spf` and the DNS stub.

rfc7208.py [ASSAY [NAME...]]: the command, and the names of tests to run (default: all)."""

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import suite  # noqa: E402
from suite import stub  # noqa: E402


def run(assay, port, test):
    command = [assay, "spf", "--json", "--dns-server", "127.0.0.1@%d" % port, "--dns-timeout", "1.5",
               "--receiver", "receiver.example", "--ip", test["host"], "--helo", test["helo"],
               "--from", test["mailfrom"]]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
    if done.returncode != 0 or done.stderr:
        return None, "exit status %d: %s" % (done.returncode, done.stderr.decode("latin-1"))
    return json.loads(done.stdout), None


def main():
    assay = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ASSAY", "./assay")
    wanted = sys.argv[2:]
    passed, failed = 0, 0
    scenarios = suite.load_or_none()
    if scenarios is None:
        return suite.SKIPPED
    for description, zone, tests in scenarios:
        server = stub.Stub(zone).start()
        for name, test in tests.items():
            if wanted and name not in wanted:
                continue
            answer, problem = run(assay, server.port, test)
            if problem is None:
                problem = suite.wrong(test, answer["result"], answer["mailfrom"]["explanation"])
            passed += problem is None
            failed += problem is not None
            if problem or wanted:
                print("%s: %s: %s" % (description, name, problem or "ok"))
                print(json.dumps(answer, indent=1))
        server.stop()
    print("RFC 7208 suite: %d of %d tests passed" % (passed, passed + failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
