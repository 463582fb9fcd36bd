# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics: what a real Prometheus reads, and what contrib/grafana asks it."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from daemon import Daemon, Skip
from test_message import TAG, ask, equal

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url, method="GET", data=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, data=data), timeout=30) as answer:
            return answer.status, answer.headers.get("Content-Type"), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Content-Type"), error.read().decode()


def values(text):
    """Of each series."""
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
            for line in text.splitlines() if not line.startswith("#")}


def test_none_by_default():
    with Daemon() as daemon:
        assert "serving metrics" not in daemon.log()


def test_values():
    port = free_port()
    with Daemon("metrics inet:127.0.0.1:%d" % port) as daemon:
        for _ in range(3):
            ask(daemon, TAG)
        ask(daemon)
        url = "http://127.0.0.1:%d" % port
        code, kind, text = fetch(url + "/metrics")
        equal(code, 200)
        assert kind.startswith("text/plain; version=0.0.4"), kind
        found = values(text)
        equal(found['assay_messages_total{action="tag",listener="front"}'], 3)
        equal(found['assay_messages_total{action="pass",listener="front"}'], 1)
        equal(found["assay_scan_duration_seconds_count"], 4)
        equal(found['assay_scan_duration_seconds_bucket{le="+Inf"}'], 4)
        equal(found["assay_store_up"], 1)
        equal(found["assay_degraded"], 0)
        assert abs(found["assay_start_time_seconds"] - time.time()) < 600
        # The same as assay status says.
        status = daemon.status()
        assert 'assay_rules_info{id="%s"} 1\n' % status["policy"]["id"] in text
        for path, method, expected in (("/", "GET", 404), ("/metrics", "POST", 405), ("/metrics", "HEAD", 200),
                                       ("/metrics/../x", "GET", 404)):
            equal(fetch(url + path, method, b"x" * 100000 if method == "POST" else None)[0], expected)
        if shutil.which("promtool"):
            check = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            equal((check.returncode, check.stdout), (0, ""))


def test_degraded():
    port = free_port()
    with Daemon("metrics inet:%d@127.0.0.1" % port, store="sqlite:/nonexistent/x/records.db") as daemon:
        text = fetch("http://127.0.0.1:%d/metrics" % port)[2]
        found = values(text)
        equal((found["assay_store_up"], found["assay_degraded"]), (0, 1))
        equal(found['assay_troubles{name="store"}'], 1)
        daemon.configure("requird_score 5")
        daemon.command("reload", "-c", daemon.path("assay.conf"))
        equal(values(fetch("http://127.0.0.1:%d/metrics" % port)[2])["assay_last_reload_successful"], 0)


def test_unix_socket():
    with Daemon(start=False) as daemon:
        path = daemon.path("metrics.sock")
        daemon.configure("metrics unix:" + path)
        daemon.start()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            client.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            answer = b""
            while True:
                more = client.recv(65536)
                if not more:
                    break
                answer += more
        assert b"\nassay_build_info{" in answer, answer
        daemon.stop()
        assert not os.path.exists(path)


