#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do SpamAssassin's rules hit the same mail in Assay as in SpamAssassin?

Runs the installed SpamAssassin (its Perl API: local tests, no Bayes, no history of senders) and
`assay score --json` with the same rules on the same messages, and reports how far the hits and the
scores agree, and for each rule that differs how often, with an example. SpamAssassin's results are
kept in a cache outside the tree: a message's again only when it, the rules or the version change.
"""
import argparse
import collections
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
STOCK_RULES = ["/usr/share/spamassassin", "/etc/spamassassin"]


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def perl(options):
    return ["perl"] + ["-I" + path for path in options.perl_lib]


def key_of_setup(rules, mode, options):
    """What a result of SpamAssassin depends on besides the message."""
    digest = hashlib.sha256()
    for top in rules + [os.path.join(HERE, "spamassassin.pl")]:
        paths = [top]
        if os.path.isdir(top):
            paths = sorted(os.path.join(top, name) for name in os.listdir(top)
                           if name.endswith((".cf", ".pre")))
        for path in paths:
            digest.update((path + sha256_of(path)).encode())
    version = subprocess.run(perl(options) + ["-MMail::SpamAssassin", "-e",
                                              "print Mail::SpamAssassin::Version(), eval 'use Email::Address::XS; 1'"],
                             check=True, capture_output=True).stdout
    digest.update(version + mode.encode())
    return digest.hexdigest()[:16]


class Cache:
    """Results by the hash of the message: a file of JSON lines that only grows."""

    def __init__(self, folder, key):
        os.makedirs(folder, exist_ok=True)
        self.path = os.path.join(folder, key + ".jsonl")
        self.results = {}
        self.lock = threading.Lock()
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as file:
                for line in file:
                    if line.endswith("\n"):
                        result = json.loads(line)
                        self.results[result["sha256"]] = result
        self.file = open(self.path, "a", encoding="utf-8")

    def add(self, result):
        with self.lock:
            self.results[result["sha256"]] = result
            self.file.write(json.dumps(result) + "\n")
            self.file.flush()


def spamassassin_worker(files, sums, options, cache):
    """Feeds one process of SpamAssassin with these files."""
    with tempfile.TemporaryDirectory(prefix="assay-parity-") as state, \
            tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogateescape") as names:
        names.write("".join(name + "\n" for name in files))
        names.seek(0)
        command = perl(options) + ["-T", os.path.join(HERE, "spamassassin.pl"), options.mode] + options.rules
        with subprocess.Popen(command, stdin=names, stdout=subprocess.PIPE,
                              env=dict(os.environ, PARITY_STATE=state)) as process:
            for name, line in zip(files, process.stdout):
                result = json.loads(line)
                result["sha256"] = sums[name]
                cache.add(result)
    if process.returncode != 0:
        print(f"SpamAssassin ended with status {process.returncode}", file=sys.stderr)


def run_spamassassin(files, options):
    """file name => result. Messages that it has not seen yet are shared out among its workers."""
    sums = {name: sha256_of(name) for name in files}
    key = key_of_setup(options.rules, options.mode, options)
    cache = Cache(options.cache, key)
    missing = list({sums[name]: name for name in reversed(files) if sums[name] not in cache.results}.values())
    missing.reverse()
    workers = min(options.jobs, len(missing))
    threads = [threading.Thread(target=spamassassin_worker, args=(missing[i::workers], sums, options, cache))
               for i in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {name: cache.results[sums[name]] for name in files if sums[name] in cache.results}


def run_assay(files, options):
    with tempfile.NamedTemporaryFile("w", suffix=".list", errors="surrogateescape") as names:
        names.write("".join(name + "\n" for name in files))
        names.flush()
        command = [options.assay, "score", "-c", "/dev/null", "--local", "--json", "--all-rules",
                   "--jobs", str(options.jobs), "--list", names.name]
        for path in options.rules:
            command += ["--rules", path]
        output = subprocess.run(command, check=True, capture_output=True).stdout
    results = {}
    for name, line in zip(files, output.decode("utf-8").splitlines()):
        result = json.loads(line)
        results[name] = {"score": result["score"], "limits": result["limits"],
                         "hits": {rule["name"]: rule["score"] for rule in result["rules"]},
                         "subrules": result.get("subrules", {})}
    return results


class Comparison:
    def __init__(self, ignored, subrules):
        self.ignored = ignored
        self.with_subrules = subrules
        self.messages = self.both = self.either = self.identical = self.scores = 0
        self.missed = collections.defaultdict(list)
        self.extra = collections.defaultdict(list)
        self.points = collections.defaultdict(list)
        self.only_score = []
        self.failed = []
        self.differing = []

    def add(self, name, theirs, ours):
        if "error" in theirs or ours["limits"]:
            self.failed.append(name)
            return
        a = {rule for rule in theirs["hits"] if rule not in self.ignored}
        b = {rule for rule in ours["hits"] if rule not in self.ignored}
        if self.with_subrules:
            a |= {rule for rule in theirs["subrules"] if rule not in self.ignored}
            b |= {rule for rule in ours["subrules"] if rule not in self.ignored}
        self.messages += 1
        self.both += len(a & b)
        self.either += len(a | b)
        self.identical += a == b
        if a != b:
            self.differing.append(name)
        for rule in a - b:
            self.missed[rule].append(name)
        for rule in b - a:
            self.extra[rule].append(name)
        for rule in a & b & theirs["hits"].keys():
            if abs(theirs["hits"][rule] - ours["hits"][rule]) > 0.0011:
                self.points[rule].append((name, theirs["hits"][rule], ours["hits"][rule]))
        equal = abs(theirs["score"] - ours["score"]) < 0.0105
        self.scores += equal
        if a == b and not equal:
            self.only_score.append((name, theirs["score"], ours["score"]))

    def report(self, out):
        count = max(1, self.messages)
        print(f"{self.messages} messages", file=out)
        print(f"hits in both / in either  {self.both}/{self.either} = {self.both / max(1, self.either):.4f}", file=out)
        print(f"identical sets of hits    {self.identical} = {100 * self.identical / count:.2f} %", file=out)
        print(f"scores equal within 0.01  {self.scores} = {100 * self.scores / count:.2f} %", file=out)
        for title, found in (("missed: SpamAssassin hits, Assay does not", self.missed),
                             ("extra: Assay hits, SpamAssassin does not", self.extra)):
            if found:
                print(title, file=out)
            for rule, names in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
                print(f"  {len(names):5} {rule}  {names[0]}", file=out)
        for rule, found in sorted(self.points.items()):
            print(f"points of {rule} differ: {found[0]} ({len(found)} messages)", file=out)
        for name, theirs, ours in self.only_score[:20]:
            print(f"same hits, scores {theirs} and {ours}: {name}", file=out)
        for name in self.failed:
            print(f"no result: {name}", file=out)


def parse_arguments():
    default_cache = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "assay-parity")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", default="build/assay")
    parser.add_argument("--rules", action="append", help="a directory or file, twice at most (default: Debian's)")
    parser.add_argument("--list", help="a file that names the messages, one per line")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--cache", default=os.environ.get("ASSAY_PARITY_CACHE", default_cache))
    parser.add_argument("--mode", choices=["server", "fresh"], default="server",
                        help="server: one process for all messages; fresh: each the first of its process")
    parser.add_argument("--perl-lib", action="append", default=[], metavar="FOLDER",
                        help="Perl modules that are taken first: another SpamAssassin, or what it may use")
    parser.add_argument("--ignore", action="append", default=[], metavar="RULE", help="leave a rule out")
    parser.add_argument("--subrules", action="store_true", help="compare hits of sub-rules (__NAME), too")
    parser.add_argument("--differing", action="store_true", help="name every message whose hits differ")
    parser.add_argument("--exact", action="store_true", help="exit 1 unless all is identical")
    parser.add_argument("--at-least", type=float, default=0, metavar="SHARE",
                        help="exit 1 where fewer of the hits are in both")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    options.rules = options.rules or STOCK_RULES
    return options


def main():
    options = parse_arguments()
    files = options.files
    if options.list:
        with open(options.list, encoding="utf-8", errors="surrogateescape") as names:
            files = files + [line for line in names.read().split("\n") if line]
    if not files:
        print("no messages to compare", file=sys.stderr)
        return 64
    theirs = run_spamassassin(files, options)
    ours = run_assay(files, options)
    comparison = Comparison(set(options.ignore), options.subrules)
    for name in files:
        if name in theirs and name in ours:
            comparison.add(name, theirs[name], ours[name])
        else:
            comparison.failed.append(name)
    comparison.report(sys.stdout)
    if options.differing:
        for name in comparison.differing:
            print(f"differs: {name}")
    exact = comparison.identical == comparison.scores == len(files)
    if options.exact and not exact:
        return 1
    return 0 if comparison.both >= options.at_least * comparison.either else 1


if __name__ == "__main__":
    sys.exit(main())
