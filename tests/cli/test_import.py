# SPDX-License-Identifier: GPL-3.0-or-later
"""assay import spamassassin: what becomes of each line of its configuration."""
import json
import os
import re

LOCAL = """# the site
required_score 4.5
rewrite_header Subject [JUNK _SCORE_]
report_safe 1
trusted_networks 192.0.2.0/24
internal_networks 192.0.2.0/24
add_header all Level _STARS(*)_
use_razor2 1
ok_languages en de
askdns MY_ASK _AUTHORDOMAIN_ A
askdns MY_IDLE _LANGUAGES_.example A
time_limit 45
require_version @@VERSION@@
whitelist_from *@friend.example
body MY_WORD /buy it now/i
describe MY_WORD Wants to sell
score MY_WORD 3.5
body MY_BROKEN /(unclosed/
body MY_LANG eval:check_nothing_known()
no_such_statement 1
include more/extra.inc
include more/none.inc
ifplugin Mail::SpamAssassin::Plugin::NotThere
score OTHER_WORD 7
endif
bayes_path /var/lib/spamassassin/bayes
"""
EXTRA = """header MY_FROM From =~ /seller@/
score MY_FROM 2
if (version >= 3)
"""
PREFS = """required_score 3
rewrite_header Subject "Junk"
whitelist_from ann@friend.example *@club.example
whitelist_from_rcvd boss@work.example mail.work.example
blacklist_from *@*.bad.example
whitelist_auth gone@friend.example
unwhitelist_auth gone@friend.example
blacklist_from *
score MY_WORD 0
use_bayes 0
report_safe 0
"""


def prepare(place):
    os.makedirs(os.path.join(place.path, "sa", "more"))
    os.makedirs(os.path.join(place.path, "sa", "joe@example.org"))
    os.makedirs(os.path.join(place.path, "etc"))
    place.write("sa/local.cf", LOCAL)
    place.write("sa/more/extra.inc", EXTRA)
    place.write("sa/init.pre", "loadplugin Mail::SpamAssassin::Plugin::TextCat\nloadplugin My::Own own.pm\n")
    place.write("sa/zz.cf", "score MY_WORD 3.75\nendif\n")
    place.write("sa/joe@example.org/user_prefs", PREFS)
    place.write("etc/assay.conf", "rules %s/test.cf\nnetwork_tests no\nhostname mx.example.net\n"
                "store sqlite:%s/store.db\n" % (place.path, place.path))


def run(place, *args, **how):
    text = place.assay("import", "spamassassin", "sa", "--to", "etc", "-c", "etc/assay.conf", *args, **how).decode()
    rows = {}
    for line in text.splitlines():
        found = re.match(r"(\S+):(\d+) +.*?  (taken|becomes|has no effect|refused)(?:$|[: ]+(.*))", line)
        if found:
            rows[os.path.relpath(found.group(1), "sa") + ":" + found.group(2)] = (found.group(3), found.group(4) or "")
    return text, rows


def test_import_says_what_becomes_of_each_line(place):
    prepare(place)
    text, rows = run(place)
    number = {line: "local.cf:%d" % i for i, line in enumerate(LOCAL.splitlines(), 1)}
    for line, fate, why in (("required_score 4.5", "taken", ""),
                            ("rewrite_header Subject [JUNK _SCORE_]", "taken", ""),
                            ("report_safe 1", "has no effect", "never wrapped"),
                            ("trusted_networks 192.0.2.0/24", "taken", ""),
                            ("add_header all Level _STARS(*)_", "taken", ""),
                            ("use_razor2 1", "has no effect", "no network checksums"),
                            ("ok_languages en de", "has no effect", "not guessed"),
                            ("askdns MY_ASK _AUTHORDOMAIN_ A", "taken", ""),
                            ("askdns MY_IDLE _LANGUAGES_.example A", "has no effect", "_LANGUAGES_ never has a value"),
                            ("time_limit 45", "becomes", "scan_timeout 45s in assay.conf"),
                            ("require_version @@VERSION@@", "has no effect", "language"),
                            ("whitelist_from *@friend.example", "taken", ""),
                            ("body MY_WORD /buy it now/i", "taken", ""),
                            ("body MY_BROKEN /(unclosed/", "refused", ""),
                            ("body MY_LANG eval:check_nothing_known()", "refused", "unknown function"),
                            ("no_such_statement 1", "refused", "unknown statement"),
                            ("include more/extra.inc", "becomes", "follow"),
                            ("include more/none.inc", "refused", "can't be found"),
                            ("score OTHER_WORD 7", "taken", ""),
                            ("bayes_path /var/lib/spamassassin/bayes", "has no effect", "learning.md")):
        row = rows[number[line]]
        assert row[0] == fate and why in row[1], (line, row)
    assert rows["more/extra.inc:1"] == ("taken", "") and rows["zz.cf:1"] == ("taken", "")
    assert rows["zz.cf:2"][0] == "refused" and "no if" in rows["zz.cf:2"][1], rows["zz.cf:2"]
    assert rows["init.pre:1"] == ("taken", ""), rows["init.pre:1"]
    assert rows["init.pre:2"][0] == "has no effect" and "Perl" in rows["init.pre:2"][1], rows["init.pre:2"]
    statements = sum(1 for source in (LOCAL, EXTRA, PREFS, "a\nb\n", "a\nb\n") for line in source.splitlines()
                     if line.split("#")[0].strip())
    assert len(rows) == statements, (len(rows), statements, text)
    counts = [int(n) for n in re.search(r"(\d+) lines: (\d+) taken, (\d+) became .*?, (\d+) without effect, "
                                        r"(\d+) refused", text).groups()]
    assert counts[0] == statements == sum(counts[1:]), counts
    assert "assay learn --spam" in text and "Bayes" in text