def test_taken_port():
    """No reason not to serve mail."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with Daemon("metrics inet:127.0.0.1:%d" % other.getsockname()[1]) as daemon:
            assert "there are no metrics" in daemon.log()
            equal(ask(daemon)[0].verdict, "c")


def test_strangers():
    port = free_port()
    with Daemon("metrics inet:127.0.0.1:%d" % port) as daemon:
        clients = []
        for data in (b"", b"\x00" * 1000, b"GET /metrics", b"A" * 100000, b"GET / HTTP/9.9\r\n\r\n") * 8:
            client = socket.create_connection(("127.0.0.1", port))
            clients.append(client)
            try:
                client.sendall(data)
            except OSError:
                pass
        equal(ask(daemon)[0].verdict, "c")
        for client in clients:
            client.close()
        until = time.monotonic() + 60
        while fetch("http://127.0.0.1:%d/metrics" % port)[0] != 200:
            assert time.monotonic() < until
        assert len(daemon.log().splitlines()) < 10, daemon.log()


def send_nonsense(port, data, over):
    """Again and again, until nobody listens any more."""
    while not over.is_set():
        try:
            with socket.create_connection(("127.0.0.1", port), 10) as client:
                client.sendall(data)
                client.recv(1000)
        except OSError:
            pass


def test_end_with_strangers():
    """What strangers send just when it ends keeps it from nothing."""
    for _ in range(5):
        port = free_port()
        with Daemon("metrics inet:127.0.0.1:%d" % port) as daemon:
            over = threading.Event()
            threads = [threading.Thread(target=send_nonsense, args=(port, data, over))
                       for data in (b"A" * 100000, b"GET / HTTP/9.9\r\n\r\n", b"GET\r\n\r\n") * 3]
            for thread in threads:
                thread.start()
            try:
                equal(ask(daemon)[0].verdict, "c")
                time.sleep(0.2)
                equal(daemon.stop(), 0)
                assert daemon.log().endswith("stopped\n"), daemon.log()
            finally:
                over.set()
                for thread in threads:
                    thread.join()


def expressions():
    """Of the dashboard's panels and of the alerts."""
    with open(os.path.join(TOP, "contrib/grafana/assay.json")) as file:
        for panel in json.load(file)["panels"]:
            for target in panel["targets"]:
                yield target["expr"].replace("$instance", ".*")
    with open(os.path.join(TOP, "contrib/grafana/alerts.yml")) as file:
        yield from re.findall(r"^\s+expr: (.*)$", file.read(), re.M)


def query(url, expression):
    return json.loads(fetch(url + "/api/v1/query?" + urllib.parse.urlencode({"query": expression}))[2])


def test_dashboard():
    """Every query of the dashboard is one, and names metrics that there are."""
    if not shutil.which("prometheus"):
        raise Skip("prometheus is not installed")
    if shutil.which("promtool"):
        check = subprocess.run(["promtool", "check", "rules", os.path.join(TOP, "contrib/grafana/alerts.yml")],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        equal(check.returncode, 0)
    port, own = free_port(), free_port()
    rules = "body TEST_TAG /please tag me/\nscore TEST_TAG 6\nheader L eval:check_rbl('l', 'list.example.')\nscore L 1\ntflags L net\n"
    with Daemon(start=False) as daemon:
        daemon.configure("metrics inet:127.0.0.1:%d\ndns_server 127.0.0.1@9" % port)
        daemon.write("assay.conf", open(daemon.path("assay.conf")).read().replace("network_tests no", "network_tests yes"))
        daemon.write("rules.cf", rules)
        daemon.store = "sqlite:/nonexistent/x"
        daemon.start()
        daemon.write("prometheus.yml", "global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: assay\n"
                     "  static_configs:\n  - targets: ['127.0.0.1:%d']\n" % port)
        prometheus = subprocess.Popen(
            ["prometheus", "--config.file=" + daemon.path("prometheus.yml"), "--storage.tsdb.path=" + daemon.path("tsdb"),
             "--web.listen-address=127.0.0.1:%d" % own, "--log.level=error"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = "http://127.0.0.1:%d" % own
            until = time.monotonic() + 120
            while True:
                try:
                    ask(daemon, TAG)
                    if query(url, "count_over_time(assay_messages_total[1m])")["data"]["result"]:
                        break
                except OSError:
                    pass
                assert time.monotonic() < until, "prometheus has read nothing"
                time.sleep(1)
            names = set(json.loads(fetch(url + "/api/v1/label/__name__/values")[2])["data"])
            count = 0
            for expression in expressions():
                answer = query(url, expression)
                equal((expression, answer["status"]), (expression, "success"))
                for name in re.findall(r"\b(?:assay_\w+|up)\b(?!\s*\()", expression):
                    # There are none while all is well.
                    assert name in names or name == "assay_troubles", (name, expression, sorted(names))
                    count += 1
            assert count > 30, count
            equal(query(url, "up")["data"]["result"][0]["value"][1], "1")
        finally:
            prometheus.send_signal(signal.SIGTERM)
            prometheus.wait(60)
