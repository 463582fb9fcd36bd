# SPDX-License-Identifier: GPL-3.0-or-later
"""Bait for backtracking: for each pattern of a rule set a message that nearly matches it, again and
again. The pattern is read by Python's own parser, which knows most of Perl's language; its repeats
are taken as often as they may be, and the last of its characters is left out."""
import os
import re
import warnings

try:
    from re import _constants as sre, _parser as parser
except ImportError:  # before Python 3.11
    import sre_constants as sre
    import sre_parse as parser

RULE = re.compile(r"^\s*(header|body|rawbody|full|uri)\s+(\w+)\s+(.*)$")
HEADER = re.compile(r"^(\S+)\s+(?:=~|!~)\s+(.*)$")
PATTERN = re.compile(r"^(?:/(?P<a>.*)/|m\{(?P<b>.*)\}|m(?P<q>[^\w\s{])(?P<c>.*)(?P=q))"
                     r"(?P<flags>[a-z]*)\s*(?:\[.*\])?$")
REPEATS = 40
BAIT = 24 * 1024


def character_of(items):
    """A character of a class."""
    for kind, value in items:
        if kind is sre.LITERAL:
            return chr(value)
        if kind is sre.RANGE:
            return chr(value[0])
        if kind is sre.CATEGORY:
            return {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " "}.get(str(value), "a")
        if kind is sre.NEGATE:
            taken = {chr(v) for k, v in items if k is sre.LITERAL}
            return next((c for c in "a1 -~" if c not in taken), "a")
    return "a"


def near_match(tree, branch=0):
    """A text that the pattern takes, its repeats as long as they may be."""
    out = []
    for kind, value in tree:
        if kind is sre.LITERAL:
            out.append(chr(value))
        elif kind is sre.NOT_LITERAL:
            out.append("a" if value != ord("a") else "b")
        elif kind is sre.ANY:
            out.append("a")
        elif kind is sre.IN:
            out.append(character_of(value))
        elif kind is sre.BRANCH:
            out.append(near_match(value[1][branch % len(value[1])], branch))
        elif kind is sre.SUBPATTERN:
            out.append(near_match(value[-1], branch))
        elif str(kind) in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, inner = value
            out.append(near_match(inner, branch) * max(least, min(int(most), REPEATS)))
    return "".join(out)


def baits(pattern, flags):
    """One text that begins a match at many places and ends none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = parser.parse(pattern, re.VERBOSE if "x" in flags else 0)
    texts = []
    for branch in range(3):
        text = near_match(tree, branch).replace("\0", "")
        text = text.encode("latin-1", "replace").decode("latin-1")
        if len(text) > 1:
            texts.append((text[:-1] * (BAIT // len(text) + 1))[:BAIT // 2])
            texts.append((text[:-1] + "\n") * (BAIT // 4 // len(text) + 1))
    return texts


def mail_for(kind, field, texts):
    crude = "\n".join(texts)
    if kind == "header":
        name = field.split(":")[0]
        if name in ("ALL", "ALL-EXTERNAL", "ALL-TRUSTED", "ToCc", "EnvelopeFrom", "MESSAGEID") or \
                not re.fullmatch(r"[\w-]+", name):
            name = "To" if name == "ToCc" else "X-Bait"
        # As long as an MTA hands on.
        value = re.sub(r"[\r\n]+\s*", "\n ", crude)[:50000]
        return f"From: joe@example.com\nSubject: bait\n{name}: {value}\n\nHello\n"
    html = "text/html" if kind in ("rawbody", "full") else "text/plain"
    return (f"From: joe@example.com\nSubject: bait\nMIME-Version: 1.0\n"
            f"Content-Type: {html}; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\n"
            f"{crude}\n")


def rules_of(paths):
    """Kind, name, field and pattern of each rule in the files and folders named."""
    for folder in paths:
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else [""]
        for name in names:
            path = os.path.join(folder, name) if name else folder
            if not path.endswith(".cf"):
                continue
            with open(path, encoding="latin-1") as file:
                for line in file:
                    rule = RULE.match(line.rstrip("\n"))
                    if rule:
                        yield rule.groups()


def write_all(paths, directory):
    """A message for each pattern; their files, and how many patterns could not be read."""
    files, unread = [], 0
    for kind, rule, rest in rules_of(paths):
        field = ""
        if kind == "header":
            parts = HEADER.match(rest)
            if parts is None:
                continue
            field, rest = parts.groups()
        found = PATTERN.match(rest.strip())
        if found is None:
            continue
        pattern = found["a"] or found["b"] or found["c"] or ""
        try:
            texts = baits(pattern.replace(r"\/", "/"), found["flags"])
        except (re.error, OverflowError, RecursionError, ValueError):
            unread += 1
            continue
        path = os.path.join(directory, f"bait_{rule}.eml")
        with open(path, "w", encoding="latin-1", errors="replace", newline="") as file:
            file.write(mail_for(kind, field, texts))
        files.append(path)
    return files, unread
