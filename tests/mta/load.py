# SPDX-License-Identifier: GPL-3.0-or-later
"""Many messages at once, with and without trouble: none lost, none twice."""

import concurrent.futures
import glob
import os
import random
import subprocess
import time

from harness import mail
from harness.env import TOP, Failure, Network, Skip, check, check_equal, wait_for
from harness.suite import test

BOX, BOTH = "box@hosted.example", "both@hosted.example"
PARALLEL = 10


class Sent:
    """One message of a load: what was sent to whom, and what has to become of it."""

    def __init__(self, data, kind, points=None):
        self.track = mail.new_track()
        self.kind, self.points = kind, points
        self.data = data(self.track)
        self.rcpts = {"box": [BOX], "both": [BOTH],
                      "forward": [self.track + "@catchall.example"]}[kind]
        self.outside = self.track + "@aol.example" if kind == "forward" else "both@aol.example"


def synthetic(count):
    """Of every kind and score, in an order that is always the same."""
    scores = [None, 3.0, 5.9, 6.0, 18.2, None]
    kinds = ["box", "both", "forward"]
    sent = []
    for i in range(count):
        points = scores[i % len(scores)]
        body = mail.HAM if points is None else mail.scored(points)
        sent.append(Sent(lambda track, body=body: mail.build(body, track),
                         kinds[i // len(scores) % 3], points))
    return sent


def corpus_folder():
    if os.environ.get("CORPUS"):
        return os.environ["CORPUS"]
    done = subprocess.run([os.path.join(TOP, "tests", "fetch-corpus")], timeout=600, check=False,
                          preexec_fn=Network.leave,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        print("# SKIP: %s; the load is mail of our own (or set CORPUS to a folder)" % (
            done.stderr.strip() or "no public corpus"), flush=True)
        return os.path.join(TOP, "tests", "sorted")
    return done.stdout.strip()


def corpus(count):
    root = corpus_folder()
    files = sorted(f for f in glob.glob(os.path.join(root, "**"), recursive=True)
                   if os.path.isfile(f) and f.endswith((".txt", ".eml")))
    if not files:
        raise Skip("no .txt or .eml messages in %s" % root)
    random.Random(7).shuffle(files)
    sent = []
    for i, path in enumerate((files * (count // len(files) + 1))[:count]):
        with open(path, "rb") as f:
            data = f.read()
        sent.append(Sent(lambda track, data=data: mail.from_corpus(data, track),
                         ("box", "both", "forward")[i % 3]))
    return sent


def submit_all(t, sent, meanwhile=None):
    """Sends in parallel; `meanwhile` runs when about a third of it is out."""
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        jobs = [pool.submit(mail.submit, t.mta, s.data, s.rcpts) for s in sent]
        if meanwhile:
            wait_for("a third of the load",
                     lambda: sum(j.done() for j in jobs) >= len(jobs) // 3, 60)
            meanwhile()
        for job in jobs:
            job.result()


def tracks(mails):
    count = {}
    for m in mails:
        count[m.track()] = count.get(m.track(), 0) + 1
    return count


def check_none_lost_or_duplicated(t, sent, forwarded):
    """forwarded(s): True if the outside copy must be there, False if not, None if both are right."""
    boxes, outside = tracks(t.boxes.all()), tracks(t.outside.all())
    known = {s.track for s in sent}
    check_equal(set(boxes) | set(outside) <= known, True, "only our messages arrived")
    for s in sent:
        check_equal(boxes.get(s.track, 0), int(s.kind != "forward"), "mailbox copies of " + s.track)
        expected = False if s.kind == "box" else forwarded(s)
        if expected is not None:
            check_equal(outside.get(s.track, 0), int(expected), "outside copies of %s (%s, %s)"
                        % (s.track, s.kind, s.points))
        check(outside.get(s.track, 0) <= 1, "%s left more than once" % s.track)


def check_drops_are_recorded(t, sent, hosted=True):
    """Each forward that did not leave is in the records, once, under its hosted recipient;
    without `hosted`, where the front may have missed it, under its destination at least."""
    records = t.filter.discarded()
    arrived = tracks(t.outside.all())
    for s in sent:
        if s.kind == "forward":
            found = [r[0] for r in records if r[1] == s.outside]
            check_equal(len(found), int(s.track not in arrived), "records of " + s.track)
            if hosted:
                check(all(r == s.rcpts[0] for r in found), "%s is recorded as of %s"
                      % (s.rcpts[0], found))


def check_looks_right(mail_, sent):
    """What a mailbox got is what was sent, tagged if and only if its headers call it spam."""
    spam = mail_.get("X-Spam-Flag") == "YES"
    status = mail_.get("X-Spam-Status")
    subjects = mail_.raw("Subject")
    check(status.startswith("Yes, score=" if spam else "No, score="), "X-Spam-Status: " + status)
    check_equal(bool(subjects) and subjects[0].startswith(b"[SPAM]"), spam, "tag of %r" % subjects)
    check(mail_.get("X-Spam-Technical-Details").startswith("["), "X-Spam-Technical-Details")
    # Both MTAs break longer lines, and Sendmail adds a multipart's last boundary.
    body = sent.data.partition(b"\r\n\r\n")[2]
    if max(map(len, body.split(b"\r\n"))) < 900 and body.endswith(b"\r\n"):
        check(mail_.body().startswith(body), "the body of %s was changed" % sent.track)


def settle_busy(t):
    """On a busy machine the MTA itself may put off a delivery; it says why, and does it later."""
    try:
        t.settle(30)
    except Failure as put_off:
        print("#   " + str(put_off), flush=True)
        t.settle_flushing()


def below_six(s):
    return s.points is None or s.points < 6.0


@test()
def five_hundred_of_the_corpus(t):
    sent = corpus(500)
    check(len(sent) == 500, "only %d messages in the corpus" % len(sent))
    t.start({"rules": [t.filter.shipped_rules(), t.filter.rules]})
    start = time.monotonic()
    submit_all(t, sent)
    settle_busy(t)
    print("#   500 messages in %.1f s" % (time.monotonic() - start))
    by_track = {s.track: s for s in sent}
    for m in t.boxes.all():
        check_looks_right(m, by_track[m.track()])
    score = {m.track(): float(m.get("X-Spam-Score")) for m in t.boxes.all()}
    check_none_lost_or_duplicated(
        t, sent, lambda s: score[s.track] < 6.0 if s.kind == "both" else None)
    check_drops_are_recorded(t, sent)
    dropped = sum(s.kind == "forward" and s.track not in tracks(t.outside.all()) for s in sent)
    check(0 < dropped < 160, "%d of 166 forwards were dropped" % dropped)


@test()
def steady_load(t):
    t.start()
    sent = synthetic(72)
    submit_all(t, sent)
    t.settle()
    check_none_lost_or_duplicated(t, sent, below_six)
    for m in t.boxes.all():
        points = next(s.points for s in sent if s.track == m.track())
        check_equal(m.get("X-Spam-Score"), "%.1f" % (points or 0), "X-Spam-Score")


def trouble(t, meanwhile, count=72, settled=lambda: None):
    sent = synthetic(count)
    submit_all(t, sent, meanwhile)
    t.settle_flushing()
    settled()
    check_none_lost_or_duplicated(t, sent, below_six)
    check_drops_are_recorded(t, sent, hosted="orcpt" in t.mta.can)


@test(needs=["stranger"])
def filter_killed_in_mid_load(t):
    def kill_and_start():
        t.filter.kill()
        time.sleep(0.5)
        t.filter.start()
    t.start()
    trouble(t, kill_and_start)


@test(needs=["stranger"])
def filter_restarted_in_mid_load(t):
    def restart():
        t.filter.stop()
        t.filter.start()
    t.start()
    trouble(t, restart)


@test()
def reload_in_mid_load(t):
    """Each message is seen by one policy, the old or the new one; none by no policy."""
    def reload_():
        for name in ("Second Mail", "Third Mail", "Last Mail"):
            t.filter.configure({"service_name": name})
            t.filter.reload()
            time.sleep(0.2)
    t.start({"service_name": "First Mail"})
    trouble(t, reload_, 108)
    names = {m.get("X-Spam-Technical-Details").partition("]")[0] for m in t.boxes.all()}
    check(names <= {"[First Mail", "[Second Mail", "[Third Mail", "[Last Mail"}, names)
    mail_ = t.boxes.one(t.send(mail.HAM, BOX))
    check(mail_.get("X-Spam-Technical-Details").startswith("[Last Mail]"), "the last one is in use")


@test()
def broken_config_keeps_the_old_one(t):
    t.start()
    with open(t.filter.conf, "a", encoding="utf-8") as f:
        f.write("\n[nonsense]\n")
    t.filter.reload()
    wait_for("the complaint", lambda: "nonsense" in "\n".join(t.filter.log_lines()))
    m = t.boxes.one(t.send(mail.scored(18.2), BOX))
    check_equal(m.raw("Subject"), [b"[SPAM] minutes of Tuesday"], "Subject")
