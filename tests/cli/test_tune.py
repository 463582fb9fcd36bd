# SPDX-License-Identifier: GPL-3.0-or-later
"""What another threshold or score would do, before somebody sets it: to records, and to sorted mail."""
import json
import os
import re
import sqlite3
import time

COLUMNS = ("kind", "time_us", "scan_id", "queue_id", "content", "message_id", "sender", "recipient",
           "recipient_domain", "destination", "destination_domain", "score", "threshold", "client_ip",
           "client_name", "rules", "size", "tagged", "subject", "threshold_origin")
DISCARDED, DELIVERED, FORWARDED = 0, 2, 3


def add_record(place, number, kind, score, rules, recipient="joe@example.com", destination="", tagged=0, age=3600):
    values = (kind, int((time.time() - age) * 1e6) + number, "scan%012d" % number, "Q%d" % number, "", "m%d@x" % number,
              "s@client.example", recipient, recipient.split("@")[1], destination,
              destination.split("@")[-1], score, 5000, "192.0.2.1", "", rules, 100, tagged,
              "hello \x1b[31m", "default")
    with sqlite3.connect(place.path + "/store.db") as database:
        database.execute("INSERT INTO records (%s) VALUES (%s)" % (", ".join(COLUMNS), ", ".join("?" * len(COLUMNS))),
                         values)


def with_records(place):
    """A store as the program makes it, with some records."""
    place.write("tune.conf", "rules test.cf\nnetwork_tests no\nstore sqlite:%s/store.db\n" % place.path)
    place.assay("list", "add", "welcome", "--recipient", "joe@example.com", "ann@example.net", "--store",
                "sqlite:%s/store.db" % place.path)
    add_record(place, 1, DELIVERED, 4501, "FIVE=4.5,BIT=0.001")
    add_record(place, 2, DELIVERED, 4500, "FIVE=4.5", recipient="ann@example.org")
    add_record(place, 3, DELIVERED, 6000, "FIVE=5,OTHER=1", tagged=1)
    add_record(place, 4, DISCARDED, 6500, "FIVE=5,OTHER=1.5", destination="x@aol.example")
    add_record(place, 5, FORWARDED, 5800, "FIVE=5,OTHER=0.8", destination="x@far.example", tagged=1)
    add_record(place, 6, DELIVERED, 4900, "FIVE=4.9", age=8 * 86400)


def changes(place, *args):
    lines = [json.loads(line) for line in place.assay("tune", "-c", "tune.conf", "--json", *args).splitlines()]
    found = [(line["queue_id"], line["before"], line["after"], line["score_after"]) for line in lines[:-1]]
    assert lines[-1]["changed"] == len(found) == sum(c["count"] for c in lines[-1]["changes"]), lines
    assert sum(account["changed"] for account in lines[-1]["accounts"]) == len(found), lines
    return found


def test_tune_records(place):
    with_records(place)
    before = os.stat(place.path + "/store.db").st_mtime_ns, open(place.path + "/store.db", "rb").read()
    assert changes(place) == []
    assert changes(place, "--required-score", "4.5") == [("Q1", "passed", "tagged", 4.501)]
    assert changes(place, "--required-score", "6") == [("Q3", "tagged", "passed", 6.0),
                                                        ("Q5", "tagged", "passed", 5.8)]
    assert changes(place, "--required-score", "4.5", "--account", "example.org") == []
    assert changes(place, "--required-score", "4.4", "--account", "ann@example.org") == [("Q2", "passed", "tagged", 4.5)]
    assert changes(place, "--required-score", "4.5", "--since", "all")[0][0] == "Q6"
    assert changes(place, "--forward-discard-score", "7") == [("Q4", "discarded", "tagged", 6.5)]
    assert changes(place, "--forward-discard-score", "5.8", "--destination", "far.example") == \
        [("Q5", "tagged", "discarded", 5.8)]
    assert changes(place, "--forward-discard-score", "5.8", "--destination", "aol.example") == []
    assert changes(place, "--score", "OTHER=0.999") == [
        ("Q4", "discarded", "tagged", 5.999)]
    assert "have no OTHER" in place.stderr, place.stderr
    # A rule set that gives FIVE 5 points, BIT 0.001, and knows no OTHER.
    assert changes(place, "--rules", "test.cf") == [
        ("Q1", "passed", "tagged", 5.001), ("Q3", "tagged", "passed", 5.0), ("Q4", "discarded", "passed", 5.0),
        ("Q5", "tagged", "passed", 5.0)]
    after = os.stat(place.path + "/store.db").st_mtime_ns, open(place.path + "/store.db", "rb").read()
    assert before == after, "the store was written"


