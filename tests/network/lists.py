#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS lists that lie, refuse, or are dead, through the milter socket: what hits, what is asked, and what
`assay lists` says. ASSAYD and ASSAY name the programs. The last line counts.
"""
import json
import os
import re
import subprocess
import sys
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(HERE, "..", "milter"), os.path.join(HERE, "..", "dns")]
from client import Connection  # noqa: E402
from daemon import Daemon  # noqa: E402
from stub import Stub, Zone  # noqa: E402

ASSAY = os.path.abspath(os.environ.get("ASSAY", os.path.join(HERE, "..", "..", "build", "assay")))
PATIENCE = 120


def rules_for(*names):
    return "".join("header {0} eval:check_rbl('{1}-lastexternal', '{1}.example')\ntflags {0} net\n"
                   "score {0} 0.001\n".format(name.upper(), name) for name in names)


RULES = rules_for("good", "liar", "over", "late", "dead", "dies")

# Mail to forward that the list of good hosts, or a rule that rests on it, saves.
SAVING = """
header KNOWN eval:check_rbl('known-lastexternal', '%s.example')
tflags KNOWN net nice
score KNOWN -15
body TD /please drop me/
score TD 18.2
"""

CONF = """
listen unix:{directory}/socket
store sqlite:{directory}/records.db
lists_file {directory}/lists
hostname receiver.example
hosted_domains example.net
forward_map texthash:{directory}/virtual
rules {directory}/rules.cf
dns_server 127.0.0.1@{port}
dns_timeout {timeout}
scan_timeout 20s
spf no
dkim no
dmarc no
"""

CLIENT = "198.51.100.7"
ENTRY = "7.100.51.198.%s.example"


def zone():
    out = Zone()
    for name in ("good", "liar", "over", "late", "dies"):
        out.add(ENTRY % name, "A", "127.0.0.2")
        out.add("2.0.0.127.%s.example" % name, "A",
                "127.255.255.254" if name == "over" else "127.0.0.2")
    out.add("1.0.0.127.liar.example", "A", "127.0.0.2")
    for entry in (ENTRY % "dead", "1.0.0.127.dead.example", "2.0.0.127.dead.example"):
        out.timeouts.add(entry)
    return out


def wait_for(what, condition):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("waited in vain for " + what)


class Setting:
    def __init__(self, timeout="1s", rules=RULES):
        self.stub = Stub(zone()).start()
        self.daemon = Daemon(start=False)
        self.daemon.write("rules.cf", rules)
        self.daemon.write("assay.conf", CONF.format(directory=self.daemon.directory,
                                                    port=self.stub.port, timeout=timeout))
        self.conf = os.path.join(self.daemon.directory, "assay.conf")
        self.daemon.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.daemon.__exit__(None, None, None)
        self.stub.stop()

    def send(self, before_end=None):
        """The rules that hit."""
        answer = self.answer(before_end=before_end)
        fields = {name: re.sub(r"\s+", " ", value) for _, name, value in answer.inserted}
        tests = re.search(r"tests=(.*?) version=", fields["X-Spam-Status"]).group(1)
        return set(re.split(r",\s*", tests)) - {"none"}

    def answer(self, recipient="<joe@example.net>", body=b"body\r\n", before_end=None):
        with Connection(self.daemon.socket) as mta:
            mta.negotiate()
            mta.greeted = True
            mta.macros("C", j="mail.example.net", daemon_name="smtpd", v="Postfix 3.7.11")
            mta.connect(ip=CLIENT)
            mta.helo()
            mta.envelope(queue_id="Q1", sender="<bounce@example.com>", recipients=(recipient,))
            mta.header("Subject", "x")
            if before_end:
                before_end()
            answer = mta.end(body)
            mta.quit()
        return answer

    def dropped(self):
        """Was mail to somebody else's mailbox dropped?"""
        return self.answer("<away@example.net>", b"please drop me\r\n").verdict == "d"

    def lists(self, *options):
        out = subprocess.run([ASSAY, "lists", "-c", self.conf, "--json", *options],
                             stdout=subprocess.PIPE, text=True, timeout=PATIENCE)
        result = json.loads(out.stdout)
        return result, {item["list"].split(".")[0]: item for item in result["lists"]}, out.returncode

    def probed(self):
        """Until the log says of each list what is wrong with it."""
        wait_for("probes", lambda: all("list %s.example: not asked" % name in self.daemon.log()
                                       for name in ("liar", "over", "dead")))

    def asked(self, name):
        return sum(question == ENTRY % name for question, _, _ in self.stub.log)


def test_suspended_lists_cost_nothing():
    with Setting() as setting:
        setting.probed()
        assert setting.send() == {"GOOD", "LATE", "DIES"}
        assert [setting.asked(name) for name in ("good", "liar", "over", "dead")] == [1, 0, 0, 0]