def test_import_is_in_force(place):
    prepare(place)
    place.write("mail", "From: seller@x.example\nSubject: hi\n\nplease buy it now\n")
    run(place)
    place.assay("check-config", "-c", "etc/assay.conf")
    assert place.stderr == "", place.stderr
    one = json.loads(place.assay("score", "-c", "etc/assay.conf", "--json", "mail"))
    hits = {rule["name"]: rule["score"] for rule in one["rules"]}
    assert hits == {"MY_WORD": 3.75, "MY_FROM": 2.0} and one["required"] == 4.5, one
    message = place.assay("score", "-c", "etc/assay.conf", "--message", "mail").decode()
    assert "Subject: [JUNK 5.8] hi" in message or "Subject: [JUNK 5.7] hi" in message, message
    with open(os.path.join(place.path, "etc", "spamassassin.conf"), encoding="ascii") as file:
        settings = file.read()
    assert "\nscan_timeout 45s\n" in settings, settings
    section = settings[settings.index("[recipient joe@example.org]"):]
    assert "\nrequired_score 3\n" in section and '\nsubject_tag "' in section, section
    with open(os.path.join(place.path, "etc", "assay.conf"), "a", encoding="ascii") as file:
        file.write(settings)
    place.assay("check-config", "-c", "etc/assay.conf")
    for recipient, spam in (("joe@example.org", True), ("ann@example.org", False)):
        place.write("less", "From: a@x.example\nSubject: hi\n\nbuy it now\n")
        one = json.loads(place.assay("score", "-c", "etc/assay.conf", "--json", "--rcpt", recipient, "--from",
                                     "a@x.example", "less"))
        assert one["spam"] is spam, (recipient, one)


def test_import_of_users(place):
    prepare(place)
    _, rows = run(place)
    mine = {key.split(":")[1]: row for key, row in rows.items() if key.startswith("joe@")}
    assert mine["1"] == ("becomes", "required_score in [recipient joe@example.org]"), mine
    assert "assay list add welcome --recipient joe@example.org (where DKIM or SPF" in mine["3"][1], mine
    assert mine["8"][0] == "refused" and mine["9"][0] == "refused" and mine["10"][0] == "refused", mine
    assert mine["7"] == ("becomes", "the entry is taken out again"), mine
    show = [json.loads(line) for line in place.assay("list", "show", "--json", "-c", "etc/assay.conf").splitlines()]
    assert sorted((e["list"], e["recipient"], e["pattern"], e["unauthenticated"]) for e in show) == [
        ("block", "joe@example.org", "*@*.bad.example", False),
        ("welcome", "joe@example.org", "*@club.example", False),
        ("welcome", "joe@example.org", "ann@friend.example", False),
        ("welcome", "joe@example.org", "boss@work.example", False)], show
    text, _ = run(place, "--force", "--unauthenticated")
    assert "4 were there already" in text or "entries" in text, text
    show = [json.loads(line) for line in place.assay("list", "show", "--json", "-c", "etc/assay.conf").splitlines()]
    flags = {e["pattern"]: e["unauthenticated"] for e in show}
    assert flags["ann@friend.example"] is True and flags["boss@work.example"] is False, flags


def test_import_of_odd_files(place):
    """What is given twice holds as it is given last, what would be refused later is refused, and a mark of UTF-8 in front
    is no part of a statement."""
    prepare(place)
    place.write("sa/local.cf", "\ufeffrequired_score 4.5\ntime_limit 20\ntime_limit 45\n")
    place.write("sa/joe@example.org/user_prefs", "required_score 3\nrewrite_header subject [A]\nrequired_hits 99999\n"
                "rewrite_header subject\nrequired_score 7\nrewrite_header subject [B]\n")
    _, rows = run(place)
    mine = {key.split(":")[1]: row for key, row in rows.items() if key.startswith("joe@")}
    assert mine["3"] == ("refused", "it takes a number from 0 to 1000"), mine
    with open(os.path.join(place.path, "etc", "spamassassin.conf"), encoding="ascii") as file:
        settings = file.read()
    assert "scan_timeout 45s" in settings and "20s" not in settings, settings
    section = settings[settings.index("[recipient joe@example.org]"):]
    assert section.split("\n")[1:3] == ['required_score 7', 'subject_tag "[B] "'] and "rewrite" not in section, section
    with open(os.path.join(place.path, "etc", "assay.conf"), "a", encoding="ascii") as file:
        file.write(settings)
    place.assay("check-config", "-c", "etc/assay.conf")
    place.write("mail", "From: a@x.example\nSubject: hi\n\nhello\n")
    assert json.loads(place.assay("score", "-c", "etc/assay.conf", "--json", "mail"))["required"] == 4.5
    # Read as it is, too.
    place.write("etc/rules.d/spamassassin.cf", "\ufeffrequired_score 4.25\n")
    assert json.loads(place.assay("score", "-c", "etc/assay.conf", "--json", "mail"))["required"] == 4.25


