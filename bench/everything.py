# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters with everything that they have switched on: the network (a DNS server that knows no name, whose
answers are cached), a classifier that has learned 5,000 messages of the public corpus, and Redis."""
import os
import random
import subprocess
import sys

from servers import Assay, Missing, NoNames, Rspamd, Spamd, free_port

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests"))
from redis_server import RedisServer, installed  # noqa: E402

LEARNED = 5000


def taught_messages(corpus):
    """The paths of what is learned, by class."""
    found = sorted(os.path.join(at, name) for at, _, names in os.walk(corpus) for name in names if name.endswith(".txt"))
    chosen = random.Random(2).sample(found, min(LEARNED, len(found)))
    return {"ham": [path for path in chosen if "/spam-" not in path], "spam": [path for path in chosen if "/spam-" in path]}


def write_list(directory, name, paths):
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(paths) + "\n")
    return path


def run(*command, **how):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)


def redis_in(directory):
    if not installed():
        raise Missing("redis-server isn't installed")
    # As an installed one: what is on its disk is at most a second old.
    return RedisServer(os.path.join(directory, "redis"), "--appendfsync", "everysec")


class AssayWithAll(Assay):
    def __init__(self, build, rules, taught):
        self.names, self.port = NoNames(build), free_port()
        super().__init__(build, rules, f"network_tests yes\ndns_server 127.0.0.1@{self.names.port}")
        self.taught = taught
        self.redis = redis_in(self.directory)
        with open(self.configuration, encoding="utf-8") as file:
            text = file.read()
        text = text.replace(f"store sqlite:{self.directory}/records.db",
                            f"store redis://127.0.0.1:{self.redis.port}/0?journal={self.directory}/journal")
        with open(self.configuration, "w", encoding="utf-8") as file:
            file.write(text)

    def __enter__(self):
        for kind, paths in self.taught.items():
            run(f"{self.build}/assay", "learn", "-c", self.configuration, f"--{kind}", "--list",
                write_list(self.directory, kind, paths))
        return super().__enter__()

    def __exit__(self, *error):
        super().__exit__(*error)
        self.redis.stop()
        self.names.stop()


class RspamdWithAll(Rspamd):
    """But greylisting, which Redis switches on: it would put off each message before it is looked at."""

    def __init__(self, build, taught):
        super().__init__(build, off=("greylist",))
        self.taught = taught
        self.redis = redis_in(self.directory)
        with open(self.path("local.d/redis.conf"), "w", encoding="utf-8") as file:
            file.write(f'servers = "127.0.0.1:{self.redis.port}";\n')
        self.controller = free_port()
        self.override("worker-controller.inc", f'bind_socket = "127.0.0.1:{self.controller}";\ncount = 1;\n'
                      'secure_ip = "127.0.0.1";')

    def __enter__(self):
        super().__enter__()
        for kind, paths in self.taught.items():
            for at in range(0, len(paths), 200):
                # What it has learned already, as another message's copy, it refuses.
                subprocess.run(["rspamc", "-h", f"127.0.0.1:{self.controller}", "-n", "4", f"learn_{kind}",
                                *paths[at:at + 200]], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def learned(self):
        done = subprocess.run(["rspamc", "-h", f"127.0.0.1:{self.controller}", "stat"], check=True, text=True,
                              stdout=subprocess.PIPE)
        return sum(int(line.rsplit(";", 1)[0].split("learned: ")[-1].split(";")[0]) for line in done.stdout.splitlines()
                   if "BAYES_" in line and "learned: " in line)

    def __exit__(self, *error):
        super().__exit__(*error)
        self.redis.stop()


class SpamdWithAll(Spamd):
    """Its Bayes database is in files, as it is installed."""

    def __init__(self, build, taught):
        super().__init__(build)
        self.names = NoNames(build)
        os.mkdir(self.path("bayes"))
        self.settings = [f"bayes_path {self.directory}/bayes/db", "use_bayes 1", "bayes_auto_expire 0",
                         f"dns_server [127.0.0.1]:{self.names.port}", "use_auto_whitelist 0"]
        for kind, paths in taught.items():
            run("sa-learn", "-L", "--no-sync", f"--{kind}", "-f", write_list(self.directory, kind, paths),
                *[f"--cf={setting}" for setting in self.settings])
        run("sa-learn", "-L", "--sync", *[f"--cf={setting}" for setting in self.settings])

    def command(self):
        return [word for word in super().command() if word != "-L" and not word.startswith("--cf=")] + [
            f"--cf={setting}" for setting in self.settings]

    def __exit__(self, *error):
        super().__exit__(*error)
        self.names.stop()