def test_a_list_that_dies_delays_one_message():
    with Setting() as setting:
        setting.probed()
        setting.stub.zone.timeouts |= {ENTRY % "dies", "1.0.0.127.dies.example",
                                       "2.0.0.127.dies.example"}
        for name in list(setting.stub.zone.timeouts):
            setting.stub.zone.records.pop(name, None)
        assert setting.send() == {"GOOD", "LATE"}
        wait_for("its end", lambda: "list dies.example: not asked" in setting.daemon.log())
        before = setting.asked("dies")
        assert setting.send() == {"GOOD", "LATE"}
        assert setting.asked("dies") == before


def test_a_notice_to_a_message_suspends():
    with Setting() as setting:
        setting.probed()
        setting.stub.zone.records[ENTRY % "late"] = [("A", "127.255.255.255")]
        assert setting.send() == {"GOOD", "DIES"}
        wait_for("its refusal", lambda: "list late.example: not asked" in setting.daemon.log())
        before = setting.asked("late")
        assert setting.send() == {"GOOD", "DIES"}
        assert setting.asked("late") == before


def test_a_silent_list_might_have_saved_mail():
    for name, dropped in (("dead", False), ("over", True), ("good", False)):
        with Setting(rules=SAVING % name) as setting:
            if name != "good":
                wait_for("probes", lambda: "list %s.example: not asked" % name in setting.daemon.log())
            assert setting.dropped() == dropped, name
            assert setting.asked(name) == (name == "good"), name


def test_the_command_sees_what_the_daemon_knows():
    with Setting() as setting:
        setting.probed()
        setting.send()
        result, lists, status = wait_for(
            "the daemon's file", lambda: (lambda seen: seen[0]["source"] == "assayd" and
                                          seen[1]["good"]["asked"] > 0 and
                                          seen[1]["dead"]["reason"] and seen)
            (setting.lists("--exit-code")))
        assert status == 1 and lists["good"]["state"] == "used" and lists["good"]["hit_rate"] == 1
        for name, word in (("liar", "lists"), ("over", "serve"), ("dead", "answer")):
            assert lists[name]["state"] == "suspended", lists[name]
            assert word in lists[name]["reason"] and lists[name]["advice"], lists[name]
        assert lists["liar"]["not_asked"] >= 1 and lists["liar"]["asked"] == 0


def test_reloads_while_answers_are_on_their_way():
    """Of what was asked by one rule set and answered under another, each message uses what its own
    has; nothing is lost, and the lists keep what is known of them."""
    with Setting(timeout="10s") as setting:
        setting.probed()
        setting.stub.zone.fault("*", delay=1.5)
        hits = []
        waiting = threading.Thread(target=lambda: hits.append(setting.send()))
        waiting.start()
        wait_for("questions", lambda: setting.asked("good"))
        time.sleep(0.3)
        setting.daemon.write("rules.cf", rules_for("good", "liar", "over", "late"))
        for _ in range(3):
            setting.daemon.reload()
        assert waiting.is_alive(), "the reload came too late"
        waiting.join()
        assert hits == [{"GOOD", "LATE", "DIES"}], hits
        assert setting.send() == {"GOOD", "LATE"}
        assert setting.asked("liar") == 0


def test_a_reload_between_sender_and_end():
    with Setting(timeout="10s") as setting:
        setting.probed()
        setting.stub.zone.fault("*", delay=1)

        def change():
            wait_for("questions", lambda: setting.asked("good") and setting.asked("dies"))
            setting.daemon.write("rules.cf", rules_for("late", "liar", "over", "dies"))
            setting.daemon.reload()

        assert setting.send(before_end=change) == {"LATE", "DIES"}


def test_a_stop_while_answers_are_on_their_way():
    with Setting(timeout="10s") as setting:
        setting.probed()
        setting.stub.zone.fault("*", delay=1)
        hits = []
        waiting = threading.Thread(target=lambda: hits.append(setting.send()))
        waiting.start()
        wait_for("questions", lambda: setting.asked("good"))
        time.sleep(0.3)
        assert setting.daemon.stop() == 0
        waiting.join()
        assert hits == [{"GOOD", "LATE", "DIES"}], hits


def test_a_file_of_the_future_is_not_believed():
    with Setting() as setting:
        wait_for("the daemon's file", lambda: setting.lists()[0]["source"] == "assayd")
        setting.daemon.stop()
        os.utime(os.path.join(setting.daemon.directory, "lists"), (2 ** 32, 2 ** 32))
        assert setting.lists()[0]["source"] == "probe"


def test_the_command_asks_by_itself():
    with Setting() as setting:
        setting.daemon.stop()
        result, lists, _ = setting.lists("--probe")
        assert result["source"] == "probe"
        assert {name: item["state"] for name, item in lists.items()} == {
            "good": "used", "liar": "suspended", "over": "suspended", "late": "used",
            "dead": "suspended", "dies": "used"}, lists


def main():
    tests = [(name, value) for name, value in sorted(globals().items()) if name.startswith("test_")]
    failed = 0
    for name, test in tests:
        try:
            test()
            print("ok - " + name[5:].replace("_", " "), flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print("not ok - " + name[5:].replace("_", " "), flush=True)
            traceback.print_exc()
    print("%d passed, %d failed" % (len(tests) - failed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