def test_import_of_named_users(place):
    prepare(place)
    os.remove(os.path.join(place.path, "sa", "joe@example.org", "user_prefs"))
    place.write("sa/user_prefs", "blacklist_from x@bad.example\n")
    place.write("anns", "blacklist_from y@bad.example\n")
    run(place, status=66)
    assert "--recipient" in place.stderr, place.stderr
    run(place, "--recipient", "Joe@Example.org", "--user", "example.net=anns")
    show = [json.loads(line) for line in place.assay("list", "show", "--json", "-c", "etc/assay.conf").splitlines()]
    assert sorted((e["recipient"], e["pattern"]) for e in show) == [
        ("example.net", "y@bad.example"), ("joe@example.org", "x@bad.example")], show
    for args, what in ((("--user", "anns"), "ADDRESS=FILE"), (("--user", "a b=anns"), "whose is it?"),
                       (("--user", "a@b.test=none"), "none: cannot be opened")):
        run(place, "--recipient", "joe@example.org", "--force", *args, status=66)
        assert what in place.stderr, (args, place.stderr)


def test_import_overwrites_nothing(place):
    prepare(place)
    text, _ = run(place, "--dry-run")
    assert "Nothing was written." in text and sorted(os.listdir(os.path.join(place.path, "etc"))) == ["assay.conf"]
    assert not os.path.exists(os.path.join(place.path, "store.db"))
    run(place)
    name = os.path.join(place.path, "etc", "rules.d", "spamassassin.cf")
    with open(name, "a", encoding="ascii") as file:
        file.write("# mine\n")
    place.write("sa/joe@example.org/user_prefs", "blacklist_from new@bad.example\n")
    run(place, status=73)
    assert "spamassassin.cf: is there already, and nothing was changed; --force replaces it" in place.stderr
    assert open(name, encoding="ascii").read().endswith("# mine\n")
    assert b"new@bad.example" not in place.assay("list", "show", "-c", "etc/assay.conf")
    run(place, "--force")
    assert "# mine" not in open(name, encoding="ascii").read()
    assert b"new@bad.example" in place.assay("list", "show", "-c", "etc/assay.conf")


def test_import_refuses(place):
    place.write("etc.conf", "rules test.cf\n")
    for args, status, what in (((), 64, "say from what"), (("rspamd", "x"), 64, 'nothing is known of "rspamd"'),
                               (("spamassassin",), 64, "say which directory"),
                               (("spamassassin", "a", "b"), 64, 'unexpected argument "b"'),
                               (("spamassassin", "none", "-c", "etc.conf"), 66, "none: can't be read"),
                               (("spamassassin", ".", "-c", "none.conf"), 78, "none.conf")):
        place.assay("import", *args, status=status)
        assert what in place.stderr, (args, place.stderr)
    os.makedirs(os.path.join(place.path, "empty"))
    place.assay("import", "spamassassin", "empty", "-c", "etc.conf", status=66)
    assert "has no *.pre, *.cf or user_prefs" in place.stderr


def test_import_makes_its_directory_and_names_missing_rules(place):
    prepare(place)
    place.assay("import", "spamassassin", "sa", "--to", "fresh", "-c", "etc/assay.conf")
    assert os.path.exists(os.path.join(place.path, "fresh", "rules.d", "spamassassin.cf"))
    place.write("none.conf", "rules %s/nowhere.cf\nnetwork_tests no\nstore sqlite:%s/store.db\n" % (place.path, place.path))
    place.assay("import", "spamassassin", "sa", "--to", "other", "-c", "none.conf", status=78)
    assert "nowhere.cf" in place.stderr and "name the configuration with -c" in place.stderr, place.stderr
    assert not os.path.exists(os.path.join(place.path, "other"))


def test_import_hides_what_a_terminal_obeys(place):
    prepare(place)
    place.write("sa/local.cf", b"body A\x1b[2J\x9b /x/\n\x1b]0;x\x07 y\nscore B \xe2\x80\xae 1\n" + b"x" * 5000 + b"\n")
    text = place.assay("import", "spamassassin", "sa", "--to", "etc", "-c", "etc/assay.conf", "--dry-run").decode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text), ascii(text)
