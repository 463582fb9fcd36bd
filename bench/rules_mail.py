# SPDX-License-Identifier: GPL-3.0-or-later
"""The sorted mail by which the rules that we ship are judged: arguments for `assay tune`."""
import glob
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RULES = os.path.join(TOP, "rules", "assay")
# The mail is stored: what its servers found out can't be found out again.
CONF = "trusted_authserv *\nnetwork_tests no\n"


def folders():
    """(kind, source, folder) of each; MAIL names where they are."""
    mail = os.environ.get("MAIL", os.path.join(TOP, "..", "shared", "mail"))
    found = [(kind, os.path.basename(folder), folder) for kind in ("ham", "spam")
             for folder in sorted(glob.glob(f"{mail}/modern/{kind}/*"))]
    found += [(kind, "mixed-2010", f"{mail}/mixed-2010/{kind}") for kind in ("ham", "spam")]
    found.append(("spam", "phish-recent", f"{mail}/phish-recent"))
    found = [row for row in found if os.path.isdir(row[2])]
    return found or sys.exit(f"no mail in {mail}; name a folder with MAIL=")


def public():
    """The same of each message of the public corpus, where it can be had."""
    corpus = subprocess.run([f"{TOP}/tests/fetch-corpus"], stdout=subprocess.PIPE, text=True, check=False)
    names = sorted(glob.glob(f"{corpus.stdout.strip()}/*/*.txt")) if corpus.returncode == 0 else []
    sources = [os.path.basename(os.path.dirname(name)) for name in names]
    return [("spam" if source.startswith("spam") else "ham", source, name)
            for source, name in zip(sources, names)]


def arguments(rows):
    return [arg for kind, source, path in rows for arg in (f"--{kind}", f"{source}={path}")]
