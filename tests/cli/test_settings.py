# SPDX-License-Identifier: GPL-3.0-or-later
"""What assay check-config says of files that are named and of settings that contradict each other."""
import os
import shutil

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def told(place, lines, status=0, name="a.conf"):
    place.write(name, "rules test.cf\nnetwork_tests no\n" + lines)
    place.assay("check-config", "-c", name, status=status)
    return place.stderr


def test_files_that_are_missing_or_wrong(place):
    """Each key that names a file, directory or program; at its place, with what to do."""
    os.mkdir(os.path.join(place.path, "folder"))
    place.write("short", "x")
    place.write("open", "sixteen bytes or more of secret")
    place.write("table", "nonsense\n")
    os.chmod(os.path.join(place.path, "short"), 0o600)
    os.chmod(os.path.join(place.path, "open"), 0o644)
    for key, value, said in (
            ("web_key_file", "none", "can't be found"), ("web_key_file", "folder", "is no file"),
            ("web_key_file", "short", "16 bytes"), ("web_key_file", "open", "everybody may use it"),
            ("health_receivers", "none", "can't be found"), ("health_receivers", "folder", "is no file"),
            ("rules_keyring", "none", "gpg --export"), ("rules_keyring", "folder", "is no file"),
            ("release_transport", "sendmail:/nonexistent/sendmail", "can't be found"),
            ("release_transport", "sendmail:%s/open" % place.path, "is no program"),
            ("store", "sqlite:/nonexistent/a.db", "the directory /nonexistent can't be found"),
            ("lessons", "sqlite:/nonexistent/a.db", "the directory /nonexistent can't be found"),
            ("lists_file", "none/lists", "can't be found"), ("lists_file", "folder", "is a directory"),
            ("health_file", "none/health", "can't be found"), ("web_links_file", "open/links", "is no directory"),
            ("pid_file", "none/pid", "can't be found"), ("mistakes_directory", "open", "is no directory"),
            ("mistakes_directory", "none/none", "can't be found"), ("rules_directory", "open", "is no directory"),
            ("discarded_copies_directory", "none/none", "can't be found"), ("canary_mail", "none", "can't be found")):
        text = told(place, "%s %s\n" % (key, value))
        assert text.startswith("a.conf:3:%d: %s: " % (len(key) + 2, key)), (key, value, text)
        assert value in text and said in text and text.endswith(" (warning)\n"), (key, value, text)
    assert "table:1:" in told(place, "health_receivers table\n"), place.stderr
    assert "cache_directory: none: the directory none can't be found" in told(place, "cache_directory none\n")


def test_files_that_are_right(place):
    place.write("key", "sixteen bytes or more of secret")
    os.chmod(os.path.join(place.path, "key"), 0o600)
    os.mkdir(os.path.join(place.path, "folder"))
    shutil.copy(os.path.join(TOP, "contrib/health", "receivers"), place.path)
    assert not told(place, "web_key_file key\nhealth_receivers receivers\nrules_keyring key\nlists_file folder/lists\n"
                    "release_transport sendmail:/bin/true\nmistakes_directory folder/new\nrules_directory folder\n"
                    "store sqlite:%s/a.db\nhealth_file folder/health\ncanary_mail folder\n" % place.path)


def test_relative_paths_begin_at_the_file(place):
    """Whatever directory the process was started in; and messages still know the line."""
    os.mkdir(os.path.join(place.path, "etc"))
    place.write("etc/own.cf", "body OWN /five/\nscore OWN 3\n")
    place.write("etc/key", "short")
    place.write("etc/virtual", "info@vhost.test joe@else.test\n")
    place.write("etc/a.conf", "rules own.cf\nnetwork_tests no\nhosted_domains vhost.test\nforward_map texthash:virtual\n")
    for name in ("etc/a.conf", os.path.join(place.path, "etc/a.conf")):
        place.assay("check-config", "-c", name)
        assert b"OWN" in place.assay("score", "-c", name, "ham.eml")
        assert b"forwarded: " in place.assay("lookup", "-c", name, "info@vhost.test")
    place.write("etc/b.conf", "rules own.cf\nseal_key_file key\nweb_key_file none\n")
    place.assay("check-config", "-c", "etc/b.conf", status=78)
    assert "etc/b.conf:2:15: seal_key_file: etc/key" in place.stderr, place.stderr
    assert "etc/b.conf:3:14: web_key_file: etc/none" in place.stderr, place.stderr


def test_settings_that_contradict_each_other(place):
    for lines, at, said in (
            ("adapt_discard yes\nadapt_discard_floor 7\n", "4:21", "adapt_discard_floor 7 is above forward_discard_score 6"),
            ("max_connections 10\nmax_connections_per_client 20\n", "4:28", "limits nothing"),
            ("scan_timeout 5s\ndns_wait 6s\n", "4:10", "longer than scan_timeout"),
            ("scan_timeout 5s\nspf_timeout 6s\n", "4:13", "longer than scan_timeout"),
            ("scan_timeout 5s\nantivirus_timeout 6s\n", "4:19", "longer than scan_timeout"),
            ("records_keep 2d\ndiscarded_copies 3d 1G\n", "4:18", "longer than records_keep"),
            ("spam_report_link yes\n", "3:18", "set all three"), ("web unix:/run/a.sock\n", "3:5", "nobody could see anything"),
            ("web_customers_release yes\n", "3:23", "set discarded_copies"), ("antivirus_action tag\n", "3:18", "set antivirus")):
        text = told(place, lines)
        assert "a.conf:%s: " % at in text and said in text, (lines, text)
    text = told(place, "required_score 4\nadapt_discard yes\n[destination else.test]\nforward_discard_score 4.5\n")
    assert "a.conf:5:" in text and "forward_discard_score 4.5 of destination else.test" in text, text
    for lines in ("adapt_discard_floor 7\n", "adapt_discard yes\nadapt_discard_floor 6\n", "scan_timeout 5s\n",
                  "max_connections 10\nmax_connections_per_client 10\n"):
        assert not told(place, lines), place.stderr


def test_one_address_twice(place):
    for lines, at in (("listen unix:/run/a\nlisten local:/run/a\n", "4:8"), ("listen unix:/run/a\ncontrol unix:/run/a\n", "4:9"),
                      ("listen inet:127.0.0.1:8891\nmetrics inet:8891@127.0.0.1\n", "4:9"),
                      ("metrics inet:0.0.0.0:9334\nweb inet:127.0.0.1:9334\nweb_staff_header X\n", "4:5"),
                      ("listen unix:/run/a\nweb unix:/run/a\nweb_staff_header X\n", "4:5")):
        text = told(place, lines, status=78)
        assert "a.conf:%s: " % at in text and "has that address already" in text, (lines, text)
    assert not told(place, "listen inet:127.0.0.1:8891\nmetrics inet:127.0.0.2:8891\nlisten inet:127.0.0.1:8892\n")


def test_odd_addresses_of_the_page(place):
    for url in ("mail.example.com", "ftp://mail.example.com", "https://", "https:///assay", '"https://mail.example.com "',
                "https://mail.example.com/a b", "https://mail.example.com/?x=1", "https://mail.example.com/#x"):
        text = told(place, "web_url %s\n" % url, status=78)
        assert "a.conf:3:" in text and "write the whole address" in text, (url, text)
    for url in ("https://mail.example.com", "http://[::1]:8080/assay/", "https://mail.example.com:8443/a"):
        assert not told(place, "web_url %s\n" % url), place.stderr
