# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses in assay.conf: what is wrong is said at its place, with the value as it was written and what to write."""

# Of each key: a value, and what the message has to say.
SOCKETS = (("inet:127.0.0.1", "no port; write inet:127.0.0.1:PORT"), ("inet:mx.example", "no port; write inet:mx.example:PORT"),
           ("inet:[::1]", "no port; write inet:[::1]:PORT"), ("inet:8891", "no host; write inet:8891@127.0.0.1"),
           ("8891", "no host; write inet:8891@127.0.0.1"), ("127.0.0.1:8891", 'did you mean "inet:127.0.0.1:8891"?'),
           ("inet:127.0.0.1:99999", '"99999" is no port'), ("inet:127.0.0.1:no-such-port", "write its number"),
           ("inet:300.0.0.1:8891", '"300.0.0.1" is no IP address'), ("inet:::1:8891", "in brackets"),
           ("unix:a.sock", 'must begin with "/"'), ("unix:/run/", "that is a directory"), ("unxi:/a", 'did you mean "unix:"?'))
CASES = {key: SOCKETS for key in ("listen", "metrics", "web", "srs_socketmap")}
CASES["antivirus"] = (
    ("clamd:inet:127.0.0.1", "no port; write clamd:inet:127.0.0.1:PORT"), ("clamd:inet:3310", "no host; write clamd:inet:3310@127.0.0.1"),
    ("clamd:127.0.0.1:3310", 'did you mean "clamd:inet:127.0.0.1:3310"?'), ("clamd:unix:clamd.ctl", 'must begin with "/"'),
    ("clamd:inet:localhost:3310", "as in clamd:inet:127.0.0.1:3310"), ("inet:127.0.0.1:3310", "clamd:inet:ADDRESS:PORT"),
    ("clamd:inet:[::1]", "no port; write clamd:inet:[::1]:PORT"), ("clamd:", "write clamd:unix:/path"))
CASES["control"] = (("inet:127.0.0.1:1", "write unix:/path"), ("unix:a", 'must begin with "/"'), ("/run/a", "write unix:/path"))
CASES["release_via"] = CASES["release_transport"] = (
    ("smtp:127.0.0.1", "write smtp:HOST:PORT"), ("smtp:unix:/run/a", "write smtp:HOST:PORT"), ("smtp:25", "write smtp:HOST:PORT"),
    ("127.0.0.1:25", "write smtp:HOST:PORT"), ("smtp:127.0.0.1:no-such-port", "write its number"))
CASES["dns_server"] = (("127.0.0.1:53", "ADDRESS@PORT"), ("127.0.0.1@x", "1 to 65535"), ("localhost", "IP address"))


def test_wrong_addresses(place):
    for key, cases in CASES.items():
        for value, said in cases:
            place.write("a.conf", "rules test.cf\nnetwork_tests no\n%s %s\n" % (key, value))
            place.assay("check-config", "-c", "a.conf", status=78)
            line, = [line for line in place.stderr.splitlines() if line.startswith("a.conf:3:") and not line.endswith("(warning)")]
            assert line.startswith("a.conf:3:%d: " % (len(key) + 2)), (key, value, line)
            assert value in line and said in line, (key, value, line)


def test_wrong_addresses_of_tables(place):
    for value, said in (("socketmap:inet:127.0.0.1:99999:a", '"99999" is no port'), ("socketmap:inet:127.0.0.1:a", "inet:host:port:name"),
                        ("socketmap:inet:300.0.0.1:1:a", "no IP address"), ("socketmap:unix:a:b", "unix:/path:name")):
        place.write("a.conf", "rules test.cf\nforward_map %s\n" % value)
        place.assay("check-config", "-c", "a.conf", status=78)
        assert said in place.stderr and "forward_map socketmap:" in place.stderr, (value, place.stderr)
