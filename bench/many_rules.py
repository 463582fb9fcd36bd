# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules made for the benchmark: as many as asked for, in the shapes and shares that large rule sets
have, with words of ordinary text, so that parts of them are found and few of them hit."""
import random
import re


def vocabulary(mails):
    """The words of the messages, each once, in a fixed order."""
    words = set()
    for path in mails[:300]:
        with open(path, encoding="latin-1") as file:
            words.update(re.findall(r"\b[a-z]{4,12}\b", file.read().lower()))
    return sorted(words)


def body(pick):
    return pick(
        lambda w: rf"/\b{w()} {w()} {w()}\b/i",
        lambda w: rf"/\b{w()}.{{0,20}}{w()}\b/i",
        lambda w: rf"/(?:{w()}|{w()}|{w()}) (?:{w()}|{w()})/i",
        lambda w: rf"/\b{w()}s? {w()}(?:ed|ing)?\b/",
        lambda w: rf"/{w()}\s+(?:the|your|our)\s+{w()}/i",
        lambda w: rf"/\b{w()}{w()}\b/i",
        lambda w: rf"/\$\d{{2,4}}(?:\.\d\d)? {w()} {w()}/")


def header(pick):
    name = pick(lambda _: "Subject", lambda _: "From", lambda _: "Received", lambda _: "To",
                lambda _: "X-Mailer", lambda _: "Message-ID")
    return name + " =~ " + pick(
        lambda w: rf"/\b{w()} {w()}\b/i",
        lambda w: rf"/^{w()}\d+/",
        lambda w: rf"/{w()}[-.]{w()}\.(?:com|net|org)/i",
        lambda w: rf"/(?:{w()}|{w()}).{{1,40}}{w()}/")


def uri(pick):
    return pick(lambda w: rf"m{{^https?://[^/]*\b{w()}{w()}\.(?:info|biz|com)\b}}i",
                lambda w: rf"/\/{w()}\/{w()}\.php\?\w+=\d/",
                lambda w: rf"/{w()}-{w()}\.example/i")


def rawbody(pick):
    return pick(lambda w: rf"/<(?:font|span|div)[^>]{{0,60}}{w()}{w()}/i",
                lambda w: rf"/{w()}=[\"']{w()}[\"']/",
                lambda w: rf"/<!-- {w()} {w()}/i")


KINDS = (("body", body, 40), ("header", header, 25), ("uri", uri, 12), ("rawbody", rawbody, 4))


def write(path, count, mails):
    """Rules, and metas of two to four of them."""
    source = random.Random(4)
    words = vocabulary(mails)

    def pick(*shapes):
        return source.choice(shapes)(lambda: source.choice(words))

    kinds = [kind for kind in KINDS for _ in range(kind[2])]
    with open(path, "w", encoding="ascii") as file:
        for i in range(count):
            if i % 100 >= sum(kind[2] for kind in KINDS) and i > 100:
                parts = (f"MANY_{source.randrange(i)}" for _ in range(source.randrange(2, 5)))
                file.write(f"meta MANY_{i} {' && '.join(parts)}\n")
            else:
                name, shape, _ = source.choice(kinds)
                file.write(f"{name} MANY_{i} {shape(pick)}\n")
            file.write(f"score MANY_{i} 0.1\n")
