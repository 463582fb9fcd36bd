# SPDX-License-Identifier: GPL-3.0-or-later
"""Our tables beside `postmap -q` and `postalias -q`, key by key. Needs no root."""

import os
import re
import shutil
import subprocess
import tempfile

import generate
from harness import env
from mtas import Tables


def why_not():
    for tool in ("/usr/sbin/postmap", "/usr/sbin/postalias"):
        if not os.path.exists(tool):
            return tool + " is missing (Debian package postfix)"
    return None


def keys_of(cases):
    """Addresses, and what MTAs make of them on their way through a table."""
    keys = set()
    for case in cases:
        for address in case.addresses:
            local, _, domain = address.rpartition("@")
            # The final dot goes before an MTA asks any table.
            domain = domain.rstrip(".")
            keys.update([local + "@" + domain, address.lower().rstrip("."), local,
                         local.partition("+")[0] + "@" + domain, "@" + domain])
        keys.update(line.split()[0].rstrip(":") for line in case.virtual + case.aliases)
    return sorted(key for key in keys if key and "\udce9" not in key)


def run(argv, keys, directory):
    """The lines of its answer. Not as text: a lone CR is no end of line."""
    done = subprocess.run(argv, input=("\n".join(keys) + "\n").encode(), check=False, cwd=directory,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # postmap: 1 where the last key is not there
    if done.returncode not in (0, 1):
        raise env.Failure("%s: %d: %s" % (" ".join(argv), done.returncode, done.stderr.decode()))
    return done.stdout.decode().split("\n")[:-1]


def postfix_answers(tool, table, keys, config):
    lines = run([tool, "-c", config, "-q", "-", table], keys, config)
    # postalias writes them as an alias: "joe:".
    between = ":\t" if tool == "postalias" else "\t"
    return dict(line.split(between, 1) for line in lines)


def our_answers(ask, table, keys, config):
    answers = [line.split("\t") for line in run([ask, table], keys, config)]
    return {fields[1]: (fields[0], fields[2:]) for fields in answers}


def plain(target):
    """An address without a name, brackets, quotes and backslashes."""
    inner = re.search(r"<([^<>]*)>$", target)
    return re.sub(r'["\\]', "", inner.group(1) if inner else target).strip()


def split(value):
    """The items of a list: at commas that are not in quotes."""
    items = [item.strip() for item in re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^,"])+', value)]
    # Postfix takes white space for a comma, but in a name in front of an address.
    items = [word for item in items for word in ([item] if re.search('[<"|]', item) else item.split())]
    return [plain(item) for item in items if item]


def differences(ours, theirs):
    """Where we are certain: (key, ours, theirs) of what is not the same."""
    wrong = []
    for key, (mark, targets) in ours.items():
        value = theirs.get(key)
        if mark == "=" and ":include:" not in (value or "") and \
                (value is None or split(value) != [plain(t) for t in targets]):
            wrong.append((key, targets, value))
        # A line that has but the name of a domain says nothing of an address.
        if mark == "-" and value is not None and "@" in key:
            wrong.append((key, None, value))
    return wrong


def compare(count, args):
    directory = tempfile.mkdtemp(prefix="assay-maps-")
    cases = generate.Maker(args.seed, directory, "postfix").cases(args.cases)
    tables = Tables(directory, cases)
    env.write(os.path.join(directory, "main.cf"), "compatibility_level = 3.6\nsmtputf8_enable = yes\n")
    for name in ("postfix-files", "dynamicmaps.cf"):
        if os.path.exists("/etc/postfix/" + name):
            shutil.copy("/etc/postfix/" + name, directory)
    keys = keys_of(cases)
    try:
        for spec in (tables.texthash, "aliases:" + tables.aliases, tables.pcre, tables.regexp,
                     tables.sqlite, tables.socketmap.spec, tables.marked()):
            kind, _, rest = spec.partition(":")
            tool, theirs = "postmap", spec
            if kind == "aliases":
                tool, theirs = "postalias", "hash:" + rest
            elif spec == tables.texthash:
                theirs = "hash:" + rest
            if theirs.startswith("hash:"):
                subprocess.run([tool, "-c", directory, theirs], check=True, stderr=subprocess.DEVNULL)
            ours = our_answers(args.ask, spec, keys, directory)
            wrong = differences(ours, postfix_answers(tool, theirs, keys, directory))
            found = sum(mark == "=" for mark, _ in ours.values())
            count.result(not wrong and found > 0, "%s: %d keys, %d of them there and certain, as %s -q says"
                         % (kind, len(keys), found, tool),
                         "\n".join("%s: we say %s, Postfix %r" % w for w in wrong[:20]))
    finally:
        tables.stop()
        shutil.rmtree(directory, ignore_errors=True)
