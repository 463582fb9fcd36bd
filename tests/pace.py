# SPDX-License-Identifier: GPL-3.0-or-later
"""How slow this machine is now, so that no test has a bound that only fast machines keep."""

import os
import subprocess
import time

SPAWNS = 20
SPAWN_S = 0.003         # to start a process that ends at once, on a machine with nothing else to do


def factor():
    """How many times slower than such a machine; at least 1. By measuring, and by what waits for processors."""
    begun = time.monotonic()
    for _ in range(SPAWNS):
        subprocess.run(["true"], check=True)
    measured = (time.monotonic() - begun) / (SPAWNS * SPAWN_S)
    return max(1.0, measured, os.getloadavg()[0] / len(os.sched_getaffinity(0)))


def allowed(seconds, limit):
    """Whether that is below the limit, which is for a machine with nothing else to do."""
    return seconds < limit or seconds < limit * factor()
