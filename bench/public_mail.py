# SPDX-License-Identifier: GPL-3.0-or-later
"""The public corpus of 2002, and orders of it that are the same in every run."""
import os
import random
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def public_corpus():
    """[(path, label, collection)], or exit."""
    found = subprocess.run([os.path.join(HERE, "../tests/fetch-corpus")], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        sys.exit(f"{os.path.basename(sys.argv[0])}: {found.stderr.strip()}")
    folder = found.stdout.strip()
    return [(os.path.join(folder, part, name), "spam" if part.startswith("spam") else "ham", "2002")
            for part in sorted(os.listdir(folder)) if os.path.isdir(os.path.join(folder, part))
            for name in sorted(os.listdir(os.path.join(folder, part))) if name.endswith(".txt")]


def shuffled(numbers, seed):
    numbers = list(numbers)
    random.Random(seed).shuffle(numbers)
    return numbers


def some_of_each(labels, count, seed):
    """So many numbers of ham and of spam, and all others, in an order of the seed."""
    order = shuffled(range(len(labels)), 100 + seed)
    some = [number for kind in ("ham", "spam") for number in [one for one in order if labels[one] == kind][:count]]
    return shuffled(some, seed), [number for number in order if number not in set(some)]
