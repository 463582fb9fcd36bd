#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes mail that makes the patterns of rule files backtrack, derived from the patterns.

Usage: bait.py DIR RULES...    RULES are files or directories of *.cf

For each pattern with a repeat that can be long, up to three mails: with each of its repeats drawn out
in turn, with all of them drawn out, and with its beginning over and over; what would complete a match
is left off, and stands at the end of the text, for those who look for it first. Patterns that cannot
be read here (Perl knows more than Python) are left out; their number is printed."""
import os
import re
import sys

try:
    from re import _parser as parser
except ImportError:  # before Python 3.11
    import sre_parse as parser

LONG = 8              # repeats that may go on for so long are drawn out
FIELD_BYTES = 8000    # what rules see of a field's value
BYTES = {             # ... of one text, and of all of them
    "header": (FIELD_BYTES, 8 * FIELD_BYTES), "body": (2000, 48000), "rawbody": (3900, 480000),
    "uri": (2000, 48000), "full": (1000000, 1000000)}
PREFERENCES = ("a1 .-", " a1\t", "1a. ", "<a =\"", "-_.a1", "=a1 ")
FIELDS = {"ALL": "X-Bait", "ToCc": "To", "MESSAGEID": "Message-ID", "EnvelopeFrom": "Return-Path"}
HEAD = "From: Maria <maria@example.net>\nDate: Mon, 3 Nov 2025 10:00:00 +0000\nMIME-Version: 1.0\n"
TYPED = re.compile(r"^\s*(header|body|rawbody|full|uri)\s+(\w+)\s+(.*\S)\s*$")


def for_python(pattern):
    """Perl's spelling of what Python has, too."""
    for perl, python in (("\\h", "[ \\t]"), ("\\z", "\\Z"), ("\\K", ""), ("(?|", "(?:"), ("[:alpha:]", "a-z"),
                         ("[:alnum:]", "a-z0-9"), ("[:digit:]", "0-9"), ("[:space:]", "\\s"),
                         ("[:upper:]", "A-Z"), ("[:lower:]", "a-z"), ("[:punct:]", "!-/"), ("\\R", "\\n")):
        pattern = pattern.replace(perl, python)
    pattern = re.sub(r"\(\?<(?![=!])", "(?P<", pattern)
    pattern = re.sub(r"\\x\{([0-9a-fA-F]{1,2})\}", lambda m: "\\x" + m.group(1).zfill(2), pattern)
    return re.sub(r"\{,(\d+)\}", r"{0,\1}", pattern)


