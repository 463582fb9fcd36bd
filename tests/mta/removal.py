# SPDX-License-Identifier: GPL-3.0-or-later
"""How to get rid of it again. Imported last, for it takes the hop away."""

from harness.env import check, check_equal
from harness.suite import test


@test(needs=["undo"])
def undone_as_the_readme_says(t):
    check(t.mta.settings() != t.mta.original, "the hop is set up")
    t.mta.undo()
    check_equal(t.mta.settings(), t.mta.original, "settings")