def test_tune_records_as_text(place):
    with_records(place)
    text = place.assay("tune", "-c", "tune.conf", "--required-score", "4.4").decode()
    assert text.startswith("2 of 5 recipients' messages, with --since 7d, would be treated differently:\n"
                           "       2  passed -> tagged\n"), text
    assert re.search(r"^       1  example.com:  1 passed -> tagged$", text, re.M), text
    assert re.search(r"passed -> tagged +4.501  scan0+1  s@client.example  joe@example.com", text), text
    assert "\x1b" not in text, text
    text = place.assay("tune", "-c", "tune.conf", "--required-score", "4.4", "--list", "1").decode()
    assert text.endswith("and 1 more; --list 2 lists them all\n"), text
    assert b"0 of 5" in place.assay("tune", "-c", "tune.conf")


def test_tune_refuses_what_cannot_be_meant(place):
    with_records(place)
    for wrong in (["--required-score", "x"], ["--score", "FIVE"], ["--score", "=3"], ["--score", "FIVE=many"],
                  ["--since", "yesterday"], ["--account", ""], ["--destination", "<>"], ["--list", "0"],
                  ["--max-false-positives", "1%"], ["--max-false-positives", "101%"]):
        place.assay("tune", "-c", "tune.conf", *wrong, status=64)
    os.mkdir(os.path.join(place.path, "void"))
    place.assay("tune", "-c", "tune.conf", "--mail", "void", status=66)
    assert "no ham in it" in place.stderr, place.stderr
    place.assay("tune", "-c", "tune.conf", "--store", "sqlite:/nowhere/at/all", status=74)


def sorted_mail(place):
    """Good mail of 0, 1 … 99 tenths of a point, and spam of 50 to 149."""
    rules = ""
    for kind, first in (("ham", 0), ("spam", 50)):
        os.makedirs(os.path.join(place.path, "sorted", kind))
        for number in range(first, first + 100):
            place.write("sorted/%s/%03d.eml" % (kind, number), "From: a@example.org\nSubject: x\n\nscore-%03d-\n" % number)
    for number in range(1, 150):
        rules += "body S%03d /score-%03d-/\nscore S%03d %.1f\n" % (number, number, number, number / 10)
    place.write("sorted.cf", rules)
    return ("tune", "-c", "/dev/null", "--rules", "sorted.cf", "--mail", "sorted")


def test_tune_thresholds(place):
    mail = sorted_mail(place)
    text = place.assay(*mail, "--max-false-positives", "3%", "--list", "2").decode()
    rows = {row[0]: row[1:] for row in re.findall(r"^ +(\S+) +(\S+) % +(\d+) +(\S+) % +(\d+)", text, re.M)}
    # Good mail of more than 5 points: 51 to 99 tenths; spam of 5 points at most: one message.
    assert rows["5"] == ("99.000", "1", "49.000", "49"), rows
    assert rows["9.5"] == ("54.000", "46", "4.000", "4"), rows
    assert rows["0"] == ("100.000", "0", "99.000", "99"), rows
    assert {"0", "0.5", "1", "14.5", "15"} <= set(rows) and "<- required_score" in text, rows
    assert "False positives, good mail that is flagged at 5: 49 of 100\n      9.9  sorted/ham/099.eml\n" \
        "      9.8  sorted/ham/098.eml\n          and 47 more\n" in text, text
    assert "False negatives, spam that is not flagged at 5: 1 of 100\n        5  sorted/spam/050.eml\n" in text, text
    # It does what it says: three are above it, and one less would be four.
    assert "\nrequired_score 9.6 flags 3 of 100 good messages (3.000 %, at most 3 %)" in text, text
    text = place.assay(*mail, "--required-score", "9.6").decode()
    assert "flagged at 9.6: 3 of 100" in text and re.search(r"^ +9\.6 .* <- required_score$", text, re.M), text
    assert "flagged at 9.599: 4 of 100" in place.assay(*mail, "--required-score", "9.599").decode()
    text = place.assay(*mail, "--max-false-positives", "0").decode()
    assert "required_score 9.9 flags 0 of 100 good messages" in text, text
    assert "too few to tell" in text, text
    text = place.assay(*mail, "--max-false-positives", "100%").decode()
    assert "flags 100 of 100 good messages" in text, text
    # Other points.
    text = place.assay(*mail, "--score", "S099=1", "--required-score", "9.8").decode()
    assert "flagged at 9.8: 0 of 100" in text, text
