#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""doc/reliability.md against the tests: prints what it names that isn't there, and promises without a proof.

A proof is, in backquotes, a file of tests/ with the name of a test in it, or alone; a row of the matrix of faults; a
fuzz target; after the word "stage", a stage of tests/run-all; or a target of make.
"""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = "doc/reliability.md"


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as file:
        return file.read()


def makefiles():
    names = ["Makefile.am"] + [os.path.relpath(os.path.join(folder, name), TOP)
                               for top in ("bench", "tests") for folder, _, files in os.walk(os.path.join(TOP, top))
                               for name in files if name.endswith(".am")]
    return "\n".join(map(read, names))


def rows_of_faults():
    """Those that are there, whether they can run here or not."""
    listed = subprocess.run([os.path.join(TOP, "tests", "faults", "run"), "--list"], stdout=subprocess.PIPE,
                            encoding="utf-8", check=True).stdout
    return {line.split()[0] for line in listed.splitlines() if line.strip()}


def missing_test(text, faults):
    """What is wrong with "tests/PATH NAME…"; empty: nothing."""
    path, *names = text.split()
    if not os.path.exists(os.path.join(TOP, path)):
        return "there is no %s" % path
    for name in names:
        if name.startswith("--"):
            continue
        if path == "tests/faults/run":
            if name not in faults:
                return "%s has no row %s" % (path, name)
        elif not re.search(r"^(def|static void) %s\(" % re.escape(name), read(path), re.M):
            return "%s has no test %s" % (path, name)
    return ""


def wrong_proofs(text, faults, made):
    """([what is wrong], how many proofs there are)."""
    wrong, count = [], 0
    stages = read("tests/run-all")
    for before, proof in re.findall(r"(\w*) ?`([^`]+)`", text):
        if proof.startswith("tests/"):
            problem = missing_test(proof, faults)
        elif before == "stage":
            problem = "" if '("%s",' % proof in stages else "there is no stage %s" % proof
        elif proof.startswith("fuzz_"):
            problem = "" if re.search(r"\b%s\b" % proof, made) else "there is no fuzz target %s" % proof
        elif proof.startswith("make "):
            target = proof.split()[1]
            problem = "" if re.search(r"^%s( [\w-]+)*:" % target, made, re.M) else "make has no target %s" % target
        else:
            continue
        count += 1
        if problem:
            wrong.append(problem)
    return wrong, count


def main():
    faults, made, problems, promises = rows_of_faults(), makefiles(), [], 0
    for number, line in enumerate(read(PAGE).splitlines(), 1):
        wrong, count = wrong_proofs(line, faults, made)
        problems += ["%s:%d: %s" % (PAGE, number, text) for text in wrong]
        if line.startswith("| ") and not line.startswith(("| promise", "|---")):
            promises += 1
            if not wrong_proofs(line.split(" | ")[1], faults, made)[1]:
                problems.append("%s:%d: a promise without a proof" % (PAGE, number))
        for stated in re.findall(r"\b(\d+) rows", line):
            if int(stated) > len(faults):
                problems.append("%s:%d: %s rows, and tests/faults/run has %d" % (PAGE, number, stated, len(faults)))
    if promises < 20:
        problems.append("%s: its tables can't be read: %d promises" % (PAGE, promises))
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
