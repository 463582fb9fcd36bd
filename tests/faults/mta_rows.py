# SPDX-License-Identifier: GPL-3.0-or-later
"""Under a real Postfix and a real Sendmail: tests/mta has the MTAs and counts what arrives."""
import os
import re
import subprocess
import sys
import tempfile

from daemon import Skip
from matrix import LONG, SEED, row

RUN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "mta", "run")


def under(mta, word, **environment):
    """Runs tests of tests/mta."""
    if os.geteuid() != 0:
        raise Skip("only root can start a private %s" % mta)
    with tempfile.TemporaryDirectory(prefix="faults-", dir=os.environ.get("ASSAY_MTA_DIR", "/run")) as directory:
        os.chmod(directory, 0o755)
        done = subprocess.run([sys.executable, RUN, mta, "-k", word], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=3000,
                              env=dict(os.environ, SEED=str(SEED), ASSAY_MTA_DIR=directory, **environment))
    if " # SKIP " in done.stdout:
        raise Skip(re.search(r" # SKIP (.*)", done.stdout).group(1))
    assert done.returncode == 0, done.stdout


def killed_at_random(mta):
    under(mta, "killed_at_random", KILLS="60" if LONG else "8")


@row("kill-postfix", "kill -9 at random under real Postfix: each mail arrives once or is on the report once")
def kill_postfix():
    killed_at_random("postfix")


@row("kill-sendmail", "kill -9 at random under real Sendmail: the same")
def kill_sendmail():
    killed_at_random("sendmail")


@row("soak-postfix", "all that a forwarder can switch on, for minutes under real Postfix: each leg of each mail is accounted for",
     long=True)
def soak_postfix():
    under("postfix", "soak_with_everything_on", SOAK="300")


@row("soak-sendmail", "the same under real Sendmail", long=True)
def soak_sendmail():
    under("sendmail", "soak_with_everything_on", SOAK="300")