class Writer:
    """Texts that a parsed pattern matches, with chosen repeats drawn out."""

    def __init__(self, tree, preference):
        self.tree = tree
        self.preference = preference
        self.repeats = 0
        self.chosen = None
        self.room = 1
        self.cut = False

    def character(self, items):
        negated = items and str(items[0][0]) == "NEGATE"
        candidates = self.preference + "abcxyzABC0129 .,-_/:@<>=\"'!?#$%&*+;()[]{}|~^\\\t\n\x80\xe2\xff"
        for c in candidates:
            if any(self.holds(item, c) for item in items) != negated:
                return c
        return chr(items[0][1]) if str(items[0][0]) == "LITERAL" else "\x01"

    def holds(self, item, c):
        kind, value = str(item[0]), item[1]
        if kind == "LITERAL":
            return ord(c) == value
        if kind == "RANGE":
            return value[0] <= ord(c) <= value[1]
        if kind == "CATEGORY":
            name = str(value).replace("CATEGORY_", "")
            found = {"DIGIT": c.isdigit(), "SPACE": c.isspace(),
                     "WORD": c.isascii() and (c.isalnum() or c == "_")}[name.replace("NOT_", "")]
            return found != name.startswith("NOT_")
        return False

    def write(self, tree):
        out = []
        for kind, value in tree:
            if self.cut:
                break
            out.append(self.node(str(kind), value))
        return "".join(out)

    def node(self, kind, value):
        if kind == "LITERAL":
            return chr(value) if value < 256 else chr(value).encode().decode("latin-1")
        if kind == "NOT_LITERAL":
            return next(c for c in self.preference + "ab" if ord(c) != value)
        if kind == "ANY":
            return self.preference[0]
        if kind == "IN":
            return self.character(value)
        if kind == "BRANCH":
            return self.write(value[1][0])
        if kind in ("SUBPATTERN", "ATOMIC_GROUP"):
            return self.write(value[-1] if kind == "SUBPATTERN" else value)
        if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return self.repeat(*value)
        return ""

    def repeat(self, least, most, tree):
        number = self.repeats
        drawn = most > LONG
        if drawn:
            self.repeats += 1
        if drawn and self.chosen in (number, "all"):
            one = self.write(tree)
            times = max(least, min(int(most), self.room // max(1, len(one))))
            self.cut = self.chosen == number
            return one * times
        return "".join(self.write(tree) for _ in range(max(least, 0)))

    def text(self, chosen=None, room=1):
        self.repeats, self.cut, self.chosen, self.room = 0, False, chosen, room
        return self.write(self.tree)


def baits(tree, room):
    """Up to three lists of texts of about `room` bytes."""
    writers = [Writer(tree, preference) for preference in PREFERENCES]
    sample = writers[0].text()
    repeats = writers[0].repeats
    if repeats == 0:
        return [], sample
    each = [w.text(i, room) for i in range(min(repeats, 12)) for w in writers]
    every = [w.text("all", room // repeats)[:-1] for w in writers]
    again = [(w.text(i, 20) * room)[:room] for i in range(min(repeats, 4)) for w in writers[:3]]
    return [list(dict.fromkeys(texts)) for texts in (each, every, again)], sample


def mail(kind, field, texts, sample):
    """The mail as bytes, with each text once at least and as often as there is room for."""
    if kind == "header":
        lines = "".join(f"{field}: {text[:FIELD_BYTES]}\x01\n".replace("\n\n", "\n") for text in texts[:8])
        return (f"{HEAD}{lines}{field}: {sample}\n\nhello\n").encode("latin-1", "replace")
    pieces, size = [], 0
    one, all_of_them = BYTES[kind]
    while size < all_of_them:
        for text in texts:
            pieces.append(("http://example.com/" if kind == "uri" else "") + text[:one] + "\x01\n\n")
            size += len(pieces[-1])
            if size >= all_of_them:
                break
    return (HEAD + "Subject: x\nContent-Type: text/plain\n\n" + "".join(pieces) + sample +
            "\n").encode("latin-1", "replace")


def split_pattern(text):
    """The pattern and its modifiers of "/…/i" or "m{…}i"; None where it is neither."""
    if text.startswith("m") and len(text) > 1 and not text[1].isalnum():
        text = text[1:]
    close = {"{": "}", "(": ")", "<": ">", "[": "]"}.get(text[0], text[0])
    if text[0].isalnum():
        return None
    end = text.rfind(close)
    return (text[1:end], text[end + 1:].split()[0] if text[end + 1:].split() else "") if end > 0 else None


def read_lines(paths):
    for path in paths:
        names = [path]
        if os.path.isdir(path):
            names = sorted(os.path.join(path, name) for name in os.listdir(path) if name.endswith(".cf"))
        for name in names:
            with open(name, encoding="latin-1") as file:
                yield from file


def replace_tags(pattern, tags):
    for _ in range(3):
        pattern = re.sub(r"<([A-Z][A-Z0-9_]*)>", lambda m: tags.get(m.group(1), m.group(0)), pattern)
    return re.sub(r"<(?:pre|inter|post) \w+>", "", pattern)


def read_rules(paths):
    """(kind, field, name, pattern, modifiers) of each rule with a pattern."""
    lines = list(read_lines(paths))
    tags = dict(m.groups() for line in lines if (m := re.match(r"\s*replace_tag\s+(\w+)\s+(\S+)", line)))
    for line in lines:
        found = TYPED.match(line)
        if not found:
            continue
        kind, name, rest = found.groups()
        field = "Subject"
        if kind == "header":
            if not (parts := re.match(r"([\w-]+)[:\w]*\s*[=!]~\s*(.*)$", rest)):
                continue
            field, rest = parts.groups()
        if (split := split_pattern(rest)) is not None:
            yield kind, FIELDS.get(field, field), name, replace_tags(split[0], tags), split[1]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    directory = sys.argv[1]
    os.makedirs(directory, exist_ok=True)
    unread = written = 0
    for kind, field, name, pattern, modifiers in read_rules(sys.argv[2:]):
        flags = re.X if "x" in modifiers else 0
        try:
            tree = parser.parse(for_python(pattern), flags)
        except (re.error, OverflowError, IndexError, RecursionError):
            unread += 1
            continue
        lists, sample = baits(tree, BYTES[kind][0])
        for number, texts in enumerate(lists):
            with open(os.path.join(directory, f"{name}-{number}.eml"), "wb") as file:
                file.write(mail(kind, field, texts, sample))
            written += 1
    print(f"{written} mails; {unread} patterns could not be read")


if __name__ == "__main__":
    main()
