# SPDX-License-Identifier: GPL-3.0-or-later
"""What a runner repeats: with AGAIN=1 only what failed the last time. FAILED_TESTS names the folder that remembers it;
without it nothing is remembered, and everything is run."""
import os


def _path(runner):
    folder = os.environ.get("FAILED_TESTS")
    return os.path.join(folder, runner) if folder else None


def only_failed(runner, names):
    """Those of `names` that failed the last time, where that is wanted and known; else all of them."""
    path = _path(runner)
    if os.environ.get("AGAIN") != "1" or path is None or not os.path.exists(path):
        return list(names)
    with open(path, encoding="utf-8") as file:
        failed = set(file.read().splitlines())
    return [name for name in names if name in failed] or list(names)


def remember(runner, failed):
    path = _path(runner)
    if path is None:
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(name + "\n" for name in failed))
