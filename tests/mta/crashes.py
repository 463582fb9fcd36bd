# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter is killed again and again at random moments, with mail of every kind under way."""

import os
import random
import threading
import time

from harness.env import wait_for
from harness.suite import test
from load import below_six, check_drops_are_recorded, check_none_lost_or_duplicated, submit_all, synthetic

# tests/faults asks for more of them.
KILLS = int(os.environ.get("KILLS", "4"))
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1 << 30)


@test(needs=["stranger"])
def filter_killed_at_random(t):
    print("#   SEED=%d, %d kills" % (SEED, KILLS), flush=True)
    generator, over = random.Random(SEED), threading.Event()
    t.start()

    def kill_again_and_again():
        try:
            for _ in range(KILLS):
                time.sleep(generator.uniform(0.05, 0.9))
                t.filter.kill()
                time.sleep(generator.uniform(0, 0.3))
                t.filter.start()
        finally:
            over.set()
    killer = threading.Thread(target=kill_again_and_again)
    killer.start()
    sent = []
    try:
        while not over.is_set():
            more = synthetic(36)
            sent += more
            submit_all(t, more)
    finally:
        killer.join()
    wait_for("the filter", t.filter.answers)
    t.settle_flushing()
    check_none_lost_or_duplicated(t, sent, below_six)
    check_drops_are_recorded(t, sent, hosted="orcpt" in t.mta.can)
