# SPDX-License-Identifier: GPL-3.0-or-later
"""What is counted is said as people say it: one rule, two rules."""
import os
import re

# One of these behind a 1 is a mistake, and so is its singular behind another number.
NOUNS = "problem|rule|file|message|line|lesson|kind|time|source|byte"


def check(text):
    """Each number and its noun."""
    found = re.findall(r"(?<![\w.:/-])(\d+) (?:good )?(%s)(s?)\b" % NOUNS, text)
    assert found, text
    for number, noun, many in found:
        assert (number == "1") == (many == ""), (number, noun + many, text)


def test_one_and_several(place):
    place.write("one.cf", "body FIVE /five/\nscore FIVE 5\nuse_razor2 1\n")
    place.write("two.cf", "body TWO /two/\nscore TWO 1\nuse_razor2 1\nuse_razor2 0\nuse_dcc 1\n")
    for rules in ("one.cf", "two.cf", "one.cf two.cf"):
        place.write("a.conf", "rules %s\n" % rules)
        check(place.assay("check-config", "-c", "a.conf").decode())
    for wrong in (1, 2):
        place.write("wrong.conf", "rules one.cf\n" + "".join("unknown%d 1\n" % i for i in range(wrong)))
        out = place.assay("check-config", "-c", "wrong.conf", status=78).decode()
        check(out)
        assert "\n%d problem" % wrong in "\n" + out, out
    for names in (["ham.eml"], ["ham.eml", "spam.eml"]):
        place.score("--profile", *names)
        check(place.stderr)
    place.write("lessons.conf", "rules one.cf\nstore sqlite:%s/a.db\nnetwork_tests no\n" % place.path)
    for name, count in (("ham.eml", 1), ("spam.eml", 2)):
        place.assay("learn", "-c", "lessons.conf", "--ham" if count == 1 else "--spam", name)
        check(place.assay("learn", "-c", "lessons.conf", "--export", "out%d" % count).decode())
    for text in ("required_score 5\n", "required_score 5\nuse_dcc 1\n"):
        os.makedirs(os.path.join(place.path, "local"), exist_ok=True)
        place.write("local/local.cf", text)
        out = place.assay("import", "spamassassin", "local", "--to", "out", "--dry-run", "-c", "lessons.conf")
        check(out.decode())
