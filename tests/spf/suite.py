# SPDX-License-Identifier: GPL-3.0-or-later
"""The RFC 7208 test suite (a YAML file that is not part of this tree): scenarios as stub zones and
lists of tests. Needs python3-yaml."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "dns"))
import stub  # noqa: E402

SKIPPED = 77


def path():
    """The suite's file, or None: $SPF_SUITE, or ../shared/spf next to the source tree."""
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    places = [os.environ.get("SPF_SUITE", ""),
              os.path.join(top, "..", "shared", "spf", "rfc7208-tests.yml"),
              os.path.join(top, "..", "..", "shared", "spf", "rfc7208-tests.yml")]
    return next((place for place in places if place and os.path.exists(place)), None)


def load_or_none():
    """[(description, zone, {name: test})]; says why where the suite can't be run, and returns None."""
    file = path()
    if file is None:
        print("SKIPPED: rfc7208-tests.yml is not here; set SPF_SUITE to run the RFC 7208 suite")
        return None
    try:
        import yaml
    except ImportError:
        print("SKIPPED: the RFC 7208 suite needs python3-yaml")
        return None
    with open(file, encoding="utf-8") as text:
        return [(s["description"], zone_of(s["zonedata"]), s["tests"])
                for s in yaml.safe_load_all(text) if s]


def zone_of(zonedata):
    """SPF records stand for TXT records where a name has no TXT entry."""
    zone = stub.Zone()
    for name, entries in zonedata.items():
        name = str(name)
        zone.records.setdefault(stub.canonical(name), [])
        pairs = [(k, v) for e in entries if isinstance(e, dict) for k, v in e.items()]
        if "TIMEOUT" in entries:
            zone.timeouts.add(stub.canonical(name))
        has_txt = any(k == "TXT" for k, _ in pairs)
        for kind, value in pairs:
            if value == "NONE":
                continue
            zone.add(name, kind, value)
            if kind == "SPF" and not has_txt:
                zone.add(name, "TXT", value)
    return zone


def results(test):
    return test["result"] if isinstance(test["result"], list) else [test["result"]]


def wrong(test, result, explanation):
    """What is wrong with a result, or None. DEFAULT means: no explanation of the domain's own."""
    if result not in results(test):
        return "%s should be %s" % (result, " or ".join(results(test)))
    expected = test.get("explanation")
    if expected is not None and explanation != ("" if expected == "DEFAULT" else expected):
        return "explanation %r should be %r" % (explanation, expected)
    return None
