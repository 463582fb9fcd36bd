# SPDX-License-Identifier: GPL-3.0-or-later
"""What assayd learns by itself from the mail that passes."""
import json
import os
import sqlite3
import subprocess
import time

from client import Connection  # noqa: E402
from daemon import Daemon, executable  # noqa: E402
from test_message import equal, values  # noqa: E402
from test_records import wait_until  # noqa: E402

RULES = """
header HEAD Subject =~ /bargain/
score HEAD 7
body BODY /buy now/
score BODY 6
body ONLY /only the body/
score ONLY 20
body WELCOME /a friend/
score WELCOME -5
clear_headers
add_header all Learned _AUTOLEARN_
"""


class Learner(Daemon):
    """A daemon that learns from the first message on, unless told otherwise."""

    def __init__(self, more="", after=0, start=True, lessons="lessons"):
        super().__init__(start=False)
        self.write("learn.cf", RULES)
        self.more = "rules %s/learn.cf\nautolearn_after %d\n%s" % (self.directory, after, more)
        self.place("lessons" if lessons is None else lessons)
        if start:
            self.start()

    def place(self, name):
        self.configure("%s\nlessons sqlite:%s/%s" % (self.more, self.directory, name))

    def assay(self, *args, stdin=""):
        return subprocess.run([os.path.join(os.path.dirname(executable()), "assay"), "learn", "-c", self.path("assay.conf"),
                               *args], input=stdin, text=True, check=True, stdout=subprocess.PIPE).stdout

    def site(self):
        scopes = json.loads(self.assay("--status", "--json"))["scopes"]
        return next((s for s in scopes if s["scope"] == "site"), {"ham": 0, "spam": 0, "sources": {}})

    def counts(self):
        return self.site()["ham"], self.site()["spam"]

    def learned(self, ham, spam):
        wait_until("%d ham and %d spam" % (ham, spam), lambda: self.counts() == (ham, spam))

    def send(self, number, spam=False, body="", subject="", **envelope):
        """A message of its own; what X-Spam-Learned says of it."""
        headers = [("From", " a%d@example.org" % number), ("Subject", " %s number %d" % (subject or "minutes", number)),
                   ("Message-ID", " <m%d@example.org>" % number), ("Date", " Mon, 02 Mar 2026 10:00:00 +0000")]
        if spam:
            headers[1] = ("Subject", " bargain %d" % number)
        with Connection(self.socket, timeout=120) as mta:
            mta.negotiate()
            mta.envelope(queue_id="Q%d" % number, **envelope)
            answer = mta.message(headers, body or ("buy now, %d\r\n" if spam else "The minutes, %d\r\n") % number,
                                 queue_id="Q%d" % number)
            mta.quit()
        (said,) = values(answer.apply(headers), "X-Spam-Learned")
        return said.split()[0]

    def send_until(self, decision, number, **how):
        """What was taught is known a moment later: the numbers from that one on, until it is decided so."""
        end = time.monotonic() + 120
        while self.send(number, **how) != decision:
            assert time.monotonic() < end, "never " + decision
            number += 1
            time.sleep(0.3)
        return number


def test_ham_and_spam_in_turn():
    with Learner() as daemon:
        equal(daemon.send(1), "ham")
        daemon.learned(1, 0)
        # The larger class waits.
        daemon.send_until("no", 100)
        daemon.send_until("spam", 200, spam=True)
        daemon.learned(1, 1)
        daemon.send_until("ham", 300)
        daemon.learned(2, 1)
        equal(daemon.site()["sources"]["auto"], {"ham": 2, "spam": 1})


def test_what_is_not_surely_one_of_them():
    with Learner() as daemon:
        daemon.send_until("ham", 1)
        equal(daemon.send(2, body="only the body\r\n"), "no")
        equal(daemon.send(3, subject="bargain"), "no")
        daemon.learned(1, 0)


def test_only_after_people_have_taught():
    with Learner(after=2) as daemon:
        mail = "Message-ID: <t%d@example.org>\nSubject: taught %d\n\nwords %d\n"
        equal(daemon.send(1), "disabled")
        for number in range(2):
            daemon.assay("--ham", stdin=mail % (number, number, number))
            daemon.assay("--spam", stdin=mail % (10 + number, number, 10 + number))
        daemon.send_until("ham", 20)
        daemon.learned(3, 2)
        equal(daemon.site()["sources"]["hand"], {"ham": 2, "spam": 2})


def test_switched_off():
    for more in ("autolearn no", "rules {}/off.cf"):
        daemon = Learner(start=False)
        daemon.write("off.cf", "bayes_auto_learn 0\n")
        daemon.more += more.format(daemon.directory) + "\n"
        daemon.place("lessons")
        with daemon:
            daemon.start()
            equal({daemon.send(number) for number in range(3)}, {"disabled"})
            equal(daemon.counts(), (0, 0))


def test_not_from_known_clients():
    with Learner() as daemon:
        daemon.send_until("ham", 1)
        equal(daemon.send(2, auth_authen="joe", auth_type="PLAIN"), "unavailable")


def test_what_people_said_stands():
    """A message that was taught as spam isn't learned as ham where it comes again."""
    with Learner() as daemon:
        mail = ("From: a%d@example.org\nSubject: minutes number %d\nMessage-ID: <m%d@example.org>\n"
                "Date: Mon, 02 Mar 2026 10:00:00 +0000\n\nThe minutes, %d\n")
        daemon.assay("--spam", stdin=mail % (5, 5, 5, 5))
        daemon.send_until("ham", 5)
        daemon.send_until("ham", 50)
        daemon.learned(1, 1)


