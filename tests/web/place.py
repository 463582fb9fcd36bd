# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter with a few messages in its records, and the page beside it, for the tests in this directory."""
import http.client
import os
import re
import signal
import socket
import subprocess
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASSAY = os.path.abspath(os.environ.get("ASSAY", os.path.join(TOP, "build", "assay")))
ASSAYD = os.path.abspath(os.environ.get("ASSAYD", os.path.join(os.path.dirname(ASSAY), "assayd")))

RULES = r"""body SELLS_PILLS /cheap pills/i
describe SELLS_PILLS Sells <b>pills</b> & more
score SELLS_PILLS 7.5
body A_BIT /hello/
describe A_BIT Says hello
score A_BIT 0.1
body EXACTLY_SIX /exactly six/
score EXACTLY_SIX 6
body %s /unbroken/
describe %s %s
score %s 1
""" % ("VERY_" * 20 + "LONG", "VERY_" * 20 + "LONG", "unbroken" * 30, "VERY_" * 20 + "LONG")

# What a stranger might write where he can; none of it may be markup, a formula or an invisible turn of the text.
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'=cmd|x &amp; \u202eevil"


def mail(subject, body="hello", sender="sender@example.org", message_id="m1@example.org"):
    return ("From: <%s>\nTo: someone\nSubject: %s\nMessage-ID: <%s>\nDate: Mon, 30 Nov 2026 20:00:00 +0000\n"
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n%s\n"
            % (sender, subject, message_id, body)).encode()


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(self.path)


class Answer:
    def __init__(self, response):
        self.code = response.status
        self.headers = response.headers
        self.raw = response.read()
        self.text = self.raw.decode()


class Place:
    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="assay-web-")
        self.path = self.directory.name
        os.chmod(self.path, 0o755)
        self.processes = []
        self.socket = self.file("web.sock")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.write("rules.cf", RULES)
        self.write("virtual", "example.com anything\nfwd@example.com joe@aol.example\n*@x.example x@y.example\n")
        self.conf = self.write("assay.conf", "".join(line + "\n" for line in (
            "listen unix:" + self.file("assay.sock"), "control unix:" + self.file("control.sock"),
            "store sqlite:" + self.file("assay.db"), "mistakes_directory " + self.file("mistakes"),
            "discarded_copies 7d 100M", "discarded_copies_directory " + self.file("copies"), "rules " + self.file("rules.cf"), "cache_directory",
            "lists_file", "network_tests no", "hosted_domains example.com example.net",
            "forward_map texthash:" + self.file("virtual"), "web_key_file " + self.file("web.key"),
            "web_links_file " + self.file("web-links"), "web_url http://127.0.0.1:%d" % self.port,
            "web_staff_header X-Staff", "web_account_header X-Account", "support_url https://help.example/?id=%i",
            "adapt_discard yes", "health_file " + self.file("health"), "service_name \"Mail of Example & Sons\"")))
        self.assay("key", "new", "--group", "-", self.file("web.key"))

    def file(self, name):
        return os.path.join(self.path, name)

    def write(self, name, text):
        with open(self.file(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.file(name)

    def assay(self, *args, stdin=b"", status=0):
        result = subprocess.run([ASSAY, *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        assert result.returncode == status, (args, result.returncode, result.stderr)
        self.stderr = result.stderr.decode()
        return result.stdout.decode()

    def start(self, *command):
        log = open(self.file(os.path.basename(command[0]) + "%d.log" % len(self.processes)), "wb")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def start_filter(self):
        self.start(ASSAYD, "-c", self.conf)
        # The socket is there before the store is.
        self.wait_for(lambda: " ready: " in self.logs())

    def start_page(self, address=None, more=""):
        """On the unix socket, or an address."""
        name = "web%d.conf" % len(self.processes)
        with open(self.conf, encoding="utf-8") as file:
            self.write(name, file.read() + "web %s\n%s" % (address or "unix:" + self.socket, more))
        process = self.start(ASSAY, "web", "-c", self.file(name))
        if address:
            self.wait_for(self.answers)
        else:
            self.wait_for(lambda: os.path.exists(self.socket))
        return process

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def wait_for(self, ready, seconds=60):
        end = time.monotonic() + seconds
        while not ready():
            for process in self.processes:
                assert process.poll() is None, self.logs()
            assert time.monotonic() < end, "not in %d s: %s" % (seconds, self.logs())
            time.sleep(0.05)

    def logs(self):
        text = ""
        for name in sorted(os.listdir(self.path)):
            if name.endswith(".log"):
                with open(self.file(name), errors="replace") as file:
                    text += name + ": " + file.read()
        return text

    def send(self, message, sender="sender@example.org", recipients=("joe@example.com",)):
        """Through the filter, as an MTA would; returns once it is on record."""
        arguments = [word for name in recipients for word in ("--rcpt", name)]
        before = self.count()
        self.assay("probe", "--from", sender, *arguments, "unix:" + self.file("assay.sock"), stdin=message)
        self.wait_for(lambda: self.count() >= before + len(recipients))

    def count(self):
        report = ""
        for name in "deliveries", "forwarded-discards":
            report += self.assay("report", name, "--json", "--since", "all", "-c", self.conf)
        return report.count("\n")

    def fill(self):
        self.send(mail("Minutes", message_id="minutes@example.org"), recipients=("joe@example.com", "ann@example.net"))
        self.send(mail("Cheap", "cheap pills", message_id="pills@example.org"), "spammer@bad.example",
                  ("fwd@example.com",))
        self.send(mail("Cheap again", "cheap pills now", message_id="pills2@example.org"), "spammer@bad.example",
                  ("fwd@example.com", "ann@example.net"))
        self.send(mail(HOSTILE, "cheap pills " + HOSTILE, message_id="<b>&\"x@example.org"), "<i>x\"&'@bad.example",
                  ("joe@example.com", "fwd@example.com"))

    def get(self, target, headers=None, method="GET", body=None, connection=None):
        connection = connection or Unix(self.socket)
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers.items() if isinstance(headers, dict) else headers or ():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    def staff(self, target, **more):
        return self.get(target, {"X-Staff": "anna"}, **more)

    def customer(self, target, account="example.com", **more):
        return self.get(target, {"X-Account": account}, **more)

    def ids(self, target="/deliveries.json?since=all"):
        return re.findall(r'"id":"([^"]+)"', self.staff(target).text)

    def end(self):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(30) for process in self.processes]
        logs = self.logs()
        self.directory.cleanup()
        return codes, logs
