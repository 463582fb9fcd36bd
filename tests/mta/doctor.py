# SPDX-License-Identifier: GPL-3.0-or-later
"""`assay doctor` beside real MTAs: what is attached as shipped is in order, and what is taken apart is told."""

import json
import os
import subprocess

from harness.env import PATIENCE, check, check_equal
from harness.suite import test

CHECKS = "filter,config,mta,keys,store"
# Below the patience of the tests' Postfix.
KEYS = {"scan_timeout": "10s", "commit_timeout": "5s"}


def start(t, keys=None, **how):
    t.start({"control": "unix:" + os.path.join(t.filter.dir, "control.sock"), **KEYS, **(keys or {})}, **how)


def findings(t):
    """[(level, text, what mends it)] of what is not in order."""
    assay = os.path.join(os.path.dirname(t.filter.program), "assay")
    place = ["--postfix-dir", t.mta.etc, "--sendmail-cf", "/nonexistent"] if t.mta.name == "postfix" else \
        ["--postfix-dir", "/nonexistent", "--sendmail-cf", t.mta.path("front.cf")]
    done = subprocess.run([assay, "doctor", "-c", t.filter.conf, "--only", CHECKS, "--json"] + place,
                          stdout=subprocess.PIPE, timeout=PATIENCE, check=False)
    said = json.loads(done.stdout)
    worst = {one["level"] for one in said["findings"]}
    check_equal(done.returncode, 2 if "fault" in worst else 1 if "warning" in worst else 0, "exit status")
    return [(one["level"], one["text"], one["mend"]) for one in said["findings"] if one["level"] != "ok"]


@test(hop=False)
def doctor_finds_what_is_attached_in_order(t):
    start(t, {"seal_key_file": None}, hop=False)
    check_equal(findings(t), [], "findings")


@test()
def doctor_finds_the_hop_in_order(t):
    start(t)
    check_equal(findings(t), [], "findings")


@test(hop=False)
def doctor_misses_the_filter(t):
    start(t, {"seal_key_file": None}, hop=False)
    t.filter.stop()
    found = findings(t)
    check(any(level == "fault" and "does not run" in text for level, text, _ in found), found)
    check(any(level == "fault" and ("is not there" in text or "nobody listens" in text) for level, text, _ in found), found)


@test(hop=False)
def doctor_sees_that_the_mta_does_not_ask(t):
    start(t, {"seal_key_file": None}, hop=False)
    with t.mta.without_milters():
        found = findings(t)
    check(any(level == "fault" and "does not ask the filter" in text or "does not name it" in text
              for level, text, _ in found), found)
    check_equal(findings(t), [], "findings afterwards")