def test_mail_does_not_wait_for_a_store_that_is_busy():
    with Learner() as daemon:
        equal(daemon.send(1), "ham")
        daemon.learned(1, 0)
        busy = sqlite3.connect(daemon.path("lessons"), isolation_level=None)
        busy.execute("BEGIN EXCLUSIVE")
        said = [daemon.send(number, spam=True) for number in range(100, 110)]
        # Of those that wait to be written, the next ones know; also once the filter has given up and begun anew.
        daemon.wait_for_log("lessons: ")
        time.sleep(2)
        said += [daemon.send(number, spam=True) for number in range(110, 120)]
        equal(said, ["spam"] * 2 + ["no"] * 18)
        busy.execute("ROLLBACK")
        busy.close()
        daemon.learned(1, 2)


def test_the_report_says_why():
    mail = "Message-ID: <r%d@example.org>\nFrom: %s@example.org\nSubject: taught\n\n%s %d\n"
    with Learner(more="autolearn no\nreport_header yes") as daemon:
        for number in range(8):
            daemon.assay("--ham", stdin=mail % (number, "friend", "the minutes of the meeting", number))
            daemon.assay("--spam", stdin=mail % (100 + number, "shop", "cheap pills for you", number))
        end = time.monotonic() + 60
        report = ""
        while "(8 ham, 8 spam)" not in report:
            assert time.monotonic() < end, report
            with Connection(daemon.socket, timeout=120) as mta:
                mta.negotiate()
                mta.envelope(queue_id="Q1")
                headers = [("From", " shop@example.org"), ("Subject", " news")]
                answer = mta.message(headers, "cheap pills for you\r\n", queue_id="Q1")
                mta.quit()
            (report,) = values(answer.apply(headers), "X-Spam-Report")
            report = " ".join(report.split())
            time.sleep(0.3)
        assert "By what was learned (8 ham, 8 spam) it is spam with a probability of 0." in report, report
        assert "For spam: " in report and '"pills"' in report, report


def test_the_record_says_why():
    """What the page shows below the rule, where it speaks for spam; without a report in the header."""
    mail = "Message-ID: <y%d@example.org>\nFrom: %s@example.org\nSubject: taught\n\n%s %d\n"
    for wanted in "all", "no":
        with Learner(start=False) as daemon:
            daemon.write("vote.cf", "bayes_min_ham_num 4\nbayes_min_spam_num 4\n"
                                    "body LIKELY eval:check_bayes('0.5', '1.00')\nscore LIKELY 1\n"
                                    "body UNLIKELY eval:check_bayes('0.00', '0.5')\nscore UNLIKELY -1\n")
            daemon.more += "\nautolearn no\nrecord_matched %s\nrules %s/vote.cf\n" % (
                wanted, daemon.directory)
            daemon.place("lessons")
            for label, author, text in ("ham", "friend", "the minutes of the meeting"), ("spam", "shop", "cheap pills for you"):
                daemon.write("mbox", "".join(
                    "From a@example.org Mon Mar  2 10:00:00 2026\n" + mail % (number + 100 * (label == "spam"), author, text, number)
                    + "\n" for number in range(60)))
                daemon.assay("--" + label, "--mbox", daemon.path("mbox"))
            daemon.start()
            found = {}
            for author, text in ("shop", "cheap pills for you"), ("friend", "the minutes of the meeting"):
                with Connection(daemon.socket, timeout=120) as mta:
                    mta.negotiate()
                    mta.envelope(queue_id="Q" + author)
                    headers = [("From", " %s@example.org" % author), ("Subject", " news")]
                    mta.message(headers, text + "\r\n", queue_id="Q" + author)
                    mta.quit()
            wait_until("both records", lambda: daemon.records()[0][0] == 2)
            for row in daemon.records("SELECT rules, matched FROM records"):
                found.update({rule.partition("=")[0]: row[1] for rule in row[0].split(",")})
            assert {"LIKELY", "UNLIKELY"} <= set(found), found
            assert ('for spam: ' in found["LIKELY"] and '"pills"' in found["LIKELY"]) == (wanted == "all"), found
            assert "against it: " not in found["UNLIKELY"], found


def test_weights_are_changed():
    """The model is made anew from the lessons, the old snapshot put aside, and back again."""
    mail = "Message-ID: <w%d@example.org>\nSubject: taught\n\nsome words of number %d\n"
    with Learner(start=False) as daemon:
        daemon.write("mbox", "".join("From a@example.org Mon Mar  2 10:00:00 2026\n" + mail % (number, number) + "\n"
                                     for number in range(210)))
        for weights, expected in (("2^18", 2 << 20), ("2^20", 8 << 20), ("16384", 128 << 10), ("2^18", 2 << 20)):
            daemon.more = "autolearn no\nlearn_weights %s" % weights
            daemon.place("lessons")
            daemon.assay("--spam", "--mbox", daemon.path("mbox"))
            equal(daemon.counts(), (0, 210))
            sizes = [os.path.getsize(daemon.path(name)) for name in os.listdir(daemon.directory) if name.endswith(".model")]
            equal(len(sizes), 1)
            # The kept messages take 5 MB.
            assert 0 <= sizes[0] - expected - (5 << 20) < 4096, (weights, sizes)
