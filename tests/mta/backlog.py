# SPDX-License-Identifier: GPL-3.0-or-later
"""What has gathered while the filter was down drains at full speed, and each message of it once.

BACKLOG: how many messages (default 600; `make soak` takes 20,000).
"""

import concurrent.futures
import json
import os
import time

from harness import mail
from harness.env import PATIENCE, Skip, check, check_equal, run, wait_for
from harness.suite import test
from load import PARALLEL, Sent, below_six, check_drops_are_recorded, check_none_lost_or_duplicated

COUNT = int(os.environ.get("BACKLOG", "600"))
# As many as tell how fast it is with hardly any.
FEW = 150
# However busy the machine is: what is waited for goes on by more than a message in so many seconds.
SLOWEST = 0.5
# Of the rate with few. It is higher with many, where nothing else needs the processors just then.
SHARE = 0.4
DROPPED_EACH = 20


def forwards(count):
    return [Sent(lambda track, points=points: mail.build(mail.scored(points) if points else mail.HAM, track), "forward", points)
            for points in (18.2 if i % DROPPED_EACH == 0 else None for i in range(count))]


def submit(t, sent):
    """Many in each session."""
    def some(part):
        with mail.connect(t.mta) as smtp:
            for message in part:
                check_equal(smtp.sendmail(mail.SENDER, message.rcpts, message.data), {}, "refused")
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(some, (sent[i::PARALLEL] for i in range(PARALLEL))))


def gather(t, sent):
    """While the filter is down."""
    submit(t, sent)
    wait_for(lambda: "%d messages to be deferred: %d are" % (len(sent), t.mta.deferred()),
             lambda: t.mta.deferred() == len(sent), PATIENCE + SLOWEST * len(sent), 0.2)


def drain(t, sent):
    """Until all are out: messages a second, from the first on that left."""
    wanted, before = sum(map(below_six, sent)), len(t.outside.mails)
    t.mta.flush()

    def left():
        return len(t.outside.mails) - before
    wait_for("the first to leave", left, interval=0.01)
    begun, at_first = time.monotonic(), left()
    wait_for(lambda: "%d messages to leave: %d have" % (wanted, left()), lambda: left() >= wanted,
             PATIENCE + SLOWEST * len(sent), 0.02)
    rate = (wanted - at_first) / max(time.monotonic() - begun, 0.001)
    t.settle()
    return rate


def turned_away(t):
    program = os.path.join(os.path.dirname(t.filter.program), "assay")
    return sum(json.loads(run([program, "status", "--json", "-c", t.filter.conf]))["messages"]["overload"].values())


@test()
def backlog_drains_at_full_speed(t):
    if t.mta.name != "postfix":
        raise Skip("its queue runner takes one message after another")
    few, many = forwards(FEW), forwards(COUNT)
    rates = []
    for sent in (few, many):
        gather(t, sent)
        t.start({"control": "unix:" + os.path.join(t.dir, "control.sock")})
        rates.append(drain(t, sent))
        check_equal(turned_away(t), 0, "messages beyond a limit")
        t.filter.stop()
    print("#   %d messages drained with %.0f a second, %d with %.0f" % (FEW, rates[0], COUNT, rates[1]), flush=True)
    check_none_lost_or_duplicated(t, few + many, below_six)
    check_drops_are_recorded(t, few + many)
    check(rates[1] >= SHARE * rates[0], "a backlog makes it slow: %.0f messages a second, with few %.0f" % (rates[1], rates[0]))
