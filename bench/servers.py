# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters that are compared: each a private instance in a directory of its own, on loopback,
ended with the `with` block that it serves."""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PROCESSORS = os.cpu_count() or 1


class Missing(Exception):
    """What is to be measured isn't installed."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class NoNames:
    """A DNS server that knows no name, for filters that can't do without one. A process of its own:
    what it takes is not the filter's."""

    def __init__(self, build):
        self.process = subprocess.Popen([f"{build}/no_names"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Server:
    """A filter: its address, the protocol that it speaks, and the process."""
    protocol = "milter"

    def __init__(self, build):
        self.build = build
        self.directory = tempfile.mkdtemp(prefix="assay-bench-")
        os.chmod(self.directory, 0o755)
        self.address = f"unix:{self.directory}/socket"
        self.process = None

    def path(self, name):
        return os.path.join(self.directory, name)

    def command(self):
        raise NotImplementedError

    def __enter__(self):
        self.log = open(self.path("output"), "w", encoding="utf-8")
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log,
                                        start_new_session=True)
        try:
            self.wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def output(self):
        with open(self.path("output"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def probe(self):
        """One small message; whether it was answered."""
        message = self.path("probe.eml")
        with open(message, "w", encoding="ascii") as file:
            file.write("From: a@example.com\nSubject: probe\n\nHello\n")
        return subprocess.run([f"{self.build}/load", "--protocol", self.protocol, self.address,
                               message], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False).returncode == 0

    def wait_until_it_answers(self, seconds=60):
        end = time.monotonic() + seconds
        while not self.probe():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.command()[0]} doesn't answer:\n{self.output()[-2000:]}")
            time.sleep(0.05)


class NullFilter(Server):
    def __init__(self, build, answers_all=False):
        super().__init__(build)
        self.answers_all = answers_all

    def command(self):
        return [f"{self.build}/null_filter", *(["-a"] if self.answers_all else []), self.address]


class Assay(Server):
    """assayd, as it is installed, with the given rules and a store of its own. As after the first
    start of an installed one, the cache of what it compiles is filled."""
    cache = None

    def __init__(self, build, rules, more="", address=None):
        super().__init__(build)
        if "cache_directory" not in more:
            more += f"\ncache_directory {Assay.cache}"
        if "network_tests" not in more:
            more += "\nnetwork_tests no"
        if address == "tcp":
            self.address = f"inet:127.0.0.1:{free_port()}"
        self.configuration = self.path("assay.conf")
        with open(self.configuration, "w", encoding="utf-8") as file:
            file.write(f"listen {self.address}\nstore sqlite:{self.directory}/records.db\n"
                       f"{more}\n" + "".join(f"rules {path}\n" for path in rules))

    def command(self):
        return [f"{self.build}/assayd", "-c", self.configuration]

    def __enter__(self):
        subprocess.run([f"{self.build}/assayd", "-t", "-c", self.configuration], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return super().__enter__()


# What asks the network or Redis, and what feeds others with statistics.
RSPAMD_OFF = """antivirus arc asn aws_s3 bimi clickhouse dcc dkim dkim_signing dmarc elastic
external_services fuzzy_check greylist hfilter history_redis metadata_exporter metric_exporter
mx_check neural p0f ratelimit rbl replies reputation rspamd_update spf surbl url_redirector
emails once_received whitelist""".split()


class Rspamd(Server):
    """Rspamd with its stock configuration: only ports, directories and the DNS server, which knows
    no name, are set. There is no Redis, as after an installation; what needs it stays off by itself,
    and fuzzy_check too, whose servers have no address. `off`: modules that are switched off.
    Over milter, the proxy worker scans by itself (`self_scan`), which is its shortest way."""

    def __init__(self, build, protocol="milter", off=()):
        super().__init__(build)
        self.protocol = protocol
        if shutil.which("rspamd") is None:
            raise Missing("rspamd isn't installed")
        ports = {name: free_port() for name in ("normal", "controller", "proxy")}
        self.address = f"inet:127.0.0.1:{ports['proxy' if protocol == 'milter' else 'normal']}"
        for name in ("local.d", "override.d", "db", "run", "log"):
            os.mkdir(self.path(name))
        for name in off:
            self.override(f"{name}.conf", "enabled = false;")
        self.names = NoNames(build)
        self.override("options.inc", f'dns {{ nameserver = ["127.0.0.1:{self.names.port}"]; }}\n'
                      f'control_socket = "{self.directory}/run/control";')
        for name, port in ports.items():
            count = 1 if name == "controller" else PROCESSORS
            self.override(f"worker-{name}.inc",
                          f'bind_socket = "127.0.0.1:{port}";\ncount = {count};\n' +
                          ('upstream "local" { default = yes; self_scan = yes; }\n'
                           if name == "proxy" else ""))

    def __exit__(self, *error):
        super().__exit__(*error)
        self.names.stop()

    def override(self, name, text):
        with open(self.path(f"override.d/{name}"), "w", encoding="utf-8") as file:
            file.write(text + "\n")

    def command(self):
        places = {"LOCAL_CONFDIR": "", "DBDIR": "db", "RUNDIR": "run", "LOGDIR": "log"}
        command = ["rspamd", "-f", "-c", "/etc/rspamd/rspamd.conf"]
        if os.geteuid() == 0:
            command.append("-i")
        for name, place in places.items():
            command.append(f"--var={name}={os.path.join(self.directory, place).rstrip('/')}")
        return command

    def wait_until_it_answers(self, seconds=90):
        super().wait_until_it_answers(seconds)
        end = time.monotonic() + seconds
        # Its Hyperscan databases are compiled beside the first messages, and then loaded by all.
        while self.main_log().count("full hyperscan database") < 2 * PROCESSORS:
            if time.monotonic() > end:
                raise RuntimeError("rspamd compiles no Hyperscan database:\n" + self.main_log()[-2000:])
            time.sleep(0.2)
        time.sleep(1)

    def scanned(self):
        """What its log says of the messages: how many, regexps and questions to the DNS."""
        log = self.main_log()
        asked = [int(number) for number in re.findall(r"dns req: (\d+)", log)]
        regexps = re.findall(r"(\d+) regexps total", log)
        if not asked or not regexps:
            raise RuntimeError("rspamd has scanned nothing:\n" + log[-2000:])
        return (f"{len(asked)} messages, {regexps[-1]} regexps, "
                f"{sum(asked) / len(asked):.0f} DNS questions each")

    def main_log(self):
        try:
            with open(self.path("log/rspamd.log"), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""


class Spamd(Server):
    """spamd with the stock rules, local tests only, without Bayes and user settings."""
    protocol = "spamd"

    def __init__(self, build):
        super().__init__(build)
        self.program = shutil.which("spamd") or "/usr/sbin/spamd"
        if not os.path.exists(self.program):
            raise Missing("spamd isn't installed")

    def command(self):
        return [self.program, "-L", "-x", "-s", "stderr", f"--socketpath={self.directory}/socket",
                f"--max-children={PROCESSORS}", f"--min-children={PROCESSORS}",
                f"--max-spare={PROCESSORS}", "--max-conn-per-child=1000000",
                f"--helper-home-dir={self.directory}", f"--pidfile={self.directory}/pid",
                "--cf=use_bayes 0", "--cf=use_auto_whitelist 0"]
